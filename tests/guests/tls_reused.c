// kind: pie exec
// libs: tls_initial
// flags: -ldl -pthread
// A library with initial-exec thread-local storage is opened and closed again and again: its place is free for the next
// time, and as new.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#define ROUNDS 200
static pthread_barrier_t both;
static int (*use)(void);
static int other_sum;

static void *other(void *unused) {
    for (int i = 0; i < ROUNDS; i++) {
        pthread_barrier_wait(&both);
        if (use)
            other_sum += use();
        pthread_barrier_wait(&both);
    }
    return NULL;
}

static void *late(void *sum) {
    *(int *)sum += use();
    return NULL;
}

int main(void) {
    pthread_t thread, newer;
    int opened = 0, sum = 0, new_sum = 0;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&thread, NULL, other, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        void *library = dlopen(LIBS "/libtls_initial.so", RTLD_NOW);
        use = library ? (int (*)(void))dlsym(library, "use_initial") : NULL;
        opened += library != NULL;
        pthread_barrier_wait(&both);
        if (use) {
            sum += use();
            pthread_create(&newer, NULL, late, &new_sum);
            pthread_join(newer, NULL);
        }
        pthread_barrier_wait(&both);
        if (library)
            dlclose(library);
    }
    pthread_join(thread, NULL);
    printf("opened %d, sums %d %d %d\n", opened, sum, other_sum, new_sum);
    return 0;
}
