// kind: pie
// flags: -fsanitize=address -pthread
// own libc: no: a static one cannot have this sanitizer
// env: ASAN_OPTIONS=detect_leaks=0
// exit: 1
// A program with an address sanitizer, which looks over every access by a shadow of the whole address space, has a heap of
// its own at a fixed address, and stands in for the library's functions. What looks for leaks would be another process.
#include <pthread.h>
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *work(void *seed) {
    char *blocks[64];
    long sum = 0;
    for (int turn = 0; turn < 50; turn++) {
        for (int i = 0; i < 64; i++) blocks[i] = malloc(16 + i * 37), memset(blocks[i], i, 16 + i * 37);
        for (int i = 0; i < 64; i++) sum += blocks[i][i / 2], free(blocks[i]);
    }
    return (void *)(sum + (long)seed);
}

static int is_less(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int main(void) {
    pthread_t threads[4];
    for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < 4; i++) {
        void *sum;
        pthread_join(threads[i], &sum);
        printf("thread %ld\n", (long)sum);
    }
    int numbers[] = {5, 3, 9, 1};
    qsort(numbers, 4, sizeof *numbers, is_less);
    char *text = strdup("some text"), printed[32];
    snprintf(printed, sizeof printed, "%d %s %.2f", numbers[0], text, 1.5);
    puts(printed);
    char *block = calloc(10, 1);
    printf("poisoned %d %d\n", __asan_address_is_poisoned(block + 9), __asan_address_is_poisoned(block + 10));
    volatile uintptr_t freed = (uintptr_t)text;
    free(text);
    printf("freed %d\n", __asan_address_is_poisoned((void *)freed));
    fflush(stdout);
    // What it reports has addresses in it.
    if (!freopen("/dev/null", "w", stderr)) return 2;
    volatile int past = 10;
    block[past] = 1;
    return 0;
}
