// printf(3) in all its forms, with conversions, flags, widths and precisions of every kind.
#include "differ.h"
#include <obstack.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

extern int checked_snprintf(char *, size_t, int, size_t, const char *, ...) SYMBOL(__snprintf_chk);
extern int checked_sprintf(char *, int, size_t, const char *, ...) SYMBOL(__sprintf_chk);
extern int checked_vsnprintf(char *, size_t, int, size_t, const char *, va_list) SYMBOL(__vsnprintf_chk);
extern int checked_vsprintf(char *, int, size_t, const char *, va_list) SYMBOL(__vsprintf_chk);
extern int checked_asprintf(char **, int, const char *, ...) SYMBOL(__asprintf_chk);
extern int checked_vasprintf(char **, int, const char *, va_list) SYMBOL(__vasprintf_chk);
extern int checked_fprintf(FILE *, int, const char *, ...) SYMBOL(__fprintf_chk);
extern int checked_vfprintf(FILE *, int, const char *, va_list) SYMBOL(__vfprintf_chk);
extern int checked_obstack_printf(struct obstack *, int, const char *, ...) SYMBOL(__obstack_printf_chk);
extern int checked_swprintf(wchar_t *, size_t, int, size_t, const wchar_t *, ...) SYMBOL(__swprintf_chk);
extern int checked_vswprintf(wchar_t *, size_t, int, size_t, const wchar_t *, va_list) SYMBOL(__vswprintf_chk);
extern int checked_fwprintf(FILE *, int, const wchar_t *, ...) SYMBOL(__fwprintf_chk);
extern int checked_vfwprintf(FILE *, int, const wchar_t *, va_list) SYMBOL(__vfwprintf_chk);

enum { ROOM = 6000 };
static char room[ROOM];

// Flags, width and precision; `*` in the text counts the int arguments that go before the value.
static int any_shape(char *to, const char *flags, int most) {
    int stars = 0;
    *to++ = '%';
    while (one_in(2)) *to++ = flags[below(strlen(flags))];
    if (one_in(3)) to += sprintf(to, "%ld", between(1, most));
    else if (one_in(8)) *to++ = '*', stars = 1;
    if (one_in(3)) to += sprintf(to, ".%ld", between(0, most));
    else if (one_in(8)) *to++ = '.', *to++ = '*', stars += 2;
    else if (one_in(12)) *to++ = '.';
    *to = 0;
    return stars;
}

// Calls `snprintf` with as many numbers before the value as the format has stars.
#define PRINT_INTO(call, size, ...)                                                                                     \
    (stars == 0   ? call(room, size, __VA_ARGS__ format, value)                                                         \
     : stars == 3 ? call(room, size, __VA_ARGS__ format, one, other, value)                                             \
                  : call(room, size, __VA_ARGS__ format, stars == 1 ? one : other, value))

#define PRINTED(size)                                                                                                   \
    do {                                                                                                                \
        int one = between(-20, 20), other = between(-3, 20);                                                            \
        memset(room, '#', 100);                                                                                         \
        given_text("format", format), given_int("size", size), given_int("one", one), given_int("other", other);        \
        int length = one_in(8) ? PRINT_INTO(checked_snprintf, size, 1, size, ) : PRINT_INTO(snprintf, size, );          \
        say_int("length", length), say_errno();                                                                         \
        if (size) say_text("room", room);                                                                               \
    } while (0)

static size_t any_size(void) { return one_in(4) ? below(30) : ROOM; }

static void integers(long number) {
    static const char *const lengths[] = {"", "", "hh", "h", "l", "ll", "z", "j", "t", "q", "L", "Z"};
    char format[60] = "";
    int stars = any_shape(format, "-+ #0'I", 30);
    strcat(format, PICK(lengths));
    strncat(format, &"diouxX"[below(6)], 1);
    long value = any_long();
    size_t size = any_size();
    given_int("value", value);
    PRINTED(size);
}

static double any_double(void) {
    union { uint64_t bits; double value; } pun = {.bits = any()};
    if (one_in(2)) return (double)any_long() / (double)(1L << below(40));
    if (one_in(2)) pun.bits = (pun.bits & 0x800fffffffffffff) | (1023 + between(-60, 60)) << 52;
    if (one_in(9)) return PICK(((double[]){0, -0.0, 0.5, 1.5, 2.5, 0.125, 9.5, 99.5, 0.05, 9.995, 1e15, 1e16, 1e-5, 0.0001}));
    if (one_in(30)) pun.bits |= 0x7ff0000000000000;
    return pun.value;
}

static long double any_long_double(void) {
    union { struct { uint64_t fraction; uint16_t sign; } parts; long double value; } pun = {0};
    if (one_in(2)) return any_double();
    pun.parts.fraction = any() | 1UL << 63, pun.parts.sign = (any() & 0x8000) | (16383 + between(-70, 70));
    if (one_in(20)) pun.parts.sign = any() & 0xfffe;
    if (one_in(20)) pun.parts.sign &= 0x8000;
    if (one_in(30)) pun.parts.sign |= 0x7fff;
    // With its leading bit a subnormal is none that glibc prints as what it is.
    if (!(pun.parts.sign & 0x7fff)) pun.parts.fraction &= ~(1UL << 63);
    return pun.value;
}

static void doubles(long number) {
    char format[60] = "";
    // Where rounding makes %#g's number longer, glibc 2.36 leaves out zeros.
    int stars = any_shape(format, one_in(2) ? "-+ #0'I" : "-+ 0'I", 40);
    strncat(format, strchr(format, '#') ? &"eEfFaA"[below(6)] : &"gGgGeEfF"[below(8)], 1);
    double value = any_double();
    size_t size = any_size();
    given_hex("value", *(uint64_t *)&value);
    PRINTED(size);
}

static void long_doubles(long number) {
    char format[60] = "";
    int stars = any_shape(format, one_in(2) ? "-+ #0'I" : "-+ 0'I", 40);
    strcat(format, "L");
    strncat(format, strchr(format, '#') ? &"eEfFaA"[below(6)] : &"gGgGeEfF"[below(8)], 1);
    long double value = any_long_double();
    size_t size = any_size();
    given_bytes("value", &value, 10);
    PRINTED(size);
}

static void texts(long number) {
    char format[60] = "", text[60];
    locale_t before = uselocale(locale_of(number & 1));
    int stars = any_shape(format, "-+ #0", 24);
    fill(text, below(16), one_in(2) ? "abc%" : "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    const char *value = one_in(20) ? NULL : text;
    size_t size = any_size();
    strcat(format, "s|");
    given_text("value", value), given_int("utf8", number & 1);
    PRINTED(size);
    uselocale(before);
}

static void wide_texts(long number) {
    static const wchar_t letters[] = {'a', 'b', 0xe4, 0x20ac, 0x1f600, 0x7f, 0x110000, 0xd800};
    char format[60] = "";
    wchar_t text[20] = {0};
    locale_t before = uselocale(locale_of(number & 1));
    int stars = any_shape(format, "-+ #0", 24);
    for (int i = below(10); i > 0; i--) text[i - 1] = letters[below(one_in(4) ? 8 : 5)];
    wchar_t *value = one_in(20) ? NULL : text;
    size_t size = any_size();
    strcat(format, one_in(2) ? "ls" : "S");
    given_wide("value", value, 10), given_int("utf8", number & 1);
    PRINTED(size);
    uselocale(before);
}

static void characters(long number) {
    char format[60] = "";
    locale_t before = uselocale(locale_of(number & 1));
    int stars = any_shape(format, "-+ #0", 10);
    int value = one_in(3) ? (int)below(128) : one_in(2) ? (int)below(0x200) : (int)any_long();
    size_t size = any_size();
    strcat(format, PICK(((const char *[]){"c", "c", "lc", "C"})));
    given_hex("value", value), given_int("utf8", number & 1);
    PRINTED(size);
    uselocale(before);
}

static void others(long number) {
    char format[60] = "";
    int stars = any_shape(format, "-+ #0'", 12);
    void *value = one_in(5) ? NULL : (void *)any_long();
    size_t size = any_size();
    strcat(format, PICK(((const char *[]){"p", "p", "m", "%", "p%%", "pend"})));
    given_hex("value", (long)value);
    errno = below(50);
    PRINTED(size);
}

// What is no conversion, or an odd one.
static void malformed(long number) {
    char format[40];
    int stars = 0;
    long value = any_long();
    size_t size = any_size();
    // Each takes one argument at most: what is beyond the arguments is any.
    fill(format, 1 + below(7), "%%ldxiu5.0-+hjz#Ly kb");
    int percents = 0;
    for (char *at = format; *at; at++) percents += *at == '%';
    // Of a negative precision without a number glibc 2.36 makes another.
    if (percents > 1 || strstr(format, ".-")) return;
    given_int("value", value);
    PRINTED(size);
}

static int through_list(int way, size_t size, char **made, FILE *stream, struct obstack *stack, const char *format, ...) {
    va_list list;
    va_start(list, format);
    int length = way == 0   ? vsnprintf(room, size, format, list)
                 : way == 1 ? checked_vsnprintf(room, size, 1, size, format, list)
                 : way == 2 ? vsprintf(room, format, list)
                 : way == 3 ? checked_vsprintf(room, 1, sizeof room, format, list)
                 : way == 4 ? vasprintf(made, format, list)
                 : way == 5 ? checked_vasprintf(made, 1, format, list)
                 : way == 6 ? vfprintf(stream, format, list)
                 : way == 7 ? checked_vfprintf(stream, 1, format, list)
                            : obstack_vprintf(stack, format, list);
    va_end(list);
    return length;
}

// Several conversions by order or by position, through every spelling of printf.
static void several(long number) {
    static const char *const ordered[] = {"%d %s %g %c %ld", "<%5d|%-8s|%08.3f|%3c|%lx>", "%*d%s%g%c", "%d%%%s %e%c%o", "%d\t%.2s\n%a%c%ld"};
    static const char *const placed[] = {"%2$s %1$d %3$g %5$ld %4$c", "%1$d %1$d %2$s", "%5$*1$ld %2$s %3$.*1$f%4$c", "%1$x%2$s%3$E%4$5c%5$+ld", "%2$.3s%1$d"};
    const char *format = one_in(2) ? PICK(ordered) : PICK(placed);
    int integer = format[1] == '*' ? between(-12, 12) : one_in(2) ? between(-3, 20) : (int)any_long();
    // A width that is a number of the arguments may not be any.
    if (strstr(format, "*1$")) integer = between(-9, 9);
    char text[12], *made = NULL, *held = NULL;
    size_t held_size = 0, size = any_size();
    double real = any_double();
    int character = between('a', 'z'), length, way = below(14);
    long larger = any_long();
    struct obstack stack;
    fill(text, below(11), "xyz");
    given_text("format", format), given_int("way", way), given_int("size", size), given_int("integer", integer);
    given_text("text", text), given_hex("real", *(uint64_t *)&real), given_int("larger", larger);
    FILE *stream = way == 6 || way == 7 || way == 11 || way == 13 ? open_memstream(&held, &held_size) : NULL;
    if (way == 8 || way == 9 || way == 12) obstack_init(&stack);
    memset(room, '#', 100);
#define ARGUMENTS format, integer, text, real, character, larger
    // The first format with a width has its own order: the number serves as width and the rest moves.
    if (format[1] == '*') {
        length = snprintf(room, size, format, integer, character, text, real, character);
        say_int("length", length), say_text("room", size ? room : "");
        if (stream) fclose(stream), free(held);
        if (way == 8 || way == 9 || way == 12) obstack_free(&stack, NULL);
        return;
    }
    if (way < 9) length = through_list(way, size, &made, stream, &stack, ARGUMENTS);
    else if (way == 9) length = obstack_printf(&stack, ARGUMENTS);
    else if (way == 10) length = checked_asprintf(&made, 1, ARGUMENTS);
    else if (way == 11) length = fprintf(stream, ARGUMENTS);
    else if (way == 12) length = checked_obstack_printf(&stack, 1, ARGUMENTS);
    else length = checked_fprintf(stream, 1, ARGUMENTS);
    say_int("length", length), say_errno();
    if (stream) fclose(stream), say_bytes("held", held, held_size), free(held);
    else if (made) say_text("made", made), free(made);
    else if (way == 8 || way == 9 || way == 12) say_bytes("stack", obstack_base(&stack), obstack_object_size(&stack)), obstack_free(&stack, NULL);
    else if (size || way == 2 || way == 3) say_text("room", room);
    if (number % 3 == 0) {
        length = number & 1 ? sprintf(room, ARGUMENTS) : checked_sprintf(room, 1, sizeof room, ARGUMENTS);
        say_int("sprintf", length), say_text("room", room);
        length = asprintf(&made, ARGUMENTS);
        say_int("asprintf", length), say_text("made", made), free(made);
    }
}

static void stored(long number) {
    signed char tiny = 1;
    short small = 1;
    int usual = 1, length;
    long large = 1;
    char text[30];
    size_t size = one_in(2) ? below(20) : sizeof room;
    fill(text, below(20), "ab");
    given_text("text", text), given_int("size", size);
    length = snprintf(room, size, "%s%n%d%hhn %5s%hn%c%ln", text, &usual, 12, &tiny, text, &small, 'x', &large);
    say_int("length", length), say_int("n", usual), say_int("hhn", tiny), say_int("hn", small), say_int("ln", large);
}

static int wide_list(int way, wchar_t *to, size_t size, FILE *stream, const wchar_t *format, ...) {
    va_list list;
    va_start(list, format);
    int length = way == 0   ? vswprintf(to, size, format, list)
                 : way == 1 ? checked_vswprintf(to, size, 1, size, format, list)
                 : way == 2 ? vfwprintf(stream, format, list)
                            : checked_vfwprintf(stream, 1, format, list);
    va_end(list);
    return length;
}

static void wide(long number) {
    static const wchar_t *const formats[] = {
        L"%d %s %ls %g", L"%8d|%-10s|%10ls|%+.3f", L"%x%.2s%.3ls%e", L"\u00e4%d\u20ac%s%ls%a", L"%3$ls%1$d%2$s%4$g", L"%1$d%1$o", L"%hhd%5.1s%ls%%%Lg"};
    wchar_t to[300], text[8] = {0};
    char narrow[20];
    locale_t before = uselocale(locale_of(number & 1));
    const wchar_t *format = PICK(formats);
    size_t size = one_in(3) ? below(20) : 300;
    int way = below(7), length, integer = any_long();
    for (int i = below(7); i > 0; i--) text[i - 1] = PICK(((wchar_t[]){'a', 'b', 0xe4, 0x20ac, 0x1f600}));
    fill(narrow, below(9), one_in(2) ? "ab" : "\xc3\xa4z");
    double real = any_double();
    wchar_t *held = NULL;
    size_t held_size = 0;
    FILE *stream = way == 2 || way == 3 || way > 5 ? open_wmemstream(&held, &held_size) : NULL;
    given_wide("format", format, wcslen(format)), given_int("size", size), given_int("way", way), given_int("utf8", number & 1);
    given_int("integer", integer), given_text("narrow", narrow), given_wide("text", text, 8);
#define WIDE_ARGUMENTS format, integer, narrow, text, real
    if (format[1] == 'h') length = swprintf(to, size, format, integer, narrow, text, (long double)real);
    else if (way < 4) length = wide_list(way, to, size, stream, WIDE_ARGUMENTS);
    else if (way == 4) length = swprintf(to, size, WIDE_ARGUMENTS);
    else if (way == 5) length = checked_swprintf(to, size, 1, size, WIDE_ARGUMENTS);
    else length = number & 2 ? fwprintf(stream, WIDE_ARGUMENTS) : checked_fwprintf(stream, 1, WIDE_ARGUMENTS);
    say_int("length", length), say_errno();
    if (stream) fclose(stream), say_wide("held", held, held_size), free(held);
    else if (length >= 0) say_wide("to", to, length + 1);
    uselocale(before);
}

DIFFER({"integers", integers}, {"doubles", doubles}, {"long_doubles", long_doubles}, {"texts", texts},
       {"wide_texts", wide_texts}, {"characters", characters}, {"others", others}, {"malformed", malformed},
       {"several", several}, {"stored", stored}, {"wide", wide, 5})
