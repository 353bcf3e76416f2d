// kind: so pie
// flags: -fno-builtin -Wno-format
// stdin: 12 word\n7;8\n\xc3\xa4\xe2\x82\xacx\nline two\n0x1f -5\n3.5e1 last
// Wide streams as functions without locks and from lists, wide strings by their other names, and times in wide characters.
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uchar.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define AS(result, name, symbol, ...) extern result name(__VA_ARGS__) __asm__(#symbol);
// What this Linux may lack is called only where it is.
#define WEAK(name, symbol, ...) extern int name(__VA_ARGS__) __asm__(#symbol) __attribute__((weak));

AS(wint_t, getwc_function, getwc_unlocked, FILE *) AS(wint_t, getwchar_function, getwchar_unlocked, void) AS(wint_t, plain_getwchar, getwchar, void)
AS(wint_t, fputwc_function, fputwc_unlocked, wchar_t, FILE *) AS(int, fputws_function, fputws_unlocked, const wchar_t *, FILE *) AS(wchar_t *, fgetws_function, fgetws_unlocked, wchar_t *, int, FILE *)
AS(int, scan_stdin, __isoc99_wscanf, const wchar_t *, ...) AS(int, old_wscanf, wscanf, const wchar_t *, ...) AS(int, old_fwscanf, fwscanf, FILE *, const wchar_t *, ...)
AS(int, list_fwscanf, vfwscanf, FILE *, const wchar_t *, va_list) AS(int, list_wscanf, vwscanf, const wchar_t *, va_list) AS(int, list_swscanf, vswscanf, const wchar_t *, const wchar_t *, va_list)
AS(int, new_list_fwscanf, __isoc99_vfwscanf, FILE *, const wchar_t *, va_list) AS(int, new_list_wscanf, __isoc99_vwscanf, const wchar_t *, va_list) AS(int, new_list_scanf, __isoc99_vscanf, const char *, va_list)
WEAK(c23_scanf, __isoc23_scanf, const char *, ...) WEAK(c23_fscanf, __isoc23_fscanf, FILE *, const char *, ...) WEAK(c23_sscanf, __isoc23_sscanf, const char *, const char *, ...)
WEAK(c23_vscanf, __isoc23_vscanf, const char *, va_list) WEAK(c23_vfscanf, __isoc23_vfscanf, FILE *, const char *, va_list) WEAK(c23_vsscanf, __isoc23_vsscanf, const char *, const char *, va_list)
WEAK(c23_wscanf, __isoc23_wscanf, const wchar_t *, ...) WEAK(c23_fwscanf, __isoc23_fwscanf, FILE *, const wchar_t *, ...) WEAK(c23_swscanf, __isoc23_swscanf, const wchar_t *, const wchar_t *, ...)
WEAK(c23_vwscanf, __isoc23_vwscanf, const wchar_t *, va_list) WEAK(c23_vfwscanf, __isoc23_vfwscanf, FILE *, const wchar_t *, va_list) WEAK(c23_vswscanf, __isoc23_vswscanf, const wchar_t *, const wchar_t *, va_list)
AS(size_t, old_mbrtowc, __mbrtowc, wchar_t *, const char *, size_t, mbstate_t *)
AS(int, old_casecmp, __wcscasecmp_l, const wchar_t *, const wchar_t *, locale_t) AS(int, old_ncasecmp, __wcsncasecmp_l, const wchar_t *, const wchar_t *, size_t, locale_t)
AS(size_t, old_wcsftime, __wcsftime_l, wchar_t *, size_t, const wchar_t *, const struct tm *, locale_t)
extern wchar_t *wcswcs(const wchar_t *, const wchar_t *);

static FILE *stream;
static wchar_t wide[100];

static int listed(int (*call)(va_list), ...) {
    va_list list;
    va_start(list, call);
    int result = call(list);
    va_end(list);
    return result;
}

// The newer ones know "0b101" for %i; the others are told the number.
#define EITHER(newer, call, other) ((newer) ? (call) : (other))

static int list_stream(va_list list) { return list_fwscanf(stream, L"%d %9ls", list); }
static int new_list_stream(va_list list) { return new_list_fwscanf(stream, L"%d %9ls", list); }
static int list_text(va_list list) { return list_swscanf(L"0x2a;word", L"%i;%9ls", list); }
static int list_print(va_list list) { return vwprintf(L"%d %ls %s\n", list); }
static int list_in(va_list list) { return list_wscanf(L"%d;%d", list); }
static int new_list_in(va_list list) { return new_list_wscanf(L"%i %d", list); }
static int c23_list_text(va_list list) { return EITHER(c23_vsscanf, c23_vsscanf("0b101 -0B11 09", "%i %i %i", list), vsscanf("5 -3 0", "%i %i %i", list)); }
static int c23_list_wide(va_list list) { return EITHER(c23_vswscanf, c23_vswscanf(L"0b101 -0B11 09", L"%i %i %i", list), list_swscanf(L"5 -3 0", L"%i %i %i", list)); }
static int c23_list_stream(va_list list) { return EITHER(c23_vfscanf, c23_vfscanf(stream, "%i", list), vfscanf(stream, "0b%d", list)); }
static int c23_list_wide_stream(va_list list) { return EITHER(c23_vfwscanf, c23_vfwscanf(stream, L"%i", list), list_fwscanf(stream, L"0b%d", list)); }

static void of_2023(void) {
    int one = -1, two = -1, three = -1;
    wprintf(L"%d", EITHER(c23_sscanf, c23_sscanf("0b111 0B0 05", "%i %i %i", &one, &two, &three), sscanf("7 0 5", "%i %i %i", &one, &two, &three)));
    wprintf(L" %d %d %d", one, two, three);
    wprintf(L" %d", EITHER(c23_swscanf, c23_swscanf(L"0b111", L"%i", &one), swscanf(L"7", L"%i", &one)));
    wprintf(L" %d", listed(c23_list_text, &one, &two, &three));
    wprintf(L" %d %d %d", one, two, three);
    wprintf(L" %d", listed(c23_list_wide, &one, &two, &three));
    wprintf(L" %d %d %d\n", one, two, three);
    char bytes[] = "0b1 0b1 0b1 0b1 ";
    stream = tmpfile();
    fputs(bytes, stream), rewind(stream);
    EITHER(c23_fscanf, c23_fscanf(stream, "%i ", &one), fscanf(stream, "0b%d ", &one));
    listed(c23_list_stream, &two);
    wprintf(L"%d %d", one, two);
    fclose(stream);
    stream = tmpfile();
    fputs(bytes, stream), rewind(stream);
    EITHER(c23_fwscanf, c23_fwscanf(stream, L"%i ", &one), fwscanf(stream, L"0b%d ", &one));
    listed(c23_list_wide_stream, &two);
    wprintf(L" %d %d\n", one, two);
    fclose(stream);
}

static void streams(void) {
    int number = 0;
    stream = tmpfile();
    wprintf(L"%d", fputwc_function(L'\u00e4', stream));
    wprintf(L" %d", fputws_function(L"x\u20ac line\n 12 abc 13 def 14 ghi\nend", stream) >= 0);
    wprintf(L" %d", fputwc_function(0xd800, stream) == WEOF);
    wprintf(L" %d\n", errno == EILSEQ);
    clearerr(stream);
    rewind(stream);
    wprintf(L"%x", getwc_function(stream));
    wprintf(L" %ls", fgetws_function(wide, 100, stream));
    wprintf(L"%d", old_fwscanf(stream, L"%d %9ls", &number, wide));
    wprintf(L" %d %ls", number, wide);
    wprintf(L" %d", listed(list_stream, &number, wide));
    wprintf(L" %d %ls", number, wide);
    wprintf(L" %d", listed(new_list_stream, &number, wide));
    wprintf(L" %d %ls", number, wide);
    wprintf(L" %ls", fgetws_function(wide, 1, stream));
    wprintf(L" %x", getwc_function(stream));
    wprintf(L" %ls", fgetws_function(wide, 3, stream));
    wprintf(L" %ls", fgetws_function(wide, 30, stream));
    wprintf(L" %d", fgetws_function(wide, 30, stream) == NULL);
    wprintf(L" %d %d\n", getwc_function(stream) == WEOF, feof(stream) != 0);
    fclose(stream);
    wprintf(L"%d", listed(list_text, &number, wide));
    wprintf(L" %d %ls ", number, wide);
    listed(list_print, 5, L"w\u00efde", "n\xc3\xa4rrow");
}

static void standard_input(void) {
    int one = 0, two = 0;
    double real = 0;
    wprintf(L"%d", old_wscanf(L"%d %9ls", &one, wide));
    wprintf(L" %d %ls %d", one, wide, plain_getwchar());
    wprintf(L" %d", listed(list_in, &one, &two));
    wprintf(L" %d %d %d", one, two, getwchar_function());
    wprintf(L" %x", getwchar_function());
    wprintf(L" %x", plain_getwchar());
    wprintf(L" %x", getwc_function(stdin));
    wprintf(L" %ls", fgetws_function(wide, 100, stdin));
    wprintf(L"%ls", fgetws_function(wide, 100, stdin));
    wprintf(L"%d", listed(new_list_in, &one, &two));
    wprintf(L" %d %d", one, two);
    wprintf(L" %d", scan_stdin(L"%lf%l[a-z ]", &real, wide));
    wprintf(L" %g [%ls]", real, wide);
    wprintf(L" %d %d %d\n", EITHER(c23_wscanf, c23_wscanf(L"%d", &one), -1), plain_getwchar() == WEOF, getwchar_function() == WEOF);
    wprintf(L"%d %d\n", listed(new_list_in, &one, &two), EITHER(c23_vwscanf, listed(list_in, &one, &two), -1));
}

static void strings(void) {
    locale_t locale = newlocale(LC_ALL_MASK, "C.UTF-8", 0), plain = newlocale(LC_ALL_MASK, "C", 0);
    const wchar_t *hay = L"one \u00c4 two";
    wprintf(L"%d %d %d", (int)(wcswcs(hay, L"two") - hay), wcswcs(hay, L"") == hay, wcswcs(hay, L"three") == NULL);
    wprintf(L" %d %d", old_casecmp(L"\u00e4B", L"\u00c4b", locale), old_casecmp(L"\u00e4B", L"\u00c4b", plain) > 0);
    wprintf(L" %d %d %d\n", old_ncasecmp(L"abX", L"ABY", 2, locale), old_ncasecmp(L"abX", L"ABY", 3, locale) < 0, old_ncasecmp(L"a", L"b", 0, plain));
    mbstate_t state = {0};
    wchar_t one = 0;
    wprintf(L"%d", (int)old_mbrtowc(&one, "\xe2", 1, &state));
    wprintf(L" %d", (int)mbrlen("\x82\xac", 2, &state));
    wprintf(L" %d", (int)mbrlen("\xe2\x82", 2, &state));
    wprintf(L" %d %x", (int)old_mbrtowc(&one, "\xac!", 2, &state), one);
    wprintf(L" %d", (int)mbrlen("", 1, &state));
    wprintf(L" %d", (int)mbrlen("x", 0, &state));
    errno = 0;
    wprintf(L" %d", (int)mbrlen("\xff", 1, &state));
    wprintf(L" %d", errno);
    wprintf(L" %d %d\n", (int)mbrlen(NULL, 0, &state), (int)mbrlen("\xc3\xa4", 2, NULL));
    struct tm when = {.tm_year = 123, .tm_mon = 1, .tm_mday = 3, .tm_hour = 14, .tm_min = 5, .tm_sec = 6, .tm_wday = 5, .tm_yday = 33};
    wprintf(L"%zu", wcsftime_l(wide, 100, L"%A \u20ac %d. %B %Y, %I:%M:%S %p %j %U %%", &when, locale));
    wprintf(L" [%ls]", wide);
    wprintf(L" %zu", old_wcsftime(wide, 100, L"%F %T %c", &when, plain));
    wprintf(L" [%ls]", wide);
    wprintf(L" %zu %zu\n", wcsftime_l(wide, 5, L"%Y!", &when, locale), old_wcsftime(wide, 5, L"%Y", &when, locale));
    memset(&when, 0, sizeof when);
    char *rest = strptime_l(" 3 February 2023 14:05", "%d %b %Y %H:%M", &when, locale);
    wprintf(L"%d %d %d %d %d %d %d\n", rest && !*rest, when.tm_mday, when.tm_mon, when.tm_year, when.tm_hour, when.tm_min, strptime_l("x", "%d", &when, plain) == NULL);
    freelocale(locale), freelocale(plain);
}

int main(void) {
    setlocale(LC_ALL, "C.UTF-8");
    streams();
    of_2023();
    strings();
    standard_input();
    return 0;
}
