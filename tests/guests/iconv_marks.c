// kind: so pie
// Letters that are a base and a mark behind it in one set and one character in another, and KOI8-T and KOI8-RU.
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

static unsigned sum;
static void add(unsigned value) { sum = (sum ^ value) * 16777619u; }

// Converts in steps of `room` bytes, and then what is left in the converter.
static void convert(const char *to, const char *from, const char *text, size_t size, size_t room, int shows) {
    iconv_t converter = iconv_open(to, from);
    if (converter == (iconv_t)-1) {
        printf("no conversion from %s to %s\n", from, to);
        return;
    }
    char made[200], *in = (char *)text, *out = made;
    size_t out_left = room, result;
    for (int turn = 0; turn < 8; turn++) {
        errno = 0;
        result = iconv(converter, &in, &size, &out, &out_left);
        int number = result == (size_t)-1 ? errno : 0;
        if (shows) printf("%zd %d, %zu left; ", result, number, size);
        add(result), add(number), add(size), add(out - made);
        if (number != E2BIG) break;
        out_left += 3;
    }
    result = iconv(converter, 0, 0, &out, &out_left);
    if (shows) printf("end %zd:", result);
    add(result);
    for (char *at = made; at < out; at++) {
        add((unsigned char)*at);
        if (shows) printf(" %02x", (unsigned char)*at);
    }
    if (shows) printf("\n");
    iconv_close(converter);
}

int main(void) {
    const char *sets[] = {"CP1258", "CP1255", "KOI8-T", "KOI8-RU"};
    convert("UTF-8", "CP1258", "Vi\xea\xf2t Nam", 9, 100, 1);
    convert("UTF-8", "CP1258", "Vi\xea\xf2t Nam", 9, 1, 1);
    convert("CP1258", "UTF-8", "Vi\xe1\xbb\x87t Nam", 11, 100, 1);
    convert("UTF-8", "CP1255", "\xf9\xcc\xd1\xf9\xd1\xcc\xf9\xd1", 8, 100, 1);
    convert("CP1255", "UTF-8", "\xef\xac\xac\xef\xac\xad\xd7\xa9", 8, 100, 1);
    convert("WCHAR_T", "CP1255", "\xe0\xc8\xe1", 3, 8, 1);
    convert("ASCII", "CP1258", "a\xe2\xec" "b", 4, 100, 1);
    convert("ASCII//IGNORE", "CP1258", "a\xe2\xec", 3, 100, 1);
    convert("ASCII//TRANSLIT", "CP1258", "a\xe2\xec", 3, 100, 1);
    for (int set = 0; set < 4; set++) {
        sum = 0;
        for (int first = 1; first < 256; first++)
            for (int second = 0x3c; second < 256; second++) {
                char text[] = {first, second, 0xcc + first % 7};
                convert("UTF-8", sets[set], text, 2, 100, 0);
                if (second % 16 != 12) continue;
                convert("UTF-8", sets[set], text, 3, first % 5, 0);
                convert("WCHAR_T", sets[set], text, 3, first % 9, 0);
                convert("ASCII", sets[set], text, 3, 9, 0);
            }
        printf("%s: %08x", sets[set], sum);
        sum = 0;
        iconv_t converter = iconv_open(sets[set], "UTF-32LE");
        for (unsigned c = 0x80; c < 0x10000; c++) {
            char made[8], *in = (char *)&c, *out = made;
            size_t size = sizeof c, room = sizeof made;
            if (c >> 11 == 0x1b || iconv(converter, &in, &size, &out, &room) == (size_t)-1) continue;
            add(c);
            for (char *at = made; at < out; at++) add((unsigned char)*at);
        }
        iconv_close(converter);
        printf(" and back %08x\n", sum);
    }
    return 0;
}
