// kind: pie
// iconv(3) to and from character sets that shift: every character, some texts, little room and the end of a text.
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

static const char *const sets[] = {"ISO-2022-JP", "ISO-2022-KR", "UTF-7"};

static void show(const char *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = bytes[i];
        if (c >= 0x20 && c < 0x7f && c != '\\') putchar(c);
        else printf("\\%02x", c);
    }
}

/// Every character by itself, as a number that all their bytes make.
static void every(const char *set) {
    iconv_t to = iconv_open(set, "UCS-4LE"), from = iconv_open("UCS-4LE", set);
    unsigned sum = 0, known = 0, back = 0;
    for (unsigned c = 0; c < 0x11000; c++) {
        if (c >= 0xd800 && c < 0xe000) continue;
        char text[32], *in = (char *)&c, *out = text;
        size_t in_left = 4, left = sizeof text;
        iconv(to, NULL, NULL, NULL, NULL);
        if (iconv(to, &in, &in_left, &out, &left) == (size_t)-1) continue;
        iconv(to, NULL, NULL, &out, &left);
        known++;
        for (char *at = text; at < out; at++) sum = sum * 31 + (unsigned char)*at;
        unsigned again[2] = {0};
        in = text, in_left = out - text, out = (char *)again, left = sizeof again;
        iconv(from, NULL, NULL, NULL, NULL);
        back += iconv(from, &in, &in_left, &out, &left) == 0 && again[0] == c;
    }
    printf("%s: %u characters, %08x, %u come back\n", set, known, sum, back);
    iconv_close(to), iconv_close(from);
}

/// Every pair of bytes of a plane.
static void pairs(const char *set, const char *escape) {
    iconv_t from = iconv_open("UCS-4LE", set);
    unsigned sum = 0, known = 0;
    for (int first = 0x21; first < 0x7f; first++)
        for (int second = 0x21; second < 0x7f; second++) {
            char text[16];
            unsigned found[4] = {0};
            int len = sprintf(text, "%s%c%c", escape, first, second);
            char *in = text, *out = (char *)found;
            size_t in_left = len, left = sizeof found;
            iconv(from, NULL, NULL, NULL, NULL);
            if (iconv(from, &in, &in_left, &out, &left) == (size_t)-1) continue;
            known++, sum = sum * 31 + found[0];
        }
    printf("%s: %u pairs, %08x\n", set, known, sum);
    iconv_close(from);
}

static void convert(const char *to, const char *from, const char *text, size_t len, size_t room) {
    iconv_t cd = iconv_open(to, from);
    char buffer[400], *in = (char *)text, *out = buffer;
    size_t in_left = len, left = room;
    errno = 0;
    size_t result = iconv(cd, &in, &in_left, &out, &left);
    int error = errno;
    printf("%s to %s: %zd, errno %d, %zu left: ", from, to, (ssize_t)result, error, in_left);
    show(buffer, out - buffer);
    // All the rest, with enough room.
    left = sizeof buffer - (out - buffer);
    char *rest = out;
    if (error == E2BIG) result = iconv(cd, &in, &in_left, &out, &left);
    printf(" | ");
    show(rest, out - rest), rest = out;
    result = iconv(cd, NULL, NULL, &out, &left);
    printf(" | ");
    show(rest, out - rest);
    printf(" %zd\n", (ssize_t)result);
    iconv_close(cd);
}

/// An order that a mark has told stays, whatever marks begin the texts to come.
static void again(void) {
    static const char *const texts[] = {"\xfe\xff\0a", "\xff\xfe" "a\0", "\0a", "\xff\xfe\0b", "\xfe\xff\0c", "a\0"};
    iconv_t cd = iconv_open("UTF-8", "UTF-16");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char out[16] = "", *to = out, *from = (char *)texts[i];
        size_t left = i == 2 || i == 5 ? 2 : 4, room = sizeof out - 1;
        iconv(cd, NULL, NULL, NULL, NULL);
        printf("%zd", (ssize_t)iconv(cd, &from, &left, &to, &room));
        printf(" %s\n", out);
    }
    iconv_close(cd);
}

int main(void) {
    for (int i = 0; i < 3; i++) every(sets[i]);
    pairs("ISO-2022-JP", "\x1b$B"), pairs("ISO-2022-JP", "\x1b$@"), pairs("ISO-2022-KR", "\x1b$)C\x0e");
    static const char *const texts[] = {"plain", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e text \xe3\x83\x86\n", "\xc2\xa5 5~\\ \xe2\x80\xbe" "a\n", "\xed\x95\x9c\xea\xb8\x80 \xec\x98\x81" "a\n\xed\x95\x9c", "1 + 1 = 2 \xc3\xa9t\xc3\xa9-\xc3\xa9+\xc3\xa9",
                                        "\xf0\x9f\x98\x80 smiles", "\xc3\xa9", "a\xc3\xa9" "b", ""};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        for (int i = 0; i < 3; i++) {
            if (i || t) convert(sets[i], "UTF-8", texts[t], strlen(texts[t]), 300);
            if (t) convert(sets[i], "UTF-8", texts[t], strlen(texts[t]), 9);
        }
    convert("ISO-2022-JP//TRANSLIT", "UTF-8", "\xe6\x97\xa5\xe2\x82\xac\xe6\x9c\xac", 9, 300);
    convert("ISO-2022-JP//IGNORE", "UTF-8", "\xe6\x97\xa5\xc3\xa9\xe6\x9c\xac", 8, 300);
    static const char *const read[][2] = {{"ISO-2022-JP", "a\x1b$BF|K\\\x1b(Bb\x1b(J\\~\x1b(B"}, {"ISO-2022-JP", "\x1b$BF|\nK\\"}, {"ISO-2022-JP", "\x1b$BF"}, {"ISO-2022-JP", "\x1b$"}, {"ISO-2022-JP", "\x1b$B\x7fz|"}, {"ISO-2022-JP", "a\x1b(Hb"},
                                          {"ISO-2022-JP", "a\xc3"}, {"ISO-2022-JP", "\x1b$BF\x20"}, {"ISO-2022-KR", "\x1b$)Ca\x0e" "GQ1[\x0f b"}, {"ISO-2022-KR", "a\x0e" "GQ"}, {"ISO-2022-KR", "\x1b$)C\x0eG"}, {"ISO-2022-KR", "\x1b$)"},
                                          {"UTF-7", "Hi Mom -+Jjo--!"}, {"UTF-7", "A+ImIDkQ."}, {"UTF-7", "+ZeVnLIqe-"}, {"UTF-7", "+-+--"}, {"UTF-7", "+2D3eAA-"}, {"UTF-7", "+2D3-"}, {"UTF-7", "+A"}, {"UTF-7", "+"}, {"UTF-7", "a+"}, {"UTF-7", "a~b"}, {"UTF-7", "a\\b"}, {"UTF-7", "+AGE!b"}, {"UTF-7", "+AGF-"}, {"UTF-7", "+!"}, {"UTF-7", "+AGE~"}};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++) {
        convert("UTF-8", read[i][0], read[i][1], strlen(read[i][1]), 300);
        convert("UTF-8", read[i][0], read[i][1], strlen(read[i][1]), 4);
    }
    again();
    return 0;
}
