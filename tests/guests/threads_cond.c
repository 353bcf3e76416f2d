// kind: so
// flags: -pthread
// A bounded queue between producers and consumers, a barrier, a semaphore, a once, keys and a timed wait.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

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

static pthread_cond_t one_there = PTHREAD_COND_INITIALIZER;
static int waiting, tokens, token_taken;

static void unlock(void *mutex) { pthread_mutex_unlock(mutex); }

static void *take_token(void *unused) {
    pthread_mutex_lock(&lock);
    pthread_cleanup_push(unlock, &lock);
    waiting++;
    while (!tokens)
        pthread_cond_wait(&one_there, &lock);
    tokens--;
    __atomic_store_n(&token_taken, 1, __ATOMIC_SEQ_CST);
    pthread_cleanup_pop(1);
    return unused;
}

// A waiter that is cancelled once a signal has woken it does not keep the signal from the other one.
static void cancel_woken(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, take_token, NULL);
        for (int count = 0; count <= i; usleep(1000)) {
            pthread_mutex_lock(&lock);
            count = waiting;
            pthread_mutex_unlock(&lock);
        }
        usleep(5000);
    }
    pthread_mutex_lock(&lock);
    tokens = 1;
    pthread_cond_signal(&one_there);
    usleep(5000);
    pthread_cancel(threads[0]);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 3000 && !__atomic_load_n(&token_taken, __ATOMIC_SEQ_CST); i++)
        usleep(1000);
    printf("a cancelled waiter left the signal %d\n", token_taken);
    pthread_cancel(threads[1]);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
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
    cancel_woken();
    return 0;
}
