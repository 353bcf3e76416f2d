// kind: so pie
// Urgent bytes of local streams: MSG_OOB, the mark, SO_OOBINLINE, SIGURG, POLLPRI.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SIOCATMARK
#define SIOCATMARK 0x8905
#endif

static int ends[2];
static volatile int signals;

static void on_urgent(int number) {
    (void)number;
    signals++;
}

static void state(void) {
    int mark = 0;
    const char *error = "";
    if (ioctl(ends[0], SIOCATMARK, &mark)) error = strerrorname_np(errno);
    struct pollfd polled = {ends[0], POLLIN | POLLPRI, 0};
    poll(&polled, 1, 0);
    printf("    mark %d%s, poll %x\n", mark, error, polled.revents);
}

static void got(const char *what, size_t size, int flags) {
    char bytes[100] = "";
    struct iovec vector = {bytes, size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    ssize_t n = recvmsg(ends[0], &message, flags | MSG_DONTWAIT);
    if (n < 0) printf("  %s: %s\n", what, strerrorname_np(errno));
    else printf("  %s: %zd \"%s\" flags %x\n", what, n, bytes, message.msg_flags);
    state();
}

static void sent(const char *bytes, int flags) {
    ssize_t n = send(ends[1], bytes, strlen(bytes), flags);
    printf("  sent \"%s\"%s: %zd %s\n", bytes, flags & MSG_OOB ? ", urgent" : "", n, n < 0 ? strerrorname_np(errno) : "");
    state();
}

static void bytes_wait(void) {
    int bytes = -1;
    ioctl(ends[0], FIONREAD, &bytes);
    printf("    %d bytes\n", bytes);
}

static void fresh(const char *what, int kind) {
    puts(what);
    close(ends[0]);
    close(ends[1]);
    if (socketpair(AF_UNIX, kind, 0, ends)) perror("socketpair");
}

static void put_inline(int on) {
    setsockopt(ends[0], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
}

static void marks(void) {
    fresh("received by itself", SOCK_STREAM);
    got("none", 10, MSG_OOB);
    sent("hello", MSG_OOB);
    got("looked at", 10, MSG_OOB | MSG_PEEK);
    got("the others looked at", 10, MSG_PEEK);
    bytes_wait();
    got("it", 10, MSG_OOB);
    bytes_wait();
    got("again", 10, MSG_OOB);
    got("the others", 10, 0);
    bytes_wait();
    got("no more", 10, 0);

    fresh("read past", SOCK_STREAM);
    sent("hello", MSG_OOB);
    sent("world", 0);
    got("some", 3, 0);
    got("up to it", 10, 0);
    got("behind it, looked at", 10, MSG_PEEK);
    got("behind it", 10, 0);
    got("it", 10, MSG_OOB);

    fresh("received out of the middle", SOCK_STREAM);
    sent("hello", MSG_OOB);
    sent("world", 0);
    got("it", 1, MSG_OOB);
    got("looked at", 20, MSG_PEEK);
    got("up to the mark", 20, 0);
    got("looked at", 20, MSG_PEEK);
    got("behind it", 20, 0);

    fresh("two", SOCK_STREAM);
    sent("abc", MSG_OOB);
    sent("def", MSG_OOB);
    sent("ghi", 0);
    got("the first is none any more", 20, 0);
    got("the second", 10, MSG_OOB);
    got("the others", 20, 0);

    fresh("two, the first received before", SOCK_STREAM);
    sent("abc", MSG_OOB);
    got("it", 10, MSG_OOB);
    sent("def", MSG_OOB);
    sent("ghi", 0);
    got("looked at", 20, MSG_PEEK);
    got("up to the second", 20, 0);
    got("the others", 20, 0);

    fresh("two, both received before", SOCK_STREAM);
    sent("abc", MSG_OOB);
    got("it", 10, MSG_OOB);
    sent("def", MSG_OOB);
    got("it", 10, MSG_OOB);
    sent("ghi", 0);
    got("looked at", 20, MSG_PEEK);
    got("up to the first", 20, 0);
    got("up to the second", 20, 0);
    got("the others", 20, 0);

    fresh("next to each other", SOCK_STREAM);
    for (const char *byte = "ab"; *byte; byte++) {
        char one[2] = {*byte, 0};
        sent(one, MSG_OOB);
        got("it", 1, MSG_OOB);
    }
    sent("c", MSG_OOB);
    got("looked at", 20, MSG_PEEK);
    got("read", 20, 0);
}

static void ways(void) {
    fresh("in line", SOCK_STREAM);
    put_inline(1);
    sent("abc", MSG_OOB);
    sent("def", 0);
    got("by itself", 3, MSG_OOB);
    got("looked at", 20, MSG_PEEK);
    got("up to it", 20, 0);
    got("looked at", 20, MSG_PEEK);
    got("the others", 20, 0);

    fresh("in line once it is there", SOCK_STREAM);
    sent("abc", MSG_OOB);
    put_inline(1);
    got("up to it", 20, 0);
    got("it", 20, 0);

    fresh("alone, and read past", SOCK_STREAM);
    sent("a", MSG_OOB);
    got("looked at", 20, MSG_PEEK);
    got("read", 20, 0);
    got("it", 20, MSG_OOB);

    fresh("no room for it", SOCK_STREAM);
    sent("ab", MSG_OOB);
    got("it", 0, MSG_OOB);
    got("the other", 10, MSG_WAITALL);

    fresh("nothing", SOCK_STREAM);
    sent("", MSG_OOB);

    fresh("the end behind it", SOCK_STREAM);
    sent("ab", MSG_OOB);
    shutdown(ends[1], SHUT_WR);
    got("the other", 10, 0);
    got("the end", 10, 0);
    got("the end", 10, 0);

    fresh("nobody to receive it", SOCK_STREAM);
    shutdown(ends[0], SHUT_RD);
    sent("x", MSG_OOB);

    fresh("datagrams", SOCK_DGRAM);
    sent("x", MSG_OOB);
    got("it", 1, MSG_OOB);
    fresh("packets", SOCK_SEQPACKET);
    sent("x", MSG_OOB);
    got("it", 1, MSG_OOB);

    puts("closed");
    for (int takes = 0; takes < 2; takes++) {
        char byte;
        fresh(takes ? "  with the mark unread" : "  with the byte unread", SOCK_STREAM);
        sent("b", MSG_OOB);
        if (takes) got("it", 1, MSG_OOB);
        close(ends[0]);
        ends[0] = -1;
        ssize_t n = read(ends[1], &byte, 1);
        printf("  the other: %zd %s\n", n, n < 0 ? strerrorname_np(errno) : "");
    }

    puts("not connected");
    close(ends[1]);
    ends[1] = socket(AF_UNIX, SOCK_STREAM, 0);
    ends[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    sent("x", MSG_OOB);
    got("it", 1, MSG_OOB);

    fresh("no room to send", SOCK_STREAM);
    char piece[4096] = {0};
    while (send(ends[1], piece, sizeof piece, MSG_DONTWAIT) > 0) {}
    sent("x", MSG_OOB | MSG_DONTWAIT);
}

static void *sender(void *unused) {
    (void)unused;
    usleep(20000);
    send(ends[1], "!", 1, MSG_OOB);
    return 0;
}

static void waiting(void) {
    fresh("waited for", SOCK_STREAM);
    pthread_t thread;
    pthread_create(&thread, 0, sender, 0);
    struct pollfd polled = {ends[0], POLLPRI, 0};
    int polls = poll(&polled, 1, -1);
    printf("  poll: %d %x\n", polls, polled.revents);
    pthread_join(thread, 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    printf("  select: %d\n", select(ends[0] + 1, 0, 0, &set, &(struct timeval){0, 0}));
    int epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLPRI, {0}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
    printf("  epoll: %d", epoll_wait(epoll, &event, 1, 0));
    printf(" %x\n", event.events);
    got("it", 1, MSG_OOB);
}

/// A lot, of which only the last byte is urgent.
static void long_one(void) {
    enum { LONG = 70001 };
    static char bytes[LONG], back[LONG];
    fresh("a long one", SOCK_STREAM);
    for (int i = 0; i < LONG; i++) bytes[i] = 'a' + i % 26;
    printf("  sent %zd\n", send(ends[1], bytes, LONG, MSG_OOB));
    char byte = 0;
    ssize_t taken = recv(ends[0], &byte, 1, MSG_OOB);
    printf("  it: %zd %c\n", taken, byte);
    sent("!", MSG_OOB);
    ssize_t done = 0, n;
    while ((n = recv(ends[0], back + done, LONG - done, MSG_DONTWAIT)) > 0) done += n;
    printf("  the others: %zd %s\n", done, memcmp(bytes, back, LONG - 1) ? "differ" : "equal");
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    ends[0] = ends[1] = -1;
    marks();
    ways();
    waiting();
    long_one();
    fresh("a signal", SOCK_STREAM);
    signal(SIGURG, on_urgent);
    sent("a", MSG_OOB);
    fcntl(ends[0], F_SETOWN, getpid());
    sent("b", MSG_OOB);
    for (int i = 0; i < 1000 && !signals; i++) usleep(1000);
    sent("c", 0);
    usleep(20000);
    printf("signals: %d\n", signals);
    return 0;
}
