// kind: so pie
// A handler repairs the registers; another leaves by siglongjmp.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf out;
static char *page;

static void skip(int signal, siginfo_t *info, void *context) {
    (void)info;
    ucontext_t *uc = context;
    printf("signal %d\n", signal);
    uc->uc_mcontext.gregs[REG_RIP] += 2;
}

static void leave(int signal, siginfo_t *info, void *context) {
    (void)context;
    siglongjmp(out, signal * 100 + (info->si_addr == (void *)0x18));
}

static void unprotect(int signal, siginfo_t *info, void *context) {
    (void)signal;
    (void)context;
    printf("in the page: %d\n", (char *)info->si_addr == page + 5);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

static void handle(int signal, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    sigaction(signal, &action, NULL);
}

int main(void) {
    handle(SIGILL, skip);
    __asm__ volatile("ud2");
    puts("after ud2");

    handle(SIGSEGV, leave);
    int value = sigsetjmp(out, 1);
    if (value == 0) {
        *(volatile int *)0x18 = 1;
        puts("not reached");
    }
    printf("left with %d\n", value);

    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    handle(SIGSEGV, unprotect);
    page[5] = 'x';
    printf("stored %c\n", page[5]);
    return 0;
}
