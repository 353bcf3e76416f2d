// kind: so
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <search.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <uchar.h>
#include <unistd.h>
#include <wchar.h>

static const char *error(void) {
    return errno ? strerrorname_np(errno) : "0";
}

static int by_key(const void *a, const void *b, void *key) {
    int x = *(const int *)a, y = *(const int *)b;
    *(int *)key += 1;
    return x % 100 < y % 100 ? -1 : x % 100 > y % 100;
}

static int by_value(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return x < y ? -1 : x > y;
}

static void sorting(void) {
    int numbers[200], calls = 0;
    for (int i = 0; i < 200; i++) numbers[i] = i * 7919 % 1000;
    qsort_r(numbers, 200, sizeof *numbers, by_key, &calls);
    for (int i = 0; i < 20; i++) printf("%d ", numbers[i]);
    printf("%d\n", calls > 200);
    qsort(numbers, 200, sizeof *numbers, by_value);
    int key = 55, missing = -3;
    int *found = bsearch(&key, numbers, 200, sizeof *numbers, by_value);
    printf("%d %d ", found ? *found : -1, bsearch(&missing, numbers, 200, sizeof *numbers, by_value) != 0);
    size_t n = 200;
    printf("%d ", lfind(&missing, numbers, &n, sizeof *numbers, by_value) != 0);
    n = 100;
    int *added = lsearch(&missing, numbers, &n, sizeof *numbers, by_value);
    printf("%zu %d\n", n, (int)(added - numbers));
}

static int visits;
static void walk(const void *node, VISIT which, int depth) {
    if (which == postorder || which == leaf) printf("%s ", *(char *const *)node), visits++;
}

static void walk_r(const void *node, VISIT which, void *arg) {
    if (which == postorder || which == leaf) ++*(int *)arg;
}

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

static void tables(void) {
    struct hsearch_data table = {0};
    errno = 0;
    printf("%d ", hcreate_r(5, &table));
    static char names[8][8];
    ENTRY *entry;
    for (int i = 0; i < 8; i++) {
        sprintf(names[i], "name%d", i);
        errno = 0;
        int r = hsearch_r((ENTRY){names[i], (void *)(long)i}, ENTER, &entry, &table);
        if (i < 5) printf("%d:%s ", r, error());
    }
    errno = 0;
    printf("%d ", hsearch_r((ENTRY){"name3"}, FIND, &entry, &table));
    printf("%ld ", entry ? (long)entry->data : -1);
    printf("%d ", hsearch_r((ENTRY){"none"}, FIND, &entry, &table));
    printf("%s ", error());
    hsearch_r((ENTRY){"name3", (void *)99}, ENTER, &entry, &table);
    printf("%ld\n", (long)entry->data);
    hdestroy_r(&table);
    printf("%d ", hcreate(10));
    printf("%d %d\n", hsearch((ENTRY){"k", "v"}, ENTER) != 0, hsearch((ENTRY){"x"}, FIND) != 0);
    hdestroy();

    void *root = 0;
    char *words[] = {"pear", "apple", "fig", "date", "kiwi", "plum", "lime", "grape", "fig"};
    for (int i = 0; i < 9; i++) {
        char **node = tsearch(words[i], &root, compare);
        if (i == 8) printf("%d ", *node == words[2]);
    }
    twalk(root, walk);
    int count = 0;
    twalk_r(root, walk_r, &count);
    printf("%d %d ", count, tfind("kiwi", &root, compare) != 0);
    printf("%d %d ", tdelete("kiwi", &root, compare) != 0, tfind("kiwi", &root, compare) != 0);
    printf("%d ", tdelete("none", &root, compare) != 0);
    for (int i = 0; i < 8; i++) tdelete(words[i], &root, compare);
    printf("%d\n", root == 0);
    struct qelem { struct qelem *next, *prev; int n; } a = {0, 0, 1}, b = {0, 0, 2}, c = {0, 0, 3};
    insque(&a, 0);
    insque(&b, &a);
    insque(&c, &a);
    remque(&c);
    printf("%d %d\n", a.next->n, b.prev->n);
}

static void randoms(void) {
    for (unsigned seed = 0; seed < 3; seed++) {
        srandom(seed);
        printf("%ld %ld ", random(), random());
        srand(seed * 1000);
        printf("%d %d ", rand(), rand());
        unsigned state = seed;
        int r = rand_r(&state);
        printf("%d %d %u\n", r, rand_r(&state), state);
    }
    int sizes[] = {8, 32, 64, 128, 256, 300};
    for (int i = 0; i < 6; i++) {
        char area[300];
        struct random_data data = {0};
        int32_t value = 0;
        printf("%d ", initstate_r(77, area, sizes[i], &data));
        for (int j = 0; j < 40; j++) random_r(&data, &value);
        printf("%d ", value);
        srandom_r(5, &data);
        random_r(&data, &value);
        printf("%d\n", value);
    }
    static char own[64];
    char *old = initstate(9, own, sizeof own);
    long first = random();
    char *mine = setstate(old);
    srandom(1);
    long second = random();
    setstate(mine);
    printf("%ld %ld %ld %d\n", first, second, random(), mine == own);
    errno = 0;
    printf("%d %s\n", initstate(1, own, 7) != 0, error());
    srand48(42);
    printf("%.17g %ld %ld\n", drand48(), lrand48(), mrand48());
    unsigned short x[3] = {1, 2, 3}, params[7] = {1, 2, 3, 0x1234, 5, 6, 7};
    printf("%.17g %ld %ld\n", erand48(x), nrand48(x), jrand48(x));
    lcong48(params);
    printf("%.17g %ld ", drand48(), lrand48());
    unsigned short *saved = seed48(x);
    printf("%d %d %d %ld\n", saved[0], saved[1], saved[2], lrand48());
    struct drand48_data data;
    double d;
    long l;
    srand48_r(7, &data);
    drand48_r(&data, &d);
    lrand48_r(&data, &l);
    printf("%.17g %ld ", d, l);
    mrand48_r(&data, &l);
    printf("%ld\n", l);
}

static void strings(void) {
    const char *versions[] = {"000", "00", "01", "010", "09", "0", "1", "9", "10", "a1", "a10", "a2", "1.2.3", "1.2.10", "1.02", "file-1.0", "file-1.0.1"};
    for (int i = 0; i < 17; i++)
        for (int j = 0; j < 17; j++) {
            int r = strverscmp(versions[i], versions[j]);
            putchar(r < 0 ? '<' : r > 0 ? '>' : '=');
        }
    puts("");
    char text[] = "a,,b;c", *at = text, *part;
    while ((part = strsep(&at, ",;"))) printf("[%s]", part);
    printf("%d\n", at == 0);
    const char *hay = "the needle in the haystack needle";
    printf("%d %d %d %d\n", (int)((char *)memmem(hay, 33, "needle", 6) - hay), memmem(hay, 33, "none", 4) != 0, (int)((char *)memmem(hay, 33, "", 0) - hay), memmem("ab", 2, "abc", 3) != 0);
    printf("%s|%s|%d\n", strcasestr(hay, "HAY"), strcasestr(hay, ""), strcasestr(hay, "zz") != 0);
    char copy[40];
    printf("%s %ld ", (char *)memccpy(copy, "stop.here", '.', 20) ? "found" : "none", (long)((char *)mempcpy(copy, "12345", 5) - copy));
    printf("%ld %s ", (long)(stpncpy(copy, "ab", 5) - copy), copy);
    printf("%s %s %s\n", basename("/a/b/"), strchrnul("abc", 'z'), (char *)rawmemchr("xyz", 'y'));
    printf("%zu %zu %s %d\n", strspn("aabbc", "ab"), strcspn("hello", "l"), strpbrk("hello", "xl"), strncasecmp("HELlo", "help", 3));
    char frob[] = "frobnicate";
    memfrob(frob, 10);
    memfrob(frob, 10);
    printf("%s %s %s %s\n", frob, strndup("abcdef", 3), strsignal(11), strerror(2));
    char *rest, token[] = "  one two  ";
    printf("%s ", strtok_r(token, " ", &rest));
    printf("%s ", strtok_r(0, " ", &rest));
    printf("%d\n", strtok_r(0, " ", &rest) == 0);
    printf("%d %d %d %d\n", ffs(0x50), ffsl(1L << 40), ffsll(0), memrchr("abcabc", 'b', 6) != 0);
    printf("%s %s %s\n", sigabbrev_np(11), sigdescr_np(2), strerrordesc_np(13));
    printf("%s", (char[]){"swab:"});
    char swapped[7] = {0};
    swab("badcfe", swapped, 6);
    printf("%s\n", swapped);
}

static void conversions(void) {
    long numbers[] = {0, 1, 63, 64, 12345678, 0x7fffffff, -1, -2147483647 - 1};
    for (int i = 0; i < 8; i++) printf("%s %ld ", l64a(numbers[i]), a64l(l64a(numbers[i])));
    printf("%ld %ld\n", a64l("zzzzzz"), a64l(".A b"));
    char options[] = "ro,size=10,,bad=1,name", *at = options, *value;
    char *const tokens[] = {"ro", "size", "name", 0};
    while (*at) {
        int n = getsubopt(&at, tokens, &value);
        printf("%d:%s ", n, value ? value : "-");
    }
    puts("");
    char *end;
    errno = 0;
    printf("%ld %s ", strtol("99999999999999999999", &end, 10), error());
    errno = 0;
    printf("%lu %s ", strtoul("-1", &end, 10), error());
    printf("%ld %s ", strtol("0x", &end, 16), end);
    printf("%ld %ld %ld ", strtol("z", 0, 36), strtol("-0x7f", 0, 0), strtol("  +077", 0, 0));
    errno = 0;
    printf("%ld %s\n", strtol("1", &end, 1), error());
    div_t d = div(-7, 2);
    ldiv_t ld = ldiv(7, -2);
    imaxdiv_t im = {lldiv(-9, 4).quot, lldiv(-9, 4).rem};
    printf("%d %d %ld %ld %ld %ld %d %ld\n", d.quot, d.rem, ld.quot, ld.rem, (long)im.quot, (long)im.rem, abs(-5), labs(-6L));
    char text[40];
    printf("%d %s ", strfromd(text, 40, "%.3f", 3.14159), text);
    printf("%d ", strfromf(text, 4, "%g", 123456.0f));
    printf("%s ", text);
    printf("%d ", strfroml(text, 40, "%.5e", 1.0L / 3));
    printf("%s\n", text);
    mbstate_t state = {0};
    char16_t c16;
    char32_t c32;
    ssize_t taken = mbrtoc16(&c16, "A", 1, &state);
    printf("%zd %x ", taken, c16);
    taken = mbrtoc32(&c32, "z", 1, &state);
    printf("%zd %x ", taken, c32);
    printf("%zd ", (ssize_t)c16rtomb(text, u'q', &state));
    ssize_t written = c32rtomb(text, U'r', &state);
    printf("%zd %c\n", written, text[0]);
}

static void files(void) {
    char path[] = "/tmp/osvrun-depth-XXXXXX", with[] = "/tmp/osvrun-depth-XXXXXX.txt", bad[] = "/tmp/osvrunXXX", dir[] = "/tmp/osvrun-dir-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    printf("%d %d %d ", fd >= 0, strcmp(path + 18, "XXXXXX") != 0, fcntl(fd, F_GETFD));
    close(fd);
    unlink(path);
    fd = mkostemps(with, 4, O_APPEND);
    printf("%d %s %d ", fd >= 0, with + 24, !!(fcntl(fd, F_GETFL) & O_APPEND));
    struct stat st;
    fstat(fd, &st);
    printf("%o ", st.st_mode & 0777);
    close(fd);
    unlink(with);
    errno = 0;
    printf("%d %s ", mkstemp(bad), error());
    printf("%d ", mkdtemp(dir) == dir);
    char inside[64], real[PATH_MAX];
    sprintf(inside, "%s/link", dir);
    symlink("..", inside);
    printf("%s ", realpath(inside, real));
    sprintf(inside, "%s/./../%s//.", dir, dir + 5);
    printf("%d ", strcmp(realpath(inside, real), dir) == 0);
    errno = 0;
    printf("%d %s ", realpath("/tmp/none/x", real) != 0, error());
    errno = 0;
    printf("%d %s ", realpath("", real) != 0, error());

    char *made = canonicalize_file_name("/tmp/../tmp/.");
    printf("%s\n", made);
    free(made);
    sprintf(inside, "%s/link", dir);
    unlink(inside);
    rmdir(dir);
}

static void patterns(void) {
    const char *pattern[] = {"+(a)", "*(a|b)", "@(a/b|a)", "!(a)", "?(a)b", "a@(/b)", "+(a)/c", "!(*b)", "*", "@(a|b)*", "*(a)", "a!(x)"};
    const char *text[] = {"a", "a/b", "a/b/c", "aa/x", "b/a", "ab", "ab/c", "/a", "", "x/y"};
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 10; j++)
            for (int flags = 0; flags < 16; flags++) printf("%d", fnmatch(pattern[i], text[j], flags | FNM_EXTMATCH) != 0);
    puts("");
}

int main(void) {
    sorting();
    tables();
    randoms();
    strings();
    conversions();
    files();
    patterns();
    return 0;
}
