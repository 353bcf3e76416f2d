// kind: so pie
// exit: 7
// A catch (...) must not swallow the end of a thread.
#include <csignal>
#include <cstdio>
#include <pthread.h>
#include <unistd.h>

int main() {
    signal(SIGABRT, [](int) { _exit(7); });
    pthread_t thread;
    pthread_create(&thread, nullptr, [](void *) -> void * {
        try {
            pthread_exit(nullptr);
        } catch (...) {
            puts("caught all");
            fflush(stdout);
        }
        return nullptr;
    }, nullptr);
    pthread_join(thread, nullptr);
    return 0;
}
