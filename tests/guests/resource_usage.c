// kind: pie
// getrusage: peak memory, page faults and switches, of the process and of one thread.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MIB (1 << 20)

static struct rusage usage(int who) {
    struct rusage usage;
    memset(&usage, 0xee, sizeof usage);
    if (getrusage(who, &usage))
        printf("getrusage errno %d\n", errno);
    return usage;
}

static void *sleeper(void *out) {
    long before = usage(RUSAGE_THREAD).ru_nvcsw;
    for (int i = 0; i < 20; i++)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    *(long *)out = usage(RUSAGE_THREAD).ru_nvcsw - before;
    return NULL;
}

static void *toucher(void *memory) {
    long before = usage(RUSAGE_THREAD).ru_minflt;
    memset(memory, 1, 32 * MIB);
    return (void *)(usage(RUSAGE_THREAD).ru_minflt - before);
}

int main(void) {
    struct rusage start = usage(RUSAGE_SELF);
    printf("peak %d times %d %d\n", start.ru_maxrss > 0, start.ru_utime.tv_sec < 5, start.ru_stime.tv_usec < 1000000);

    char *memory = mmap(NULL, 32 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(memory, 32 * MIB, MADV_NOHUGEPAGE);
    long own = usage(RUSAGE_THREAD).ru_minflt;
    pthread_t thread;
    void *faults;
    pthread_create(&thread, NULL, toucher, memory);
    pthread_join(thread, &faults);
    struct rusage end = usage(RUSAGE_SELF);
    printf("faults of the thread %d, of the process %d, of this one few %d\n", (long)faults >= 12,
           end.ru_minflt - start.ru_minflt >= (long)faults, usage(RUSAGE_THREAD).ru_minflt - own < (long)faults);
    munmap(memory, 32 * MIB);
    printf("peak has grown %d and stays %d\n", end.ru_maxrss >= 32 * 1024,
           usage(RUSAGE_SELF).ru_maxrss >= end.ru_maxrss);

    long slept;
    start = usage(RUSAGE_SELF);
    own = usage(RUSAGE_THREAD).ru_nvcsw;
    pthread_create(&thread, NULL, sleeper, &slept);
    pthread_join(thread, NULL);
    end = usage(RUSAGE_SELF);
    printf("waits of the thread %d, of the process %d, of this one few %d\n", slept >= 20,
           end.ru_nvcsw - start.ru_nvcsw >= 20, usage(RUSAGE_THREAD).ru_nvcsw - own < 15);
    printf("preemptions %d\n", end.ru_nivcsw >= start.ru_nivcsw);

    struct rusage none, children = usage(RUSAGE_CHILDREN);
    memset(&none, 0, sizeof none);
    printf("children %d\n", memcmp(&none, &children, sizeof none));
    int result = getrusage(7, &none);
    printf("bad %d errno %d\n", result, errno);
    result = getrusage(RUSAGE_SELF, (void *)8);
    printf("bad %d errno %d\n", result, errno);
    return 0;
}
