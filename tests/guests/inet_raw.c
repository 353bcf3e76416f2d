// kind: pie
// Raw sockets of ICMP over the loopback interface: raw(7), icmp(7). The machine answers echo requests.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SHOW(call) show(#call, (long)(call))

static void show(const char *what, long result)
{
    printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

static unsigned short sum_of(const void *data, size_t len)
{
    const unsigned char *bytes = data;
    unsigned long sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += (unsigned long)bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons(~sum & 0xffff);
}

static size_t echo_request(unsigned char *out, int type, const char *text)
{
    struct icmphdr head = {.type = type, .un.echo = {.id = htons(0x4242), .sequence = htons(7)}};
    memcpy(out, &head, sizeof head);
    strcpy((char *)out + sizeof head, text);
    size_t len = sizeof head + strlen(text);
    head.checksum = sum_of(out, len);
    memcpy(out, &head, sizeof head);
    return len;
}

/* Receives one message of IPv4, with its head, and says what it is. */
static void hear(int fd)
{
    unsigned char bytes[256];
    struct sockaddr_in from;
    socklen_t from_len = sizeof from;
    ssize_t got = recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (void *)&from, &from_len);
    if (got < 0) {
        printf("  nothing: %s\n", strerror(errno));
        return;
    }
    struct iphdr ip;
    memcpy(&ip, bytes, sizeof ip);
    struct icmphdr icmp;
    memcpy(&icmp, bytes + ip.ihl * 4, sizeof icmp);
    printf("  %zd bytes from %s:%d: version %d, head %d, total %d, ttl %d, tos %d, protocol %d, sums %d %d\n", got,
        inet_ntoa(from.sin_addr), ntohs(from.sin_port), ip.version, ip.ihl, ntohs(ip.tot_len), ip.ttl, ip.tos,
        ip.protocol, sum_of(bytes, 20), sum_of(bytes + 20, got - 20));
    printf("  type %d code %d id %x sequence %d, \"%.*s\"\n", icmp.type, icmp.code, ntohs(icmp.un.echo.id),
        ntohs(icmp.un.echo.sequence), (int)(got - 28), bytes + 28);
}

static void four(int fd)
{
    unsigned char request[64];
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, name;
    socklen_t len = sizeof name;
    int number;

    len = sizeof number;
    SHOW(getsockopt(fd, SOL_SOCKET, SO_TYPE, &number, &len));
    printf("type %d\n", number);
    SHOW(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &number, &len));
    printf("protocol %d\n", number);
    len = sizeof name;
    SHOW(getsockname(fd, (void *)&name, &len));
    printf("name %s:%d\n", inet_ntoa(name.sin_addr), ntohs(name.sin_port));
    SHOW(getpeername(fd, (void *)&name, &len));
    SHOW(listen(fd, 1));
    SHOW(send(fd, "abcdefgh", 8, 0));

    size_t bytes = echo_request(request, ICMP_ECHO, "is anybody there");
    SHOW(sendto(fd, request, bytes, 0, (void *)&to, sizeof to));
    struct pollfd ready = {.fd = fd, .events = POLLIN | POLLOUT};
    SHOW(poll(&ready, 1, 0));
    printf("events %x\n", ready.revents);
    hear(fd);
    hear(fd);
    hear(fd);

    puts("of a class, and not far:");
    SHOW(setsockopt(fd, IPPROTO_IP, IP_TTL, &(int){9}, sizeof(int)));
    SHOW(setsockopt(fd, IPPROTO_IP, IP_TOS, &(int){0x20}, sizeof(int)));
    SHOW(sendto(fd, request, bytes, 0, (void *)&to, sizeof to));
    hear(fd);
    hear(fd);

    puts("only replies:");
    SHOW(setsockopt(fd, 255, 1, &(unsigned){~(1u << ICMP_ECHOREPLY)}, sizeof(unsigned)));
    unsigned filter = 0;
    len = sizeof filter;
    SHOW(getsockopt(fd, 255, 1, &filter, &len));
    printf("filter %x, %u bytes\n", filter, len);
    SHOW(sendto(fd, request, bytes, 0, (void *)&to, sizeof to));
    hear(fd);
    hear(fd);
    SHOW(setsockopt(fd, 255, 2, &filter, sizeof filter));

    puts("a damaged one is heard and not answered:");
    SHOW(setsockopt(fd, 255, 1, &(unsigned){0}, sizeof(unsigned)));
    request[10] ^= 1;
    SHOW(sendto(fd, request, bytes, 0, (void *)&to, sizeof to));
    hear(fd);
    hear(fd);
    request[10] ^= 1;

    puts("short and long ones:");
    SHOW(sendto(fd, request, 1, 0, (void *)&to, sizeof to));
    SHOW(sendto(fd, request, 2, 0, (void *)&to, sizeof to));
    hear(fd);
    static char much[65536];
    SHOW(sendto(fd, much, sizeof much, 0, (void *)&to, sizeof to));
    SHOW(sendto(fd, (void *)8, 64, 0, (void *)&to, sizeof to));
    SHOW(sendto(fd, request, bytes, MSG_OOB, (void *)&to, sizeof to));

    puts("connected and bound:");
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    SHOW(bind(fd, (void *)&to, sizeof to));
    len = sizeof name;
    SHOW(getsockname(fd, (void *)&name, &len));
    printf("name %s:%d\n", inet_ntoa(name.sin_addr), ntohs(name.sin_port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(1025);
    SHOW(connect(fd, (void *)&to, sizeof to));
    SHOW(getpeername(fd, (void *)&name, &len));
    printf("peer %s:%d\n", inet_ntoa(name.sin_addr), ntohs(name.sin_port));
    SHOW(send(fd, request, bytes, 0));
    hear(fd);
    hear(fd);

    puts("shut down:");
    SHOW(shutdown(fd, SHUT_WR));
    SHOW(send(fd, request, bytes, MSG_NOSIGNAL));
    close(fd);
}

static void six(int fd)
{
    unsigned char bytes[64];
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, from;
    socklen_t len = sizeof from;
    struct icmp6_filter filter;

    size_t count = echo_request(bytes, ICMP6_ECHO_REQUEST, "six");
    bytes[2] = bytes[3] = 0;
    SHOW(sendto(fd, bytes, count, 0, (void *)&to, sizeof to));
    for (int i = 0; i < 3; i++) {
        unsigned char heard[64];
        ssize_t got = recvfrom(fd, heard, sizeof heard, MSG_DONTWAIT, (void *)&from, &len);
        if (got < 0)
            printf("nothing: %s\n", strerror(errno));
        else
            printf("%zd bytes: type %d, sum %02x%02x, port %d, same text %d\n", got, heard[0], heard[2], heard[3],
                ntohs(from.sin6_port), memcmp(heard + 4, bytes + 4, count - 4) == 0);
    }
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    SHOW(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter));
    len = 12;
    SHOW(getsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, &len));
    printf("%u bytes\n", len);
    SHOW(setsockopt(fd, 255, 7, &(int){2}, sizeof(int)));
    SHOW(sendto(fd, bytes, count, 0, (void *)&to, sizeof to));
    SHOW(recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
    printf("type %d\n", bytes[0]);
    SHOW(recv(fd, bytes, sizeof bytes, MSG_DONTWAIT));
    SHOW(sendto(fd, bytes, 1, 0, (void *)&to, sizeof to));
    SHOW(sendto(fd, bytes, 3, 0, (void *)&to, sizeof to));
    to.sin6_port = htons(5);
    SHOW(sendto(fd, bytes, 8, 0, (void *)&to, sizeof to));
    close(fd);
}

int main(void)
{
    int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (fd < 0 && errno == EPERM)
        return 77;
    four(fd);
    fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    six(fd);
    SHOW(socket(AF_INET, SOCK_RAW, 0));
    SHOW(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP));

    FILE *list = fopen("/proc/net/raw", "r");
    char line[256];
    while (list && fgets(line, sizeof line, list))
        if (strstr(line, "local_address"))
            fputs(line, stdout);
    return 0;
}
