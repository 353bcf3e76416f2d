// kind: so pie
// flags: -lm
// si_code and si_addr of faults; the whole vector state outlives a handler, and a handler can change it.
#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <xmmintrin.h>

static sigjmp_buf back;
static volatile int number, code, exception, is_fetch;
static char *volatile address;

static void note(int signo, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    exception = u->uc_mcontext.gregs[REG_TRAPNO];
    is_fetch = exception == 14 && u->uc_mcontext.gregs[REG_ERR] & 16;
    number = signo;
    code = info->si_code;
    address = info->si_addr;
    siglongjmp(back, 1);
}

static void handle(int signo, void (*handler)(int, siginfo_t *, void *)) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(signo, &action, NULL);
}

static void touch(const char *what, volatile char *at, int writes) {
    number = 0;
    if (sigsetjmp(back, 1) == 0) {
        if (writes)
            *at = 1;
        else
            (void)*at;
    }
    printf("%s: %s code %d at the address %d exception %d\n", what, number ? strsignal(number) : "no fault", code,
           number ? address == (char *)at : 1, exception);
    code = exception = 0;
}

static char *map_file(int fd, int flags) { return mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, flags, fd, 0); }

static void clobber(int signo, siginfo_t *info, void *context) {
    ucontext_t *u = context;
    (void)info;
    // Every vector register, the control words, and the flags.
    if (__builtin_cpu_supports("avx"))
        __asm__ volatile("vpcmpeqd %%xmm0, %%xmm0, %%xmm0\n\tvinsertf128 $1, %%xmm0, %%ymm0, %%ymm0\n\tvmovaps %%ymm0, %%ymm1\n\t"
                         "vmovaps %%ymm0, %%ymm7\n\tvmovaps %%ymm0, %%ymm15" ::: "xmm0", "xmm1", "xmm7", "xmm15");
    _mm_setcsr(0x1f80 | 0x6000);
    fesetround(FE_UPWARD);
    __asm__ volatile("fninit\n\tfldpi\n\tstd\n\tcld");
    u->uc_mcontext.gregs[REG_RIP] += signo == SIGILL ? 2 : 0;
    u->uc_mcontext.gregs[REG_R9] += 5;
    u->uc_mcontext.fpregs->_xmm[3].element[0] = 0x40400000; // 3.0f
    u->uc_mcontext.fpregs->mxcsr |= 0x8000;
}

__attribute__((target("avx"))) static void vectors(void) {
    static uint64_t before[4][4], after[4][4];
    for (int i = 0; i < 16; i++)
        before[i / 4][i % 4] = 0x0101010101010101 * (i + 1);
    uint64_t r9 = 37;
    float third = 1;
    unsigned short control;
    __asm__ volatile("vmovups %3, %%ymm0\n\tvmovups 32+%3, %%ymm1\n\tvmovups 64+%3, %%ymm7\n\tvmovups 96+%3, %%ymm15\n\t"
                     "movss %1, %%xmm3\n\tmov %0, %%r9\n\tud2\n\tmov %%r9, %0\n\tmovss %%xmm3, %1\n\t"
                     "vmovups %%ymm0, %2\n\tvmovups %%ymm1, 32+%2\n\tvmovups %%ymm7, 64+%2\n\tvmovups %%ymm15, 96+%2\n\tvzeroupper"
                     : "+m"(r9), "+m"(third), "=o"(after)
                     : "o"(before)
                     : "r9", "xmm0", "xmm1", "xmm3", "xmm7", "xmm15", "memory");
    __asm__("fnstcw %0" : "=m"(control));
    printf("ymm kept %d, r9 %lu, xmm3 %g, flush to zero %d, rounding %d, x87 %#x\n", !memcmp(before, after, sizeof before),
           r9, third, !!(_mm_getcsr() & 0x8000), _mm_getcsr() >> 13 & 3, control);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    handle(SIGSEGV, note);
    handle(SIGBUS, note);
    handle(SIGFPE, note);
    char *pages = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    touch("read-only page", pages + 5, 1);
    mprotect(pages, 4096, PROT_NONE);
    touch("page without access", pages + 6, 0);
    munmap(pages, 4096);
    touch("unmapped page", pages + 7, 0);
    touch("null page", (char *)8, 1);
    touch("non-canonical", (char *)0x8000000000000000, 0);
    printf("  address 0: %d\n", address == NULL);
    handle(SIGILL, note);
    handle(SIGTRAP, note);
    char *data = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sigsetjmp(back, 1) == 0)
        ((void (*)(void))data)();
    printf("no code: %d code %d at the address %d exception %d fetch %d\n", number, code, address == data, exception, is_fetch);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("int3");
    printf("breakpoint: %d code %d address %p exception %d\n", number, code, address, exception);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    printf("no instruction: %d code %d exception %d\n", number, code, exception);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("xor %%ecx, %%ecx\n\tdiv %%ecx" ::: "eax", "ecx", "edx");
    printf("division: %d code %d exception %d\n", number, code, exception);
    code = exception = 0;

    int fd = open("fault_codes.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    unlink("fault_codes.tmp");
    ftruncate(fd, 4096 + 10);
    char *private = map_file(fd, MAP_PRIVATE), *shared = map_file(fd, MAP_SHARED);
    touch("end of the file", private + 4096 + 4000, 0);
    touch("past the end, private", private + 2 * 4096 + 1, 0);
    touch("past the end, written", private + 2 * 4096 + 2, 1);
    touch("past the end, shared", shared + 2 * 4096 + 3, 1);
    shared[4096] = 1;
    ftruncate(fd, 100);
    touch("truncated, shared", shared + 4096, 0);
    ftruncate(fd, 3 * 4096);
    touch("grown again", shared + 2 * 4096, 1);
    char *late = map_file(fd, MAP_PRIVATE);
    ftruncate(fd, 4096);
    touch("truncated, private, untouched", late + 2 * 4096, 0);

    // Floating point exceptions say which (of the x87 unit: QEMU's emulation raises none of SSE's).
    struct { int exception; const char *name; long double a, b; } cases[] = {
        {FE_DIVBYZERO, "division", 1, 0}, {FE_INVALID, "invalid", 0, 0}, {FE_OVERFLOW, "overflow", 1e4000L, 1e-4000L},
        {FE_UNDERFLOW, "underflow", 1e-4000L, 1e4000L}, {FE_INEXACT, "inexact", 1, 3},
    };
    for (int i = 0; i < 5; i++) {
        number = code = 0;
        if (sigsetjmp(back, 1) == 0) {
            volatile long double a = cases[i].a, b = cases[i].b;
            feclearexcept(FE_ALL_EXCEPT);
            feenableexcept(cases[i].exception);
            volatile long double c = a / b;
            (void)c;
            __asm__ volatile("fwait");
        }
        fedisableexcept(FE_ALL_EXCEPT);
        feclearexcept(FE_ALL_EXCEPT);
        printf("%s: signal %d code %d\n", cases[i].name, number, code);
    }

    handle(SIGILL, clobber);
    if (__builtin_cpu_supports("avx"))
        vectors();
    else
        puts("no avx");
    return 0;
}
