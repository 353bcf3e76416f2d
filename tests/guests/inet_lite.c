// kind: so pie
// UDP-Lite: ports of its own, and messages whose checksums cover a part of them.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LITE = 136, UDP = 17, SEND = 10, RECEIVE = 11, CORK = 1 };

static void said(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
}

static void shows(int fd, int level, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    int result = getsockopt(fd, level, name, &value, &len);
    printf("  %d of %d: %s %d\n", name, level, result ? strerrorname_np(errno) : "ok", value);
}

static void sets(int fd, int level, int name, int value) {
    int result = setsockopt(fd, level, name, &value, sizeof value);
    printf("  %d of %d to %d: %s\n", name, level, value, result ? strerrorname_np(errno) : "ok");
}

static void sent(int from, int to, const char *bytes) {
    char got[100];
    ssize_t out = send(from, bytes, strlen(bytes), 0), in = recv(to, got, sizeof got, MSG_DONTWAIT);
    printf("  \"%s\": sent %zd, received %zd %s\n", bytes, out, in, in < 0 ? strerrorname_np(errno) : "");
}

int main(void) {
    int lite = socket(AF_INET, SOCK_DGRAM, LITE), other = socket(AF_INET, SOCK_DGRAM, LITE), udp = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    said("bind", bind(lite, (void *)&name, len));
    getsockname(lite, (void *)&name, &len);
    said("the same port of UDP", bind(udp, (void *)&name, len));
    said("the same port again", bind(other, (void *)&name, len));
    shows(lite, SOL_SOCKET, SO_PROTOCOL);
    shows(lite, SOL_SOCKET, SO_TYPE);
    said("getpeername", getpeername(other, (void *)&(struct sockaddr_in){0}, &(socklen_t){16}));
    said("connect", connect(other, (void *)&name, len));
    said("getpeername", getpeername(other, (void *)&(struct sockaddr_in){0}, &(socklen_t){16}));
    said("send", send(other, "hello", 5, 0));
    char bytes[100];
    said("not for UDP", recv(udp, bytes, sizeof bytes, MSG_DONTWAIT));
    struct pollfd polled = {lite, POLLIN, 0};
    said("poll", poll(&polled, 1, -1));
    said("for UDP-Lite", recv(lite, bytes, sizeof bytes, MSG_DONTWAIT));

    puts("options");
    shows(other, LITE, SEND);
    shows(other, LITE, RECEIVE);
    const int values[] = {3, 100000, -1, 0, 20};
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) {
        sets(other, LITE, SEND, values[i]);
        shows(other, LITE, SEND);
    }
    sets(other, UDP, SEND, 30);
    shows(other, UDP, SEND);
    shows(other, LITE, SEND);
    sets(udp, LITE, SEND, 20);
    sets(udp, UDP, SEND, 20);
    sets(other, LITE, CORK, 1);
    shows(other, UDP, CORK);
    sets(other, UDP, CORK, 0);
    sets(udp, LITE, CORK, 1);
    shows(udp, UDP, CORK);
    sets(udp, LITE, CORK, 0);
    sets(other, LITE, 77, 1);
    shows(other, LITE, 77);
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    sets(stream, LITE, SEND, 1);
    shows(stream, LITE, SEND);

    puts("the head alone is covered");
    sets(other, LITE, SEND, 8);
    sent(other, lite, "nothing was asked for");
    sets(lite, LITE, RECEIVE, 12);
    sent(other, lite, "too little");
    sets(other, LITE, SEND, 12);
    sent(other, lite, "just enough");
    sent(other, lite, "all");
    sets(other, LITE, SEND, 8);
    sent(other, lite, "");
    sets(lite, LITE, RECEIVE, 0);
    sent(other, lite, "all is to be covered");
    sets(other, LITE, SEND, 0);
    sent(other, lite, "all is covered");

    FILE *file = fopen("/proc/net/udplite", "r");
    char line[300];
    int lines = 0, found = 0;
    while (file && fgets(line, sizeof line, file)) {
        unsigned port = 0;
        found += sscanf(line, "%*d: 0100007F:%X", &port) == 1 && port == ntohs(name.sin_port);
        if (lines++ == 0) printf("%.40s\n", line);
    }
    printf("its line: %d\n", found);
    close(lite);
    said("to nobody", send(other, "x", 1, 0));
    said("then", send(other, "x", 1, 0));
    said("a stream", socket(AF_INET, SOCK_STREAM, LITE));
    said("a local one", socket(AF_UNIX, SOCK_DGRAM, LITE));
    int six = socket(AF_INET6, SOCK_DGRAM, LITE);
    struct sockaddr_in6 name6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    len = sizeof name6;
    said("six", bind(six, (void *)&name6, len));
    getsockname(six, (void *)&name6, &len);
    said("to itself", connect(six, (void *)&name6, len));
    sent(six, six, "by six");
    return 0;
}
