// Mutexes with PTHREAD_PRIO_INHERIT: of every type, robust ones whose owner ends, with time limits, with condition
// variables, and many threads.
// flags: -pthread
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *name(int error) { return error == 0 ? "ok" : strerrorname_np(error); }
static pthread_mutex_t make(int type, int robust) {
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    if (pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT)) abort();
    pthread_mutexattr_settype(&attr, type);
    pthread_mutexattr_setrobust(&attr, robust);
    if (pthread_mutex_init(&mutex, &attr)) abort();
    pthread_mutexattr_destroy(&attr);
    return mutex;
}
static pthread_t start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, body, argument)) abort();
    return thread;
}
static struct timespec from_now(clockid_t clock, long ms) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void *try_it(void *mutex) { return (void *)(long)pthread_mutex_trylock(mutex); }
static void *try_until(void *mutex) {
    struct timespec soon = from_now(CLOCK_REALTIME, 30);
    long first = pthread_mutex_timedlock(mutex, &soon);
    soon = from_now(CLOCK_MONOTONIC, 30);
    long second = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &soon);
    return (void *)(first * 1000 + second);
}
static void *unlock_it(void *mutex) { return (void *)(long)pthread_mutex_unlock(mutex); }
static long elsewhere(void *(*body)(void *), void *argument) {
    void *result;
    pthread_join(start(body, argument), &result);
    return (long)result;
}

static void types(void) {
    static const struct {
        const char *name;
        int type;
    } all[] = {{"normal", PTHREAD_MUTEX_NORMAL}, {"errorcheck", PTHREAD_MUTEX_ERRORCHECK}, {"recursive", PTHREAD_MUTEX_RECURSIVE}};
    for (int i = 0; i < 3; i++) {
        pthread_mutex_t mutex = make(all[i].type, PTHREAD_MUTEX_STALLED);
        printf("%s: lock %s", all[i].name, name(pthread_mutex_lock(&mutex)));
        if (all[i].type != PTHREAD_MUTEX_NORMAL) printf(", again %s", name(pthread_mutex_lock(&mutex)));
        printf(", another tries %s", name(elsewhere(try_it, &mutex)));
        long until = elsewhere(try_until, &mutex);
        printf(", for a while %s %s", name(until / 1000), name(until % 1000));
        if (all[i].type != PTHREAD_MUTEX_NORMAL) printf(", unlocks %s", name(elsewhere(unlock_it, &mutex)));
        printf(", unlock %s", name(pthread_mutex_unlock(&mutex)));
        if (all[i].type == PTHREAD_MUTEX_RECURSIVE) printf(" %s", name(pthread_mutex_unlock(&mutex)));
        printf(", destroy %s\n", name(pthread_mutex_destroy(&mutex)));
    }
}

static volatile int is_held;
static void *end_with(void *mutex) {
    long answer = pthread_mutex_lock(mutex);
    is_held = 1;
    usleep(50000);
    return (void *)answer;
}
static void robust(void) {
    pthread_mutex_t mutex = make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    printf("ends with it %s", name(elsewhere(end_with, &mutex)));
    printf(", lock %s", name(pthread_mutex_lock(&mutex)));
    printf(", consistent %s", name(pthread_mutex_consistent(&mutex)));
    printf(", unlock %s\n", name(pthread_mutex_unlock(&mutex)));
    is_held = 0;
    pthread_t thread = start(end_with, &mutex);
    while (!is_held) usleep(1000);
    printf("ends while it is waited for: %s", name(pthread_mutex_lock(&mutex)));
    pthread_join(thread, 0);
    printf(", consistent %s", name(pthread_mutex_consistent(&mutex)));
    printf(", unlock %s\n", name(pthread_mutex_unlock(&mutex)));
    elsewhere(end_with, &mutex);
    printf("tried %s", name(pthread_mutex_trylock(&mutex)));
    printf(", unlock %s", name(pthread_mutex_unlock(&mutex)));
    printf(", not consistent %s\n", name(pthread_mutex_lock(&mutex)));
}

// Threads that each wait for their turn, all at one condition variable.
enum { THREADS = 8, ROUNDS = 200 };
static pthread_mutex_t turns;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;
static void *take_turns(void *number) {
    for (int round = 0; round < ROUNDS; round++) {
        pthread_mutex_lock(&turns);
        while (turn % THREADS != (long)number) pthread_cond_wait(&changed, &turns);
        turn++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&turns);
    }
    return 0;
}
static void conditions(int robust_kind) {
    turns = make(PTHREAD_MUTEX_ERRORCHECK, robust_kind);
    turn = 0;
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++) threads[i] = start(take_turns, (void *)i);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
    struct timespec soon = from_now(CLOCK_REALTIME, 20);
    pthread_mutex_lock(&turns);
    printf("turns %d, limit %s", turn, name(pthread_cond_timedwait(&changed, &turns, &soon)));
    printf(", unlock %s\n", name(pthread_mutex_unlock(&turns)));
}

static pthread_mutex_t many;
static long count, inside, wrong;
static void *contend(void *unused) {
    (void)unused;
    for (int i = 0; i < 5000; i++) {
        if (pthread_mutex_lock(&many)) abort();
        if (inside++ != 0) wrong++;
        if (i % 100 == 0) sched_yield();
        count++;
        inside--;
        if (pthread_mutex_unlock(&many)) abort();
    }
    return 0;
}

// Owners that end, one after another, while others wait.
static void *end_soon(void *mutex) {
    int answer = pthread_mutex_lock(mutex);
    if (answer == EOWNERDEAD) answer = pthread_mutex_consistent(mutex);
    return (void *)(long)answer;
}

int main(void) {
    types();
    robust();
    conditions(PTHREAD_MUTEX_STALLED);
    conditions(PTHREAD_MUTEX_ROBUST);
    many = make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED);
    pthread_t threads[20];
    for (int i = 0; i < 6; i++) threads[i] = start(contend, 0);
    for (int i = 0; i < 6; i++) pthread_join(threads[i], 0);
    printf("%ld turns, %ld wrong\n", count, wrong);
    pthread_mutex_t chain = make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST);
    long failed = 0;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 20; i++) threads[i] = start(end_soon, &chain);
        for (int i = 0; i < 20; i++) {
            void *answer;
            pthread_join(threads[i], &answer);
            failed += answer != 0;
        }
    }
    printf("%ld failed, then %s\n", failed, name(pthread_mutex_lock(&chain)));
    return 0;
}
