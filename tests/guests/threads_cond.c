// kind: so
// flags: -pthread
// A bounded queue between producers and consumers, a barrier, a semaphore, a once, keys and a timed wait.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int queue[4], head, length;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static sem_t done;
static int made, destroyed;

static void put(int value) {
    pthread_mutex_lock(&lock);
    while (length == 4)
        pthread_cond_wait(&not_full, &lock);
    queue[(head + length++) % 4] = value;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

static int take(void) {
    pthread_mutex_lock(&lock);
    while (length == 0)
        pthread_cond_wait(&not_empty, &lock);
    int value = queue[head];
    head = (head + 1) % 4;
    length--;
    pthread_cond_signal(&not_full);
    pthread_mutex_unlock(&lock);
    return value;
}

static void destroy(void *value) {
    (void)value;
    __atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void make(void) {
    made++;
    pthread_key_create(&key, destroy);
}

static void *producer(void *argument) {
    pthread_once(&once, make);
    pthread_setspecific(key, argument);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 1000; i++)
        put((int)(long)argument + i);
    put(-1);
    sem_post(&done);
    return pthread_getspecific(key);
}

static void *consumer(void *argument) {
    (void)argument;
    pthread_once(&once, make);
    pthread_barrier_wait(&barrier);
    long sum = 0;
    for (int value; (value = take()) != -1;)
        sum += value;
    sem_post(&done);
    return (void *)sum;
}

int main(void) {
    pthread_t threads[4];
    pthread_barrier_init(&barrier, NULL, 4);
    sem_init(&done, 0, 0);
    for (long i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, i % 2 ? consumer : producer, (void *)((i + 1) * 100));
    for (int i = 0; i < 4; i++)
        sem_wait(&done);
    long sum = 0;
    void *result;
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], &result);
        sum += i % 2 ? (long)result : 0;
    }
    printf("sum %ld made %d destroyed %d\n", sum, made, destroyed);

    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 2000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&lock);
    printf("timed wait %s\n", pthread_cond_timedwait(&not_empty, &lock, &until) == ETIMEDOUT ? "timed out" : "?");
    pthread_mutex_unlock(&lock);
    return 0;
}
