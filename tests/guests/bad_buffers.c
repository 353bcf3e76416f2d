// kind: so pie
// flags: -Wno-stringop-overflow -Wno-stringop-overread
// Buffers that are not there, or half: what a failed read leaves, what a failed write has taken.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#define BAD ((void *)16)
enum { PAGE = 4096 };
/// The last 10 bytes before a page that nobody may touch.
static char *half;

static void said(const char *what, long result) {
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
}

/// What can be read now without waiting.
static void holds(int fd) {
    char buf[64] = "";
    struct pollfd ready = {fd, POLLIN, 0};
    if (poll(&ready, 1, 0) < 1) {
        puts("  holds nothing");
        return;
    }
    long n = read(fd, buf, sizeof buf - 1);
    printf("  holds %ld:", n);
    for (int i = 0; i < n; i++) printf(buf[i] >= ' ' ? " %c" : " %d", buf[i]);
    puts("");
}

static void fill(int fd) {
    if (write(fd, "0123456789abcdefghij", 20) != 20) said("write", -1);
}

static void stream(const char *name, int from, int to, int is_socket) {
    printf("== %s\n", name);
    fill(to);
    said("read to nowhere", read(from, BAD, 8));
    holds(from);
    fill(to);
    said("read to half a buffer", read(from, half, 20));
    holds(from);
    char five[5];
    struct iovec parts[3] = {{five, 5}, {BAD, 5}, {five, 5}};
    fill(to);
    said("readv to some and nowhere", readv(from, parts, 3));
    holds(from);
    struct iovec halves[2] = {{five, 5}, {half, 12}};
    fill(to);
    said("readv to some and half", readv(from, halves, 2));
    holds(from);
    if (is_socket) {
        fill(to);
        said("recv to nowhere", recv(from, BAD, 8, 0));
        said("peek to nowhere", recv(from, BAD, 8, MSG_PEEK));
        said("recv of all to nowhere", recv(from, BAD, 20, MSG_WAITALL));
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
        said("recvmsg to some and nowhere", recvmsg(from, &message, 0));
        holds(from);
    }
    said("write from nowhere", write(to, BAD, 8));
    memcpy(half, "ABCDEFGHIJ", 10);
    said("write from half a buffer", write(to, half, 20));
    holds(from);
    memcpy(five, "VWXYZ", 5);
    said("writev from some and nowhere", writev(to, parts, 3));
    holds(from);
    said("writev from some and half", writev(to, halves, 2));
    holds(from);
    said("write from a page and nowhere", write(to, half + 10 - PAGE, 2 * PAGE));
    char page[PAGE];
    struct pollfd ready = {from, POLLIN, 0};
    if (poll(&ready, 1, 0) == 1) said("  holds", read(from, page, PAGE));
}

static void records(void) {
    int pair[2];
    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    puts("== datagrams");
    fill(pair[1]);
    said("read to nowhere", read(pair[0], BAD, 8));
    holds(pair[0]);
    fill(pair[1]);
    said("peek to nowhere", recv(pair[0], BAD, 8, MSG_PEEK));
    holds(pair[0]);
    said("write from nowhere", write(pair[1], BAD, 8));
    holds(pair[0]);
    struct iovec parts[2] = {{"VWXYZ", 5}, {BAD, 5}};
    said("writev from some and nowhere", writev(pair[1], parts, 2));
    holds(pair[0]);

    puts("== counters");
    int event = eventfd(7, EFD_NONBLOCK);
    said("read to nowhere", read(event, BAD, 8));
    holds(event);
    said("write from nowhere", write(event, BAD, 8));
    holds(event);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec soon = {{0, 0}, {0, 1}};
    timerfd_settime(timer, 0, &soon, 0);
    poll(&(struct pollfd){timer, POLLIN, 0}, 1, -1);
    said("read to nowhere", read(timer, BAD, 8));
    holds(timer);

    puts("== signals");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    int signals = signalfd(-1, &set, SFD_NONBLOCK);
    raise(SIGUSR1);
    said("read to nowhere", read(signals, BAD, 128));
    sigpending(&set);
    printf("  pending: %d\n", sigismember(&set, SIGUSR1));

    puts("== watches");
    int watch = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(watch, "/tmp", IN_CREATE);
    char path[] = "/tmp/osvrun-XXXXXX";
    int fd = mkstemp(path);
    said("read to nowhere", read(watch, BAD, 128));
    printf("  events: %d\n", poll(&(struct pollfd){watch, POLLIN, 0}, 1, 0));

    puts("== a file");
    fill(fd);
    lseek(fd, 0, SEEK_SET);
    said("read to nowhere", read(fd, BAD, 8));
    said("read to half a buffer", read(fd, half, 20));
    said("position", lseek(fd, 0, SEEK_CUR));
    said("pread to half a buffer", pread(fd, half, 20, 5));
    char five[5];
    struct iovec some[2] = {{five, 5}, {half, 12}};
    said("preadv to some and half", preadv(fd, some, 2, 0));
    lseek(fd, 0, SEEK_SET);
    memcpy(half, "ABCDEFGHIJ", 10);
    said("write from half a buffer", write(fd, half, 20));
    said("position", lseek(fd, 0, SEEK_CUR));
    said("writev from some and half", writev(fd, some, 2));
    said("length", lseek(fd, 0, SEEK_END));
    lseek(fd, 0, SEEK_SET);
    holds(fd);
    unlink(path);
}

int main(void) {
    setvbuf(stdout, 0, _IONBF, 0);
    signal(SIGPIPE, SIG_IGN);
    char *pages = mmap(0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + PAGE, PAGE, PROT_NONE);
    half = pages + PAGE - 10;
    int ends[2];
    if (pipe(ends)) return 1;
    stream("pipe", ends[0], ends[1], 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
    stream("unix stream", ends[0], ends[1], 1);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    bind(listener, (struct sockaddr *)&address, len);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &len);
    ends[1] = socket(AF_INET, SOCK_STREAM, 0);
    connect(ends[1], (struct sockaddr *)&address, len);
    ends[0] = accept(listener, 0, 0);
    stream("tcp", ends[0], ends[1], 1);
    int master, slave;
    if (openpty(&master, &slave, 0, 0, 0) == 0) {
        struct termios modes;
        tcgetattr(slave, &modes);
        cfmakeraw(&modes);
        tcsetattr(slave, TCSANOW, &modes);
        puts("== terminal");
        fill(master);
        usleep(50000);
        said("read to nowhere", read(slave, BAD, 8));
        holds(slave);
        said("write from nowhere", write(slave, BAD, 8));
        fill(slave);
        usleep(50000);
        said("master's read to nowhere", read(master, BAD, 8));
        holds(master);
    }
    records();
    return 0;
}
