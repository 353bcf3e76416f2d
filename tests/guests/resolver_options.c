// flags: -lresolv
// kind: so pie
// sortlist, edns0 and trust-ad of resolv.conf(5), as set in the state: what a server is asked, and what comes of its answers.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PLAIN, NO_EXTENSIONS, HEADER_ONLY, FAILURE_ONLY, REFUSAL_ONLY };

static int udp, manners;
static struct sockaddr_in at;

// The last query, but for its number.
static unsigned char asked[16][600];
static int lengths[16], count;

static unsigned char *put(unsigned char *p, const char *bytes, int len) { return (unsigned char *)memcpy(p, bytes, len) + len; }

static int answer(unsigned char *m, int len) {
    int i = 12;
    while (m[i]) i += m[i] + 1;
    int type = m[i + 1] << 8 | m[i + 2], extended = m[11];
    unsigned char *p = m + i + 5;
    if (count < 16) memcpy(asked[count], m, len), lengths[count++] = len;
    m[2] = 0x84 | (m[2] & 1), m[3] = 0xa0;
    memset(m + 6, 0, 6);
    if (extended && manners != PLAIN) {
        m[3] |= manners == FAILURE_ONLY ? 2 : manners == REFUSAL_ONLY ? 5 : 1;
        if (manners == NO_EXTENSIONS) return p - m;
        m[4] = m[5] = 0;
        return 12;
    }
    if (type == 1) {
        static const unsigned char addresses[][4] = {{10, 0, 0, 1}, {192, 168, 3, 4}, {127, 9, 0, 1}, {10, 20, 0, 1}, {192, 168, 7, 4}, {172, 16, 5, 5}, {127, 0, 0, 9}};
        for (int k = 0; k < 7; k++) {
            p = put(p, "\xc0\x0c\0\1\0\1\0\0\0\x0a\0\4", 12);
            p = put(p, (const char *)addresses[k], 4);
        }
        m[7] = 7;
    } else if (type == 28) {
        p = put(p, "\xc0\x0c\0\x1c\0\1\0\0\0\x0a\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 28);
        m[7] = 1;
    } else if (type == 12) {
        p = put(p, "\xc0\x0c\0\x0c\0\1\0\0\0\x0a\0\4\2me\0", 16);
        m[7] = 1;
    }
    return p - m;
}

static void *serve(void *arg) {
    unsigned char m[1024];
    for (;;) {
        struct sockaddr_in from;
        socklen_t from_len = sizeof from;
        int n = recvfrom(udp, m, 512, 0, (void *)&from, &from_len);
        if (n < 12) continue;
        n = answer(m, n);
        sendto(udp, m, n, 0, (void *)&from, from_len);
    }
    return arg;
}

static void prepare(unsigned long options, int how) {
    res_init();
    _res.nscount = 1, _res.nsaddr_list[0] = at, _res.retrans = 1, _res.retry = 1;
    memset(_res.dnsrch, 0, sizeof _res.dnsrch);
    _res.options = _res.options & ~(RES_USE_EDNS0 | RES_USE_DNSSEC | RES_TRUSTAD) | options;
    manners = how, count = 0;
}

static void show_asked(void) {
    for (int i = 0; i < count; i++) {
        printf("  asked");
        for (int k = 2; k < lengths[i]; k++) printf(" %02x", asked[i][k]);
        printf("\n");
    }
    count = 0;
}

static void query(const char *what, unsigned long options, int how, int room) {
    unsigned char out[2000] = {0};
    prepare(options, how);
    for (int i = 0; i < 2; i++) {
        int n = res_query("www.example.test", C_IN, T_A, out, room);
        int error = errno;
        if (n < 0) printf("%s: errno %d, h_errno %d\n", what, error, h_errno);
        else printf("%s: %d, flags %02x%02x\n", what, n, out[2], out[3]);
        show_asked();
    }
}

static void by_name(const char *what) {
    struct hostent *h = gethostbyname("www.example.test");
    printf("%s:", what);
    for (char **a = h ? h->h_addr_list : NULL; a && *a; a++) printf(" %s", inet_ntoa(*(struct in_addr *)*a));
    printf("\n");
    count = 0;
}

static void pair(const char *address, const char *mask) {
    int i = _res.nsort++;
    inet_aton(address, &_res.sort_list[i].addr);
    struct in_addr bits;
    inet_aton(mask, &bits);
    _res.sort_list[i].mask = bits.s_addr;
}

int main(void) {
    socklen_t len = sizeof at;
    udp = socket(AF_INET, SOCK_DGRAM, 0);
    at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(udp, (void *)&at, sizeof at) || getsockname(udp, (void *)&at, &len)) return 1;
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);

    query("plain", 0, PLAIN, 2000);
    query("edns0", RES_USE_EDNS0, PLAIN, 2000);
    query("edns0, room for 600", RES_USE_EDNS0, PLAIN, 600);
    query("edns0, room for 300", RES_USE_EDNS0, PLAIN, 300);
    query("dnssec", RES_USE_DNSSEC, PLAIN, 2000);
    query("trust-ad", RES_TRUSTAD, PLAIN, 2000);
    query("both", RES_TRUSTAD | RES_USE_EDNS0, PLAIN, 2000);
    query("without extensions", RES_USE_EDNS0, NO_EXTENSIONS, 2000);
    query("without the question", RES_USE_EDNS0, HEADER_ONLY, 2000);
    query("a failure without the question", RES_USE_EDNS0, FAILURE_ONLY, 2000);
    query("a refusal without the question", RES_USE_EDNS0, REFUSAL_ONLY, 2000);

    unsigned char message[600], out[600];
    prepare(RES_TRUSTAD | RES_USE_EDNS0, PLAIN);
    int n = res_mkquery(QUERY, "a.b", C_IN, T_A, NULL, 0, NULL, message, sizeof message);
    printf("mkquery %d:", n);
    for (int k = 2; k < n; k++) printf(" %02x", message[k]);
    n = res_send(message, n, out, sizeof out);
    printf("\nsend %d %02x%02x\n", n, out[2], out[3]);
    _res.options &= ~RES_TRUSTAD;
    n = res_send(message, 21, out, sizeof out);
    printf("send %d %02x%02x\n", n, out[2], out[3]);
    count = 0;

    prepare(RES_USE_EDNS0, PLAIN), by_name("edns0");
    prepare(RES_USE_EDNS0, PLAIN);
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list;
    printf("getaddrinfo %d\n", getaddrinfo("www.example.test", NULL, &hints, &list));
    show_asked();
    gethostbyname("www.example.test"), show_asked();
    gethostbyaddr("\x7f\0\0\x09", 4, AF_INET), show_asked();

    prepare(0, PLAIN), by_name("unsorted");
    prepare(0, PLAIN), pair("192.168.7.0", "255.255.255.0"), by_name("one net");
    prepare(0, PLAIN), pair("127.0.0.0", "255.0.0.0"), pair("192.168.0.0", "255.255.0.0"), by_name("two nets");
    prepare(0, PLAIN), pair("172.16.0.0", "255.240.0.0"), pair("10.20.0.0", "255.255.0.0"), pair("127.0.0.9", "255.255.255.255"), by_name("three nets");
    prepare(0, PLAIN), pair("10.0.0.1", "255.0.0.0"), by_name("no net");
    prepare(0, PLAIN), pair("0.0.0.0", "0.0.0.0"), by_name("all");
    return 0;
}
