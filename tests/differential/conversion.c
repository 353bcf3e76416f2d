// iconv(3): texts whole, cut and damaged, in pieces and with little room, between the forms of Unicode, sets of one byte and sets of
// several.
#include "differ.h"
#include <iconv.h>
#include <string.h>

// --- Texts ---------------------------------------------------------------------------------------------------------------

static const char *const unicodes[] = {"UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE", "UCS-2", "UCS-2LE", "UCS-2BE", "UCS-4", "UCS-4LE", "UCS-4BE", "WCHAR_T", "ASCII", "ISO-8859-1", "UNICODE"};

static uint32_t any_character(int is_low) {
    static const uint32_t odd[] = {0, 9, 10, 0x7f, 0x80, 0xff, 0x100, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff, 0x110000, 0x1fffff, 0x3ffffff, 0x7fffffff, 0x80000000, 0xffffffff};
    if (one_in(12)) return PICK(odd);
    if (is_low || one_in(2)) return between(' ', '~');
    if (one_in(3)) return between(0xa0, 0x17f);
    return one_in(2) ? between(0x370, 0x33ff) : one_in(2) ? between(0x4e00, 0x9fff) : between(0x10000, 0x2ffff);
}

static size_t put_utf8(unsigned char *to, uint32_t c) {
    if (c < 0x80) return to[0] = c, 1;
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : c < 0x200000 ? 4 : c < 0x4000000 ? 5 : 6;
    for (size_t i = length - 1; i > 0; i--, c >>= 6) to[i] = 0x80 | (c & 0x3f);
    to[0] = (0xff00 >> length) | c;
    return length;
}

static size_t put_unit(unsigned char *to, uint32_t unit, size_t size, int is_big) {
    for (size_t i = 0; i < size; i++) to[is_big ? size - 1 - i : i] = unit >> 8 * i;
    return size;
}

// Writes a character in the form that the name begins with, in either order where that is left open.
static size_t put_as(unsigned char *to, const char *name, uint32_t c, int is_big) {
    if (name[0] == 'A' || name[0] == 'I') return to[0] = c, 1;
    if (!strcmp(name, "UTF-8")) return put_utf8(to, c);
    if (strstr(name, "LE") || !strcmp(name, "WCHAR_T")) is_big = 0;
    if (strstr(name, "BE") || !strcmp(name, "UCS-4")) is_big = 1;
    if (strstr(name, "16") && c >= 0x10000 && c < 0x110000) return put_unit(to, 0xd7c0 + (c >> 10), 2, is_big) + put_unit(to + 2, 0xdc00 | (c & 0x3ff), 2, is_big);
    return put_unit(to, c, strstr(name, "16") || strstr(name, "UCS-2") || !strcmp(name, "UNICODE") ? 2 : 4, is_big);
}

// --- Running -------------------------------------------------------------------------------------------------------------

// Gives a text to a descriptor bit by bit, with more or less room each time, until nothing more happens.
static void feed_in_pieces(iconv_t cd, const unsigned char *text, size_t length) {
    size_t given = 0;
    char *in = edge(0, text, length);
    char *const start = in;
    for (int i = 0; i < 12; i++) {
        if (one_in(2) || given == length) given = length;
        else given += below(length - given + 1);
        size_t room = one_in(3) ? 200 : below(14), left = room, rest = start + given - in;
        char *out = edge(1, NULL, room), *const first = out;
        given_int("to", given), given_int("room", room);
        say_int("iconv", iconv(cd, &in, &rest, &out, &left)), say_errno();
        say_at("in", start, in), say_int("rest", rest), say_int("left", left), say_bytes("out", first, out - first);
        if (one_in(10)) {
            left = below(10), out = edge(1, NULL, left);
            say_int("reset", one_in(2) ? iconv(cd, NULL, NULL, &out, &left) : iconv(cd, NULL, NULL, NULL, NULL)), say_errno(), say_int("left", left);
        }
        if (given == length && room == 200) break;
    }
}

static void convert(const char *to, const char *from, const unsigned char *text, size_t length) {
    given_text("to", to), given_text("from", from), given_bytes("text", text, length);
    iconv_t cd = iconv_open(to, from);
    say_int("open", cd == (iconv_t)-1), say_errno();
    if (cd == (iconv_t)-1) return;
    feed_in_pieces(cd, text, length);
    say_int("close", iconv_close(cd));
}

static void unicode(long number) {
    unsigned char text[200];
    const char *from = PICK(unicodes), *to = PICK(unicodes);
    size_t length = 0;
    int is_big = one_in(2), is_low = one_in(2);
    if (one_in(4)) length += put_as(text, from, 0xfeff, is_big);
    for (int i = below(12); i > 0; i--) length += put_as(text + length, from, any_character(is_low), is_big);
    if (one_in(4) && length) length -= 1;
    if (one_in(6) && length) text[below(length)] = any();
    convert(to, from, text, length);
}

static const char *const of_bytes[] = {
    "ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-10", "ISO-8859-11", "ISO-8859-13", "ISO-8859-14",
    "ISO-8859-15", "ISO-8859-16", "TIS-620", "KOI8-R", "KOI8-U", "CP1250", "CP1251", "CP1252", "CP1253", "CP1254", "CP1256", "CP1257", "CP874", "MACINTOSH", "CP437", "CP850", "CP852", "CP855", "CP858",
    "CP862", "CP865", "CP866"};

static void bytes(long number) {
    unsigned char text[40];
    const char *from = PICK(of_bytes), *to = one_in(2) ? "UTF-8" : PICK(of_bytes);
    size_t length = below(16);
    for (size_t i = 0; i < length; i++) text[i] = one_in(3) ? between(' ', '~') : between(0x80, 0xff);
    convert(to, from, text, length);
}

static void to_bytes(long number) {
    unsigned char text[100];
    size_t length = 0;
    for (int i = below(12); i > 0; i--) {
        static const uint32_t starts[] = {0x80, 0x100, 0x390, 0x400, 0x5d0, 0x600, 0xe00, 0x2000, 0x2200, 0x2500};
        length += put_utf8(text + length, one_in(3) ? between(' ', '~') : PICK(starts) + below(0x90));
    }
    convert(PICK(of_bytes), "UTF-8", text, length);
}

// What is in all of a language's sets, in Unicode and in one of the sets.
static const struct language { const char *utf8, *sets[5], *texts[5]; } languages[] = {
    {"\xe6\x97\xa5\xe6\x9c\xac\xe3\x81\x82\xe3\x82\xab\xe3\x80\x82", {"EUC-JP", "SHIFT_JIS", "CP932"}, {"\xc6\xfc\xcb\xdc\xa4\xa2\xa5\xab\xa1\xa3", "\x93\xfa\x96{\x82\xa0\x83J\x81" "B", "\x93\xfa\x96{\x82\xa0\x83J\x81" "B"}},
    {"\xe4\xb8\xad\xe6\x96\x87\xe5\x9c\x8b", {"BIG5", "GBK", "GB18030"}, {"\xa4\xa4\xa4\xe5\xb0\xea", "\xd6\xd0\xce\xc4\x87\xf8", "\xd6\xd0\xce\xc4\x87\xf8"}},
    {"\xe4\xb8\xad\xe6\x96\x87\xe3\x80\x82", {"GB2312", "EUC-CN"}, {"\xd6\xd0\xce\xc4\xa1\xa3", "\xd6\xd0\xce\xc4\xa1\xa3"}},
    {"\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4", {"EUC-KR", "UHC", "CP949"}, {"\xc7\xd1\xb1\xb9\xbe\xee", "\xc7\xd1\xb1\xb9\xbe\xee", "\xc7\xd1\xb1\xb9\xbe\xee"}}};

static void languages_case(long number) {
    const struct language *language = &languages[below(COUNT(languages))];
    size_t count = 0, which, other, length;
    while (count < 5 && language->sets[count]) count++;
    which = below(count), other = below(count);
    char text[100] = "";
    int from_unicode = one_in(3);
    for (int i = below(4); i > 0; i--) {
        if (one_in(2)) strcat(text, "a b");
        strcat(text, from_unicode ? language->utf8 : language->texts[which]);
    }
    length = strlen(text);
    // EUC-CN takes half a character and forgets it.
    if (one_in(3) && length && (from_unicode || (strcmp(language->sets[which], "GB2312") && strcmp(language->sets[which], "EUC-CN")))) length--;
    convert(one_in(3) ? "UTF-16LE" : one_in(2) ? "UTF-8" : language->sets[other], from_unicode ? "UTF-8" : language->sets[which], (unsigned char *)text, length);
}

// What a set lacks is left out, or written otherwise.
static void suffixes(long number) {
    static const char *const ways[] = {"//IGNORE", "//TRANSLIT", "//translit", "//TRANSLIT//IGNORE", "//IGNORE,TRANSLIT", "//", "", "/", "///", "//NONE"};
    static const char *const sets[] = {"ASCII", "ISO-8859-1", "ISO-8859-15", "KOI8-R", "CP1252", "UTF-16LE", "UTF-8"};
    unsigned char text[100];
    const char *way = PICK(ways);
    char to[60];
    size_t length = 0;
    strcat(strcpy(to, PICK(sets)), way);
    for (int i = below(10); i > 0; i--) length += put_utf8(text + length, one_in(2) ? between(' ', '~') : one_in(2) ? between(0xa0, 0x1ff) : between(0x2010, 0x2030));
    // glibc forgets what it has left out when it writes something otherwise, and knows more that can be.
    if (one_in(5) && length && !strcasestr(way, "TRANSLIT")) text[below(length)] = any();
    convert(to, one_in(9) ? "UTF-8//IGNORE" : "UTF-8", text, length);
}

static void names(long number) {
    static const char *const known[] = {
        "utf8", "UTF-8", "utf_8", "Utf-8", "UTF 8", "UTF--8", "UTF-8 ", "latin1", "LATIN-1", "ISO88591", "ISO_8859-1", "8859_1", "iso8859-1", "ISO8859-15", "ASCII", "us-ascii", "US", "646", "ANSI_X3.4-1968", "", "char", "CHAR", "INTERNAL", "WCHAR_T",
        "wchar_t", "cp1252", "WINDOWS-1252", "windows1252", "MS-ANSI", "UCS2", "UCS-2", "ucs-4", "ISO-10646", "ISO-10646/UCS4/", "ISO-10646/UTF8/", "UTF16", "utf-16le", "UTF16LE", "UNICODELITTLE", "UNICODE", "koi8-r", "KOI8R", "CP437", "437", "IBM437", "850", "sjis", "SHIFT-JIS", "MS_KANJI", "euc-jp",
        "EUCJP", "UJIS", "gb2312", "GBK", "CP936", "MS936", "big5", "BIG-5", "CN-BIG5", "no such set", "UTF-9", "/", "//", "UTF-8/", "UTF-8//", "L1", "latin-9", "TIS620", "TIS-620", "MAC", "MACINTOSH", "CP-1252"};
    const char *to = PICK(known), *from = one_in(2) ? "UTF-8" : PICK(known);
    convert(to, from, (const unsigned char *)"\0\0\0\0", 4);
}

DIFFER({"unicode", unicode}, {"bytes", bytes, 2}, {"to_bytes", to_bytes, 2}, {"languages", languages_case, 4}, {"suffixes", suffixes, 4}, {"names", names, 4})
