// kind: so pie signals
// flags: -pthread
// Signals that find a thread busy: in a loop, in malloc and printf, and in the calls that no signal ends.
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

static volatile sig_atomic_t handled, alarms, is_set;
static pthread_t interrupted;
static void count(int number)
{
    (void)number;
    handled++;
}
static void set(int number)
{
    (void)number;
    is_set = 1;
}
/* Only where a handler has a thread of its own may it do this while the program is in the middle of it. */
static void allocates(int number)
{
    (void)number;
    alarms++;
    if (!pthread_equal(pthread_self(), interrupted)) {
        char *text = malloc(100 + alarms % 1000);
        snprintf(text, 100, "%d", alarms);
        fprintf(stderr, "%s", "");
        free(text);
    }
}

static void snooze(int milliseconds)
{
    struct timespec t = {0, milliseconds * 1000000L};
    while (nanosleep(&t, &t) != 0)
        ;
}

static void *loops(void *unused)
{
    unsigned long turns = 0;
    (void)unused;
    while (!is_set)
        turns++;
    return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, cond_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_t joined;
static volatile int is_free, wakeups;

static void *ends_when_free(void *unused)
{
    while (!is_free)
        snooze(1);
    return unused;
}
static int waits_mutex(void)
{
    int answer = pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    return answer;
}
static int waits_timedlock(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 100;
    int answer = pthread_mutex_timedlock(&mutex, &at);
    pthread_mutex_unlock(&mutex);
    return answer;
}
static int waits_cond(void)
{
    pthread_mutex_lock(&cond_mutex);
    int answer = 0;
    while (!is_free && answer == 0)
        answer = pthread_cond_wait(&cond, &cond_mutex), wakeups++;
    pthread_mutex_unlock(&cond_mutex);
    return answer;
}
static int waits_cond_timed(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 100;
    pthread_mutex_lock(&cond_mutex);
    int answer = 0;
    while (!is_free && answer == 0)
        answer = pthread_cond_timedwait(&cond, &cond_mutex, &at), wakeups++;
    pthread_mutex_unlock(&cond_mutex);
    return answer;
}
static int waits_join(void)
{
    pthread_create(&joined, NULL, ends_when_free, NULL);
    return pthread_join(joined, NULL);
}
static int waits_rdlock(void)
{
    int answer = pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    return answer;
}
static int waits_wrlock(void)
{
    int answer = pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    return answer;
}
static int waits_barrier(void)
{
    int answer = pthread_barrier_wait(&barrier);
    return answer == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : answer;
}

struct wait {
    const char *name;
    int (*wait)(void);
};
static const struct wait waits[] = {
    {"mutex", waits_mutex}, {"timedlock", waits_timedlock}, {"cond", waits_cond}, {"cond timed", waits_cond_timed},
    {"join", waits_join}, {"rdlock", waits_rdlock}, {"wrlock", waits_wrlock}, {"barrier", waits_barrier},
};
static volatile int answer, too_early;

static void *wait_main(void *argument)
{
    const struct wait *wait = argument;
    answer = wait->wait();
    too_early = !is_free;
    return NULL;
}

int main(void)
{
    struct sigaction action = {.sa_handler = set};
    pthread_t thread;
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&thread, NULL, loops, NULL);
    snooze(5);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    printf("a loop was left %d\n", is_set);

    /* A flag that is looked at before every pause: no interrupt is lost. On Linux one may be, and the next ends it. */
    for (int i = 0; i < 200; i++) {
        struct itimerval soon = {{0, osv_run_app ? 0 : 2000}, {0, 50 + i}}, never = {{0, 0}, {0, 0}};
        signal(SIGALRM, set);
        is_set = 0;
        setitimer(ITIMER_REAL, &soon, NULL);
        while (!is_set)
            pause();
        setitimer(ITIMER_REAL, &never, NULL);
    }
    printf("paused\n");

    interrupted = pthread_self();
    action.sa_handler = allocates;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    struct itimerval often = {{0, 300}, {0, 300}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    unsigned sum = 0;
    FILE *null = fopen("/dev/null", "w");
    for (int i = 0; i < 200000 || alarms < 50; i++) {
        char *block = malloc(16 + i % 3000);
        block[0] = (char)i;
        sum += (unsigned char)block[0] & 1;
        free(block);
        fprintf(null, "%d %s\n", i, "text");
    }
    setitimer(ITIMER_REAL, &never, NULL);
    fclose(null);
    printf("allocated and printed %d\n", sum > 1000 && alarms >= 50);

    action.sa_handler = count;
    action.sa_flags = 0;
    sigaction(SIGUSR1, &action, NULL);
    pthread_barrier_init(&barrier, NULL, 2);
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
        is_free = wakeups = 0;
        handled = 0;
        pthread_mutex_lock(&mutex);
        pthread_rwlock_wrlock(&rwlock);
        pthread_create(&thread, NULL, wait_main, (void *)&waits[i]);
        for (int k = 0; k < 5; k++) {
            int before = handled;
            snooze(3);
            pthread_kill(thread, SIGUSR1);
            while (handled == before)
                snooze(1);
        }
        snooze(3);
        pthread_mutex_lock(&cond_mutex);
        is_free = 1;
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&cond_mutex);
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_unlock(&rwlock);
        if (waits[i].wait == waits_barrier)
            pthread_barrier_wait(&barrier);
        pthread_join(thread, NULL);
        printf("%s: %d handled %d too early %d\n", waits[i].name, answer, handled, too_early);
    }
    return 0;
}
