// kind: so pie
// own libc: no: the static libc of Debian crashes in it on Linux
// Users, groups, passwords, netgroups and logins, into the caller's room and one by one, and the older calls of them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <gshadow.h>
#include <netdb.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmp.h>
#include <utmpx.h>

extern int innetgr(const char *, const char *, const char *, const char *), setnetgrent(const char *);
extern int getnetgrent(char **, char **, char **);
extern void endnetgrent(void);

static char room[4096];

static FILE *file_of(const char *text) {
    FILE *file = tmpfile();
    fputs(text, file);
    rewind(file);
    return file;
}

static void groups(void) {
    struct group own, *found;
    FILE *file = file_of("wheel:x:10:root,alice\nbad:x:ten:\nlast:*:11:\n");
    int error;
    while ((error = fgetgrent_r(file, &own, room, sizeof room, &found)) == 0)
        printf("group %s %u %s\n", found->gr_name, found->gr_gid, found->gr_mem[0] ? found->gr_mem[0] : "-");
    printf("end %d %d\n", error, found == NULL);
    rewind(file);
    error = fgetgrent_r(file, &own, room, 12, &found);
    printf("small %d %d\n", error, found == NULL);
    fclose(file);
    int count = 0, again = 0;
    setgrent();
    while (getgrent()) count++;
    setgrent();
    while ((error = getgrent_r(&own, room, sizeof room, &found)) == 0) again++;
    endgrent();
    printf("all %d, %d\n", count == again, error);
    error = getgrent_r(&own, room, 2, &found);
    printf("small %d\n", error);
    endgrent();
    // Root may, others may not.
    int result = initgroups("no such user", getgid());
    printf("initgroups %d\n", result == 0 || errno == EPERM);
}

static void passwords(void) {
    struct spwd shadow, *shadow_found;
    FILE *file = file_of("# no user\nalice:$6$s$h:19000:0:99999:7:::\nbob:!:::::::7\n");
    int error;
    while ((error = fgetspent_r(file, &shadow, room, sizeof room, &shadow_found)) == 0)
        printf("shadow %s %s %ld %lu\n", shadow_found->sp_namp, shadow_found->sp_pwdp, shadow_found->sp_lstchg, shadow_found->sp_flag);
    printf("end %d %d\n", error, shadow_found == NULL);
    rewind(file);
    error = fgetspent_r(file, &shadow, room, 5, &shadow_found);
    printf("small %d\n", error);
    fclose(file);
    printf("none %d\n", getspnam("no such user") == NULL);
    // Only root can read the file.
    int count = 0, again = 0;
    setspent();
    while (getspent()) count++;
    setspent();
    while ((error = getspent_r(&shadow, room, sizeof room, &shadow_found)) == 0) again++;
    endspent();
    printf("all %d\n", count == again);
    struct sgrp group, *group_found;
    setsgent();
    for (count = 0; getsgent(); count++) {}
    setsgent();
    for (again = 0; getsgent_r(&group, room, sizeof room, &group_found) == 0; again++) {}
    endsgent();
    printf("all %d\n", count == again);
}

static void netgroups(void) {
    char *a, *b, *c;
    printf("innetgr %d\n", innetgr("no such netgroup", NULL, NULL, NULL));
    printf("setnetgrent %d\n", setnetgrent("no such netgroup"));
    printf("getnetgrent %d\n", getnetgrent(&a, &b, &c));
    endnetgrent();
}

static void show(const char *what, const struct utmp *u) {
    if (u)
        printf("%s: %d %.32s %.4s %.32s\n", what, u->ut_type, u->ut_line, u->ut_id, u->ut_user);
    else
        printf("%s: none\n", what);
}

static void logins(void) {
    char path[] = "/tmp/loginsXXXXXX";
    close(mkstemp(path));
    printf("utmpname %d\n", utmpname(path));
    struct utmp a = {.ut_type = USER_PROCESS, .ut_pid = 5, .ut_line = "pts/5", .ut_id = "ts/5", .ut_user = "alice"}, out, *found;
    struct utmp b = {.ut_type = LOGIN_PROCESS, .ut_pid = 6, .ut_line = "tty6", .ut_id = "6", .ut_user = "LOGIN"};
    struct utmp boot = {.ut_type = BOOT_TIME, .ut_line = "~", .ut_id = "~~", .ut_user = "reboot"};
    setutent();
    show("pututline", pututline(&boot));
    show("pututline", pututline(&a));
    show("pututline", pututline(&b));
    setutent();
    for (struct utmp *u; (u = getutent());) show("getutent", u);
    setutent();
    show("getutid", getutid(&b));
    setutent();
    show("getutline", getutline(&a));
    setutent();
    printf("getutid_r %d", getutid_r(&boot, &out, &found));
    printf(" %d ", found == &out);
    show("it", found);
    errno = 0;
    int result = getutid_r(&boot, &out, &found);
    printf("again %d %d %d\n", result, found == NULL, errno);
    setutent();
    printf("getutline_r %d", getutline_r(&b, &out, &found));
    printf(" %d\n", found == &out);
    errno = 0;
    result = getutline_r(&b, &out, &found);
    printf("again %d %d %d\n", result, found == NULL, errno);
    struct utmpx x;
    memset(&x, 0, sizeof x);
    getutmpx(&a, &x);
    printf("getutmpx %s %d\n", x.ut_user, x.ut_pid);
    memset(&out, 0, sizeof out);
    getutmp(&x, &out);
    show("getutmp", &out);
    updwtmp(path, &a);
    setutent();
    int count = 0;
    while (getutent()) count++;
    printf("count %d\n", count);
    endutent();
    unlink(path);
    setutent();
    show("gone", getutent());
    // The file of all logins is looked for where utmpname(3) said; nobody is at a terminal here.
    printf("logout %d\n", logout("no such line"));
    endutent();
}

int main(void) {
    groups();
    passwords();
    netgroups();
    logins();
    char name[L_cuserid];
    struct passwd *own = getpwuid(geteuid());
    printf("cuserid %d %d\n", cuserid(name) == name, own ? strncmp(name, own->pw_name, 8) : name[0]);
    printf("%d\n", strcmp(cuserid(NULL), name));
    return 0;
}
