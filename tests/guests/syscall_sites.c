// System calls made so often that a jump comes to stand for the instruction, in every shape code has them, in threads and
// with signals at any time; code that is moved, written to and made anew; calls that are interrupted and made again.
// kind: exec
// flags: -static -pthread -O1
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// What a probe loads before its system call and finds after it.
struct state {
    uint64_t general[11]; // rbx rbp r12 r13 r14 r15 rdx rsi rdi r8 r9
    uint64_t r10;
    uint64_t red_zone[16];
    uint8_t vectors[16][32] __attribute__((aligned(32)));
};
_Static_assert(sizeof(struct state) == 736, "the assembly knows the offsets");

// long probe_X(long number, const struct state *in, struct state *out), where X says how the call is made.
#define PROBE(name, before, call, after) \
    __asm__(".text\n.p2align 4\n.globl " name "\n.type " name ", @function\n" name ":\n" \
            "push %rbx\npush %rbp\npush %r12\npush %r13\npush %r14\npush %r15\npush %rdx\n" \
            "mov %rdi, %rax\n" \
            "cmpl $0, has_avx(%rip)\nje 1f\n" \
            ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nvmovdqu 224+32*\\n(%rsi), %ymm\\n\n.endr\njmp 2f\n" \
            "1:\n.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nmovdqu 224+32*\\n(%rsi), %xmm\\n\n.endr\n2:\n" \
            ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nmov 96+8*\\n(%rsi), %rbx\nmov %rbx, -128+8*\\n(%rsp)\n.endr\n" \
            "mov (%rsi), %rbx\nmov 8(%rsi), %rbp\nmov 16(%rsi), %r12\nmov 24(%rsi), %r13\nmov 32(%rsi), %r14\n" \
            "mov 40(%rsi), %r15\nmov 48(%rsi), %rdx\nmov 64(%rsi), %rdi\nmov 72(%rsi), %r8\nmov 80(%rsi), %r9\n" \
            "mov 88(%rsi), %r10\nmov 56(%rsi), %rsi\n" before call \
            "mov (%rsp), %rcx\n" \
            "mov %rbx, (%rcx)\nmov %rbp, 8(%rcx)\nmov %r12, 16(%rcx)\nmov %r13, 24(%rcx)\nmov %r14, 32(%rcx)\n" \
            "mov %r15, 40(%rcx)\nmov %rdx, 48(%rcx)\nmov %rsi, 56(%rcx)\nmov %rdi, 64(%rcx)\nmov %r8, 72(%rcx)\n" \
            "mov %r9, 80(%rcx)\nmov %r10, 88(%rcx)\n" \
            ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nmov -128+8*\\n(%rsp), %rbx\nmov %rbx, 96+8*\\n(%rcx)\n.endr\n" \
            "cmpl $0, has_avx(%rip)\nje 1f\n" \
            ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nvmovdqu %ymm\\n, 224+32*\\n(%rcx)\n.endr\nvzeroupper\njmp 2f\n" \
            "1:\n.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\nmovdqu %xmm\\n, 224+32*\\n(%rcx)\n.endr\n2:\n" \
            "pop %rdx\npop %r15\npop %r14\npop %r13\npop %r12\npop %rbp\npop %rbx\nret\n" after \
            ".size " name ", . - " name "\n")

#define XSTR(x) #x
#define STR(x) XSTR(x)
// The number is loaded just before.
PROBE("probe_load", "", "mov $110, %eax\n.globl site_load\nsite_load: syscall\n", ".p2align 4\n");
// The number comes from elsewhere, and there is padding near.
PROBE("probe_padding", "", ".p2align 4\n.globl site_padding\nsite_padding: syscall\njmp 3f\n.p2align 4\n3:\n", ".p2align 4\n");
// The number comes from elsewhere, and there is none: it stays as it is.
PROBE("probe_alone", "", ".globl site_alone\nsite_alone: syscall\n.skip 140, 0x90\n", ".p2align 4\n");
// The same instruction with its number and with another one.
PROBE("probe_shared", "cmp $110, %rax\njne 4f\n", "mov $110, %eax\n4:\n.globl site_shared\nsite_shared: syscall\n", ".p2align 4\n");
int has_avx;
long probe_load(long, const struct state *, struct state *);
long probe_padding(long, const struct state *, struct state *);
long probe_alone(long, const struct state *, struct state *);
long probe_shared(long, const struct state *, struct state *);
extern const unsigned char site_load[], site_padding[], site_alone[], site_shared[];
extern const char __executable_start[], etext[];

static int wrong;
#define CHECK(what) \
    do { \
        if (!(what) && wrong++ < 20) printf("line %d: %s is not so\n", __LINE__, #what); \
    } while (0)

static void fill(struct state *state, uint64_t seed) {
    uint8_t *bytes = (uint8_t *)state;
    for (size_t i = 0; i < sizeof *state; i++) bytes[i] = (seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56;
    if (!has_avx)
        for (int i = 0; i < 16; i++) memset(&state->vectors[i][16], 0, 16);
}

// Makes n calls with changing registers; returns how many went wrong.
static long probe(long (*call)(long, const struct state *, struct state *), long number, long expected, long n) {
    struct state in, out;
    long bad = 0;
    memset(&out, 0, sizeof out);
    fill(&in, n);
    for (long i = 0; i < n; i++) {
        if (i % 64 == 0) fill(&in, i);
        bad += call(number, &in, &out) != expected || memcmp(&in, &out, sizeof in) != 0;
    }
    return bad;
}

static volatile long ticks, strays;
static void on_tick(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    // Uses what the interrupted code may be using.
    struct state waste;
    memset(&waste, 0xee, sizeof waste);
    __asm__ volatile("" : : "r"(&waste) : "memory");
    __asm__ volatile("pcmpeqd %%xmm0, %%xmm0\nmovdqa %%xmm0, %%xmm7\nmovdqa %%xmm0, %%xmm15" ::: "xmm0", "xmm7", "xmm15");
    const char *rip = (const char *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
    strays += !(rip >= __executable_start && rip < etext);
    ticks++;
}

static void *many(void *unused) {
    (void)unused;
    long bad = 0;
    for (int round = 0; round < 20; round++) {
        bad += probe(probe_load, SYS_getppid, getppid(), 1000);
        bad += probe(probe_padding, SYS_getppid, getppid(), 1000);
        bad += probe(probe_shared, round % 2 ? SYS_getpid : SYS_getppid, round % 2 ? getpid() : getppid(), 100);
        for (int i = 0; i < 1000; i++) bad += syscall(SYS_getpid) != getpid();
    }
    return (void *)bad;
}

static long inline_calls(long n) {
    long bad = 0, expected = getppid();
    for (long i = 0; i < n; i++) {
        long result;
        __asm__ volatile("mov %1, %%eax\nsyscall" : "=a"(result) : "i"(SYS_getppid) : "rcx", "r11", "memory");
        bad += result != expected;
    }
    return bad;
}

// A function that makes a call, for pages of its own: at `code`, with the number loaded just before or passed.
static size_t make(unsigned char *code, int number) {
    if (number >= 0) {
        const unsigned char bytes[] = {0x90, 0xb8, number, number >> 8, 0, 0, 0x0f, 0x05, 0xc3};
        memcpy(code, bytes, sizeof bytes);
        return sizeof bytes;
    }
    // mov rax, rdi; syscall; ret; NOPs
    const unsigned char bytes[] = {0x48, 0x89, 0xf8, 0x0f, 0x05, 0xc3};
    memcpy(code, bytes, sizeof bytes);
    memset(code + sizeof bytes, 0x90, 24 - sizeof bytes);
    return 24;
}

static long call_many(const void *code, long argument, long expected, int n) {
    long (*function)(long) = (long (*)(long))code;
    long bad = 0;
    for (int i = 0; i < n; i++) bad += function(argument) != expected;
    return bad;
}

static void generated(void) {
    enum { PAGE = 4096, RW = PROT_READ | PROT_WRITE, RX = PROT_READ | PROT_EXEC };
    unsigned char wanted[32];
    unsigned char *code = mmap(0, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // Once across the border of two pages.
    for (int at = 0; at < PAGE; at += PAGE - 4) {
        for (int form = 0; form < 2; form++) {
            size_t len = make(code + at, form ? -1 : SYS_getppid);
            memcpy(wanted, code + at, len);
            mprotect(code, 4 * PAGE, RX);
            CHECK(call_many(code + at, SYS_getppid, getppid(), 100) == 0);
            // Written to again, it is what was written.
            mprotect(code, 4 * PAGE, RW);
            if (!form) CHECK(memcmp(code + at, wanted, len) == 0);
            CHECK(memcmp(code + at, wanted, 6) == 0);
            len = make(code + at, form ? -1 : SYS_getpid);
            mprotect(code, 4 * PAGE, RX);
            CHECK(call_many(code + at, SYS_getpid, getpid(), 600) == 0);
            // Moved, it works where it is, and so does what comes to lie where it was.
            unsigned char *to = mmap(0, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            CHECK(mremap(code, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
            CHECK(call_many(to + at, SYS_getpid, getpid(), 600) == 0);
            CHECK(mmap(code, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == code);
            make(code + at, form ? SYS_gettid : -1);
            mprotect(code, 4 * PAGE, RX);
            CHECK(call_many(code + at, SYS_gettid, syscall(SYS_gettid), 1000) == 0);
            munmap(code, PAGE);
            CHECK(mmap(code, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == code);
            munmap(to, 4 * PAGE);
        }
    }
    // Code that may be written to at any time is left alone.
    mprotect(code, 4 * PAGE, RW | PROT_EXEC);
    for (int i = 0; i < 200; i++) {
        make(code, i % 2 ? SYS_getpid : SYS_getppid);
        CHECK(call_many(code, 0, i % 2 ? getpid() : getppid(), 5) == 0);
    }
    munmap(code, 4 * PAGE);
}

static int ends[2];
static void on_usr1(int signal) { (void)signal; }
static void *write_later(void *reader) {
    usleep(30000);
    pthread_kill((pthread_t)reader, SIGUSR1);
    usleep(30000);
    if (write(ends[1], "x", 1) != 1) abort();
    return 0;
}

// read(2), through instructions that jumps stand for.
static long read_load(int fd, char *byte) {
    long result;
    __asm__ volatile("mov $0, %%eax\n.globl site_read\nsite_read: syscall" : "=a"(result) : "D"(fd), "S"(byte), "d"(1L) : "rcx", "r11", "memory");
    return result;
}
static long read_padding(int fd, char *byte) {
    long result;
    __asm__ volatile(".p2align 4\nsyscall\njmp 1f\n.p2align 4\n1:" : "=a"(result) : "a"(0L), "D"(fd), "S"(byte), "d"(1L) : "rcx", "r11", "memory");
    return result;
}

static void interrupted(void) {
    long (*const readers[])(int, char *) = {read_load, read_padding};
    CHECK(pipe(ends) == 0);
    for (int i = 0; i < 4; i++) {
        struct sigaction action = {.sa_handler = on_usr1, .sa_flags = i < 2 ? SA_RESTART : 0};
        sigaction(SIGUSR1, &action, 0);
        char byte = 0;
        for (int n = 0; n < 100; n++) CHECK(readers[i % 2](-1, &byte) == -EBADF);
        pthread_t writer;
        pthread_create(&writer, 0, write_later, (void *)pthread_self());
        long result = readers[i % 2](ends[0], &byte);
        if (i < 2) {
            CHECK(result == 1 && byte == 'x');
        } else {
            CHECK(result == -EINTR);
            CHECK(readers[i % 2](ends[0], &byte) == 1);
        }
        pthread_join(writer, 0);
    }
}

int main(int argc, char **argv) {
    setvbuf(stdout, 0, _IOLBF, 0);
    __builtin_cpu_init();
    has_avx = __builtin_cpu_supports("avx");
    struct sigaction action = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGALRM, &action, 0);
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &often, 0);

    printf("inline: %ld wrong\n", inline_calls(1000000));
    long bad = 0, parent = syscall(SYS_getppid);
    for (long i = 0; i < 300000; i++) bad += getppid() != parent;
    printf("wrapper: %ld wrong\n", bad);
    printf("loaded: %ld wrong\n", probe(probe_load, SYS_getppid, parent, 200000));
    printf("with padding: %ld wrong\n", probe(probe_padding, SYS_getppid, parent, 200000));
    printf("alone: %ld wrong\n", probe(probe_alone, SYS_getppid, parent, 2000));
    printf("shared: %ld %ld wrong\n", probe(probe_shared, SYS_getppid, parent, 2000), probe(probe_shared, SYS_getpid, getpid(), 2000));
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], 0, many, 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        printf("thread: %ld wrong\n", (long)result);
    }
    setitimer(ITIMER_REAL, &never, 0);
    printf("signals came: %s, found code elsewhere: %ld\n", ticks > 10 ? "yes" : "no", strays);
    generated();
    interrupted();
    printf("%d things are not so\n", wrong);
    if (argc > 1 && strcmp(argv[1], "changed") == 0) {
        printf("load %d padding %d alone %d shared %d\n", site_load[-5] != 0xb8, site_padding[0] != 0x0f, site_alone[0] != 0x0f,
               site_shared[-5] != 0xb8);
    }
    return wrong != 0;
}
