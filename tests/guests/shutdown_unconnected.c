// kind: so pie
// shutdown(2) of sockets that are not connected: it fails, and what it asks for is kept all the same.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void told(const char *what, long result) { printf(" %s %s", what, result < 0 ? strerrorname_np(errno) : "done"); }

static void reads(int fd) {
    char byte;
    long got = read(fd, &byte, 1);
    printf(" read %s", got < 0 ? strerrorname_np(errno) : got ? "a byte" : "the end");
}

static void ready(int fd) {
    struct pollfd polled = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&polled, 1, 0);
    printf(" ready %x", polled.revents);
}

static void streams(int domain, const char *name) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        int fd = socket(domain, SOCK_STREAM, 0);
        printf("%s %d:", name, how);
        reads(fd);
        told("shutdown", shutdown(fd, how));
        ready(fd), reads(fd);
        told("write", write(fd, "x", 1));
        printf("\n");
        close(fd);
    }
}

static void listeners(void) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        bind(listener, (struct sockaddr *)&address, sizeof address), listen(listener, 3);
        printf("listening %d:", how);
        told("shutdown", shutdown(listener, how));
        ready(listener);
        told("accept", accept(listener, NULL, NULL));
        told("again", shutdown(listener, how));
        told("listen", listen(listener, 1));
        ready(listener);
        told("accept", accept(listener, NULL, NULL));
        getsockname(listener, (struct sockaddr *)&address, &size);
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        told("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
        told("accept", accept(listener, NULL, NULL));
        printf("\n");
        close(fd), close(listener);
    }
}

static long receives(int fd) {
    char bytes[8];
    usleep(2000);
    return recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
}

// A connection keeps what was shut down before it, but its other end hears of that only when it is said again, or at the end.
static void connections(int says_again) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
        bind(listener, (struct sockaddr *)&address, size), listen(listener, 3);
        getsockname(listener, (struct sockaddr *)&address, &size);
        printf("connection %d:", how);
        told("shutdown", shutdown(fd, how));
        told("connect", connect(fd, (struct sockaddr *)&address, size));
        int peer = accept(listener, NULL, NULL);
        ready(fd), ready(peer);
        told("write", write(fd, "x", 1));
        told("peer gets", receives(peer));
        told("peer writes", write(peer, "yz", 2));
        told("recv", receives(fd));
        ready(fd);
        told("recv", receives(fd));
        told("peer gets", receives(peer));
        if (says_again) {
            told("again", shutdown(fd, how));
            told("peer gets", receives(peer));
            ready(peer);
        } else {
            told("peer ends", shutdown(peer, SHUT_WR));
            told("recv", receives(fd));
            told("peer gets", receives(peer));
        }
        close(fd);
        told("peer gets", receives(peer));
        ready(peer);
        printf("\n");
        close(peer), close(listener);
    }
}

// What fails or ends a connection ends that, too.
static void forgotten(void) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        struct sockaddr none = {.sa_family = AF_UNSPEC};
        socklen_t size = sizeof address;
        int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);
        bind(listener, (struct sockaddr *)&address, size);
        getsockname(listener, (struct sockaddr *)&address, &size);
        printf("forgotten %d:", how);
        told("shutdown", shutdown(fd, how));
        told("connect", connect(fd, (struct sockaddr *)&address, size));
        ready(fd);
        listen(listener, 3);
        told("connect", connect(fd, (struct sockaddr *)&address, size));
        ready(fd);
        close(fd);
        fd = socket(AF_INET, SOCK_STREAM, 0);
        told("shutdown", shutdown(fd, how));
        told("disconnect", connect(fd, &none, sizeof none));
        ready(fd), reads(fd);
        printf("\n");
        close(fd), close(listener);
    }
}

static void datagrams(int domain, const char *name) {
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        int fd = socket(domain, SOCK_DGRAM, 0);
        char byte;
        printf("%s %d:", name, how);
        told("shutdown", shutdown(fd, how));
        ready(fd);
        told("recv", recv(fd, &byte, 1, MSG_DONTWAIT));
        if (how != SHUT_WR)
            reads(fd);
        told("write", write(fd, "x", 1));
        printf("\n");
        close(fd);
    }
}

static void packets(void) {
    int pair[2];
    char byte;
    for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
        socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
        printf("packets %d:", how);
        told("shutdown", shutdown(pair[0], how));
        told("recv", recv(pair[0], &byte, 1, MSG_DONTWAIT));
        told("the other", recv(pair[1], &byte, 1, MSG_DONTWAIT));
        printf("\n");
        close(pair[0]), close(pair[1]);
    }
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    streams(AF_INET, "tcp"), streams(AF_INET6, "tcp6"), streams(AF_UNIX, "unix");
    listeners();
    connections(1), connections(0), forgotten();
    datagrams(AF_INET, "udp"), datagrams(AF_UNIX, "unix datagrams");
    packets();
    return 0;
}
