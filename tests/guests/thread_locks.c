// kind: so pie
// flags: -pthread
// Every kind of lock: what misuse answers, deadlines, readers and writers.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static struct timespec in_ms(clockid_t clock, long ms) {
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += ms * 1000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t check = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t adaptive = PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP;
static pthread_mutex_t robust;
static pthread_rwlock_t rw = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t writers_first = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *others(void *argument) {
    (void)argument;
    struct timespec soon = in_ms(CLOCK_REALTIME, 20), mono = in_ms(CLOCK_MONOTONIC, 20);
    printf("other: recursive %d check %d unlock %d\n", pthread_mutex_trylock(&recursive),
           pthread_mutex_trylock(&check), pthread_mutex_unlock(&check));
    printf("other: timed %d clock %d\n", pthread_mutex_timedlock(&recursive, &soon),
           pthread_mutex_clocklock(&adaptive, CLOCK_MONOTONIC, &mono));
    printf("other: read %d write %d timed %d\n", pthread_rwlock_tryrdlock(&rw), pthread_rwlock_trywrlock(&rw),
           pthread_rwlock_timedwrlock(&rw, &soon));
    pthread_rwlock_unlock(&rw);
    return NULL;
}

static void *dies_holding(void *argument) {
    (void)argument;
    pthread_mutex_lock(&robust);
    return NULL;
}

static int shared_value;
static void *writer(void *argument) {
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_wrlock(argument);
        shared_value++;
        pthread_rwlock_unlock(argument);
    }
    return NULL;
}
static void *reader(void *argument) {
    long odd = 0;
    for (int i = 0; i < 2000; i++) {
        pthread_rwlock_rdlock(argument);
        int before = shared_value;
        odd += before != shared_value;
        pthread_rwlock_unlock(argument);
    }
    return (void *)odd;
}

int main(void) {
    pthread_t thread;
    printf("sizes %zu %zu %zu %zu %zu %zu %zu\n", sizeof(pthread_mutex_t), sizeof(pthread_cond_t),
           sizeof(pthread_rwlock_t), sizeof(pthread_barrier_t), sizeof(sem_t), sizeof(pthread_attr_t), sizeof(pthread_once_t));
    printf("recursive %d %d\n", pthread_mutex_lock(&recursive), pthread_mutex_lock(&recursive));
    printf("check %d %s\n", pthread_mutex_lock(&check), strerror(pthread_mutex_lock(&check)));
    pthread_mutex_lock(&adaptive);
    pthread_rwlock_rdlock(&rw);
    pthread_create(&thread, NULL, others, NULL);
    pthread_join(thread, NULL);
    printf("unlock %d %d %d\n", pthread_mutex_unlock(&recursive), pthread_mutex_unlock(&recursive),
           pthread_mutex_unlock(&recursive));
    pthread_rwlock_unlock(&rw);

    pthread_mutexattr_t attr;
    int kind;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_gettype(&attr, &kind);
    printf("kind %d bad %d\n", kind, pthread_mutexattr_settype(&attr, 77));
    pthread_mutex_init(&robust, &attr);
    pthread_create(&thread, NULL, dies_holding, NULL);
    pthread_join(thread, NULL);
    printf("robust %d", pthread_mutex_lock(&robust) == EOWNERDEAD);
    printf(" consistent %d unlock %d\n", pthread_mutex_consistent(&robust), pthread_mutex_unlock(&robust));
    pthread_create(&thread, NULL, dies_holding, NULL);
    pthread_join(thread, NULL);
    printf("robust %d", pthread_mutex_lock(&robust) == EOWNERDEAD);
    pthread_mutex_unlock(&robust);
    printf(" lost %d\n", pthread_mutex_lock(&robust) == ENOTRECOVERABLE);

    for (int round = 0; round < 2; round++) {
        pthread_rwlock_t *lock = round ? &writers_first : &rw;
        pthread_t threads[6];
        long odd = 0;
        shared_value = 0;
        for (int i = 0; i < 6; i++)
            pthread_create(&threads[i], NULL, i < 3 ? writer : reader, lock);
        for (int i = 0; i < 6; i++) {
            void *result;
            pthread_join(threads[i], &result);
            odd += (long)result;
        }
        printf("value %d odd %ld\n", shared_value, odd);
    }

    sem_t sem;
    sem_init(&sem, 0, 1);
    printf("sem %d", sem_wait(&sem));
    printf(" try %d %d", sem_trywait(&sem), errno == EAGAIN);
    struct timespec soon = in_ms(CLOCK_REALTIME, 20);
    printf(" timed %d %d\n", sem_timedwait(&sem, &soon), errno == ETIMEDOUT);
    pthread_spinlock_t spin;
    pthread_spin_init(&spin, 0);
    pthread_spin_lock(&spin);
    printf("spin %d\n", pthread_spin_trylock(&spin) == EBUSY);

    pthread_condattr_t condattr;
    pthread_cond_t cond;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_condattr_init(&condattr);
    pthread_condattr_setclock(&condattr, CLOCK_MONOTONIC);
    pthread_cond_init(&cond, &condattr);
    pthread_mutex_lock(&mutex);
    soon = in_ms(CLOCK_MONOTONIC, 30);
    int answer;
    do
        answer = pthread_cond_timedwait(&cond, &mutex, &soon);
    while (answer == 0);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long late = (now.tv_sec - soon.tv_sec) * 1000000000 + now.tv_nsec - soon.tv_nsec;
    soon.tv_nsec = -1;
    printf("cond %d late %d bad %d\n", answer == ETIMEDOUT, late >= 0, pthread_cond_timedwait(&cond, &mutex, &soon) == EINVAL);
    printf("unlock %d destroy %d %d\n", pthread_mutex_unlock(&mutex), pthread_cond_destroy(&cond), pthread_mutex_destroy(&mutex));
    return 0;
}
