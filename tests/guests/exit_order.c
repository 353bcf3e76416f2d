// kind: pie exec
// libs: finish_low finish_high first_of_all
// flags: -Wl,--no-as-needed -lfinish_high -lfirst_of_all
// exit: 4
// A library's exit handlers run with its destructors: after the program's, and while what it needs is still alive.
#include <stdio.h>
#include <stdlib.h>

const char *high_state(void);

static void last(void) { printf("program: exit handler that a handler registered\n"); }
static void at_exit(void) {
    printf("program: exit handler, low is %s\n", high_state());
    atexit(last);
}
__attribute__((constructor)) static void init(void) { printf("program: init, low is %s\n", high_state()); }
__attribute__((destructor)) static void fini(void) { printf("program: fini, low is %s\n", high_state()); }


int main(void) {
    atexit(at_exit);
    printf("main: low is %s\n", high_state());
    return 4;
}
