// kind: so pie
// A thousand threads at once, with the stack size a program gets without asking.
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 1000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER, go = PTHREAD_COND_INITIALIZER;
static int here, may_go;
static long sum;
static __thread int own;

static void *run(void *argument) {
    char stack[8192];
    memset(stack, (int)(long)argument, sizeof stack);
    own = (int)(long)argument;
    pthread_mutex_lock(&mutex);
    if (++here == THREADS)
        pthread_cond_signal(&all_here);
    while (!may_go)
        pthread_cond_wait(&go, &mutex);
    sum += own;
    pthread_mutex_unlock(&mutex);
    return (void *)(long)(stack[8191] == (char)own);
}

int main(void) {
    static pthread_t threads[THREADS];
    int made = 0, good = 0;
    for (long i = 0; i < THREADS; i++)
        made += pthread_create(&threads[i], NULL, run, (void *)i) == 0;
    printf("made %d\n", made);
    if (made != THREADS)
        return 1;
    pthread_mutex_lock(&mutex);
    while (here < THREADS)
        pthread_cond_wait(&all_here, &mutex);
    may_go = 1;
    pthread_cond_broadcast(&go);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        good += result != NULL;
    }
    printf("sum %ld, stacks good %d\n", sum, good);
    return 0;
}
