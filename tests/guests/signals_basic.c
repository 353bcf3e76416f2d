// kind: so pie signals
// exit: 143
// A handler's flag ends a loop of pauses; masks hold signals back; the last one ends the program.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

extern int osv_run_app(const char *, char *const *, int) __attribute__((weak));

static volatile sig_atomic_t count, last;

static void note(int number) {
    count++;
    last = number;
}

int main(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    raise(SIGUSR1);
    printf("raised: %d %d\n", (int)count, (int)last);
    kill(getpid(), SIGUSR1);
    printf("killed: %d %d\n", (int)count, (int)last);

    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked: %d pending %d\n", (int)count, sigismember(&pending, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("unblocked: %d\n", (int)count);

    /* On Linux a signal may come just before the pause, which then waits for the next one. */
    struct itimerval timer = {{0, osv_run_app ? 0 : 3000}, {0, 3000}}, never = {{0, 0}, {0, 0}};
    int before = count;
    setitimer(ITIMER_REAL, &timer, NULL);
    while (last != SIGALRM)
        pause();
    setitimer(ITIMER_REAL, &never, NULL);
    printf("alarm: %d %d\n", osv_run_app ? count == before + 1 : count > before, (int)last);

    setitimer(ITIMER_REAL, &timer, NULL);
    unsigned left = sleep(10);
    setitimer(ITIMER_REAL, &never, NULL);
    printf("sleep left %s\n", left > 5 ? "most" : "little");
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2);
    printf("kill 0: %d\n", kill(getpid(), 0));
    int result = kill(getpid(), 99);
    printf("bad number: %d %s\n", result, strerror(errno));
    fflush(stdout);
    raise(SIGTERM);
    puts("not reached");
    return 0;
}
