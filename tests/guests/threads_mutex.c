// kind: so pie
// flags: -pthread
#include <pthread.h>
#include <stdio.h>

#define THREADS 8
#define ROUNDS 20000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long count;
static __thread long own;

static void *work(void *argument) {
    long step = (long)argument;
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        count += step;
        pthread_mutex_unlock(&lock);
        own++;
    }
    return (void *)own;
}

int main(void) {
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)(i + 1)) != 0)
            return 1;
    long sum = 0;
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("count %ld sum %ld own %ld\n", count, sum, own);
    return 0;
}
