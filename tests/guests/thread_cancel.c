// kind: so pie
// flags: -pthread
// Where a cancelled thread ends: at the next call that is a cancellation point, which is not even begun, in one that waits, or
// anywhere if it said so. A stream in use is free again.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static int empty[2], filled[2], pair[2], queue_id;
static mqd_t queue;
static volatile int waits;
static char text[64];

static void calls_write(void) { write(filled[1], "abc", 3); }
static void calls_read(void) { read(empty[0], text, 3); }
static void calls_open(void) { open("/tmp/thread_cancel", O_CREAT | O_WRONLY, 0600); }
static void calls_close(void) { close(filled[1]); }
static void calls_getrandom(void) { getentropy(text, 4), fallocate(filled[0], 0, 0, 1); }
static void calls_nanosleep(void) { clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){100, 0}, NULL); }
static void calls_thrd_sleep(void) { thrd_sleep(&(struct timespec){100, 0}, NULL); }
static void calls_mq_receive(void) { mq_receive(queue, text, sizeof text, NULL); }
static void calls_msgrcv(void) { msgrcv(queue_id, text, 8, 0, 0); }
static void calls_splice(void) { splice(empty[0], NULL, filled[1], NULL, 10, 0); }
static void calls_recvmmsg(void)
{
    struct iovec into = {text, 8};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &into, .msg_iovlen = 1}};
    recvmmsg(pair[0], &message, 1, 0, NULL);
}
static void calls_flush(void) { puts("printed later"), fflush(stdout); }

static const struct {
    const char *name;
    void (*call)(void);
    int may_wait;
} calls[] = {
    {"write", calls_write}, {"read", calls_read, 1}, {"open", calls_open}, {"fallocate", calls_getrandom},
    {"clock_nanosleep", calls_nanosleep, 1}, {"thrd_sleep", calls_thrd_sleep, 1}, {"mq_receive", calls_mq_receive, 1},
    {"msgrcv", calls_msgrcv, 1}, {"splice", calls_splice, 1}, {"recvmmsg", calls_recvmmsg, 1}, {"fflush", calls_flush},
    {"close", calls_close},
};

static void *cancels_itself(void *call)
{
    pthread_cancel(pthread_self());
    ((void (*)(void))call)();
    return NULL;
}

static void *is_cancelled(void *call)
{
    waits = 1;
    ((void (*)(void))call)();
    return NULL;
}

static void *computes(void *deferred)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    waits = 1;
    for (volatile unsigned long i = 0;; i++);
}

static const char *ended(pthread_t thread)
{
    void *result;
    pthread_join(thread, &result);
    return result == PTHREAD_CANCELED ? "cancelled" : "returned";
}

int main(void)
{
    pthread_t thread;
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    pipe(empty), pipe(filled), socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    unlink("/tmp/thread_cancel");
    mq_unlink("/thread_cancel");
    queue = mq_open("/thread_cancel", O_CREAT | O_RDWR, 0600, &attributes);
    queue_id = msgget(IPC_PRIVATE, 0600);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int there = -1;
        pthread_create(&thread, NULL, cancels_itself, (void *)calls[i].call);
        const char *end = ended(thread);
        ioctl(filled[0], FIONREAD, &there);
        printf("%s: %s, in the pipe %d, open %d, file %d\n", calls[i].name, end, there, fcntl(filled[1], F_GETFD) >= 0,
               access("/tmp/thread_cancel", F_OK) == 0);
        if (!calls[i].may_wait)
            continue;
        waits = 0;
        pthread_create(&thread, NULL, is_cancelled, (void *)calls[i].call);
        while (!waits || usleep(2000));
        pthread_cancel(thread);
        printf("%s while it waits: %s\n", calls[i].name, ended(thread));
    }
    waits = 0;
    pthread_create(&thread, NULL, computes, NULL);
    while (!waits);
    pthread_cancel(thread);
    printf("computing: %s\n", ended(thread));
    msgctl(queue_id, IPC_RMID, NULL);
    mq_unlink("/thread_cancel");
    return 0;
}
