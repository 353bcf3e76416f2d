// kind: pie
// The calls that take a folder's descriptor: what they make, change and remove below it, and what they answer to a bad one.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "scratch.h"

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
}

static void look(int folder, const char *name) {
    struct stat st;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        printf("  %s: errno %d\n", name, errno);
    else
        printf("  %s: mode %o links %lu size %ld\n", name, st.st_mode, (unsigned long)st.st_nlink,
               S_ISDIR(st.st_mode) ? 0 : (long)st.st_size);
}

int main(void) {
    static char base[] = "/tmp/atXXXXXX";
    char text[64];
    if (scratch(base) || chdir("/")) return 1;
    umask(022);
    int folder = open(base, O_RDONLY | O_DIRECTORY), file;
    say("mkdirat", mkdirat(folder, "sub", 0777));
    say("mkdirat again", mkdirat(folder, "sub", 0777));
    say("mkdirat below none", mkdirat(folder, "no/sub", 0777));
    say("mkdirat nowhere", mkdirat(-1, "sub", 0777));
    say("mkdirat no descriptor", mkdirat(999, "sub", 0777));
    say("mkdirat no name", mkdirat(folder, "", 0777));
    look(folder, "sub");
    file = openat(folder, "file", O_CREAT | O_RDWR, 0666);
    write(file, "hello", 5);
    say("mkdirat in a file", mkdirat(file, "sub", 0777));
    say("an absolute path", mkdirat(-1, base, 0777));
    look(folder, "file");

    say("mkfifoat", mkfifoat(folder, "fifo", 0640));
    say("mkfifoat again", mkfifoat(folder, "fifo", 0640));
    say("mkfifoat nowhere", mkfifoat(-1, "fifo", 0640));
    look(folder, "fifo");
    say("mknodat", mknodat(folder, "node", S_IFREG | 0604, 0));
    say("mknodat fifo", mknodat(folder, "node2", S_IFIFO | 0666, 0));
    say("mknodat socket", mknodat(folder, "node3", S_IFSOCK | 0600, 0));
    say("mknodat folder", mknodat(folder, "node4", S_IFDIR | 0600, 0));
    say("mknodat what", mknodat(folder, "node4", 0170000, 0));
    look(folder, "node"), look(folder, "node2"), look(folder, "node3");

    say("symlinkat", symlinkat("file", folder, "link"));
    say("symlinkat again", symlinkat("file", folder, "link"));
    say("symlinkat to nothing", symlinkat("", folder, "link2"));
    say("symlinkat nowhere", symlinkat("file", -1, "link2"));
    look(folder, "link");
    memset(text, '#', sizeof text);
    say("readlinkat", readlinkat(folder, "link", text, sizeof text));
    printf("%.5s\n", text);
    say("readlinkat of two bytes", readlinkat(folder, "link", text, 2));
    say("readlinkat of none", readlinkat(folder, "link", text, 0));
    say("readlinkat of a file", readlinkat(folder, "file", text, sizeof text));
    say("readlinkat nowhere", readlinkat(-1, "link", text, sizeof text));
    int link_itself = openat(folder, "link", O_PATH | O_NOFOLLOW);
    say("readlinkat of a descriptor", readlinkat(link_itself, "", text, sizeof text));
    close(link_itself);

    say("linkat", linkat(folder, "file", folder, "hard", 0));
    say("linkat again", linkat(folder, "file", folder, "hard", 0));
    say("linkat a link", linkat(folder, "link", folder, "hard-link", 0));
    say("linkat followed", linkat(folder, "link", folder, "followed", AT_SYMLINK_FOLLOW));
    say("linkat a folder", linkat(folder, "sub", folder, "hard-folder", 0));
    say("linkat how", linkat(folder, "file", folder, "x", 0x4000));
    look(folder, "hard"), look(folder, "hard-link"), look(folder, "followed");

    say("renameat", renameat(folder, "hard", folder, "sub/hard"));
    say("renameat the same", renameat(folder, "file", folder, "sub/hard"));
    look(folder, "file");
    say("renameat over a folder", renameat(folder, "file", folder, "sub"));
    say("renameat into itself", renameat(folder, "sub", folder, "sub/deeper"));
    say("renameat nowhere", renameat(folder, "file", -1, "x"));
    say("renameat none", renameat(folder, "none", folder, "x"));
    say("unlinkat", unlinkat(folder, "sub/hard", 0));
    say("unlinkat a folder", unlinkat(folder, "sub", 0));
    say("unlinkat a file", unlinkat(folder, "file", AT_REMOVEDIR));
    say("unlinkat how", unlinkat(folder, "file", 0x40000));
    say("unlinkat nowhere", unlinkat(-1, "file", 0));
    say("unlinkat as it should", unlinkat(folder, "sub", AT_REMOVEDIR));

    uid_t user = getuid();
    gid_t group = getgid();
    say("fchownat", fchownat(folder, "file", user, group, 0));
    say("fchownat -1", fchownat(folder, "link", -1, -1, AT_SYMLINK_NOFOLLOW));
    say("fchownat of none", fchownat(folder, "none", user, group, 0));
    say("fchownat of the folder", fchownat(folder, "", user, group, AT_EMPTY_PATH));
    say("fchownat of no name", fchownat(folder, "", user, group, 0));
    say("fchownat how", fchownat(folder, "file", user, group, 0x40000));
    say("fchownat nowhere", fchownat(-1, "file", user, group, 0));
    say("fchown", fchown(file, user, group));
    say("fchown -1", fchown(-1, user, group));
    say("lchown", lchown("/nowhere at all", user, group));

    say("fchmodat", fchmodat(folder, "file", 04711, 0));
    look(folder, "file");
    say("fchmodat through a link", fchmodat(folder, "link", 0600, 0));
    look(folder, "file");
    say("fchmodat a link", fchmodat(folder, "link", 0600, AT_SYMLINK_NOFOLLOW));
    say("fchmodat a file", fchmodat(folder, "file", 0644, AT_SYMLINK_NOFOLLOW));
    say("fchmodat how", fchmodat(folder, "file", 0600, 0x40000));
    look(folder, "file");
    say("faccessat", faccessat(folder, "link", R_OK | W_OK, AT_EACCESS));
    say("faccessat none", faccessat(folder, "none", F_OK, 0));
    say("faccessat how", faccessat(folder, "file", F_OK, 0x40000));
    say("faccessat which", faccessat(folder, "file", 8, 0));

    say("fchdir", fchdir(folder));
    say("chown", chown("link", user, group));
    say("lchown", lchown("link", user, group));
    say("lchmod of a file", lchmod("file", 0606));
    say("lchmod of a link", lchmod("link", 0606));
    look(AT_FDCWD, "file");
    say("euidaccess", euidaccess("file", R_OK));
    say("euidaccess none", euidaccess("none", R_OK));
    say("eaccess which", eaccess("file", 8));
    char *here = get_current_dir_name();
    printf("here %d\n", strcmp(here, base) == 0);
    free(here);
    setenv("PWD", "/nowhere", 1);
    here = get_current_dir_name();
    printf("here %d\n", strcmp(here, base) == 0);
    free(here);
    say("fchdir to a file", fchdir(file));
    say("fchdir to none", fchdir(-1));
    say("mknod", mknod("plain", S_IFREG | 0600, 0));
    look(AT_FDCWD, "plain");
    say("chroot to none", chroot("none"));
    return 0;
}
