// kind: so
// flags: -pthread
// Mutexes that lend their owner the priority of who waits, along a chain of owners, and those with a ceiling. All on one
// processor, so that a thread in the middle would keep the owner from running.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t first, second, plain;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t held, go, middle_go;
static char order[32];
static atomic_int count, is_told;

static const char *error(int number) { return number ? strerrorname_np(number) : "ok"; }
static void note(char what) { order[count++] = what; }
static void show(const char *what) {
    printf("%s: %s\n", what, order);
    memset(order, 0, sizeof order);
    count = 0;
}
static void real_time(int priority) {
    struct sched_param param = {.sched_priority = priority};
    int number = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
    if (number) printf("priority %d: %s\n", priority, error(number));
}
static pthread_t start(int priority, void *(*body)(void *), void *argument) {
    pthread_attr_t attr;
    struct sched_param param = {.sched_priority = priority};
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
    pthread_attr_setschedparam(&attr, &param);
    if (pthread_create(&thread, &attr, body, argument)) printf("no thread\n");
    return thread;
}

// The lowest thread holds the mutex until it is told to go on.
static void *low(void *mutex) {
    pthread_mutex_lock(mutex);
    note('l');
    sem_post(&held);
    sem_wait(&go);
    note('L');
    pthread_mutex_unlock(mutex);
    note('_');
    return 0;
}
// The middle one runs when it is told to.
static void *middle(void *unused) {
    sem_wait(&middle_go);
    note('m');
    return 0;
}
static void *high(void *mutex) {
    pthread_mutex_lock(mutex);
    note('h');
    pthread_mutex_unlock(mutex);
    return 0;
}
// Between them in a chain: holds the second and waits for the first.
static void *link_(void *unused) {
    pthread_mutex_lock(&second);
    sem_post(&held);
    pthread_mutex_lock(&first);
    note('k');
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
    return 0;
}
static void *impatient(void *mutex) {
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 20000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    int number = pthread_mutex_timedlock(mutex, &soon);
    note(number == ETIMEDOUT ? 't' : '?');
    return 0;
}
static void *told(void *mutex) {
    pthread_mutex_lock(mutex);
    note('w');
    while (!is_told) pthread_cond_wait(&cond, mutex);
    note('W');
    pthread_mutex_unlock(mutex);
    return 0;
}
static void *changes(void *mutex) {
    int old = 0, number = pthread_mutex_setprioceiling(mutex, 60, &old);
    note(number == 0 && old == 40 ? 's' : '?');
    return 0;
}
static void ceiling(const char *what, pthread_mutex_t *mutex, int ceiling) {
    int old = -1, number = pthread_mutex_setprioceiling(mutex, ceiling, &old);
    printf("%s: %s, was %d\n", what, error(number), old);
}
// The priority that the thread was told, and that by which it runs.
static void priorities(const char *what) {
    int policy;
    struct sched_param told, now;
    pthread_getschedparam(pthread_self(), &policy, &told);
    sched_getparam(0, &now);
    printf("%s: %d %d\n", what, told.sched_priority, now.sched_priority);
}
static void *dies(void *mutex) {
    pthread_mutex_lock(mutex);
    return 0;
}

static void invert(const char *what, pthread_mutex_t *mutex) {
    real_time(90);
    pthread_t threads[3] = {start(10, low, mutex), start(20, middle, 0)};
    sem_wait(&held);
    threads[2] = start(30, high, mutex);
    // It has come to wait for the mutex once this thread has slept.
    nanosleep(&(struct timespec){0, 30000000}, 0);
    sem_post(&middle_go), sem_post(&go);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
    show(what);
}

int main(void) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
    sem_init(&held, 0, 0), sem_init(&go, 0, 0), sem_init(&middle_go, 0, 0);
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutex_init(&plain, &attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&first, &attr);
    pthread_mutex_init(&second, &attr);

    invert("nothing lent", &plain);
    invert("lent", &first);

    pthread_t threads[4] = {start(10, low, &first), start(20, middle, 0)};
    sem_wait(&held);
    threads[2] = start(15, link_, 0);
    sem_wait(&held);
    threads[3] = start(30, high, &second);
    nanosleep(&(struct timespec){0, 30000000}, 0);
    sem_post(&middle_go), sem_post(&go);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], 0);
    show("along a chain");

    // Who gives up lends no more.
    threads[0] = start(10, low, &first), threads[1] = start(20, middle, 0);
    sem_wait(&held);
    threads[2] = start(30, impatient, &first);
    pthread_join(threads[2], 0);
    sem_post(&middle_go), sem_post(&go);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
    show("given up");

    // The usual uses of such a mutex.
    printf("lock %s", error(pthread_mutex_lock(&first)));
    printf(", try %s", error(pthread_mutex_trylock(&first)));
    printf(", unlock %s", error(pthread_mutex_unlock(&first)));
    printf(", again %s\n", error(pthread_mutex_unlock(&first)));
    threads[0] = start(20, told, &first);
    nanosleep(&(struct timespec){0, 30000000}, 0);
    pthread_mutex_lock(&first);
    is_told = 1;
    pthread_cond_signal(&cond);
    note('s');
    pthread_mutex_unlock(&first);
    pthread_join(threads[0], 0);
    show("with a condition");

    pthread_mutex_t other;
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&other, &attr);
    printf("recursive: %s", error(pthread_mutex_lock(&other)));
    printf(" %s", error(pthread_mutex_lock(&other)));
    printf(" %s", error(pthread_mutex_unlock(&other)));
    printf(" %s", error(pthread_mutex_unlock(&other)));
    printf(" %s\n", error(pthread_mutex_unlock(&other)));
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&other, &attr);
    threads[0] = start(20, dies, &other);
    pthread_join(threads[0], 0);
    printf("robust: %s", error(pthread_mutex_lock(&other)));
    printf(", consistent %s", error(pthread_mutex_consistent(&other)));
    printf(", relock %s", error(pthread_mutex_lock(&other)));
    printf(", unlock %s", error(pthread_mutex_unlock(&other)));
    printf(", lock %s", error(pthread_mutex_lock(&other)));
    printf(", unlock %s\n", error(pthread_mutex_unlock(&other)));

    // A ceiling: its holder runs by it.
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_PROTECT);
    pthread_mutexattr_setprioceiling(&attr, 40);
    pthread_mutex_init(&other, &attr);
    printf("above the ceiling: %s", error(pthread_mutex_lock(&other)));
    printf(", try %s\n", error(pthread_mutex_trylock(&other)));
    real_time(10);
    printf("below: %s", error(pthread_mutex_lock(&other)));
    printf(", try %s\n", error(pthread_mutex_trylock(&other)));
    threads[0] = start(20, middle, 0);
    sem_post(&middle_go);
    note('c');
    printf("unlock %s\n", error(pthread_mutex_unlock(&other)));
    pthread_join(threads[0], 0);
    show("until it is given back");

    // Whoever changes a ceiling takes the mutex meanwhile.
    pthread_mutex_lock(&other);
    priorities("under a ceiling");
    threads[0] = start(20, changes, &other);
    nanosleep(&(struct timespec){0, 30000000}, 0);
    note('c');
    pthread_mutex_unlock(&other);
    pthread_join(threads[0], 0);
    show("changed");
    pthread_mutex_lock(&other);
    priorities("under the new one");
    real_time(15);
    priorities("told another");
    pthread_mutex_unlock(&other);
    priorities("under none");
    ceiling("to 70", &other, 70);
    ceiling("to 0", &other, 0);
    ceiling("to 100", &other, 100);
    pthread_mutex_destroy(&other);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&other, &attr);
    pthread_mutex_lock(&other);
    ceiling("held, recursive", &other, 50);
    priorities("at once");
    ceiling("below the own", &other, 14);
    printf("unlock %s\n", error(pthread_mutex_unlock(&other)));
    priorities("under none");
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&other, &attr);
    pthread_mutex_lock(&other);
    ceiling("held, checked", &other, 50);
    pthread_mutex_unlock(&other);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    printf("robust: %s\n", error(pthread_mutex_init(&other, &attr)));

    struct sched_param usual = {0};
    pthread_setschedparam(pthread_self(), SCHED_OTHER, &usual);
    printf("without a priority: %s\n", error(pthread_mutex_lock(&other)));
    return 0;
}
