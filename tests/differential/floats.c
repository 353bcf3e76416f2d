// Floating-point numbers from text and as text: strtod(3) and its kin, ecvt(3), strfromd(3).
#include "differ.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern double old_strtod_l(const char *, char **, locale_t) SYMBOL(__strtod_l);
extern float old_strtof_l(const char *, char **, locale_t) SYMBOL(__strtof_l);
extern long double old_strtold_l(const char *, char **, locale_t) SYMBOL(__strtold_l);
extern double old_strtod(const char *, char **, int) SYMBOL(__strtod_internal);
extern double strtod_in(const char *, char **, locale_t) SYMBOL(strtod_l);
extern float strtof_in(const char *, char **, locale_t) SYMBOL(strtof_l);
extern long double strtold_in(const char *, char **, locale_t) SYMBOL(strtold_l);
extern double wcstod_in(const wchar_t *, wchar_t **, locale_t) SYMBOL(wcstod_l);

static double any_double(void) {
    union { uint64_t bits; double value; } pun = {.bits = any()};
    if (one_in(3)) return (double)any_long() / (double)(1L << below(40));
    if (one_in(8)) pun.bits &= 0x800fffffffffffff;
    if (one_in(20)) pun.bits |= 0x7ff0000000000000;
    return pun.value;
}

static long double any_long_double(void) {
    union { struct { uint64_t fraction; uint16_t sign; } parts; long double value; } pun = {0};
    if (one_in(3)) return any_double();
    pun.parts.fraction = any() | 1UL << 63, pun.parts.sign = any();
    // With its leading bit a subnormal is none that glibc prints as what it is, and without it another is none at all.
    if (one_in(6)) pun.parts.sign &= 0x8000;
    if (!(pun.parts.sign & 0x7fff)) pun.parts.fraction &= ~(1UL << 63);
    return pun.value;
}

static const char *const ends[] = {"", "", "", " ", "x", "e", "e+", ".", "p1", "\xff", "f"};

static char *any_number(char *text) {
    static const char *const blanks[] = {"", "", "", " ", "\t\n", "\v\f\r ", "\xa0"};
    static const char *const signs[] = {"", "", "", "-", "+", "--"};
    static const char *const words[] = {
        "inf", "INF", "infinity", "infinit", "Infinity", "nan", "NAN", "nan(", "nan()", "nan(12)", "nan(0x7f)",
        "nan(0777)", "nan(a_b)", "nan(-1)", "nan(99999999999999999999999)", "nan(1 2)", "na", "in", "nan(0xfffffffffffff)",
        "1e400", "1e-400", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "1.7976931348623157e308",
        "1.7976931348623158e308", "1.7976931348623159e308", "2.2250738585072011e-308", "2.2250738585072014e-308",
        "9007199254740993", "9007199254740992.99999999999", "3.4028235677973366e38", "1.1754943508222875e-38",
        "7.0064923216240853e-46", "1.18973149535723176505e4932", "3.6451995318824746025e-4951", "1.189731495357231765085759e4932",
        "0x1.fffffffffffff8p0", "0x1.fffffffffffff7fffp0", "0x1p-1075", "0x1.8p-1075", "0x1p1024", "0x.8p-1021",
        // glibc 2.36 takes a float just above half of the least for that half: no "0x1.000001p-150".
        "0x1.fffffep127", "0x1.ffffffp127", "0x1p-150", "0x8000000000000000.8", "0x1.00000000000000008p0",
        "0x", "0x.", "0x.p1", "0xp1", ".e1", "e1", ".", "0e99999999999999999999", "1e99999999999999999999",
        "1e-99999999999999999999", "0x1p99999999999999999999", "0x0p-99999999999999999999"};
    strcpy(text, PICK(blanks));
    strcat(text, PICK(signs));
    int style = below(6);
    if (style == 0) {
        strcat(text, PICK(words));
    } else {
        const char *digits = style == 1 ? "0123456789abcdefABCDEF" : one_in(6) ? "0" : one_in(6) ? "9" : "0123456789";
        if (style == 1) strcat(text, one_in(2) ? "0x" : "0X");
        size_t most = one_in(10) ? 60 : 18;
        fill(text + strlen(text), below(most), digits);
        if (one_in(2)) strcat(text, "."), fill(text + strlen(text), below(most), digits);
        if (one_in(2)) {
            static const char *const forms[] = {"e", "e+", "e-", "E"}, *const binary[] = {"p", "p+", "p-", "P"};
            strcat(text, style == 1 ? PICK(binary) : PICK(forms));
            fill(text + strlen(text), one_in(10) ? below(8) : between(1, style == 1 ? 4 : 3), "0123456789");
        }
    }
    strcat(text, PICK(ends));
    return text;
}

// In decimal, the middle between two neighbours, exactly or a little beside it.
static char *any_middle(char *text) {
    double value = fabs(any_double());
    if (!(value < 1e30 && value > 1e-30)) value = 1.5;
    long double middle = ((long double)value + nextafter(value, INFINITY)) / 2;
    sprintf(text, "%.*Lf", (int)between(0, 120), middle);
    if (one_in(3)) text[strlen(text) - 1] = '0' + below(10);
    return text;
}

static void say_all(const char *text) {
    char *end = NULL;
    given_text("text", text);
    say_double("strtod", strtod(text, &end)), say_at("end", text, end), say_errno();
    say_float("strtof", strtof(text, &end)), say_at("end", text, end), say_errno();
    say_long_double("strtold", strtold(text, &end)), say_at("end", text, end), say_errno();
}

static void strtod_case(long number) {
    char room[400];
    say_all(edge_text(0, any_number(room)));
}

static void strtod_middle(long number) {
    char room[400];
    say_all(edge_text(0, any_middle(room)));
}

static void strtod_again(long number) {
    char text[400];
    // Most are in the range of a double: the greatest and least take long.
    sprintf(text, "%.*Lg", (int)between(1, 40), one_in(16) ? any_long_double() : (long double)any_double());
    say_all(text);
}

static void strtod_l_case(long number) {
    char room[400], *text = any_number(room), *end = NULL;
    wchar_t wide[400], *wide_end = NULL;
    locale_t locale = locale_of(number & 1), before = uselocale(locale);
    int length = 0;
    for (; text[length]; length++) wide[length] = (unsigned char)text[length];
    wide[length] = 0;
    if (one_in(9) && length) wide[below(length)] = PICK(((wchar_t[]){0x660, 0x2003, 0xff11, 0x110000}));
    given_text("text", text), given_int("utf8", number & 1), given_wide("wide", wide, length);
    say_double("strtod_l", strtod_in(text, &end, locale)), say_at("end", text, end), say_errno();
    say_double("__strtod_l", old_strtod_l(text, NULL, locale)), say_errno();
    say_float("strtof_l", strtof_in(text, &end, locale)), say_at("end", text, end), say_errno();
    say_float("__strtof_l", old_strtof_l(text, NULL, locale)), say_errno();
    say_long_double("strtold_l", strtold_in(text, &end, locale)), say_at("end", text, end), say_errno();
    say_long_double("__strtold_l", old_strtold_l(text, NULL, locale)), say_errno();
    say_double("__strtod_internal", old_strtod(text, NULL, 0)), say_errno();
    say_double("atof", atof(text)), say_errno();
    say_double("wcstod", wcstod(wide, &wide_end)), say_at("end", wide, wide_end), say_errno();
    say_double("wcstod_l", wcstod_in(wide, &wide_end, locale)), say_at("end", wide, wide_end), say_errno();
    say_float("wcstof", wcstof(wide, &wide_end)), say_at("end", wide, wide_end), say_errno();
    say_long_double("wcstold", wcstold(wide, &wide_end)), say_at("end", wide, wide_end), say_errno();
    uselocale(before);
}

static void digits(long number) {
    double value = one_in(2) ? any_double() : (double)between(-999999, 999999) / 1000;
    // The greatest have thousands of digits, which takes long.
    long double extended = one_in(40) ? any_long_double() : (long double)value * 1.1L;
    int places = between(-3, 24), point = 7, is_negative = 7;
    char room[400];
    size_t size = one_in(3) ? below(20) : sizeof room;
    given_hex("value", *(uint64_t *)&value), given_int("places", places), given_int("size", size);
    say_text("ecvt", ecvt(value, places, &point, &is_negative)), say_int("point", point), say_int("sign", is_negative);
    say_text("fcvt", fcvt(value, places, &point, &is_negative)), say_int("point", point), say_int("sign", is_negative);
    say_text("qecvt", qecvt(extended, places, &point, &is_negative)), say_int("point", point), say_int("sign", is_negative);
    say_text("qfcvt", qfcvt(extended, places, &point, &is_negative)), say_int("point", point), say_int("sign", is_negative);
    int ecvt_failed = ecvt_r(value, places, &point, &is_negative, room, size);
    say_int("ecvt_r", ecvt_failed), say_errno();
    if (!ecvt_failed) say_text("room", room), say_int("point", point), say_int("sign", is_negative);
    int fcvt_failed = fcvt_r(value, places, &point, &is_negative, room, size);
    say_int("fcvt_r", fcvt_failed), say_errno();
    if (!fcvt_failed) say_text("room", room), say_int("point", point), say_int("sign", is_negative);
    memset(room, '#', sizeof room);
    int qecvt_failed = qecvt_r(extended, places, &point, &is_negative, room, size);
    say_int("qecvt_r", qecvt_failed), say_errno();
    if (!qecvt_failed) say_text("room", room), say_int("point", point), say_int("sign", is_negative);
    int qfcvt_failed = qfcvt_r(extended, places, &point, &is_negative, room, size);
    say_int("qfcvt_r", qfcvt_failed), say_errno();
    if (!qfcvt_failed) say_text("room", room), say_int("point", point), say_int("sign", is_negative);
    say_text("qgcvt", qgcvt(extended, between(0, 24), room));
    say_text("gcvt", gcvt(value, between(0, 20), room));
}

static void strfrom(long number) {
    static const char *const formats[] = {"%g", "%f", "%e", "%a", "%A", "%G", "%E", "%F", "%.0f", "%.3a", "%.12g", "%.30e", "%.1g", "%.0a"};
    double value = any_double();
    long double extended = any_long_double();
    char room[500];
    // For one byte of room glibc 2.36 writes past it.
    size_t size = one_in(20) ? 0 : between(2, 40);
    const char *format = PICK(formats);
    given_text("format", format), given_int("size", size), given_hex("value", *(uint64_t *)&value);
    memset(room, '#', sizeof room);
    say_int("strfromd", strfromd(room, size, format, value)), say_bytes("room", room, 50);
    say_int("strfromf", strfromf(room, size, format, value)), say_bytes("room", room, 50);
    say_int("strfroml", strfroml(room, size, format, extended)), say_bytes("room", room, 50);
}

DIFFER({"strtod", strtod_case}, {"strtod_middle", strtod_middle}, {"strtod_again", strtod_again},
       {"strtod_l", strtod_l_case}, {"digits", digits}, {"strfrom", strfrom})
