// kind: so pie
// flags: -fno-builtin
// Numbers read from text by all names there are: with a locale, of glibc's own headers, of the standard of 2023, wide, and of the
// types of TS 18661-3.
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define NAMED(name) __asm__(#name)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static locale_t locale;
static wchar_t wide[100];

// --- Integers: each is called as long f(text, end, base) -----------------------------------------------------------------

#define WITH_LOCALE(function, name) \
    extern long long function(const char *, char **, int, locale_t) NAMED(name); \
    static long long call_##function(const char *text, char **end, int base) { return function(text, end, base, locale); }
#define GROUPED(function, name) \
    extern long long function(const char *, char **, int, int) NAMED(name); \
    static long long call_##function(const char *text, char **end, int base) { return function(text, end, base, 0); }
// What the C library of this Linux may lack is called only where it is.
#define OF_2023(function, name) extern long long function(const char *, char **, int) NAMED(name) __attribute__((weak));
#define OF_2023_LOCALE(function, name) \
    extern long long function(const char *, char **, int, locale_t) NAMED(name) __attribute__((weak)); \
    static long long call_##function(const char *text, char **end, int base) { return function(text, end, base, locale); }

WITH_LOCALE(old_strtol_l, __strtol_l)
WITH_LOCALE(old_strtoll_l, __strtoll_l)
WITH_LOCALE(old_strtoul_l, __strtoul_l)
WITH_LOCALE(old_strtoull_l, __strtoull_l)
GROUPED(grouped_strtoll, __strtoll_internal)
GROUPED(grouped_strtoull, __strtoull_internal)
WITH_LOCALE(wide_l, wcstol_l)
WITH_LOCALE(wide_ll, wcstoll_l)
WITH_LOCALE(wide_ul, wcstoul_l)
WITH_LOCALE(wide_ull, wcstoull_l)
WITH_LOCALE(old_wide_l, __wcstol_l)
WITH_LOCALE(old_wide_ll, __wcstoll_l)
WITH_LOCALE(old_wide_ul, __wcstoul_l)
WITH_LOCALE(old_wide_ull, __wcstoull_l)
GROUPED(grouped_wide_l, __wcstol_internal)
GROUPED(grouped_wide_ll, __wcstoll_internal)
GROUPED(grouped_wide_ul, __wcstoul_internal)
GROUPED(grouped_wide_ull, __wcstoull_internal)
extern long long bsd_wide(const char *, char **, int) NAMED(wcstoq), bsd_wide_unsigned(const char *, char **, int) NAMED(wcstouq);
OF_2023(new_l, __isoc23_strtol)
OF_2023(new_ll, __isoc23_strtoll)
OF_2023(new_ul, __isoc23_strtoul)
OF_2023(new_ull, __isoc23_strtoull)
OF_2023(new_max, __isoc23_strtoimax)
OF_2023(new_umax, __isoc23_strtoumax)
OF_2023_LOCALE(new_l_l, __isoc23_strtol_l)
OF_2023_LOCALE(new_ll_l, __isoc23_strtoll_l)
OF_2023_LOCALE(new_ul_l, __isoc23_strtoul_l)
OF_2023_LOCALE(new_ull_l, __isoc23_strtoull_l)
OF_2023(new_wide_l, __isoc23_wcstol)
OF_2023(new_wide_ll, __isoc23_wcstoll)
OF_2023(new_wide_ul, __isoc23_wcstoul)
OF_2023(new_wide_ull, __isoc23_wcstoull)
OF_2023(new_wide_max, __isoc23_wcstoimax)
OF_2023(new_wide_umax, __isoc23_wcstoumax)
OF_2023_LOCALE(new_wide_l_l, __isoc23_wcstol_l)
OF_2023_LOCALE(new_wide_ul_l, __isoc23_wcstoul_l)

typedef long long convert(const char *, char **, int);

static const char *const texts[] = {"0", "42", "-7", "+13", "  \t\n99 ", "0x1fz", "0X1F", "017", "089", "0b101", "-0B11", "0b", "0b2", "0x", "0xg", "z", "ZZ", "", " ", "-", "+-1", "- 1",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "-18446744073709551615", "1,234", "1 2", "7fffffffffffffff", "123456789012345678901234567890x"};
static const int bases[] = {0, 10, 16, 8, 2, 36, 1, 37, -1};

// What `text` has behind "0b", which only the newer ones read, where that is a number in this base.
static const char *binary(const char *text, int base, int *sign) {
    while (*text == ' ' || *text == '\t' || *text == '\n') text++;
    *sign = *text == '-' ? -1 : 1;
    if (*text == '-' || *text == '+') text++;
    int is = (base == 0 || base == 2) && text[0] == '0' && (text[1] == 'b' || text[1] == 'B') && (text[2] == '0' || text[2] == '1');
    return is ? text + 2 : NULL;
}

static unsigned long long digest;

static void add(unsigned long long value) { digest = (digest ^ value) * 0x100000001b3; }

static void integers(const char *name, convert *call, convert *older, int is_wide, int is_new) {
    digest = 0xcbf29ce484222325;
    int differing = 0;
    for (size_t i = 0; i < COUNT(texts); i++)
        for (size_t j = 0; j < COUNT(bases); j++) {
            const char *text = texts[i], *from = text, *digits;
            char *end = (char *)1;
            int sign = 1, base = bases[j];
            convert *chosen = call ? call : older;
            if (is_new && !call && (digits = binary(text, base, &sign))) from = digits, base = 2;
            else sign = 1;
            long skipped = from - text;
            if (is_wide) {
                mbstowcs(wide, from, COUNT(wide));
                from = (const char *)wide;
            }
            errno = 0;
            long long value = chosen(from, &end, base) * sign;
            long taken = (end - from) / (is_wide ? 4 : 1) + skipped;
            add(value), add(end == (char *)1 ? -5 : taken), add(errno);
            errno = 0;
            differing += chosen(from, NULL, base) * sign != value;
        }
    printf("%s %016llx %d\n", name, digest, differing);
}

// --- Floating point ------------------------------------------------------------------------------------------------------

static const char *const decimals[] = {"0", "-0.0", "1", "3.14159265358979", "  2.5e3x", "1e400", "-1e400", "1e-400", "4.9e-324", "2.2e-308", "1e39", "1e-46", "3.4028236e38", "0x1.8p3", "0x.1p-1080", "0x1p", "0x", "inf", "-INFINITY", "infin", "nan", "-nan(123)", "nan(", "nan(x y)", ".", "", "e5", "1e", "1e+", ".5.", "1,5", "16777217", "9007199254740993", "1.00000005960464477539062500001"};

static void say_value(long double value, long taken) {
    unsigned char bytes[16] = {0};
    memcpy(bytes, &value, 10);
    for (int i = 0; i < 10; i++) add(bytes[i]);
    add(taken), add(errno);
}

#define FLOATING(type, name, call, is_wide) \
    do { \
        digest = 0xcbf29ce484222325; \
        for (size_t i = 0; i < COUNT(decimals); i++) { \
            const char *text = decimals[i]; \
            const void *from = text; \
            char *end = NULL; \
            mbstowcs(wide, text, COUNT(wide)); \
            if (is_wide) from = wide; \
            errno = 0; \
            type value = call; \
            say_value(value, (end - (const char *)from) / (is_wide ? 4 : 1)); \
        } \
        printf("%s %016llx\n", #name, digest); \
    } while (0)
#define TEXT(type, name) \
    do { \
        extern type name##_here(const void *, char **) NAMED(name); \
        FLOATING(type, name, name##_here(from, &end), 0); \
    } while (0)
#define TEXT_L(type, name) \
    do { \
        extern type name##_here(const void *, char **, locale_t) NAMED(name); \
        FLOATING(type, name, name##_here(from, &end, locale), 0); \
    } while (0)
#define WIDE(type, name) \
    do { \
        extern type name##_here(const void *, char **) NAMED(name); \
        FLOATING(type, name, name##_here(from, &end), 1); \
    } while (0)
#define WIDE_L(type, name) \
    do { \
        extern type name##_here(const void *, char **, locale_t) NAMED(name); \
        FLOATING(type, name, name##_here(from, &end, locale), 1); \
    } while (0)
#define INTERNAL(type, name, is_wide) \
    do { \
        extern type name##_here(const void *, char **, int) NAMED(name); \
        FLOATING(type, name, name##_here(from, &end, 0), is_wide); \
    } while (0)

static void floating(void) {
    TEXT(float, strtof); TEXT(float, strtof32); TEXT_L(float, strtof32_l); INTERNAL(float, __strtof_internal, 0);
    TEXT(double, strtod); TEXT(double, strtof64); TEXT(double, strtof32x); TEXT_L(double, strtof64_l); TEXT_L(double, strtof32x_l);
    TEXT(long double, strtold); TEXT(long double, strtof64x); TEXT_L(long double, strtof64x_l); INTERNAL(long double, __strtold_internal, 0);
    WIDE(float, wcstof); WIDE(float, wcstof32); WIDE_L(float, wcstof_l); WIDE_L(float, wcstof32_l); WIDE_L(float, __wcstof_l);
    INTERNAL(float, __wcstof_internal, 1);
    WIDE(double, wcstod); WIDE(double, wcstof64); WIDE(double, wcstof32x); WIDE_L(double, wcstof64_l); WIDE_L(double, wcstof32x_l); WIDE_L(double, __wcstod_l);
    INTERNAL(double, __wcstod_internal, 1);
    WIDE(long double, wcstold); WIDE(long double, wcstof64x); WIDE_L(long double, wcstof64x_l); WIDE_L(long double, wcstold_l); WIDE_L(long double, __wcstold_l);
    INTERNAL(long double, __wcstold_internal, 1);
}

static void to_text(void) {
    static const char *const formats[] = {"%g", "%e", "%.3f", "%a", "%.0E", "%G", "%.20g", "%F", "%.A"};
    static const double values[] = {0.0, -1.5, 1e10, 1234567.891, 1e-7, __builtin_inf(), -__builtin_inf()};
    for (size_t i = 0; i < COUNT(formats); i++)
        for (size_t j = 0; j < COUNT(values); j++) {
            char one[60], two[60], three[60], four[8] = "#######";
            printf("%s %d", formats[i], strfromf32(one, sizeof one, formats[i], values[j]));
            printf(" %d", strfromf64(two, sizeof two, formats[i], values[j]));
            printf(" %d", strfromf64x(three, sizeof three, formats[i], values[j]));
            printf(" %d", strfromf32x(four, 6, formats[i], values[j]));
            printf(" %s %s %s %s %d\n", one, two, three, four, strfromf64(NULL, 0, formats[i], values[j]));
        }
}

static void plain(void) {
    printf("%d %d %d", atoi(" -12x"), atoi("x"), atoi("+5"));
    printf(" %ld %ld", atol("2147483648"), atol("-0x10"));
    printf(" %lld %g %g\n", atoll(" 9223372036854775807"), atof("-2.5e-3z"), atof("nan") != atof("nan") ? 1.0 : 0.0);
    wchar_t *end;
    errno = 0;
    printf("%ju", wcstoumax(L"18446744073709551616", &end, 10));
    printf(" %d %d %jd\n", errno, *end == 0, wcstoimax(L"-123", NULL, 0));
}

int main(void) {
    locale = newlocale(LC_ALL_MASK, "C", 0);
    convert *signed_one = (convert *)strtol, *unsigned_one = (convert *)strtoul, *wide_one = (convert *)(void *)wcstol, *wide_unsigned = (convert *)(void *)wcstoul;
#define OLD(call, is_wide) integers(#call, call, NULL, is_wide, 0)
    OLD(signed_one, 0), OLD(call_old_strtol_l, 0), OLD(call_old_strtoll_l, 0), OLD(call_grouped_strtoll, 0);
    OLD(unsigned_one, 0), OLD(call_old_strtoul_l, 0), OLD(call_old_strtoull_l, 0), OLD(call_grouped_strtoull, 0);
    OLD(wide_one, 1), OLD(call_wide_l, 1), OLD(call_wide_ll, 1), OLD(call_old_wide_l, 1), OLD(call_old_wide_ll, 1), OLD(call_grouped_wide_l, 1), OLD(call_grouped_wide_ll, 1), OLD(bsd_wide, 1);
    OLD(wide_unsigned, 1), OLD(call_wide_ul, 1), OLD(call_wide_ull, 1), OLD(call_old_wide_ul, 1), OLD(call_old_wide_ull, 1), OLD(call_grouped_wide_ul, 1), OLD(call_grouped_wide_ull, 1), OLD(bsd_wide_unsigned, 1);
#define NEW(call, is_there, older, is_wide) integers(#call, is_there ? call : NULL, older, is_wide, 1)
    NEW(new_l, new_l, signed_one, 0), NEW(new_ll, new_ll, signed_one, 0), NEW(new_max, new_max, signed_one, 0), NEW(call_new_l_l, new_l_l, signed_one, 0), NEW(call_new_ll_l, new_ll_l, signed_one, 0);
    NEW(new_ul, new_ul, unsigned_one, 0), NEW(new_ull, new_ull, unsigned_one, 0), NEW(new_umax, new_umax, unsigned_one, 0), NEW(call_new_ul_l, new_ul_l, unsigned_one, 0), NEW(call_new_ull_l, new_ull_l, unsigned_one, 0);
    NEW(new_wide_l, new_wide_l, wide_one, 1), NEW(new_wide_ll, new_wide_ll, wide_one, 1), NEW(new_wide_max, new_wide_max, wide_one, 1), NEW(call_new_wide_l_l, new_wide_l_l, wide_one, 1);
    NEW(new_wide_ul, new_wide_ul, wide_unsigned, 1), NEW(new_wide_ull, new_wide_ull, wide_unsigned, 1), NEW(new_wide_umax, new_wide_umax, wide_unsigned, 1), NEW(call_new_wide_ul_l, new_wide_ul_l, wide_unsigned, 1);
    floating();
    to_text();
    plain();
    return 0;
}
