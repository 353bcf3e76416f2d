// kind: pie
// A small server of HTTP on one epoll instance with two threads, and eight clients that keep connections for some
// requests each; clients wait through epoll, too.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 8, CONNECTIONS = 20, REQUESTS = 10, SERVERS = 2 };

struct connection {
    int fd;
    char in[8192];
    size_t have;
    char out[16384];
    size_t done, len;
    int closing;
};

static int listener, watch, stop;
static struct sockaddr_in address;
static atomic_int served, accepted, closed;
static struct connection *const is_listener = (void *)1;

static void fail(const char *what) {
    printf("%s failed: errno %d\n", what, errno);
    exit(1);
}

// Answers whole requests; returns 0 when the connection is over.
static int answer(struct connection *c) {
    for (;;) {
        while (c->done < c->len) {
            ssize_t n = send(c->fd, c->out + c->done, c->len - c->done, MSG_NOSIGNAL);
            if (n < 0) return errno == EAGAIN;
            c->done += n;
        }
        c->done = c->len = 0;
        if (c->closing) return 0;
        char *end = memmem(c->in, c->have, "\r\n\r\n", 4);
        if (end) {
            char path[256];
            size_t body = 0, whole = end + 4 - c->in;
            if (sscanf(c->in, "POST %255s HTTP/1.1\r\nContent-Length: %zu", path, &body) != 2) fail("request");
            if (c->have >= whole + body) {
                c->len = snprintf(c->out, sizeof c->out, "HTTP/1.1 200 OK\r\nX-Path: %s\r\nContent-Length: %zu\r\n\r\n", path, body);
                memcpy(c->out + c->len, c->in + whole, body);
                c->len += body;
                c->closing = memmem(c->in, whole, "Connection: close", 17) != NULL;
                c->have -= whole + body;
                memmove(c->in, c->in + whole + body, c->have);
                served++;
                continue;
            }
        }
        ssize_t n = recv(c->fd, c->in + c->have, sizeof c->in - c->have, 0);
        if (n == 0) return 0;
        if (n < 0) return errno == EAGAIN;
        c->have += n;
    }
}

static void *serve(void *unused) {
    (void)unused;
    struct epoll_event found[16];
    for (;;) {
        int n = epoll_wait(watch, found, 16, 20000);
        if (n <= 0) fail("epoll_wait");
        for (int i = 0; i < n; i++) {
            struct connection *c = found[i].data.ptr;
            if (!c) return NULL;
            if (c == is_listener) {
                for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
                    accepted++;
                    struct connection *fresh = calloc(1, sizeof *fresh);
                    fresh->fd = fd;
                    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET | EPOLLONESHOT, .data.ptr = fresh};
                    if (epoll_ctl(watch, EPOLL_CTL_ADD, fd, &event)) fail("add");
                }
                continue;
            }
            if (answer(c)) {
                unsigned wanted = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT | (c->done < c->len ? EPOLLOUT : 0);
                struct epoll_event event = {.events = wanted, .data.ptr = c};
                if (epoll_ctl(watch, EPOLL_CTL_MOD, c->fd, &event)) fail("mod");
            } else {
                close(c->fd);
                free(c);
                closed++;
            }
        }
    }
}

static void wait_for(int epoll, int fd, unsigned events) {
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data.fd = fd}, found;
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event)) fail("client mod");
    if (epoll_wait(epoll, &found, 1, 20000) != 1) fail("client epoll_wait");
}

static void *ask(void *arg) {
    long who = (long)arg, good = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, error = -1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = 0, .data.fd = fd};
        if (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) fail("connect");
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        wait_for(epoll, fd, EPOLLOUT);
        socklen_t len = sizeof error;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
        if (error) fail("connection");
        for (int r = 0; r < REQUESTS; r++) {
            static const char *const ends[] = {"", "Connection: close\r\n"};
            char request[8192], got[16384], want[16384];
            size_t body = (who * 331 + i * 97 + r * 613) % 6000;
            int head = snprintf(request, sizeof request, "POST /%ld/%d/%d HTTP/1.1\r\nContent-Length: %zu\r\n%s\r\n", who, i, r, body, ends[r == REQUESTS - 1]);
            for (size_t b = 0; b < body; b++) request[head + b] = who + i + r + b;
            size_t all = head + body, sent = 0;
            // In pieces, so that the server sees requests that are not whole.
            while (sent < all) {
                size_t piece = r % 3 ? all - sent : 1 + (all - sent) / 2;
                ssize_t n = send(fd, request + sent, piece, MSG_NOSIGNAL);
                if (n < 0 && errno == EAGAIN) wait_for(epoll, fd, EPOLLOUT);
                else if (n < 0) fail("send");
                else sent += n;
            }
            size_t expected = snprintf(want, sizeof want, "HTTP/1.1 200 OK\r\nX-Path: /%ld/%d/%d\r\nContent-Length: %zu\r\n\r\n", who, i, r, body);
            memcpy(want + expected, request + head, body);
            expected += body;
            size_t have = 0;
            while (have < expected) {
                ssize_t n = recv(fd, got + have, sizeof got - have, 0);
                if (n < 0 && errno == EAGAIN) wait_for(epoll, fd, EPOLLIN);
                else if (n <= 0) fail("recv");
                else have += n;
            }
            good += have == expected && !memcmp(got, want, have);
        }
        char byte;
        wait_for(epoll, fd, EPOLLIN);
        if (recv(fd, &byte, 1, 0) != 0) fail("end");
        close(fd);
    }
    close(epoll);
    return (void *)good;
}

int main(void) {
    alarm(50);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) fail("listen");
    socklen_t len = sizeof address;
    getsockname(listener, (struct sockaddr *)&address, &len);
    watch = epoll_create1(EPOLL_CLOEXEC);
    stop = eventfd(0, 0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = is_listener};
    if (epoll_ctl(watch, EPOLL_CTL_ADD, listener, &event)) fail("watch");
    event = (struct epoll_event){.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(watch, EPOLL_CTL_ADD, stop, &event);
    pthread_t servers[SERVERS], clients[CLIENTS];
    for (long i = 0; i < SERVERS; i++) pthread_create(&servers[i], NULL, serve, NULL);
    for (long i = 0; i < CLIENTS; i++) pthread_create(&clients[i], NULL, ask, (void *)i);
    for (int i = 0; i < CLIENTS; i++) {
        void *good;
        pthread_join(clients[i], &good);
        printf("client %d: %ld answers as expected\n", i, (long)good);
    }
    eventfd_write(stop, 1);
    for (int i = 0; i < SERVERS; i++) pthread_join(servers[i], NULL);
    printf("accepted %d served %d closed %d\n", accepted, served, closed);
    close(listener);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int result = connect(fd, (struct sockaddr *)&address, sizeof address);
    printf("afterwards %d errno %d\n", result, errno);
}
