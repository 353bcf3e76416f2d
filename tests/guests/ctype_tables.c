// kind: so pie
// flags: -fno-builtin -D_GNU_SOURCE
// Classes of characters as calls, with a locale and without, by their names and by numbers, narrow and wide.
#include <ctype.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define EACH(DO) DO(alnum) DO(alpha) DO(blank) DO(cntrl) DO(digit) DO(graph) DO(lower) DO(print) DO(punct) DO(space) DO(upper) DO(xdigit)

#define DECLARE(class) \
    extern int old_is##class(int, locale_t) __asm__("__is" #class "_l"); \
    extern int old_isw##class(wint_t, locale_t) __asm__("__isw" #class "_l");
EACH(DECLARE)
extern int old_isctype(int, int) __asm__("__isctype"), plain_isctype(int, int) __asm__("isctype"), __iswctype(wint_t, wctype_t);
extern wint_t __towctrans(wint_t, wctrans_t);
extern wctrans_t __wctrans_l(const char *, locale_t);


static const struct narrow {
    const char *name;
    int (*plain)(int), (*with)(int, locale_t), (*old)(int, locale_t), bit;
} narrow[] = {
#define NARROW(class) {#class, is##class, is##class##_l, old_is##class, _IS##class},
    EACH(NARROW)};

static const struct wide {
    const char *name;
    int (*plain)(wint_t), (*with)(wint_t, locale_t), (*old)(wint_t, locale_t);
} wide[] = {
#define WIDE(class) {#class, isw##class, isw##class##_l, old_isw##class},
    EACH(WIDE)};

static void narrow_classes(locale_t locale) {
    for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
        const struct narrow *class = &narrow[i];
        int count = 0, first = -2, last = -2, differing = 0, bit = 0, old_bit = 0;
        for (int c = -1; c < 256; c++) {
            int is = !!class->plain(c);
            differing += is != !!class->with(c, locale) || is != !!class->old(c, locale);
            if (c >= 0) bit += is != !!plain_isctype(c, class->bit), old_bit += is != !!old_isctype(c, class->bit);
            if (!is) continue;
            if (!count++) first = c;
            last = c;
        }
        printf("%s %d from %d to %d, differ %d %d %d\n", class->name, count, first, last, differing, bit, old_bit);
    }
    int changed = 0, differing = 0, all = 0;
    for (int c = -128; c < 256; c++) {
        changed += toupper(c) != c, changed += tolower(c) != c;
        differing += toupper(c) != toupper_l(c, locale) || tolower(c) != tolower_l(c, locale);
        all = all * 31 + toupper(c) + 7 * tolower(c);
    }
    printf("cases %d %d %d, %d %d\n", changed, differing, all, (toupper)(1000), (tolower)(-1000));
    for (int c = 'a'; c <= 'z'; c++) all += (_toupper)(c) - 'A', all += (_tolower)(c - 'a' + 'A') - 'a';
    printf("ascii %d, %d %d %d %d\n", all, (isascii)(127), (isascii)(128), (isascii)(-1), (toascii)(0x1e1));
}

static void wide_classes(locale_t locale) {
    static const wint_t samples[] = {'a', 'Z', '5', ' ', 0xa0, 0xe4, 0xc4, 0x130, 0x3a3, 0x660, 0x1c5, 0x2003, 0x20ac, 0x4e00, 0x200b, 0x1f600, 0xe000, 0x110000, WEOF};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        const struct wide *class = &wide[i];
        wctype_t type = wctype(class->name);
        int differing = 0, by_type = 0;
        printf("%s ", class->name);
        for (size_t j = 0; j < sizeof samples / sizeof *samples; j++) {
            int is = !!class->plain(samples[j]);
            printf("%d", is);
            differing += is != !!class->with(samples[j], locale) || is != !!class->old(samples[j], locale);
            by_type += is != !!iswctype(samples[j], type) || is != !!__iswctype(samples[j], type);
        }
        for (wint_t c = 0; c < 0x600; c++) {
            int is = !!class->plain(c);
            differing += is != !!class->with(c, locale) || is != !!class->old(c, locale);
            by_type += is != !!iswctype(c, type) || is != !!__iswctype(c, type);
        }
        printf(" differ %d %d\n", differing, by_type);
    }
    wctrans_t up = wctrans("toupper"), down = __wctrans_l("tolower", locale), none = __wctrans_l("sideways", locale);
    printf("%d %d %d:", up != 0, down == wctrans_l("tolower", locale), none == 0);
    for (size_t j = 0; j < sizeof samples / sizeof *samples; j++)
        printf(" %x/%x", __towctrans(samples[j], up), __towctrans(samples[j], down));
    printf("\n");
}

static void items(locale_t locale) {
    extern char *__nl_langinfo_l(nl_item, locale_t);
    static const nl_item wanted[] = {CODESET, RADIXCHAR, THOUSEP, D_T_FMT, D_FMT, T_FMT, T_FMT_AMPM, AM_STR, PM_STR, DAY_1, DAY_7, ABDAY_3, MON_1, MON_12, ABMON_5, ERA, ERA_D_FMT, ALT_DIGITS, YESEXPR, NOEXPR, CRNCYSTR, YESSTR, NOSTR, -1, 0x7fffffff};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *item = nl_langinfo_l(wanted[i], locale);
        printf("[%s]%s", item, strcmp(item, __nl_langinfo_l(wanted[i], locale)) ? " differs" : "");
    }
    printf("\n");
}

int main(void) {
    static const char *const names[] = {"C", "C.UTF-8"};
    for (int i = 0; i < 2; i++) {
        locale_t made = newlocale(LC_ALL_MASK, names[i], 0), locale = duplocale(made);
        freelocale(made);
        setlocale(LC_ALL, names[i]);
        printf("--- %s\n", names[i]);
        narrow_classes(locale);
        wide_classes(locale);
        items(locale);
        locale_t before = uselocale(locale), copy = duplocale(LC_GLOBAL_LOCALE);
        printf("global %s, of the copy %s\n", nl_langinfo(CODESET), nl_langinfo_l(CODESET, copy));
        uselocale(before);
        freelocale(copy);
        freelocale(locale);
    }
    return 0;
}
