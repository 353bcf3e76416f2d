// kind: so pie
// own libc: no: the static libc of Debian crashes in it on Linux
// Hosts, networks, protocols and services: by name and number, into the caller's room, one by one; and what is not there.
// The files are the system's, and need not be there at all.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <rpc/netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static char room[8192];

static void host(const char *what, const struct hostent *h) {
    char text[INET6_ADDRSTRLEN];
    if (!h) {
        printf("%s: none, h_errno %d\n", what, h_errno);
        return;
    }
    printf("%s: %s type %d length %d", what, h->h_name, h->h_addrtype, h->h_length);
    for (char **a = h->h_aliases; *a; a++) printf(" alias %s", *a);
    for (char **a = h->h_addr_list; *a; a++) printf(" %s", inet_ntop(h->h_addrtype, *a, text, sizeof text));
    printf("\n");
}

static void hosts(void) {
    struct in_addr four = {htonl(INADDR_LOOPBACK)};
    struct hostent own, *found;
    int error;
    host("by name", gethostbyname("127.0.0.1"));
    host("by name2", gethostbyname2("127.0.0.1", AF_INET));
    host("by name2 six", gethostbyname2("::1", AF_INET6));
    host("by name2 of the other kind", gethostbyname2("127.0.0.1", AF_INET6));
    host("by address", gethostbyaddr(&four, sizeof four, AF_INET));
    host("by address of another length", gethostbyaddr(&four, 3, AF_INET));
    int result = gethostbyname_r("10.1.2.3", &own, room, sizeof room, &found, &error);
    printf("gethostbyname_r %d %d\n", result, found == &own);
    host("  it", found);
    result = gethostbyname_r("10.1.2.3", &own, room, 4, &found, &error);
    printf("in 4 bytes %d %d %d\n", result, found == NULL, error);
    result = gethostbyname2_r("::ffff:1.2.3.4", AF_INET6, &own, room, sizeof room, &found, &error);
    printf("gethostbyname2_r %d\n", result);
    host("  it", found);
    result = gethostbyaddr_r(&four, sizeof four, AF_INET, &own, room, sizeof room, &found, &error);
    printf("gethostbyaddr_r %d\n", result);
    host("  it", found);
    result = gethostbyaddr_r(&four, sizeof four, AF_INET, &own, room, 8, &found, &error);
    printf("in 8 bytes %d %d\n", result, found == NULL);
    result = gethostbyaddr_r(&four, 3, AF_INET, &own, room, sizeof room, &found, &error);
    printf("of another length %d %d %d\n", result, found == NULL, error);
    int count = 0, again = 0, locals = 0;
    sethostent(1);
    for (struct hostent *h; (h = gethostent()); count++) locals += !strcmp(h->h_name, "localhost");
    sethostent(0);
    while (gethostent_r(&own, room, sizeof room, &found, &error) == 0) again++;
    endhostent();
    printf("all %d %d\n", count == again, count == 0 || locals > 0);
    sethostent(0);
    result = gethostent_r(&own, room, 1, &found, &error);
    printf("in 1 byte %d\n", count == 0 || (result == ERANGE && found == NULL));
    endhostent();
}

static void net(const char *what, const struct netent *n) {
    if (n)
        printf("%s: %s %d %#x\n", what, n->n_name, n->n_addrtype, n->n_net);
    else
        printf("%s: none\n", what);
}

static void networks(void) {
    struct netent own, *found;
    int error, result;
    net("loopback", getnetbyname("loopback"));
    net("127", getnetbyaddr(0x7f000000, AF_INET));
    net("of no name", getnetbyname("no such network"));
    net("of no number", getnetbyaddr(0x01020304, AF_INET));
    result = getnetbyname_r("no such network", &own, room, sizeof room, &found, &error);
    printf("getnetbyname_r %d %d\n", result == 0 || result == ENOENT, found == NULL);
    result = getnetbyaddr_r(0x01020304, AF_INET, &own, room, sizeof room, &found, &error);
    printf("getnetbyaddr_r %d %d\n", result == 0 || result == ENOENT, found == NULL);
    int count = 0, again = 0;
    setnetent(0);
    while (getnetent()) count++;
    setnetent(1);
    error = 77;
    if (count) {
        printf("in 4 bytes %d", getnetent_r(&own, room, 4, &found, &error));
        printf(" %d %d\n", h_errno, error);
    }
    while (getnetent_r(&own, room, sizeof room, &found, &error) == 0) again++;
    if (count) printf("at the end %d %d\n", h_errno, error);
    endnetent();
    printf("all %d\n", count == again);
}

static void protocol(const char *what, const struct protoent *p) {
    printf("%s:", what);
    if (p) {
        printf(" %s %d", p->p_name, p->p_proto);
        for (char **a = p->p_aliases; *a; a++) printf(" %s", *a);
    }
    printf("\n");
}

static void protocols(void) {
    struct protoent own, *found;
    protocol("tcp", getprotobyname("tcp"));
    protocol("UDP", getprotobyname("UDP"));
    protocol("6", getprotobynumber(6));
    protocol("-1", getprotobynumber(-1));
    protocol("none", getprotobyname("no such protocol"));
    protocol("empty", getprotobyname(""));
    int result = getprotobyname_r("icmp", &own, room, sizeof room, &found);
    printf("getprotobyname_r %d\n", result);
    protocol("  it", found);
    result = getprotobyname_r("icmp", &own, room, 3, &found);
    printf("in 3 bytes %d %d\n", result, found == NULL);
    result = getprotobynumber_r(17, &own, room, sizeof room, &found);
    printf("getprotobynumber_r %d\n", result);
    protocol("  it", found);
    result = getprotobynumber_r(9999, &own, room, sizeof room, &found);
    printf("9999 %d %d\n", result, found == NULL);
    int count = 0, again = 0;
    setprotoent(0);
    while (getprotoent()) count++;
    setprotoent(0);
    protocol("first", getprotoent());
    setprotoent(0);
    while ((result = getprotoent_r(&own, room, sizeof room, &found)) == 0) again++;
    endprotoent();
    printf("all %d, %d\n", count == again, result);
}

static void service(const char *what, const struct servent *s) {
    printf("%s:", what);
    if (s) {
        printf(" %s %d/%s", s->s_name, ntohs(s->s_port), s->s_proto);
        for (char **a = s->s_aliases; *a; a++) printf(" %s", *a);
    }
    printf("\n");
}

static void services(void) {
    struct servent own, *found;
    service("http", getservbyname("http", "tcp"));
    service("domain", getservbyname("domain", "udp"));
    service("domain of any", getservbyname("domain", NULL));
    service("www, an alias", getservbyname("www", NULL));
    service("ssh of another", getservbyname("ssh", "no such protocol"));
    service("none", getservbyname("no such service", "tcp"));
    service("53", getservbyport(htons(53), "udp"));
    service("22 of any", getservbyport(htons(22), NULL));
    service("1", getservbyport(htons(64999), "tcp"));
    int result = getservbyname_r("smtp", "tcp", &own, room, sizeof room, &found);
    printf("getservbyname_r %d\n", result);
    service("  it", found);
    result = getservbyname_r("smtp", "tcp", &own, room, 4, &found);
    printf("in 4 bytes %d %d\n", result, found == NULL);
    result = getservbyport_r(htons(80), "tcp", &own, room, sizeof room, &found);
    printf("getservbyport_r %d\n", result);
    service("  it", found);
    int count = 0, again = 0;
    setservent(1);
    while (getservent()) count++;
    setservent(0);
    service("first", getservent());
    endservent();
    while ((result = getservent_r(&own, room, sizeof room, &found)) == 0) again++;
    endservent();
    printf("all %d, %d\n", count == again, result);
}

static void calls(void) {
    struct rpcent own, *found;
    int result = getrpcbyname_r("nfs", &own, room, sizeof room, &found);
    printf("getrpcbyname_r %d %d\n", result, found ? found->r_number : -1);
    result = getrpcbynumber_r(100000, &own, room, sizeof room, &found);
    printf("getrpcbynumber_r %d %s\n", result, found ? found->r_name : "none");
    result = getrpcbynumber_r(-7, &own, room, sizeof room, &found);
    printf("of -7 %d %d\n", result, found == NULL);
    int count = 0, again = 0;
    setrpcent(1);
    while (getrpcent()) count++;
    setrpcent(1);
    while ((result = getrpcent_r(&own, room, sizeof room, &found)) == 0) again++;
    endrpcent();
    printf("all %d, %d\n", count == again, result);
    struct ether_addr ether = {{2, 0, 0, 0, 0, 99}};
    printf("ether_ntohost %d\n", ether_ntohost(room, &ether) != 0);
}

int main(void) {
    hosts();
    networks();
    protocols();
    services();
    calls();
    printf("%#x %#x %#x %#x\n", (htonl)(0x01020304), (htons)(0x0102), (ntohl)(0xa0b0c0d), (ntohs)(0xabcd));
    // The reason goes to standard error.
    h_errno = HOST_NOT_FOUND;
    herror("herror");
    h_errno = 77;
    herror(NULL);
    return 0;
}
