// kind: so pie signals
// Timers at the edges of what they can be set to, and how many signals may wait.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void said(const char *what, long result) {
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
}

static void shows(const char *what, struct itimerspec *is) {
    printf("%s: left %s, interval %ld.%09ld\n", what, is->it_value.tv_sec || is->it_value.tv_nsec ? "some" : "nothing",
           is->it_interval.tv_sec, is->it_interval.tv_nsec);
}

static void *read_timer(void *timer) {
    unsigned long long times = 0;
    printf("read %zd", read(*(int *)timer, &times, 8));
    printf(" times %llu\n", times);
    return NULL;
}

// Who reads a timer notices that it is set to another time.
static void set_while_read(void) {
    struct itimerspec value = {{0, 0}, {100000, 0}};
    struct timespec little = {0, 50000000};
    pthread_t reader;
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(timer, 0, &value, NULL);
    pthread_create(&reader, NULL, read_timer, &timer);
    nanosleep(&little, NULL);
    value.it_value.tv_sec = 0, value.it_value.tv_nsec = 50000000;
    timerfd_settime(timer, 0, &value, NULL);
    pthread_join(reader, NULL);
    close(timer);
}

/* SIGCONT does nothing here, but waits while it is blocked. */
static void overruns_of_the_ignored(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    sigprocmask(SIG_BLOCK, &set, 0);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT};
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    struct itimerspec times = {{0, 10000000}, {0, 10000000}};
    timer_settime(timer, 0, &times, 0);
    usleep(100000);
    sigset_t waiting;
    sigpending(&waiting);
    printf("waits: %d\n", sigismember(&waiting, SIGCONT));
    sigprocmask(SIG_UNBLOCK, &set, 0);
    sigpending(&waiting);
    printf("still: %d, overruns of several: %d\n", sigismember(&waiting, SIGCONT), timer_getoverrun(timer) > 1);
    timer_delete(timer);
}

int main(void) {
    overruns_of_the_ignored();
    timer_t timer;
    struct sigevent none = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
    struct itimerspec times = {{7, 8}, {0, 0}}, old = {0};
    timer_create(CLOCK_MONOTONIC, &none, &timer);
    said("disarm", timer_settime(timer, 0, &times, 0));
    timer_gettime(timer, &old);
    shows("disarmed", &old);
    times.it_value.tv_sec = 100;
    timer_settime(timer, 0, &times, &old);
    shows("before it was armed", &old);
    timer_gettime(timer, &old);
    shows("armed", &old);
    times = (struct itimerspec){{3, 4}, {0, 0}};
    timer_settime(timer, 0, &times, &old);
    shows("before it was disarmed", &old);
    timer_gettime(timer, &old);
    shows("disarmed again", &old);

    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    timerfd_settime(fd, 0, &times, 0);
    timerfd_gettime(fd, &old);
    shows("a file, disarmed", &old);

    fd = timerfd_create(CLOCK_REALTIME_ALARM, 0);
    times = (struct itimerspec){{0, 0}, {1, 0}};
    said("an alarm clock as a file", timerfd_settime(fd, TFD_TIMER_ABSTIME, &times, 0));
    unsigned long long fired = 0;
    printf("fired: %zd bytes, %llu times\n", read(fd, &fired, sizeof fired), fired);
    fd = timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_NONBLOCK);
    said("another, not armed", read(fd, &fired, sizeof fired));
    said("a clock that is none", timerfd_create(5, 0));

    struct itimerval value = {{5, 6}, {0, 0}}, was;
    setitimer(ITIMER_REAL, &value, 0);
    getitimer(ITIMER_REAL, &was);
    printf("itimer, disarmed: interval %ld.%06ld\n", (long)was.it_interval.tv_sec, (long)was.it_interval.tv_usec);

    said("ualarm", ualarm(500000, 0));
    said("ualarm of a second", (int)ualarm(1000000, 0));
    said("ualarm of more", (int)ualarm(2000000, 0));
    said("ualarm with an interval of more", (int)ualarm(500000, 3000000));
    said("ualarm with an interval", ualarm(500000, 999999) > 0);
    getitimer(ITIMER_REAL, &was);
    printf("itimer: interval %ld.%06ld\n", (long)was.it_interval.tv_sec, (long)was.it_interval.tv_usec);
    said("none", ualarm(0, 0) > 0);

    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    // Whatever else of this user waits.
    struct rlimit limit = {0, 0};
    setrlimit(RLIMIT_SIGPENDING, &limit);
    union sigval word = {.sival_int = 5};
    said("sigqueue over the limit", sigqueue(getpid(), SIGRTMIN, word));
    said("kill over the limit", kill(getpid(), SIGRTMIN));
    said("kill again", kill(getpid(), SIGRTMIN));
    said("sigqueue when one waits", sigqueue(getpid(), SIGRTMIN, word));
    said("raise over the limit", raise(SIGRTMIN + 1));
    said("kill of another", kill(getpid(), SIGRTMIN + 1));
    said("sigqueue of a standard one over the limit", sigqueue(getpid(), SIGUSR1, word));
    sigpending(&pending);
    printf("pending: %d %d %d\n", sigismember(&pending, SIGRTMIN), sigismember(&pending, SIGRTMIN + 1), sigismember(&pending, SIGUSR1));
    struct timespec soon = {0, 0};
    siginfo_t info;
    for (int n; memset(&info, 0, sizeof info), (n = sigtimedwait(&set, &info, &soon)) > 0;)
        printf("got %d code %d value %d\n", n - (n < 32 ? 0 : SIGRTMIN), info.si_code, info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
    set_while_read();
    return 0;
}
