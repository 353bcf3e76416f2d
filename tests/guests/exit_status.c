// kind: so pie
// exit: 57
#include <stdio.h>
#include <stdlib.h>

static void last(void) { puts("handler"); }

int main(void) {
    atexit(last);
    fputs("to stderr\n", stderr);
    printf("not flushed yet");
    exit(57);
}
