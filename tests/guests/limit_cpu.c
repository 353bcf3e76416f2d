// exit: 137
// RLIMIT_CPU: SIGXCPU each second of processor time from the soft limit on, which moves with it; SIGKILL at the hard one.
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told;

static void over(int number) {
    (void)number;
    told++;
}

/* Processor time of the process, in seconds. What a limit is compared with may be ahead by some ticks. */
static double used(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void show(const char *what) {
    struct rlimit limit;
    getrlimit(RLIMIT_CPU, &limit);
    printf("%s: %d\n", what, limit.rlim_max == RLIM_INFINITY);
    printf("%ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    show("none");
    struct sigaction action = {.sa_handler = over};
    sigaction(SIGXCPU, &action, NULL);
    /* No time at all: the signal comes at once. */
    struct rlimit limit = {0, 4};
    setrlimit(RLIMIT_CPU, &limit);
    while (!told)
        ;
    printf("told at once: %d\n", used() < 1);
    show("moved on");
    while (told < 2)
        ;
    printf("told again, after a second: %d\n", used() > 0.8 && used() < 2);
    show("moved on");
    limit = (struct rlimit){RLIM_INFINITY, 3};
    printf("above the hard one: %d\n", setrlimit(RLIMIT_CPU, &limit));
    limit = (struct rlimit){3, 3};
    setrlimit(RLIMIT_CPU, &limit);
    for (;;)
        ;
}
