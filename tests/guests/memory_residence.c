// kind: so pie static own
// Which pages of a large mapping have memory: /proc/self/statm, status and mincore(2) say so before they are touched, after
// that and when they are given back.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { MIB = 1 << 20, PAGE = 4096, ALL = 64 * MIB, SOME = 16 * MIB };

static long resident(void) {
    long size, pages = -1;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%ld %ld", &size, &pages) != 2) exit(3);
    fclose(statm);
    return pages * PAGE;
}

static long of_status(const char *name) {
    char line[256];
    long found = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, name, strlen(name))) found = atol(line + strlen(name) + 1) * 1024;
    fclose(status);
    return found;
}

static int in_core(char *at, size_t len) {
    static unsigned char pages[ALL / PAGE];
    int count = 0;
    if (mincore(at, len, pages)) return -1;
    for (size_t i = 0; i < len / PAGE; i++) count += pages[i] & 1;
    return count;
}

// Says whether a number of bytes is about what is expected: up to 6 MiB more, as the program needs some too.
static void about(const char *what, long bytes, long expected) {
    int is = bytes > expected - MIB && bytes < expected + 6 * MIB;
    printf("%s: %s\n", what, is ? "as expected" : "not as expected");
    if (!is) printf("%ld KiB in place of %ld\n", bytes >> 10, expected >> 10);
}

int main(void) {
    long before = resident();
    char *at = mmap(0, ALL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rusage usage;
    if (at == MAP_FAILED) return 1;
    madvise(at, ALL, MADV_NOHUGEPAGE);
    about("mapped", resident() - before, 0);
    printf("in core: %d\n", in_core(at, ALL));
    memset(at, 1, SOME);
    about("touched", resident() - before, SOME);
    about("VmRSS", of_status("VmRSS:") - before, SOME);
    printf("in core: %d and %d\n", in_core(at, SOME), in_core(at + ALL - SOME, SOME));
    at[ALL - 1] = 1;
    printf("the last is in core: %d\n", in_core(at + ALL - PAGE, PAGE));
    if (madvise(at, SOME, MADV_DONTNEED)) return 1;
    about("given back", resident() - before, 0);
    printf("in core: %d\n", in_core(at, SOME));
    about("VmHWM", of_status("VmHWM:") - before, SOME);
    getrusage(RUSAGE_SELF, &usage);
    printf("ru_maxrss: %d\n", usage.ru_maxrss * 1024L >= before + SOME - MIB);
    // MAP_POPULATE brings the pages in at once.
    at = mmap(0, SOME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    printf("populated: %d\n", in_core(at, SOME));
    return 0;
}
