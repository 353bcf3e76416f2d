// kind: so pie
// exit: 3
// An exception that leaves a thread's start routine ends the program through std::terminate.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <pthread.h>
#include <stdexcept>

struct Guard {
    ~Guard() { puts("destroyed"); }
};

int main() {
    std::set_terminate([] {
        try {
            throw;
        } catch (const std::exception &error) {
            printf("terminate: %s\n", error.what());
        }
        fflush(stdout);
        _Exit(3);
    });
    pthread_t thread;
    pthread_create(&thread, nullptr, [](void *) -> void * {
        Guard guard;
        throw std::runtime_error("nobody catches this");
    }, nullptr);
    pthread_join(thread, nullptr);
    return 0;
}
