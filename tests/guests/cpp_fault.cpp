// kind: so pie
// flags: -fnon-call-exceptions
// A fault's handler throws: the exception leaves the faulting function, also through the library's frames.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>

struct Guard {
    const char *name;
    ~Guard() { printf("~%s\n", name); }
};

static void on_fault(int number, siginfo_t *info, void *) {
    Guard guard{"handler"};
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    throw std::runtime_error(info->si_addr == reinterpret_cast<void *>(16) ? "address 16" : "another address");
}

__attribute__((noinline)) static int load(const int *from) {
    Guard guard{"load"};
    return *const_cast<const volatile int *>(from);
}

int main() {
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    uintptr_t volatile bad = 16;
    for (int i = 0; i < 2; i++) {
        try {
            printf("%d\n", load(reinterpret_cast<const int *>(bad)));
        } catch (const std::exception &error) {
            printf("caught %s\n", error.what());
        }
    }
    try {
        Guard guard{"strlen"};
        size_t (*volatile length)(const char *) = strlen;
        printf("%zu\n", length(reinterpret_cast<const char *>(bad)));
    } catch (const std::exception &error) {
        printf("caught %s\n", error.what());
    }
    return 0;
}
