// kind: so pie
// getnameinfo(3) of all kinds of addresses, without a name server.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netdb.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char host[NI_MAXHOST], serv[NI_MAXSERV];

static void ask(const char *what, const void *address, socklen_t len, socklen_t host_len, socklen_t serv_len, int flags) {
    strcpy(host, "-");
    strcpy(serv, "-");
    int result = getnameinfo(address, len, host_len ? host : NULL, host_len, serv_len ? serv : NULL, serv_len, flags);
    printf("%s, flags %d: %d", what, flags, result);
    if (result == 0)
        printf(" [%s] [%s]", host, serv);
    printf("\n");
}

int main(void) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int numbers = NI_NUMERICHOST | NI_NUMERICSERV;
    ask("nothing wanted", &four, sizeof four, 0, 0, numbers);
    ask("nothing wanted, a name required", &four, sizeof four, 0, 0, numbers | NI_NAMEREQD);
    ask("only a port, a name required", &four, sizeof four, 0, 20, numbers | NI_NAMEREQD);
    ask("numbers", &four, sizeof four, 100, 20, numbers);
    ask("numbers, a name required", &four, sizeof four, 100, 20, numbers | NI_NAMEREQD);
    ask("too short", &four, sizeof four - 1, 100, 20, numbers);
    ask("no room", &four, sizeof four, 5, 20, numbers);
    ask("no room for the port", &four, sizeof four, 100, 1, numbers);
    printf("empty room %d\n", getnameinfo((void *)&four, sizeof four, host, 0, serv, 0, NI_NAMEREQD));

    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    ask("any", &six, sizeof six, 100, 20, NI_NUMERICSERV);
    ask("any, a name required", &six, sizeof six, 100, 20, NI_NUMERICSERV | NI_NAMEREQD);
    ask("an IPv4 length", &six, sizeof four, 100, 20, numbers);
    struct in6_addr any = IN6ADDR_ANY_INIT;
    printf("gethostbyaddr of any %d", gethostbyaddr(&any, sizeof any, AF_INET6) == NULL);
    printf(" %d\n", h_errno);

    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/socket"};
    char own[100];
    gethostname(own, sizeof own);
    ask("a path", &local, sizeof local, 100, 30, NI_NUMERICHOST);
    ask("a path, both", &local, sizeof local, 100, 30, NI_NUMERICHOST | NI_NAMEREQD);
    printf("a path, by name %d", getnameinfo((void *)&local, sizeof local, host, 100, serv, 30, 0));
    printf(" %d [%s]", strcmp(host, own), serv);
    printf(" %d", getnameinfo((void *)&local, sizeof local, host, 100, NULL, 0, NI_NAMEREQD));
    printf(" %d\n", strcmp(host, own));
    ask("a path, no room", &local, sizeof local, 5, 30, NI_NUMERICHOST);
    ask("a path, no room for it", &local, sizeof local, 100, 5, NI_NUMERICHOST);
    ask("a path, too short", &local, 1, 100, 30, NI_NUMERICHOST);
    four.sin_family = AF_NETLINK;
    ask("another family", &four, sizeof four, 100, 20, 0);
    ask("unknown flags", &four, sizeof four, 100, 20, 1 << 20);
    return 0;
}
