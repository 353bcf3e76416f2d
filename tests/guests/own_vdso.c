// The functions of the object that the kernel shows through AT_SYSINFO_EHDR (vdso(7)), called with a stack that is aligned to
// eight bytes only, as Go's syscall.Gettimeofday does.
// kind: static
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static unsigned long base;

// Finds a function by the table of symbols, whose length the hash table tells.
static void *find(const char *name) {
    const Elf64_Ehdr *head = (void *)base;
    const Elf64_Phdr *part = (void *)(base + head->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    const Elf64_Sym *symbols = NULL;
    const char *strings = NULL;
    const Elf32_Word *hash = NULL;
    unsigned long offset = 0;
    for (int i = 0; i < head->e_phnum; i++) {
        if (part[i].p_type == PT_LOAD) offset = base + part[i].p_offset - part[i].p_vaddr;
        if (part[i].p_type == PT_DYNAMIC) dynamic = (void *)(base + part[i].p_offset);
    }
    for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_SYMTAB) symbols = (void *)(offset + dynamic->d_un.d_ptr);
        if (dynamic->d_tag == DT_STRTAB) strings = (void *)(offset + dynamic->d_un.d_ptr);
        if (dynamic->d_tag == DT_HASH) hash = (void *)(offset + dynamic->d_un.d_ptr);
    }
    for (unsigned i = 0; symbols && strings && hash && i < hash[1]; i++)
        if (symbols[i].st_value && !strcmp(strings + symbols[i].st_name, name)) return (void *)(offset + symbols[i].st_value);
    return NULL;
}

// Calls with the stack that many bytes off; registers that a function must keep hold what they held.
static long call(void *function, long a, long b, long off) {
    long answer, kept = 0x1234567;
    __asm__ volatile("mov %%rsp, %%r12\n\t"
                     "and $-64, %%rsp\n\t"
                     "sub $256, %%rsp\n\t"
                     "sub %[off], %%rsp\n\t"
                     "call *%[function]\n\t"
                     "mov %%r12, %%rsp"
                     : "=a"(answer), "+D"(a), "+S"(b), "+b"(kept)
                     : [function] "r"(function), [off] "r"(off)
                     : "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
    if (kept != 0x1234567) printf("a register changed\n");
    return answer;
}

int main(void) {
    base = getauxval(AT_SYSINFO_EHDR);
    void *clock_gettime_ = find("__vdso_clock_gettime"), *gettimeofday_ = find("__vdso_gettimeofday");
    void *time_ = find("__vdso_time"), *getcpu_ = find("__vdso_getcpu");
    printf("found: %d %d %d %d\n", !!clock_gettime_, !!gettimeofday_, !!time_, !!getcpu_);
    for (long off = 0; off < 64; off += 8) {
        struct timespec before, now, at = {0}, cpu_time = {0};
        struct timeval day = {0};
        struct timezone zone = {.tz_minuteswest = 77};
        unsigned cpu = 99999, node = 99999;
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &before);
        long answer = call(clock_gettime_, CLOCK_MONOTONIC, (long)&at, off);
        syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        int between = (before.tv_sec < at.tv_sec || (before.tv_sec == at.tv_sec && before.tv_nsec <= at.tv_nsec)) &&
                      (at.tv_sec < now.tv_sec || (at.tv_sec == now.tv_sec && at.tv_nsec <= now.tv_nsec));
        printf("%2ld: clock %ld %d", off, answer, between);
        // Clocks of processor time, and clocks that there are not, are the system call's.
        answer = call(clock_gettime_, CLOCK_PROCESS_CPUTIME_ID, (long)&cpu_time, off);
        printf(", cpu %ld %d, none %ld", answer, cpu_time.tv_nsec > 0, call(clock_gettime_, 77, (long)&at, off));
        answer = call(gettimeofday_, (long)&day, 0, off);
        printf(", day %ld %d", answer, day.tv_sec > 1000000000);
        answer = call(gettimeofday_, (long)&day, (long)&zone, off);
        printf(", zone %ld %d", answer, zone.tz_minuteswest);
        time_t seconds = 0;
        answer = call(time_, (long)&seconds, 0, off);
        printf(", time %d %d", answer == seconds, seconds - day.tv_sec <= 1);
        answer = call(getcpu_, (long)&cpu, (long)&node, off);
        printf(", getcpu %ld %d %u\n", answer, cpu < 4096, node);
    }
    return 0;
}
