// kind: so pie signals
// Faults handled by the program: the address, changed registers, an alternate stack, a jump out.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

static sigjmp_buf back;
static void *volatile fault_address;
static volatile int code, on_alternate;
static char alternate[65536];
static char *page;

static void jumps(int number, siginfo_t *info, void *context) {
    char here;
    (void)context;
    fault_address = info->si_addr;
    code = info->si_code;
    on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
    siglongjmp(back, number);
}
static void repairs(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    fault_address = info->si_addr;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}
static void skips(int number, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    (void)number;
    (void)info;
    u->uc_mcontext.gregs[REG_RIP] += 2; // ud2
    u->uc_mcontext.gregs[REG_RBX] = 0x1234;
}
static int overflow(int depth) {
    volatile char frame[4096];
    frame[0] = (char)depth;
    return overflow(depth + 1) + frame[0];
}

int main(void) {
    struct sigaction action = {.sa_sigaction = jumps, .sa_flags = SA_SIGINFO};
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    for (int i = 0; i < 3; i++) {
        int number = sigsetjmp(back, 1);
        if (number == 0)
            *(volatile int *)(uintptr_t)(0x40 + i) = 1;
        printf("fault %d at %p code %d\n", number == SIGSEGV, fault_address, code == SEGV_MAPERR);
    }
    volatile int zero = 0;
    if (sigsetjmp(back, 1) == 0)
        printf("%d\n", 1 / zero);
    printf("divided code %d\n", code == FPE_INTDIV);
    if (sigsetjmp(back, 1) == 0)
        printf("%zu\n", strlen((char *)(uintptr_t)0x10));
    printf("strlen %p\n", fault_address);

    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    action.sa_sigaction = repairs;
    sigaction(SIGSEGV, &action, NULL);
    page[100] = 7;
    printf("repaired %d offset %ld\n", page[100], (long)((char *)fault_address - page));

    action.sa_sigaction = skips;
    sigaction(SIGILL, &action, NULL);
    long changed;
    double kept = 1.5;
    __asm__ volatile("mov $1, %%rbx\n\tud2\n\tmov %%rbx, %0" : "=r"(changed) : : "rbx");
    printf("skipped %#lx kept %g\n", changed, kept);

    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
    printf("altstack %d", sigaltstack(&stack, &old));
    printf(" before %d\n", old.ss_flags == SS_DISABLE);
    action.sa_sigaction = jumps;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, NULL);
    for (int i = 0; i < 2; i++) {
        if (sigsetjmp(back, 1) == 0)
            overflow(0);
        printf("overflow, on the alternate stack %d\n", on_alternate);
    }
    return 0;
}
