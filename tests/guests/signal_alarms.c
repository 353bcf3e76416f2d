// kind: so pie signals
// flags: -pthread
// An alarm is the program's signal: where the thread that set it holds it back, another takes it, waits for it or sees it
// pending; where that thread has ended, the first one is interrupted.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static sigset_t alarms;
static volatile int let_go;

static void handler(int number) {
    (void)number;
    handled++;
}

static void in_a_moment(int milliseconds) {
    struct itimerval setting = {{0, 0}, {0, milliseconds * 1000}};
    setitimer(ITIMER_REAL, &setting, NULL);
}

static void *sets_and_holds_back(void *unused) {
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    in_a_moment(50);
    while (!let_go)
        usleep(1000);
    return unused;
}

static void *sets_and_ends(void *unused) {
    in_a_moment(50);
    return unused;
}

static void *waits(void *unused) {
    struct timespec long_time = {20, 0};
    siginfo_t info;
    int got = sigtimedwait(&alarms, &info, &long_time);
    printf("waited for %d code %d\n", got, info.si_code);
    let_go = 1;
    return unused;
}

static void sleeps(const char *what) {
    struct timespec long_time = {20, 0};
    int slept = nanosleep(&long_time, NULL);
    printf("%s: %s, handled %d\n", what, slept < 0 && errno == EINTR ? "interrupted" : "slept", (int)handled);
}

int main(void) {
    struct sigaction action = {.sa_handler = handler};
    pthread_t waiter, setter;
    sigset_t pending;
    sigemptyset(&alarms), sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, &action, NULL);

    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    pthread_create(&waiter, NULL, waits, NULL);
    pthread_create(&setter, NULL, sets_and_holds_back, NULL);
    pthread_join(waiter, NULL), pthread_join(setter, NULL);

    in_a_moment(1);
    do {
        usleep(1000);
        sigpending(&pending);
    } while (!sigismember(&pending, SIGALRM));
    let_go = 0;
    printf("pending, handled %d\n", (int)handled);
    pthread_sigmask(SIG_UNBLOCK, &alarms, NULL);
    printf("unblocked, handled %d\n", (int)handled);

    pthread_create(&setter, NULL, sets_and_holds_back, NULL);
    sleeps("held back by who set it");
    let_go = 1;
    pthread_join(setter, NULL);
    pthread_create(&setter, NULL, sets_and_ends, NULL);
    pthread_join(setter, NULL);
    sleeps("set by a thread that has ended");
    return 0;
}
