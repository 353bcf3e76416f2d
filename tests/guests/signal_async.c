// kind: so pie signals
// flags: -pthread
// exit: 140
// Signals from timers, kill and other threads; masks, pending, sigwait, values, interrupted calls.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

extern int osv_run_app(const char *, char *const *, int) __attribute__((weak));

static volatile sig_atomic_t count, last, value;
static void handler(int number) {
    count++;
    last = number;
}
static void with_info(int number, siginfo_t *info, void *context) {
    count++;
    last = number;
    value = info->si_value.sival_int;
    if (info->si_signo != number || context == NULL)
        value = -1;
}

static void *kills_main(void *argument) {
    usleep(20000);
    pthread_kill(*(pthread_t *)argument, SIGUSR2);
    return NULL;
}

int main(void) {
    struct sigaction action = {.sa_handler = handler}, old;
    sigset_t set, pending;
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGUSR2, &action, &old);
    printf("default before %d kill %d\n", old.sa_handler == SIG_DFL, sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);

    raise(SIGUSR1);
    printf("raised %d %d\n", count, last == SIGUSR1);
    kill(getpid(), SIGUSR1);
    printf("killed %d\n", count);
    pthread_kill(pthread_self(), SIGUSR1);
    printf("pthread_kill %d bad %d\n", count, pthread_kill(pthread_self(), 99));
    printf("probe %d other %d %d\n", kill(getpid(), 0), kill(999999, 0), errno == ESRCH);

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    raise(SIGUSR1);
    sigpending(&pending);
    printf("blocked %d pending %d %d\n", count, sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("unblocked %d\n", count);

    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    int number = 0;
    printf("sigwait %d", sigwait(&set, &number));
    printf(" %d count %d\n", number == SIGUSR1, count);
    struct timespec short_time = {0, 5000000};
    printf("timedwait %d %d\n", sigtimedwait(&set, NULL, &short_time), errno == EAGAIN);
    sigprocmask(SIG_UNBLOCK, &set, NULL);

    struct sigaction info_action = {.sa_sigaction = with_info, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN, &info_action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int before = count;
    for (int i = 1; i <= 3; i++)
        sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = i});
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    while (count < before + 3)
        usleep(1000);
    printf("queued %d value %d\n", count - before, value);

    before = count;
    alarm(1);
    printf("left %u\n", alarm(1));
    /* On Linux a signal may come just before the pause, which then waits for the next one. */
    struct itimerval soon = {{0, osv_run_app ? 0 : 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    while (count == before)
        pause();
    setitimer(ITIMER_REAL, &never, NULL);
    printf("alarm %d errno %d\n", last == SIGALRM, errno == EINTR);

    soon.it_value.tv_usec = 30000;
    setitimer(ITIMER_REAL, &soon, NULL);
    struct timespec long_time = {5, 0}, left;
    int slept = nanosleep(&long_time, &left), error = errno;
    setitimer(ITIMER_REAL, &never, NULL);
    printf("interrupted %d %d left %d\n", slept, error == EINTR, left.tv_sec == 4);

    int pipes[2];
    char byte;
    pipe(pipes);
    pthread_t self = pthread_self(), thread;
    pthread_create(&thread, NULL, kills_main, &self);
    ssize_t got = read(pipes[0], &byte, 1);
    printf("read %zd %d by %d\n", got, errno == EINTR, last == SIGUSR2);
    pthread_join(thread, NULL);

    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 42};
    sigaction(SIGRTMIN + 1, &info_action, NULL);
    printf("timer %d", timer_create(CLOCK_MONOTONIC, &event, &timer));
    struct itimerspec spec = {{0, 5000000}, {0, 5000000}};
    before = count;
    timer_settime(timer, 0, &spec, NULL);
    while (count < before + 3)
        usleep(1000);
    printf(" value %d delete %d\n", value, timer_delete(timer));

    action.sa_flags = SA_RESETHAND;
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    sigaction(SIGUSR2, NULL, &old);
    printf("reset %d\n", old.sa_handler == SIG_DFL);
    signal(SIGUSR2, SIG_IGN);
    raise(SIGUSR2);
    raise(SIGCHLD);
    printf("ignored\n");
    signal(SIGUSR2, SIG_DFL);
    raise(SIGUSR2);
    printf("not reached\n");
}
