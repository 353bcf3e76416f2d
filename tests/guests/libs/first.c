// The bottom of a chain: an IFUNC, thread-local storage, data that programs copy.
#include <stdio.h>

int shared_data = 11;
extern int shared_alias __attribute__((alias("shared_data")));
__thread int first_tls = 100;
static __thread char first_big[5000];

__attribute__((constructor)) static void init(int argc, char **argv) {
    printf("first: init, %s\n", argc > 0 && argv[0] ? "with arguments" : "without arguments");
}
__attribute__((destructor)) static void fini(void) { printf("first: fini\n"); }

static int chosen(void) { return 77; }
static void *choose(void) { return chosen; }
int first_ifunc(void) __attribute__((ifunc("choose")));

int first_data(void) { return shared_data + shared_alias; }
int first_count(void) {
    first_big[first_tls % 5000]++;
    return ++first_tls + first_big[0];
}
int overridden(void) { return 1; }
int first_calls_overridden(void) { return overridden(); }
