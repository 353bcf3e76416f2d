// kind: so pie
// A stack that overflows anywhere, also on the way into a kernel call or in the library, is the program's fault.
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static sigjmp_buf back;
static char alternate[65536];
static volatile int faults, in_guard, depth;
static char *bottom;

static void overflowed(int number, siginfo_t *info, void *context) {
    (void)context;
    faults += number == SIGSEGV && info->si_code == SEGV_ACCERR;
    in_guard += (char *)info->si_addr < bottom && (char *)info->si_addr >= bottom - 4096;
    siglongjmp(back, 1);
}

__attribute__((noinline)) static int calls_kernel(int n) {
    depth++;
    return lseek(-1, 0, SEEK_SET) + calls_kernel(n + 1) + n;
}

__attribute__((noinline)) static int calls_library(int n) {
    char text[24];
    depth++;
    snprintf(text, sizeof text, "%d", n);
    return text[0] + calls_library(n + 1) + n;
}

static int (*recurse)(int);

static void *run(void *unused) {
    pthread_attr_t real;
    void *start;
    size_t bytes;
    pthread_getattr_np(pthread_self(), &real);
    pthread_attr_getstack(&real, &start, &bytes);
    bottom = start;
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    sigaltstack(&stack, NULL);
    for (volatile int i = 0; i < 32; i++) {
        // Another offset each time, so that the overflow meets every push.
        volatile char *skip = __builtin_alloca(16 * (i % 8) + 16);
        skip[0] = 1;
        if (sigsetjmp(back, 1) == 0)
            recurse(0);
    }
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, NULL);
    return unused;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = overflowed, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    size_t bytes = 64 << 10;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, bytes);
    int (*functions[])(int) = {calls_kernel, calls_library};
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        recurse = functions[i];
        faults = in_guard = depth = 0;
        pthread_create(&thread, &attr, run, NULL);
        pthread_join(thread, NULL);
        printf("%d faults, %d in the guard page, deep enough %d\n", faults, in_guard, depth > 32 * 20);
    }
    return 0;
}
