// kind: pie
// Addresses as text, byte orders, the network's databases, getaddrinfo of numbers, sockets that are none.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void loose(const char *text) {
    struct in_addr a = {0};
    int result = inet_aton(text, &a);
    printf("aton '%s' %d %08x addr %08x network %08x\n", text, result, ntohl(a.s_addr), ntohl(inet_addr(text)), inet_network(text));
}

static void strict(int family, const char *text) {
    unsigned char bytes[16] = {0};
    char back[64] = "";
    int result = inet_pton(family, text, bytes);
    printf("pton '%s' %d", text, result);
    if (result == 1)
        printf(" %s", inet_ntop(family, bytes, back, sizeof back));
    printf("\n");
}

static void info(const char *node, const char *service, int flags, int family, int type, int protocol) {
    struct addrinfo hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type, .ai_protocol = protocol}, *list;
    int error = getaddrinfo(node, service, &hints, &list);
    printf("getaddrinfo %s %s flags %#x family %d type %d protocol %d: %d %s\n", node ? node : "-", service ? service : "-", flags, family, type, protocol, error, gai_strerror(error));
    if (error != 0)
        return;
    for (struct addrinfo *i = list; i != NULL; i = i->ai_next) {
        char host[64], port[16];
        error = getnameinfo(i->ai_addr, i->ai_addrlen, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
        printf("  family %d type %d protocol %d len %u: %d %s %s canon %s\n", i->ai_family, i->ai_socktype, i->ai_protocol, i->ai_addrlen, error, host, port, i->ai_canonname ? i->ai_canonname : "-");
    }
    freeaddrinfo(list);
}

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

int main(void) {
    printf("%x %x %x %x\n", htonl(0x01020304), htons(0x0102), ntohl(0x01020304), ntohs(0x0102));
    const char *texts[] = {"127.0.0.1", "127.1", "1.2.3", "1.2.65535", "0x7f.1", "010.0.0.1", "256.1.1.1", "1.2.3.4.5", "1.2.3.", "", "4294967295", "4294967296", "1.2.3.4 x", "1.2.3.4x", "08.1.1.1", "255.255.255.255"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        loose(texts[i]);
    const char *v4[] = {"1.2.3.4", "01.2.3.4", "1.2.3", "256.2.3.4", "1.2.3.4 ", "0.0.0.0", "255.255.255.255", "0x1.2.3.4"};
    for (size_t i = 0; i < sizeof v4 / sizeof *v4; i++)
        strict(AF_INET, v4[i]);
    const char *v6[] = {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1::8", "1:0:0:4:0:0:0:8", "fe80::1", "::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "12345::", ":1", "1:", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::g", "FE80::ABCD", "0:0:1::", "::0.0.1.2", "1:0:3:4:5:6:7:8"};
    for (size_t i = 0; i < sizeof v6 / sizeof *v6; i++)
        strict(AF_INET6, v6[i]);
    say("pton family", inet_pton(AF_UNIX, "1.2.3.4", NULL));
    char small[8];
    struct in_addr a = {htonl(0xc0a80101)};
    int is_null = inet_ntop(AF_INET, &a, small, sizeof small) == NULL;
    printf("small %d errno %d\n", is_null, errno);
    printf("ntoa %s netof %x lnaof %x make %s\n", inet_ntoa(a), inet_netof(a), inet_lnaof(a), inet_ntoa(inet_makeaddr(10, 0x010203)));
    printf("any %d loopback %d\n", IN6_IS_ADDR_UNSPECIFIED(&in6addr_any), IN6_IS_ADDR_LOOPBACK(&in6addr_loopback));

    info("127.0.0.1", "80", 0, AF_UNSPEC, 0, 0);
    info("127.1", NULL, 0, AF_INET, SOCK_STREAM, 0);
    info("::1", "443", AI_NUMERICHOST | AI_CANONNAME, AF_UNSPEC, SOCK_DGRAM, 0);
    info("1.2.3.4", "1", AI_V4MAPPED, AF_INET6, SOCK_STREAM, 0);
    info("1.2.3.4", "1", 0, AF_INET6, SOCK_STREAM, 0);
    info(NULL, "8080", AI_PASSIVE, AF_INET, SOCK_STREAM, 0);
    info(NULL, "8080", 0, AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    info(NULL, NULL, 0, AF_UNSPEC, 0, 0);
    info("not numeric", "80", AI_NUMERICHOST, AF_UNSPEC, 0, 0);
    info("1.2.3.4", "not numeric", AI_NUMERICSERV, AF_UNSPEC, 0, 0);
    info("1.2.3.4", "no-such-service-here", 0, AF_UNSPEC, SOCK_STREAM, 0);
    info("1.2.3.4", "80", 0, AF_UNIX, 0, 0);
    info("1.2.3.4", "80", 0, AF_UNSPEC, SOCK_STREAM, IPPROTO_UDP);
    info("1.2.3.4", "80", 0, AF_UNSPEC, 0, IPPROTO_UDP);
    info("1.2.3.4", "80", 0, AF_UNSPEC, 77, 0);
    info("1.2.3.4", "80", 0x40000000, AF_UNSPEC, 0, 0);
    info(NULL, "80", AI_CANONNAME, AF_UNSPEC, 0, 0);
    // Without the file, osvrun has a line of its own for localhost, and Linux has nothing.
    int has_hosts = access("/etc/hosts", R_OK) == 0;
    if (has_hosts)
        info("localhost", "80", 0, AF_INET, SOCK_STREAM, 0);

    struct hostent *host = gethostbyname("10.20.30.40");
    printf("gethostbyname %s %d %d %s\n", host->h_name, host->h_addrtype, host->h_length, inet_ntoa(*(struct in_addr *)host->h_addr_list[0]));
    host = has_hosts ? gethostbyname("localhost") : NULL;
    printf("localhost %s\n", host ? inet_ntoa(*(struct in_addr *)host->h_addr_list[0]) : "none");
    struct hostent own, *found;
    char buf[512];
    int problem = 7;
    int error = gethostbyname_r("1.2.3.4", &own, buf, 4, &found, &problem);
    printf("gethostbyname_r in 4 bytes %d %d %d\n", error == ERANGE, found == NULL, problem);
    error = gethostbyname_r("1.2.3.4", &own, buf, sizeof buf, &found, &problem);
    printf("gethostbyname_r %d %s\n", error, found->h_name);
    printf("no service %d no protocol %d\n", getservbyname("no-such-service-here", "tcp") == NULL, getprotobyname("no-such-protocol-here") == NULL);
    printf("%s|%s|%s\n", hstrerror(1), hstrerror(2), gai_strerror(-2));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7), .sin_addr = {htonl(0x7f000001)}};
    char host_text[4], port_text[8];
    error = getnameinfo((struct sockaddr *)&address, sizeof address, host_text, sizeof host_text, NULL, 0, NI_NUMERICHOST);
    printf("getnameinfo small %d\n", error);
    error = getnameinfo((struct sockaddr *)&address, 4, host_text, sizeof host_text, NULL, 0, NI_NUMERICHOST);
    printf("getnameinfo short %d\n", error);

    int file = open("/dev/null", O_RDWR);
    char byte = 0;
    say("bind of a file", bind(file, (struct sockaddr *)&address, sizeof address));
    say("connect of a file", connect(file, (struct sockaddr *)&address, sizeof address));
    say("listen of a file", listen(file, 1));
    say("accept of a file", accept(file, NULL, NULL));
    say("send to a file", send(file, &byte, 1, 0));
    say("recv from a file", recv(file, &byte, 1, 0));
    say("shutdown of a file", shutdown(file, SHUT_RD));
    int value = 0;
    socklen_t len = sizeof value;
    say("getsockopt of a file", getsockopt(file, SOL_SOCKET, SO_TYPE, &value, &len));
    close(file);
    say("bind of none", bind(file, (struct sockaddr *)&address, sizeof address));
    say("send to none", send(file, &byte, 1, 0));
    say("listen of none", listen(-1, 1));
    int pair[2];
    say("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    say("send", send(pair[0], "hello", 5, 0));
    char text[8] = "";
    say("recv", recv(pair[1], text, sizeof text, 0));
    printf("%s\n", text);
    return 0;
}
