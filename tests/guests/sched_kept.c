// kind: pie
// What threads are told about their scheduling is kept, for each thread, and inherited.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void say(const char *what, int result) {
    int error = errno;
    printf("%s: %d%s%s\n", what, result, result == -1 ? " " : "", result == -1 ? strerrorname_np(error) : "");
    errno = 0;
}

static void number(const char *what, int error) {
    printf("%s: %s\n", what, error ? strerrorname_np(error) : "ok");
}

static int nice_of(int which, int who) {
    errno = 0;
    int nice = getpriority(which, who);
    return errno ? -100 : nice;
}

static sem_t go, told;
static int tid;

static void *waits(void *unused) {
    tid = gettid();
    printf("  inherited nice %d policy %d\n", nice_of(PRIO_PROCESS, 0), sched_getscheduler(0));
    sem_post(&told);
    sem_wait(&go);
    printf("  then nice %d policy %d\n", nice_of(PRIO_PROCESS, 0), sched_getscheduler(0));
    setpriority(PRIO_PROCESS, 0, 9);
    sem_post(&told);
    sem_wait(&go);
    return NULL;
}

static void *explicit(void *unused) {
    printf("  explicit policy %d\n", sched_getscheduler(0));
    return NULL;
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sem_init(&go, 0, 0), sem_init(&told, 0, 0);
    struct sched_param param = {0};
    cpu_set_t set, all;

    puts("nice");
    setpriority(PRIO_PROCESS, 0, 0);
    printf("at first %d\n", nice_of(PRIO_PROCESS, 0));
    say("nice", nice(3));
    say("set", setpriority(PRIO_PROCESS, 0, 5));
    say("batch", sched_setscheduler(0, SCHED_BATCH, &param));
    say("is", sched_getscheduler(0));
    pthread_t thread;
    pthread_create(&thread, NULL, waits, NULL);
    sem_wait(&told);
    say("other thread", setpriority(PRIO_PROCESS, tid, 7));
    number("its policy", pthread_setschedparam(thread, SCHED_IDLE, &param));
    printf("by number %d, own %d\n", nice_of(PRIO_PROCESS, tid), nice_of(PRIO_PROCESS, 0));
    int policy = -1;
    number("get", pthread_getschedparam(thread, &policy, &param));
    printf("policy %d, own %d\n", policy, sched_getscheduler(0));
    sem_post(&go), sem_wait(&told);
    printf("it is %d\n", nice_of(PRIO_PROCESS, tid));
    sem_post(&go);
    pthread_join(thread, NULL);
    say("beyond", setpriority(PRIO_PROCESS, 0, 100));
    printf("at most %d\n", nice_of(PRIO_PROCESS, 0));

    puts("explicit");
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_create(&thread, &attr, explicit, NULL);
    pthread_join(thread, NULL);

    cpu_set_t none;
    CPU_ZERO(&none);
    CPU_SET(63, &none);
    pthread_attr_setaffinity_np(&attr, sizeof none, &none);
    number("explicit processors there are not", pthread_create(&thread, &attr, explicit, NULL));

    puts("affinity");
    say("all", sched_getaffinity(0, sizeof all, &all));
    int first = 0;
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    say("one", sched_setaffinity(0, sizeof set, &set));
    CPU_SET(1000, &set);
    CPU_CLR(first, &set);
    CPU_ZERO(&all);
    say("get", sched_getaffinity(0, sizeof all, &all));
    printf("one %d the first %d\n", CPU_COUNT(&all) == 1, CPU_ISSET(first, &all) != 0);
    number("thread", pthread_getaffinity_np(pthread_self(), sizeof all, &all));
    printf("one %d\n", CPU_COUNT(&all) == 1);
    say("none there", sched_setaffinity(0, sizeof set, &set));
    CPU_ZERO(&set);
    number("none", pthread_setaffinity_np(pthread_self(), sizeof set, &set));
    say("short", sched_getaffinity(0, 4, &set));

    puts("errors");
    say("policy", sched_setscheduler(0, 77, &param));
    say("policy", sched_setscheduler(0, -1, &param));
    param.sched_priority = 1;
    say("priority", sched_setscheduler(0, SCHED_OTHER, &param));
    say("priority", sched_setparam(0, &param));
    number("priority", pthread_setschedprio(pthread_self(), 3));
    param.sched_priority = 0;
    say("priority", sched_setscheduler(0, SCHED_FIFO, &param));
    say("same", sched_setparam(0, &param));
    say("no param", sched_setscheduler(0, SCHED_OTHER, NULL));
    say("no param", sched_getparam(0, NULL));
    say("param", sched_getparam(0, &param));
    say("no thread", sched_setscheduler(999999, SCHED_OTHER, &param));
    say("no thread", sched_getscheduler(999999));
    say("no thread", sched_getaffinity(999999, sizeof set, &set));
    say("no thread", sched_setaffinity(999999, sizeof all, &all));
    say("negative", sched_getscheduler(-1));
    say("negative", sched_getparam(-1, &param));
    say("which", setpriority(9, 0, 5));
    say("who", setpriority(PRIO_PROCESS, 999999, 5));
    say("who", setpriority(PRIO_PGRP, 999999, 5));
    say("max", sched_get_priority_max(SCHED_FIFO));
    say("min", sched_get_priority_min(SCHED_RR));
    say("max", sched_get_priority_max(SCHED_BATCH));
    say("max", sched_get_priority_max(55));
    return 0;
}
