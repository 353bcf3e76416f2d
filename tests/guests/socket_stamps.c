//! When messages arrived: SO_TIMESTAMP and its like.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const int names[] = {29, 35, 63, 64, 29};

static int set(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value); }
static void show_options(int fd) {
    for (int i = 0; i < 4; i++) {
        int value = -5;
        socklen_t len = sizeof value;
        int result = getsockopt(fd, SOL_SOCKET, names[i], &value, &len);
        printf(" %d=%d", names[i], result ? -errno : value);
    }
    puts("");
}
static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

// Receives with so much room for what comes along, and shows that; a stamp lies between `start` and now.
static void show(int fd, int flags, size_t room, long long start) {
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    char text[16];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = room};
    ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | flags);
    printf("got %zd, %zu%s:", n, n < 0 ? 0 : message.msg_controllen, n >= 0 && message.msg_flags & MSG_CTRUNC ? " cut" : "");
    for (struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        printf(" %d/%d (%zu)", head->cmsg_level, head->cmsg_type, (size_t)head->cmsg_len);
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type == SCM_RIGHTS || head->cmsg_type == SCM_CREDENTIALS) continue;
        if (head->cmsg_len != CMSG_LEN(16)) continue;
        long long time[2];
        memcpy(time, CMSG_DATA(head), sizeof time);
        int is_fine = head->cmsg_type == 35 || head->cmsg_type == 64;
        long long unit = is_fine ? 1 : 1000, stamp = time[0] * 1000000000LL + time[1] * unit;
        printf(" %s", stamp >= start / unit * unit && stamp <= now() ? "in time" : "at another time");
    }
    puts("");
}

static void exchange(const char *what, int from, int to) {
    printf("%s:", what);
    show_options(to);
    send(from, "unasked", 7, 0);
    show(to, 0, 256, 0);
    for (int i = 0; i < 5; i++) {
        printf("%d: %d", names[i], set(to, SOL_SOCKET, names[i], 1 + i));
        show_options(to);
        long long start = now();
        send(from, "hello", 5, 0);
        usleep(2000);
        show(to, MSG_PEEK, 256, start);
        show(to, 0, 256, start);
    }
    for (size_t room = 0; room <= 48; room += 8) {
        send(from, "hello", 5, 0);
        printf("room %zu: ", room);
        show(to, 0, room, 0);
    }
    send(from, "late", 4, 0);
    printf("off %d", set(to, SOL_SOCKET, 64, 0));
    show_options(to);
    show(to, 0, 256, 0);
    printf("new %d", set(to, SOL_SOCKET, 64, 1));
    show_options(to);
    printf("off %d", set(to, SOL_SOCKET, 29, 0));
    show_options(to);
    set(to, SOL_SOCKET, 35, 1);
}

int main(void) {
    int pair[2], in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in at = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t len = sizeof at;
    bind(in, (struct sockaddr *)&at, sizeof at);
    getsockname(in, (struct sockaddr *)&at, &len);
    connect(out, (struct sockaddr *)&at, len);
    exchange("udp", out, in);
    set(in, IPPROTO_IP, IP_RECVTTL, 1);
    set(in, IPPROTO_IP, IP_PKTINFO, 1);
    send(out, "hello", 5, 0);
    show(in, 0, 256, 0);
    send(out, "hello", 5, 0);
    show(in, 0, 60, 0);
    char byte = 0;
    printf("too short %d\n", setsockopt(in, SOL_SOCKET, SO_TIMESTAMP, &byte, 1));

    socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
    exchange("local messages", pair[0], pair[1]);
    set(pair[1], SOL_SOCKET, SO_PASSCRED, 1);
    send(pair[0], "hello", 5, 0);
    show(pair[1], 0, 256, 0);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
    exchange("local connection", pair[0], pair[1]);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    exchange("local stream", pair[0], pair[1]);
    return 0;
}
