// kind: so pie
// Clocks by which a mutex is not waited for.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int main(void) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec past = {1, 0};
    printf("clocklock, bad clock: %s", strerrorname_np(pthread_mutex_clocklock(&mutex, CLOCK_PROCESS_CPUTIME_ID, &past)));
    printf(", then trylock: %s\n", strerrorname_np(pthread_mutex_trylock(&mutex)));
    printf("clocklock of a locked one, bad clock: %s\n", strerrorname_np(pthread_mutex_clocklock(&mutex, 99, &past)));
    printf("of a locked one, with a time that has passed: %s\n", strerrorname_np(pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &past)));
    return 0;
}
