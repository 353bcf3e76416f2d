// kind: so pie
// IPv6 extension headers: options and routes laid out and read (RFC 3542).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip6.h>
#include <stdio.h>
#include <string.h>

static unsigned char header[128];

static void shows(const char *what, int len) {
    printf("%s:", what);
    for (int i = 0; i < len; i++) printf(" %02x", header[i]);
    puts("");
}

static void options(void) {
    void *data = 0;
    printf("init: %d %d %d %d %d\n", inet6_opt_init(0, 0), inet6_opt_init(header, 0), inet6_opt_init(header, 7),
           inet6_opt_init(header, 256 * 8 + 8), inet6_opt_init(header, 64));
    static const struct { int type, len, align; } wanted[] = {
        {5, 2, 2}, {0x3e, 8, 8}, {7, 1, 1}, {9, 4, 4}, {9, 0, 1}, {0, 4, 4}, {1, 4, 4}, {8, 4, 3}, {8, 2, 4}, {8, 256, 1}, {8, 40, 8}, {8, 16, 8},
    };
    int measured = 2, at = 2;
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        int next = inet6_opt_append(0, 0, measured, wanted[i].type, wanted[i].len, wanted[i].align, 0);
        data = 0;
        int end = inet6_opt_append(header, 64, at, wanted[i].type, wanted[i].len, wanted[i].align, &data);
        printf("append %d: %d %d data at %d\n", i, next, end, data ? (int)((unsigned char *)data - header) : -1);
        if (next > 0) measured = next;
        if (end > 0) {
            at = end;
            uint16_t value = 0xabcd;
            if (wanted[i].len >= 2) printf("set: %d\n", inet6_opt_set_val(data, wanted[i].len - 2, &value, 2));
        }
    }
    printf("finish: %d %d %d %d\n", inet6_opt_finish(0, 0, 13), inet6_opt_finish(header, 64, 1), inet6_opt_finish(header, 8, at),
           inet6_opt_finish(header, 64, at));
    shows("header", 64);
    uint8_t type = 0;
    socklen_t len = 0;
    for (int offset = 0, n = 0; n < 12 && (offset = inet6_opt_next(header, 64, offset, &type, &len, &data)) != -1; n++) {
        printf("next: %d type %d len %d at %d\n", offset, type, len, (int)((unsigned char *)data - header));
        uint16_t value = 0;
        if (len >= 2) printf("get: %d ", inet6_opt_get_val(data, len - 2, &value, 2)), printf("%x\n", value);
    }
    printf("next at 1: %d\n", inet6_opt_next(header, 64, 1, &type, &len, &data));
    for (int kind = 0; kind < 10; kind++) {
        len = 77;
        int found = inet6_opt_find(header, 64, 0, kind, &len, &data);
        printf("find %d: %d len %d\n", kind, found, found < 0 ? 0 : (int)len);
    }
    header[3] = 200;
    printf("too long: %d %d\n", inet6_opt_next(header, 64, 0, &type, &len, &data), inet6_opt_find(header, 64, 0, 5, &len, &data));
}

static void routes(void) {
    printf("space: %d %d %d %d %d %d\n", inet6_rth_space(0, 0), inet6_rth_space(0, 3), inet6_rth_space(0, 127), inet6_rth_space(0, 128),
           inet6_rth_space(0, -1), inet6_rth_space(2, 1));
    memset(header, 0x55, sizeof header);
    printf("too small: %d, other type: %d\n", inet6_rth_init(header, 55, 0, 3) != 0, inet6_rth_init(header, 100, 2, 1) != 0);
    printf("init: %d\n", inet6_rth_init(header, 60, 0, 3) == (void *)header);
    shows("route", 60);
    static const char *const addresses[] = {"2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8::4"};
    for (int i = 0; i < 4; i++) {
        struct in6_addr address;
        inet_pton(AF_INET6, addresses[i], &address);
        printf("add: %d, left %d\n", inet6_rth_add(header, &address), header[3]);
    }
    header[3] = 1;
    printf("reverse: %d\n", inet6_rth_reverse(header, header));
    shows("reversed", 60);
    for (int i = -1; i < 4; i++) {
        struct in6_addr *address = inet6_rth_getaddr(header, i);
        char text[64] = "none";
        if (address) inet_ntop(AF_INET6, address, text, sizeof text);
        printf("address %d: %s\n", i, text);
    }
    printf("segments: %d\n", inet6_rth_segments(header));
    header[2] = 2;
    printf("of another type: %d %d %d %d\n", inet6_rth_segments(header), inet6_rth_reverse(header, header), inet6_rth_getaddr(header, 0) != 0,
           inet6_rth_add(header, &in6addr_any));
}

int main(void) {
    options();
    routes();
    return 0;
}
