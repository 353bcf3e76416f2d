// kind: so
// flags: -pthread
// Threads of higher real-time priority run first, those of one priority in their order or in turns, and of the others
// each has its share. All on one processor.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static sem_t gate, order_gate;
static char order[64];
static atomic_int count, stop;
static _Atomic long turns[4];

static void real_time(int policy, int priority) {
    struct sched_param param = {.sched_priority = priority};
    int error = pthread_setschedparam(pthread_self(), policy, &param);
    if (error) printf("priority %d: error %d\n", priority, error);
}

static pthread_t start(int policy, int priority, void *(*body)(void *), long argument) {
    pthread_attr_t attr;
    struct sched_param param = {.sched_priority = priority};
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attr, policy);
    pthread_attr_setschedparam(&attr, &param);
    if (pthread_create(&thread, &attr, body, (void *)argument)) printf("no thread\n");
    return thread;
}

static void note(char what) { order[count++] = what; }
static void *notes(void *name) {
    note((char)(long)name);
    return 0;
}
static void *waits(void *name) {
    sem_wait(&gate);
    note((char)(long)name);
    return 0;
}
static void *gives_way(void *name) {
    sem_wait(&gate);
    for (int i = 0; i < 3; i++) note((char)(long)name), sched_yield();
    return 0;
}
static void show(const char *what) {
    printf("%s: %s\n", what, order);
    for (count = 0; count < (int)sizeof order; count++) order[count] = 0;
    count = 0;
}
static void join(pthread_t *threads, int n) {
    for (int i = 0; i < n; i++) pthread_join(threads[i], 0);
}

static void *spins(void *place) {
    sem_post(&order_gate);
    while (!stop) turns[(long)place]++;
    return 0;
}
static void *waits_for_timer(void *unused) {
    sigset_t set;
    timer_t timer;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec soon = {.it_value.tv_nsec = 20000000};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &soon, 0)) printf("no timer\n");
    if (sigwaitinfo(&set, &info) == SIGRTMIN) note('t');
    stop = 1;
    return 0;
}
static void *is_nice(void *place) {
    setpriority(PRIO_PROCESS, gettid(), place ? 10 : 0);
    return spins(place);
}

int main(void) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
    sem_init(&gate, 0, 0), sem_init(&order_gate, 0, 0);
    pthread_t threads[4];
    // The stream gets its buffer: that may take a wait.
    puts("on one processor");

    real_time(SCHED_FIFO, 50);
    threads[0] = start(SCHED_FIFO, 60, notes, 'h');
    show("a higher one runs at once");
    join(threads, 1);
    show("");

    // Who waits is woken by priority, too.
    for (int i = 0; i < 4; i++) threads[i] = start(SCHED_FIFO, 60 + i, waits, 'a' + i);
    for (int i = 0; i < 4; i++) sem_post(&gate);
    show("woken one by one");
    join(threads, 4);
    show("");
    for (int i = 0; i < 4; i++) threads[i] = start(SCHED_FIFO, 60 + i, waits, 'a' + i);
    real_time(SCHED_FIFO, 90);
    for (int i = 0; i < 4; i++) sem_post(&gate);
    join(threads, 4);
    show("woken together");

    // Of one priority: in their order, and behind the others after sched_yield(2).
    for (int priorities = 0; priorities < 2; priorities++) {
        real_time(SCHED_FIFO, 10);
        for (int i = 0; i < 3; i++) threads[i] = start(SCHED_FIFO, 20 + i * priorities, gives_way, 'a' + i);
        real_time(SCHED_FIFO, 90);
        for (int i = 0; i < 3; i++) sem_post(&gate);
        join(threads, 3);
        show(priorities ? "giving way to lower ones" : "giving way");
    }

    // A change counts at once.
    threads[0] = start(SCHED_FIFO, 20, notes, 'x');
    struct sched_param param = {.sched_priority = 95};
    pthread_setschedparam(threads[0], SCHED_FIFO, &param);
    show("raised");
    join(threads, 1);
    show("");
    threads[0] = start(SCHED_FIFO, 20, notes, 'y');
    real_time(SCHED_FIFO, 10);
    show("below it now");
    real_time(SCHED_FIFO, 90);
    join(threads, 1);
    show("");

    // What a thread waits for comes although one of a lower priority never stops.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    threads[0] = start(SCHED_FIFO, 2, spins, 0);
    threads[1] = start(SCHED_FIFO, 20, waits_for_timer, 0);
    join(threads, 2);
    show("a timer");
    sem_wait(&order_gate);
    stop = turns[0] = 0;

    // In turns: both get on, and a thread that shares gets little meanwhile (Linux leaves it a twentieth).
    for (int i = 0; i < 2; i++) threads[i] = start(SCHED_RR, 1, spins, i);
    threads[2] = start(SCHED_OTHER, 0, spins, 2);
    sem_wait(&order_gate), sem_wait(&order_gate);
    while (!turns[0] || !turns[1]) nanosleep(&(struct timespec){0, 10000000}, 0);
    nanosleep(&(struct timespec){0, 100000000}, 0);
    printf("turns: the other %d\n", turns[2] > (turns[0] + turns[1]) / 4);
    stop = 1;
    join(threads, 3);
    stop = 0;

    // Shares: ten steps nicer is about a tenth. Where the machine itself has to share, it takes some tries to see it.
    for (int i = 0; i < 2; i++) threads[i] = start(SCHED_OTHER, 0, is_nice, i);
    sem_wait(&order_gate), sem_wait(&order_gate), sem_wait(&order_gate);
    int is_less = 0;
    for (int tries = 0; tries < 20 && !is_less; tries++) {
        turns[0] = turns[1] = 0;
        nanosleep(&(struct timespec){0, 200000000}, 0);
        is_less = turns[1] > 0 && turns[0] > 2 * turns[1];
    }
    printf("shares: %d\n", is_less);
    stop = 1;
    join(threads, 2);
    return 0;
}
