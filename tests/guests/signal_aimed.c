// kind: so pie signals
// flags: -pthread
// exit: 143
// Whom a signal of the program interrupts, and what becomes of signals that a handler sends while they are held back.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static volatile int order[16], steps, is_waiting, is_there;
static int ends[2];

static void note(int number) {
    (void)number;
    count++;
}

static void *kills(void *unused) {
    while (!is_waiting)
        usleep(1000);
    usleep(30000);
    kill(getpid(), SIGUSR1);
    return unused;
}

static void *reads(void *unused) {
    char byte;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    is_waiting = 1;
    ssize_t got = read(ends[0], &byte, 1);
    printf("the other reads %zd %s\n", got, strerrorname_np(errno));
    return unused;
}

// Takes what is sent to the program until it ends, and may end with it.
static void *ends_at_once(void *unused) {
    is_there++;
    return unused;
}

static void aims(void) {
    pthread_t thread, other;
    char byte;
    pipe(ends);
    pthread_create(&thread, NULL, kills, NULL);
    is_waiting = 1;
    ssize_t got = read(ends[0], &byte, 1);
    printf("the first thread reads %zd %s, handlers %d\n", got, strerrorname_np(errno), count);
    pthread_join(thread, NULL);

    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    is_waiting = 0;
    pthread_create(&other, NULL, reads, NULL);
    while (!is_waiting)
        usleep(1000);
    usleep(30000);
    kill(getpid(), SIGUSR1);
    pthread_join(other, NULL);
    printf("handlers %d\n", count);

    // Threads that take nothing any more are no place for a signal.
    for (int i = 0; i < 50; i++) {
        pthread_create(&thread, NULL, ends_at_once, NULL);
        kill(getpid(), SIGUSR1);
        pthread_join(thread, NULL);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
    }
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    printf("handlers of all %d\n", count >= 4 && is_there == 50);
    sigset_t left;
    sigpending(&left);
    printf("none is left %d\n", !sigismember(&left, SIGUSR1));
}

static void steps_on(int number) { order[steps++] = number; }

static void raises(int number) {
    order[steps++] = number;
    raise(SIGUSR2);
    order[steps++] = -number;
}

static void kills_itself(int number) {
    order[steps++] = number;
    kill(getpid(), SIGUSR2);
    order[steps++] = -number;
}

static void raises_itself(int number) {
    order[steps++] = number;
    if (steps < 5)
        raise(number);
    order[steps++] = -number;
}

static void blocks(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raises(number);
}

static void told(const char *what, int all) {
    while (steps < all)
        usleep(1000);
    printf("%s:", what);
    for (int i = 0; i < steps; i++)
        printf(" %d", order[i]);
    printf("\n");
    steps = 0;
}

static void nested(void) {
    struct sigaction action = {.sa_handler = steps_on};
    sigaction(SIGUSR2, &action, NULL);
    sigaddset(&action.sa_mask, SIGUSR2);
    action.sa_handler = raises;
    sigaction(SIGHUP, &action, NULL);
    raise(SIGHUP);
    told("raised while held back", 3);
    action.sa_handler = kills_itself;
    sigaction(SIGHUP, &action, NULL);
    raise(SIGHUP);
    told("sent to the program while held back", 3);
    action.sa_handler = raises_itself;
    sigaction(SIGHUP, &action, NULL);
    raise(SIGHUP);
    told("itself again", 6);
    sigemptyset(&action.sa_mask);
    action.sa_handler = blocks;
    sigaction(SIGHUP, &action, NULL);
    raise(SIGHUP);
    told("blocked by the handler", 3);
}

// The signal ends the program when the handler has, as if nobody had handled it.
static void again_by_default(int number) {
    signal(number, SIG_DFL);
    raise(number);
    (void)!write(1, "cleaned up\n", 11);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGUSR1, &action, NULL);
    aims();
    nested();
    signal(SIGTERM, again_by_default);
    kill(getpid(), SIGTERM);
    printf("not reached\n");
    return 0;
}
