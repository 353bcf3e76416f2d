// Integers from text: strtol(3) and its kin, atoi(3), and the same of wide strings; div(3), a64l(3).
#include "differ.h"
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern long old_strtol(const char *, char **, int, int) SYMBOL(__strtol_internal);
extern unsigned long old_strtoul(const char *, char **, int, int) SYMBOL(__strtoul_internal);
extern long long quad(const char *, char **, int) SYMBOL(strtoq);
extern unsigned long long unsigned_quad(const char *, char **, int) SYMBOL(strtouq);
extern long strtol_in(const char *, char **, int, locale_t) SYMBOL(strtol_l);
extern long long strtoll_in(const char *, char **, int, locale_t) SYMBOL(strtoll_l);
extern unsigned long strtoul_in(const char *, char **, int, locale_t) SYMBOL(strtoul_l);
extern unsigned long long strtoull_in(const char *, char **, int, locale_t) SYMBOL(strtoull_l);
extern long wcstol_in(const wchar_t *, wchar_t **, int, locale_t) SYMBOL(wcstol_l);
extern unsigned long long wcstoull_in(const wchar_t *, wchar_t **, int, locale_t) SYMBOL(wcstoull_l);

static int any_base(void) {
    static const int usual[] = {0, 0, 10, 10, 16, 8, 2, 36};
    return one_in(3) ? between(-2, 38) : PICK(usual);
}

// A numeral as someone might write it, with what should end it.
static char *any_numeral(char *text) {
    static const char *const blanks[] = {"", "", "", " ", "\t\n", "\v\f\r ", "\x85", "\xa0"};
    static const char *const signs[] = {"", "", "", "-", "+", "--", "+-", "- "};
    static const char *const prefixes[] = {"", "", "", "0", "0x", "0X", "0b1", "00", "0x ", "0xg"};
    static const char *const digits[] = {"0123456789", "01", "01234567", "0123456789abcdefABCDEF", "0123456789azAZ", "9", "f"};
    static const char *const limits[] = {
        "9223372036854775807", "9223372036854775808", "9223372036854775809", "18446744073709551615",
        "18446744073709551616", "7fffffffffffffff", "8000000000000000", "ffffffffffffffff", "10000000000000000",
        "1777777777777777777777", "777777777777777777777", "2147483648", "4294967296", "4294967295", "2147483647",
        "1y2p0ij32e8e7", "3w5e11264sgsf", "3w5e11264sgsg"};
    static const char *const ends[] = {"", "", " ", "x", "8", "g", ".5", "z", "_", "\xff"};
    strcpy(text, PICK(blanks));
    strcat(text, PICK(signs));
    strcat(text, PICK(prefixes));
    if (one_in(4)) strcat(text, PICK(limits));
    else fill(text + strlen(text), one_in(4) ? below(30) : below(8), PICK(digits));
    strcat(text, PICK(ends));
    return text;
}

static void strtol_case(long number) {
    char room[100], *text = edge_text(0, any_numeral(room)), *end = NULL, **ends = one_in(10) ? NULL : &end;
    int base = any_base();
    given_text("text", text), given_int("base", base);
    say_int("strtol", strtol(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoul", strtoul(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoll", strtoll(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoull", strtoull(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoimax", strtoimax(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoumax", strtoumax(text, ends, base)), say_at("end", text, end), say_errno();
    say_int("strtoq", quad(text, ends, base)), say_errno();
    say_int("strtouq", unsigned_quad(text, ends, base)), say_errno();
    say_int("atoi", atoi(text)), say_errno();
    say_int("atol", atol(text)), say_errno();
    say_int("atoll", atoll(text)), say_errno();
}

static void strtol_l_case(long number) {
    char room[100], *text = edge_text(0, any_numeral(room)), *end = NULL;
    int base = any_base();
    locale_t locale = locale_of(0);
    given_text("text", text), given_int("base", base);
    say_int("strtol_l", strtol_in(text, &end, base, locale)), say_at("end", text, end), say_errno();
    say_int("strtoul_l", strtoul_in(text, &end, base, locale)), say_at("end", text, end), say_errno();
    say_int("strtoll_l", strtoll_in(text, &end, base, locale)), say_at("end", text, end), say_errno();
    say_int("strtoull_l", strtoull_in(text, &end, base, locale)), say_at("end", text, end), say_errno();
    say_int("__strtol_internal", old_strtol(text, &end, base, 0)), say_at("end", text, end), say_errno();
    say_int("__strtoul_internal", old_strtoul(text, &end, base, 0)), say_at("end", text, end), say_errno();
}

static void wcstol_case(long number) {
    char text[100];
    wchar_t wide[100], *end = NULL;
    int length = 0, base = any_base();
    any_numeral(text);
    for (; text[length]; length++) wide[length] = (unsigned char)text[length];
    wide[length] = 0;
    if (one_in(6) && length) wide[below(length)] = PICK(((wchar_t[]){0x660, 0x2003, 0xff11, 0x110000, -1}));
    locale_t before = uselocale(locale_of(!(number & 1)));
    given_wide("text", wide, length), given_int("base", base), given_int("utf8", !(number & 1));
    say_int("wcstol", wcstol(wide, &end, base)), say_at("end", wide, end), say_errno();
    say_int("wcstoul", wcstoul(wide, &end, base)), say_at("end", wide, end), say_errno();
    say_int("wcstoll", wcstoll(wide, &end, base)), say_at("end", wide, end), say_errno();
    say_int("wcstoull", wcstoull(wide, &end, base)), say_at("end", wide, end), say_errno();
    say_int("wcstoimax", wcstoimax(wide, &end, base)), say_at("end", wide, end), say_errno();
    say_int("wcstoumax", wcstoumax(wide, &end, base)), say_at("end", wide, end), say_errno();
    uselocale(before);
}

static void division(long number) {
    long one = any_long(), other = any_long();
    // What overflows or divides by zero is a signal.
    if (!other || !(int)other || other == -1 || (int)other == -1) other = 3;
    given_int("one", one), given_int("other", other);
    div_t small = div(one, other);
    ldiv_t large = ldiv(one, other);
    lldiv_t larger = lldiv(one, other);
    imaxdiv_t largest = imaxdiv(one, other);
    say_int("div", small.quot), say_int("rem", small.rem);
    say_int("ldiv", large.quot), say_int("rem", large.rem);
    say_int("lldiv", larger.quot), say_int("rem", larger.rem);
    say_int("imaxdiv", largest.quot), say_int("rem", largest.rem);
    if (one != INT64_MIN && (int)one != INT32_MIN)
        say_int("abs", abs(one)), say_int("labs", labs(one)), say_int("llabs", llabs(one)), say_int("imaxabs", imaxabs(one));
}

static void base_64(long number) {
    char text[12];
    long value = any_long();
    fill(text, below(9), "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    if (one_in(4) && *text) text[below(strlen(text))] = any();
    given_int("value", value), given_text("text", text);
    say_text("l64a", l64a(value));
    say_int("a64l", a64l(text));
}

DIFFER({"strtol", strtol_case}, {"strtol_l", strtol_l_case}, {"wcstol", wcstol_case}, {"division", division},
       {"base_64", base_64})
