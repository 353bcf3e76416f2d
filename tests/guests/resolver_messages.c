// kind: so pie
// flags: -lresolv
// Messages of the DNS made, taken apart and written by hand, with names that are compressed and names that are wrong. Nobody
// is asked.
#define _GNU_SOURCE
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

static unsigned char message[NS_PACKETSZ];

static void dump(const char *what, const unsigned char *bytes, int count) {
    printf("%s %d:", what, count);
    for (int i = 0; i < count; i++) printf(" %02x", bytes[i]);
    printf("\n");
}

static void queries(void) {
    int len = res_mkquery(QUERY, "www.example.org", C_IN, T_A, NULL, 0, NULL, message, sizeof message);
    message[0] = message[1] = 0;
    dump("res_mkquery", message, len);
    len = res_mkquery(QUERY, "a.b", C_CHAOS, T_TXT, NULL, 0, NULL, message, 20);
    printf("of 20 bytes %d\n", len > 0 ? 1 : len);
    printf("of a name too long %d\n", res_mkquery(QUERY, "0123456789012345678901234567890123456789012345678901234567890123456789.org", C_IN, T_A, NULL, 0, NULL, message, sizeof message));
    struct __res_state state;
    memset(&state, 0, sizeof state);
    printf("res_ninit %d\n", res_ninit(&state));
    len = res_nmkquery(&state, QUERY, ".", C_IN, T_NS, NULL, 0, NULL, message, sizeof message);
    message[0] = message[1] = 0;
    dump("res_nmkquery", message, len);
    res_nclose(&state);
    printf("res_init %d\n", res_init());
}

static void names(void) {
    unsigned char packed[100];
    const unsigned char *known[10] = {packed, NULL};
    char text[256];
    memset(packed, 0, sizeof packed);
    int first = dn_comp("mail.example.org", packed, sizeof packed, (unsigned char **)known, (unsigned char **)known + 10);
    dump("dn_comp", packed, first);
    int second = dn_comp("www.example.org", packed + first, sizeof packed - first, (unsigned char **)known, (unsigned char **)known + 10);
    dump("compressed", packed + first, second);
    int third = dn_comp("example.org", packed + first + second, 2, (unsigned char **)known, (unsigned char **)known + 10);
    dump("only a pointer", packed + first + second, third);
    printf("no room %d\n", dn_comp("another.name", packed, 3, NULL, NULL));
    printf("dn_expand %d", dn_expand(packed, packed + sizeof packed, packed + first, text, sizeof text));
    printf(" %s", text);
    printf(" small %d\n", dn_expand(packed, packed + sizeof packed, packed + first, text, 3));
    printf("dn_skipname %d", dn_skipname(packed + first, packed + sizeof packed));
    printf(" cut %d\n", dn_skipname(packed, packed + 4));
    unsigned char own[100], cut[] = {3, 'a', 'b'}, loop[] = {0xc0, 0}, odd[] = {0x80, 1};
    printf("ns_name_pton %d", ns_name_pton("Wide.Example", own, sizeof own));
    printf(" %d", ns_name_pton("Wide.Example.", own, sizeof own));
    printf(" %d", ns_name_pton("a..b", own, sizeof own));
    printf(" %d", ns_name_pton("a\\.b\\065", own, sizeof own));
    printf(" %d\n", ns_name_ntop(own, text, sizeof text));
    printf("%s\n", text);
    ns_name_pton("Wide.Example", own, sizeof own);
    unsigned char lower[100];
    printf("ns_name_ntol %d", ns_name_ntol(own, lower, sizeof lower));
    ns_name_ntop(lower, text, sizeof text);
    printf(" %s\n", text);
    known[0] = packed, known[1] = NULL;
    memset(packed, 0, sizeof packed);
    printf("ns_name_pack %d", ns_name_pack(own, packed, sizeof packed, known, known + 10));
    printf(" %d", ns_name_compress("a.Wide.Example", packed + 14, sizeof packed - 14, known, known + 10));
    printf(" %d %s", ns_name_uncompress(packed, packed + sizeof packed, packed + 14, text, sizeof text), text);
    ns_name_rollback(packed + 14, known, known + 10);
    printf(" %d\n", known[1] != NULL && known[2] == NULL);
    const unsigned char *at = packed + 14;
    printf("ns_name_skip %d", ns_name_skip(&at, packed + sizeof packed));
    printf(" %d\n", (int)(at - packed));
    at = cut;
    printf("ns_name_unpack %d", ns_name_unpack(packed, packed + sizeof packed, packed + 14, own, sizeof own));
    printf(" %d", ns_name_unpack(cut, cut + sizeof cut, cut, own, sizeof own));
    printf(" %d", ns_name_unpack(loop, loop + sizeof loop, loop, own, sizeof own));
    printf(" %d\n", ns_name_unpack(odd, odd + sizeof odd, odd, own, sizeof own));
    printf("%d %d %d %d\n", ns_samename("A.b.", "a.B"), ns_samename("a", "b"), ns_makecanon("a.b", text, sizeof text), ns_makecanon("a.b", text, 3));
}

static void numbers(void) {
    unsigned char bytes[6] = {1, 2, 3, 4, 5, 6}, *to = bytes;
    const unsigned char *from = bytes;
    printf("ns_get %x %lx\n", ns_get16(bytes), (long)ns_get32(bytes));
    ns_put16(0xabcd, bytes), ns_put32(0x12345678, bytes + 2);
    dump("ns_put", bytes, 6);
    NS_PUT16(0x0102, to);
    NS_PUT32(0x03040506, to);
    dump("put", bytes, 6);
    (void)from;
}

static void records(void) {
    static const unsigned char answer[] = {
        0, 7, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, 'a', 2, 'b', 'c', 0, 0, 1, 0, 1,
        0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 'd', 0xc0, 14, 0xc0, 30, 0, 1, 0, 1, 0, 0, 1, 0, 0, 4, 10, 0, 0, 9};
    ns_msg parsed;
    ns_rr record;
    printf("ns_initparse %d\n", ns_initparse(answer, sizeof answer, &parsed));
    printf("id %d answers %d recursion %d code %d\n", ns_msg_id(parsed), ns_msg_count(parsed, ns_s_an), ns_msg_getflag(parsed, ns_f_ra), ns_msg_getflag(parsed, ns_f_rcode));
    for (int i = 0; ns_parserr(&parsed, ns_s_an, i, &record) == 0; i++)
        printf("%s type %d class %d ttl %d length %d\n", ns_rr_name(record), ns_rr_type(record), ns_rr_class(record), ns_rr_ttl(record), ns_rr_rdlen(record));
    printf("past the end %d %d\n", ns_parserr(&parsed, ns_s_an, 2, &record), errno);
    printf("ns_skiprr %d", ns_skiprr(answer + 22, answer + sizeof answer, ns_s_an, 2));
    printf(" %d\n", ns_skiprr(answer + 22, answer + 40, ns_s_an, 2));
    printf("cut %d\n", ns_initparse(answer, 30, &parsed));
}

static void kinds(void) {
    static const char *const names[] = {"host.example", "-host", "under_score.x", "a b", "", "user.name.example", "*.wild", "x."};
    for (int i = 0; i < 8; i++)
        printf("[%s] %d%d%d%d\n", names[i], res_hnok(names[i]), res_dnok(names[i]), res_ownok(names[i]), res_mailok(names[i]));
    printf("id %d\n", res_randomid() <= 0xffff);
}

int main(void) {
    queries();
    names();
    numbers();
    records();
    kinds();
    return 0;
}
