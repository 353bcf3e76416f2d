/*
 * libc [ROW...]: what libc's commonest functions cost. Prints "row<TAB>nanoseconds" for each row, or for those whose names
 * start with one of the arguments: the least of some rounds of the same work. Files are made in the working directory.
 */
#define _GNU_SOURCE
#include <iconv.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#define FILE_NAME "libc.tmp"
#define ROUNDS 7
/* How long a round takes at least. */
#define ROUND_NS 1500000L
/* Keeps the compiler from leaving a call out. */
#define USE(value) __asm__ volatile("" : : "g"(value) : "memory")

#define MOST (1 << 20)
static char from[MOST + 64], to[MOST + 64];

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static uint64_t seed = 1;
static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* Each function does `count` operations. */
typedef void work(long count, long argument);

static void do_memcpy(long count, long size) { while (count--) USE(memcpy(to + (count & 15), from + 1, size)); }
static void do_memmove(long count, long size) { while (count--) USE(memmove(to + 1 + (count & 15), to, size)); }
static void do_memset(long count, long size) { while (count--) USE(memset(to + (count & 15), (int)count, size)); }
static void do_memcmp(long count, long size) { while (count--) USE(memcmp(to + (count & 15), from + (count & 15), size)); }
static void do_strlen(long count, long size) { while (count--) USE(strlen(from + (size ? count & 15 : 0))); }
static void do_strchr(long count, long size) { while (count--) USE(strchr(from + (size ? count & 15 : 0), '!')); }
static void do_strcmp(long count, long size) { while (count--) USE(strcmp(from + (size ? count & 15 : 0), to + (size ? count & 15 : 0))); }
static void do_strstr(long count, long size) { while (count--) USE(strstr(from + (size ? count & 3 : 0), size > 8 ? "needle" : "n")); }

/* Text of `size` bytes and some more, which ends with what strstr and strchr look for. */
static void prepare(long size)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog and needs a need of his own; ";
    for (long i = 0; i < size + 16; i++)
        from[i] = words[i % (sizeof words - 1)];
    if (size > 8)
        memcpy(from + size + 9, "needle!", 8);
    else
        memcpy(from + size + 14, "n!", 3);
    memcpy(to, from, size + 24);
}

static unsigned short sizes[1024];
static void do_memcpy_mixed(long count, long most)
{
    (void)most;
    while (count--) USE(memcpy(to, from, sizes[count & 1023]));
}
static void do_strlen_mixed(long count, long most)
{
    (void)most;
    while (count--) USE(strlen(from + sizes[count & 1023]));
}

static void do_malloc(long count, long size)
{
    while (count--) {
        char *volatile memory = malloc(size);
        *memory = 1;
        free(memory);
    }
}

/* What an operation is where starting threads should not count. */
#define BATCH 200000
/* Blocks of mixed sizes, of which a thousand live at a time and one after another is replaced. */
struct pool { long count; char *blocks[1024]; };
static void *replace_blocks(void *argument)
{
    struct pool *pool = argument;
    for (long i = 0; i < pool->count; i++) {
        char **block = &pool->blocks[i * 619 & 1023];
        free(*block);
        *block = malloc(sizes[i & 1023]);
        **block = 1;
    }
    return NULL;
}
static void do_malloc_mixed(long count, long threads)
{
    static struct pool pools[8];
    pthread_t others[8];
    for (long i = 0; i < threads; i++)
        pools[i].count = count * BATCH / threads;
    for (long i = 1; i < threads; i++)
        pthread_create(&others[i], NULL, replace_blocks, &pools[i]);
    replace_blocks(&pools[0]);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
}
static void *malloc_64s(void *argument)
{
    do_malloc(*(long *)argument, 64);
    return NULL;
}
static void do_malloc_64_threads(long count, long threads)
{
    pthread_t others[8];
    long each = count * BATCH / threads;
    for (long i = 1; i < threads; i++)
        pthread_create(&others[i], NULL, malloc_64s, &each);
    do_malloc(each, 64);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
}

static FILE *file;
static char line[256];
static void do_printf(long count, long argument)
{
    (void)argument;
    while (count--) {
        if ((count & 1023) == 0) rewind(file);
        fprintf(file, "%ld of %s: %08lx %.3f\n", count, "micro", count, (double)count / 7);
    }
}
static void do_fgets(long count, long argument)
{
    (void)argument;
    while (count--)
        if (!fgets(line, sizeof line, file)) rewind(file);
}
static void do_fread(long count, long size)
{
    while (count--)
        if (fread(to, 1, size, file) < (size_t)size) rewind(file);
}
static void do_getc(long count, long argument)
{
    (void)argument;
    while (count--)
        if (getc(file) < 0) rewind(file);
}

static int of_ints(const void *a, const void *b) { return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b); }
static int of_strings(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }
/* How many are sorted, out of how many: the same ones again and again would be foreseen. */
#define SORTED 1000
#define UNSORTED 16000
static int unsorted[UNSORTED], ints[SORTED];
static char names[UNSORTED][16], *unsorted_names[UNSORTED], *sorted_names[SORTED];
static long some(long count) { return count * 1009 % (UNSORTED - SORTED); }
static void do_qsort(long count, long argument)
{
    (void)argument;
    while (count--) {
        memcpy(ints, unsorted + some(count), sizeof ints);
        qsort(ints, SORTED, sizeof *ints, of_ints);
    }
}
static void do_qsort_strings(long count, long argument)
{
    (void)argument;
    while (count--) {
        memcpy(sorted_names, unsorted_names + some(count), sizeof sorted_names);
        qsort(sorted_names, SORTED, sizeof *sorted_names, of_strings);
    }
}

static char numbers[3][1024][32];
static void do_strtod(long count, long kind) { while (count--) USE((long)strtod(numbers[kind][count & 1023], NULL)); }
static double values[1024];
static void do_snprintf_g(long count, long precision)
{
    while (count--) USE(snprintf(line, sizeof line, "%.*g", (int)precision, values[count & 1023]));
}
static void do_snprintf_d(long count, long argument)
{
    (void)argument;
    while (count--) USE(snprintf(line, sizeof line, "%d %s", (int)count, "text"));
}

static regex_t regex;
static regmatch_t matches[4];
static const char *subject;
static void do_regexec(long count, long groups) { while (count--) USE(regexec(&regex, subject, groups, matches, 0)); }

static wchar_t wide[4096];
static const char *many_bytes;
static void do_mbstowcs(long count, long argument)
{
    (void)argument;
    while (count--) USE(mbstowcs(wide, many_bytes, 4096));
}

static const wchar_t wide_text[] = L"Gr\xfc\xdf" L"e aus M\xfcnchen, \x65e5\x672c\x8a9e\x30c6\x30ad and more, \x1f600";
static void do_wcwidth(long count, long argument)
{
    (void)argument;
    while (count--) USE(wcwidth(wide_text[count % 32]));
}
static void do_iswalpha(long count, long argument)
{
    (void)argument;
    while (count--) USE(iswalpha(wide_text[count % 32]));
}
static iconv_t converter;
static void do_iconv(long count, long argument)
{
    (void)argument;
    while (count--) {
        char *in = from, *out = to;
        size_t in_left = 100, out_left = 300;
        USE(iconv(converter, &in, &in_left, &out, &out_left));
    }
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void do_mutex(long count, long argument)
{
    (void)argument;
    while (count--) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
}
static void *nothing(void *argument) { return argument; }
static void do_thread(long count, long argument)
{
    (void)argument;
    pthread_t thread;
    while (count--) {
        pthread_create(&thread, NULL, nothing, NULL);
        pthread_join(thread, NULL);
    }
}

static double x[256], y[256];
static float x_f[256], y_f[256];
#define MATH(name, twice, single)                                                                    \
    static void do_##name(long count, long argument)                                                 \
    {                                                                                                \
        (void)argument;                                                                              \
        while (count--) { double result = twice; __asm__ volatile("" : : "x"(result)); }             \
    }                                                                                                \
    static void do_##name##f(long count, long argument)                                              \
    {                                                                                                \
        (void)argument;                                                                              \
        while (count--) { float result = single; __asm__ volatile("" : : "x"(result)); }             \
    }
MATH(exp, exp(x[count & 255]), expf(x_f[count & 255]))
MATH(log, log(y[count & 255]), logf(y_f[count & 255]))
MATH(sin, sin(x[count & 255]), sinf(x_f[count & 255]))
MATH(cos, cos(x[count & 255]), cosf(x_f[count & 255]))
MATH(pow, pow(y[count & 255], x[count & 255]), powf(y_f[count & 255], x_f[count & 255]))

static char **wanted;
static int has(const char *name)
{
    if (!wanted[0]) return 1;
    for (char **prefix = wanted; *prefix; prefix++)
        if (!strncmp(name, *prefix, strlen(*prefix))) return 1;
    return 0;
}

static void measure(const char *name, work *run, long argument)
{
    long count = 1, took, least = 0;
    if (!has(name)) return;
    /* Twice running, so that no interruption ends it. */
    for (int enough = 0; enough < 2; count *= enough ? 1 : 2) {
        long start = now_ns();
        run(count, argument);
        least = now_ns() - start;
        enough = least >= ROUND_NS ? enough + 1 : 0;
    }
    for (int i = 1; i < ROUNDS; i++) {
        long start = now_ns();
        run(count, argument);
        took = now_ns() - start;
        if (took < least) least = took;
    }
    if (strstr(name, "_thread")) count *= BATCH;
    printf("%s\t%.2f\n", name, (double)least / count);
    fflush(stdout);
}

static void blocks_and_strings(void)
{
    static const struct { const char *name; long size; } lengths[] = {
        {"1", 1}, {"8", 8}, {"32", 32}, {"128", 128}, {"1K", 1 << 10}, {"16K", 16 << 10}, {"128K", 128 << 10}, {"1M", (1 << 20) - 64},
    };
    static const struct { const char *name; work *run; } functions[] = {
        {"memcpy", do_memcpy}, {"memset", do_memset}, {"memmove", do_memmove}, {"memcmp", do_memcmp},
        {"strlen", do_strlen}, {"strchr", do_strchr}, {"strcmp", do_strcmp}, {"strstr", do_strstr},
    };
    for (unsigned f = 0; f < sizeof functions / sizeof *functions; f++)
        for (unsigned l = 0; l < sizeof lengths / sizeof *lengths; l++) {
            char name[32];
            prepare(lengths[l].size);
            sprintf(name, "%s_%s", functions[f].name, lengths[l].name);
            measure(name, functions[f].run, lengths[l].size);
        }
    for (int i = 0; i < 1024; i++) sizes[i] = 1 + draw(256);
    prepare(300);
    measure("memcpy_mixed", do_memcpy_mixed, 0);
    measure("strlen_mixed", do_strlen_mixed, 0);
}

static void heap(void)
{
    measure("malloc_64", do_malloc, 64);
    measure("malloc_64_1_thread", do_malloc_64_threads, 1);
    measure("malloc_64_2_threads", do_malloc_64_threads, 2);
    measure("malloc_64_8_threads", do_malloc_64_threads, 8);
    for (int i = 0; i < 1024; i++) sizes[i] = 1 + (draw(8) ? draw(256) : draw(8192));
    measure("malloc_mixed_1_thread", do_malloc_mixed, 1);
    measure("malloc_mixed_2_threads", do_malloc_mixed, 2);
    measure("malloc_mixed_8_threads", do_malloc_mixed, 8);
}

static void streams(void)
{
    file = fopen(FILE_NAME, "w+");
    measure("printf", do_printf, 0);
    rewind(file);
    for (int i = 0; i < 4000; i++) fprintf(file, "line %d of the file, with %.*s text\n", i, (int)draw(20), "abcdefghijklmnopqrstuvwxyz");
    rewind(file);
    measure("fgets", do_fgets, 0);
    measure("fread_16", do_fread, 16);
    measure("fread_4K", do_fread, 4096);
    measure("getc", do_getc, 0);
    fclose(file);
    unlink(FILE_NAME);
}

static void values_and_text(void)
{
    for (int i = 0; i < UNSORTED; i++) {
        unsorted[i] = (int)draw(1 << 30);
        sprintf(names[i], "name %u", draw(100000));
        unsorted_names[i] = names[i];
    }
    measure("qsort_ints", do_qsort, 0);
    measure("qsort_strings", do_qsort_strings, 0);
    for (int i = 0; i < 1024; i++) {
        values[i] = ldexp(draw(1 << 30) + draw(1 << 30) * 0x1p-30, (int)draw(60) - 45);
        sprintf(numbers[0][i], "%.2f", draw(100000) / 100.0);
        sprintf(numbers[1][i], "%.17g", values[i]);
        sprintf(numbers[2][i], "%.16ge%d", 1 + draw(1 << 30) * 0x9p-30, (int)draw(600) - 300);
    }
    measure("strtod_short", do_strtod, 0);
    measure("strtod_17_digits", do_strtod, 1);
    measure("strtod_any_exponent", do_strtod, 2);
    measure("snprintf_g", do_snprintf_g, 6);
    measure("snprintf_17g", do_snprintf_g, 17);
    measure("snprintf_d_s", do_snprintf_d, 0);

    static const struct { const char *name, *pattern, *subject; int flags; long groups; } searches[] = {
        {"regexec_alternatives", "fox|dog|cat", "The quick brown bear jumps over the lazy dog and then goes on", REG_EXTENDED | REG_NOSUB, 0},
        {"regexec_alternatives_none", "fox|dog|cat", "The quick brown bear jumps over the lazy hen and then goes on", REG_EXTENDED, 1},
        {"regexec_groups", "^([a-z]+)[0-9]*:(.*)$", "hello123:world of things", REG_EXTENDED, 3},
        {"regexec_groups_none", "^([a-z]+)[0-9]*:(.*)$", "hello123 world of things that have no colon", REG_EXTENDED, 3},
        {"regexec_classes", "[0-9]+-[0-9]+", "a line with words and the number 555-1234 in its middle", REG_EXTENDED, 1},
        {"regexec_literal", "needle", "a haystack with nails and, at its very end, one needle", 0, 1},
        {"regexec_loop", "(ab|cd)+[x-z]", "abcab dcdcd abcdabcdw then cdcdabx", REG_EXTENDED, 1},
    };
    for (unsigned i = 0; i < sizeof searches / sizeof *searches; i++) {
        regcomp(&regex, searches[i].pattern, searches[i].flags);
        subject = searches[i].subject;
        measure(searches[i].name, do_regexec, searches[i].groups);
        regfree(&regex);
    }
    many_bytes = "Gr\xc3\xbc\xc3\x9f" "e aus M\xc3\xbcnchen, \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x83\x86\xe3\x82\xad\xe3\x82\xb9\xe3\x83\x88 and more";
    measure("mbstowcs", do_mbstowcs, 0);
    many_bytes = "plain letters and nothing beside them, as most of the text of most programs is";
    measure("mbstowcs_ascii", do_mbstowcs, 0);
    measure("wcwidth", do_wcwidth, 0);
    measure("iswalpha", do_iswalpha, 0);
    converter = iconv_open("UTF-8", "ISO-8859-1");
    prepare(200);
    from[50] = (char)0xe9;
    measure("iconv_latin1", do_iconv, 0);
    iconv_close(converter);
}

int main(int argc, char **argv)
{
    (void)argc;
    wanted = argv + 1;
    setlocale(LC_ALL, "C.UTF-8");
    blocks_and_strings();
    heap();
    streams();
    values_and_text();
    for (int i = 0; i < 256; i++) {
        x_f[i] = x[i] = -10 + 20 * (draw(1 << 30) * 0x1p-30);
        y_f[i] = y[i] = 0.01 + 20 * (draw(1 << 30) * 0x1p-30);
    }
#define ROW(name) measure(#name, do_##name, 0); measure(#name "f", do_##name##f, 0);
    ROW(exp) ROW(log) ROW(sin) ROW(cos) ROW(pow)
    measure("mutex", do_mutex, 0);
    measure("create_and_join", do_thread, 0);
    return 0;
}
