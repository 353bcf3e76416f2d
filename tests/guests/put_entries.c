// kind: so pie
// Writing entries of /etc/passwd and /etc/group, reading those of /etc/fstab, and dates that are out of range.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <mntent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void group(const char *name, const char *member) {
    char *members[] = {(char *)"first", (char *)member, NULL};
    struct group g = {.gr_name = (char *)name, .gr_passwd = (char *)"x", .gr_gid = 7, .gr_mem = members};
    errno = 0;
    int result = putgrent(&g, stdout);
    fflush(stdout);
    if (result) printf("%d %s\n", result, strerror(errno));
}

static void mounts(void) {
    char path[] = "/tmp/entries.XXXXXX";
    FILE *f = fdopen(mkstemp(path), "w");
    fputs("/etc/auto.1 /mnt/1 autofs ignore 0 0\n/dev/a / ext4 defaults 0 0\n/etc/auto.2 /mnt/2 autofs a,ignore,b 0 0\n"
          "/etc/auto.3 /mnt/3 autofs noignore 1 2\n/etc/x /mnt/4 autofs1 ignore 0 0\n", f);
    fclose(f);
    f = setmntent(path, "r");
    for (struct mntent *e; (e = getmntent(f));) printf("%s %s %s\n", e->mnt_fsname, e->mnt_type, e->mnt_opts);
    endmntent(f);
    unlink(path);
}

int main(void) {
    struct passwd p = {.pw_name = (char *)"me", .pw_passwd = (char *)"x", .pw_uid = 1, .pw_gid = 2,
        .pw_gecos = (char *)" a:b\nc", .pw_dir = (char *)"/", .pw_shell = (char *)"/bin/sh"};
    printf("%d\n", putpwent(&p, stdout));
    p.pw_dir = (char *)"a:b";
    errno = 0;
    printf("%d %d\n", putpwent(&p, stdout), errno);
    group("staff", "second");
    group("staff", "sec,ond");
    group("sta:ff", "second");
    group("staff", "sec\nond");
    mounts();

    struct tm tm;
    char text[256];
    memset(&tm, 1, sizeof tm);
    tm.tm_zone = NULL;
    strftime(text, sizeof text, "%a %A %b %B %c %z %Z", &tm);
    printf("%s\n", text);
    memset(&tm, 0, sizeof tm);
    tm.tm_year = INT_MAX;
    errno = 0;
    int is_refused = asctime(&tm) == NULL;
    printf("%d %d\n", is_refused, errno == EOVERFLOW);
    tm.tm_year = 8100;
    errno = 0;
    is_refused = asctime_r(&tm, text) == NULL;
    printf("%d %d\n", is_refused, errno == EOVERFLOW);
    for (int dst = 0; dst < 3; dst++) {
        struct tm bare = {.tm_isdst = dst};
        setenv("TZ", "EST5EDT", 1);
        strftime(text, sizeof text, "%Z", &bare);
        printf("%s\n", text);
    }
    return 0;
}
