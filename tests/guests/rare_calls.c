// kind: so pie
// own libc: no: it is about names that are not in a static libc
// Library functions that few programs call: limits in blocks, the resolution and the errors of the clock, the table of file
// systems, a user's line, and the underscored and fortified names of others.
#define _GNU_SOURCE
#include <errno.h>
#include <fstab.h>
#include <limits.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/timex.h>
#include <time.h>
#include <ulimit.h>
#include <unistd.h>

extern int getpw(uid_t, char *), __sched_get_priority_max(int), __sched_get_priority_min(int), __sched_getscheduler(pid_t),
    __sched_getparam(pid_t, struct sched_param *), __sched_setscheduler(pid_t, int, const struct sched_param *), __ffs(int), __isascii_l(int, void *),
    __toascii_l(int, void *), __setpgid(pid_t, pid_t), __bsd_getpgrp(pid_t), __select(int, fd_set *, fd_set *, fd_set *, struct timeval *),
    __getlogin_r_chk(char *, size_t, size_t), __adjtimex(struct timex *), timespec_getres_(struct timespec *, int) __asm__("timespec_getres"),
    plain_ntp_gettime(struct ntptimeval *) __asm__("ntp_gettime");
extern size_t __confstr_chk(int, char *, size_t, size_t);

static void said(const char *what, long result) {
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerrorname_np(errno) : "");
}

static void shows(const char *what, struct fstab *is) {
    if (!is) printf("%s: none\n", what);
    else printf("%s: %s %s %s %s %s %d %d\n", what, is->fs_spec, is->fs_file, is->fs_vfstype, is->fs_mntops, is->fs_type, is->fs_freq, is->fs_passno);
}

int main(void) {
    said("file size", ulimit(UL_GETFSIZE));
    said("open files", ulimit(4) == sysconf(_SC_OPEN_MAX));
    said("set", ulimit(UL_SETFSIZE, 1000L));
    said("file size", ulimit(UL_GETFSIZE));
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    printf("limit: %ld %ld\n", (long)limit.rlim_cur, (long)limit.rlim_max);
    errno = 0;
    said("no such", ulimit(77));

    struct timespec resolution = {7, 7};
    said("base", timespec_getres_(&resolution, TIME_UTC));
    printf("resolution: %ld %ld\n", (long)resolution.tv_sec, resolution.tv_nsec);
    said("no place", timespec_getres_(0, TIME_UTC));
    said("no base", timespec_getres_(&resolution, 77));

    struct ntptimeval clock;
    struct timex now = {0};
    memset(&clock, 0x55, sizeof clock);
    int state = ntp_gettimex(&clock);
    int same = state == __adjtimex(&now);
    printf("state as adjtimex says: %d, time %d, reserved %ld\n", same, now.time.tv_sec - clock.time.tv_sec < 2, clock.__glibc_reserved4);
    memset(&clock, 0x55, sizeof clock);
    plain_ntp_gettime(&clock);
    printf("time %d, the rest left %d %d\n", clock.time.tv_sec - now.time.tv_sec < 2, clock.tai == 0x5555555555555555,
           clock.__glibc_reserved4 == 0x5555555555555555);

    said("table", setfsent());
    for (int i = 0; i < 40; i++) {
        struct fstab *is = getfsent();
        shows("entry", is);
        if (!is) break;
    }
    shows("of the root", getfsfile("/"));
    shows("of nothing", getfsspec("nothing of this name"));
    endfsent();
    endfsent();

    char line[1024] = "";
    said("root", getpw(0, line));
    puts(line);
    errno = 0;
    printf("nobody: %d\n", getpw(54321, line));
    said("no buffer", getpw(0, 0));

    printf("priorities: %d %d\n", __sched_get_priority_max(SCHED_FIFO), __sched_get_priority_min(SCHED_RR));
    struct sched_param parameter = {0};
    printf("scheduler: %d %d %d\n", __sched_getscheduler(0), __sched_getparam(0, &parameter), __sched_setscheduler(0, SCHED_OTHER, &parameter));
    printf("letters: %d %d %d %d\n", __ffs(12), __isascii_l('a', 0), __isascii_l(200, 0), __toascii_l(200, 0));
    struct timeval none = {0, 0};
    printf("select: %d, group %d\n", __select(0, 0, 0, 0, &none), __bsd_getpgrp(0) == getpgrp());
    said("no such process", __setpgid(-1, 0));
    char name[64], path[64];
    int error = __getlogin_r_chk(name, 8, sizeof name);
    printf("login: %d\n", error == getlogin_r(path, 8));
    printf("path: %zu %s\n", __confstr_chk(_CS_PATH, path, 32, sizeof path), path);
    return 0;
}
