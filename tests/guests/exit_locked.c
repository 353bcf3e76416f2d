// kind: so pie
// flags: -pthread
// exit: 5
// exit(3) while another thread keeps streams locked: what they hold is written, and the program ends.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_barrier_t both;

static void *keeper(void *file) {
    flockfile(stdout);
    flockfile(file);
    pthread_barrier_wait(&both);
    for (;;)
        pause();
}

static void *reader(void *unused) {
    int pipes[2];
    if (pipe(pipes))
        return NULL;
    FILE *never = fdopen(pipes[0], "r");
    pthread_barrier_wait(&both);
    fgetc(never);
    return NULL;
}

int main(void) {
    pthread_t thread;
    pthread_barrier_init(&both, NULL, 2);
    setvbuf(stdout, NULL, _IOFBF, 4096);
    FILE *other = fdopen(dup(1), "w");
    printf("first\n");
    fflush(stdout);
    printf("second\n");
    pthread_create(&thread, NULL, reader, NULL);
    pthread_barrier_wait(&both);
    pthread_create(&thread, NULL, keeper, other);
    pthread_barrier_wait(&both);
    exit(5);
}
