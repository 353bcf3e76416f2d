// Several threads poll(2) one file, all of them without end: one change of it wakes every one, however quickly the others go.
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 200 };

static int event;
static atomic_int woken;
static pthread_barrier_t start, end;

static void *watch(void *unused) {
    (void)unused;
    for (int round = 0; round < ROUNDS; round++) {
        struct pollfd one = {.fd = event, .events = POLLIN};
        pthread_barrier_wait(&start);
        if (poll(&one, 1, -1) == 1 && one.revents == POLLIN) atomic_fetch_add(&woken, 1);
        pthread_barrier_wait(&end);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    event = eventfd(0, 0);
    pthread_barrier_init(&start, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, watch, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t value = 1;
        pthread_barrier_wait(&start);
        usleep(round % 4 * 500);
        write(event, &value, sizeof value);
        pthread_barrier_wait(&end);
        read(event, &value, sizeof value);
    }
    printf("%d woken\n", (int)woken);
    return 0;
}
