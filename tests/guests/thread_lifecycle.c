// kind: so pie
// flags: -pthread
// Keys and their destructors, once, names, cancellation with cleanup, joins that time out, attributes, the last exit.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static pthread_key_t key, again;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int initialised, rounds, cleaned;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int ready;

static void initialise(void) { initialised++; }
static void destroy(void *value) { printf("destroy %s\n", (char *)value); }
static void destroy_again(void *value) {
    rounds++;
    pthread_setspecific(again, value);
}
static void *with_keys(void *argument) {
    pthread_once(&once, initialise);
    pthread_setspecific(key, argument);
    pthread_setspecific(again, argument);
    return pthread_getspecific(key);
}

static void cleanup(void *argument) {
    cleaned++;
    printf("cleanup %s\n", (char *)argument);
}
static void *waits(void *argument) {
    (void)argument;
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push((void (*)(void *))pthread_mutex_unlock, &mutex);
    pthread_cleanup_push(cleanup, "inner");
    ready = 1;
    while (ready != 2)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(1);
    return NULL;
}
static void *sleeps(void *argument) {
    pthread_cleanup_push(cleanup, argument);
    if (argument) {
        ready = 3;
        for (;;)
            sleep(100);
    }
    pthread_cleanup_pop(0);
    return NULL;
}
static void *refuses(void *argument) {
    int old;
    (void)argument;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    ready = 4;
    while (ready != 5)
        usleep(1000);
    pthread_testcancel();
    pthread_setcancelstate(old, NULL);
    pthread_testcancel();
    return "not reached";
}
static void *exits(void *argument) {
    pthread_cleanup_push(cleanup, "exit");
    pthread_exit(argument);
    pthread_cleanup_pop(0);
}
static void *outlives_main(void *argument) {
    usleep(20000);
    printf("last thread\n");
    return argument;
}
static void at_exit(void) { printf("at exit\n"); }

int main(void) {
    pthread_t thread;
    void *result;
    char name[16];
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_key_create(&key, destroy);
    pthread_key_create(&again, destroy_again);
    for (int i = 0; i < 2; i++) {
        pthread_create(&thread, NULL, with_keys, i ? "two" : "one");
        pthread_join(thread, &result);
        printf("result %s\n", (char *)result);
    }
    printf("once %d rounds %d here %d\n", initialised, rounds, pthread_getspecific(key) != NULL);
    printf("delete %d twice %d\n", pthread_key_delete(key), pthread_key_delete(key));

    pthread_create(&thread, NULL, waits, NULL);
    for (;;) {
        pthread_mutex_lock(&mutex);
        int now = ready;
        pthread_mutex_unlock(&mutex);
        if (now == 1)
            break;
        usleep(1000);
    }
    printf("setname %d long %d", pthread_setname_np(thread, "worker"), pthread_setname_np(thread, "much too long a name"));
    pthread_getname_np(thread, name, sizeof name);
    printf(" name %s tryjoin %d", name, pthread_tryjoin_np(thread, NULL) == EBUSY);
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 5000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    printf(" timed %d\n", pthread_timedjoin_np(thread, NULL, &soon) == ETIMEDOUT);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d unlocked %d\n", result == PTHREAD_CANCELED, pthread_mutex_trylock(&mutex));
    pthread_create(&thread, NULL, sleeps, "sleeper");
    while (*(volatile int *)&ready != 3)
        usleep(1000);
    usleep(5000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("cancelled %d\n", result == PTHREAD_CANCELED);
    pthread_create(&thread, NULL, refuses, NULL);
    while (*(volatile int *)&ready != 4)
        usleep(1000);
    pthread_cancel(thread);
    *(volatile int *)&ready = 5;
    pthread_join(thread, &result);
    printf("cancelled late %d\n", result == PTHREAD_CANCELED);
    pthread_create(&thread, NULL, exits, "value");
    pthread_join(thread, &result);
    printf("exited %s cleaned %d\n", (char *)result, cleaned);

    pthread_attr_t attr;
    size_t size, guard;
    int detached;
    pthread_getattr_np(pthread_self(), &attr);
    void *start;
    pthread_attr_getstack(&attr, &start, &size);
    printf("main stack %d\n", (char *)&attr >= (char *)start && (char *)&attr < (char *)start + size);
    pthread_attr_init(&attr);
    pthread_attr_getstacksize(&attr, &size);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_attr_getdetachstate(&attr, &detached);
    printf("attr %zu %zu %d small %d\n", size, guard, detached, pthread_attr_setstacksize(&attr, 100) == EINVAL);
    printf("self join %d equal %d\n", pthread_join(pthread_self(), NULL) == EDEADLK,
           pthread_equal(pthread_self(), pthread_self()) != 0);
    atexit(at_exit);
    pthread_create(&thread, NULL, outlives_main, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}
