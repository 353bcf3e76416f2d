// kind: so pie
// Calls that wait end when their thread is cancelled.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int fd;
static volatile pid_t waiting;

static void *locks(void *command) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    waiting = gettid();
    return (void *)(long)(fcntl(fd, (int)(long)command, &lock) + 10);
}

static void *drains(void *unused) {
    (void)unused;
    waiting = gettid();
    return (void *)(long)tcdrain(fd);
}

/// Cancels a thread that waits, or one that is yet to call.
static void cancels(const char *what, void *(*run)(void *), void *argument) {
    pthread_t thread;
    void *result;
    waiting = 0;
    pthread_create(&thread, 0, run, argument);
    while (!waiting) sched_yield();
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("%s: %s\n", what, result == PTHREAD_CANCELED ? "cancelled" : "returned");
}

static void *cancelled_before(void *unused) {
    (void)unused;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
    waiting = 1;
    return locks((void *)F_SETLKW);
}

static void *tries(void *unused) {
    (void)unused;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, 0);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, 0);
    waiting = 1;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(fd, F_GETFL);
    return (void *)(long)(fcntl(fd, F_OFD_SETLK, &lock) + 10);
}

static mqd_t queue;
static volatile int handled;
static void on_signal(int number) { handled = number; }

static void *receives(void *unused) {
    (void)unused;
    char text[8192];
    struct timespec late;
    clock_gettime(CLOCK_REALTIME, &late);
    late.tv_sec += 60;
    waiting = gettid();
    return (void *)(long)mq_timedreceive(queue, text, sizeof text, 0, &late);
}

int main(void) {
    char name[] = "/tmp/osvrun-XXXXXX";
    int holder = mkstemp(name);
    fd = open(name, O_RDWR);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    fcntl(holder, F_OFD_SETLK, &lock);
    cancels("F_SETLKW", locks, (void *)F_SETLKW);
    cancels("F_OFD_SETLKW", locks, (void *)F_OFD_SETLKW);
    cancels("F_SETLKW, cancelled before", cancelled_before, 0);
    cancels("F_OFD_SETLK", tries, 0);
    unlink(name);
    int master, slave;
    if (openpty(&master, &slave, 0, 0, 0) == 0) {
        fd = slave;
        pthread_t thread;
        void *result;
        pthread_create(&thread, 0, drains, 0);
        pthread_join(thread, &result);
        printf("tcdrain of nothing: %ld\n", (long)result);
    }

    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, 0);
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 64};
    queue = mq_open("/osvrun-cancel", O_RDWR | O_CREAT, 0600, &attr);
    mq_unlink("/osvrun-cancel");
    pthread_t thread;
    void *result;
    waiting = 0;
    pthread_create(&thread, 0, receives, 0);
    while (!waiting) sched_yield();
    usleep(20000);
    pthread_kill(thread, SIGUSR1);
    while (!handled) sched_yield();
    usleep(20000);
    mq_send(queue, "after", 6, 0);
    pthread_join(thread, &result);
    printf("mq_timedreceive: %ld after a handler\n", (long)result);
    return 0;
}
