// kind: pie
// poll, select, epoll, eventfd and timerfd.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static void wait_epoll(const char *what, int ep, int timeout) {
    struct epoll_event events[8];
    int n = epoll_wait(ep, events, 8, timeout);
    printf("%s: %d", what, n);
    for (int i = 0; i < n; i++)
        printf(" (%lu %#x)", (unsigned long)events[i].data.u64, events[i].events);
    printf("\n");
}

static void control(int ep, int op, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    int result = epoll_ctl(ep, op, fd, &event);
    if (result)
        printf("epoll_ctl %d errno %d\n", op, errno);
}

static void *late_writer(void *arg) {
    struct timespec pause = {0, 30000000};
    nanosleep(&pause, NULL);
    write(*(int *)arg, "late", 4);
    return NULL;
}

int main(void) {
    int p[2], q[2];
    char buf[64];
    int n;
    pipe(p), pipe(q);
    struct pollfd fds[3] = {{p[0], POLLIN, 0}, {q[1], POLLOUT, 0}, {-1, POLLIN, 7}};
    n = poll(fds, 3, 0);
    printf("poll %d: %#x %#x %#x\n", n, fds[0].revents, fds[1].revents, fds[2].revents);
    fds[2].fd = 99;
    n = poll(fds, 3, 0);
    printf("poll %d: %#x\n", n, fds[2].revents);
    fds[1].fd = -1, fds[2].fd = -1;
    n = poll(fds, 3, 20);
    printf("timeout %d\n", n);
    pthread_t thread;
    pthread_create(&thread, NULL, late_writer, &p[1]);
    fds[1].fd = q[0], fds[1].events = POLLIN;
    n = poll(fds, 3, 5000);
    printf("late %d: %#x %#x\n", n, fds[0].revents, fds[1].revents);
    pthread_join(thread, NULL);
    fd_set r, w;
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r);
    FD_SET(q[0], &r);
    FD_SET(q[1], &w);
    struct timeval tv = {1, 0};
    n = select(q[1] + 1, &r, &w, NULL, &tv);
    printf("select %d: %d %d %d\n", n, FD_ISSET(p[0], &r) != 0, FD_ISSET(q[0], &r) != 0, FD_ISSET(q[1], &w) != 0);
    FD_ZERO(&r);
    int closed = dup(p[0]); /* within the descriptor table: Linux looks no further than its end */
    close(closed);
    FD_SET(closed, &r);
    say("select bad", select(closed + 1, &r, NULL, NULL, &tv));

    int ep = epoll_create1(0);
    control(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
    control(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
    control(ep, EPOLL_CTL_MOD, q[0], EPOLLIN, 1);
    control(ep, EPOLL_CTL_ADD, ep, EPOLLIN, 1);
    control(ep, EPOLL_CTL_ADD, 98, EPOLLIN, 1);
    wait_epoll("level", ep, 0);
    wait_epoll("level again", ep, 0);
    read(p[0], buf, sizeof buf);
    wait_epoll("empty", ep, 0);
    control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2);
    write(p[1], "a", 1);
    wait_epoll("edge", ep, 0);
    wait_epoll("edge again", ep, 0);
    write(p[1], "b", 1);
    wait_epoll("new edge", ep, 0);
    control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 3);
    wait_epoll("oneshot", ep, 0);
    write(p[1], "c", 1);
    wait_epoll("oneshot again", ep, 0);
    control(ep, EPOLL_CTL_MOD, p[0], EPOLLIN, 4);
    wait_epoll("armed", ep, 0);
    control(ep, EPOLL_CTL_DEL, p[0], 0, 0);
    wait_epoll("deleted", ep, 0);
    control(ep, EPOLL_CTL_ADD, q[0], EPOLLIN | EPOLLRDHUP, 5);
    pthread_create(&thread, NULL, late_writer, &q[1]);
    wait_epoll("late", ep, 5000);
    pthread_join(thread, NULL);
    close(q[1]);
    read(q[0], buf, sizeof buf);
    wait_epoll("hang up", ep, 0);
    close(q[0]);
    wait_epoll("closed", ep, 0);
    int outer = epoll_create1(EPOLL_CLOEXEC);
    control(outer, EPOLL_CTL_ADD, ep, EPOLLIN, 6);
    wait_epoll("nested empty", outer, 0);
    control(ep, EPOLL_CTL_ADD, p[0], EPOLLIN, 7);
    wait_epoll("nested", outer, 100);
    control(ep, EPOLL_CTL_DEL, p[0], 0, 0);

    int ev = eventfd(3, EFD_NONBLOCK);
    uint64_t value = 4;
    say("add", write(ev, &value, 8));
    say("take", read(ev, &value, 8));
    printf("value %lu\n", (unsigned long)value);
    say("take again", read(ev, &value, 8));
    value = UINT64_MAX;
    say("too much", write(ev, &value, 8));
    say("short", read(ev, buf, 4));
    int sem = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    read(sem, &value, 8);
    printf("semaphore %lu\n", (unsigned long)value);
    control(ep, EPOLL_CTL_ADD, sem, EPOLLIN | EPOLLOUT, 8);
    wait_epoll("eventfd", ep, 0);
    control(ep, EPOLL_CTL_DEL, sem, 0, 0);

    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    say("not set", read(timer, &value, 8));
    struct itimerspec when = {{0, 0}, {0, 20000000}};
    say("set", timerfd_settime(timer, 0, &when, NULL));
    control(ep, EPOLL_CTL_ADD, timer, EPOLLIN, 9);
    wait_epoll("before", ep, 0);
    wait_epoll("timer", ep, 5000);
    say("fired", read(timer, &value, 8));
    printf("times %lu\n", (unsigned long)value);
    wait_epoll("after", ep, 0);
    when.it_interval.tv_nsec = 1000000, when.it_value.tv_nsec = 1000000;
    timerfd_settime(timer, 0, &when, NULL);
    struct pollfd one = {timer, POLLIN, 0};
    int ticks = 0;
    while (ticks < 5) {
        poll(&one, 1, 1000);
        if (read(timer, &value, 8) == 8)
            ticks += (int)value;
    }
    printf("interval ok\n");
    struct itimerspec now;
    timerfd_gettime(timer, &now);
    printf("interval %ld\n", now.it_interval.tv_nsec);
    return 0;
}
