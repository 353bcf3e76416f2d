// scanf(3) in its forms: conversions, widths, sets, suppressed assignment, allocation, ends of input.
#include "differ.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern int plain_sscanf(const char *, const char *, ...) SYMBOL(sscanf);
extern int plain_fscanf(FILE *, const char *, ...) SYMBOL(fscanf);
extern int plain_vsscanf(const char *, const char *, va_list) SYMBOL(vsscanf);
extern int plain_vfscanf(FILE *, const char *, va_list) SYMBOL(vfscanf);
extern int c99_sscanf(const char *, const char *, ...) SYMBOL(__isoc99_sscanf);
extern int c99_fscanf(FILE *, const char *, ...) SYMBOL(__isoc99_fscanf);
extern int c99_vsscanf(const char *, const char *, va_list) SYMBOL(__isoc99_vsscanf);
extern int c99_vfscanf(FILE *, const char *, va_list) SYMBOL(__isoc99_vfscanf);
extern int c99_swscanf(const wchar_t *, const wchar_t *, ...) SYMBOL(__isoc99_swscanf);
extern int plain_swscanf(const wchar_t *, const wchar_t *, ...) SYMBOL(swscanf);

static int through_list(int way, const char *text, FILE *stream, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int count = way == 0   ? c99_vsscanf(text, format, list)
                : way == 1 ? plain_vsscanf(text, format, list)
                : way == 2 ? c99_vfscanf(stream, format, list)
                           : plain_vfscanf(stream, format, list);
    va_end(list);
    return count;
}

// What is read into: two places, so that a conversion after the first is seen, too.
static char places[2][200];

static void scan(const char *text, const char *format) {
    memset(places, '#', sizeof places);
    given_text("text", text), given_text("format", format);
    int way = below(8);
    given_int("way", way);
    FILE *stream = way == 2 || way == 3 || way > 5 ? fmemopen((void *)text, strlen(text), "r") : NULL;
    if (!stream && (way == 2 || way == 3 || way > 5)) way = 4;
    errno = 0;
    int count = way < 4    ? through_list(way, text, stream, format, places[0], places[1])
                : way == 4 ? c99_sscanf(text, format, places[0], places[1])
                : way == 5 ? plain_sscanf(text, format, places[0], places[1])
                : way == 6 ? c99_fscanf(stream, format, places[0], places[1])
                           : plain_fscanf(stream, format, places[0], places[1]);
    say_int("count", count), say_errno();
    say_bytes("first", places[0], 40), say_bytes("second", places[1], 20);
    if (stream) say_int("at", ftell(stream)), say_int("next", getc(stream)), fclose(stream);
}

static void integers(long number) {
    static const char *const lengths[] = {"", "", "hh", "h", "l", "ll", "z", "j", "t", "q", "L"};
    char text[80], format[40] = "%";
    fill(text, below(4), " \t\n-+");
    fill(text + strlen(text), below(10), PICK(((const char *[]){"0123456789", "01x", "0x9afg", "-+7", "0123456789abcdef "})));
    if (one_in(12)) strcat(text, "99999999999999999999999");
    if (one_in(2)) strcat(text, PICK(((const char *[]){"x", " 12", "0x", "\n", "8", "-5 ", ".5"})));
    if (one_in(8)) strcat(format, "*");
    if (one_in(4)) sprintf(format + strlen(format), "%ld", between(1, 9));
    strcat(format, PICK(lengths));
    strncat(format, &"diouxXdi"[below(8)], 1);
    strcat(format, PICK(((const char *[]){"", "%d", " %x", "%n", "x%d", " %n", "%c", "%*d%n"})));
    scan(text, format);
}

static void floats(long number) {
    char text[80], format[40] = "%";
    fill(text, below(3), " \t-+");
    strcat(text, PICK(((const char *[]){"", "", "", "0x", "inf", "nan", "infinity", "infini", "nan(", "nan(1)", "1e", "0x1p", "in", "na", "."})));
    fill(text + strlen(text), below(10), PICK(((const char *[]){"0123456789", "01.e+-", "0x9af.p-", "-+7.", "123456.789e"})));
    if (one_in(4)) strcat(text, PICK(((const char *[]){"x", " 12", "e5", "\n", "8", "-5 ", ".5"})));
    if (one_in(8)) strcat(format, "*");
    if (one_in(4)) sprintf(format + strlen(format), "%ld", between(1, 9));
    strcat(format, PICK(((const char *[]){"", "l", "L"})));
    // glibc's other spelling of %a is a flag of old, for allocation.
    strncat(format, &"eEfFgGeg"[below(8)], 1);
    strcat(format, PICK(((const char *[]){"", "%d", " %x", "%n", "%c", "%g"})));
    scan(text, format);
}

static void texts(long number) {
    static const char *const sets[] = {
        "[abc]", "[^abc]", "[a-c]", "[]a]", "[^]a]", "[a-]", "[-a]", "[0-9a-f]", "[^ \t]", "[c-a]", "[^-]", "[a-c-e]", "[%]", "[\x80-\xff]"};
    char text[80], format[60] = "";
    fill(text, below(20), PICK(((const char *[]){"abc ", "ab]-^e", "a1f0 \t\n", "\xc3\xa4" "ab", "%a- "})));
    if (one_in(3)) strcat(format, PICK(((const char *[]){" ", "a", "%%", "ab ", "\n"})));
    strcat(format, "%");
    if (one_in(8)) strcat(format, "*");
    if (one_in(3)) sprintf(format + strlen(format), "%ld", between(1, 12));
    const char *what = one_in(2) ? PICK(sets) : one_in(2) ? "s" : "c";
    strcat(format, what);
    strcat(format, PICK(((const char *[]){"", "%3c", " %5s", "%n", "x%c", " ", "%[ab]", "%%%n"})));
    scan(text, format);
}

static void wide_texts(long number) {
    char text[80] = "", format[60] = "%";
    locale_t before = uselocale(locale_of(number & 1));
    // Of bytes that are no character glibc 2.36 makes any in the set of a %l[.
    int is_set = one_in(2);
    if (is_set && number & 1)
        for (int i = below(6); i > 0; i--) strcat(text, PICK(((const char *[]){"a", "\xc3\xa4", "\xe2\x82\xac", " "})));
    else fill(text, below(12), is_set || one_in(2) ? "abc " : "a\xc3\xa4\xe2\x82\xac ");
    given_int("utf8", number & 1);
    if (one_in(8)) strcat(format, "*");
    if (one_in(3)) sprintf(format + strlen(format), "%ld", between(1, 12));
    strcat(format, is_set ? PICK(((const char *[]){"l[abc]", "l[^ ]", "l[^a]"})) : PICK(((const char *[]){"ls", "S", "lc", "C"})));
    strcat(format, PICK(((const char *[]){"", "%n", "%3c", "%s"})));
    scan(text, format);
    uselocale(before);
}

static void allocated(long number) {
    char text[80], format[60] = "%", *first = NULL;
    int second = -1;
    fill(text, below(20), PICK(((const char *[]){"abc ", "ab]-^e", "a1f0 \t\n"})));
    if (one_in(3)) sprintf(format + strlen(format), "%ld", between(1, 12));
    const char *what = PICK(((const char *[]){"ms", "m[abc]", "m[^ ]", "mc", "mls", "mlc", "ml[ab]"}));
    strcat(format, what++);
    strcat(format, PICK(((const char *[]){"", "%n", "%d", " %n"})));
    given_text("text", text), given_text("format", format);
    int count = c99_sscanf(text, format, &first, &second);
    say_int("count", count), say_errno(), say_int("second", second);
    if (count > 0 && first && *what == 'l') say_hex("first", *(unsigned *)first);
    else if (count > 0 && first && *what == 'c') say_int("first", *first);
    else if (count > 0) say_text("first", first);
    if (count > 0) free(first);
}

static void placed(long number) {
    static const char *const formats[] = {"%2$d %1$s", "%1$d%2$5s", "%2$x%1$*d", "%1$3d%2$c", "%2$[ab]%1$d", "%p %s", "%d%%%d", "%hhd,%hd", "%i%i", "%3d%3d"};
    char text[40];
    fill(text, below(16), PICK(((const char *[]){"12 ab", "0x1f 9", "7% 8", "1,2 -"})));
    scan(text, PICK(formats));
}

static void wide_input(long number) {
    static const wchar_t *const formats[] = {L"%d %ls", L"%l[a\u00e4]%s", L"%5lc%n", L"%x%S", L"%[^ ]%ls", L" \u00e4%d%n", L"%lf%s", L"%3s%C", L"%*d%ls"};
    wchar_t text[20] = {0};
    int length = below(14);
    const wchar_t *format = PICK(formats), *letters = PICK(((const wchar_t *[]){L"12 a", L"\u00e4 a\u20ac", L"0x1f.5 e", L"12\u2003 "}));
    locale_t before = uselocale(locale_of(number & 1));
    for (int i = 0; i < length; i++) text[i] = letters[below(4)];
    // glibc 2.36 may end a text with more than one NUL.
    memset(places, 0, sizeof places);
    given_wide("text", text, length), given_wide("format", format, wcslen(format)), given_int("utf8", number & 1);
    int count = one_in(2) ? c99_swscanf(text, format, places[0], places[1]) : plain_swscanf(text, format, places[0], places[1]);
    say_int("count", count), say_errno();
    say_bytes("first", places[0], 60), say_bytes("second", places[1], 60);
    uselocale(before);
}

DIFFER({"integers", integers}, {"floats", floats}, {"texts", texts}, {"wide_texts", wide_texts},
       {"allocated", allocated}, {"placed", placed}, {"wide_input", wide_input})
