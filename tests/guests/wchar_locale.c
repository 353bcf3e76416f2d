// kind: so
// own libc: no: it reads what the static libc leaves unset
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <langinfo.h>
#include <libgen.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

static void convert(const char *to, const char *from, const char *text, size_t len) {
    iconv_t cd = iconv_open(to, from);
    char buffer[64], *in = (char *)text, *out = buffer;
    size_t left = sizeof buffer;
    errno = 0;
    size_t r = iconv(cd, &in, &len, &out, &left);
    printf("%s>%s %zd %d %zu:", from, to, (ssize_t)r, errno, len);
    for (char *p = buffer; p < out; p++) printf(" %02x", (unsigned char)*p);
    puts("");
    iconv_close(cd);
}

int main(void) {
    for (int c = -1; c < 256; c++)
        printf("%x ", !!isalnum(c) | !!isalpha(c) << 1 | !!isblank(c) << 2 | !!iscntrl(c) << 3 | !!isdigit(c) << 4 | !!isgraph(c) << 5 | !!islower(c) << 6 | !!isprint(c) << 7 | !!ispunct(c) << 8 | !!isspace(c) << 9 | !!isupper(c) << 10 | !!isxdigit(c) << 11);
    printf("\n%s %d %s %zu\n", setlocale(LC_ALL, NULL), toupper('q'), nl_langinfo(CODESET), MB_CUR_MAX);
    mbstate_t state = {0};
    wchar_t w = 0;
    size_t r = mbrtowc(&w, "\xe9", 1, &state);
    printf("%zd %d\n", (ssize_t)r, r == (size_t)-1 ? errno : (int)w);
    printf("%s\n", setlocale(LC_ALL, "xx_YY.UTF-8") ? "there" : "none");
    printf("%s %s %zu\n", setlocale(LC_CTYPE, "C.UTF-8"), nl_langinfo(CODESET), MB_CUR_MAX);
    printf("%s\n", setlocale(LC_ALL, NULL));
    const char *bytes = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!";
    wchar_t wide[16];
    size_t n = mbstowcs(wide, bytes, 16);
    printf("%zu", n);
    for (size_t i = 0; i < n; i++) printf(" %x:%d%d%d%d", (unsigned)wide[i], wcwidth(wide[i]), !!iswalpha(wide[i]), !!iswprint(wide[i]), !!iswupper(wide[i]));
    char back[32];
    printf("\n%zu ", wcstombs(back, wide, sizeof back));
    printf("%d\n", strcmp(back, bytes));
    memset(&state, 0, sizeof state);
    for (const char *p = "\xe2\x82\xac"; *p; p++) printf("%zd ", (ssize_t)mbrtowc(&w, p, 1, &state));
    printf("%x %x %x %d\n", (unsigned)w, towupper(0xe9), towlower(0x416), mblen("\xff", 1));
    wchar_t text[32] = L"one two";
    printf("%zu %d %ld %d\n", wcslen(text), wcscmp(text, L"one") > 0, (long)(wcsstr(text, L"two") - text), wcsncmp(text, L"onex", 3));
    wchar_t *end;
    printf("%ld %g %ls\n", wcstol(L" 12x", &end, 10), wcstod(L"2.5e1", 0), end);
    convert("UTF-16LE", "UTF-8", bytes, strlen(bytes));
    convert("ISO-8859-1", "UTF-8", "caf\xc3\xa9", 5);
    convert("ASCII", "UTF-8", "caf\xc3\xa9", 5);
    convert("UTF-8", "UTF-16BE", "\0A\xd8\x3d\xde\x00", 6);
    convert("UTF-8", "CP1252", "\x80\x99", 2);
    convert("UTF-8", "UTF-8", "ab\xc3", 3);
    const char *sets[] = {"KOI8-R", "KOI8-U", "CP1251", "CP1250", "CP1253", "CP866", "ISO-8859-2", "ISO-8859-5", "ISO-8859-7", "ISO-8859-9", "SHIFT_JIS", "EUC-JP", "GBK", "GB18030", "BIG5", "EUC-KR", "TIS-620"};
    for (int i = 0; i < (int)(sizeof sets / sizeof *sets); i++) {
        // The rarer characters of these two differ from table to table.
        int is_plain = strcmp(sets[i], "EUC-JP") && strcmp(sets[i], "BIG5");
        if (is_plain) convert(sets[i], "UTF-8", "\xd0\x9f\xd1\x80", 4);
        convert(sets[i], "UTF-8", "\xe6\x97\xa5\xe6\x9c\xac", 6);
        if (is_plain) convert(sets[i], "UTF-8", "\xc5\x82\xc4\x9f", 4);
        convert("UTF-8", sets[i], "A\xb1\xb2\xc4\xe3", 5);
    }
    char path[32];
    const char *paths[] = {"/usr/lib", "/usr/", "usr", "/", ".", "..", "", "//", "a//b//"};
    for (int i = 0; i < 9; i++) {
        strcpy(path, paths[i]);
        printf("%s ", dirname(path));
        strcpy(path, paths[i]);
        printf("%s|", basename(path));
    }
    printf("\n%s %s %s %s\n", gettext("text"), ngettext("one", "more", 2), textdomain("dom"), bindtextdomain("dom", "/tmp"));
    struct lconv *l = localeconv();
    printf("%s|%s|%d\n", l->decimal_point, l->thousands_sep, l->frac_digits);
    locale_t loc = newlocale(LC_ALL_MASK, "C", 0), old = uselocale(loc);
    printf("%d %zu\n", old == LC_GLOBAL_LOCALE, MB_CUR_MAX);
    uselocale(old);
    freelocale(loc);
    printf("%s %s %s\n", nl_langinfo(DAY_2), nl_langinfo(D_T_FMT), nl_langinfo(YESEXPR));
    return 0;
}
