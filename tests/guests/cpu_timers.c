// kind: pie
// Timers and sleeps that count processor time; expirations that come while the signal waits.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int profs, virtuals, queued, last_value;

static void on_prof(int signal) { profs++; }
static void on_virtual(int signal) { virtuals++; }
static void on_queued(int signal, siginfo_t *info, void *context) {
    last_value = info->si_value.sival_int;
    queued += info->si_code == SI_TIMER;
}

static double cpu(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void burn(int ms) {
    for (double end = cpu(CLOCK_THREAD_CPUTIME_ID) + ms * 1e-3; cpu(CLOCK_THREAD_CPUTIME_ID) < end;)
        ;
}

/* Sleeps that long, whatever handlers end meanwhile. */
static void rest(int ms) {
    struct timespec left = {0, ms * 1000000};
    while (nanosleep(&left, &left))
        ;
}

static void wait_for(sem_t *sem) {
    while (sem_wait(sem))
        ;
}

/* Burns until *flag is at least `least`, or 5 s of processor time. */
static void burn_until(volatile int *flag, int least) {
    for (double end = cpu(CLOCK_THREAD_CPUTIME_ID) + 5; *flag < least && cpu(CLOCK_THREAD_CPUTIME_ID) < end;)
        ;
}

static void say(const char *what, int result) {
    int error = errno;
    printf("%s: %d%s%s\n", what, result, result == -1 ? " " : "", result == -1 ? strerrorname_np(error) : "");
}

static void number(const char *what, int error) {
    printf("%s: %s\n", what, error ? strerrorname_np(error) : "ok");
}

static void *burns(void *ms) {
    burn(*(int *)ms);
    return NULL;
}

static sem_t stop, made;
static void *burns_when_told(void *clock) {
    pthread_getcpuclockid(pthread_self(), clock);
    sem_post(&made);
    wait_for(&stop);
    burn_until(&queued, 1);
    return NULL;
}

static timer_t make(clockid_t clock, int notify, int signal, int value) {
    struct sigevent event = {.sigev_notify = notify, .sigev_signo = signal, .sigev_value.sival_int = value};
    timer_t timer = NULL;
    if (timer_create(clock, &event, &timer))
        printf("timer_create %s\n", strerrorname_np(errno));
    return timer;
}

static void interval_timers(void) {
    puts("interval timers");
    struct itimerval set = {{0, 10000}, {0, 20000}}, now, zero = {{0, 0}, {0, 0}};
    say("prof", setitimer(ITIMER_PROF, &set, NULL));
    rest(80);
    printf("asleep %d\n", profs);
    say("get", getitimer(ITIMER_PROF, &now));
    printf("left %d interval %ld\n", now.it_value.tv_usec > 0 && now.it_value.tv_usec <= 32000, now.it_interval.tv_usec);
    burn_until(&profs, 4);
    printf("busy %d\n", profs >= 4);
    say("stop", setitimer(ITIMER_PROF, &zero, &now));
    printf("was %ld\n", now.it_interval.tv_usec);
    rest(30);
    int before = profs;
    burn(40);
    printf("stopped %d\n", profs - before);
    set.it_interval.tv_usec = 0;
    say("virtual", setitimer(ITIMER_VIRTUAL, &set, NULL));
    burn_until(&virtuals, 1);
    burn(50);
    printf("once %d\n", virtuals);
    say("get", getitimer(ITIMER_VIRTUAL, &now));
    printf("left %ld\n", now.it_value.tv_usec);
    int result = setitimer(3, &set, NULL);
    say("no such", result);
    set.it_value.tv_usec = 1000000;
    result = setitimer(ITIMER_PROF, &set, NULL);
    say("no time", result);
}

static void timers(void) {
    puts("timers");
    struct itimerspec set = {{0, 0}, {0, 25000000}}, now;
    timer_t process = make(CLOCK_PROCESS_CPUTIME_ID, SIGEV_NONE, 0, 0);
    set.it_value.tv_sec = 3600;
    say("set", timer_settime(process, 0, &set, NULL));
    burn(30);
    timer_gettime(process, &now);
    printf("counted %d\n", now.it_value.tv_sec == 3599);
    say("delete", timer_delete(process));

    set.it_value.tv_sec = 0;
    timer_t own = make(CLOCK_THREAD_CPUTIME_ID, SIGEV_SIGNAL, SIGRTMIN, 7);
    say("set", timer_settime(own, 0, &set, NULL));
    pthread_t thread;
    int ms = 60;
    pthread_create(&thread, NULL, burns, &ms);
    pthread_join(thread, NULL);
    printf("another thread's time %d\n", queued);
    burn_until(&queued, 1);
    printf("own time %d value %d\n", queued, last_value);
    timer_delete(own);

    queued = 0;
    clockid_t clock;
    pthread_create(&thread, NULL, burns_when_told, &clock);
    wait_for(&made);
    timer_t other = make(clock, SIGEV_SIGNAL, SIGRTMIN, 8);
    say("set", timer_settime(other, 0, &set, NULL));
    burn(60);
    printf("own time %d\n", queued);
    sem_post(&stop);
    pthread_join(thread, NULL);
    printf("the other thread's %d value %d\n", queued, last_value);
    timer_delete(other);

    queued = 0;
    process = make(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGRTMIN, 9);
    set.it_value.tv_sec = 0, set.it_value.tv_nsec = 1;
    say("in the past", timer_settime(process, TIMER_ABSTIME, &set, NULL));
    burn_until(&queued, 1);
    printf("fired %d value %d\n", queued, last_value);
    timer_delete(process);
    timer_t timer;
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    int result = timer_create(CLOCK_MONOTONIC_COARSE, &none, &timer);
    say("coarse", result);
    result = timer_create(77, &none, &timer);
    say("unknown", result);
}

static void overruns(void) {
    puts("overruns");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN + 1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN + 1, 5);
    struct itimerspec often = {{0, 5000000}, {0, 5000000}};
    timer_settime(timer, 0, &often, NULL);
    rest(100);
    siginfo_t info;
    int signal;
    while ((signal = sigwaitinfo(&set, &info)) < 0)
        ;
    printf("signal %d code %d value %d overruns %d\n", signal == SIGRTMIN + 1, info.si_code == SI_TIMER,
           info.si_value.sival_int, info.si_overrun >= 8);
    printf("so says the timer %d\n", timer_getoverrun(timer) == info.si_overrun);
    signal = sigwaitinfo(&set, &info);
    printf("the next %d overruns few %d\n", signal == SIGRTMIN + 1, info.si_overrun < 8);
    timer_delete(timer);
}

static void *interrupts(void *thread) {
    usleep(30000);
    pthread_kill(*(pthread_t *)thread, SIGVTALRM);
    return NULL;
}

static void sleeps(void) {
    puts("sleeps");
    pthread_t thread, self = pthread_self();
    int ms = 120;
    double before = cpu(CLOCK_PROCESS_CPUTIME_ID);
    struct timespec time = {0, 40000000}, left = {0, 0};
    pthread_create(&thread, NULL, burns, &ms);
    number("process", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, NULL));
    printf("used %d\n", cpu(CLOCK_PROCESS_CPUTIME_ID) - before >= 0.04);
    pthread_join(thread, NULL);
    time = (struct timespec){0, 1};
    number("absolute", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, TIMER_ABSTIME, &time, NULL));
    time = (struct timespec){5, 0};
    pthread_create(&thread, NULL, interrupts, &self);
    number("interrupted", clock_nanosleep(CLOCK_PROCESS_CPUTIME_ID, 0, &time, &left));
    printf("left %d\n", left.tv_sec == 4);
    pthread_join(thread, NULL);
    number("own thread", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, NULL));
    clockid_t clock;
    pthread_getcpuclockid(self, &clock);
    number("own thread", clock_nanosleep(clock, 0, &time, NULL));
    number("coarse", clock_nanosleep(CLOCK_REALTIME_COARSE, 0, &time, NULL));
    number("unknown", clock_nanosleep(77, 0, &time, NULL));
}

int main(void) {
    sem_init(&stop, 0, 0), sem_init(&made, 0, 0);
    struct sigaction action = {.sa_handler = on_prof};
    sigaction(SIGPROF, &action, NULL);
    action.sa_handler = on_virtual;
    sigaction(SIGVTALRM, &action, NULL);
    action.sa_sigaction = on_queued;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGRTMIN, &action, NULL);
    interval_timers();
    timers();
    overruns();
    sleeps();
    return 0;
}
