// kind: pie
// The queue of errors of datagrams, datagrams in pieces, and closing that waits.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_storage nobody(int family, const char *ip) {
    // A port that was free a moment ago.
    struct sockaddr_storage address = {.ss_family = family};
    socklen_t len = sizeof address;
    if (family == AF_INET)
        inet_pton(family, ip, &((struct sockaddr_in *)&address)->sin_addr);
    else
        inet_pton(family, ip, &((struct sockaddr_in6 *)&address)->sin6_addr);
    int fd = socket(family, SOCK_DGRAM, 0);
    if (bind(fd, (struct sockaddr *)&address, family == AF_INET ? 16 : 28))
        perror("bind");
    getsockname(fd, (struct sockaddr *)&address, &len);
    close(fd);
    return address;
}

static void show_address(const char *what, void *at, const struct sockaddr_storage *to) {
    char text[64] = "";
    struct sockaddr_storage *address = at;
    in_port_t port = 0, wanted = ((const struct sockaddr_in *)to)->sin_port;
    if (address->ss_family == AF_INET)
        inet_ntop(AF_INET, &((struct sockaddr_in *)at)->sin_addr, text, sizeof text), port = ((struct sockaddr_in *)at)->sin_port;
    else if (address->ss_family == AF_INET6)
        inet_ntop(AF_INET6, &((struct sockaddr_in6 *)at)->sin6_addr, text, sizeof text), port = ((struct sockaddr_in6 *)at)->sin6_port;
    printf(" %s %d %s%s", what, address->ss_family, text, port == 0 ? "" : port == wanted ? " same port" : " other port");
}

static void report(int fd, size_t room, const struct sockaddr_storage *to) {
    static char data[4096], control[256];
    struct sockaddr_storage name = {0};
    struct iovec vector = {data, room};
    struct msghdr message = {&name, sizeof name, &vector, 1, control, sizeof control, 0};
    ssize_t n = recvmsg(fd, &message, MSG_ERRQUEUE);
    printf("report %zd", n);
    if (n < 0) {
        printf(" %s\n", strerror(errno));
        return;
    }
    printf(" \"%.*s\" flags%s%s", (int)(n < 5 ? n : 5), data, message.msg_flags & MSG_ERRQUEUE ? " errqueue" : "",
           message.msg_flags & MSG_TRUNC ? " trunc" : "");
    show_address("to", &name, to);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct sock_extended_err *error = (void *)CMSG_DATA(c);
        printf(" level %d type %d len %d: %s origin %d type %d code %d info %u data %u", c->cmsg_level, c->cmsg_type,
               (int)c->cmsg_len, strerror(error->ee_errno), error->ee_origin, error->ee_type, error->ee_code,
               error->ee_info, error->ee_data);
        show_address("by", SO_EE_OFFENDER(error), to);
    }
    printf("\n");
}

static int events(int fd) {
    struct pollfd one = {fd, POLLIN | POLLOUT, 0};
    poll(&one, 1, 0);
    return one.revents;
}

static void queue(int family, const char *ip, int level, int option) {
    struct sockaddr_storage to = nobody(family, ip);
    socklen_t len = family == AF_INET ? 16 : 28;
    int fd = socket(family, SOCK_DGRAM, 0), on = 1, value = 0;
    socklen_t value_len = sizeof value;
    char byte, much[3000];
    memset(much, 'm', sizeof much);
    printf("without: %zd", sendto(fd, "zero", 4, 0, (struct sockaddr *)&to, len));
    printf(" %zd", sendto(fd, "zero", 4, 0, (struct sockaddr *)&to, len)), printf(" events %x\n", events(fd));
    report(fd, 100, &to);
    printf("set %d", setsockopt(fd, level, option, &on, sizeof on));
    getsockopt(fd, level, option, &value, &value_len), printf(" %d\n", value);
    printf("sent %zd", sendto(fd, "first", 5, 0, (struct sockaddr *)&to, len)), printf(" events %x\n", events(fd));
    errno = 0, printf("next %zd", sendto(fd, "second", 6, 0, (struct sockaddr *)&to, len)), printf(" %d\n", errno == ECONNREFUSED);
    printf("events %x\n", events(fd));
    sendto(fd, much, sizeof much, 0, (struct sockaddr *)&to, len);
    errno = 0, printf("received %zd", recv(fd, &byte, 1, 0)), printf(" %d\n", errno == ECONNREFUSED);
    report(fd, 100, &to);
    value = 0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &value_len), printf("error %d\n", value == ECONNREFUSED);
    report(fd, sizeof much, &to), report(fd, 100, &to);
    printf("events %x\n", events(fd));
    sendto(fd, "third", 5, 0, (struct sockaddr *)&to, len), report(fd, 3, &to);
    value = 0, getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &value_len), printf("error %d\n", value);
    connect(fd, (struct sockaddr *)&to, len), send(fd, "fourth", 6, 0), report(fd, 100, &to);
    printf("off %d\n", setsockopt(fd, level, option, &(int){0}, sizeof on));
    send(fd, "fifth", 5, 0), report(fd, 100, &to), errno = 0;
    printf("connected %zd", send(fd, "x", 1, 0)), printf(" %d\n", errno == ECONNREFUSED);
    close(fd);
}

static void take(const char *what, int fd) {
    char buf[256];
    ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    printf("%s %zd \"%.*s\"\n", what, n, n > 0 ? (int)n : 0, buf);
}

static void pieces(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int to = socket(AF_INET, SOCK_DGRAM, 0), from = socket(AF_INET, SOCK_DGRAM, 0), on = 1, value = -1;
    bind(to, (struct sockaddr *)&address, len), getsockname(to, (struct sockaddr *)&address, &len);
    printf("more %zd", sendto(from, "one ", 4, MSG_MORE, (struct sockaddr *)&address, len)), take(", yet", to);
    printf("more %zd", send(from, "two ", 4, MSG_MORE)), take(", yet", to);
    printf("last %zd", send(from, "three", 5, 0)), take(",", to), take("then", to);
    setsockopt(from, IPPROTO_UDP, UDP_CORK, &on, sizeof on);
    value = 0, getsockopt(from, IPPROTO_UDP, UDP_CORK, &value, &len), printf("corked %d\n", value);
    len = sizeof address;
    sendto(from, "four ", 5, 0, (struct sockaddr *)&address, len), sendto(from, "five", 4, 0, (struct sockaddr *)&address, len);
    take("corked", to), on = 0, printf("pulled %d", setsockopt(from, IPPROTO_UDP, UDP_CORK, &on, sizeof on)), take(",", to);
    static char much[40000];
    printf("much %zd", sendto(from, much, sizeof much, MSG_MORE, (struct sockaddr *)&address, len));
    errno = 0, printf(" too much %zd", send(from, much, sizeof much, MSG_MORE)), printf(" %d\n", errno == EMSGSIZE);
    printf("again %zd", sendto(from, "six", 3, 0, (struct sockaddr *)&address, len)), take(",", to);
    close(to), close(from);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static int accepted;
static volatile size_t taken;

static void *take_all(void *unused) {
    static char buf[65536];
    usleep(300000);
    for (ssize_t n; (n = recv(accepted, buf, sizeof buf, 0)) > 0;)
        taken += n;
    return unused;
}

static void lingering(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, len), listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &len);
    for (int seconds = 20; seconds >= 1; seconds -= 19) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        connect(fd, (struct sockaddr *)&address, len), accepted = accept(listener, NULL, NULL);
        struct linger linger = {1, seconds};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        size_t sent = 0;
        static char much[65536];
        for (ssize_t n; (n = send(fd, much, sizeof much, MSG_DONTWAIT)) > 0;)
            sent += n;
        pthread_t reader;
        taken = 0;
        if (seconds > 1)
            pthread_create(&reader, NULL, take_all, NULL);
        double start = now();
        int closed = close(fd);
        double took = now() - start;
        // As long as the other end takes, or as long as was said.
        printf("linger %d: closed %d in time %d\n", seconds, closed, took > (seconds > 1 ? 0.2 : 0.9) && took < 10);
        if (seconds > 1)
            pthread_join(reader, NULL);
        else
            take_all(NULL);
        printf("all %d\n", taken == sent && sent > 100000);
        close(accepted);
    }
    close(listener);
}

int main(void) {
    queue(AF_INET, "127.0.0.1", IPPROTO_IP, IP_RECVERR);
    queue(AF_INET6, "::1", IPPROTO_IPV6, IPV6_RECVERR);
    pieces();
    lingering();
    return 0;
}
