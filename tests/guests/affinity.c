// kind: pie
// Threads run on the processors they are bound to, and nowhere else.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int cpus[CPU_SETSIZE], count;
static atomic_int where = -1, strays, is_bound = -1, stop;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static cpu_set_t only(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return set;
}

static void *busy(void *unused) {
    while (!stop) {
        int bound = is_bound, cpu = sched_getcpu();
        where = cpu;
        if (bound >= 0 && bound == is_bound && cpu != bound)
            strays++;
    }
    return NULL;
}

static void *sleeps(void *unused) {
    while (!stop) {
        usleep(1000);
        where = sched_getcpu();
    }
    return NULL;
}

static void *tells(void *cpu) {
    int ok = 1;
    for (int i = 0; i < 20; i++) {
        ok &= sched_getcpu() == *(int *)cpu;
        i % 4 ? (void)sched_yield() : (void)usleep(500);
    }
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return (void *)(long)(ok && CPU_COUNT(&set) == 1);
}

/* Binds a thread that `start` runs to each processor in turn. */
static int bind_other(void *(*start)(void *)) {
    pthread_t thread;
    int ok = 1;
    stop = 0, where = is_bound = -1;
    pthread_create(&thread, NULL, start, NULL);
    for (int round = 0; round < 2 * count; round++) {
        int cpu = cpus[round % count];
        cpu_set_t set = only(cpu);
        is_bound = -1;
        pthread_setaffinity_np(thread, sizeof set, &set);
        double end = now() + 10;
        do
            sched_yield();
        while (where != cpu && now() < end);
        ok &= where == cpu;
        is_bound = cpu;
        usleep(20000);
        ok &= where == cpu;
    }
    stop = 1;
    pthread_join(thread, NULL);
    return ok;
}

int main(void) {
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all))
            cpus[count++] = cpu;

    int ok = 1;
    for (int round = 0; round < 50 * count; round++) {
        cpu_set_t set = only(cpus[round % count]);
        sched_setaffinity(0, sizeof set, &set);
        ok &= sched_getcpu() == cpus[round % count];
        sched_yield();
        ok &= sched_getcpu() == cpus[round % count];
    }
    printf("the caller, at once: %d\n", ok);
    sched_setaffinity(0, sizeof all, &all);
    printf("a busy thread: %d", bind_other(busy));
    printf(" strays %d\n", strays);
    printf("a thread that sleeps: %d\n", bind_other(sleeps));

    ok = 1;
    for (int i = 0; i < count; i++) {
        cpu_set_t set = only(cpus[i]);
        pthread_attr_t attr;
        pthread_attr_init(&attr);
        pthread_attr_setaffinity_np(&attr, sizeof set, &set);
        pthread_t thread;
        void *result;
        pthread_create(&thread, &attr, tells, &cpus[i]);
        pthread_join(thread, &result);
        ok &= result != NULL;
        sched_setaffinity(0, sizeof set, &set);
        pthread_create(&thread, NULL, tells, &cpus[i]);
        pthread_join(thread, &result);
        ok &= result != NULL;
        sched_setaffinity(0, sizeof all, &all);
    }
    printf("new threads, asked and inherited: %d\n", ok);

    /* More busy threads than processors, all on one: the others stay free and all of them get on. */
    cpu_set_t set = only(cpus[count - 1]);
    pthread_t threads[4];
    stop = 0, is_bound = -1, strays = 0;
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, busy, NULL);
        pthread_setaffinity_np(threads[i], sizeof set, &set);
    }
    usleep(20000);
    is_bound = cpus[count - 1];
    usleep(100000);
    stop = 1;
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    printf("four on one, strays %d\n", strays);
    return 0;
}
