// kind: so pie signals
// flags: -pthread
// What waits and how it is taken: queues of real-time signals, pending sets, sigwait and its like, signalfd, timers that send
// signals or start threads, and the errors of kill and its like.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int count, values[64], codes[64];
static void note(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    if (count < 64)
        values[count] = info->si_value.sival_int, codes[count] = info->si_code;
    count++;
}
static void plain(int number)
{
    (void)number;
    count++;
}

static sem_t called;
static volatile int called_with, called_elsewhere, called_masked, calls;
static pthread_t main_thread;
static void call(union sigval value)
{
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    called_masked = sigismember(&set, SIGUSR1);
    called_with = value.sival_int;
    called_elsewhere = !pthread_equal(pthread_self(), main_thread);
    calls++;
    sem_post(&called);
}

static volatile int other_tid, other_stops;
static void *other(void *unused)
{
    sigset_t set;
    siginfo_t info;
    (void)unused;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 3);
    other_tid = (int)syscall(SYS_gettid);
    int got = sigwaitinfo(&set, &info);
    printf("waited for %d value %d\n", got - SIGRTMIN, info.si_value.sival_int);
    while (!other_stops)
        usleep(500);
    return NULL;
}

static void *sets_alarm(void *unused)
{
    ualarm(20000, 0);
    return unused;
}

static int wakes[2];
static void *sends_then_wakes(void *number)
{
    usleep(10000); /* the other one is in its wait */
    pthread_kill(main_thread, (int)(long)number);
    write(wakes[1], "x", 1);
    return NULL;
}

static void show_error(const char *what, int result) { printf("%s: %d %s\n", what, result, result ? strerror(errno) : ""); }

int main(void)
{
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO}, old;
    const struct timespec now = {0, 0}, soon = {0, 3000000};
    sigset_t set, pending;
    siginfo_t info;
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    main_thread = pthread_self();

    for (int i = 0; i < 4; i++)
        sigaction(SIGRTMIN + i, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 5; i++) {
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 100 + i});
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 200 + i});
        pthread_sigqueue(pthread_self(), SIGRTMIN + 1, (union sigval){.sival_int = 300 + i});
    }
    sigpending(&pending);
    printf("pending %d %d %d\n", sigismember(&pending, SIGRTMIN + 1), sigismember(&pending, SIGUSR1), sigismember(&pending, SIGUSR2));
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGUSR1);
    for (int got; (got = sigtimedwait(&set, &info, &now)) > 0;)
        printf("took %s code %d value %d from %d\n", got == SIGUSR1 ? "USR1" : "RT1", info.si_code, info.si_value.sival_int,
               info.si_pid == getpid());
    show_error("none left", sigtimedwait(&set, &info, &soon));
    sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 1});
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    printf("unblocked: %d value %d code %d\n", count, values[0], codes[0]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    count = 0;
    for (int i = 0; i < 60; i++)
        sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    int in_order = 1;
    for (int i = 0; i < 60; i++)
        in_order &= values[i] == i;
    printf("queue of %d in order %d\n", count, in_order);

    /* What is ignored now does not wait any more. */
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    count = 0;
    raise(SIGUSR1);
    signal(SIGUSR1, SIG_IGN);
    sigpending(&pending);
    printf("discarded %d", sigismember(&pending, SIGUSR1));
    sigaction(SIGUSR1, &action, NULL);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    printf(" handled %d\n", count);
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);

    /* A signal for one thread is its own. */
    pthread_create(&thread, NULL, other, NULL);
    while (!other_tid)
        usleep(500);
    syscall(SYS_tgkill, getpid(), other_tid, SIGUSR2);
    sigpending(&pending);
    printf("another's %d\n", sigismember(&pending, SIGUSR2));
    usleep(3000);
    pthread_sigqueue(thread, SIGRTMIN + 3, (union sigval){.sival_int = 77});
    usleep(3000);
    other_stops = 1;
    pthread_join(thread, NULL);

    /* signalfd */
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    sigaddset(&set, SIGUSR1);
    int fd = signalfd(-1, &set, SFD_NONBLOCK);
    struct signalfd_siginfo got[4];
    struct pollfd poll_fd = {fd, POLLIN, 0};
    ssize_t bytes = read(fd, got, sizeof got);
    printf("signalfd %zd %d poll", bytes, errno == EAGAIN);
    printf(" %d\n", poll(&poll_fd, 1, 0));
    sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = 5});
    kill(getpid(), SIGUSR1);
    sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = 6});
    printf("poll %d", poll(&poll_fd, 1, 0));
    bytes = read(fd, got, sizeof got);
    printf(" read %zd:", bytes / (ssize_t)sizeof *got);
    for (int i = 0; i < bytes / (ssize_t)sizeof *got; i++)
        printf(" %d code %d value %d from %d", got[i].ssi_signo, got[i].ssi_code, got[i].ssi_int, got[i].ssi_pid == (unsigned)getpid());
    printf("\n");
    close(fd);

    /* Timers */
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = call, .sigev_value.sival_int = 42};
    struct itimerspec spec = {{0, 2000000}, {0, 2000000}}, off = {{0, 0}, {0, 0}};
    sem_init(&called, 0, 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &spec, NULL);
    for (int i = 0; i < 5; i++)
        while (sem_wait(&called) != 0)
            ;
    timer_settime(timer, 0, &off, NULL);
    timer_delete(timer);
    printf("called %d with %d in another thread %d\n", calls >= 5, called_with, called_elsewhere);
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGRTMIN + 2;
    timer_create(CLOCK_REALTIME, &event, &timer);
    spec.it_interval.tv_nsec = 0;
    timer_settime(timer, 0, &spec, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 2);
    printf("timer %d", sigwaitinfo(&set, &info) == SIGRTMIN + 2);
    printf(" code %d value %d overrun %d\n", info.si_code, info.si_value.sival_int, info.si_overrun);
    event.sigev_notify = SIGEV_THREAD_ID;
    event._sigev_un._tid = (int)syscall(SYS_gettid);
    timer_delete(timer);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &spec, NULL);
    printf("timer of a thread %d\n", sigwaitinfo(&set, &info) == SIGRTMIN + 2);
    timer_delete(timer);

    /* alarm is for the thread that set it. */
    action.sa_handler = plain;
    action.sa_flags = 0;
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    count = 0;
    ualarm(3000, 0);
    struct timespec long_time = {50, 0};
    int slept = nanosleep(&long_time, NULL);
    printf("alarm %d %d\n", count, slept == -1 && errno == EINTR);
    pthread_create(&thread, NULL, sets_alarm, NULL);
    pthread_join(thread, NULL);
    while (count < 2)
        usleep(1000);
    printf("alarm of a thread that has ended %d\n", count);

    /* What waits already ends a wait that lets it through, and nothing else does afterwards. */
    sigaction(SIGUSR1, &action, NULL);
    for (int i = 0; i < 2; i++) {
        sigset_t all_but;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        raise(SIGUSR1);
        sigfillset(&all_but);
        sigdelset(&all_but, SIGUSR1);
        count = 0;
        int answer = i ? ppoll(NULL, 0, &long_time, &all_but) : sigsuspend(&all_but);
        printf("let through: %d %d handled %d", answer, errno == EINTR, count);
        pthread_sigmask(SIG_BLOCK, NULL, &pending);
        printf(" blocked again %d\n", sigismember(&pending, SIGUSR1));
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        printf("slept %d\n", usleep(2000));
    }
    /* What only the wait blocked is taken when it is over. */
    sigset_t only_then;
    sigemptyset(&only_then);
    sigaddset(&only_then, SIGUSR1);
    pipe(wakes);
    for (int i = 0; i < 2; i++) {
        struct pollfd end = {wakes[0], POLLIN, 0};
        fd_set ends;
        char byte;
        FD_ZERO(&ends);
        FD_SET(wakes[0], &ends);
        count = 0;
        pthread_create(&thread, NULL, sends_then_wakes, (void *)(long)SIGUSR1);
        int answer = i ? pselect(wakes[0] + 1, &ends, NULL, NULL, NULL, &only_then) : ppoll(&end, 1, NULL, &only_then);
        printf("blocked meanwhile: %d handled %d\n", answer, count);
        pthread_join(thread, NULL);
        read(wakes[0], &byte, 1);
    }
    /* A handler that has run already interrupts nothing. */
    raise(SIGUSR1);
    printf("slept %d after %d\n", nanosleep(&soon, NULL), count);

    show_error("kill", kill(getpid(), 0));
    show_error("kill 0", kill(0, 0));
    show_error("kill -1", kill(-getpgrp(), 0));
    show_error("kill other", kill(3999999, SIGTERM));
    show_error("kill other, probe", kill(3999999, 0));
    show_error("kill bad", kill(getpid(), 65));
    show_error("kill negative", kill(getpid(), -1));
    show_error("raise", raise(0));
    show_error("raise bad", raise(65));
    show_error("tgkill", (int)syscall(SYS_tgkill, getpid(), 3999999, 0));
    show_error("tgkill bad", (int)syscall(SYS_tgkill, getpid(), (int)syscall(SYS_gettid), 99));
    show_error("tgkill own group", (int)syscall(SYS_tgkill, -getpid(), (int)syscall(SYS_gettid), 0));
    show_error("tgkill any", (int)syscall(SYS_tgkill, -1, (int)syscall(SYS_gettid), 0));
    show_error("sigqueue other", sigqueue(3999999, SIGRTMIN, (union sigval){0}));
    show_error("sigqueue bad", sigqueue(getpid(), 65, (union sigval){0}));
    printf("pthread_kill %d %d\n", pthread_kill(pthread_self(), 0), pthread_kill(pthread_self(), 65));
    show_error("sigaction kill", sigaction(SIGKILL, &action, NULL));
    show_error("sigaction stop", sigaction(SIGSTOP, &action, NULL));
    show_error("sigaction bad", sigaction(65, &action, NULL));
    show_error("sigaction 0", sigaction(0, NULL, &old));
    show_error("sigprocmask", sigprocmask(77, &set, NULL));
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    printf("never blocked %d %d\n", sigismember(&set, SIGKILL), sigismember(&set, SIGSTOP));
    stack_t stack = {.ss_sp = got, .ss_size = 100}, before;
    show_error("sigaltstack small", sigaltstack(&stack, NULL));
    stack.ss_flags = 77;
    show_error("sigaltstack flags", sigaltstack(&stack, NULL));
    stack = (stack_t){.ss_sp = malloc(65536), .ss_size = 65536};
    show_error("sigaltstack", sigaltstack(&stack, NULL));
    sigaltstack(NULL, &before);
    printf("alternate %d %zu %d\n", before.ss_sp == stack.ss_sp, before.ss_size, before.ss_flags);
    return 0;
}
