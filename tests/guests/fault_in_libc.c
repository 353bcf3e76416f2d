// kind: so
// exit: 139
#include <stdio.h>
#include <string.h>

int main(void) {
    const char *volatile nothing = NULL;
    size_t (*volatile length)(const char *) = strlen;
    printf("%zu\n", length(nothing));
    return 0;
}
