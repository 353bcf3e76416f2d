// kind: pie
// How connections of TCP end and what is set for them: half-closed, reset, lingering, options, timeouts, waiting.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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
#include <sys/time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static int events(int fd) {
    struct pollfd one = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&one, 1, 0);
    return one.revents;
}

static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

static int set(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) ? -errno : 0;
}

static volatile int pipes;
static void count_pipe(int number) { (void)number; pipes++; }
static void ignore(int number) { (void)number; }

static int server;
static struct sockaddr_in address;

static void connection(int fds[2]) {
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fds[0], (struct sockaddr *)&address, sizeof address)) printf("connect errno %d\n", errno);
    fds[1] = accept(server, NULL, NULL);
}

static void has_peer(const char *what, int fd) {
    struct sockaddr_in got;
    socklen_t len = sizeof got;
    say(what, getpeername(fd, (struct sockaddr *)&got, &len));
}

static void look(const char *what, int fd) {
    char buf[16];
    int before = events(fd);
    long n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    int error = n < 0 ? errno : 0;
    printf("%s: events %x recv %ld errno %d error %d events %x\n", what, before, n, error, option(fd, SOL_SOCKET, SO_ERROR), events(fd));
}

static void try(const char *what, int fd) {
    pipes = 0;
    long n = send(fd, "x", 1, 0);
    printf("%s: send %ld errno %d signals %d\n", what, n, n < 0 ? errno : 0, pipes);
}

static void halves(void) {
    printf("-- halves\n");
    int fds[2];
    connection(fds);
    say("bad", shutdown(fds[0], 3));
    say("at mark", sockatmark(fds[0]));
    say("error queue", recv(fds[0], fds, 1, MSG_ERRQUEUE));
    send(fds[0], "last", 4, 0);
    say("shutdown", shutdown(fds[0], SHUT_WR));
    try("after", fds[0]);
    say("silent", send(fds[0], "x", 1, MSG_NOSIGNAL));
    look("closed for writing", fds[0]);
    look("other", fds[1]);
    look("other", fds[1]);
    has_peer("peer", fds[1]);
    try("other way", fds[1]);
    look("came", fds[0]);
    say("twice", shutdown(fds[0], SHUT_WR));
    send(fds[1], "y", 1, 0);
    say("both", shutdown(fds[1], SHUT_WR));
    has_peer("no peer", fds[1]);
    has_peer("no peer", fds[0]);
    say("again", shutdown(fds[1], SHUT_WR));
    say("connect again", connect(fds[1], (struct sockaddr *)&address, sizeof address));
    look("left over", fds[0]);
    look("end", fds[0]);
    look("end", fds[1]);
    close(fds[0]);
    close(fds[1]);
    connection(fds);
    say("no input", shutdown(fds[0], SHUT_RD));
    look("closed for reading", fds[0]);
    try("still comes", fds[1]);
    look("read", fds[0]);
    try("and goes", fds[0]);
    look("other", fds[1]);
    look("other", fds[1]);
    close(fds[0]);
    close(fds[1]);
    connection(fds);
    say("both at once", shutdown(fds[0], SHUT_RDWR));
    look("closed", fds[0]);
    look("other", fds[1]);
    close(fds[1]);
    look("closed", fds[0]);
    close(fds[0]);
}

static void breaks(void) {
    printf("-- breaks\n");
    int fds[2];
    connection(fds);
    close(fds[1]);
    look("closed", fds[0]);
    has_peer("peer", fds[0]);
    try("first", fds[0]);
    look("reset", fds[0]);
    try("second", fds[0]);
    has_peer("no peer", fds[0]);
    close(fds[0]);
    connection(fds);
    close(fds[1]);
    say("nothing", send(fds[0], "", 0, 0));
    say("nothing again", send(fds[0], "", 0, 0));
    try("first", fds[0]);
    say("nothing then", send(fds[0], "", 0, MSG_NOSIGNAL));
    try("second", fds[0]);
    try("third", fds[0]);
    look("end", fds[0]);
    close(fds[0]);
    connection(fds);
    send(fds[0], "unread", 6, 0);
    send(fds[1], "came", 4, 0);
    close(fds[1]);
    printf("reset: events %x\n", events(fds[0]));
    look("before the reset", fds[0]);
    close(fds[0]);
    connection(fds);
    send(fds[0], "unread", 6, 0);
    close(fds[1]);
    try("reset", fds[0]);
    try("after", fds[0]);
    look("end", fds[0]);
    close(fds[0]);
    connection(fds);
    send(fds[0], "unread", 6, 0);
    shutdown(fds[1], SHUT_WR);
    close(fds[1]);
    look("end and reset", fds[0]);
    try("after", fds[0]);
    close(fds[0]);
    connection(fds);
    struct linger linger = {1, 0}, got;
    socklen_t len = sizeof got;
    getsockopt(fds[1], SOL_SOCKET, SO_LINGER, &got, &len);
    printf("linger %d %d length %d\n", got.l_onoff, got.l_linger, len);
    say("linger", setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    getsockopt(fds[1], SOL_SOCKET, SO_LINGER, &got, &len);
    printf("linger %d %d\n", got.l_onoff, got.l_linger);
    say("short", setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &linger, 4));
    close(fds[1]);
    char byte;
    say("recv", recv(fds[0], &byte, 1, 0));
    say("recv", recv(fds[0], &byte, 1, 0));
    close(fds[0]);
    connection(fds);
    linger.l_linger = 1;
    setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    send(fds[1], "z", 1, 0);
    close(fds[1]);
    look("lingered", fds[0]);
    look("lingered", fds[0]);
    close(fds[0]);
    connection(fds);
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    say("disconnect", connect(fds[0], &none, sizeof none));
    has_peer("no peer", fds[0]);
    look("broken", fds[1]);
    printf("error %d\n", option(fds[0], SOL_SOCKET, SO_ERROR));
    say("connect", connect(fds[0], (struct sockaddr *)&address, sizeof address));
    close(fds[1]);
    fds[1] = accept(server, NULL, NULL);
    try("new", fds[0]);
    look("new", fds[1]);
    close(fds[0]);
    close(fds[1]);
    // Some of what MSG_WAITALL waits for, then a reset: the bytes first, the error later.
    connection(fds);
    send(fds[1], "part", 4, 0);
    send(fds[0], "unread", 6, 0);
    close(fds[1]);
    char buf[10];
    say("part", recv(fds[0], buf, 10, MSG_WAITALL));
    say("error", recv(fds[0], buf, 10, MSG_WAITALL));
    say("end", recv(fds[0], buf, 10, MSG_WAITALL));
    close(fds[0]);
}

static void background(void) {
    printf("-- background\n");
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in nobody = address;
    int port = socket(AF_INET, SOCK_STREAM, 0);
    nobody.sin_port = 0;
    bind(port, (struct sockaddr *)&nobody, sizeof nobody);
    socklen_t len = sizeof nobody;
    getsockname(port, (struct sockaddr *)&nobody, &len);
    say("connect", connect(fd, (struct sockaddr *)&nobody, sizeof nobody));
    printf("events %x error %d error %d events %x\n", events(fd), option(fd, SOL_SOCKET, SO_ERROR), option(fd, SOL_SOCKET, SO_ERROR), events(fd));
    say("again", connect(fd, (struct sockaddr *)&address, sizeof address));
    say("again", connect(fd, (struct sockaddr *)&address, sizeof address));
    int child = accept(server, NULL, NULL);
    fd_set out;
    FD_ZERO(&out);
    FD_SET(fd, &out);
    struct timeval limit = {5, 0};
    say("select", select(fd + 1, NULL, &out, NULL, &limit));
    printf("error %d events %x\n", option(fd, SOL_SOCKET, SO_ERROR), events(fd));
    close(fd);
    close(child);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET}, found = {0};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    say("fresh", epoll_wait(epoll, &found, 1, 0));
    printf("events %x\n", found.events);
    connect(fd, (struct sockaddr *)&nobody, sizeof nobody);
    say("refused", epoll_wait(epoll, &found, 1, 5000));
    printf("events %x\n", found.events);
    say("told", connect(fd, (struct sockaddr *)&nobody, sizeof nobody));
    say("and again", connect(fd, (struct sockaddr *)&nobody, sizeof nobody));
    pipes = 0;
    say("send", send(fd, "x", 1, 0));
    say("send", send(fd, "x", 1, 0));
    printf("signals %d\n", pipes);
    close(epoll);
    close(fd);
    close(port);
}

static void *later(void *arg) {
    usleep(30000);
    send(*(int *)arg, "late", 4, 0);
    return NULL;
}

static void *shut_later(void *arg) {
    usleep(30000);
    shutdown(*(int *)arg, SHUT_RDWR);
    return NULL;
}

static void waiting(void) {
    printf("-- waiting\n");
    int fds[2];
    char buf[100];
    connection(fds);
    struct timeval limit = {0, 20000};
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("timeout", recv(fds[0], buf, 1, 0));
    setsockopt(fds[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    static char big[8000000];
    long n = send(fds[0], big, sizeof big, 0);
    printf("some sent %d not all %d\n", n > 100000, n < (long)sizeof big);
    say("nothing sent", send(fds[0], big, sizeof big, 0));
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("accept", accept(server, NULL, NULL));
    limit.tv_usec = 0;
    setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sigaction action = {.sa_handler = ignore};
    sigaction(SIGALRM, &action, NULL);
    // Again and again: the first signal may come before the call waits.
    struct itimerval soon = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &soon, NULL);
    say("interrupted", recv(fds[0], buf, 1, 0));
    setitimer(ITIMER_REAL, &never, NULL);
    poll(NULL, 0, 50); // a handler that ends late interrupts this
    pthread_t thread;
    pthread_create(&thread, NULL, later, &fds[1]);
    say("recv", recv(fds[0], buf, sizeof buf, 0));
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, later, &fds[1]);
    struct pollfd one = {fds[0], POLLIN, 0};
    say("poll", poll(&one, 1, 5000));
    pthread_join(thread, NULL);
    recv(fds[0], buf, sizeof buf, 0);
    say("low water", set(fds[0], SOL_SOCKET, SO_RCVLOWAT, 6));
    send(fds[1], "four", 4, 0);
    printf("events %x\n", events(fds[0]) & POLLIN);
    say("takes them anyway", recv(fds[0], buf, 3, 0));
    send(fds[1], "more.", 5, 0);
    printf("events %x\n", events(fds[0]) & POLLIN);
    say("recv", recv(fds[0], buf, sizeof buf, 0));
    set(fds[0], SOL_SOCKET, SO_RCVLOWAT, 0);
    pthread_create(&thread, NULL, shut_later, &fds[0]);
    say("shut down while waiting", recv(fds[0], buf, 1, 0));
    pthread_join(thread, NULL);
    close(fds[0]);
    close(fds[1]);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    listen(listener, 1);
    say("no sending", shutdown(listener, SHUT_WR));
    printf("accepts %d\n", option(listener, SOL_SOCKET, SO_ACCEPTCONN));
    pthread_create(&thread, NULL, shut_later, &listener);
    say("accept", accept(listener, NULL, NULL));
    pthread_join(thread, NULL);
    printf("accepts %d\n", option(listener, SOL_SOCKET, SO_ACCEPTCONN));
    say("listens again", listen(listener, 1));
    close(listener);
}

static void options(void) {
    printf("-- options\n");
    int fd = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0), fds[2];
    static const int tcp[] = {TCP_NODELAY, TCP_CORK, TCP_MAXSEG, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_SYNCNT, TCP_QUICKACK, TCP_USER_TIMEOUT};
    static const int ip[] = {IP_TOS, IP_TTL, IP_PKTINFO, IP_RECVTTL, IP_MTU_DISCOVER, IP_MULTICAST_TTL, IP_MULTICAST_LOOP};
    static const int socket_level[] = {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_DONTROUTE, SO_OOBINLINE, SO_SNDBUF, SO_RCVBUF, SO_RCVLOWAT, SO_SNDLOWAT, SO_PRIORITY, SO_TYPE};
    for (size_t i = 0; i < sizeof tcp / sizeof *tcp; i++) {
        printf("tcp %d: %d", tcp[i], option(fd, IPPROTO_TCP, tcp[i]));
        printf(" set %d", set(fd, IPPROTO_TCP, tcp[i], 100));
        printf(" now %d", option(fd, IPPROTO_TCP, tcp[i]));
        printf(" bad %d\n", set(fd, IPPROTO_TCP, tcp[i], tcp[i] == TCP_QUICKACK ? 0 : -3));
    }
    for (size_t i = 0; i < sizeof ip / sizeof *ip; i++) {
        printf("ip %d: %d", ip[i], option(datagrams, IPPROTO_IP, ip[i]));
        printf(" set %d", set(datagrams, IPPROTO_IP, ip[i], 1));
        printf(" now %d\n", option(datagrams, IPPROTO_IP, ip[i]));
    }
    for (size_t i = 0; i < sizeof socket_level / sizeof *socket_level; i++)
        printf("socket %d: %d\n", socket_level[i], option(fd, SOL_SOCKET, socket_level[i]));
    printf("smallest %d %d", set(fd, SOL_SOCKET, SO_SNDBUF, 1), set(fd, SOL_SOCKET, SO_RCVBUF, 1));
    printf(" %d %d\n", option(fd, SOL_SOCKET, SO_SNDBUF), option(fd, SOL_SOCKET, SO_RCVBUF));
    printf("doubled %d %d\n", set(fd, SOL_SOCKET, SO_SNDBUF, 30000), option(fd, SOL_SOCKET, SO_SNDBUF));
    printf("levels %d %d %d %d\n", option(datagrams, IPPROTO_TCP, TCP_NODELAY), set(datagrams, IPPROTO_TCP, TCP_NODELAY, 1), option(fd, IPPROTO_TCP, 99), set(fd, IPPROTO_IP, 99, 1));
    char byte = 7;
    socklen_t len = 1;
    say("a byte", setsockopt(datagrams, IPPROTO_IP, IP_TTL, &byte, 1));
    say("a byte", setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &byte, 1));
    say("a byte", getsockopt(datagrams, IPPROTO_IP, IP_TTL, &byte, &len));
    printf("%d length %d\n", byte, len);
    char name[16] = "";
    len = sizeof name;
    say("congestion", getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
    printf("named %d length %d\n", name[0] != 0, len);
    say("reno", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
    puts(name);
    say("none such", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "none-such", 9));
    say("nothing", setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "", 0));
    connection(fds);
    int those[3] = {fd, server, fds[1]};
    close(fds[0]);
    for (int i = 0; i < 3; i++) {
        struct tcp_info info = {0};
        len = 1;
        getsockopt(those[i], IPPROTO_TCP, TCP_INFO, &info, &len);
        printf("state %d length %d\n", info.tcpi_state, len);
    }
    close(fds[1]);
    // Connections have what their listener had.
    set(server, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(server, IPPROTO_TCP, TCP_NODELAY, 1);
    set(server, IPPROTO_TCP, TCP_KEEPIDLE, 33);
    connection(fds);
    printf("inherited %d %d %d\n", option(fds[1], SOL_SOCKET, SO_KEEPALIVE), option(fds[1], IPPROTO_TCP, TCP_NODELAY), option(fds[1], IPPROTO_TCP, TCP_KEEPIDLE));
    printf("others' own %d %d\n", option(fds[0], SOL_SOCKET, SO_KEEPALIVE), option(fds[0], IPPROTO_TCP, TCP_NODELAY));
    close(fd);
    close(datagrams);
    close(fds[0]);
    close(fds[1]);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, count_pipe);
    server = socket(AF_INET, SOCK_STREAM, 0);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    bind(server, (struct sockaddr *)&address, sizeof address);
    socklen_t len = sizeof address;
    getsockname(server, (struct sockaddr *)&address, &len);
    listen(server, 10);
    halves();
    breaks();
    background();
    waiting();
    options();
}
