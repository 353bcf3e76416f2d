// Addresses and other small formats: arpa/inet.h, netinet/ether.h, resolv.h, arpa/nameser.h, getopt.h, libgen.h, monetary.h.
#include "differ.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <getopt.h>
#include <libgen.h>
#include <monetary.h>
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

extern char *gnu_basename(const char *) SYMBOL(basename);
extern int old_b64_ntop(const unsigned char *, size_t, char *, size_t) SYMBOL(__b64_ntop);
extern int old_b64_pton(const char *, unsigned char *, size_t) SYMBOL(__b64_pton);

static char *any_address(char *text) {
    *text = 0;
    for (int i = between(1, 5); i > 0; i--) {
        static const char *const styles[] = {"0123456789", "0", "01234567", "0123456789abcdefx", "12"};
        if (one_in(8)) strcat(text, one_in(2) ? "0x" : "0");
        fill(text + strlen(text), one_in(12) ? below(12) : between(1, 3), PICK(styles));
        if (i > 1 || one_in(6)) strcat(text, ".");
    }
    if (one_in(8)) strcat(text, PICK(((const char *[]){" ", " x", "x", "\n", "/8", ":"})));
    return text;
}

static void inet_case(long number) {
    char text[120], room[40];
    struct in_addr address = {0x55555555};
    any_address(text);
    given_text("text", text);
    say_int("inet_aton", inet_aton(text, &address)), say_hex("address", address.s_addr);
    say_hex("inet_addr", inet_addr(text)), say_hex("inet_network", inet_network(text));
    address.s_addr = any();
    say_text("inet_ntoa", inet_ntoa(address));
    say_hex("lnaof", inet_lnaof(address)), say_hex("netof", inet_netof(address)), say_hex("makeaddr", inet_makeaddr(any() >> one_in(3) * 40, any() & 0xff).s_addr);
    unsigned char bytes[20];
    memset(bytes, 0x55, sizeof bytes);
    say_int("inet_pton", inet_pton(AF_INET, text, bytes)), say_bytes("bytes", bytes, 5), say_errno();
    size_t size = one_in(3) ? below(20) : sizeof room;
    const char *name = inet_ntop(AF_INET, &address, room, size);
    say_text("inet_ntop", name), say_errno();
}

static void inet6_case(long number) {
    char text[120] = "", room[60];
    unsigned char bytes[20];
    for (int i = between(1, 9); i > 0; i--) {
        static const char *const parts[] = {":", "::", "0", "1", "ff", "fe80", "ABCD", "12345", "1.2.3.4", "g", "0000", "%lo", "255.255.1.0"};
        strcat(text, parts[one_in(2) ? below(6) : below(COUNT(parts))]);
        if (one_in(2)) strcat(text, ":");
    }
    memset(bytes, 0x55, sizeof bytes);
    given_text("text", text);
    int result = inet_pton(AF_INET6, text, bytes);
    say_int("inet_pton", result), say_errno();
    // What is left of an address that is none, is no promise.
    if (result > 0) say_bytes("bytes", bytes, 16);
    for (int i = 0; i < 16; i++) bytes[i] = one_in(2) ? 0 : any();
    if (one_in(4)) memset(bytes, 0, 10), bytes[10] = bytes[11] = one_in(2) ? 0xff : 0;
    size_t size = one_in(3) ? below(46) : sizeof room;
    given_bytes("address", bytes, 16), given_int("size", size);
    say_text("inet_ntop", inet_ntop(AF_INET6, bytes, room, size)), say_errno();
    say_int("family", inet_pton(one_in(2) ? 0 : 99, "1", bytes)), say_errno();
}

static void ethers(long number) {
    char text[60] = "", name[80], room[20];
    struct ether_addr address = {{0}}, other;
    for (int i = between(1, 7); i > 0; i--) {
        fill(text + strlen(text), between(1, 3), "0123456789abcdefABCDEFx");
        if (one_in(2) && strlen(text) > 40) break;
        if (i > 1) strcat(text, one_in(20) ? "-" : ":");
    }
    given_text("text", text);
    struct ether_addr *found = ether_aton(text);
    say_bytes("ether_aton", found, found ? 6 : 0);
    say_int("ether_aton_r", ether_aton_r(text, &address) != NULL);
    fill_bytes(&other, sizeof other);
    say_text("ether_ntoa", ether_ntoa(&other)), say_text("ether_ntoa_r", ether_ntoa_r(&other, room));
    strcat(text, PICK(((const char *[]){" host", "\thost # comment", "", " ", " a b", "#"})));
    memset(name, 0, sizeof name);
    int result = ether_line(text, &address, name);
    say_int("ether_line", result);
    if (!result) say_text("name", name), say_bytes("address", &address, 6);
}

static void base64(long number) {
    unsigned char bytes[60], back[60];
    char text[100];
    size_t length = below(40), size = one_in(3) ? below(60) : sizeof text;
    fill_bytes(bytes, length);
    given_bytes("bytes", bytes, length), given_int("size", size);
    int made = old_b64_ntop(bytes, length, text, size);
    say_int("b64_ntop", made);
    if (made < 0) fill(text, below(20), "ABCDabcd0123+/= \n*");
    else if (one_in(4) && made) text[below(made)] = "=A \n*"[below(5)];
    size = one_in(3) ? below(40) : sizeof back;
    memset(back, 0x55, sizeof back);
    given_text("text", text), given_int("room", size);
    made = old_b64_pton(text, back, size);
    say_int("b64_pton", made);
    if (made > 0) say_bytes("back", back, made);
}

static void domain_names(long number) {
    unsigned char message[120], packed[120];
    char text[300], name[80] = "";
    for (int i = below(5); i > 0; i--) {
        fill(name + strlen(name), between(1, 9), one_in(4) ? "ab-._0" : "abc");
        if (i > 1 || one_in(3)) strcat(name, ".");
    }
    size_t size = one_in(3) ? below(30) : sizeof packed;
    given_text("name", name), given_int("size", size);
    memset(packed, 0x55, sizeof packed);
    int length = dn_comp(name, packed, size, NULL, NULL);
    say_int("dn_comp", length), say_errno();
    if (length > 0) say_bytes("packed", packed, length);
    size_t known = fill(text, 0, "x") ? between(1, 100) : 0;
    for (size_t i = 0; i < known; i++) message[i] = one_in(3) ? below(8) : one_in(8) ? 0xc0 : one_in(9) ? any() : 'a' + below(4);
    size_t at = below(known);
    given_bytes("message", message, known), given_int("at", at);
    size_t room = one_in(3) ? below(30) : sizeof text;
    length = dn_expand(message, message + known, message + at, text, room);
    say_int("dn_expand", length), say_errno();
    if (length >= 0) say_text("text", text);
    say_int("dn_skipname", dn_skipname(message + at, message + known)), say_errno();
    say_int("ns_get16", ns_get16(message)), say_hex("ns_get32", ns_get32(message));
    ns_put16(any(), message), ns_put32(any(), message + 2), say_bytes("put", message, 6);
    say_int("ns_samename", ns_samename(name, one_in(2) ? name : "abc.a")), errno = 0;
    say_int("res_hnok", res_hnok(name)), say_int("res_dnok", res_dnok(name)), say_int("res_mailok", res_mailok(name)), say_int("res_ownok", res_ownok(name));
    say_int("ns_makecanon", ns_makecanon(name, text, 200)), say_text("text", text);
}

static void options(long number) {
    static char words[8][12];
    static const char *const pieces[] = {
        "-a", "-b", "-c", "-abc", "-bval", "--", "-", "word", "--long", "--long=x", "--lo", "--other", "--opt=1", "--opt", "--lon=", "-x", "-W", "-ca", "--l", "-long", "-W long"};
    static const char *const sets[] = {"ab:c::", "+ab:c", "-ab:c::", ":ab:c", "+:b:", "ab:W;", "", "-:a"};
    static const struct option table[] = {
        {"long", no_argument, NULL, 'l'}, {"longer", required_argument, NULL, 'L'}, {"other", required_argument, NULL, 'o'}, {"opt", optional_argument, NULL, 'p'}, {0}};
    char *argv[9] = {"prog"};
    int argc = 1 + below(7), kind = number % 3, index = -1, letter;
    for (int i = 1; i < argc; i++) argv[i] = strcpy(words[i], PICK(pieces)), given_text("word", argv[i]);
    argv[argc] = NULL;
    const char *set = PICK(sets);
    given_text("set", set), given_int("kind", kind);
    optind = 0, opterr = 0, optopt = '?';
    if (one_in(3)) setenv("POSIXLY_CORRECT", "1", 1);
    else unsetenv("POSIXLY_CORRECT");
    for (int i = 0; i < 20; i++) {
        optarg = NULL;
        letter = kind == 0 ? getopt(argc, argv, set) : kind == 1 ? getopt_long(argc, argv, set, table, &index) : getopt_long_only(argc, argv, set, table, &index);
        say_int("letter", letter), say_int("optind", optind), say_text("optarg", optarg);
        if (letter == '?' || letter == ':') say_int("optopt", optopt);
        if (letter == -1) break;
    }
    for (int i = 1; i < argc; i++) say_text("argv", argv[i]);
}

static void suboptions(long number) {
    char *const tokens[] = {"ro", "rw", "name", NULL};
    char text[60] = "", *rest = text, *value;
    for (int i = below(5); i > 0; i--) strcat(text, PICK(((const char *[]){"ro", "rw", "name", "=x", ",", ",", "=", "r", "name=val,"})));
    given_text("text", text);
    while (*rest) {
        value = NULL;
        say_int("getsubopt", getsubopt(&rest, tokens, &value)), say_text("value", value), say_at("rest", text, rest);
    }
}

static void paths(long number) {
    char text[30], copy[30];
    fill(text, below(10), one_in(2) ? "a/" : "ab./");
    given_text("text", text);
    strcpy(copy, text);
    say_text("dirname", dirname(copy));
    strcpy(copy, text);
    say_text("basename", __xpg_basename(copy));
    strcpy(copy, text);
    say_text("other", gnu_basename(copy));
}

static void money(long number) {
    char format[40] = "%", room[80];
    for (int i = below(3); i > 0; i--) strcat(format, PICK(((const char *[]){"^", "+", "(", "!", "-", "=*", "=0"})));
    if (one_in(3)) strcat(format, PICK(((const char *[]){"12", "3", "20"})));
    if (one_in(3)) strcat(format, PICK(((const char *[]){"#5", "#2", "#0"})));
    if (one_in(3)) strcat(format, PICK(((const char *[]){".2", ".0", ".4"})));
    strcat(format, PICK(((const char *[]){"n", "i", "n|", "%", "q"})));
    double value = (double)any_long() / (1L << below(50));
    // Without any room glibc 2.36 writes all the same.
    size_t size = one_in(4) ? between(1, 12) : sizeof room;
    given_text("format", format), given_int("size", size), given_hex("value", *(uint64_t *)&value);
    ssize_t length = strfmon(room, size, format, value);
    // Of two errors either may be the one told.
    say_int("strfmon", length);
    if (size == sizeof room) say_errno();
    if (length >= 0) say_text("room", room);
}

DIFFER({"inet", inet_case}, {"inet6", inet6_case}, {"ethers", ethers}, {"base64", base64}, {"domain_names", domain_names},
       {"options", options}, {"suboptions", suboptions}, {"paths", paths}, {"money", money})
