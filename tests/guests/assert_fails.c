// kind: pie
// exit: 5
// What a failed assertion says before it aborts, which a handler sees.
#undef NDEBUG
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

extern void __assert(const char *, const char *, int), __assert_perror_fail(int, const char *, unsigned, const char *);

static void aborted(int signal) { _exit(signal == SIGABRT ? 5 : 6); }

int main(int argc, char **argv) {
    (void)argv;
    signal(SIGABRT, aborted);
    printf("about to fail\n");
    fflush(stdout);
    if (argc == 2) __assert("by hand", "file.c", 7);
    if (argc == 3) __assert_perror_fail(2, "file.c", 7, "function");
    assert(argc > 5 && "this many");
    return 0;
}
