// ctype.h and wctype.h: every byte and every code point, in the C locale and in C.UTF-8.
#include "differ.h"
#include <ctype.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

extern const unsigned short **table_of_classes(void) SYMBOL(__ctype_b_loc);
extern const int **table_of_lower(void) SYMBOL(__ctype_tolower_loc);
extern const int **table_of_upper(void) SYMBOL(__ctype_toupper_loc);
extern size_t most_bytes(void) SYMBOL(__ctype_get_mb_cur_max);
extern int old_iswctype_l(wint_t, wctype_t, locale_t) SYMBOL(__iswctype_l);
extern wint_t old_towlower_l(wint_t, locale_t) SYMBOL(__towlower_l);
extern wint_t old_towupper_l(wint_t, locale_t) SYMBOL(__towupper_l);
extern wint_t old_towctrans_l(wint_t, wctrans_t, locale_t) SYMBOL(__towctrans_l);
extern wctype_t old_wctype_l(const char *, locale_t) SYMBOL(__wctype_l);
extern locale_t old_newlocale(int, const char *, locale_t) SYMBOL(__newlocale);
extern locale_t old_uselocale(locale_t) SYMBOL(__uselocale);
extern locale_t old_duplocale(locale_t) SYMBOL(__duplocale);
extern void old_freelocale(locale_t) SYMBOL(__freelocale);

#define BYTE_CLASS(is) bits = bits << 1 | !!is(byte)
#define BYTE_CLASS_L(is) bits = bits << 1 | !!is(byte, locale)

static void byte_class(long number) {
    int byte = number < 1024 ? number / 2 % 384 - 128 : between(-128, 255);
    locale_t locale = locale_of(number & 1), before = uselocale(locale);
    unsigned bits = 0;
    given_int("byte", byte), given_int("utf8", number & 1);
    BYTE_CLASS(isalnum), BYTE_CLASS(isalpha), BYTE_CLASS(isblank), BYTE_CLASS(iscntrl), BYTE_CLASS(isdigit);
    BYTE_CLASS(isgraph), BYTE_CLASS(islower), BYTE_CLASS(isprint), BYTE_CLASS(ispunct), BYTE_CLASS(isspace);
    BYTE_CLASS(isupper), BYTE_CLASS(isxdigit), BYTE_CLASS(isascii);
    say_hex("is", bits);
    bits = 0;
    BYTE_CLASS_L(isalnum_l), BYTE_CLASS_L(isalpha_l), BYTE_CLASS_L(isblank_l), BYTE_CLASS_L(iscntrl_l);
    BYTE_CLASS_L(isdigit_l), BYTE_CLASS_L(isgraph_l), BYTE_CLASS_L(islower_l), BYTE_CLASS_L(isprint_l);
    BYTE_CLASS_L(ispunct_l), BYTE_CLASS_L(isspace_l), BYTE_CLASS_L(isupper_l), BYTE_CLASS_L(isxdigit_l);
    say_hex("is_l", bits);
    int far = one_in(4) ? (int)any_long() : byte;
    say_int("tolower", tolower(far)), say_int("toupper", toupper(far)), say_int("toascii", toascii(far));
    say_int("tolower_l", tolower_l(byte, locale)), say_int("toupper_l", toupper_l(byte, locale));
    say_hex("table", (*table_of_classes())[byte]);
    say_int("lower", (*table_of_lower())[byte]), say_int("upper", (*table_of_upper())[byte]);
    say_int("most", most_bytes());
    uselocale(before);
}

#define WIDE_CLASS(is) bits = bits << 1 | !!is(wide)
#define WIDE_CLASS_L(is) bits = bits << 1 | !!is(wide, locale)

static const char *const class_names[] = {
    "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit",
    "", "Alpha", "alphabet", "combining", "combining_level3", "class", "tolower"};

static void wide_class_of(wint_t wide, locale_t locale) {
    unsigned bits = 0;
    given_hex("wide", wide);
    WIDE_CLASS(iswalnum), WIDE_CLASS(iswalpha), WIDE_CLASS(iswblank), WIDE_CLASS(iswcntrl), WIDE_CLASS(iswdigit);
    WIDE_CLASS(iswgraph), WIDE_CLASS(iswlower), WIDE_CLASS(iswprint), WIDE_CLASS(iswpunct), WIDE_CLASS(iswspace);
    WIDE_CLASS(iswupper), WIDE_CLASS(iswxdigit);
    say_hex("isw", bits);
    say_hex("towlower", towlower(wide)), say_hex("towupper", towupper(wide)), say_int("wcwidth", wcwidth(wide));
}

static void wide_class_l(wint_t wide, locale_t locale) {
    unsigned bits = 0;
    WIDE_CLASS_L(iswalnum_l), WIDE_CLASS_L(iswalpha_l), WIDE_CLASS_L(iswblank_l), WIDE_CLASS_L(iswcntrl_l);
    WIDE_CLASS_L(iswdigit_l), WIDE_CLASS_L(iswgraph_l), WIDE_CLASS_L(iswlower_l), WIDE_CLASS_L(iswprint_l);
    WIDE_CLASS_L(iswpunct_l), WIDE_CLASS_L(iswspace_l), WIDE_CLASS_L(iswupper_l), WIDE_CLASS_L(iswxdigit_l);
    say_hex("isw_l", bits);
    say_hex("towlower_l", towlower_l(wide, locale)), say_hex("__towlower_l", old_towlower_l(wide, locale));
    say_hex("towupper_l", towupper_l(wide, locale)), say_hex("__towupper_l", old_towupper_l(wide, locale));
}

// Each case has its dozen of the code points, so that all are had once.
static void wide_class(long number) {
    locale_t locale = locale_of(1), before = uselocale(locale);
    for (wint_t wide = number * 12; wide < number * 12 + 12; wide++) wide_class_of(wide, locale);
    uselocale(before);
}

static void wide_class_names(long number) {
    locale_t locale = locale_of(number & 1), before = uselocale(locale);
    wint_t wide = one_in(3) ? below(0x300) : one_in(2) ? below(0x20000) : one_in(9) ? WEOF : any();
    if (wide >= 0x110000 && wide != WEOF) wide = below(0x30000);
    const char *name = PICK(class_names);
    given_int("utf8", number & 1), given_text("name", name);
    wide_class_of(wide, locale);
    wide_class_l(wide, locale);
    wctype_t class = one_in(2) ? wctype(name) : one_in(2) ? wctype_l(name, locale) : old_wctype_l(name, locale);
    say_int("wctype", class != 0);
    if (class) say_int("iswctype", !!iswctype(wide, class)), say_int("iswctype_l", !!iswctype_l(wide, class, locale));
    if (class) say_int("__iswctype_l", !!old_iswctype_l(wide, class, locale));
    name = PICK(((const char *[]){"tolower", "toupper", "totitle", "", "lower"}));
    given_text("map", name);
    wctrans_t map = one_in(2) ? wctrans(name) : wctrans_l(name, locale);
    say_int("wctrans", map != 0);
    if (map) say_hex("towctrans", towctrans(wide, map)), say_hex("towctrans_l", towctrans_l(wide, map, locale));
    if (map) say_hex("__towctrans_l", old_towctrans_l(wide, map, locale));
    uselocale(before);
}

static void locale_objects(long number) {
    static const char *const names[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "xx_XX", "", "de_DE.UTF-8", "C.ISO-8859-1", "LC_ALL=C"};
    int mask = one_in(2) ? LC_ALL_MASK : one_in(2) ? LC_CTYPE_MASK : (int)below(0x2000);
    const char *name = PICK(names), *other = PICK(names);
    int category = between(-1, 13);
    given_hex("mask", mask), given_text("name", name), given_text("other", other), given_int("category", category);
    locale_t locale = old_newlocale(mask, name, 0);
    // Whether a locale that is not there is looked for each time, and so leaves an error number, is no promise.
    say_int("newlocale", locale != 0), say_int("invalid", errno == EINVAL);
    if (locale) {
        locale_t copy = old_duplocale(locale), before = old_uselocale(copy);
        say_int("bytes", MB_CUR_MAX);
        say_int("same", uselocale(0) == copy);
        say_hex("towupper", towupper(0xe4));
        old_uselocale(before);
        old_freelocale(copy);
        old_freelocale(locale);
    }
    say_text("setlocale", setlocale(category, name));
    say_text("setlocale", setlocale(category, other));
    say_text("all", setlocale(LC_ALL, NULL));
    say_int("bytes", MB_CUR_MAX);
    say_text("reset", setlocale(LC_ALL, "C"));
}

DIFFER({"byte_class", byte_class}, {"wide_class", wide_class}, {"wide_class_names", wide_class_names},
       {"locale_objects", locale_objects})
