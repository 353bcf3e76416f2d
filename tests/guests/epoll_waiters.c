// kind: pie
// Threads wait on one instance: all are told of a file that stays ready, and only one at a time of a file that is wanted
// once (EPOLLONESHOT).
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAITERS = 3, WRITERS = 2, FILES = 2, ROUNDS = 30000 };

static int watch, files[FILES];
static atomic_int inside[FILES], twice, ends;
static atomic_long taken;

static void *wait_once(void *unused) {
    struct epoll_event found;
    if (epoll_wait(watch, &found, 1, -1) == 1) ends++;
    return unused;
}

static void all_are_told(void) {
    for (int i = 0; i < 500; i++) {
        pthread_t waiters[WAITERS];
        watch = epoll_create1(0);
        for (int w = 0; w < WAITERS; w++) pthread_create(&waiters[w], NULL, wait_once, NULL);
        int fd = eventfd(1, 0);
        struct epoll_event event = {.events = EPOLLIN};
        epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event);
        for (int w = 0; w < WAITERS; w++) pthread_join(waiters[w], NULL);
        close(fd);
        close(watch);
    }
    printf("told %d\n", ends);
    ends = 0;
}

static void *wait_for_files(void *unused) {
    (void)unused;
    struct epoll_event found[FILES];
    for (;;) {
        int count = epoll_wait(watch, found, FILES, -1);
        for (int i = 0; i < count; i++) {
            int which = found[i].data.u32;
            if (which == FILES) {
                ends++;
                return NULL;
            }
            if (atomic_fetch_add(&inside[which], 1)) twice++;
            unsigned long value;
            if (read(files[which], &value, sizeof value) == sizeof value) taken += value;
            atomic_fetch_sub(&inside[which], 1);
            struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = which};
            if (epoll_ctl(watch, EPOLL_CTL_MOD, files[which], &event)) printf("mod: %d\n", errno);
        }
    }
}

static void *write_all(void *unused) {
    unsigned long one = 1;
    for (int i = 0; i < ROUNDS; i++) write(files[i % FILES], &one, sizeof one);
    return unused;
}

int main(void) {
    all_are_told();
    watch = epoll_create1(0);
    for (int i = 0; i < FILES; i++) {
        files[i] = eventfd(0, EFD_NONBLOCK);
        struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u32 = i};
        epoll_ctl(watch, EPOLL_CTL_ADD, files[i], &event);
    }
    pthread_t waiters[WAITERS];
    for (int i = 0; i < WAITERS; i++) pthread_create(&waiters[i], NULL, wait_for_files, NULL);
    pthread_t writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) pthread_create(&writers[i], NULL, write_all, NULL);
    for (int i = 0; i < WRITERS; i++) pthread_join(writers[i], NULL);
    while (taken < WRITERS * ROUNDS) usleep(1000);
    int end = eventfd(1, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = FILES};
    epoll_ctl(watch, EPOLL_CTL_ADD, end, &event);
    for (int i = 0; i < WAITERS; i++) pthread_join(waiters[i], NULL);
    printf("taken %ld twice %d ends %d\n", taken, twice, ends);
    return 0;
}
