// kind: so pie
// Threads that end by pthread_exit and pthread_cancel: C++ destructors and cleanup handlers run, the innermost first.
#include <cstdio>
#include <cxxabi.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

struct Guard {
    const char *name;
    explicit Guard(const char *n) : name(n) {}
    ~Guard() { printf("  ~%s\n", name); }
};

static void handler(void *name) { printf("  handler %s\n", static_cast<const char *>(name)); }

static thread_local Guard *local;
static pthread_key_t key;
static sem_t ready;
static int fds[2];

__attribute__((noinline)) static void leave(int depth) {
    Guard guard("leave");
    pthread_cleanup_push(handler, const_cast<char *>("inner"));
    if (depth == 0)
        pthread_exit(const_cast<char *>("result"));
    leave(depth - 1);
    pthread_cleanup_pop(0);
}

static void *exits(void *) {
    Guard guard("exits");
    static thread_local Guard in_thread("thread-local");
    local = &in_thread;
    pthread_setspecific(key, "value");
    pthread_cleanup_push(handler, const_cast<char *>("outer"));
    leave(2);
    pthread_cleanup_pop(0);
    return nullptr;
}

static void *catches(void *) {
    Guard guard("catches");
    try {
        pthread_exit(const_cast<char *>("caught"));
    } catch (abi::__forced_unwind &) {
        puts("  forced unwinding");
        throw;
    }
}

static void *catches_all(void *) {
    try {
        Guard guard("catches_all");
        pthread_exit(const_cast<char *>("rethrown"));
    } catch (...) {
        puts("  caught all");
        throw;
    }
}

static void *reads(void *) {
    Guard guard("reads");
    char byte;
    sem_post(&ready);
    read(fds[0], &byte, 1);
    puts("not reached");
    return nullptr;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static void unlock(void *) {
    puts("  unlock");
    pthread_mutex_unlock(&mutex);
}

static void *waits(void *) {
    Guard guard("waits");
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, nullptr);
    sem_post(&ready);
    for (;;)
        pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(0);
    return nullptr;
}

static void *does_not_wait(void *) {
    Guard guard("disabled");
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    sem_post(&ready);
    usleep(20000);
    puts("  still here");
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    pthread_testcancel();
    puts("not reached");
    return nullptr;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void once_blocks() {
    Guard guard("once");
    sem_post(&ready);
    pause();
}
static void *in_once(void *) {
    pthread_once(&once, once_blocks);
    return nullptr;
}

static void run(const char *what, void *(*start)(void *), bool cancel) {
    printf("%s\n", what);
    pthread_t thread;
    void *result;
    pthread_create(&thread, nullptr, start, nullptr);
    if (cancel) {
        sem_wait(&ready);
        pthread_cancel(thread);
    }
    pthread_join(thread, &result);
    printf("  = %s\n", result == PTHREAD_CANCELED ? "canceled" : static_cast<const char *>(result));
}

int main() {
    setvbuf(stdout, nullptr, _IOFBF, 1 << 16);
    pthread_key_create(&key, [](void *value) { printf("  key %s\n", static_cast<const char *>(value)); });
    sem_init(&ready, 0, 0);
    if (pipe(fds))
        return 1;
    run("pthread_exit", exits, false);
    run("catch __forced_unwind", catches, false);
    run("catch all", catches_all, false);
    run("cancelled in read", reads, true);
    run("cancelled in pthread_cond_wait", waits, true);
    printf("mutex free: %d\n", pthread_mutex_trylock(&mutex) == 0);
    run("cancellation disabled", does_not_wait, true);
    run("cancelled in pthread_once", in_once, true);
    pthread_once(&once, [] { puts("once runs again"); });
    // The first thread too; the program ends with the last one.
    static pthread_t last;
    pthread_create(&last, nullptr, [](void *first) -> void * {
        pthread_join(*static_cast<pthread_t *>(first), nullptr);
        puts("the first thread has ended");
        return nullptr;
    }, new pthread_t(pthread_self()));
    Guard guard("main");
    pthread_exit(nullptr);
}
