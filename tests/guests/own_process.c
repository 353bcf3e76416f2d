// kind: so
// A process seen from outside is the caller itself here: descriptors of it, its memory, its barriers, its scheduling.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(const char *what, long n) {
    printf("%s: %ld %s\n", what, n < 0 ? n : n > 2, n < 0 ? strerror(errno) : "");
}

static volatile sig_atomic_t seen, value;
static void handler(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    seen++, value = info->si_value.sival_int;
}

static void descriptors(void) {
    int own = pidfd_open(getpid(), 0), fds[2];
    show("pidfd_open", own);
    show("nobody", pidfd_open(999999, 0));
    show("negative", pidfd_open(-1, 0));
    show("flags", pidfd_open(getpid(), 1));
    printf("close on exec %d\n", fcntl(own, F_GETFD));
    struct pollfd poller = {own, POLLIN, 0};
    printf("poll %d\n", poll(&poller, 1, 0));
    char byte;
    show("read", read(own, &byte, 1));
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, 0);
    printf("signal 0 %d\n", pidfd_send_signal(own, 0, 0, 0));
    printf("SIGUSR1 %d seen %d\n", pidfd_send_signal(own, SIGUSR1, 0, 0), seen);
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = SIGUSR1, info.si_code = SI_QUEUE, info.si_value.sival_int = 42;
    printf("with a value %d seen %d value %d\n", pidfd_send_signal(own, SIGUSR1, &info, 0), seen, value);
    show("another number", pidfd_send_signal(own, SIGUSR2, &info, 0));
    show("no such signal", pidfd_send_signal(own, 99, 0, 0));
    if (pipe(fds)) exit(1);
    show("not a process", pidfd_send_signal(fds[0], 0, 0, 0));
    int folder = open("/proc/self", O_RDONLY | O_DIRECTORY), tasks = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
    printf("a folder SIGUSR1 %d seen %d\n", pidfd_send_signal(folder, SIGUSR1, 0, 0), seen);
    show("another folder", pidfd_send_signal(tasks, 0, 0, 0));
    show("pidfd_getfd", pidfd_getfd(folder, fds[1], 0));
    close(folder), close(tasks);
    int copy = pidfd_getfd(own, fds[1], 0);
    printf("pidfd_getfd %d %d\n", write(copy, "x", 1) == 1 && read(fds[0], &byte, 1) == 1, fcntl(copy, F_GETFD));
    show("no such descriptor", pidfd_getfd(own, 999, 0));
    show("flags", pidfd_getfd(own, fds[1], 1));
    show("not a process", pidfd_getfd(fds[0], fds[1], 0));
    show("waitid", waitid(P_PIDFD, own, &info, WEXITED));
    close(own), close(copy), close(fds[0]), close(fds[1]);
}

static void memory(void) {
    char from[] = "abcdefghij", to[16] = "";
    char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *bad = page + 4096;
    mprotect(bad, 4096, PROT_NONE);
    struct iovec local[2] = {{to, 3}, {to + 8, 8}}, remote[2] = {{from + 1, 2}, {from + 5, 5}};
    ssize_t n = process_vm_readv(getpid(), local, 2, remote, 2, 0);
    printf("readv %zd %.3s %.4s\n", n, to, to + 8);
    n = process_vm_writev(getpid(), remote, 1, local, 1, 0);
    printf("writev %zd %.3s\n", n, to);
    printf("by a thread's number %zd\n", process_vm_readv(gettid(), local, 1, remote, 1, 0));
    struct iovec broken[2] = {{from, 4}, {bad, 4}};
    printf("in part %zd\n", process_vm_readv(getpid(), local, 2, broken, 2, 0));
    show("bad address", process_vm_readv(getpid(), local, 2, broken + 1, 1, 0));
    show("nobody", process_vm_readv(999999, local, 1, remote, 1, 0));
    show("flags", process_vm_readv(getpid(), local, 1, remote, 1, 1));
    show("too many", process_vm_readv(getpid(), local, 1025, remote, 1, 0));
    printf("nothing %zd\n", process_vm_readv(getpid(), local, 0, remote, 1, 0));
}

static long membarrier(int command, unsigned flags) { return syscall(SYS_membarrier, command, flags, 0); }

// One thread stores and barriers seldom, the other one fast and without: Dekker's question with an uneven pair.
static volatile int asks[2], both;
static volatile int round_of[2];
static void *fast_side(void *unused) {
    for (int i = 1; i <= 200; i++) {
        while (round_of[0] != i)
            sched_yield();
        asks[1] = i;
        __asm__ volatile("" ::: "memory");
        int other = asks[0];
        round_of[1] = other == i ? i : -i;
    }
    return unused;
}

static void barriers(void) {
    long there = membarrier(0, 0);
    printf("commands %lx\n", there & 0x7f);
    show("not registered", membarrier(8, 0));
    show("not registered", membarrier(32, 0));
    printf("registered %ld %ld\n", membarrier(16, 0), membarrier(64, 0));
    printf("barriers %ld %ld %ld %ld\n", membarrier(1, 0), membarrier(2, 0), membarrier(8, 0), membarrier(32, 0));
    show("unknown", membarrier(1 << 20, 0));
    show("flags", membarrier(8, 4));
    pthread_t thread;
    pthread_create(&thread, 0, fast_side, 0);
    for (int i = 1; i <= 200; i++) {
        round_of[0] = i;
        asks[0] = i;
        membarrier(8, 0);
        int other = asks[1];
        while (round_of[1] != i && round_of[1] != -i)
            sched_yield();
        both += other != i && round_of[1] == -i;
    }
    pthread_join(thread, 0);
    printf("missed each other %d times\n", both);
}

struct attributes {
    unsigned size, policy;
    unsigned long flags;
    int nice;
    unsigned priority;
    unsigned long runtime, deadline, period;
    unsigned more[16];
};

static long set(struct attributes *attributes) { return syscall(SYS_sched_setattr, 0, attributes, 0); }

static void scheduling(void) {
    struct attributes now = {0}, wanted = {48, SCHED_BATCH, 0, 5, 0, 0, 0, 0, {0}};
    printf("set %ld\n", set(&wanted));
    printf("get %ld", syscall(SYS_sched_getattr, 0, &now, 48, 0));
    printf(" size %u policy %u flags %lu nice %d priority %u\n", now.size, now.policy, now.flags, now.nice, now.priority);
    wanted = (struct attributes){0, SCHED_OTHER, 1, 7, 0, 0, 0, 0, {0}};
    printf("set %ld, %d\n", set(&wanted), sched_getscheduler(0) == (SCHED_OTHER | SCHED_RESET_ON_FORK));
    wanted.priority = 4;
    show("priority", set(&wanted));
    wanted = (struct attributes){48, 77, 0, 0, 0, 0, 0, 0, {0}};
    show("policy", set(&wanted));
    wanted = (struct attributes){40, SCHED_OTHER, 0, 0, 0, 0, 0, 0, {0}};
    show("small", set(&wanted));
    wanted = (struct attributes){sizeof wanted, SCHED_OTHER, 0, 0, 0, 0, 0, 0, {[10] = 1}};
    show("unknown fields", set(&wanted));
    show("null", syscall(SYS_sched_setattr, 0, 0, 0));
    show("small", syscall(SYS_sched_getattr, 0, &now, 40, 0));
    show("nobody", syscall(SYS_sched_getattr, 999999, &now, 48, 0));
    show("flags", syscall(SYS_sched_getattr, 0, &now, 48, 1));
}

int main(void) {
    descriptors();
    memory();
    barriers();
    scheduling();
    return 0;
}
