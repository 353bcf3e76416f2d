// kind: so pie
// Shared futexes are the object's words, whichever address they are seen at; and the rarer operations.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long futex(uint32_t *word, int operation, uint32_t value, uintptr_t other, uint32_t *target, uint32_t third) {
    return syscall(SYS_futex, word, operation, value, other, target, third);
}

struct shared {
    uint32_t word, target;
    sem_t sem;
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    pthread_barrier_t barrier;
    int stage;
};
static struct shared *here, *there;
static int sleeping;

static void *waiter(void *bits) {
    __atomic_add_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
    long result = futex(&here->word, FUTEX_WAIT_BITSET, 0, 0, NULL, (uint32_t)(uintptr_t)bits);
    return (void *)result;
}

static void start(pthread_t *threads, int count, uint32_t bits) {
    sleeping = 0;
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, waiter, (void *)(uintptr_t)(bits ? bits : 1u << i));
    while (__atomic_load_n(&sleeping, __ATOMIC_SEQ_CST) < count)
        usleep(1000);
    usleep(30000);
}

static int join(pthread_t *threads, int count) {
    int failed = 0;
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(threads[i], &result);
        failed += result != NULL;
    }
    return failed;
}

static void *other_side(void *unused) {
    pthread_mutex_lock(&there->mutex);
    while (there->stage == 0)
        pthread_cond_wait(&there->cond, &there->mutex);
    there->stage = 2;
    pthread_cond_signal(&there->cond);
    pthread_mutex_unlock(&there->mutex);
    sem_wait(&there->sem);
    pthread_barrier_wait(&there->barrier);
    return unused;
}

int main(void) {
    int fd = memfd_create("shared", 0);
    ftruncate(fd, 8192);
    here = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    there = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    pthread_t threads[4];

    start(threads, 4, 0);
    printf("none of these bits %ld\n", futex(&there->word, FUTEX_WAKE_BITSET, 9, 0, NULL, 1 << 7));
    printf("by bits %ld\n", futex(&there->word, FUTEX_WAKE_BITSET, 9, 0, NULL, 5));
    printf("the rest %ld\n", futex(&there->word, FUTEX_WAKE, 9, 0, NULL, 0));
    printf("failed %d\n", join(threads, 4));

    start(threads, 4, ~0u);
    printf("wrong value %ld", futex(&there->word, FUTEX_CMP_REQUEUE, 1, 2, &there->target, 5));
    printf(" %s\n", strerror(errno));
    printf("requeued %ld\n", futex(&there->word, FUTEX_CMP_REQUEUE, 1, 2, &there->target, 0));
    printf("left %ld", futex(&here->word, FUTEX_WAKE, 9, 0, NULL, 0));
    printf(" moved %ld\n", futex(&here->target, FUTEX_WAKE, 9, 0, NULL, 0));
    printf("failed %d\n", join(threads, 4));

    start(threads, 3, ~0u);
    printf("requeue %ld\n", futex(&there->word, FUTEX_REQUEUE, 0, 3, &here->target, 0));
    there->target = 6;
    // target += 2, wake one of word (nobody) and, since it held 6, two of target.
    printf("wake op %ld", futex(&here->word, FUTEX_WAKE_OP, 1, 2, &there->target, FUTEX_OP(FUTEX_OP_ADD, 2, FUTEX_OP_CMP_EQ, 6)));
    printf(" target %u\n", here->target);
    printf("last %ld\n", futex(&there->target, FUTEX_WAKE, 9, 0, NULL, 0));
    printf("failed %d\n", join(threads, 3));

    struct timespec past = {0, 1};
    printf("past %ld", futex(&here->word, FUTEX_WAIT_BITSET, 0, (uintptr_t)&past, NULL, ~0u));
    printf(" %s\n", strerror(errno));
    printf("no bits %ld", futex(&here->word, FUTEX_WAIT_BITSET, 0, 0, NULL, 0));
    printf(" %s\n", strerror(errno));

    pthread_mutexattr_t mutex;
    pthread_condattr_t cond;
    pthread_barrierattr_t barrier;
    pthread_mutexattr_init(&mutex);
    pthread_condattr_init(&cond);
    pthread_barrierattr_init(&barrier);
    pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
    pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
    pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&here->mutex, &mutex);
    pthread_cond_init(&here->cond, &cond);
    pthread_barrier_init(&here->barrier, &barrier, 2);
    sem_init(&here->sem, 1, 0);
    pthread_create(&threads[0], NULL, other_side, NULL);
    usleep(20000);
    pthread_mutex_lock(&here->mutex);
    here->stage = 1;
    pthread_cond_signal(&here->cond);
    while (here->stage != 2)
        pthread_cond_wait(&here->cond, &here->mutex);
    pthread_mutex_unlock(&here->mutex);
    usleep(20000);
    sem_post(&here->sem);
    pthread_barrier_wait(&here->barrier);
    pthread_join(threads[0], NULL);
    puts("both sides met");
    return 0;
}
