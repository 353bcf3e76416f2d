// flags: -lresolv
// kind: so pie
// The stub resolver and the DNS behind getaddrinfo and its like, asked of a server in a thread on 127.0.0.1.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int udp, tcp;
static struct sockaddr_in at;

static unsigned char *put16(unsigned char *p, unsigned v) { *p++ = v >> 8; *p++ = v; return p; }

static unsigned char *record(unsigned char *p, const void *name, int name_len, int type, const void *data, int len) {
    memcpy(p, name, name_len);
    p = put16(p + name_len, type);
    p = put16(p, 1);
    p = put16(p, 0);
    p = put16(p, 300);
    p = put16(p, len);
    memcpy(p, data, len);
    return p + len;
}

// Answers a query in place; returns the length of the answer.
static int answer(unsigned char *m, int len, int is_tcp) {
    char name[256] = "";
    int i = 12, n = 0, count = 0, rcode = 0;
    for (; m[i]; i += m[i] + 1) {
        n += sprintf(name + n, "%s%.*s", n ? "." : "", m[i], (char *)m + i + 1);
    }
    for (char *c = name; *c; c++) *c |= (*c >= 'A' && *c <= 'Z') ? 0x20 : 0;
    int type = m[i + 1] << 8 | m[i + 2];
    unsigned char *p = m + i + 5;
    (void)len;
    static const unsigned char four[4] = {127, 0, 0, 9};
    static const unsigned char six[16] = {[15] = 1};
    static const unsigned char self[2] = {0xc0, 12};
    m[2] = 0x84 | (m[2] & 1);
    m[3] = 0x80;
    if (!strcmp(name, "www.example.test")) {
        if (type == 1) p = record(p, self, 2, 1, four, 4), count++;
    } else if (!strcmp(name, "alias.example.test")) {
        // An alias of www.example.test, by a pointer to "example.test" of the question.
        unsigned char www[6] = {3, 'w', 'w', 'w', 0xc0, 18};
        p = record(p, self, 2, 5, www, 6), count++;
        unsigned char where[2] = {0xc0, (unsigned char)(p - 6 - m)};
        if (type == 1) p = record(p, where, 2, 1, four, 4), count++;
    } else if (!strcmp(name, "six.example.test")) {
        if (type == 28) p = record(p, self, 2, 28, six, 16), count++;
    } else if (!strcmp(name, "odd.example.test")) {
        // A server that has not heard of names without records of a type.
        if (type == 1) p = record(p, self, 2, 1, four, 4), count++;
        else rcode = 3;
    } else if (!strcmp(name, "nodata.example.test")) {
    } else if (!strcmp(name, "big.example.test")) {
        if (!is_tcp) {
            m[2] |= 2;
        } else if (type == 1) {
            for (int k = 0; k < 3; k++) {
                unsigned char b[4] = {127, 0, 1, k};
                p = record(p, self, 2, 1, b, 4), count++;
            }
        }
    } else if (!strcmp(name, "mail.example.test")) {
        unsigned char mx[] = {0, 10, 2, 'm', 'x', 0xc0, 17};
        if (type == 15) p = record(p, self, 2, 15, mx, sizeof mx), count++;
    } else if (!strcmp(name, "9.0.0.127.in-addr.arpa")) {
        unsigned char www[] = "\3www\7example\4test";
        if (type == 12) p = record(p, self, 2, 12, www, sizeof www), count++;
    } else if (!strcmp(name, "fail.example.test")) {
        rcode = 2;
    } else {
        rcode = 3;
    }
    m[3] |= rcode;
    memset(m + 6, 0, 6);
    m[7] = count;
    return p - m;
}

static void *serve(void *arg) {
    (void)arg;
    unsigned char m[1024];
    for (;;) {
        struct pollfd fds[2] = {{udp, POLLIN, 0}, {tcp, POLLIN, 0}};
        poll(fds, 2, -1);
        if (fds[0].revents) {
            struct sockaddr_in from;
            socklen_t from_len = sizeof from;
            int n = recvfrom(udp, m, 512, 0, (void *)&from, &from_len);
            if (n >= 12) {
                n = answer(m, n, 0);
                sendto(udp, m, n, 0, (void *)&from, from_len);
            }
        }
        if (fds[1].revents) {
            int fd = accept(tcp, 0, 0);
            unsigned char *b = m + 2;
            while (recv(fd, m, 2, MSG_WAITALL) == 2) {
                int n = recv(fd, b, m[0] << 8 | m[1], MSG_WAITALL);
                n = answer(b, n, 1);
                put16(m, n);
                send(fd, m, n + 2, 0);
            }
            close(fd);
        }
    }
    return 0;
}

static void ask(const char *name, int family, int flags) {
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list;
    int error = getaddrinfo(name, "80", &hints, &list);
    printf("%s:", name);
    if (error) {
        printf(" %d %s\n", error, gai_strerror(error));
        return;
    }
    if (list->ai_canonname) printf(" (%s)", list->ai_canonname);
    for (struct addrinfo *i = list; i; i = i->ai_next) {
        char text[64], port[8];
        getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
        printf(" %s/%s", text, port);
    }
    printf("\n");
    freeaddrinfo(list);
}

static void by_name(const char *name) {
    struct hostent *h = gethostbyname(name);
    printf("gethostbyname %s:", name);
    if (!h) {
        printf(" h_errno %d\n", h_errno);
        return;
    }
    printf(" %s", h->h_name);
    for (char **a = h->h_aliases; *a; a++) printf(" alias %s", *a);
    for (char **a = h->h_addr_list; *a; a++) printf(" %s", inet_ntoa(*(struct in_addr *)*a));
    printf("\n");
}

static void use_server(struct __res_state *state) {
    state->nscount = 1;
    state->nsaddr_list[0] = at;
    state->retrans = 1;
    state->retry = 1;
    strcpy(state->defdname, "example.test");
    memset(state->dnsrch, 0, sizeof state->dnsrch);
    state->dnsrch[0] = state->defdname;
}

// Why there is no answer is h_errno's, whatever call asked.
static void no_answer(const struct in_addr *address) {
    struct hostent room, *found;
    char text[2000];
    int problem = 0;
    h_errno = 77;
    gethostbyname_r("none.example.test", &room, text, sizeof text, &found, &problem);
    printf("gethostbyname_r: %d %d %d\n", problem, h_errno, _res.res_h_errno);
    h_errno = 77;
    gethostbyaddr_r(address, 4, AF_INET, &room, text, sizeof text, &found, &problem);
    printf("gethostbyaddr_r: %d %d %d\n", problem, h_errno, _res.res_h_errno);
    h_errno = 77;
    struct addrinfo *none;
    printf("getaddrinfo: %d", getaddrinfo("none.example.test", 0, 0, &none));
    printf(" %d %d\n", h_errno, _res.res_h_errno);
}

int main(void) {
    // One number that is free for both.
    for (int tries = 0;; tries++) {
        socklen_t len = sizeof at;
        udp = socket(AF_INET, SOCK_DGRAM, 0);
        tcp = socket(AF_INET, SOCK_STREAM, 0);
        at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        bind(udp, (void *)&at, sizeof at);
        getsockname(udp, (void *)&at, &len);
        if (!bind(tcp, (void *)&at, sizeof at) && !listen(tcp, 5)) break;
        if (tries == 100) return 1;
        close(udp);
        close(tcp);
    }
    pthread_t thread;
    pthread_create(&thread, 0, serve, 0);

    res_init();
    use_server(&_res);
    ask("www.example.test", AF_INET, 0);
    ask("www.example.test", AF_UNSPEC, AI_CANONNAME);
    ask("WWW.Example.Test.", AF_INET, AI_CANONNAME);
    ask("www", AF_INET, AI_CANONNAME);
    ask("alias.example.test", AF_INET, AI_CANONNAME);
    ask("six.example.test", AF_INET6, 0);
    ask("six.example.test", AF_INET, 0);
    ask("www.example.test", AF_INET6, AI_V4MAPPED);
    ask("odd.example.test", AF_UNSPEC, 0);
    ask("odd.example.test", AF_INET6, 0);
    ask("nodata.example.test", AF_INET, 0);
    ask("none.example.test", AF_INET, 0);
    ask("none", AF_UNSPEC, 0);
    ask("fail.example.test", AF_UNSPEC, 0);
    ask("fail.example.test.", AF_INET, 0);
    ask("fail.example.test.", AF_INET6, 0);
    ask("big.example.test", AF_INET, 0);
    ask("big.example.test", AF_INET, AI_NUMERICHOST);
    by_name("alias.example.test");
    by_name("www");
    by_name("six.example.test");
    by_name("none.example.test");
    by_name("fail.example.test");

    struct in_addr four;
    inet_aton("127.0.0.9", &four);
    struct hostent *h = gethostbyaddr(&four, 4, AF_INET);
    printf("gethostbyaddr: %s\n", h ? h->h_name : "none");
    inet_aton("127.0.0.77", &four);
    h = gethostbyaddr(&four, 4, AF_INET);
    printf("gethostbyaddr: %s %d\n", h ? h->h_name : "none", h_errno);
    no_answer(&four);
    struct sockaddr_in name = {.sin_family = AF_INET};
    inet_aton("127.0.0.9", &name.sin_addr);
    char host[NI_MAXHOST];
    int error = getnameinfo((void *)&name, sizeof name, host, sizeof host, 0, 0, 0);
    printf("getnameinfo: %d %s\n", error, host);
    inet_aton("127.0.0.78", &name.sin_addr);
    error = getnameinfo((void *)&name, sizeof name, host, sizeof host, 0, 0, 0);
    printf("getnameinfo: %d %s\n", error, host);
    printf("getnameinfo: %d\n", getnameinfo((void *)&name, sizeof name, host, sizeof host, 0, 0, NI_NAMEREQD));

    // A state of the program's own, in which there may be anything before.
    struct __res_state own, fresh;
    memset(&fresh, 0, sizeof fresh);
    printf("res_ninit %d\n", res_ninit(&fresh));
    memset(&own, 0xa5, sizeof own);
    printf("res_ninit %d\n", res_ninit(&own));
    printf("same options %d times %d %d dots %d servers %d\n", own.options == fresh.options, own.retrans == fresh.retrans,
           own.retry == fresh.retry, own.ndots == fresh.ndots, own.nscount == fresh.nscount);
    res_nclose(&fresh);
    use_server(&own);
    unsigned char room[1024];
    int n = res_nquery(&own, "mail.example.test", C_IN, T_MX, room, sizeof room);
    ns_msg handle;
    ns_rr rr;
    int parsed = ns_initparse(room, n, &handle);
    printf("MX: %d bytes, initparse %d, answers %d\n", n, parsed, ns_msg_count(handle, ns_s_an));
    for (int i = 0; i < ns_msg_count(handle, ns_s_an); i++) {
        char exchange[256];
        printf("parserr %d", ns_parserr(&handle, ns_s_an, i, &rr));
        int used = ns_name_uncompress(ns_msg_base(handle), ns_msg_end(handle), ns_rr_rdata(rr) + 2, exchange, sizeof exchange);
        printf(" %s type %d class %d ttl %u len %d: %d %s (%d)\n", ns_rr_name(rr), ns_rr_type(rr), ns_rr_class(rr),
               ns_rr_ttl(rr), ns_rr_rdlen(rr), ns_get16(ns_rr_rdata(rr)), exchange, used);
        used = dn_expand(room, room + n, ns_rr_rdata(rr) + 2, exchange, sizeof exchange);
        printf("dn_expand %d %s, skip %d\n", used, exchange, dn_skipname(ns_rr_rdata(rr) + 2, room + n));
        used = dn_expand(room, room + n, ns_rr_rdata(rr) + 2, exchange, 5);
        printf("short %d %d\n", used, errno);
    }
    printf("flags: qr %d rd %d ra %d rcode %d\n", ns_msg_getflag(handle, ns_f_qr), ns_msg_getflag(handle, ns_f_rd),
           ns_msg_getflag(handle, ns_f_ra), ns_msg_getflag(handle, ns_f_rcode));
    parsed = ns_parserr(&handle, ns_s_an, 1, &rr);
    printf("past the end: %d %d\n", parsed, errno);
    // One after another, up to the section's end.
    for (int i = 0; i < 4; i++) {
        errno = 0;
        parsed = ns_parserr(&handle, ns_s_an, i < 1 ? 0 : -1, &rr);
        printf("next %d %d\n", parsed, errno);
    }
    parsed = ns_parserr(&handle, ns_s_qd, -1, &rr);
    printf("first question %d %s\n", parsed, ns_rr_name(rr));
    parsed = ns_parserr(&handle, ns_s_qd, -1, &rr);
    printf("next question %d\n", parsed);
    parsed = ns_parserr(&handle, ns_s_qd, 0, &rr);
    printf("parserr question %d %s %d\n", parsed, ns_rr_name(rr), ns_rr_type(rr));
    parsed = ns_initparse(room, n - 1, &handle);
    printf("cut off: %d %d\n", parsed, errno);
    n = res_nsearch(&own, "mail", C_IN, T_MX, room, sizeof room);
    printf("search: %d\n", n);
    n = res_nsearch(&own, "nodata", C_IN, T_MX, room, sizeof room);
    printf("search: %d %d\n", n, own.res_h_errno);
    n = res_nquery(&own, "none.example.test", C_IN, T_A, room, sizeof room);
    printf("query: %d %d\n", n, own.res_h_errno);
    n = res_nquerydomain(&own, "big", "example.test", C_IN, T_A, room, sizeof room);
    printf("over TCP: %d, answers %d\n", n, room[7]);
    n = res_nmkquery(&own, QUERY, "a.b", C_IN, T_A, 0, 0, 0, room, sizeof room);
    printf("mkquery %d:", n);
    for (int i = 2; i < n; i++) printf(" %02x", room[i]);
    n = res_nmkquery(&own, QUERY, "a.b", C_IN, T_A, 0, 0, 0, room, 20);
    printf("\nno room: %d\n", n);
    n = res_query("www.example.test", C_IN, T_A, room, sizeof room);
    printf("res_query %d\n", n);
    n = res_search("mail", C_IN, T_MX, room, sizeof room);
    printf("res_search %d\n", n);
    n = res_querydomain("www", "example.test", C_IN, T_A, room, sizeof room);
    printf("res_querydomain %d\n", n);
    unsigned char question[300];
    int len = res_mkquery(QUERY, "www.example.test", C_IN, T_A, 0, 0, 0, question, sizeof question);
    n = res_send(question, len, room, sizeof room);
    printf("res_send %d, answers %d, of it %d\n", n, room[7], !memcmp(room, question, 2));
    len = res_nmkquery(&own, QUERY, "mail.example.test", C_IN, T_MX, 0, 0, 0, question, sizeof question);
    n = res_nsend(&own, question, len, room, sizeof room);
    printf("res_nsend %d, answers %d, of it %d\n", n, room[7], !memcmp(room, question, 2));
    res_nclose(&own);

    // Names.
    unsigned char message[256] = {0};
    const unsigned char *known[8] = {message, 0};
    unsigned char *p = message + 12;
    const char *names[] = {"www.example.test", "mail.example.test.", "example.test", "other.test", "x\\.y.test", ""};
    for (int i = 0; i < 6; i++) {
        n = dn_comp(names[i], p, message + sizeof message - p, (void *)known, (void *)(known + 8));
        char text[256];
        int back = dn_expand(message, message + sizeof message, p, text, sizeof text);
        printf("dn_comp %s: %d, back %d '%s'\n", names[i], n, back, text);
        p += n;
    }
    printf("dn_comp no room: %d\n", dn_comp("long.example", p, 4, 0, 0));
    unsigned char wire[256];
    char text[256];
    printf("pton %d %d %d", ns_name_pton("a.b", wire, sizeof wire), ns_name_pton("a.b.", wire, sizeof wire),
           ns_name_pton("a..b", wire, sizeof wire));
    ns_name_pton("a\\001\\.b.c", wire, sizeof wire);
    printf(", ntop %d", ns_name_ntop(wire, text, sizeof text));
    printf(" %s\n", text);
    printf("hnok %d %d %d %d %d\n", res_hnok("a-b.c"), res_hnok("-a.b"), res_hnok("a b"), res_hnok("a_b."), res_hnok("a..b"));
    printf("ownok %d %d mailok %d %d dnok %d %d\n", res_ownok("*.a"), res_ownok("a.*"), res_mailok("a/b.c"),
           res_mailok("abc"), res_dnok("a b"), res_dnok("a..b"));
    printf("same %d %d %d %d\n", ns_samename("A.b.", "a.B"), ns_samename("a", "b"), ns_samedomain("x.a.b", "a.b."),
           ns_samedomain("xa.b", "a.b"));
    printf("sub %d %d, canon %d", ns_subdomain("x.a", "a"), ns_subdomain("a", "a"), ns_makecanon("a.b..", text, sizeof text));
    printf(" %s\n", text);
    n = b64_ntop((unsigned char *)"hello w", 7, text, sizeof text);
    printf("b64 %d %s", n, text);
    n = b64_pton("aGVs bG8g\ndw==", wire, sizeof wire);
    printf(" %d %.*s %d %d %d\n", n, n, wire, b64_pton("aGVsb", wire, sizeof wire), b64_pton("a?==", wire, 8),
           b64_pton("aGVsbG8=", wire, 4));
    const char *padded[] = {"aGVsbG8=x", "aGVsbG8= x", "aGVsbG8==", "dw==x", "dw=x=", "dw= = ", "dw=", "aGVsbG8=\n"};
    for (int i = 0; i < 8; i++) printf("b64 %s %d\n", padded[i], b64_pton(padded[i], wire, sizeof wire));
    return 0;
}
