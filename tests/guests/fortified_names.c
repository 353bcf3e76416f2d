// kind: pie
// own libc: no: a static libc has few of these names
// flags: -fno-builtin -Wno-format -Wno-deprecated-declarations
// Every checked function, once with room enough and once without, which ends a program: the handler then starts this one anew with the next
// case.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <obstack.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wchar.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free
#define FROM(result, name, ...) extern result name(__VA_ARGS__);

FROM(char *, __strcpy_chk, char *, const char *, size_t) FROM(char *, __stpcpy_chk, char *, const char *, size_t)
FROM(char *, __strncpy_chk, char *, const char *, size_t, size_t) FROM(char *, __stpncpy_chk, char *, const char *, size_t, size_t)
FROM(char *, __strcat_chk, char *, const char *, size_t) FROM(char *, __strncat_chk, char *, const char *, size_t, size_t)
FROM(void *, __memcpy_chk, void *, const void *, size_t, size_t) FROM(void *, __memmove_chk, void *, const void *, size_t, size_t)
FROM(void *, __mempcpy_chk, void *, const void *, size_t, size_t) FROM(void *, __memset_chk, void *, int, size_t, size_t)
FROM(void, __explicit_bzero_chk, void *, size_t, size_t)
FROM(wchar_t *, __wcscpy_chk, wchar_t *, const wchar_t *, size_t) FROM(wchar_t *, __wcpcpy_chk, wchar_t *, const wchar_t *, size_t)
FROM(wchar_t *, __wcsncpy_chk, wchar_t *, const wchar_t *, size_t, size_t) FROM(wchar_t *, __wcpncpy_chk, wchar_t *, const wchar_t *, size_t, size_t)
FROM(wchar_t *, __wcscat_chk, wchar_t *, const wchar_t *, size_t) FROM(wchar_t *, __wcsncat_chk, wchar_t *, const wchar_t *, size_t, size_t)
FROM(wchar_t *, __wmemcpy_chk, wchar_t *, const wchar_t *, size_t, size_t) FROM(wchar_t *, __wmemmove_chk, wchar_t *, const wchar_t *, size_t, size_t)
FROM(wchar_t *, __wmempcpy_chk, wchar_t *, const wchar_t *, size_t, size_t) FROM(wchar_t *, __wmemset_chk, wchar_t *, wchar_t, size_t, size_t)
FROM(size_t, __mbstowcs_chk, wchar_t *, const char *, size_t, size_t) FROM(size_t, __wcstombs_chk, char *, const wchar_t *, size_t, size_t)
FROM(size_t, __mbsrtowcs_chk, wchar_t *, const char **, size_t, mbstate_t *, size_t) FROM(size_t, __wcsrtombs_chk, char *, const wchar_t **, size_t, mbstate_t *, size_t)
FROM(size_t, __mbsnrtowcs_chk, wchar_t *, const char **, size_t, size_t, mbstate_t *, size_t) FROM(size_t, __wcsnrtombs_chk, char *, const wchar_t **, size_t, size_t, mbstate_t *, size_t)
FROM(size_t, __wcrtomb_chk, char *, wchar_t, mbstate_t *, size_t) FROM(int, __wctomb_chk, char *, wchar_t, size_t)
FROM(char *, __fgets_chk, char *, size_t, int, FILE *) FROM(char *, __fgets_unlocked_chk, char *, size_t, int, FILE *) FROM(char *, __gets_chk, char *, size_t)
FROM(wchar_t *, __fgetws_chk, wchar_t *, size_t, int, FILE *) FROM(wchar_t *, __fgetws_unlocked_chk, wchar_t *, size_t, int, FILE *)
FROM(size_t, __fread_chk, void *, size_t, size_t, size_t, FILE *) FROM(size_t, __fread_unlocked_chk, void *, size_t, size_t, size_t, FILE *)
FROM(char *, __getcwd_chk, char *, size_t, size_t) FROM(char *, __getwd_chk, char *, size_t) FROM(char *, __realpath_chk, const char *, char *, size_t)
FROM(int, __gethostname_chk, char *, size_t, size_t) FROM(int, __getdomainname_chk, char *, size_t, size_t) FROM(int, __getgroups_chk, int, gid_t *, size_t)
FROM(int, __ptsname_r_chk, int, char *, size_t, size_t) FROM(int, __ttyname_r_chk, int, char *, size_t, size_t)
FROM(ssize_t, __readlink_chk, const char *, char *, size_t, size_t) FROM(ssize_t, __readlinkat_chk, int, const char *, char *, size_t, size_t)
FROM(ssize_t, __read_chk, int, void *, size_t, size_t) FROM(ssize_t, __pread_chk, int, void *, size_t, off_t, size_t) FROM(ssize_t, __pread64_chk, int, void *, size_t, off_t, size_t)
FROM(ssize_t, __recv_chk, int, void *, size_t, size_t, int) FROM(ssize_t, __recvfrom_chk, int, void *, size_t, size_t, int, void *, void *)
FROM(int, __poll_chk, struct pollfd *, nfds_t, int, size_t) FROM(int, __ppoll_chk, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t)
FROM(int, __sprintf_chk, char *, int, size_t, const char *, ...) FROM(int, __snprintf_chk, char *, size_t, int, size_t, const char *, ...)
FROM(int, __vsprintf_chk, char *, int, size_t, const char *, va_list) FROM(int, __vsnprintf_chk, char *, size_t, int, size_t, const char *, va_list)
FROM(int, __swprintf_chk, wchar_t *, size_t, int, size_t, const wchar_t *, ...) FROM(int, __vswprintf_chk, wchar_t *, size_t, int, size_t, const wchar_t *, va_list)
FROM(int, __printf_chk, int, const char *, ...) FROM(int, __fprintf_chk, FILE *, int, const char *, ...) FROM(int, __dprintf_chk, int, int, const char *, ...)
FROM(int, __vprintf_chk, int, const char *, va_list) FROM(int, __vfprintf_chk, FILE *, int, const char *, va_list) FROM(int, __vdprintf_chk, int, int, const char *, va_list)
FROM(int, __wprintf_chk, int, const wchar_t *, ...) FROM(int, __fwprintf_chk, FILE *, int, const wchar_t *, ...)
FROM(int, __vwprintf_chk, int, const wchar_t *, va_list) FROM(int, __vfwprintf_chk, FILE *, int, const wchar_t *, va_list)
FROM(int, __asprintf_chk, char **, int, const char *, ...) FROM(int, __vasprintf_chk, char **, int, const char *, va_list)
FROM(int, __obstack_printf_chk, struct obstack *, int, const char *, ...) FROM(int, __obstack_vprintf_chk, struct obstack *, int, const char *, va_list)
FROM(long, __fdelt_chk, long) FROM(void, __longjmp_chk, sigjmp_buf, int) FROM(void, __chk_fail, void) FROM(void, __fortify_fail, const char *)

static char text[8200];
static wchar_t wide[100];
static mbstate_t state;
static FILE *stream;
static int pipes[2], sockets[2];

static int filled(const char *what) {
    pipe(pipes);
    write(pipes[1], what, strlen(what));
    close(pipes[1]);
    return pipes[0];
}

static void input(const char *what) {
    stream = fdopen(filled(what), "r");
    dup2(filled(what), 0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    write(sockets[1], what, strlen(what));
}

// Each is given room for what is in bounds, or one unit less than that.
#define CASE(name, least, ...) \
    static void name(size_t room) { \
        (void)room; \
        __VA_ARGS__; \
    } \
    enum { least_##name = least };
#define SAY(...) say(#__VA_ARGS__, (long)(__VA_ARGS__))
#define AT(...) say(#__VA_ARGS__, (char *)(__VA_ARGS__) - text)
#define WIDE_AT(...) say(#__VA_ARGS__, (wchar_t *)(__VA_ARGS__) - wide)

static void say(const char *call, long result) {
    size_t length = strcspn(call, "(");
    printf("%.*s %ld [%.20s] [%.20ls]\n", (int)length, call, result, text, wide);
}

CASE(c_strcpy, 6, AT(__strcpy_chk(text, "hello", room)))
CASE(c_stpcpy, 6, AT(__stpcpy_chk(text, "hello", room)))
CASE(c_strncpy, 8, AT(__strncpy_chk(text, "abc", 8, room)))
CASE(c_stpncpy, 2, AT(__stpncpy_chk(text, "xyz", 2, room)))
CASE(c_strcat, 9, strcpy(text, "four"), AT(__strcat_chk(text, "more", room)))
CASE(c_strncat, 7, strcpy(text, "four"), AT(__strncat_chk(text, "more", 2, room)))
CASE(c_memcpy, 4, AT(__memcpy_chk(text, "MEMCPY", 4, room)))
CASE(c_memmove, 5, AT(__memmove_chk(text, text + 1, 5, room)))
CASE(c_mempcpy, 3, AT(__mempcpy_chk(text, "MEMCPY", 3, room)))
CASE(c_memset, 3, AT(__memset_chk(text, '#', 3, room)))
CASE(c_explicit_bzero, 2, __explicit_bzero_chk(text, 2, room), say("__explicit_bzero_chk(", text[0] + text[1]))
CASE(c_wcscpy, 6, WIDE_AT(__wcscpy_chk(wide, L"hello", room)))
CASE(c_wcpcpy, 6, WIDE_AT(__wcpcpy_chk(wide, L"world", room)))
CASE(c_wcsncpy, 8, WIDE_AT(__wcsncpy_chk(wide, L"abc", 8, room)))
CASE(c_wcpncpy, 2, WIDE_AT(__wcpncpy_chk(wide, L"xyz", 2, room)))
CASE(c_wcscat, 9, wcscpy(wide, L"four"), WIDE_AT(__wcscat_chk(wide, L"more", room)))
CASE(c_wcsncat, 7, wcscpy(wide, L"four"), WIDE_AT(__wcsncat_chk(wide, L"more", 2, room)))
CASE(c_wmemcpy, 4, WIDE_AT(__wmemcpy_chk(wide, L"MEMCPY", 4, room)))
CASE(c_wmemmove, 5, WIDE_AT(__wmemmove_chk(wide, wide + 1, 5, room)))
CASE(c_wmempcpy, 3, WIDE_AT(__wmempcpy_chk(wide, L"mempcpy", 3, room)))
CASE(c_wmemset, 3, WIDE_AT(__wmemset_chk(wide, '#', 3, room)))
CASE(c_mbstowcs, 5, SAY(__mbstowcs_chk(wide, "wide", 5, room)))
CASE(c_wcstombs, 7, SAY(__wcstombs_chk(text, L"narrow", 7, room)))
CASE(c_mbsrtowcs, 4, const char *from = "abc"; SAY(__mbsrtowcs_chk(wide, &from, 4, &state, room)))
CASE(c_wcsrtombs, 4, const wchar_t *from = L"def"; SAY(__wcsrtombs_chk(text, &from, 4, &state, room)))
CASE(c_mbsnrtowcs, 3, const char *from = "ghijk"; SAY(__mbsnrtowcs_chk(wide, &from, 2, 3, &state, room)))
CASE(c_wcsnrtombs, 3, const wchar_t *from = L"lmnop"; SAY(__wcsnrtombs_chk(text, &from, 2, 3, &state, room)))
// It need not be as much as the longest character there is, but must hold that.
CASE(c_wcrtomb, 6, SAY(__wcrtomb_chk(text, L'w', &state, room > 5 ? 1 : 0)))
CASE(c_wctomb, 6, SAY(__wctomb_chk(text, L'W', room > 5 ? 1 : 0)))
CASE(c_fgets, 8, AT(__fgets_chk(text, room, 8, stream)))
CASE(c_fgets_unlocked, 8, AT(__fgets_unlocked_chk(text, room, 8, stream)))
CASE(c_gets, 11, AT(__gets_chk(text, room)))
CASE(c_fgetws, 8, WIDE_AT(__fgetws_chk(wide, room, 8, stream)))
CASE(c_fgetws_unlocked, 8, WIDE_AT(__fgetws_unlocked_chk(wide, room, 8, stream)))
CASE(c_fread, 6, SAY(__fread_chk(text, room, 2, 3, stream)))
CASE(c_fread_unlocked, 6, SAY(__fread_unlocked_chk(text, room, 3, 2, stream)))
CASE(c_fread_huge, 6, room == 6 ? SAY(__fread_chk(text, room, 6, 1, stream)) : SAY(__fread_chk(text, 100, SIZE_MAX / 2 + 2, 2, stream)))
CASE(c_getcwd, 50, chdir("/tmp"), AT(__getcwd_chk(text, 50, room)))
CASE(c_getwd, 5, chdir("/tmp"), AT(__getwd_chk(text, room)))
CASE(c_realpath, 4096, AT(__realpath_chk("/tmp/../tmp", text, room)))
CASE(c_gethostname, 70, int result = __gethostname_chk(text, 70, room); strcpy(text, "host"), say("__gethostname_chk(", result))
CASE(c_getdomainname, 70, SAY(__getdomainname_chk(text, 70, room)))
CASE(c_getgroups, 40, SAY(__getgroups_chk(10, (gid_t *)text, room) >= 0))
CASE(c_ptsname, 30, SAY(__ptsname_r_chk(pipes[0], text, 30, room)))
CASE(c_ttyname, 30, SAY(__ttyname_r_chk(pipes[0], text, 30, room)))
CASE(c_readlink, 10, symlink("target", "/tmp/fortified"), SAY(__readlink_chk("/tmp/fortified", text, 10, room)))
CASE(c_readlinkat, 3, SAY(__readlinkat_chk(AT_FDCWD, "/tmp/fortified", text, 3, room)), unlink("/tmp/fortified"))
CASE(c_read, 4, SAY(__read_chk(pipes[0], text, 4, room)))
CASE(c_pread, 4, SAY(__pread_chk(pipes[0], text, 4, 2, room)))
CASE(c_pread64, 4, SAY(__pread64_chk(pipes[0], text, 4, 2, room)))
CASE(c_recv, 3, SAY(__recv_chk(sockets[0], text, 3, room, MSG_PEEK)))
CASE(c_recvfrom, 5, SAY(__recvfrom_chk(sockets[0], text, 5, room, 0, NULL, NULL)))
CASE(c_poll, 2 * sizeof(struct pollfd), struct pollfd two[2] = {{pipes[0], POLLIN, 0}}; SAY(__poll_chk(two, 2, 0, room)))
CASE(c_ppoll, 2 * sizeof(struct pollfd), struct pollfd two[2] = {{pipes[0], POLLIN, 0}}; SAY(__ppoll_chk(two, 2, &(struct timespec){0, 0}, NULL, room)))
CASE(c_fdelt, 1, SAY(__fdelt_chk(room ? FD_SETSIZE - 1 : FD_SETSIZE)))
CASE(c_fdelt_below, 1, SAY(__fdelt_chk(room ? 0 : -1)))

static int with_list(int (*call)(va_list), ...) {
    va_list list;
    va_start(list, call);
    int result = call(list);
    va_end(list);
    return result;
}

static size_t list_room;
static int list_sprintf(va_list list) { return __vsprintf_chk(text, 1, list_room, "%s-%d", list); }
static int list_snprintf(va_list list) { return __vsnprintf_chk(text, 6, 1, list_room, "%s-%d", list); }
static int list_swprintf(va_list list) { return __vswprintf_chk(wide, 10, 1, list_room, L"%s-%d", list); }
CASE(c_sprintf, 5, SAY(__sprintf_chk(text, 1, room, "%d", 1234)))
CASE(c_sprintf_padded, 21, SAY(__sprintf_chk(text, 0, room, "%20d", 1)))
CASE(c_snprintf, 4, SAY(__snprintf_chk(text, 4, 1, room, "%d", 123456)))
CASE(c_vsprintf, 7, list_room = room, SAY(with_list(list_sprintf, "list", 5)))
CASE(c_vsnprintf, 6, list_room = room, SAY(with_list(list_snprintf, "longer", 5)))
CASE(c_swprintf, 7, SAY(__swprintf_chk(wide, 7, 1, room, L"%d", 123456)))
CASE(c_vswprintf, 10, list_room = room, SAY(with_list(list_swprintf, "list", 5)))

// Where a format may be written to, %n is a way in. With room, %n is in constant stream.
static char writable[] = "wri%nten %d\n";
static wchar_t wide_writable[] = L"wri%nten %d\n";
static int count;
#define FORMAT (room ? "con%nst %d\n" : writable)
#define WIDE_FORMAT (room ? L"con%nst %d\n" : wide_writable)
static size_t format_room;
#define room format_room
static int list_printf(va_list list) { return __vprintf_chk(1, FORMAT, list); }
static int list_fprintf(va_list list) { return __vfprintf_chk(stdout, 1, FORMAT, list); }
static int list_dprintf(va_list list) { return __vdprintf_chk(1, 1, FORMAT, list); }
static int list_wprintf(va_list list) { return __vwprintf_chk(1, WIDE_FORMAT, list); }
static int list_fwprintf(va_list list) { return __vfwprintf_chk(stdout, 1, WIDE_FORMAT, list); }
static char *made;
static int list_asprintf(va_list list) { return __vasprintf_chk(&made, 1, FORMAT, list); }
static struct obstack heap;
static int list_obstack(va_list list) { return __obstack_vprintf_chk(&heap, 1, FORMAT, list); }
#undef room
CASE(c_printf, 1, SAY(__printf_chk(1, FORMAT, &count, 5)))
CASE(c_printf_unflagged, 1, writable[0] = room ? 'w' : 'W'; SAY(room ? __printf_chk(0, writable, &count, 5) : __printf_chk(1, writable, &count, 5)))
CASE(c_fprintf, 1, SAY(__fprintf_chk(stdout, 1, FORMAT, &count, 5)))
CASE(c_dprintf, 1, fflush(stdout), SAY(__dprintf_chk(1, 1, FORMAT, &count, 5)))
CASE(c_asprintf, 1, SAY(__asprintf_chk(&made, 1, FORMAT, &count, 5)))
CASE(c_obstack, 1, obstack_init(&heap), SAY(__obstack_printf_chk(&heap, 1, FORMAT, &count, 5)), SAY(obstack_object_size(&heap)))
CASE(c_vprintf, 1, format_room = room, SAY(with_list(list_printf, &count, 6)))
CASE(c_vfprintf, 1, format_room = room, SAY(with_list(list_fprintf, &count, 7)))
CASE(c_vdprintf, 1, fflush(stdout), format_room = room, SAY(with_list(list_dprintf, &count, 8)))
CASE(c_vasprintf, 1, format_room = room, SAY(with_list(list_asprintf, &count, 9)))
CASE(c_vobstack, 1, obstack_init(&heap), format_room = room, SAY(with_list(list_obstack, &count, 10)))
CASE(c_positions, 1, SAY(room ? __printf_chk(1, "%2$d %1$d %2$d\n", 1, 2) : __printf_chk(1, "%3$d %1$d\n", 1, 2, 3)))
CASE(c_positions_unflagged, 1, SAY(room ? __printf_chk(0, "%3$d %1$d\n", 1, 2, 3) : __snprintf_chk(text, 50, 1, 50, "%3$d %1$d\n", 1, 2, 3)))
CASE(c_snprintf_n, 1, SAY(__snprintf_chk(text, 20, 1, 50, FORMAT, &count, 5)))

static int on_wide(void) {
    fclose(stdout);
    stdout = fopen("/dev/null", "w");
    return 0;
}
CASE(c_longjmp, 1, {
    sigjmp_buf here;
    int back = sigsetjmp(here, 0);
    if (!back) __longjmp_chk(here, 5);
    say("longjmp(", back);
    fflush(stdout);
    if (!room) __chk_fail();
})
static sigjmp_buf gone;
static __attribute__((noinline)) int leave(volatile int depth) { return depth ? leave(depth - 1) + 1 : sigsetjmp(gone, 0); }
static __attribute__((noinline)) void jump_into_what_was_left(void) {
    leave(20);
    __longjmp_chk(gone, 1);
}
CASE(c_longjmp_down, 1, if (!room) jump_into_what_was_left(); say("longjmp(", 0))
CASE(c_fail, 1, if (!room) __fortify_fail("reason of our own"); say("fail(", 0))
CASE(c_wprintf, 1, on_wide(); int result = __wprintf_chk(1, WIDE_FORMAT, &count, 5); (void)result)
CASE(c_fwprintf, 1, on_wide(), __fwprintf_chk(stdout, 1, WIDE_FORMAT, &count, 5))
CASE(c_vwprintf, 1, on_wide(), format_room = room, with_list(list_wprintf, &count, 5))
CASE(c_vfwprintf, 1, on_wide(), format_room = room, with_list(list_fwprintf, &count, 5))

static const struct { void (*run)(size_t); size_t least; } cases[] = {
#define ROW(name) {name, least_##name}
    ROW(c_strcpy), ROW(c_stpcpy), ROW(c_strncpy), ROW(c_stpncpy), ROW(c_strcat), ROW(c_strncat), ROW(c_memcpy), ROW(c_memmove), ROW(c_mempcpy), ROW(c_memset), ROW(c_explicit_bzero),
    ROW(c_wcscpy), ROW(c_wcpcpy), ROW(c_wcsncpy), ROW(c_wcpncpy), ROW(c_wcscat), ROW(c_wcsncat), ROW(c_wmemcpy), ROW(c_wmemmove), ROW(c_wmempcpy), ROW(c_wmemset),
    ROW(c_mbstowcs), ROW(c_wcstombs), ROW(c_mbsrtowcs), ROW(c_wcsrtombs), ROW(c_mbsnrtowcs), ROW(c_wcsnrtombs), ROW(c_wcrtomb), ROW(c_wctomb),
    ROW(c_fgets), ROW(c_fgets_unlocked), ROW(c_gets), ROW(c_fgetws), ROW(c_fgetws_unlocked), ROW(c_fread), ROW(c_fread_unlocked), ROW(c_fread_huge),
    ROW(c_getcwd), ROW(c_getwd), ROW(c_realpath), ROW(c_gethostname), ROW(c_getdomainname), ROW(c_getgroups), ROW(c_ptsname), ROW(c_ttyname), ROW(c_readlink), ROW(c_readlinkat),
    ROW(c_read), ROW(c_pread), ROW(c_pread64), ROW(c_recv), ROW(c_recvfrom), ROW(c_poll), ROW(c_ppoll), ROW(c_fdelt), ROW(c_fdelt_below),
    ROW(c_sprintf), ROW(c_sprintf_padded), ROW(c_snprintf), ROW(c_vsprintf), ROW(c_vsnprintf), ROW(c_swprintf), ROW(c_vswprintf),
    ROW(c_printf), ROW(c_printf_unflagged), ROW(c_fprintf), ROW(c_dprintf), ROW(c_asprintf), ROW(c_obstack), ROW(c_vprintf), ROW(c_vfprintf), ROW(c_vdprintf), ROW(c_vasprintf), ROW(c_vobstack),
    ROW(c_positions), ROW(c_positions_unflagged), ROW(c_snprintf_n), ROW(c_longjmp), ROW(c_longjmp_down), ROW(c_fail), ROW(c_wprintf), ROW(c_fwprintf), ROW(c_vwprintf), ROW(c_vfwprintf)};

// Where the output goes also while stdout is closed.
enum { REPORT = 50 };
static int number;

static void next(int signal) {
    char name[20];
    sprintf(name, "%d", number + 1);
    dprintf(REPORT, "case %d: %s\n", number, signal ? "ended" : "went on");
    dup2(REPORT, 1);
    execl("/proc/self/exe", "prog", name, NULL);
    _exit(9);
}

int main(int argc, char **argv) {
    int total = sizeof cases / sizeof *cases;
    if (argc < 2) {
        dup2(1, REPORT);
        for (number = 0; number < total; number++) {
            input("some input\nfor a case");
            memset(text, 0, sizeof text);
            memset(wide, 0, sizeof wide);
            errno = 0;
            cases[number].run(cases[number].least);
        }
        number = -1;
        next(0);
    }
    number = atoi(argv[1]);
    if (number == total) return 0;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGABRT);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    signal(SIGABRT, next);
    dprintf(2, "%d: ", number);
    input("some input\nfor a case");
    cases[number].run(cases[number].least - 1);
    fflush(stdout);
    next(0);
}
