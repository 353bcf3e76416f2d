// kind: so pie
// own libc: no: a static libc has few of these names
// Names that headers hide behind others, or that compilers and headers put code in the place of: here each is called.
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <netdb.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utmp.h>
#include <wchar.h>

extern int plain_scanf(const char *, ...) __asm__("scanf"), plain_vscanf(const char *, va_list) __asm__("vscanf");
extern int later_scanf(const char *, ...) __asm__("__isoc23_scanf") __attribute__((weak));
extern int later_vscanf(const char *, va_list) __asm__("__isoc23_vscanf") __attribute__((weak));
extern int inner_vfscanf(FILE *, const char *, va_list, int *) __asm__("_IO_vfscanf") __attribute__((weak));
extern int other_statfs(const char *, struct statfs *) __asm__("__statfs");
extern void enter(void *, void *) __asm__("__cyg_profile_func_enter"), leave(void *, void *) __asm__("__cyg_profile_func_exit");

/// What the compiler does not see through.
#define CALL(name) (*(__typeof__(name) *volatile[]){name}[0])

/// Says what a call gave, and the error it left.
static void say(int result) {
    printf(" %d", result);
    if (result < 0) printf(" %s", strerrorname_np(errno));
}

static void numbers(void) {
    printf("%d %ld %lld %g\n", CALL(atoi)(" -12x"), CALL(atol)("9223372036854775808"), CALL(atoll)("+7"), CALL(atof)("-0x1p-2z"));
    errno = 0;
    printf("%d %d\n", CALL(atoi)("none"), errno);
}

static void characters(void) {
    locale_t c = newlocale(LC_ALL_MASK, "C", NULL);
    int sums[4] = {0};
    for (int i = -128; i < 256; i++) {
        sums[0] += (i & 7) * CALL(tolower)(i);
        sums[1] += (i & 7) * CALL(toupper)(i);
        sums[2] += (i & 7) * CALL(tolower_l)(i, c);
        sums[3] += (i & 7) * CALL(toupper_l)(i, c);
    }
    printf("%d %d %d %d %c%c\n", sums[0], sums[1], sums[2], sums[3], CALL(tolower)('Q'), CALL(toupper)('q'));
    freelocale(c);
    printf("%d", setlocale(LC_CTYPE, "C.UTF-8") != NULL);
    mbstate_t state = {0};
    printf(" %d", (int)CALL(mbrlen)("\xe2\x82", 2, &state));
    printf(" %d", (int)CALL(mbrlen)("\xac", 1, &state));
    printf(" %d\n", (int)CALL(mbrlen)("\xff", 1, &state));
}

static int with_list(int (*scan)(const char *, va_list), const char *format, ...) {
    va_list list;
    va_start(list, format);
    int result = scan(format, list);
    va_end(list);
    return result;
}

static int vfscanf_of_input(const char *format, va_list list) {
    int flags = 0;
    return inner_vfscanf ? inner_vfscanf(stdin, format, list, &flags) : vfscanf(stdin, format, list);
}

static void input(void) {
    static char text[] = "12 ab 0b11 0x1f 077 34 cd end";
    stdin = fmemopen(text, sizeof text - 1, "r");
    int number = 0;
    char word[8];
    printf("%d", plain_scanf("%d %7s", &number, word));
    printf(" %d %s", number, word);
    // Only the later one reads binary digits.
    printf(" %d", (later_scanf ? later_scanf : plain_scanf)(later_scanf ? "%i" : " 0b%d", &number));
    printf(" %d", number == (later_scanf ? 3 : 11));
    printf(" %d", with_list(later_vscanf ? later_vscanf : plain_vscanf, "%i", &number));
    printf(" %d", number);
    printf(" %d", with_list(plain_vscanf, "%i", &number));
    printf(" %d", number);
    printf(" %d", with_list(vfscanf_of_input, "%d %7s", &number, word));
    printf(" %d %s\n", number, word);
}

static void machine(void) {
    struct statfs one, other;
    say(CALL(statfs)("/", &one));
    say(other_statfs("/", &other));
    printf(" %d", one.f_type == other.f_type && one.f_bsize == other.f_bsize);
    say(other_statfs("/none", &other));
    printf("\n");
    enter(NULL, NULL);
    leave(NULL, NULL);
    // With one thread nothing is shared.
    say(unshare(0));
    say(unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM));
    say(unshare(CLONE_THREAD | CLONE_SIGHAND | CLONE_VM));
    say(setns(1, 0));
    // No file can be opened, so none is changed.
    struct rlimit before, none = {0};
    getrlimit(RLIMIT_NOFILE, &before);
    none.rlim_max = before.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    say(sethostid(1));
    struct utmp entry = {.ut_type = USER_PROCESS};
    CALL(login)(&entry);
    CALL(logwtmp)("line", "name", "host");
    setrlimit(RLIMIT_NOFILE, &before);
    char room[100], *parts[3];
    CALL(setnetgrent)("none at all");
    printf(" %d\n", CALL(getnetgrent_r)(&parts[0], &parts[1], &parts[2], room, sizeof room));
}

int main(void) {
    numbers();
    characters();
    input();
    machine();
    return 0;
}
