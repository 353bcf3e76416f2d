// kind: pie
// own libc: no: the static libc of Debian crashes in it on Linux
// The databases of users, groups and passwords: root by name and number, a file of our own line by line, room that is
// too small, groups of a user.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void user(const char *what, const struct passwd *p) {
    if (p == NULL)
        printf("%s: none\n", what);
    else
        printf("%s: %s|%s|%u|%u|%s|%s|%s\n", what, p->pw_name, p->pw_passwd, p->pw_uid, p->pw_gid, p->pw_gecos, p->pw_dir, p->pw_shell);
}

static void group(const char *what, const struct group *g) {
    if (g == NULL) {
        printf("%s: none\n", what);
        return;
    }
    printf("%s: %s|%s|%u", what, g->gr_name, g->gr_passwd, g->gr_gid);
    for (char **member = g->gr_mem; *member != NULL; member++)
        printf("|%s", *member);
    printf("\n");
}

static FILE *file_of(const char *text) {
    FILE *file = tmpfile();
    fputs(text, file);
    rewind(file);
    return file;
}

static void root(void) {
    struct passwd *p = getpwnam("root");
    printf("root %u %u %s\n", p->pw_uid, p->pw_gid, p->pw_dir);
    p = getpwuid(0);
    printf("0 is %s\n", p->pw_name);
    p = getpwuid(geteuid());
    printf("we are %s\n", p != NULL ? "known" : "unknown");
    user("nobody by this name", getpwnam("no such user here"));
    user("nobody by this number", getpwuid(3999999999u));
    group("no group of this name", getgrnam("no such group here"));
    struct group *g = getgrgid(0);
    printf("group %s %u\n", g->gr_name, getgrnam("root")->gr_gid);

    char buf[4096];
    struct passwd own, *found;
    int error = getpwnam_r("root", &own, buf, sizeof buf, &found);
    printf("getpwnam_r %d %d %s\n", error, found == &own, own.pw_name);
    error = getpwuid_r(0, &own, buf, 8, &found);
    printf("getpwuid_r in 8 bytes %d %d\n", error == ERANGE, found == NULL);
    error = getpwnam_r("no such user here", &own, buf, sizeof buf, &found);
    printf("getpwnam_r of none %d %d\n", error, found == NULL);
    struct group group_own, *group_found;
    error = getgrgid_r(0, &group_own, buf, sizeof buf, &group_found);
    printf("getgrgid_r %d %s\n", error, group_found->gr_name);
    error = getgrnam_r("root", &group_own, buf, 6, &group_found);
    printf("getgrnam_r in 6 bytes %d %d\n", error == ERANGE, group_found == NULL);
    struct spwd shadow, *shadow_found;
    error = getspnam_r("no such user here", &shadow, buf, sizeof buf, &shadow_found);
    printf("getspnam_r of none %d\n", shadow_found == NULL);
}

static void all(void) {
    int users = 0, roots = 0, again = 0;
    setpwent();
    for (struct passwd *p; (p = getpwent()) != NULL; users++)
        roots += strcmp(p->pw_name, "root") == 0;
    setpwent();
    while (getpwent() != NULL)
        again++;
    endpwent();
    printf("users %d roots %d again %d\n", users > 0, roots, users == again);
    char buf[4096];
    struct passwd own, *found;
    int error = getpwent_r(&own, buf, 2, &found);
    printf("getpwent_r in 2 bytes %d\n", error == ERANGE);
    error = getpwent_r(&own, buf, sizeof buf, &found);
    printf("then %d %s\n", error, own.pw_name);
    while ((error = getpwent_r(&own, buf, sizeof buf, &found)) == 0)
        ;
    printf("end %d\n", error == ENOENT);
    endpwent();
    int groups = 0;
    for (setgrent(); getgrent() != NULL; groups++)
        ;
    endgrent();
    printf("groups %d\n", groups > 0);
}

static void lines(void) {
    FILE *file = file_of("# comment\n\nalice:x:1000:100:Alice A,,,:/home/alice:/bin/sh\n"
                         "bad line\nworse:x:one:two:::\n  bob:*:1001:100::/:\nshort:x:5:6\nlast:x:7:8:l:/l:/s");
    for (struct passwd *p; (p = fgetpwent(file)) != NULL;)
        user("line", p);
    rewind(file);
    char buf[256];
    struct passwd own, *found;
    int error = fgetpwent_r(file, &own, buf, sizeof buf, &found);
    user("fgetpwent_r", error == 0 ? found : NULL);
    fclose(file);

    file = file_of("wheel:x:10:root,alice\n#x\nempty:*:11:\nnone:x:12\nspaces:x:13:a, b,,c\n");
    for (struct group *g; (g = fgetgrent(file)) != NULL;)
        group("line", g);
    fclose(file);

    file = file_of("alice:$6$salt$hash:19000:0:99999:7:::\nbob:!:::::::\n");
    for (struct spwd *s; (s = fgetspent(file)) != NULL;)
        printf("shadow: %s|%s|%ld|%ld|%ld|%ld|%ld|%ld\n", s->sp_namp, s->sp_pwdp, s->sp_lstchg, s->sp_min, s->sp_max, s->sp_warn, s->sp_inact, s->sp_expire);
    fclose(file);
    struct spwd *s = sgetspent("carol:h:1:2:3:4:5:6:7");
    printf("sgetspent %s %ld %lu\n", s->sp_namp, s->sp_expire, s->sp_flag);

    struct passwd put = {"name", "x", 12, 13, "The Name", "/home/name", "/bin/sh"};
    printf("putpwent %d\n", putpwent(&put, stdout));
    put.pw_gecos = "with:colon";
    fflush(stdout);
    char *members[] = {"a", "b", NULL};
    struct group put_group = {"name", "x", 12, members};
    printf("putgrent %d\n", putgrent(&put_group, stdout));
    printf("putspent %d\n", putspent(s, stdout));
}

static void of_user(void) {
    gid_t list[64];
    int count = 64;
    int result = getgrouplist("no such user here", 4242, list, &count);
    printf("getgrouplist %d %d %u\n", result, count, list[0]);
    count = 0;
    result = getgrouplist("no such user here", 4242, list, &count);
    printf("getgrouplist in none %d %d\n", result, count);
    printf("group_member of none %d\n", group_member(999999));
}

int main(void) {
    root();
    all();
    lines();
    of_user();
    return 0;
}
