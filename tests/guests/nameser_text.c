// kind: so pie
// flags: -lresolv
// Records of a DNS message as the lines of a master file, and times to live as text.
#define _GNU_SOURCE
#include <arpa/nameser.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

static unsigned char message[4096];
static int end = 12, records;

static void bytes(const void *from, int len) {
    memcpy(message + end, from, len);
    end += len;
}
static void number(unsigned long value, int len) {
    for (int i = len - 1; i >= 0; i--) message[end++] = value >> 8 * i;
}
static void name(const char *text) {
    unsigned char packed[256];
    int len = ns_name_pton(text, packed, sizeof packed) < 0 ? -1 : 0;
    if (len < 0) printf("bad name %s\n", text);
    while (packed[len]) len += packed[len] + 1;
    bytes(packed, len + 1);
}
static void text(const char *from) {
    number(strlen(from), 1);
    bytes(from, strlen(from));
}

static int data_at;
static void record(const char *owner, int type, int class, unsigned long ttl) {
    if (records++) {
        int len = end - data_at - 2;
        message[data_at] = len >> 8, message[data_at + 1] = len;
    }
    if (!owner) return;
    name(owner);
    number(type, 2), number(class, 2), number(ttl, 4);
    data_at = end;
    number(0, 2);
}

static void all_records(void) {
    record("example.com", ns_t_a, ns_c_in, 300), bytes("\x7f\0\0\1", 4);
    record("a.very.long.name.that.goes.over.the.tabs.example.com", ns_t_aaaa, ns_c_in, 86400), bytes("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
    record("example.com", ns_t_ns, ns_c_in, 3600), name("ns.example.com");
    record("www.example.com", ns_t_cname, ns_c_in, 0), name("example.org");
    record("1.0.0.127.in-addr.arpa", ns_t_ptr, ns_c_in, 1), name("localhost");
    record("example.com", ns_t_soa, ns_c_in, 93784), name("ns.example.com"), name("host\\.master.example.com"), number(2024010101, 4),
        number(7200, 4), number(900, 4), number(1209600, 4), number(86399, 4);
    record("example.com", ns_t_mx, ns_c_in, 604800), number(10, 2), name("mail.example.com");
    record("example.com", ns_t_mx, ns_c_in, 604800), number(0, 2), name(".");
    record("example.com", ns_t_txt, ns_c_in, 60), text("plain"), text("with \"quotes\" and \\ and \x01\xff"), text("");
    record("_sip._tcp.example.com", ns_t_srv, ns_c_in, 61), number(1, 2), number(2, 2), number(5060, 2), name("sip.example.com");
    record("example.com", ns_t_naptr, ns_c_in, 3661), number(100, 2), number(50, 2), text("s"), text("SIP+D2U"), text("!^.*$!sip:x@y!"), name("_sip._udp.example.com");
    record("example.com", ns_t_hinfo, ns_c_in, 2), text("an x86"), text("Linux");
    record("example.com", ns_t_rp, ns_c_in, 2), name("who.example.com"), name("txt.example.com");
    record("example.com", ns_t_minfo, ns_c_in, 2), name("who.example.com"), name("txt.example.com");
    record("example.com", ns_t_afsdb, ns_c_in, 2), number(1, 2), name("afs.example.com");
    record("example.com", ns_t_rt, ns_c_in, 2), number(3, 2), name("rt.example.com");
    record("example.com", ns_t_dname, ns_c_in, 2), name("elsewhere.example");
    record("example.com", ns_t_mb, ns_c_in, 2), name("mb.example");
    record("example.com", ns_t_x25, ns_c_in, 2), text("311061700956");
    record("example.com", ns_t_isdn, ns_c_in, 2), text("150862028003217"), text("004");
    record("example.com", ns_t_px, ns_c_in, 2), number(10, 2), name("a.b"), name("c.d");
    record("example.com", ns_t_nsap, ns_c_in, 2), bytes("\x47\0\5\x80", 4);
    record("example.com", 65280, ns_c_in, 2), bytes("0123456789abcdefghijklmnopqrstuvwxyz", 36);
    record("example.com", 65281, ns_c_in, 2);
    record("example.com", ns_t_caa, ns_c_in, 2), number(0, 1), text("issue"), bytes("ca.example", 10);
    record("version.bind", ns_t_txt, ns_c_chaos, 0), text("9");
    record("example.com", ns_t_a, ns_c_hs, 5), bytes("\1\2\3\4", 4);
    record("example.com", ns_t_a, 77, 5), bytes("\1\2\3\4", 4);
    record(".", ns_t_ns, ns_c_in, 518400), name("a.root-servers.net");
    record("example.com", ns_t_a, ns_c_in, 5), bytes("\1\2\3", 3);
    record("example.com", ns_t_aaaa, ns_c_in, 5), bytes("\1\2\3", 3);
    record("example.com", ns_t_mx, ns_c_in, 5), bytes("\1", 1);
    record("example.com", ns_t_soa, ns_c_in, 5), name("a"), name("b"), number(1, 4);
    record("example.com", ns_t_srv, ns_c_in, 5), number(1, 2);
    record("example.com", ns_t_txt, ns_c_in, 5), bytes("\5ab", 3);
    record("example.com", ns_t_hinfo, ns_c_in, 5), text("one");
    record("example.com", ns_t_mx, ns_c_in, 5), number(10, 2), name("m.example.com"), bytes("rest", 4);
    for (int len = 13; len < 18; len++) record("example.com", 65280, ns_c_in, 2), bytes("0123456789abcdefghijk", len);
    record("example.com", 65280, ns_c_in, 2), bytes("0123456789abcdefghijklmnopqrstuv", 32);
    record("example.com", ns_t_soa, ns_c_in, 9), name("a"), name("b"), number(4294967295, 4), number(3661, 4), number(36610, 4), number(0, 4), number(3661, 4);
    record("example.com", ns_t_soa, ns_c_in, 9), name("example.com"), name("."), number(7, 4), number(694861, 4), number(36610, 4), number(0, 4), number(36610, 4);
    record("example.com", ns_t_null, ns_c_in, 9), bytes("x", 1);
    record("example.com", ns_t_eid, ns_c_in, 9), bytes("x", 1);
    record("example.com", ns_t_atma, ns_c_in, 9), bytes("x", 1);
    record("example.com", ns_t_txt, ns_c_in, 9), bytes("\4a\0\nb", 5);
    record("example.com", ns_t_txt, ns_c_in, 9);
    record("example.com", ns_t_isdn, ns_c_in, 9), text("alone");
    record(0, 0, 0, 0);
    message[6] = --records >> 8, message[7] = records;
}

static void shows(int section_record, const char *context, const char *origin, int room) {
    ns_msg handle;
    ns_rr rr;
    if (ns_initparse(message, end, &handle) < 0 || ns_parserr(&handle, ns_s_an, section_record, &rr) < 0) {
        printf("%d: not parsed\n", section_record);
        return;
    }
    char line[1024];
    errno = 0;
    int len = ns_sprintrr(&handle, &rr, context, origin, line, room);
    if (len < 0) printf("%d: %d %s\n", section_record, len, strerrorname_np(errno));
    else printf("%d: %d %zu [%s]\n", section_record, len, strlen(line), line);
}

int main(void) {
    all_records();
    for (int i = 0; i < records; i++) shows(i, 0, 0, 1024);
    for (int i = 0; i < 8; i++) {
        shows(i, "example.com", "example.com", 1024);
        shows(i, 0, "example.com.", 1024);
        shows(i, "EXAMPLE.com.", "Example.Com", 1024);
        shows(i, "", "", 1024);
        shows(i, "example.com", 0, 1024);
        shows(i, 0, "com", 1024);
        shows(i, "other", ".", 1024);
    }
    for (int room = 0; room < 240; room += 7) shows(5, 0, 0, room), shows(6, 0, 0, room), shows(8, 0, 0, room), shows(22, 0, 0, room);
    char line[256];
    printf("%d", ns_sprintrrf(message, end, "a.example", ns_c_in, ns_t_mx, 7200, (unsigned char *)"\0\12\1m\0", 5, 0, 0, line, sizeof line));
    printf(" %s\n", line);
    printf("%d", ns_sprintrrf(message, end, "a.example", ns_c_in, ns_t_a, 7200, (unsigned char *)"\1\2\3\4", 4, 0, "example", line, sizeof line));
    printf(" %s\n", line);
    printf("%s %s %s %s %s %s\n", p_type(ns_t_mx), p_type(ns_t_any), p_class(ns_c_in), p_rcode(3), p_rcode(16), p_class(ns_c_chaos));
    printf("%s ", p_type(-0x7fffffff - 1));
    printf("%s", p_type(4711));
    printf(" %s", p_class(4711));
    printf(" %s", p_rcode(15));
    printf(" %s\n", p_time(694861));

    static const unsigned long ttls[] = {0, 1, 59, 60, 61, 3599, 3600, 3601, 3660, 86399, 86400, 90061, 604800, 694861, 4294967295, 1209600};
    for (unsigned i = 0; i < sizeof ttls / sizeof *ttls; i++) {
        char out[64] = "";
        int len = ns_format_ttl(ttls[i], out, sizeof out);
        u_long back = 7;
        int parsed = ns_parse_ttl(out, &back);
        printf("%lu: %d %s %d %lu\n", ttls[i], len, out, parsed, back);
    }
    for (int room = 0; room < 12; room++) {
        char out[64] = "";
        errno = 0;
        int len = ns_format_ttl(694861, out, room);
        printf("in %d: %d %s\n", room, len, len < 0 ? "" : out);
    }
    static const char *const texts[] = {"", "1", "1W2D3H4M5S", "1w 2d", "5x", "M", "1h1", "1h1h", "99999999999", "1.5h", "-1", " 1", "1s1m", "3600", "2W1"};
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        u_long value = 7;
        errno = 0;
        int parsed = ns_parse_ttl(texts[i], &value);
        printf("ttl %s: %d %s %lu\n", texts[i], parsed, parsed < 0 ? strerrorname_np(errno) : "", value);
    }
    static const char *const dates[] = {"19700101000000", "20240229123456", "20380119031408", "2024", "20241301000000", "20240001000000", "20240132000000",
                                        "20240101240000", "20240101006000", "20240101000060", "1969123123595x", "19691231235959", "21060207062816"};
    for (unsigned i = 0; i < sizeof dates / sizeof *dates; i++) {
        int error = 7;
        u_int32_t seconds = ns_datetosecs(dates[i], &error);
        printf("date %s: %u %d\n", dates[i], seconds, error);
    }
    return 0;
}
