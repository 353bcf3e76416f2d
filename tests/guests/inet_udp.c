// kind: pie
// UDP over the loopback interface: messages with and without connection, refusals, truncation, many at once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <sys/uio.h>
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

static struct sockaddr_in at(const char *ip, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, ip, &address.sin_addr);
    return address;
}

static int port_of(int fd) {
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;
    getsockname(fd, (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

static void show(const char *what, int fd, int peer, int port) {
    struct sockaddr_in address = {0};
    socklen_t len = sizeof address;
    char text[20];
    int result = (peer ? getpeername : getsockname)(fd, (struct sockaddr *)&address, &len);
    if (result) { printf("%s: errno %d\n", what, errno); return; }
    printf("%s: family %d length %d %s port %s\n", what, address.sin_family, len, inet_ntop(AF_INET, &address.sin_addr, text, sizeof text),
           !address.sin_port ? "none" : ntohs(address.sin_port) == port ? "as expected" : "some");
}

static int bound(const char *ip, int port) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = at(ip, port);
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) printf("bind %s: errno %d\n", ip, errno);
    return fd;
}

static void plain(void) {
    printf("-- plain\n");
    int a = bound("127.0.0.1", 0), b = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    int port = port_of(a);
    char buf[100] = "";
    struct sockaddr_in to = at("127.0.0.1", port), from;
    socklen_t len = sizeof from;
    printf("type %d protocol %d events %x buffers %d %d\n", option(b, SOL_SOCKET, SO_TYPE), option(b, SOL_SOCKET, SO_PROTOCOL), events(b),
           option(b, SOL_SOCKET, SO_SNDBUF) > 0, option(b, SOL_SOCKET, SO_RCVBUF) > 0);
    say("listen", listen(a, 1));
    say("accept", accept(a, NULL, NULL));
    say("no address", send(b, "x", 1, 0));
    say("recv", recv(a, buf, 1, MSG_DONTWAIT));
    say("shutdown", shutdown(socket(AF_INET, SOCK_DGRAM, 0), SHUT_RDWR));
    to.sin_port = 0;
    say("port 0", sendto(b, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    to = at("127.0.0.1", port);
    say("short", sendto(b, "x", 1, 0, (struct sockaddr *)&to, 10));
    to.sin_family = AF_UNIX;
    say("family", sendto(b, "x", 1, 0, (struct sockaddr *)&to, sizeof to));
    to.sin_family = AF_INET;
    say("out of band", sendto(b, "x", 1, MSG_OOB, (struct sockaddr *)&to, sizeof to));
    show("before", b, 0, 0);
    say("sendto", sendto(b, "message", 7, 0, (struct sockaddr *)&to, sizeof to));
    show("after", b, 0, 0);
    say("empty", sendto(b, "", 0, 0, (struct sockaddr *)&to, sizeof to));
    say("last", sendto(b, "last one", 8, 0, (struct sockaddr *)&to, sizeof to));
    int waiting = -1;
    ioctl(a, FIONREAD, &waiting);
    printf("waiting %d events %x\n", waiting, events(a));
    say("peek", recv(a, buf, 3, MSG_PEEK | MSG_TRUNC));
    say("recvfrom", recvfrom(a, buf, sizeof buf, 0, (struct sockaddr *)&from, &len));
    printf("%s length %d from b %d %s\n", buf, len, ntohs(from.sin_port) == port_of(b), inet_ntoa(from.sin_addr));
    say("empty", recv(a, buf, sizeof buf, 0));
    memset(buf, 0, sizeof buf);
    struct iovec two[2] = {{buf, 2}, {buf + 10, 2}};
    struct msghdr message = {.msg_iov = two, .msg_iovlen = 2, .msg_name = &from, .msg_namelen = sizeof from};
    say("recvmsg", recvmsg(a, &message, 0));
    printf("%s %s flags %x name %d\n", buf, buf + 10, message.msg_flags, message.msg_namelen);
    say("answer", sendto(a, "answer", 6, 0, (struct sockaddr *)&from, sizeof from));
    say("read", read(b, buf, sizeof buf));
    say("to nobody", ({ struct sockaddr_in none = at("127.0.0.1", 1); sendto(b, "x", 1, 0, (struct sockaddr *)&none, sizeof none); }));
    printf("events %x error %d\n", events(b), option(b, SOL_SOCKET, SO_ERROR));
    static char huge[70000];
    say("longest", sendto(b, huge, 65507, 0, (struct sockaddr *)&to, sizeof to));
    say("longest", recv(a, huge, sizeof huge, 0));
    say("too long", sendto(b, huge, 65508, 0, (struct sockaddr *)&to, sizeof to));
    say("much too long", sendto(b, huge, 70000, 0, (struct sockaddr *)&to, sizeof to));
    // More than there is room for is lost, not waited for.
    int sent = 0, got = 0;
    for (int i = 0; i < 1000; i++) sent += sendto(b, huge, 1000, 0, (struct sockaddr *)&to, sizeof to) == 1000;
    while (recv(a, huge, sizeof huge, MSG_DONTWAIT) > 0) got++;
    printf("sent %d some lost %d some came %d\n", sent, got < 1000, got > 50);
    close(a);
    close(b);
    int first = bound("127.0.0.1", 0);
    bound("127.0.0.1", port_of(first));
    bound("0.0.0.0", port_of(first));
    close(bound("127.0.0.2", port_of(first)));
    int one = 1, second = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(first, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    to = at("127.0.0.1", port_of(first));
    say("both reuse", bind(second, (struct sockaddr *)&to, sizeof to));
    sendto(first, "for the newest", 14, 0, (struct sockaddr *)&to, sizeof to);
    printf("newest %zd oldest %zd\n", recv(second, buf, 99, MSG_DONTWAIT), recv(first, buf, 99, MSG_DONTWAIT));
    close(second);
    close(first);
}

static void connected(void) {
    printf("-- connected\n");
    int a = bound("0.0.0.0", 0), b = socket(AF_INET, SOCK_DGRAM, 0), c = bound("127.0.0.1", 0);
    char buf[100] = "";
    struct sockaddr_in to = at("127.0.0.1", port_of(a)), to_b;
    say("connect", connect(b, (struct sockaddr *)&to, sizeof to));
    show("name", b, 0, 0);
    show("peer", b, 1, port_of(a));
    say("send", send(b, "hello", 5, 0));
    say("recv", recv(a, buf, sizeof buf, 0));
    to_b = at("127.0.0.1", port_of(b));
    say("from a stranger", sendto(c, "stranger", 8, 0, (struct sockaddr *)&to_b, sizeof to_b));
    say("from the peer", sendto(a, "peer", 4, 0, (struct sockaddr *)&to_b, sizeof to_b));
    memset(buf, 0, sizeof buf);
    say("recv", recv(b, buf, sizeof buf, MSG_DONTWAIT));
    printf("%s\n", buf);
    say("nothing more", recv(b, buf, sizeof buf, MSG_DONTWAIT));
    say("sendto another", ({ struct sockaddr_in other = at("127.0.0.1", port_of(c)); sendto(b, "other", 5, 0, (struct sockaddr *)&other, sizeof other); }));
    say("recv", recv(c, buf, sizeof buf, MSG_DONTWAIT));
    say("connect again", ({ struct sockaddr_in other = at("127.0.0.1", port_of(c)); connect(b, (struct sockaddr *)&other, sizeof other); }));
    show("peer", b, 1, port_of(c));
    close(c);
    say("to a closed port", send(b, "x", 1, 0));
    printf("events %x\n", events(b));
    say("refused", send(b, "x", 1, 0));
    say("then sent", send(b, "x", 1, 0));
    say("refused", recv(b, buf, 1, 0));
    say("nothing", recv(b, buf, 1, MSG_DONTWAIT));
    send(b, "x", 1, 0);
    printf("error %d then %d\n", option(b, SOL_SOCKET, SO_ERROR), option(b, SOL_SOCKET, SO_ERROR));
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    say("disconnect", connect(b, &none, sizeof none));
    show("peer", b, 1, 0);
    say("send", send(b, "x", 1, 0));
    say("disconnect a", connect(a, &none, sizeof none));
    show("a", a, 0, 0);
    say("connect to a", connect(b, (struct sockaddr *)&to, sizeof to));
    say("shutdown", shutdown(b, SHUT_WR));
    say("send", send(b, "x", 1, MSG_NOSIGNAL));
    say("shutdown", shutdown(b, SHUT_RD));
    say("recv", recv(b, buf, 1, 0));
    printf("events %x\n", events(b));
    close(a);
    close(b);
}

static void many(void) {
    printf("-- many\n");
    int a = bound("127.0.0.1", 0), b = bound("127.0.0.1", 0);
    struct sockaddr_in to = at("127.0.0.1", port_of(a)), from[4];
    char text[3][8] = {"one", "two", "three"}, got[4][16] = {{0}};
    struct iovec out[3], in[4];
    struct mmsghdr sending[3] = {0}, receiving[4] = {0};
    for (int i = 0; i < 3; i++) {
        out[i] = (struct iovec){text[i], strlen(text[i])};
        sending[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &out[i], .msg_iovlen = 1};
    }
    say("sendmmsg", sendmmsg(b, sending, 3, 0));
    for (int i = 0; i < 3; i++) printf("%u ", sending[i].msg_len);
    puts("");
    for (int i = 0; i < 4; i++) {
        in[i] = (struct iovec){got[i], i == 2 ? 3 : 16};
        receiving[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &in[i], .msg_iovlen = 1};
    }
    struct timespec limit = {0, 20000000};
    say("recvmmsg", recvmmsg(a, receiving, 2, 0, NULL));
    say("recvmmsg", recvmmsg(a, receiving + 2, 2, MSG_DONTWAIT, &limit));
    say("recvmmsg", recvmmsg(a, receiving + 2, 2, MSG_DONTWAIT, NULL));
    for (int i = 0; i < 3; i++) printf("%u %s flags %x from b %d\n", receiving[i].msg_len, got[i], receiving[i].msg_hdr.msg_flags, from[i].sin_port == htons(port_of(b)));
    sending[1].msg_hdr.msg_namelen = 3;
    say("second is bad", sendmmsg(b, sending, 3, 0));
    say("first is bad", sendmmsg(b, sending + 1, 2, 0));
    say("one comes", recvmmsg(a, receiving, 4, MSG_WAITFORONE, NULL));
    say("bad time", ({ limit.tv_nsec = -1; recvmmsg(a, receiving, 4, 0, &limit); }));
    say("none", sendmmsg(b, sending, 0, 0));
    // Where a message went to.
    int one = 1;
    say("pktinfo", setsockopt(a, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
    sendto(b, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
    char control[100];
    struct msghdr message = receiving[0].msg_hdr;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    say("recvmsg", recvmsg(a, &message, 0));
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(head), sizeof info);
    printf("level %d type %d len %zu all %zu interface %d to %s", head->cmsg_level, head->cmsg_type, (size_t)head->cmsg_len, (size_t)message.msg_controllen, info.ipi_ifindex == 1, inet_ntoa(info.ipi_addr));
    printf(" at %s\n", inet_ntoa(info.ipi_spec_dst));
    sendto(b, "x", 1, 0, (struct sockaddr *)&to, sizeof to);
    message.msg_controllen = 20;
    say("little room", recvmsg(a, &message, 0));
    printf("flags %x\n", message.msg_flags);
    close(a);
    close(b);
}

static void *later(void *arg) {
    usleep(30000);
    send(*(int *)arg, "late", 4, 0);
    return NULL;
}

static void waiting(void) {
    printf("-- waiting\n");
    int a = bound("127.0.0.1", 0), b = socket(AF_INET, SOCK_DGRAM, 0);
    char buf[20];
    struct sockaddr_in to = at("127.0.0.1", port_of(a));
    connect(b, (struct sockaddr *)&to, sizeof to);
    struct timeval limit = {0, 20000};
    setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    say("timeout", recv(a, buf, 1, 0));
    limit.tv_usec = 0;
    setsockopt(a, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    pthread_t thread;
    pthread_create(&thread, NULL, later, &b);
    say("recv", recv(a, buf, sizeof buf, 0));
    pthread_join(thread, NULL);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}, found;
    epoll_ctl(epoll, EPOLL_CTL_ADD, a, &event);
    say("none", epoll_wait(epoll, &found, 1, 0));
    pthread_create(&thread, NULL, later, &b);
    say("epoll", epoll_wait(epoll, &found, 1, 5000));
    pthread_join(thread, NULL);
    say("no edge", epoll_wait(epoll, &found, 1, 0));
    send(b, "more", 4, 0);
    say("edge", epoll_wait(epoll, &found, 1, 0));
    event.events = EPOLLIN | EPOLLONESHOT;
    epoll_ctl(epoll, EPOLL_CTL_MOD, a, &event);
    say("one shot", epoll_wait(epoll, &found, 1, 0));
    say("spent", epoll_wait(epoll, &found, 1, 0));
    close(epoll);
    close(a);
    close(b);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(40);
    plain();
    connected();
    many();
    waiting();
}
