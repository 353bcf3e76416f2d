// kind: so pie
// own libc: no: a static libc has none of its names
// Cleanup handlers as C libraries before 2.34 declared them, with cancellation deferred meanwhile and without.
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <unistd.h>

struct older { void (*routine)(void *); void *argument; int type; struct older *before; };

#define OLD(name, symbol, ...) \
    extern void name(__VA_ARGS__); \
    __asm__(".symver " #name ", " #symbol "@GLIBC_2.2.5")
OLD(push, _pthread_cleanup_push, struct older *, void (*)(void *), void *);
OLD(pop, _pthread_cleanup_pop, struct older *, int);
OLD(push_defer, _pthread_cleanup_push_defer, struct older *, void (*)(void *), void *);
OLD(pop_restore, _pthread_cleanup_pop_restore, struct older *, int);

static sem_t ready;

static void say(void *what) { printf("%s\n", (char *)what), fflush(stdout); }

static int type(void) {
    int before;
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
    pthread_setcanceltype(before, NULL);
    return before == PTHREAD_CANCEL_ASYNCHRONOUS;
}

static void *run(void *argument) {
    struct older one, two, three;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    push(&one, say, "popped and run");
    pop(&one, 1);
    push(&one, say, "popped only");
    pop(&one, 0);
    printf("asynchronous %d\n", type());
    push_defer(&one, say, "deferred");
    printf("asynchronous %d\n", type());
    push_defer(&two, say, "deferred again");
    pop_restore(&two, 1);
    printf("asynchronous %d\n", type());
    pop_restore(&one, 0);
    printf("asynchronous %d\n", type());
    fflush(stdout);
    push(&one, say, "outermost");
    push_defer(&two, say, "middle");
    push(&three, say, "innermost");
    if (argument) pthread_exit("exited");
    sem_post(&ready);
    // Cancelled here.
    for (;;) pause();
    pop(&three, 0), pop_restore(&two, 0), pop(&one, 0);
    return NULL;
}

int main(void) {
    pthread_t thread;
    void *result;
    pthread_create(&thread, NULL, run, "exit");
    pthread_join(thread, &result);
    printf("%s\n", (char *)result);
    pthread_create(&thread, NULL, run, NULL);
    sem_wait(&ready);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%d\n", result == PTHREAD_CANCELED);
    return 0;
}
