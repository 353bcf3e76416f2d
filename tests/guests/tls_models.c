// kind: pie exec
// libs: first
// flags: -lfirst -pthread
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static __thread int zero;
static __thread int counted = 7;
static __thread char large[44 * 1024];
static __thread struct { char bytes[40]; } __attribute__((aligned(256))) aligned = {"aligned"};
__thread int global_dynamic = 21;
static __thread int initial_exec __attribute__((tls_model("initial-exec"))) = 3;
extern __thread int first_tls;
int first_count(void);

static void *run(void *argument) {
    int n = (int)(intptr_t)argument;
    for (int i = 0; i < n; i++) {
        zero++, counted++, global_dynamic++, initial_exec++;
        large[i] = (char)i;
        first_count();
    }
    char *text = NULL;
    asprintf(&text, "%d: %d %d %d %d %d %s %d %d", n, zero, counted, global_dynamic, initial_exec, first_tls,
             aligned.bytes, (int)((uintptr_t)&aligned % 256), large[44 * 1024 - 1]);
    aligned.bytes[0] = 'A';
    return text;
}

int main(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, run, (void *)(intptr_t)(i * 5));
    for (int i = 0; i < 3; i++) {
        void *text;
        pthread_join(threads[i], &text);
        printf("%s\n", (char *)text);
    }
    printf("%s\n", (char *)run((void *)1));
    printf("%s\n", (char *)run((void *)1));
    return 0;
}
