// kind: so pie
// The signals that the library keeps for itself.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static void handler(int number) { (void)number; }

int main(void) {
    int numbers[] = {31, 32, 33, 34, 64, 65};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int n = numbers[i];
        struct sigaction action = {.sa_handler = handler}, old;
        sigset_t set;
        sigemptyset(&set);
        errno = 0;
        printf("%d: sigaction %d", n, sigaction(n, &action, 0));
        printf(" query %d", sigaction(n, 0, &old));
        printf(" signal %d", signal(n, handler) == SIG_ERR);
        printf(" sigaddset %d", sigaddset(&set, n));
        printf(" sigismember %d", sigismember(&set, n));
        printf(" sigdelset %d: %s\n", sigdelset(&set, n), strerrorname_np(errno));
    }
    sigset_t all;
    sigfillset(&all);
    printf("filled: %d %d\n", sigismember(&all, 32), sigismember(&all, 34));
    return 0;
}
