// kind: pie
// A handler of faults tells the end of the stack from other mistakes by how near the fault is to the stack's mapping, as
// libsigsegv does: on Linux what guards the first thread's stack is no mapping.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sigjmp_buf back;
static volatile uintptr_t fault;

// Finds the mapping of an address, and where the one below it ends.
static int find(uintptr_t address, uintptr_t *start, uintptr_t *below) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    uintptr_t from, to;
    int found = 0;
    for (*below = 0; !found && fgets(line, sizeof line, maps);) {
        sscanf(line, "%lx-%lx", &from, &to);
        found = from <= address && address < to;
        if (!found) *below = to;
    }
    *start = from;
    fclose(maps);
    return found;
}

static void handle(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    fault = (uintptr_t)info->si_addr;
    siglongjmp(back, 1);
}

static int deep(volatile char *above) {
    volatile char room[500];
    memset((char *)room, *above, sizeof room);
    return deep(room) + room[7];
}

int main(void) {
    stack_t other = {.ss_sp = malloc(65536), .ss_size = 65536};
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigaltstack(&other, 0);
    sigaction(SIGSEGV, &action, 0);
    char here = 1;
    for (int turn = 0; turn < 2; turn++) {
        if (!sigsetjmp(back, 1)) return turn ? *(volatile int *)16 : deep(&here);
        uintptr_t start, below;
        int is_in = find(fault, &start, &below);
        printf("fault in a mapping: %d\n", is_in);
        find((uintptr_t)&here, &start, &below);
        printf("nearest to the stack: %d, which has room below: %d\n", fault < start && start - fault <= (start - below) / 2 && start - fault < 65536, below < start);
    }
    return 0;
}
