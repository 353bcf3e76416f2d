// The bottom of a chain: says when its constructor, destructor and exit handler run.
#include <stdio.h>
#include <stdlib.h>

static int is_finished;

static void at_exit(void) { printf("low: exit handler\n"); }
__attribute__((constructor)) static void init(void) {
    printf("low: init\n");
    atexit(at_exit);
}
__attribute__((destructor)) static void fini(void) {
    printf("low: fini\n");
    is_finished = 1;
}
const char *low_state(void) { return is_finished ? "finished" : "alive"; }
