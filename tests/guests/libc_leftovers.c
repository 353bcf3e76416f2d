// kind: so pie
// Names of the library that few programs need: catalogues, envz, money, units of UTF-8, keys of pages, reports.
#define _GNU_SOURCE
#include <argz.h>
#include <envz.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <monetary.h>
#include <nl_types.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wchar.h>

extern void *__libc_stack_end;
extern size_t mbrtoc8(unsigned char *, const char *, size_t, mbstate_t *);
extern size_t c8rtomb(char *, unsigned char, mbstate_t *);

static void catalogues(void) {
    // As gencat makes it of: set 1, 1 hello, 2 world; set 3, 7 seven.
    static const uint32_t words[] = {0x960408de, 1, 3, 4, 7, 0, 2, 1, 6, 2, 2, 12};
    char path[] = "/tmp/catXXXXXX";
    int fd = mkstemp(path);
    write(fd, words, sizeof words);
    for (int i = 3; i < 12; i++) {
        uint32_t other = __builtin_bswap32(words[i]);
        write(fd, &other, 4);
    }
    write(fd, "seven\0hello\0world", 18);
    close(fd);
    nl_catd cat = catopen(path, 0);
    printf("open %d\n", cat != (nl_catd)-1);
    printf("%s %s %s\n", catgets(cat, 1, 1, "?"), catgets(cat, 1, 2, "?"), catgets(cat, 3, 7, "?"));
    errno = 0;
    char *text = catgets(cat, 2, 1, "none");
    printf("%s %d\n", text, errno);
    printf("close %d\n", catclose(cat));
    errno = 0;
    text = catgets((nl_catd)-1, 1, 1, "bad");
    printf("%s %d\n", text, errno);
    errno = 0;
    int result = catclose((nl_catd)-1);
    printf("close %d %d\n", result, errno);
    setenv("NLSPATH", "/nowhere/%N:/tmp/%N", 1);
    cat = catopen(path + 5, 0);
    printf("by path %d\n", cat != (nl_catd)-1 && !strcmp(catgets(cat, 1, 2, "?"), "world"));
    catclose(cat);
    // LANG alone says where it is, but for NL_CAT_LOCALE, with which the locale does.
    setenv("NLSPATH", "/%L/%N", 1);
    setenv("LC_ALL", "nowhere", 1);
    setenv("LC_MESSAGES", "nowhere", 1);
    setenv("LANG", "tmp", 1);
    cat = catopen(path + 5, 0);
    printf("by LANG %d", cat != (nl_catd)-1 && !strcmp(catgets(cat, 1, 2, "?"), "world"));
    catclose(cat);
    printf(" %d", catopen(path + 5, NL_CAT_LOCALE) == (nl_catd)-1);
    setenv("LANG", "", 1);
    setenv("LC_ALL", "tmp", 1);
    printf(" %d\n", catopen(path + 5, 0) == (nl_catd)-1);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    unsetenv("LANG");
    unlink(path);
    errno = 0;
    cat = catopen("no such catalogue", 0);
    printf("absent %d %d\n", cat == (nl_catd)-1, errno);
}

static void show(const char *what, const char *envz, size_t len) {
    printf("%s:", what);
    for (const char *entry = 0; (entry = argz_next(envz, len, entry));) printf(" %s", entry);
    printf("\n");
}

static void vectors(void) {
    char *envz = 0, *more = 0;
    size_t len = 0, more_len = 0;
    envz_add(&envz, &len, "ONE", "1");
    envz_add(&envz, &len, "TWO", "2");
    envz_add(&envz, &len, "BARE", 0);
    show("added", envz, len);
    printf("%s %s %d %d\n", envz_get(envz, len, "TWO"), envz_entry(envz, len, "ONE"), envz_get(envz, len, "BARE") == 0,
           envz_entry(envz, len, "ON") == 0);
    envz_add(&envz, &len, "ONE", "uno");
    show("replaced", envz, len);
    envz_add(&more, &more_len, "TWO", "zwei");
    envz_add(&more, &more_len, "THREE", "drei");
    envz_merge(&envz, &len, more, more_len, 0);
    show("merged", envz, len);
    envz_merge(&envz, &len, more, more_len, 1);
    show("overridden", envz, len);
    envz_strip(&envz, &len);
    show("stripped", envz, len);
    envz_remove(&envz, &len, "TWO");
    show("removed", envz, len);
    free(envz);
    free(more);
}

static void money(void) {
#define MONEY(format, value) \
    do { \
        char text_[100] = ""; \
        errno = 0; \
        long n_ = strfmon(text_, sizeof text_, format, value); \
        printf("%s: %ld [%s] %d\n", format, n_, text_, errno); \
    } while (0)
    MONEY("%n", 1234.567);
    MONEY("%i", -1234.567);
    MONEY("%#6n", 12.3);
    MONEY("%#6n", -12.3);
    MONEY("%=*#6n", 12.3);
    MONEY("%(n", -12.3);
    MONEY("%(#6n", 12.3);
    MONEY("%(#6n", -12.3);
    MONEY("%12n|", 12.3);
    MONEY("%-12n|", -12.3);
    MONEY("%.0n", 12.5);
    MONEY("%.4n", 12.5);
    MONEY("%+n", -12.5);
    MONEY("%!^n", 1e6);
    MONEY("100%% %n", 1.0);
    MONEY("%x", 1.0);
    MONEY("%+(n", 1.0);
    MONEY("%=*#8.3n", 12.3456);
    MONEY("%n", -0.0);
    MONEY("%Ln", 1.5L);
    // glibc leaves errno alone here.
    char small[100];
    printf("many decimals %zd", strfmon(small, sizeof small, "%.65535n", 1.0));
    printf(" %zd\n", strfmon(small, sizeof small, "%.65536n", 1.0));
    char text[8];
    errno = 0;
    long n = strfmon(text, sizeof text, "%n", 12345.0);
    printf("full %ld %d\n", n, errno);
    locale_t locale = newlocale(LC_ALL_MASK, "C", 0);
    n = strfmon_l(text, sizeof text, locale, "%n", 2.5);
    freelocale(locale);
    printf("%ld %s\n", n, text);
}

static void units(void) {
    setlocale(LC_ALL, "C.UTF-8");
    const char *text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82";
    mbstate_t state = {0};
    unsigned char unit;
    size_t at = 0, len = strlen(text) + 1;
    for (int i = 0; i < 12 && at < len; i++) {
        size_t n = mbrtoc8(&unit, text + at, len - at, &state);
        printf("%02x/%d ", unit, (int)n);
        if (n == (size_t)-3) continue;
        if (n == 0 || n > len) break;
        at += n;
    }
    printf("\n");
    memset(&state, 0, sizeof state);
    printf("part %d", (int)mbrtoc8(&unit, "\xe2\x82", 2, &state));
    printf(" %d\n", (int)mbrtoc8(&unit, "\xac", 1, &state));
    memset(&state, 0, sizeof state);
    errno = 0;
    int n = mbrtoc8(&unit, "\xff", 1, &state);
    printf("bad %d %d\n", n, errno);
    memset(&state, 0, sizeof state);
    for (const char *p = text; *p; p++) {
        char bytes[8] = "";
        n = c8rtomb(bytes, *p, &state);
        printf("%d ", n);
        for (int i = 0; i < n; i++) printf("%02x", (unsigned char)bytes[i]);
    }
    printf("\n");
    const char *bad[] = {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80", "\xc3\x28"};
    for (int i = 0; i < 6; i++) {
        memset(&state, 0, sizeof state);
        for (const char *p = bad[i]; *p; p++) {
            char bytes[8];
            n = c8rtomb(bytes, *p, &state);
            printf("%d ", n);
            if (n < 0) break;
        }
    }
    printf("\n");
    memset(&state, 0, sizeof state);
    printf("null %d\n", (int)c8rtomb(0, 'x', &state));
}

static void reports(void) {
    char *text = 0;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    printf("malloc_info %d", malloc_info(1, stream));
    printf(" %d", malloc_info(0, stream));
    fclose(stream);
    printf(" %d %d\n", !strncmp(text, "<malloc version=\"1\">\n", 21), strstr(text, "</malloc>\n") != 0);
    free(text);
    // Their figures differ.
    int fds[2], before = dup(2);
    pipe(fds);
    dup2(fds[1], 2);
    malloc_stats();
    psignal(SIGSEGV, "told");
    psignal(SIGINT, 0);
    psignal(999, "");
    fflush(stderr);
    dup2(before, 2);
    char buf[2000];
    int n = read(fds[0], buf, sizeof buf - 1);
    buf[n > 0 ? n : 0] = 0;
    printf("stats %d %d\n", strstr(buf, "system bytes     = ") != 0, strstr(buf, "Total (incl. mmap):\n") != 0);
    char *told = strstr(buf, "told");
    printf("%s", told ? told : "nothing\n");
}

int main(void) {
    catalogues();
    vectors();
    money();
    units();
    reports();
    int point, negative;
    char digits[64];
    printf("%s", qecvt(1234.5678L, 6, &point, &negative));
    printf(" %d %d\n", point, negative);
    printf("%s", qfcvt(-0.015L, 4, &point, &negative));
    printf(" %d %d\n", point, negative);
    printf("%s\n", qgcvt(0.000123L, 5, digits));
    printf("%d", qecvt_r(2.5L, 4, &point, &negative, digits, sizeof digits));
    printf(" %s %d %d\n", digits, point, negative);
    char *page = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("pkey_mprotect %d", pkey_mprotect(page, 4096, PROT_READ | PROT_WRITE, -1));
    page[0] = 1;
    errno = 0;
    int result = pkey_mprotect(page, 4096, PROT_READ, 15);
    printf(" %d %d\n", result, errno);
    printf("stack end %d\n", (char *)__libc_stack_end > (char *)&point);
    return 0;
}
