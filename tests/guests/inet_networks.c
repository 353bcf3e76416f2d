// kind: so pie
// flags: -lresolv
// Network numbers and network service access points as text.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void reads(const char *text) {
    unsigned char out[8];
    printf("%s:", text);
    for (int room = 0; room < 6; room++) {
        memset(out, 0xee, sizeof out);
        errno = 0;
        int bits = inet_net_pton(AF_INET, text, out, room);
        printf(" %d", bits);
        if (bits < 0) printf("(%s)", strerrorname_np(errno));
        else
            for (int i = 0; i < 5; i++) printf("%c%02x", i ? '.' : '=', out[i]);
    }
    puts("");
}

static void writes(int bits, const unsigned char *address) {
    printf("/%d:", bits);
    for (int room = 0; room < 20; room++) {
        char text[32] = "";
        errno = 0;
        char *end = inet_net_ntop(AF_INET, address, bits, text, room);
        printf(" %s", end == text ? text : strerrorname_np(errno));
    }
    puts("");
}

int main(void) {
    static const char *const texts[] = {
        "10", "10/8", "10.1", "10.1/16", "10.1.2.3", "10.1.2.3/25", "128", "128.0", "191.255.3", "192", "192.168", "192.168.1.0/24", "224", "224.1",
        "239.1.2", "240", "255", "255.255.255.255/32", "256", "1.2.3.4.5", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4/08", "1.", ".1", "", "a", "1a",
        "1..2", "0x0a", "0x0a0", "0xC0A801", "0xC0A801/20", "0xC0A80102", "0xC0A8010203", "0x", "0xg", "0Xe0", "0xF0/4", "0/0", "0", "1 ", " 1", "10/08",
        "127.0.0.1/8", "010.08", "1/0", "224/4", "0x7", "0x7f/", "1.2/9z", "99999999999", "1.2.3/40",
    };
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) reads(texts[i]);
    unsigned char out[4];
    errno = 0;
    printf("family: %d", inet_net_pton(AF_INET6, "::1", out, 4));
    printf(" %s\n", strerrorname_np(errno));
    static const unsigned char address[] = {192, 168, 255, 7}, small[] = {1, 2, 3, 4};
    for (int bits = -1; bits < 34; bits += 1 + (bits > 8) * 2) writes(bits, address), writes(bits, small);
    static const unsigned numbers[] = {0, 1, 0x100, 0x7f000001, 0x0a000000, 0xc0a80100, 0x01020304, 0xff00ff00, 0x00ff0000, 0x80000000};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        printf("%x:", numbers[i]);
        for (int room = 0; room < 18; room++) {
            char text[32] = "";
            errno = 0;
            printf(" %s", inet_neta(numbers[i], text, room) == text ? text : strerrorname_np(errno));
        }
        puts("");
    }
    static const char *const points[] = {"47", "47.0005.80", "47+00/05", "4", "4g", "47..00", "0x47", "47 00", "470005801234", "", "aB.cD", ".47", "4.7"};
    for (unsigned i = 0; i < sizeof points / sizeof *points; i++)
        for (int most = 0; most < 8; most += 3) {
            unsigned char bytes[8] = {0};
            unsigned count = inet_nsap_addr(points[i], bytes, most);
            printf("%s %d: %u %02x %02x %02x %02x; ", points[i], most, count, bytes[0], bytes[1], bytes[2], bytes[3]);
            char text[64];
            printf("%s %s\n", inet_nsap_ntoa(count, bytes, text), inet_nsap_ntoa(count, bytes, 0));
        }
    return 0;
}
