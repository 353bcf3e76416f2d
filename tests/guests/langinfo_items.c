// kind: so pie
// What nl_langinfo(3) tells of the locales that need no files, with the items that the header keeps for C++'s library.
#define _GNU_SOURCE
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <wchar.h>

static void text(nl_item item) {
    const unsigned char *t = (const unsigned char *)nl_langinfo(item);
    printf(" ");
    for (; *t; t++) printf(*t >= ' ' && *t < 127 ? "%c" : "\\%o", *t);
}

static void wide(nl_item item) {
    printf(" ");
    for (const wchar_t *t = (const wchar_t *)nl_langinfo(item); *t; t++) printf("%c", (int)*t);
}

// Texts of one character, which may have no end.
static void byte(nl_item item) { printf(" %d", *(const signed char *)nl_langinfo(item)); }

static void word(nl_item item) { printf(" %u", (unsigned)(uintptr_t)nl_langinfo(item)); }

static void all(void) {
    const nl_item words[] = {_NL_CTYPE_MB_CUR_MAX, _NL_CTYPE_OUTDIGIT0_WC, _NL_CTYPE_OUTDIGIT9_WC, _NL_NUMERIC_DECIMAL_POINT_WC,
        _NL_NUMERIC_THOUSANDS_SEP_WC, _NL_TIME_ERA_NUM_ENTRIES, _NL_TIME_WEEK_1STDAY, _NL_MONETARY_DECIMAL_POINT_WC,
        _NL_MONETARY_THOUSANDS_SEP_WC, _NL_PAPER_HEIGHT, _NL_PAPER_WIDTH, _NL_ADDRESS_COUNTRY_NUM};
    const nl_item texts[] = {CODESET, RADIXCHAR, THOUSEP, YESEXPR, NOEXPR, CRNCYSTR, ERA, D_T_FMT, _DATE_FMT,
        _NL_TIME_CODESET, __INT_CURR_SYMBOL, __MON_DECIMAL_POINT,
        __NEGATIVE_SIGN, _NL_MONETARY_CODESET, _NL_NUMERIC_CODESET, _NL_NAME_NAME_FMT,
        _NL_TELEPHONE_TEL_INT_FMT, _NL_PAPER_CODESET, _NL_ITEM(LC_ALL, 0), _NL_ITEM(99, 0), _NL_ITEM(LC_TIME, 9999)};
    for (nl_item item = _NL_WABDAY_1; item <= _NL_WERA_T_FMT; item++) wide(item);
    for (nl_item item = _NL_WALTMON_1; item < _NL_WALTMON_1 + 12; item++) wide(item);
    for (nl_item item = ALTMON_1; item < ALTMON_1 + 12; item++) text(item);
    wide(_NL_W_DATE_FMT);
    const nl_item bytes[] = {_NL_CTYPE_INDIGITS0_WC, _NL_CTYPE_INDIGITS9_WC, _NL_CTYPE_INDIGITS0_MB, _NL_CTYPE_OUTDIGIT9_MB,
        _NL_TIME_WEEK_NDAYS, _NL_TIME_FIRST_WEEKDAY, __INT_FRAC_DIGITS, __FRAC_DIGITS, __P_SIGN_POSN,
        _NL_MEASUREMENT_MEASUREMENT};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) byte(bytes[i]);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) word(words[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) text(texts[i]);
    for (int category = 0; category < 13; category++) text(_NL_LOCALE_NAME(category));
    printf("\n");
}

int main(void) {
    all();
    printf("%s\n", setlocale(LC_ALL, "C.UTF-8"));
    all();
    return 0;
}
