// kind: so static own
// What a netlink socket to the kernel says of the loopback interface, in its own words, and who else it can talk to.
// Other interfaces that Linux has are left out.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static unsigned sequence;

#define SHOW(call) \
    do { \
        errno = 0; \
        long r_ = (long)(call); \
        printf("%s: %ld %d\n", #call, r_, errno); \
    } while (0)

static char whole[8192];

// Starts a question; adds an attribute; returns its length.
static struct nlmsghdr *question(int type, int flags, const void *head, int len) {
    struct nlmsghdr *h = (void *)whole;
    memset(whole, 0, sizeof whole);
    h->nlmsg_len = NLMSG_LENGTH(len);
    h->nlmsg_type = type;
    h->nlmsg_flags = flags;
    h->nlmsg_seq = ++sequence;
    memcpy(NLMSG_DATA(h), head, len);
    return h;
}

static void with(int type, const void *value, int len) {
    struct nlmsghdr *h = (void *)whole;
    struct rtattr *a = (void *)(whole + NLMSG_ALIGN(h->nlmsg_len));
    a->rta_type = type;
    a->rta_len = RTA_LENGTH(len);
    memcpy(RTA_DATA(a), value, len);
    h->nlmsg_len = NLMSG_ALIGN(h->nlmsg_len) + RTA_LENGTH(len);
}

static void hex(const char *name, const void *bytes, int len) {
    printf(" %s ", name);
    for (int i = 0; i < len; i++) printf("%02x", ((const unsigned char *)bytes)[i]);
}

static void find(struct rtattr *a, int left, int type, const char *name) {
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if ((a->rta_type & NLA_TYPE_MASK) == type) hex(name, RTA_DATA(a), RTA_PAYLOAD(a));
}

static void has(struct rtattr *a, int left, int type, const char *name) {
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == type) printf(" %s of %d bytes", name, (int)RTA_PAYLOAD(a));
}

static unsigned number(struct rtattr *a, int left, int type) {
    for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == type) return *(unsigned *)RTA_DATA(a);
    return 0;
}

static void show(struct nlmsghdr *h) {
    struct sockaddr_nl own;
    socklen_t len = sizeof own;
    getsockname(fd, (void *)&own, &len);
    int is_ours = h->nlmsg_seq == sequence && h->nlmsg_pid == own.nl_pid;
    if (h->nlmsg_type == NLMSG_DONE) {
        printf("  done flags %x ours %d says %d\n", h->nlmsg_flags & ~NLM_F_ACK_TLVS, is_ours, *(int *)NLMSG_DATA(h));
    } else if (h->nlmsg_type == NLMSG_ERROR) {
        struct nlmsgerr *e = NLMSG_DATA(h);
        printf("  outcome %d flags %x ours %d of type %d flags %x, %d bytes\n", e->error, h->nlmsg_flags, is_ours, e->msg.nlmsg_type, e->msg.nlmsg_flags, (int)NLMSG_PAYLOAD(h, 0));
    } else if (h->nlmsg_type == RTM_NEWLINK) {
        struct ifinfomsg *m = NLMSG_DATA(h);
        if (m->ifi_index != 1) return;
        printf("  link family %d type %d index %d flags %x change %x", m->ifi_family, m->ifi_type, m->ifi_index, m->ifi_flags, m->ifi_change);
        struct rtattr *a = IFLA_RTA(m);
        int left = IFLA_PAYLOAD(h);
        printf(" message flags %x ours %d", h->nlmsg_flags, is_ours);
        find(a, left, IFLA_IFNAME, "name");
        find(a, left, IFLA_MTU, "mtu");
        find(a, left, IFLA_TXQLEN, "queue");
        find(a, left, IFLA_OPERSTATE, "state");
        find(a, left, IFLA_LINKMODE, "mode");
        find(a, left, IFLA_GROUP, "group");
        find(a, left, IFLA_CARRIER, "carrier");
        find(a, left, IFLA_QDISC, "qdisc");
        find(a, left, IFLA_ADDRESS, "address");
        find(a, left, IFLA_BROADCAST, "broadcast");
        has(a, left, IFLA_STATS, "statistics");
        has(a, left, IFLA_STATS64, "wide ones");
        printf("\n");
    } else if (h->nlmsg_type == RTM_NEWADDR) {
        struct ifaddrmsg *m = NLMSG_DATA(h);
        if (m->ifa_index != 1) return;
        printf("  address family %d prefix %d flags %x scope %d message flags %x ours %d", m->ifa_family, m->ifa_prefixlen, m->ifa_flags, m->ifa_scope, h->nlmsg_flags, is_ours);
        struct rtattr *a = IFA_RTA(m);
        int left = IFA_PAYLOAD(h);
        find(a, left, IFA_ADDRESS, "address");
        find(a, left, IFA_LOCAL, "local");
        find(a, left, IFA_LABEL, "label");
        find(a, left, IFA_FLAGS, "flags");
        has(a, left, IFA_CACHEINFO, "times");
        printf("\n");
    } else if (h->nlmsg_type == RTM_NEWROUTE) {
        struct rtmsg *m = NLMSG_DATA(h);
        struct rtattr *a = RTM_RTA(m);
        int left = RTM_PAYLOAD(h);
        // Linux has narrower ones, too.
        if (number(a, left, RTA_OIF) != 1 || m->rtm_type != RTN_LOCAL) return;
        if (m->rtm_dst_len != 8 && m->rtm_family == AF_INET && !(m->rtm_flags & RTM_F_CLONED)) return;
        printf("  route family %d to %d table %d protocol %d scope %d type %d flags %x message flags %x ours %d", m->rtm_family, m->rtm_dst_len, m->rtm_table, m->rtm_protocol, m->rtm_scope, m->rtm_type, m->rtm_flags, h->nlmsg_flags, is_ours);
        find(a, left, RTA_TABLE, "table");
        find(a, left, RTA_DST, "to");
        find(a, left, RTA_PREFSRC, "from");
        find(a, left, RTA_PRIORITY, "priority");
        find(a, left, RTA_PREF, "preference");
        printf("\n");
    } else if (h->nlmsg_type != RTM_NEWNEIGH) {
        printf("  type %d\n", h->nlmsg_type);
    }
}

// Sends the question and shows what is answered.
static void ask(const char *what) {
    static char buf[1 << 16];
    struct nlmsghdr *h = (void *)whole;
    printf("%s\n", what);
    int sent = send(fd, whole, h->nlmsg_len, 0) == h->nlmsg_len;
    if (!sent) printf("  not sent: errno %d\n", errno);
    for (int is_last = 0; !is_last;) {
        struct sockaddr_nl from;
        struct iovec room = {buf, sizeof buf};
        struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &room, .msg_iovlen = 1};
        int n = recvmsg(fd, &m, MSG_DONTWAIT);
        if (n < 0) {
            printf("  nothing more: errno %d\n", errno);
            return;
        }
        if (m.msg_namelen != sizeof from || from.nl_family != AF_NETLINK || from.nl_pid || from.nl_groups || m.msg_flags)
            printf("  from port %u groups %x\n", from.nl_pid, from.nl_groups);
        struct nlmsghdr *h = (void *)buf;
        for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
            show(h);
            is_last |= h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
        }
        // An answer to one question is one message.
        if (!(((struct nlmsghdr *)buf)->nlmsg_flags & NLM_F_MULTI)) is_last = 1;
    }
}

static void dumps(void) {
    struct rtgenmsg any = {AF_UNSPEC}, four = {AF_INET}, six = {AF_INET6}, odd = {77};
    int all = NLM_F_REQUEST | NLM_F_DUMP;
    question(RTM_GETLINK, all, &any, sizeof any);
    ask("links");
    question(RTM_GETADDR, all, &any, sizeof any);
    ask("addresses");
    question(RTM_GETADDR, all | NLM_F_ACK, &four, sizeof four);
    ask("addresses of IPv4");
    question(RTM_GETADDR, NLM_F_REQUEST | NLM_F_ROOT, &six, sizeof six);
    ask("addresses of IPv6");
    question(RTM_GETADDR, all, &odd, sizeof odd);
    ask("addresses of no family");
    question(RTM_GETROUTE, all, &any, sizeof any);
    ask("routes");
    struct rtmsg cached = {.rtm_family = AF_INET, .rtm_flags = RTM_F_CLONED};
    question(RTM_GETROUTE, all, &cached, sizeof cached);
    ask("cached routes");
    question(RTM_GETNEIGH, all, &any, sizeof any);
    ask("neighbours");
    question(RTM_NEWADDR + 2 + 200, all, &any, sizeof any);
    ask("unknown");
}

static void single(void) {
    struct ifinfomsg link = {.ifi_index = 1}, none = {.ifi_index = 12345}, nothing = {0};
    question(RTM_GETLINK, NLM_F_REQUEST, &link, sizeof link);
    ask("link 1");
    question(RTM_GETLINK, NLM_F_REQUEST, &none, sizeof none);
    ask("link 12345");
    question(RTM_GETLINK, NLM_F_REQUEST, &nothing, sizeof nothing);
    ask("link");
    question(RTM_GETLINK, NLM_F_REQUEST, &nothing, sizeof nothing);
    with(IFLA_IFNAME, "lo", 3);
    ask("link lo");
    question(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &nothing, sizeof nothing);
    with(IFLA_IFNAME, "none-such", 10);
    ask("link none-such");
    question(RTM_GETLINK, NLM_F_REQUEST, &nothing, 4);
    ask("link, cut");
    struct ifaddrmsg four = {.ifa_family = AF_INET}, six = {.ifa_family = AF_INET6};
    struct in_addr lo4 = {htonl(INADDR_LOOPBACK)};
    struct in6_addr lo6 = IN6ADDR_LOOPBACK_INIT, other = {{{0xfd, [15] = 9}}};
    question(RTM_GETADDR, NLM_F_REQUEST, &four, sizeof four);
    with(IFA_ADDRESS, &lo4, 4);
    ask("address 127.0.0.1");
    question(RTM_GETADDR, NLM_F_REQUEST, &six, sizeof six);
    with(IFA_ADDRESS, &lo6, 16);
    ask("address ::1");
    question(RTM_GETADDR, NLM_F_REQUEST, &six, sizeof six);
    with(IFA_ADDRESS, &other, 16);
    ask("address of nobody");
    question(RTM_GETADDR, NLM_F_REQUEST, &six, sizeof six);
    ask("no address");
    struct rtmsg route4 = {.rtm_family = AF_INET, .rtm_dst_len = 32};
    lo4.s_addr = htonl(0x7f000005);
    question(RTM_GETROUTE, NLM_F_REQUEST, &route4, sizeof route4);
    with(RTA_DST, &lo4, 4);
    ask("route to 127.0.0.5");
    route4.rtm_flags = RTM_F_LOOKUP_TABLE;
    question(RTM_GETROUTE, NLM_F_REQUEST, &route4, sizeof route4);
    with(RTA_DST, &lo4, 4);
    ask("route and table");
    struct rtmsg route0 = {0};
    question(RTM_GETROUTE, NLM_F_REQUEST, &route0, sizeof route0);
    ask("route of no family");
    question(RTM_GETROUTE, NLM_F_REQUEST, &route4, 4);
    ask("route, cut");
}

static void outcomes(void) {
    struct rtgenmsg any = {AF_UNSPEC};
    question(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, &any, 0);
    ask("nothing");
    question(RTM_GETLINK, NLM_F_ACK, &any, sizeof any);
    ask("no question");
    question(RTM_GETLINK, 0, &any, sizeof any);
    ask("no question, no outcome");
    question(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, &any, 0);
    ask("no head");
    question(200, NLM_F_REQUEST, &any, sizeof any);
    ask("unknown");
    int on = 1;
    SHOW(setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on));
    question(200, NLM_F_REQUEST, "123456789012", 12);
    ask("unknown, head alone");
    // Two in one, and what is no message at the end.
    struct nlmsghdr *h = question(NLMSG_NOOP, NLM_F_REQUEST | NLM_F_ACK, &any, 0);
    memcpy(whole + 16, whole, 16);
    SHOW(send(fd, whole, 37, 0));
    char buf[512];
    int first = recv(fd, buf, sizeof buf, MSG_DONTWAIT), second = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    printf("outcomes of %d and %d bytes\n", first, second);
    SHOW(recv(fd, buf, sizeof buf, MSG_DONTWAIT));
    h->nlmsg_len = 4000;
    SHOW(send(fd, whole, 32, 0));
    SHOW(recv(fd, buf, sizeof buf, MSG_DONTWAIT));
    SHOW(send(fd, whole, 0, 0));
}

static void strict(void) {
    int on = 1, all = NLM_F_REQUEST | NLM_F_DUMP;
    SHOW(setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on));
    struct rtgenmsg any = {AF_INET};
    question(RTM_GETADDR, all, &any, sizeof any);
    ask("strictly too short");
    struct ifaddrmsg one = {.ifa_family = AF_INET, .ifa_index = 1}, none = {.ifa_index = 12345}, odd = {.ifa_prefixlen = 8};
    question(RTM_GETADDR, all, &one, sizeof one);
    ask("addresses of 1");
    none.ifa_family = odd.ifa_family = AF_INET;
    question(RTM_GETADDR, all, &none, sizeof none);
    ask("addresses of 12345");
    question(RTM_GETADDR, all, &odd, sizeof odd);
    ask("addresses with a prefix");
    struct ifinfomsg link = {0}, indexed = {.ifi_index = 1};
    question(RTM_GETLINK, all, &link, sizeof link);
    ask("links");
    question(RTM_GETLINK, all, &indexed, sizeof indexed);
    ask("links with an index");
    int master = 4242;
    question(RTM_GETLINK, all, &link, sizeof link);
    with(IFLA_MASTER, &master, 4);
    ask("links with a master");
    struct rtmsg local = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_LOCAL}, table = {.rtm_family = AF_INET, .rtm_table = 77};
    question(RTM_GETROUTE, all, &local, sizeof local);
    ask("the local table");
    question(RTM_GETROUTE, all, &table, sizeof table);
    ask("table 77");
    struct rtmsg six = {.rtm_family = AF_INET6};
    int index = 1;
    question(RTM_GETROUTE, all, &six, sizeof six);
    with(RTA_OIF, &index, 4);
    ask("routes by 1");
    index = 12345;
    question(RTM_GETROUTE, all, &six, sizeof six);
    with(RTA_OIF, &index, 4);
    ask("routes by 12345");
}

static void names(void) {
    struct sockaddr_nl a = {.nl_family = AF_NETLINK}, out = {0};
    socklen_t len = sizeof out;
    int s = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE), t = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_ROUTE);
    SHOW(getsockname(s, (void *)&out, &len));
    printf("unbound: length %u family %d port %u\n", len, out.nl_family, out.nl_pid);
    SHOW(bind(s, (void *)&a, 8));
    SHOW(bind(s, (void *)&(struct sockaddr_in){.sin_family = AF_INET}, 16));
    a.nl_pid = 424242;
    SHOW(bind(s, (void *)&a, sizeof a));
    SHOW(bind(t, (void *)&a, sizeof a));
    a.nl_groups = 1 << (RTNLGRP_LINK - 1);
    SHOW(bind(s, (void *)&a, sizeof a));
    a.nl_pid = 5;
    SHOW(bind(s, (void *)&a, sizeof a));
    getsockname(s, (void *)&out, &len);
    printf("port %u groups %x\n", out.nl_pid, out.nl_groups);
    int group = RTNLGRP_NEIGH, value = 0;
    SHOW(setsockopt(s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group));
    group = 0;
    SHOW(setsockopt(s, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group));
    getsockname(s, (void *)&out, &len);
    printf("groups %x\n", out.nl_groups);
    unsigned words[1];
    len = sizeof words;
    SHOW(getsockopt(s, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, words, &len));
    printf("%x\n", words[0]);
    group = RTNLGRP_LINK;
    SHOW(setsockopt(s, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group));
    getsockname(s, (void *)&out, (len = sizeof out, &len));
    printf("groups %x\n", out.nl_groups);
    len = sizeof value;
    SHOW(getsockopt(s, SOL_NETLINK, NETLINK_EXT_ACK, &value, &len));
    SHOW(setsockopt(s, SOL_NETLINK, 99, &value, sizeof value));
    SHOW(getsockopt(s, SOL_NETLINK, 99, &value, &len));
    SHOW(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &len));
    printf("type %d\n", value);
    SHOW(getsockopt(t, SOL_SOCKET, SO_TYPE, &value, &len));
    printf("type %d\n", value);
    SHOW(getsockopt(t, SOL_SOCKET, SO_DOMAIN, &value, &len));
    printf("domain %d\n", value);
    // One program's sockets to one another
    a.nl_pid = 424242;
    a.nl_groups = 0;
    SHOW(sendto(t, "hello", 5, 0, (void *)&a, sizeof a));
    a.nl_pid = 77777;
    SHOW(sendto(t, "hello", 5, 0, (void *)&a, sizeof a));
    char buf[32] = "";
    struct sockaddr_nl from = {0};
    len = sizeof from;
    SHOW(recvfrom(s, buf, 3, MSG_PEEK | MSG_TRUNC, (void *)&from, &len));
    SHOW(recvfrom(s, buf, sizeof buf, 0, (void *)&from, &len));
    getsockname(t, (void *)&out, &len);
    printf("%s from the other %d length %u\n", buf, from.nl_pid == out.nl_pid && out.nl_pid != 0, len);
    SHOW(connect(t, (void *)&(struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = 424242}, sizeof a));
    SHOW(send(t, "again", 5, 0));
    getpeername(t, (void *)&out, &len);
    printf("peer %u\n", out.nl_pid);
    SHOW(sendto(s, "back", 4, 0, (void *)&from, sizeof from));
    SHOW(recv(t, buf, sizeof buf, 0));
    SHOW(sendto(fd, "stranger", 8, 0, (void *)&from, sizeof from));
    SHOW(recv(t, buf, sizeof buf, 0));
    // A socket's own port
    a.nl_pid = 424242;
    SHOW(sendto(s, "self", 4, 0, (void *)&a, sizeof a));
    SHOW(recv(s, buf, sizeof buf, 0));
    SHOW(recv(s, buf, sizeof buf, 0));
    SHOW(listen(s, 1));
    SHOW(accept(s, 0, 0));
    SHOW(shutdown(s, SHUT_RDWR));
    SHOW(ioctl(s, FIONREAD, &value));
    SHOW(send(s, "x", 1, MSG_OOB));
    close(s);
    SHOW(send(t, "gone", 4, 0));
    a.nl_pid = 424242;
    close(t);
    t = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    SHOW(bind(t, (void *)&a, sizeof a));
    close(t);
    SHOW(socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
    SHOW(socket(AF_NETLINK, SOCK_RAW, 31));
    SHOW(socket(AF_NETLINK, SOCK_RAW, -1));
    int pair[2];
    SHOW(socketpair(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, pair));
}

static void waiting(void) {
    struct rtgenmsg four = {AF_INET};
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    SHOW(poll(&p, 1, 0));
    printf("events %x\n", p.revents);
    int e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(e, EPOLL_CTL_ADD, fd, &event);
    SHOW(epoll_wait(e, &event, 1, 0));
    struct nlmsghdr *h = question(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, &four, sizeof four);
    SHOW(send(fd, whole, h->nlmsg_len, 0));
    SHOW(epoll_wait(e, &event, 1, -1));
    SHOW(poll(&p, 1, 0));
    printf("events %x\n", p.revents);
    char buf[8192];
    struct iovec room = {buf, 20};
    struct msghdr m = {.msg_iov = &room, .msg_iovlen = 1};
    SHOW(recvmsg(fd, &m, MSG_PEEK));
    printf("flags %x\n", m.msg_flags);
    int whole_len = recvmsg(fd, &m, MSG_PEEK | MSG_TRUNC);
    printf("whole %d flags %x\n", whole_len > 20, m.msg_flags);
    room.iov_len = sizeof buf;
    SHOW(recvmsg(fd, &m, 0) == whole_len);
    printf("flags %x\n", m.msg_flags);
    int on = 1;
    char control[64];
    SHOW(setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, &on, sizeof on));
    m.msg_control = control;
    m.msg_controllen = sizeof control;
    SHOW(recvmsg(fd, &m, 0));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    printf("level %d type %d length %d group %u\n", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len, *(unsigned *)CMSG_DATA(c));
    SHOW(recvmsg(fd, &m, MSG_DONTWAIT));
    on = 0;
    setsockopt(fd, SOL_NETLINK, NETLINK_PKTINFO, &on, sizeof on);
}

int main(void) {
    fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl own = {.nl_family = AF_NETLINK};
    SHOW(bind(fd, (void *)&own, sizeof own));
    socklen_t len = sizeof own;
    getsockname(fd, (void *)&own, &len);
    printf("the first socket's port is the process %d\n", own.nl_pid == (unsigned)getpid());
    dumps();
    single();
    outcomes();
    names();
    waiting();
    strict();
}
