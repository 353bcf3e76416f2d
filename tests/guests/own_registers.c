// kind: static static-pie own
// flags: -pthread
// What a system call and a signal leave alone: general and vector registers, the red zone, and what a handler may change.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t ticks, hits;

static void tick(int number) {
    (void)number;
    double noise[8];
    for (int i = 0; i < 8; i++) noise[i] = ticks * 1.25 + i;
    __asm__ volatile("" : : "r"(noise) : "memory");
    __asm__ volatile("pxor %%xmm0, %%xmm0; pxor %%xmm7, %%xmm7; pxor %%xmm15, %%xmm15" : : : "xmm0", "xmm7", "xmm15");
    ticks++;
}

// Makes `count` calls of getppid with known values in every register that a call keeps; returns how many changed.
static long calls(long count) {
    long wrong = 0;
    for (long i = 0; i < count; i++) {
        uint64_t bad = 0;
        __asm__ volatile(
            "push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15\n"
            "mov $0x1111, %%ebx; mov $0x2222, %%ebp; mov $0x3333, %%r12d; mov $0x4444, %%r13d\n"
            "mov $0x5555, %%r14d; mov $0x6666, %%r15d; mov $0x7777, %%edi; mov $0x8888, %%esi\n"
            "mov $0x9999, %%edx; mov $0xaaaa, %%r8d; mov $0xbbbb, %%r9d; mov $0xcccc, %%r10d\n"
            "movq %%rbx, %%xmm0; movq %%rbp, %%xmm7; movq %%r12, %%xmm15\n"
            "movq $0x1234, -8(%%rsp); movq $0x5678, -120(%%rsp)\n"
            "mov %[number], %%eax; syscall\n"
            "xor %%eax, %%eax\n"
            "cmp $0x1111, %%rbx; setne %%al; mov %%rax, %%rcx\n"
            "cmp $0x2222, %%rbp; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x3333, %%r12; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x4444, %%r13; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x5555, %%r14; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x6666, %%r15; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x7777, %%rdi; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x8888, %%rsi; setne %%al; add %%rax, %%rcx\n"
            "cmp $0x9999, %%rdx; setne %%al; add %%rax, %%rcx\n"
            "cmp $0xaaaa, %%r8; setne %%al; add %%rax, %%rcx\n"
            "cmp $0xbbbb, %%r9; setne %%al; add %%rax, %%rcx\n"
            "cmp $0xcccc, %%r10; setne %%al; add %%rax, %%rcx\n"
            "movq %%xmm0, %%r8; cmp $0x1111, %%r8; setne %%al; add %%rax, %%rcx\n"
            "movq %%xmm7, %%r8; cmp $0x2222, %%r8; setne %%al; add %%rax, %%rcx\n"
            "movq %%xmm15, %%r8; cmp $0x3333, %%r8; setne %%al; add %%rax, %%rcx\n"
            "cmpq $0x1234, -8(%%rsp); setne %%al; add %%rax, %%rcx\n"
            "cmpq $0x5678, -120(%%rsp); setne %%al; add %%rax, %%rcx\n"
            "pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
            : "=c"(bad)
            : [number] "i"(SYS_getppid)
            : "rax", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm7", "xmm15", "memory", "cc");
        wrong += bad;
    }
    return wrong;
}

// Keeps the upper halves of ymm registers in use over calls and signals, where there are any.
__attribute__((target("avx"))) static long wide_calls(long count) {
    long wrong = 0;
    uint64_t in[4] = {1, 2, 3, 4}, out[4];
    for (long i = 0; i < count; i++) {
        in[3] = i;
        __asm__ volatile("vmovdqu (%[in]), %%ymm3; mov %[number], %%eax; syscall; vmovdqu %%ymm3, (%[out]); vzeroupper"
                         :
                         : [in] "r"(in), [out] "r"(out), [number] "i"(SYS_getppid)
                         : "rax", "rcx", "r11", "xmm3", "memory");
        wrong += memcmp(in, out, sizeof in) != 0;
    }
    return wrong;
}

#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11) DO(12) DO(13) DO(14) DO(15)
#define LOAD(I) "vmovdqu " #I "*32(%[in]), %%ymm" #I "\n"
#define STORE(I) "vmovdqu %%ymm" #I ", " #I "*32(%[out])\n"
#define NAME(I) , "xmm" #I

// Keeps all of every ymm register, and sometimes a number on the x87 stack, over calls in which other threads run.
__attribute__((target("avx"))) static long calls_that_leave(long count, int64_t id) {
    long wrong = 0;
    uint64_t in[16][4], out[16][4];
    for (long i = 0; i < count; i++) {
        for (int j = 0; j < 64; j++) in[j / 4][j % 4] = id << 32 | i << 8 | j;
        int64_t x87 = id * 1000 + i;
        if (i % 3) {
            __asm__ volatile(EACH(LOAD) "mov %[number], %%eax; syscall\n" EACH(STORE) "vzeroupper"
                             :
                             : [in] "r"(in), [out] "r"(out), [number] "i"(SYS_sched_yield)
                             : "rax", "rcx", "r11", "memory" EACH(NAME));
        } else {
            int64_t kept;
            __asm__ volatile("fildq %[x87]\n" EACH(LOAD) "mov %[number], %%eax; syscall\n" EACH(STORE) "vzeroupper; fistpq %[kept]"
                             : [kept] "=m"(kept)
                             : [in] "r"(in), [out] "r"(out), [x87] "m"(x87), [number] "i"(SYS_sched_yield)
                             : "rax", "rcx", "r11", "memory", "st" EACH(NAME));
            wrong += kept != x87;
        }
        wrong += memcmp(in, out, sizeof in) != 0;
    }
    return wrong;
}

static void *in_thread(void *wrong) {
    static int last;
    int id = __atomic_add_fetch(&last, 1, __ATOMIC_SEQ_CST);
    *(long *)wrong = calls(20000);
    if (__builtin_cpu_supports("avx")) *(long *)wrong += wide_calls(20000) + calls_that_leave(2000, id);
    return 0;
}

static void change(int number, siginfo_t *info, void *context) {
    (void)number;
    ucontext_t *uc = context;
    uc->uc_mcontext.gregs[REG_RBX] += 5;
    uc->uc_mcontext.gregs[REG_RIP] += 2;
    printf("code %d at the instruction %d\n", info->si_code > 0, info->si_addr == (void *)(uc->uc_mcontext.gregs[REG_RIP] - 2));
    hits++;
}

static char alternate[64 * 1024];
static volatile int was_on;
static void on_alternate(int number) {
    char here;
    (void)number;
    stack_t now;
    was_on = &here > alternate && &here < alternate + sizeof alternate && !sigaltstack(0, &now) && now.ss_flags == SS_ONSTACK;
}

int main(void) {
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, 0);
    struct itimerval often = {{0, 1000}, {0, 1000}};
    setitimer(ITIMER_REAL, &often, 0);
    pthread_t threads[3];
    long wrong[3] = {-1, -1, -1};
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], 0, in_thread, &wrong[i]);
    long own = calls(20000);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
    while (ticks < 5) calls(100);
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, 0);
    printf("changed: %ld %ld %ld %ld, ticks %d\n", own, wrong[0], wrong[1], wrong[2], ticks >= 5);

    struct sigaction changing = {.sa_sigaction = change, .sa_flags = SA_SIGINFO};
    sigaction(SIGILL, &changing, 0);
    long value = 1;
    __asm__ volatile("mov %0, %%rbx; ud2; mov %%rbx, %0" : "+r"(value) : : "rbx");
    printf("value %ld hits %d\n", value, hits);

    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    printf("sigaltstack %d\n", sigaltstack(&stack, 0));
    struct sigaction high = {.sa_handler = on_alternate, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &high, 0);
    raise(SIGUSR1);
    printf("on it %d\n", was_on);

    long answer = syscall(SYS_clock_gettime, 0, 8L);
    printf("bad pointer %ld %d\n", answer, errno == EFAULT);
    answer = syscall(SYS_rt_sigaction, 10, 8L, 0, 8);
    printf("bad pointer %ld %d\n", answer, errno == EFAULT);
    answer = syscall(SYS_rt_sigprocmask, 0, 0, 0, 7);
    printf("bad size %ld %d\n", answer, errno == EINVAL);
    return 0;
}
