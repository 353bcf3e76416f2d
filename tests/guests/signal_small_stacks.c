// kind: so pie signals static
// flags: -pthread
// Handlers where there is little room: two frames at once on the smallest stack a thread may have, and a fault's on an
// alternate stack of 8 KiB, which was enough for every handler before processors had registers of kilobytes.
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static volatile sig_atomic_t calls;

static void count(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    calls += number == SIGUSR1 ? 1 : 10;
}

static void *on_little(void *unused) {
    (void)unused;
    sigset_t both;
    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    for (int i = 0; i < 3; i++) {
        pthread_sigmask(SIG_BLOCK, &both, 0);
        pthread_kill(pthread_self(), SIGUSR1);
        pthread_kill(pthread_self(), SIGUSR2);
        pthread_sigmask(SIG_UNBLOCK, &both, 0);
    }
    return 0;
}

static sigjmp_buf back;
static char alternate[8192];
static volatile int was_on_it;

static void leaves(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    char here;
    was_on_it = &here >= alternate && &here < alternate + sizeof alternate && info->si_addr == (void *)16;
    siglongjmp(back, 1);
}

int main(void) {
    struct sigaction action = {.sa_sigaction = count, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGUSR2, &action, 0);
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    printf("smallest: %d\n", pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN));
    printf("made: %d\n", pthread_create(&thread, &attributes, on_little, 0));
    pthread_join(thread, 0);
    printf("handled: %d\n", calls);

    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    printf("alternate: %d\n", sigaltstack(&stack, 0));
    struct sigaction fault = {.sa_sigaction = leaves, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaction(SIGSEGV, &fault, 0);
    for (volatile int i = 0; i < 3; i++)
        if (sigsetjmp(back, 1) == 0) *(volatile int *)16 = 1;
    printf("on the alternate stack: %d\n", was_on_it);
    return 0;
}
