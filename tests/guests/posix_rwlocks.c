// kind: pie
// Read-write locks with all their ways to ask, their attributes, and spin locks.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_rwlock_t lock;

static struct timespec soon(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_nsec += 20000000;
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    return at;
}

static void *others(void *arg) {
    (void)arg;
    struct timespec past = {1, 0}, wrong = {1, 1000000000}, at = soon(CLOCK_REALTIME), at2 = soon(CLOCK_MONOTONIC);
    printf("  try %d %d\n", pthread_rwlock_tryrdlock(&lock), pthread_rwlock_trywrlock(&lock));
    printf("  timed %d %d\n", pthread_rwlock_timedrdlock(&lock, &past), pthread_rwlock_timedwrlock(&lock, &past));
    printf("  wrong %d %d\n", pthread_rwlock_timedrdlock(&lock, &wrong), pthread_rwlock_timedwrlock(&lock, &wrong));
    printf("  waits %d", pthread_rwlock_timedwrlock(&lock, &at));
    printf(" %d", pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &at2));
    printf(" %d\n", pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &past));
    printf("  clock %d", pthread_rwlock_clockrdlock(&lock, CLOCK_PROCESS_CPUTIME_ID, &past));
    printf(" %d\n", pthread_rwlock_clockwrlock(&lock, 99, &past));
    return NULL;
}

static void *reads(void *arg) {
    (void)arg;
    struct timespec past = {1, 0};
    printf("  shared %d", pthread_rwlock_tryrdlock(&lock));
    printf(" %d", pthread_rwlock_timedrdlock(&lock, &past));
    printf(" %d", pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &past));
    printf(" %d\n", pthread_rwlock_trywrlock(&lock));
    for (int i = 0; i < 3; i++) pthread_rwlock_unlock(&lock);
    return NULL;
}

static int total;
static void *adds(void *arg) {
    (void)arg;
    for (int i = 0; i < 1000; i++) {
        pthread_rwlock_wrlock(&lock);
        total++;
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_rdlock(&lock);
        if (total < i) printf("lost\n");
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}

static void in_thread(const char *what, void *(*run)(void *)) {
    pthread_t thread;
    printf("%s\n", what);
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
}

static void attributes(void) {
    pthread_rwlockattr_t attr;
    int value = -1;
    printf("init %d", pthread_rwlockattr_init(&attr));
    printf(" shared %d", pthread_rwlockattr_getpshared(&attr, &value));
    printf(" %d", value);
    printf(" kind %d", pthread_rwlockattr_getkind_np(&attr, &value));
    printf(" %d\n", value);
    printf("set %d", pthread_rwlockattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    printf(" %d", pthread_rwlockattr_setpshared(&attr, 2));
    printf(" %d", pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP));
    printf(" %d\n", pthread_rwlockattr_setkind_np(&attr, 3));
    pthread_rwlockattr_getpshared(&attr, &value);
    printf("shared %d", value);
    pthread_rwlockattr_getkind_np(&attr, &value);
    printf(" kind %d\n", value);
    printf("lock %d", pthread_rwlock_init(&lock, &attr));
    printf(" destroy %d\n", pthread_rwlockattr_destroy(&attr));
}

int main(void) {
    attributes();
    pthread_rwlock_wrlock(&lock);
    in_thread("written", others);
    printf("again %d %d\n", pthread_rwlock_wrlock(&lock), pthread_rwlock_rdlock(&lock));
    printf("unlock %d\n", pthread_rwlock_unlock(&lock));
    pthread_rwlock_rdlock(&lock);
    in_thread("read", reads);
    printf("unlock %d\n", pthread_rwlock_unlock(&lock));
    printf("destroy %d\n", pthread_rwlock_destroy(&lock));

    printf("init %d\n", pthread_rwlock_init(&lock, NULL));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, adds, NULL);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("total %d\n", total);
    printf("destroy %d\n", pthread_rwlock_destroy(&lock));

    pthread_spinlock_t spin;
    printf("spin %d", pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE));
    printf(" %d", pthread_spin_trylock(&spin));
    printf(" %d", pthread_spin_trylock(&spin));
    printf(" %d", pthread_spin_unlock(&spin));
    printf(" %d", pthread_spin_lock(&spin));
    printf(" %d", pthread_spin_unlock(&spin));
    printf(" %d\n", pthread_spin_destroy(&spin));
    return 0;
}
