// kind: so pie
// Mappings that grow downwards: MAP_GROWSDOWN.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { PAGE = 4096, MEGA = 1 << 20 };
static sigjmp_buf back;
static volatile int code;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    code = info->si_code;
    siglongjmp(back, 1);
}

static void touches(const char *what, volatile char *at) {
    if (sigsetjmp(back, 1) == 0) {
        *at = 1;
        printf("%s: there\n", what);
    } else {
        printf("%s: %s\n", what, code == SEGV_MAPERR ? "nothing there" : "no access");
    }
}

/// Prints how long the mapping is that ends somewhere.
static void length(const char *end) {
    char line[300];
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long from, to;
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%lx-%lx", &from, &to) == 2 && to == (unsigned long)end)
            printf("  %lu pages, %.4s\n", (to - from) / PAGE, strchr(line, ' ') + 1);
    fclose(maps);
}

static char *map(char *at, size_t len, int prot, int flags) {
    char *got = mmap(at, len, prot, MAP_ANONYMOUS | flags, -1, 0);
    if (got == MAP_FAILED) printf("mmap: %s\n", strerrorname_np(errno));
    else if (at && got != at) puts("elsewhere");
    return got;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, 0);
    // What stdio needs has its place before there is room elsewhere.
    length(0);
    enum { SPACE = 96 * MEGA };
    char *space = map(0, SPACE, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    munmap(space + MEGA, SPACE - 2 * MEGA);
    map(0, PAGE, PROT_READ, MAP_SHARED | MAP_GROWSDOWN);
    char *stack = map(space + 80 * MEGA, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_GROWSDOWN | MAP_FIXED), *end = stack + 2 * PAGE;
    length(end);
    touches("the page below", stack - 1);
    length(end);
    touches("some pages below", stack - 3 * PAGE);
    length(end);
    touches("above", end);
    char *bottom = stack - 3 * PAGE;
    printf("zero: %d\n", bottom[100]);
    touches("megabytes below", stack - 4 * MEGA);
    length(end);
    ssize_t n = -1;
    int ends[2];
    if (pipe(ends) == 0 && write(ends[1], "by the kernel", 13) == 13) n = read(ends[0], stack - 5 * MEGA, 13);
    printf("read(2) into what is below: %zd\n", n);
    length(end);
    struct rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 6 * MEGA;
    setrlimit(RLIMIT_STACK, &limit);
    touches("beyond the limit", stack - 7 * MEGA);
    limit.rlim_cur = before;
    setrlimit(RLIMIT_STACK, &limit);
    touches("within the limit from before", stack - 7 * MEGA);
    printf("mprotect from within: %d\n", mprotect(stack, PAGE, PROT_READ | PROT_GROWSDOWN));
    touches("then", stack - 6 * MEGA);

    char *other = map(space + 40 * MEGA, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_GROWSDOWN | MAP_FIXED);
    map(other - 4 * MEGA, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED);
    touches("a megabyte from a neighbour", other - 3 * MEGA + PAGE);
    touches("closer", other - 3 * MEGA + PAGE - 1);
    return 0;
}
