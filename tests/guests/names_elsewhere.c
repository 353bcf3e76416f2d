// kind: so pie
// flags: -fno-builtin -D_GNU_SOURCE -lm
// own libc: no: a static libc has few of these names
// Names that other versions of libc have, or only their objects: where this Linux lacks one, what it stands for is called.
#include <argp.h>
#include <argz.h>
#include <errno.h>
#include <glob.h>
#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <math.h>
#include <mntent.h>
#include <pwd.h>
#include <resolv.h>
#include <search.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#define WEAK(result, name, symbol, ...) extern result name(__VA_ARGS__) __asm__(#symbol) __attribute__((weak));
#define WEAK_DATA(type, name, symbol) extern type name __asm__(#symbol) __attribute__((weak));

WEAK(int, other_feof, _IO_feof_unlocked, FILE *) WEAK(int, other_ferror, _IO_ferror_unlocked, FILE *) WEAK(int, other_getc, _IO_getc_unlocked, FILE *) WEAK(int, other_putc, _IO_putc_unlocked, int, FILE *)
WEAK(int, other_addmntent, __addmntent, FILE *, const struct mntent *) WEAK(error_t, other_argz_create_sep, __argz_create_sep, const char *, int, char **, size_t *)
WEAK(size_t, other_freadahead, __freadahead, FILE *) WEAK(void, other_fseterr, __fseterr, FILE *)
WEAK(int, other_getpwnam_r, __getpwnam_r, const char *, struct passwd *, char *, size_t, struct passwd **) WEAK(int, other_getpwuid_r, __getpwuid_r, uid_t, struct passwd *, char *, size_t, struct passwd **)
WEAK(char *, other_gettext, __gettext, const char *) WEAK(int, other_glob_pattern_p, __glob_pattern_p, const char *, int)
WEAK(struct tm *, other_localtime_r, __localtime_r, const time_t *, struct tm *) WEAK(void, other_tzset, __tzset, void) WEAK(void, other_tdestroy, __tdestroy, void *, void (*)(void *))
WEAK(int, is_end, __option_is_end, const struct argp_option *) WEAK(int, is_short, __option_is_short, const struct argp_option *)
WEAK(int, is_end_old, _option_is_end, const struct argp_option *) WEAK(int, is_short_old, _option_is_short, const struct argp_option *) WEAK(void *, other_argp_input, _argp_input, const struct argp *, const struct argp_state *)
WEAK(void, other_argp_usage, __argp_usage, const struct argp_state *) WEAK(void, checked_argp_error, __argp_error_chk, const struct argp_state *, int, const char *, ...) WEAK(void, checked_argp_failure, __argp_failure_chk, const struct argp_state *, int, int, int, const char *, ...)
WEAK(int, other_res_init, res_init, void) WEAK(int, other_res_ninit, res_ninit, res_state) WEAK(void, other_res_nclose, res_nclose, res_state)
WEAK(int, other_atexit, atexit, void (*)(void)) WEAK(int, other_at_quick_exit, at_quick_exit, void (*)(void))
WEAK(size_t, other_strlcpy, strlcpy, char *, const char *, size_t) WEAK(size_t, other_strlcat, strlcat, char *, const char *, size_t) WEAK(char *, other_fgetln, fgetln, FILE *, size_t *) WEAK(int, other_fpurge, fpurge, FILE *)
WEAK(const char *, other_freadptr, __freadptr, FILE *, size_t *) WEAK(void, other_freadptrinc, __freadptrinc, FILE *, size_t) WEAK(wint_t, other_fgetwc, __fgetwc_unlocked, FILE *) WEAK(wint_t, other_fputwc, __fputwc_unlocked, wchar_t, FILE *)
WEAK(long double, other_lgammal_r, __lgammal_r, long double, int *) WEAK(char *, other_nl_langinfo, __nl_langinfo, nl_item) WEAK(char *, other_strerror_l, __strerror_l, int, locale_t) WEAK(int, other_membarrier, membarrier, int, int)
WEAK(intmax_t, other_strtoimax, __strtoimax_internal, const char *, char **, int) WEAK(uintmax_t, other_strtoumax, __strtoumax_internal, const char *, char **, int)
extern int other_setjmp(jmp_buf) __asm__("__setjmp") __attribute__((weak, returns_twice)); extern int other_sigsetjmp(sigjmp_buf, int) __asm__("sigsetjmp") __attribute__((weak, returns_twice));
WEAK_DATA(char **, inner_environ, ___environ) WEAK_DATA(int, other_optreset, optreset) WEAK_DATA(int, inner_optreset, __optreset)
WEAK_DATA(char **, libc_argv, __libc_argv) WEAK_DATA(char **, dl_argv, _dl_argv) WEAK_DATA(int, enable_secure, __libc_enable_secure) WEAK_DATA(uintptr_t, stack_guard, __stack_chk_guard)

#define EITHER(there, call, other) ((there) ? (call) : (other))

static char text[200];

static void streams(void) {
    strcpy(text, "some\ntext");
    FILE *stream = fmemopen(text, 9, "r+");
    printf("%c", EITHER(other_getc, other_getc(stream), getc_unlocked(stream)));
    // All that there is has been read ahead.
    printf(" %zu", EITHER(other_freadahead, other_freadahead(stream), 8));
    while (EITHER(other_getc, other_getc(stream), getc_unlocked(stream)) != EOF) continue;
    printf(" %d", !!EITHER(other_feof, other_feof(stream), feof_unlocked(stream)));
    printf(" %d", !!EITHER(other_ferror, other_ferror(stream), ferror_unlocked(stream)));
    if (other_fseterr) other_fseterr(stream);
    printf(" %d", EITHER(other_fseterr, !!ferror(stream), 1));
    rewind(stream);
    printf(" %c", EITHER(other_putc, other_putc('S', stream), putc_unlocked('S', stream)));
    fclose(stream);
    printf(" %s\n", text);
    char *made = NULL;
    size_t size = 0;
    stream = open_memstream(&made, &size);
    struct mntent entry = {"a device", "/a\\dir", "kind", "rw,\tx", 1, 2};
    printf("%d ", EITHER(other_addmntent, other_addmntent(stream, &entry), addmntent(stream, &entry)));
    fclose(stream);
    printf("%s", made);
    free(made);
}

static int walked;
static void count_node(void *node) { walked += *(char *)node == 'w'; }

static void tables(void) {
    char *argz = NULL;
    size_t length = 0;
    printf("%d", EITHER(other_argz_create_sep, other_argz_create_sep("a::bc:", ':', &argz, &length), argz_create_sep("a::bc:", ':', &argz, &length)));
    printf(" %zu", length);
    for (size_t i = 0; i < length; i++) printf(" %d", argz[i]);
    free(argz);
    void *root = NULL;
    tsearch("wa", &root, (__compar_fn_t)strcmp), tsearch("wb", &root, (__compar_fn_t)strcmp), tsearch("xc", &root, (__compar_fn_t)strcmp);
    if (other_tdestroy) other_tdestroy(root, count_node);
    else tdestroy(root, count_node);
    printf(" %d", walked);
    printf(" %s", EITHER(other_gettext, other_gettext("a message"), gettext("a message")));
    static const char *const patterns[] = {"plain", "a*", "a?", "[ab]", "[ab", "a]", "\\*", "\\\\*", "a\\"};
    for (int i = 0; i < 9; i++)
        for (int quote = 0; quote < 2; quote++)
            printf(" %d", !!EITHER(other_glob_pattern_p, other_glob_pattern_p(patterns[i], quote), glob_pattern_p(patterns[i], quote)));
    printf("\n");
    struct passwd entry, *found = NULL;
    char room[1000];
    printf("%d", EITHER(other_getpwnam_r, other_getpwnam_r("root", &entry, room, sizeof room, &found), getpwnam_r("root", &entry, room, sizeof room, &found)));
    printf(" %d %d", found == &entry, found && !entry.pw_uid);
    printf(" %d", EITHER(other_getpwuid_r, other_getpwuid_r(0, &entry, room, 3, &found), getpwuid_r(0, &entry, room, 3, &found)));
    printf(" %d", found == NULL);
    printf(" %d", EITHER(other_getpwuid_r, other_getpwuid_r(0, &entry, room, sizeof room, &found), getpwuid_r(0, &entry, room, sizeof room, &found)));
    printf(" %s\n", found ? entry.pw_name : "none");
    setenv("TZ", "ABC-3", 1);
    if (other_tzset) other_tzset();
    else tzset();
    time_t when = 0;
    struct tm tm;
    printf("%s %ld %d", tzname[0], timezone, EITHER(other_localtime_r, other_localtime_r(&when, &tm), localtime_r(&when, &tm)) == &tm);
    printf(" %d\n", tm.tm_hour);
}

static void options(void) {
    struct argp_option all[] = {{"long", 300, 0, 0, 0}, {"short", 's', 0, 0, 0}, {0, 0, 0, 0, "doc"}, {0}, {"doc", 'd', 0, OPTION_DOC, 0}, {0, '\n', 0, 0, 0}};
    static const int short_ones[] = {0, 1, 0, 0, 0, 0}, ends[] = {0, 0, 0, 1, 0, 0};
    for (int i = 0; i < 6; i++) {
        printf("%d", !!EITHER(is_short, is_short(&all[i]), short_ones[i]));
        printf("%d", !!EITHER(is_end, is_end(&all[i]), ends[i]));
        printf("%d", !!EITHER(is_short_old, is_short_old(&all[i]), short_ones[i]));
        printf("%d ", !!EITHER(is_end_old, is_end_old(&all[i]), ends[i]));
    }
    printf("%d\n", EITHER(other_argp_input, other_argp_input(NULL, NULL), NULL) == NULL);
    struct argp_state state = {.name = "prog", .flags = ARGP_NO_EXIT, .err_stream = stdout, .out_stream = stdout};
    static const struct argp argp = {.args_doc = "ARGS"};
    state.root_argp = &argp;
    fflush(stdout);
    if (other_argp_usage) other_argp_usage(&state);
    else argp_usage(&state);
    if (checked_argp_error) checked_argp_error(&state, 1, "error %d", 7);
    else argp_error(&state, "error %d", 7);
    if (checked_argp_failure) checked_argp_failure(&state, 0, ENOENT, 1, "failure %s", "here");
    else argp_failure(&state, 0, ENOENT, "failure %s", "here");
    fflush(stdout);
}

static void elsewhere(void) {
    char room[8] = "";
    printf("%zu", other_strlcpy ? other_strlcpy(room, "abcd", sizeof room) : (size_t)snprintf(room, sizeof room, "abcd"));
    printf(" %zu", other_strlcat ? other_strlcat(room, "efghij", sizeof room) : (size_t)snprintf(room, sizeof room, "abcdefghij"));
    printf(" %s %zu", room, EITHER(other_strlcat, other_strlcat(room, "xyz", 3), 6));
    printf(" %zu", EITHER(other_strlcpy, other_strlcpy(room, "", 0), 0));
    printf(" %s %jd %ju\n", room, EITHER(other_strtoimax, other_strtoimax(" -0x10", NULL, 0), -16), EITHER(other_strtoumax, other_strtoumax("z", NULL, 36), 35));
    strcpy(text, "a line\nthe next\n\nend");
    FILE *stream = fmemopen(text, strlen(text), "r");
    const size_t lengths[] = {7, 9, 1, 3};
    for (size_t line = 0, length = 0; line < 4; line++) {
        char *read = other_fgetln ? other_fgetln(stream, &length) : fgets(text + 100, 50, stream);
        printf("%d %c ", EITHER(other_fgetln, length, lengths[line]) == lengths[line], read[lengths[line] - 1] == '\n' ? 'n' : read[lengths[line] - 1]);
    }
    size_t count = 5;
    printf("%d", EITHER(other_fgetln, other_fgetln(stream, &count), NULL) == NULL);
    rewind(stream);
    printf(" %c", getc(stream));
    const char *ahead = EITHER(other_freadptr, other_freadptr(stream, &count), " line");
    printf(" %.5s %d", ahead, EITHER(other_freadptr, count > 4, 1));
    if (other_freadptrinc) other_freadptrinc(stream, 4);
    else fseek(stream, 4, SEEK_CUR);
    printf(" %c", getc(stream));
    printf(" %d", EITHER(other_fpurge, other_fpurge(stream), 0));
    fclose(stream);
    wchar_t *wide = NULL;
    stream = open_wmemstream(&wide, &count);
    printf(" %d", EITHER(other_fputwc, other_fputwc(L'w', stream), fputwc(L'w', stream)) == L'w');
    fclose(stream);
    printf(" %d\n", wide && *wide == L'w');
    free(wide);
    stream = tmpfile();
    fputc('a', stream);
    rewind(stream);
    printf("%d", EITHER(other_fgetwc, other_fgetwc(stream), fgetwc(stream)) == L'a');
    fclose(stream);
    int sign = 0;
    printf(" %.3Lf", EITHER(other_lgammal_r, other_lgammal_r(-0.5L, &sign), lgammal_r(-0.5L, &sign)));
    printf(" %d %s", sign, EITHER(other_nl_langinfo, other_nl_langinfo(RADIXCHAR), nl_langinfo(RADIXCHAR)));
    printf(" %s", EITHER(other_strerror_l, other_strerror_l(ENOENT, (locale_t)0), strerror(ENOENT)));
    printf(" %d", EITHER(other_membarrier, other_membarrier(0, 0) > 0, 1));
    jmp_buf place;
    int times = other_setjmp ? other_setjmp(place) : _setjmp(place);
    printf(" %d", times);
    if (!times) longjmp(place, 2);
    sigjmp_buf with_mask;
    times = other_sigsetjmp ? other_sigsetjmp(with_mask, 1) : sigsetjmp(with_mask, 1);
    printf(" %d", times);
    if (!times) siglongjmp(with_mask, 3);
    printf("\n");
    // Anew, from where arguments begin.
    char *words[] = {(char *)"program", (char *)"-ab", (char *)"-c", NULL};
    for (int round = 0; round < 3; round++) {
        printf("%c", getopt(3, words, "abc"));
        if (round == 1 && &other_optreset && &inner_optreset == &other_optreset) other_optreset = 1;
        else if (round == 1) optind = 0;
    }
    printf(" %d\n", optind);
#ifndef __PIE__
    // A program that has environ moved has no other name of it moved that its linker does not know.
    printf("environ %d\n", !&inner_environ || inner_environ == environ);
#endif
}

static void said(void) {
    printf("at the end\n");
    fflush(stdout);
}

int main(int argc, char **argv) {
    streams();
    tables();
    options();
    elsewhere();
    struct __res_state state = {0};
    printf("%d", other_res_init ? other_res_init() : (res_init)());
    printf(" %d", other_res_ninit ? other_res_ninit(&state) : (res_ninit)(&state));
    printf(" %d\n", state.ndots);
    if (other_res_nclose) other_res_nclose(&state);
    else (res_nclose)(&state);
    printf("%d %d %d %d\n", !&libc_argv || libc_argv == argv, !&dl_argv || dl_argv == argv || dl_argv + 1 == argv, &enable_secure ? enable_secure : 0, !&stack_guard || stack_guard != 0);
    (void)argc;
    if (other_at_quick_exit) other_at_quick_exit(said);
    if (other_atexit) other_atexit(said);
    else said();
    return 0;
}
