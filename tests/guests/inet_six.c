// kind: pie
// IPv6 over the loopback interface, IPv4 through it, IPV6_V6ONLY, both protocols.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, level, name, &value, &len) ? -errno : value;
}

static int set(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) ? -errno : 0;
}

typedef union {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
} address_t;

static address_t at(const char *ip, int port) {
    address_t address = {0};
    if (strchr(ip, ':')) {
        address.six.sin6_family = AF_INET6;
        address.six.sin6_port = htons(port);
        inet_pton(AF_INET6, ip, &address.six.sin6_addr);
    } else {
        address.four.sin_family = AF_INET;
        address.four.sin_port = htons(port);
        inet_pton(AF_INET, ip, &address.four.sin_addr);
    }
    return address;
}

static socklen_t length(const address_t *address) {
    return address->any.sa_family == AF_INET6 ? sizeof address->six : sizeof address->four;
}

static int port_of(int fd) {
    address_t address = {0};
    socklen_t len = sizeof address;
    getsockname(fd, &address.any, &len);
    return ntohs(address.four.sin_port);
}

static void print(const char *what, const address_t *address, socklen_t len, int port) {
    char text[60] = "?";
    if (address->any.sa_family == AF_INET6) inet_ntop(AF_INET6, &address->six.sin6_addr, text, sizeof text);
    else inet_ntop(AF_INET, &address->four.sin_addr, text, sizeof text);
    int got = ntohs(address->four.sin_port);
    printf("%s: family %d length %d %s port %s\n", what, address->any.sa_family, len, text, !got ? "none" : got == port ? "as expected" : "some");
}

static void show(const char *what, int fd, int peer, int port) {
    address_t address = {0};
    socklen_t len = sizeof address;
    if ((peer ? getpeername : getsockname)(fd, &address.any, &len)) printf("%s: errno %d\n", what, errno);
    else print(what, &address, len, port);
}

static int only(int family, int type, const char *ip, int port, int is_only) {
    int fd = socket(family, type, 0);
    address_t address = at(ip, port);
    if (family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, is_only);
    if (bind(fd, &address.any, length(&address))) printf("bind %s: errno %d\n", ip, errno);
    return fd;
}

static int joined(int family, const char *ip, int port) {
    int fd = socket(family, SOCK_STREAM, 0);
    address_t address = at(ip, port);
    int result = connect(fd, &address.any, length(&address));
    printf("connect %s: %d errno %d\n", ip, result, result ? errno : 0);
    if (!result) return fd;
    close(fd);
    return -1;
}

static void accepted(int server) {
    address_t from = {0};
    socklen_t len = sizeof from;
    int child = accept4(server, &from.any, &len, 0);
    print("from", &from, len, 0);
    show("child", child, 0, port_of(server));
    printf("domain %d\n", option(child, SOL_SOCKET, SO_DOMAIN));
    close(child);
}

static void streams(void) {
    printf("-- streams\n");
    int fd = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    show("fresh", fd, 0, 0);
    address_t address = at("::1", 0);
    say("short", bind(fd, &address.any, 23));
    say("old length", bind(fd, &address.any, 24));
    show("bound", fd, 0, 0);
    say("v6only too late", set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
    listen(fd, 5);
    int port = port_of(fd), client = joined(AF_INET6, "::1", port);
    show("name", client, 0, 0);
    show("peer", client, 1, port);
    accepted(fd);
    joined(AF_INET, "127.0.0.1", port);
    joined(AF_INET6, "::ffff:127.0.0.1", port);
    address = at("127.0.0.1", port);
    int other = socket(AF_INET6, SOCK_STREAM, 0);
    say("wrong family", connect(other, &address.any, sizeof address.four));
    say("wrong family", bind(other, &address.any, sizeof address.six));
    address = at("2001:db8::1", 0);
    say("not ours", bind(other, &address.any, sizeof address.six));
    close(other);
    close(client);
    close(fd);
    // Both kinds of addresses at one socket.
    fd = only(AF_INET6, SOCK_STREAM, "::", 0, 0);
    show("any", fd, 0, 0);
    listen(fd, 5);
    port = port_of(fd);
    close(joined(AF_INET6, "::1", port));
    accepted(fd);
    close(joined(AF_INET, "127.0.0.1", port));
    accepted(fd);
    client = joined(AF_INET6, "::ffff:127.0.0.1", port);
    show("name", client, 0, 0);
    show("peer", client, 1, port);
    accepted(fd);
    close(client);
    close(joined(AF_INET6, "::", port));
    accepted(fd);
    close(only(AF_INET, SOCK_STREAM, "0.0.0.0", port, 0));
    close(only(AF_INET, SOCK_STREAM, "127.0.0.1", port, 0));
    close(only(AF_INET6, SOCK_STREAM, "::1", port, 1));
    close(fd);
    // One kind only.
    fd = only(AF_INET6, SOCK_STREAM, "::", 0, 1);
    printf("only %d\n", option(fd, IPPROTO_IPV6, IPV6_V6ONLY));
    listen(fd, 5);
    port = port_of(fd);
    joined(AF_INET, "127.0.0.1", port);
    other = only(AF_INET, SOCK_STREAM, "0.0.0.0", port, 0);
    say("both listen", listen(other, 1));
    close(joined(AF_INET, "127.0.0.1", port));
    accepted(other);
    close(joined(AF_INET6, "::1", port));
    accepted(fd);
    close(other);
    close(fd);
    close(only(AF_INET6, SOCK_STREAM, "::ffff:127.0.0.1", 0, 1));
    fd = only(AF_INET6, SOCK_STREAM, "::ffff:127.0.0.1", 0, 0);
    show("mapped", fd, 0, 0);
    listen(fd, 1);
    close(joined(AF_INET, "127.0.0.1", port_of(fd)));
    accepted(fd);
    joined(AF_INET6, "::1", port_of(fd));
    close(fd);
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    address = at("::ffff:127.0.0.1", 9);
    say("mapped with v6only", connect(fd, &address.any, sizeof address.six));
    close(fd);
}

static void messages(void) {
    printf("-- messages\n");
    int any = only(AF_INET6, SOCK_DGRAM, "::", 0, 0), six = socket(AF_INET6, SOCK_DGRAM, 0), four = socket(AF_INET, SOCK_DGRAM, 0);
    int port = port_of(any);
    static char buf[70000];
    address_t to = at("::1", port), from = {0};
    socklen_t len = sizeof from;
    say("six", sendto(six, "six", 3, 0, &to.any, sizeof to.six));
    say("recv", recvfrom(any, buf, 99, 0, &from.any, &len));
    print("from", &from, len, port_of(six));
    say("answer", sendto(any, "answer", 6, 0, &from.any, len));
    say("recv", recv(six, buf, 99, MSG_DONTWAIT));
    to = at("127.0.0.1", port);
    say("four", sendto(four, "four", 4, 0, &to.any, sizeof to.four));
    len = sizeof from;
    say("recv", recvfrom(any, buf, 99, 0, &from.any, &len));
    print("from", &from, len, port_of(four));
    say("answer", sendto(any, "answer", 6, 0, &from.any, len));
    say("recv", recv(four, buf, 99, MSG_DONTWAIT));
    say("four from six", sendto(six, "four", 4, 0, &to.any, sizeof to.four));
    say("recv", recv(any, buf, 99, MSG_DONTWAIT));
    to = at("::1", port);
    say("longest", sendto(six, buf, 65527, 0, &to.any, sizeof to.six));
    say("recv", recv(any, buf, sizeof buf, 0));
    say("too long", sendto(six, buf, 65528, 0, &to.any, sizeof to.six));
    say("connect", connect(six, &to.any, sizeof to.six));
    show("name", six, 0, 0);
    show("peer", six, 1, port);
    printf("options %d %d %d %d\n", option(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS), option(six, IPPROTO_IPV6, IPV6_TCLASS), option(six, IPPROTO_IPV6, IPV6_V6ONLY), option(four, IPPROTO_IPV6, IPV6_V6ONLY));
    printf("hops %d %d %d\n", set(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7), option(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS), set(six, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256));
    printf("wrong level %d %d\n", set(four, IPPROTO_IPV6, IPV6_V6ONLY, 1), option(six, IPPROTO_TCP, TCP_NODELAY));
    say("pktinfo", set(any, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1));
    send(six, "x", 1, 0);
    char control[100], text[60];
    struct iovec one = {buf, 9};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    say("recvmsg", recvmsg(any, &message, 0));
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(head), sizeof info);
    printf("level %d type %d len %zu interface %d to %s\n", head->cmsg_level, head->cmsg_type, (size_t)head->cmsg_len, (int)info.ipi6_ifindex, inet_ntop(AF_INET6, &info.ipi6_addr, text, sizeof text));
    close(any);
    say("nobody", send(six, "x", 1, 0));
    say("refused", send(six, "x", 1, 0));
    close(six);
    close(four);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(40);
    streams();
    messages();
}
