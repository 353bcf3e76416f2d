// kind: so pie
// flags: -pthread -lrt
// The threads of SIGEV_THREAD have the stack that a thread has by default, or that their attributes ask for.
#define _GNU_SOURCE
#include <aio.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static sem_t done;
static size_t stack_bytes, guard_bytes;
static int detached, sum, value;

__attribute__((noinline)) static int deep(size_t bytes) {
    volatile char room[bytes];
    for (size_t i = 0; i < bytes; i += 1024)
        room[i] = 1;
    return room[0] + room[bytes - 1024];
}

static void notice(union sigval v) {
    pthread_attr_t attr;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstacksize(&attr, &stack_bytes);
    pthread_attr_getguardsize(&attr, &guard_bytes);
    pthread_attr_getdetachstate(&attr, &detached);
    pthread_attr_destroy(&attr);
    sum = deep(stack_bytes / 2);
    value = v.sival_int;
    sem_post(&done);
}

// A stack may be one that a larger thread left.
static void tell(const char *what, size_t wanted) {
    sem_wait(&done);
    printf("%s: value %d, enough stack %d, guard %zu, detached %d, sum %d\n", what, value, stack_bytes + guard_bytes >= wanted, guard_bytes, detached, sum);
}

static void timer(const char *what, int number, pthread_attr_t *attr) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = number};
    event.sigev_notify_function = notice;
    event.sigev_notify_attributes = attr;
    timer_t id;
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    timer_create(CLOCK_MONOTONIC, &event, &id);
    if (attr)
        pthread_attr_setguardsize(attr, 32768);
    timer_settime(id, 0, &soon, NULL);
    tell(what, attr ? 3 << 20 : 8 << 20);
    timer_delete(id);
}

static void queue(const char *what, int number, pthread_attr_t *attr) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = number};
    event.sigev_notify_function = notice;
    event.sigev_notify_attributes = attr;
    struct mq_attr kind = {.mq_maxmsg = 2, .mq_msgsize = 8};
    mqd_t queue = mq_open("/osvrun-notices", O_CREAT | O_RDWR, 0600, &kind);
    mq_unlink("/osvrun-notices");
    int told = mq_notify(queue, &event);
    if (attr)
        pthread_attr_setguardsize(attr, 32768);
    printf("mq_notify %d, send %d\n", told, mq_send(queue, "x", 1, 0));
    tell(what, attr ? 3 << 20 : 8 << 20);
    mq_close(queue);
}

static void request(const char *what, int number, pthread_attr_t *attr) {
    struct aiocb block = {.aio_fildes = open("/dev/zero", O_RDONLY), .aio_buf = &value, .aio_nbytes = 1};
    block.aio_sigevent.sigev_notify = SIGEV_THREAD;
    block.aio_sigevent.sigev_value.sival_int = number;
    block.aio_sigevent.sigev_notify_function = notice;
    block.aio_sigevent.sigev_notify_attributes = attr;
    aio_read(&block);
    tell(what, attr ? 3 << 20 : 8 << 20);
    aio_return(&block);
    close(block.aio_fildes);
}

int main(void) {
    pthread_attr_t attr;
    sem_init(&done, 0, 0);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 3 << 20);
    timer("timer", 1, NULL);
    pthread_attr_setguardsize(&attr, 16384);
    timer("timer, attributes", 2, &attr);
    queue("queue", 3, NULL);
    pthread_attr_setguardsize(&attr, 0);
    queue("queue, attributes", 4, &attr);
    request("request", 5, NULL);
    pthread_attr_setguardsize(&attr, 8192);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    request("request, attributes", 6, &attr);
    return 0;
}
