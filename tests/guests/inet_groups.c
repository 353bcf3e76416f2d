// kind: pie
// Multicast over the loopback interface: groups, who hears them, and the options about them.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerror(errno) : "");
}

static void take(const char *what, int fd) {
    char buf[64], text[64] = "", control[128];
    struct sockaddr_storage from;
    struct iovec vector = {buf, sizeof buf};
    struct msghdr message = {&from, sizeof from, &vector, 1, control, sizeof control, 0};
    ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
    if (n < 0) {
        say(what, n);
        return;
    }
    inet_ntop(from.ss_family, from.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&from)->sin_addr
                                                         : (void *)&((struct sockaddr_in6 *)&from)->sin6_addr, text, sizeof text);
    printf("%s: \"%.*s\" from %s", what, (int)n, buf, text);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct in_pktinfo *info = (void *)CMSG_DATA(c);
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            printf(" to %s", inet_ntop(AF_INET, &info->ipi_addr, text, sizeof text));
            printf(" at %s by %d", inet_ntop(AF_INET, &info->ipi_spec_dst, text, sizeof text), info->ipi_ifindex == (int)if_nametoindex("lo"));
        }
    }
    printf("\n");
}

static int receiver(struct sockaddr *at, socklen_t len) {
    int fd = socket(at->sa_family, SOCK_DGRAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, at, len))
        perror("bind");
    getsockname(fd, at, &len);
    return fd;
}

static void four(void) {
    struct sockaddr_in at = {.sin_family = AF_INET}, group, own;
    socklen_t len = sizeof at;
    int on = 1, off = 0, number = -1;
    int first = receiver((struct sockaddr *)&at, len), second = receiver((struct sockaddr *)&at, len);
    group = own = at;
    inet_pton(AF_INET, "239.1.2.3", &group.sin_addr), inet_pton(AF_INET, "127.0.0.1", &own.sin_addr);
    int third = receiver((struct sockaddr *)&group, len), fourth = receiver((struct sockaddr *)&own, len);
    int sender = socket(AF_INET, SOCK_DGRAM, 0), stream = socket(AF_INET, SOCK_STREAM, 0);
    getsockname(third, (struct sockaddr *)&own, &len);
    printf("bound to %s\n", inet_ntoa(own.sin_addr));

    struct in_addr interface = {0};
    len = sizeof interface;
    say("interface", getsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, &len)), printf("%s %d\n", inet_ntoa(interface), (int)len);
    inet_pton(AF_INET, "127.0.0.1", &interface);
    say("set", setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface));
    interface.s_addr = 0, getsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, &len), printf("%s\n", inet_ntoa(interface));
    inet_pton(AF_INET, "198.51.100.7", &interface);
    say("not ours", setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface));
    say("short", setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, 2));
    say("stream", setsockopt(stream, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface));

    struct ip_mreq join;
    inet_pton(AF_INET, "239.1.2.3", &join.imr_multiaddr), inet_pton(AF_INET, "127.0.0.1", &join.imr_interface);
    say("nobody is there", sendto(sender, "zero", 4, 0, (struct sockaddr *)&group, sizeof group)), take("first", first);
    say("join", setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
    say("again", setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
    say("stream", setsockopt(stream, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
    say("short", setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, 4));
    setsockopt(first, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    say("sent", sendto(sender, "one", 3, 0, (struct sockaddr *)&group, sizeof group));
    take("first", first), take("once", first), take("second", second), take("third", third), take("fourth", fourth);
    len = sizeof number, getsockopt(second, IPPROTO_IP, IP_MULTICAST_ALL, &number, &len), printf("all %d\n", number);
    say("not all", setsockopt(second, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off));
    sendto(sender, "two", 3, 0, (struct sockaddr *)&group, sizeof group);
    take("first", first), take("second", second), take("third", third);
    struct group_req request = {.gr_interface = if_nametoindex("lo")};
    memcpy(&request.gr_group, &group, sizeof group);
    say("join", setsockopt(second, IPPROTO_IP, MCAST_JOIN_GROUP, &request, sizeof request));
    say("leave", setsockopt(first, IPPROTO_IP, IP_DROP_MEMBERSHIP, &join, sizeof join));
    say("again", setsockopt(first, IPPROTO_IP, IP_DROP_MEMBERSHIP, &join, sizeof join));
    sendto(sender, "three", 5, 0, (struct sockaddr *)&group, sizeof group);
    take("first takes all", first), take("second", second), take("third", third);
    close(second);
    sendto(sender, "four", 4, 0, (struct sockaddr *)&group, sizeof group);
    take("nobody is in it", first), take("third", third);
    inet_pton(AF_INET, "127.0.0.5", &join.imr_multiaddr);
    say("no group", setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
    inet_pton(AF_INET, "239.1.2.4", &join.imr_multiaddr), inet_pton(AF_INET, "198.51.100.7", &join.imr_interface);
    say("no interface", setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join));
    say("connected", connect(sender, (struct sockaddr *)&group, sizeof group));
    inet_pton(AF_INET, "239.1.2.3", &join.imr_multiaddr), inet_pton(AF_INET, "127.0.0.1", &join.imr_interface);
    setsockopt(third, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof join);
    say("sent", send(sender, "five", 4, 0)), take("third", third);
    close(first), close(third), close(fourth), close(sender), close(stream);
}

static void six(void) {
    struct sockaddr_in6 at = {.sin6_family = AF_INET6}, group;
    // Whether what is sent arrives depends on the routes of the host.
    int first = receiver((struct sockaddr *)&at, sizeof at);
    int sender = socket(AF_INET6, SOCK_DGRAM, 0), lo = if_nametoindex("lo"), none = 99999, number = -1;
    socklen_t len = sizeof number;
    group = at, inet_pton(AF_INET6, "ff05::1:2", &group.sin6_addr);
    say("set", setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &lo, sizeof lo));
    getsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &number, &len), printf("kept %d\n", number == lo);
    say("none", setsockopt(sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &none, sizeof none));
    struct ipv6_mreq join = {group.sin6_addr, lo};
    say("join", setsockopt(first, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &join, sizeof join));
    say("again", setsockopt(first, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &join, sizeof join));
    say("leave", setsockopt(first, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &join, sizeof join));
    say("again", setsockopt(first, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, &join, sizeof join));
    join.ipv6mr_interface = none;
    say("no interface", setsockopt(first, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &join, sizeof join));
    close(first), close(sender);
}

int main(void) {
    four();
    six();
    return 0;
}
