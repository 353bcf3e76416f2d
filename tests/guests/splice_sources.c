// kind: pie
// What splice(2) takes into a pipe and gives out of one: sockets, terminals, devices, and what it refuses.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int ends[2];

static void said(const char *what, long result) {
    printf("  %s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
}

static void emptied(int shows) {
    char bytes[200];
    ssize_t n = read(ends[0], bytes, sizeof bytes);
    if (shows && n > 0) printf("  \"%.*s\"\n", (int)n, bytes);
}

enum { SHOWS = 1 };

/// Splices from and to a file, with and without an offset, and sends from it.
static void ways(const char *what, int fd, int how) {
    printf("%s\n", what);
    said("in", splice(fd, 0, ends[1], 0, 50, SPLICE_F_NONBLOCK));
    emptied(how & SHOWS);
    loff_t at = 0;
    said("in at an offset", splice(fd, &at, ends[1], 0, 50, SPLICE_F_NONBLOCK));
    emptied(0);
    printf("  at %ld\n", (long)at);
    int memory = memfd_create("to", 0);
    said("sendfile", sendfile(memory, fd, 0, 10));
    close(memory);
    if (write(ends[1], "spliced\n", 8) != 8) said("write", -1);
    said("out", splice(ends[0], 0, fd, 0, 8, SPLICE_F_NONBLOCK));
    emptied(0);
    at = 0;
    if (write(ends[1], "spliced\n", 8) != 8) said("write", -1);
    said("out at an offset", splice(ends[0], 0, fd, &at, 8, SPLICE_F_NONBLOCK));
    emptied(0);
    printf("  at %ld\n", (long)at);
}

static void pair(int kind, int fds[2]) {
    if (socketpair(AF_UNIX, kind, 0, fds)) said("socketpair", -1);
}

static void sent(int fd, const char *text) {
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text)) said("write", -1);
}

static void internet(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    bind(listening, (void *)&name, len);
    listen(listening, 1);
    getsockname(listening, (void *)&name, &len);
    ways("tcp, listening", listening, 0);
    ways("tcp, not connected", client, 0);
    connect(client, (void *)&name, len);
    int server = accept(listening, 0, 0);
    sent(client, "by tcp");
    ways("tcp", server, SHOWS);
    shutdown(client, SHUT_WR);
    said("tcp, at its end", splice(server, 0, ends[1], 0, 50, 0));
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
    bind(datagrams, (void *)&name, len);
    connect(sender, (void *)&name, len);
    sent(sender, "one");
    sent(sender, "another");
    ways("udp", datagrams, SHOWS);
    said("a part of the next datagram", splice(datagrams, 0, ends[1], 0, 3, 0));
    emptied(1);
}

static void *later(void *fd) {
    usleep(20000);
    sent(*(int *)fd, "at last");
    return 0;
}

/// Moves a lot from one stream to another by way of a small pipe.
static void relayed(void) {
    enum { TOTAL = 300000 };
    int from[2], to[2], small[2];
    pair(SOCK_STREAM, from);
    pair(SOCK_STREAM, to);
    if (pipe(small)) said("pipe", -1);
    fcntl(small[0], F_SETPIPE_SZ, 4096);
    unsigned char piece[1000];
    unsigned next = 0, seen = 0, wrong = 0;
    for (unsigned done = 0; done < TOTAL;) {
        for (unsigned i = 0; i < sizeof piece; i++) piece[i] = next++ % 251;
        if (write(from[1], piece, sizeof piece) != sizeof piece) said("write", -1);
        for (unsigned left = sizeof piece; left > 0;) {
            ssize_t in = splice(from[0], 0, small[1], 0, left, SPLICE_F_MOVE | SPLICE_F_MORE);
            if (in <= 0) return said("in", in);
            for (ssize_t out = in; out > 0;) {
                ssize_t n = splice(small[0], 0, to[0], 0, out, SPLICE_F_MOVE);
                if (n <= 0) return said("out", n);
                out -= n;
            }
            left -= in;
        }
        ssize_t got = recv(to[1], piece, sizeof piece, MSG_WAITALL);
        for (ssize_t i = 0; i < got; i++) wrong += piece[i] != seen++ % 251;
        done += got;
    }
    printf("relayed %u, %u of them wrong\n", seen, wrong);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    if (pipe2(ends, 0)) return 1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ways("null", open("/dev/null", O_RDWR), 0);
    ways("zero", open("/dev/zero", O_RDWR), 0);
    ways("full", open("/dev/full", O_RDWR), 0);
    ways("urandom", open("/dev/urandom", O_RDWR), 0);
    ways("eventfd", eventfd(3, EFD_NONBLOCK), 0);
    ways("timerfd", timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), 0);
    sigset_t set;
    sigemptyset(&set);
    ways("signalfd", signalfd(-1, &set, SFD_NONBLOCK), 0);
    ways("inotify", inotify_init1(IN_NONBLOCK), 0);
    ways("epoll", epoll_create1(0), 0);
    ways("a folder", open("/tmp", O_RDONLY), 0);
    int fds[2];
    pair(SOCK_STREAM, fds);
    ways("local stream, empty", fds[0], 0);
    sent(fds[1], "by stream");
    ways("local stream", fds[0], SHOWS);
    pair(SOCK_DGRAM | SOCK_NONBLOCK, fds);
    ways("local datagrams, none", fds[0], 0);
    sent(fds[1], "one");
    sent(fds[1], "another");
    ways("local datagrams", fds[0], SHOWS);
    pair(SOCK_SEQPACKET, fds);
    sent(fds[1], "one");
    sent(fds[1], "another");
    ways("local packets", fds[0], SHOWS);
    ways("local stream, not connected", socket(AF_UNIX, SOCK_STREAM, 0), 0);
    internet();
    int master, slave;
    if (openpty(&master, &slave, 0, 0, 0)) return 1;
    sent(master, "typed\n");
    ways("the slave of a terminal", slave, SHOWS);
    if (openpty(&master, &slave, 0, 0, 0)) return 1;
    sent(slave, "shown");
    struct pollfd shown = {master, POLLIN, 0};
    poll(&shown, 1, -1);
    fcntl(master, F_SETFL, O_NONBLOCK);
    ways("the master of another", master, SHOWS);

    fcntl(ends[0], F_SETFL, 0);
    pair(SOCK_STREAM, fds);
    pthread_t thread;
    pthread_create(&thread, 0, later, &fds[1]);
    puts("waiting");
    said("in", splice(fds[0], 0, ends[1], 0, 50, 0));
    emptied(1);
    pthread_join(thread, 0);
    int zero = open("/dev/zero", O_RDONLY), full[2];
    if (pipe2(full, O_NONBLOCK)) return 1;
    long moved = splice(zero, 0, full[1], 0, 65536, 0);
    while (moved > 0) moved = splice(zero, 0, full[1], 0, 65536, 0);
    said("a pipe that is full", moved);
    close(full[0]);
    said("a pipe that nobody reads", splice(zero, 0, full[1], 0, 10, 0));
    relayed();
    return 0;
}
