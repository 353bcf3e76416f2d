// kind: so pie
// libs: slow
// No thread gets a library from dlopen before its initialisers have finished, whoever runs them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static pthread_barrier_t barrier;

static void *open_it(void *unused) {
    (void)unused;
    pthread_barrier_wait(&barrier);
    void *handle = dlopen("libslow.so", RTLD_NOW);
    int (*state)(void) = handle ? (int (*)(void))dlsym(handle, "slow_state") : NULL;
    intptr_t value = state ? state() : -2;
    if (handle)
        dlclose(handle);
    return (void *)value;
}

int main(void) {
    enum { THREADS = 6 };
    for (int round = 0; round < 3; round++) {
        pthread_t threads[THREADS];
        int ready = 0;
        pthread_barrier_init(&barrier, NULL, THREADS);
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, open_it, NULL);
        for (int i = 0; i < THREADS; i++) {
            void *value;
            pthread_join(threads[i], &value);
            ready += value == (void *)1;
        }
        printf("ready in %d threads\n", ready);
    }
    return 0;
}
