// kind: so pie
// flags: -pthread
// A thousand threads at once, then many short ones, joined and detached.
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>

#define MANY 1000
static pthread_barrier_t gate;
static atomic_int ran, serial;
static sem_t done;

static void *wait_at_gate(void *argument) {
    (void)argument;
    atomic_fetch_add(&ran, 1);
    if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_fetch_add(&serial, 1);
    return argument;
}

static void *short_one(void *argument) {
    sem_post(&done);
    return argument;
}

int main(void) {
    static pthread_t threads[MANY];
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 * 1024);
    pthread_barrier_init(&gate, NULL, MANY + 1);
    for (long i = 0; i < MANY; i++)
        if (pthread_create(&threads[i], &attr, wait_at_gate, (void *)i) != 0)
            return 1;
    if (pthread_barrier_wait(&gate) == PTHREAD_BARRIER_SERIAL_THREAD)
        atomic_fetch_add(&serial, 1);
    long sum = 0;
    for (int i = 0; i < MANY; i++) {
        void *result;
        if (pthread_join(threads[i], &result) != 0)
            return 2;
        sum += (long)result;
    }
    printf("ran %d serial %d sum %ld destroy %d\n", ran, serial, sum, pthread_barrier_destroy(&gate));

    sem_init(&done, 0, 0);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    for (int i = 0; i < 3000; i++) {
        pthread_t thread;
        if (pthread_create(&thread, i % 2 ? &attr : NULL, short_one, NULL) != 0)
            return 3;
        if (i % 2 == 0 && pthread_join(thread, NULL) != 0)
            return 4;
        sem_wait(&done);
    }
    int value;
    sem_getvalue(&done, &value);
    printf("left %d\n", value);
    return 0;
}
