// kind: so pie
// flags: -lresolv -Wno-deprecated-declarations
// own libc: no: a static libc has none of its names
// The resolver by the names that programs linked long ago have for it, asking a server in a thread on 127.0.0.1, and numbers in
// messages.
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <resolv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OLD(result, name, symbol, ...) \
    extern result name(__VA_ARGS__); \
    __asm__(".symver " #name ", " #symbol "@GLIBC_2.2.5")
#define AS(result, name, symbol, ...) extern result name(__VA_ARGS__) __asm__(#symbol);
typedef unsigned char byte;

OLD(int, old_comp, __dn_comp, const char *, byte *, int, byte **, byte **);
OLD(int, old_expand, __dn_expand, const byte *, const byte *, const byte *, char *, int);
OLD(int, old_skipname, __dn_skipname, const byte *, const byte *);
OLD(int, old_dnok, __res_dnok, const char *);
OLD(int, old_hnok, __res_hnok, const char *);
OLD(int, old_mailok, __res_mailok, const char *);
OLD(int, old_ownok, __res_ownok, const char *);
OLD(int, old_mkquery, __res_mkquery, int, const char *, int, int, const byte *, int, const byte *, byte *, int);
OLD(int, old_nmkquery, __res_nmkquery, res_state, int, const char *, int, int, const byte *, int, const byte *, byte *, int);
OLD(int, old_query, __res_query, const char *, int, int, byte *, int);
OLD(int, old_nquery, __res_nquery, res_state, const char *, int, int, byte *, int);
OLD(int, old_search, __res_search, const char *, int, int, byte *, int);
OLD(int, old_nsearch, __res_nsearch, res_state, const char *, int, int, byte *, int);
OLD(int, old_querydomain, __res_querydomain, const char *, const char *, int, int, byte *, int);
OLD(int, old_nquerydomain, __res_nquerydomain, res_state, const char *, const char *, int, int, byte *, int);
OLD(int, old_send, __res_send, const byte *, int, byte *, int);
OLD(int, old_nsend, __res_nsend, res_state, const byte *, int, byte *, int);
AS(void, put_long, __putlong, uint32_t, byte *) AS(void, put_short, __putshort, uint16_t, byte *) AS(uint32_t, get_long, _getlong, const byte *) AS(uint16_t, get_short, _getshort, const byte *)
AS(void, close_resolver, __res_close, void) AS(const char *, host_alias, __res_hostalias, res_state, const char *, char *, size_t) AS(const char *, own_host_alias, __hostalias, const char *)

static struct sockaddr_in at;
static int server;

// Knows www.example.test and mail.example.test, the latter an alias of the former, and has no more than those.
static void *serve(void *unused) {
    byte m[512];
    struct sockaddr_in from;
    for (;;) {
        socklen_t length = sizeof from;
        int n = recvfrom(server, m, sizeof m, 0, (void *)&from, &length);
        if (n < 17) continue;
        int is_www = m[12] == 3 && !memcmp(m + 13, "www\7example\4test", 17), is_mail = m[12] == 4 && !memcmp(m + 13, "mail\7example\4test", 18);
        int end = n;
        m[2] = 0x84 | (m[2] & 1), m[3] = is_www || is_mail ? 0x80 : 0x83;
        memset(m + 6, 0, 6);
        if (is_mail) memcpy(m + end, "\xc0\x0c\0\5\0\1\0\0\1\0\0\6\3www\xc0\x11", 18), end += 18, m[7]++;
        if (is_www || is_mail) {
            memcpy(m + end, is_mail ? "\xc0\x2f\0\1\0\1\0\0\1\0\0\4\x7f\0\0\5" : "\xc0\x0c\0\1\0\1\0\0\1\0\0\4\x7f\0\0\5", 16);
            end += 16, m[7]++;
        }
        sendto(server, m, end, 0, (void *)&from, length);
    }
    return unused;
}

static void use_server(res_state state) {
    state->nscount = 1;
    state->nsaddr_list[0] = at;
    state->retrans = 1, state->retry = 1;
    strcpy(state->defdname, "example.test");
    memset(state->dnsrch, 0, sizeof state->dnsrch);
    state->dnsrch[0] = state->defdname;
}

static byte message[512], question[512];

static void show(const char *what, int n) {
    printf("%s %d", what, n);
    if (n > 0) printf(", answers %d, rcode %d", message[7], message[3] & 15);
    printf("\n");
}

static void asked(void) {
    struct __res_state own = {0};
    res_ninit(&own);
    use_server(&own), use_server(&_res);
    show("query", old_query("www.example.test", C_IN, T_A, message, sizeof message));
    show("query", old_query("nobody.example.test", C_IN, T_A, message, sizeof message));
    printf("h_errno %d\n", h_errno);
    show("nquery", old_nquery(&own, "mail.example.test", C_IN, T_A, message, sizeof message));
    show("search", old_search("mail", C_IN, T_A, message, sizeof message));
    show("search", old_search("nobody.at.all", C_IN, T_A, message, sizeof message));
    show("nsearch", old_nsearch(&own, "www", C_IN, T_A, message, sizeof message));
    show("querydomain", old_querydomain("www", "example.test", C_IN, T_A, message, sizeof message));
    show("nquerydomain", old_nquerydomain(&own, "mail", "example.test", C_IN, T_A, message, sizeof message));
    show("nquerydomain", old_nquerydomain(&own, "www.example.test", NULL, C_IN, T_A, message, sizeof message));
    int length = old_mkquery(QUERY, "www.example.test", C_IN, T_A, NULL, 0, NULL, question, sizeof question);
    printf("mkquery %d\n", length);
    show("send", old_send(question, length, message, sizeof message));
    printf("same question %d\n", !memcmp(question + 12, message + 12, length - 12) && !memcmp(question, message, 2));
    length = old_nmkquery(&own, QUERY, "mail.example.test.", C_IN, T_A, NULL, 0, NULL, question, sizeof question);
    show("nsend", old_nsend(&own, question, length, message, sizeof message));
    errno = 0;
    show("nsend with less", old_nsend(&own, question, length, message, 5));
    printf("errno %d\n", errno);
    show("nmkquery of no name", old_nmkquery(&own, QUERY, "a..b", C_IN, T_A, NULL, 0, NULL, question, sizeof question));
    show("nmkquery without room", old_nmkquery(&own, QUERY, "a.b", C_IN, T_A, NULL, 0, NULL, question, 13));
    res_nclose(&own);
    // It has nothing open.
    close_resolver();
}

static void names(void) {
    byte room[64] = {0};
    const byte *known[4] = {room, NULL};
    char text[64];
    int first = old_comp("a.example", room + 12, 52, (byte **)known, (byte **)known + 4);
    int second = old_comp("b.example", room + 12 + first, 20, (byte **)known, (byte **)known + 4);
    printf("comp %d %d", first, second);
    printf(" expand %d", old_expand(room, room + 64, room + 12 + first, text, sizeof text));
    printf(" %s skip %d %d\n", text, old_skipname(room + 12, room + 64), old_skipname(room + 12, room + 14));
    static const char *const tried[] = {"a.b", "a_b.c", "-a.b", "a-.b", "*.a", "a b", "a/b.c", ".", "", "a..b", "1.2", "a.b.", "\\a.b", "a\\.b.c"};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        printf(" %d%d%d%d", !!old_dnok(tried[i]), !!old_hnok(tried[i]), !!old_mailok(tried[i]), !!old_ownok(tried[i]));
    printf("\n");
    put_long(0x01020384, room), put_short(0x8567, room + 4);
    for (int i = 0; i < 6; i++) printf("%02x ", room[i]);
    printf("%x %x\n", get_long(room), get_short(room + 4));
}

static void aliases(void) {
    char path[] = "/tmp/aliasesXXXXXX", room[64] = "?";
    int fd = mkstemp(path);
    dprintf(fd, "# a comment\nshort long.example.test\n  \nother\tother.example.test and more\nbare\nUPPER up.example.test\n");
    close(fd);
    unsetenv("HOSTALIASES");
    printf("%d", host_alias(&_res, "short", room, sizeof room) == NULL);
    setenv("HOSTALIASES", "/nowhere", 1);
    printf(" %d", host_alias(&_res, "short", room, sizeof room) == NULL);
    setenv("HOSTALIASES", path, 1);
    static const char *const tried[] = {"short", "other", "bare", "SHORT", "upper", "nobody", "#"};
    for (int i = 0; i < 7; i++) {
        const char *alias = host_alias(&_res, tried[i], room, sizeof room);
        printf(" %s", alias ? alias : "-");
    }
    const char *alias = own_host_alias("short");
    printf(" %s", alias ? alias : "-");
    alias = host_alias(&_res, "short", room, 6);
    printf(" %s\n", alias ? alias : "-");
    // A name of one part is looked for there first.
    FILE *stream = fopen(path, "w");
    fprintf(stream, "shorter www.example.test\n");
    fclose(stream);
    show("search of an alias", old_search("shorter", C_IN, T_A, message, sizeof message));
    _res.options |= RES_NOALIASES;
    show("search of no alias", old_search("shorter", C_IN, T_A, message, sizeof message));
    unlink(path);
}

int main(void) {
    socklen_t length = sizeof at;
    at = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    server = socket(AF_INET, SOCK_DGRAM, 0);
    bind(server, (void *)&at, sizeof at);
    getsockname(server, (void *)&at, &length);
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);
    res_init();
    asked();
    names();
    aliases();
    return 0;
}
