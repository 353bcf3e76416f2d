// kind: pie
// Hop limits and classes of traffic: set for a socket or one message, told to who receives it; interfaces in addresses.
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int set(int s, int level, int name, int value) {
    return setsockopt(s, level, name, &value, sizeof value);
}

// Sends with one or two numbers of `level` along.
static void send_along(int s, const void *to, socklen_t len, int level, int first, int a, int second, int b,
                       unsigned bytes) {
    union {
        struct cmsghdr align;
        char bytes[128];
    } control = { 0 };
    struct iovec part = { "hello", 5 };
    struct msghdr message = { .msg_name = (void *)to, .msg_namelen = len, .msg_iov = &part, .msg_iovlen = 1,
                              .msg_control = &control, .msg_controllen = CMSG_SPACE(bytes) * (second ? 2 : 1) };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(bytes), .cmsg_level = level, .cmsg_type = first };
    memcpy(CMSG_DATA(head), &a, bytes);
    if (second) {
        head = (struct cmsghdr *)((char *)head + CMSG_SPACE(bytes));
        *head = (struct cmsghdr){ .cmsg_len = CMSG_LEN(bytes), .cmsg_level = level, .cmsg_type = second };
        memcpy(CMSG_DATA(head), &b, bytes);
    }
    ssize_t n = sendmsg(s, &message, 0);
    printf("sent %zd %s\n", n, n < 0 ? strerror(errno) : "");
}

// Receives with so much room for what comes along, and shows that.
static void show(int s, size_t room) {
    union {
        struct cmsghdr align;
        char bytes[256];
    } control;
    char text[16];
    struct iovec part = { text, sizeof text };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = room };
    ssize_t n = recvmsg(s, &message, MSG_DONTWAIT);
    printf("got %zd%s:", n, n >= 0 && message.msg_flags & MSG_CTRUNC ? " cut" : "");
    for (struct cmsghdr *head = n < 0 ? NULL : CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        int value = 0;
        size_t len = head->cmsg_len - CMSG_LEN(0);
        memcpy(&value, CMSG_DATA(head), len < 4 ? len : 4);
        printf(" %d/%d (%zu) %d", head->cmsg_level, head->cmsg_type, len, len < 3 && len != 1 ? -1 : value);
    }
    puts("");
}

static void six(void) {
    int in = socket(AF_INET6, SOCK_DGRAM, 0), out = socket(AF_INET6, SOCK_DGRAM, 0);
    struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t len = sizeof at;
    bind(in, (void *)&at, sizeof at);
    getsockname(in, (void *)&at, &len);
    sendto(out, "hello", 5, 0, (void *)&at, len);
    show(in, 256);
    set(in, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    set(in, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    sendto(out, "hello", 5, 0, (void *)&at, len);
    show(in, 256);
    set(out, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    set(out, IPPROTO_IPV6, IPV6_TCLASS, 0x20);
    sendto(out, "hello", 5, 0, (void *)&at, len);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IPV6, IPV6_HOPLIMIT, 3, IPV6_TCLASS, 0x40, 4);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IPV6, IPV6_HOPLIMIT, -1, IPV6_TCLASS, 0x41, 4);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IPV6, IPV6_HOPLIMIT, 256, 0, 0, 4);
    send_along(out, &at, len, IPPROTO_IPV6, IPV6_TCLASS, 1, 0, 0, 2);
    for (size_t room = 0; room <= CMSG_SPACE(4) * 2; room += room == CMSG_LEN(2) ? 2 : room ? 4 : CMSG_LEN(0) - 1) {
        sendto(out, "hello", 5, 0, (void *)&at, len);
        printf("room %zu: ", room);
        show(in, room);
    }
    close(in);
    close(out);
}

static void four(void) {
    int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    bind(in, (void *)&at, sizeof at);
    getsockname(in, (void *)&at, &len);
    set(in, IPPROTO_IP, IP_RECVTTL, 1);
    set(in, IPPROTO_IP, IP_RECVTOS, 1);
    sendto(out, "hello", 5, 0, (void *)&at, len);
    show(in, 256);
    set(out, IPPROTO_IP, IP_TTL, 7);
    set(out, IPPROTO_IP, IP_TOS, 0x10);
    sendto(out, "hello", 5, 0, (void *)&at, len);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IP, IP_TTL, 200, IP_TOS, 8, 4);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IP, IP_TOS, 4, 0, 0, 1);
    show(in, 256);
    send_along(out, &at, len, IPPROTO_IP, IP_TTL, 0, 0, 0, 4);
    close(in);
    close(out);
}

static void scopes(void) {
    struct addrinfo hints = { .ai_family = AF_INET6, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST }, *found;
    const char *names[] = { "ff02::1%lo", "fe80::1%lo", "fe80::1%7", "fe80::1%none", "::1%lo", "2001:db8::1%1" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int result = getaddrinfo(names[i], "123", &hints, &found);
        if (result) {
            printf("%s: %s\n", names[i], gai_strerror(result));
            continue;
        }
        char host[64] = "", service[8] = "";
        struct sockaddr_in6 *address = (void *)found->ai_addr;
        result = getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, service, sizeof service,
                             NI_NUMERICHOST | NI_NUMERICSERV);
        printf("%s: %d, %d %s %s\n", names[i], address->sin6_scope_id, result, host, service);
        freeaddrinfo(found);
    }
}

int main(void) {
    six();
    four();
    scopes();
    return 0;
}
