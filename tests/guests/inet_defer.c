//! Connections that are accepted once something came for them: TCP_DEFER_ACCEPT.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in at = {AF_INET, 0, {0}, {0}};
static int listener;

static int set(int fd, int value) { return setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, sizeof value); }
static int get(int fd) {
    int value = -5;
    socklen_t len = sizeof value;
    return getsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &value, &len) ? -errno : value;
}
static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}
static int connected(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct pollfd can_send = {fd, POLLOUT, 0};
    int result = connect(fd, (struct sockaddr *)&at, sizeof at);
    printf("connect %d, can send %d\n", result, poll(&can_send, 1, 0));
    return fd;
}
static int ready(int ms) {
    struct pollfd one = {listener, POLLIN, 0};
    return poll(&one, 1, ms);
}
static void show(const char *what) {
    char bytes[9] = "";
    int fd = accept(listener, NULL, NULL);
    ssize_t n = recv(fd, bytes, 8, MSG_DONTWAIT);
    printf("%s: %d, option %d, %zd '%s'\n", what, fd >= 0, get(fd), n, bytes);
    close(fd);
}

int main(void) {
    int values[] = {-3, 0, 1, 2, 3, 4, 8, 30, 32, 127, 128, 1000, 100000, 0x7fffffff};
    socklen_t len = sizeof at;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        int result = set(listener, values[i]);
        printf("%d: %d, %d\n", values[i], result, get(listener));
    }
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    printf("datagrams %d\n", set(datagrams, 3));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&at, sizeof at);
    listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&at, &len);

    set(listener, 60);
    int first = connected(), second = connected();
    printf("ready %d\n", ready(100));
    write(second, "second", 6);
    printf("ready %d\n", ready(-1));
    write(first, "first", 5);
    show("who sent first");
    show("who connected first");
    printf("left %d, option of a client %d\n", ready(0), get(first));

    int ended = connected();
    shutdown(ended, SHUT_WR);
    show("the end");
    int broken = connected();
    struct linger at_once = {1, 0};
    setsockopt(broken, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(broken);
    printf("broken %d\n", ready(100));

    set(listener, 1);
    double start = now();
    int silent = connected();
    printf("ready %d\n", ready(100));
    show("silent");
    printf("waited %d\n", now() - start > 0.9);
    start = now();
    int polled = connected();
    int is_ready = ready(-1);
    printf("ready %d, waited %d\n", is_ready, now() - start > 0.9);
    show("polled");
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    start = now();
    int watched = connected();
    int events = epoll_wait(epoll, &event, 1, -1);
    printf("events %d, waited %d\n", events, now() - start > 0.9);
    show("watched");

    set(listener, 60);
    int abandoned = connected();
    set(listener, 0);
    int next = connected();
    show("without the option");
    close(listener);
    return first + second + ended + silent + polled + watched + abandoned + next < 0;
}
