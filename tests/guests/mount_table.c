// kind: so pie
// The table of mounts, from a file of our own, and the calls that would change what is mounted: of what is not there.
#define _GNU_SOURCE
#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/swap.h>
#include <unistd.h>

extern int pivot_root(const char *, const char *);
extern FILE *__setmntent(const char *, const char *);
extern int __endmntent(FILE *);
extern struct mntent *__getmntent_r(FILE *, struct mntent *, char *, int);

static void show(const struct mntent *m) {
    if (m)
        printf("[%s] [%s] [%s] [%s] %d %d\n", m->mnt_fsname, m->mnt_dir, m->mnt_type, m->mnt_opts, m->mnt_freq, m->mnt_passno);
    else
        printf("none\n");
}

static void option(const struct mntent *m, const char *name) {
    char *at = hasmntopt(m, name);
    printf("%s: %s\n", name, at ? at : "no");
}

int main(void) {
    char path[] = "/tmp/mountsXXXXXX", room[200];
    close(mkstemp(path));
    FILE *file = setmntent(path, "w");
    fputs("# a comment\n\n/dev/sda1 / ext4 rw,noatime,errors=remount-ro 1 2\n"
          "  \ttmpfs\t/with\\040blank tmpfs\tsize=5%,mode=1777\n"
          "back\\134slash /t\\011ab\\012 auto defaults 7\n"
          "map /seen autofs rw,direct 0 0\nmap /unseen autofs rw,ignore 0 0\nmap /other ext4 ignore 0 0\n"
          "\\151 \\\\\\040\\1 \\057\\012 \\\\ 0 0\n"
          "short\nproc /proc proc   \nname /dir type opts 1 2 3 # more\n#end\nlast /without/newline xfs ro 0 0", file);
    printf("endmntent %d\n", endmntent(file));
    file = setmntent(path, "r");
    for (struct mntent *m; (m = getmntent(file));) {
        show(m);
        if (!strcmp(m->mnt_type, "ext4")) {
            option(m, "rw"), option(m, "noatime"), option(m, "atime"), option(m, "errors"), option(m, "error");
            option(m, "remount-ro"), option(m, MNTOPT_RO), option(m, "");
        }
    }
    printf("end %d\n", feof(file) != 0);
    rewind(file);
    struct mntent own;
    printf("own %d\n", getmntent_r(file, &own, room, sizeof room) == &own);
    show(&own);
    // Too little room for the line.
    printf("cut %d\n", getmntent_r(file, &own, room, 12) != NULL);
    show(&own);
    printf("__getmntent_r %d\n", __getmntent_r(file, &own, room, sizeof room) != NULL);
    show(&own);
    __endmntent(file);

    file = __setmntent(path, "a+");
    struct mntent added = {"a b", "/new\tdir", "type\\x", "opt", 3, 4};
    printf("addmntent %d\n", addmntent(file, &added));
    endmntent(file);
    file = fopen(path, "r");
    char line[200] = "";
    while (fgets(line, sizeof line, file)) {}
    fclose(file);
    printf("%s", line);
    unlink(path);
    errno = 0;
    printf("setmntent of none %d", setmntent(path, "r") == NULL);
    printf(" %d\n", errno);
    printf("endmntent of none %d\n", endmntent(NULL));
    file = setmntent("/proc/self/mounts", "r");
    int roots = 0, procs = 0;
    while (file && getmntent_r(file, &own, room, sizeof room)) {
        roots += !strcmp(own.mnt_dir, "/");
        procs += !strcmp(own.mnt_type, "proc") && !strcmp(own.mnt_dir, "/proc");
    }
    printf("mounts %d %d\n", roots > 0, procs > 0);
    endmntent(file);

    printf("umount %d", umount("/no such place"));
    printf(" %d\n", errno);
    printf("umount2 %d", umount2("/no such place", MNT_DETACH));
    printf(" %d\n", errno);
    printf("umount2 how %d", umount2("/", 0x1000));
    printf(" %d\n", errno);
    printf("mount %d", mount("none", "/no such place", "tmpfs", 0, ""));
    printf(" %d\n", errno);
    printf("mount nowhere %d", mount("none", NULL, "tmpfs", 0, ""));
    printf(" %d\n", errno);
    // Whoever may not is told so first.
    printf("swap %d %d\n", swapon("/no such file", 0), swapoff("/no such file"));
    printf("pivot_root %d\n", pivot_root("/no such place", "/no such place"));
    printf("quotactl %d\n", quotactl(QCMD(Q_SYNC, USRQUOTA), "/no such device", 0, NULL));
    return 0;
}
