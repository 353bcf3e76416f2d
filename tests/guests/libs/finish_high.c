// flags: -lfinish_low
// Needs another library, in its destructor too.
#include <stdio.h>
#include <stdlib.h>

const char *low_state(void);

static void at_exit(void) { printf("high: exit handler, low is %s\n", low_state()); }
__attribute__((constructor)) static void init(void) {
    printf("high: init\n");
    atexit(at_exit);
}
__attribute__((destructor)) static void fini(void) { printf("high: fini, low is %s\n", low_state()); }
const char *high_state(void) { return low_state(); }
