// kind: so pie
// Cleanup handlers of a C program, which has no unwinder of its own.
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

static void handler(void *name) { printf("  handler %s\n", (const char *)name); }

struct buffer {
    void (*routine)(void *);
    void *argument;
    int type;
    struct buffer *previous;
};
void _pthread_cleanup_push(struct buffer *, void (*)(void *), void *);
void _pthread_cleanup_pop(struct buffer *, int);

static void *both(void *unused) {
    struct buffer old, older;
    _pthread_cleanup_push(&older, handler, "old form, outer");
    pthread_cleanup_push(handler, "outer");
    pthread_cleanup_push(handler, "middle");
    _pthread_cleanup_push(&old, handler, "old form, inner");
    pthread_cleanup_push(handler, "popped");
    pthread_cleanup_pop(1);
    pthread_exit("exited");
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

static void *cancels_itself(void *unused) {
    pthread_cleanup_push(handler, "of a cancelled thread");
    pthread_cancel(pthread_self());
    puts("  pending");
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return unused;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int runs;
static jmp_buf out;
static void jumps(void) {
    if (++runs == 1)
        longjmp(out, 1);
    puts("  second run");
}

static void *jumps_out(void *unused) {
    if (setjmp(out) == 0)
        pthread_once(&once, jumps);
    else
        puts("  jumped out of pthread_once");
    pthread_once(&once, jumps);
    pthread_once(&once, jumps);
    printf("  %d runs\n", runs);
    return unused;
}

static void once_exits(void) { pthread_exit("from once"); }
static pthread_once_t exits = PTHREAD_ONCE_INIT;
static void *exits_in_once(void *unused) {
    pthread_once(&exits, once_exits);
    return unused;
}
static void nothing(void) { puts("once again"); }

static void run(const char *what, void *(*start)(void *)) {
    pthread_t thread;
    void *result;
    puts(what);
    pthread_create(&thread, 0, start, "returned");
    pthread_join(thread, &result);
    printf("  = %s\n", result == PTHREAD_CANCELED ? "canceled" : (char *)result);
}

int main(void) {
    run("exit", both);
    run("cancel", cancels_itself);
    run("longjmp", jumps_out);
    run("exit in once", exits_in_once);
    pthread_once(&exits, nothing);
    return 0;
}
