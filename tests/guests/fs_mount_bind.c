// kind: so pie
// MS_BIND, MS_MOVE and how mounts hang together: one file at two places, paths through them, what crosses and what not.
#define _GNU_SOURCE
#include "mounting.h"
#include <linux/openat2.h>
#include <sys/syscall.h>

static void cwd(const char *what) {
    char path[300], *found = getcwd(path, sizeof path);
    printf("%s: %s\n", what, found ? path + (strncmp(path, base, strlen(base)) ? 0 : strlen(base)) : name_of(errno));
    errno = 0;
}

static int open_within(const char *path, unsigned long long resolve) {
    struct open_how how = {.flags = O_PATH, .resolve = resolve};
    return syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int id_of(const char *path) {
    char name[60], line[100];
    int fd = open(path, O_PATH), id = -1;
    snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(name, "r");
    while (fgets(line, sizeof line, file)) sscanf(line, "mnt_id: %d", &id);
    fclose(file);
    close(fd);
    return id;
}

static void binds(void) {
    struct stat one, two;
    mkdir("from", 0755), mkdir("from/in", 0755), mkdir("to", 0755);
    make("from/in/file", "text");
    make("single", "other");
    say("bind", mount("from/in", "to", NULL, MS_BIND, NULL));
    stat("from/in/file", &one), stat("to/file", &two);
    printf("same %d %d\n", one.st_dev == two.st_dev, one.st_ino == two.st_ino);
    printf("mounts %d %d\n", id_of("from/in/file") == id_of("from"), id_of("to/file") == id_of("from"));
    show("bound");
    say("link across", link("from/in/file", "to/linked"));
    say("rename across", rename("from/in/file", "to/renamed"));
    say("rename within", rename("to/file", "to/renamed"));
    say("seen", access("from/in/renamed", F_OK));
    say("read-only there", mount(NULL, "to", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOEXEC, NULL));
    show("read-only");
    say("there", mkdir("to/d", 0755));
    say("here", mkdir("from/in/d", 0755));
    int fd = open("to/renamed", O_RDONLY);
    say("chmod there", fchmod(fd, 0600));
    close(fd);
    say("chmod here", chmod("from/in/renamed", 0600));
    say("down", chdir("to/d"));
    cwd("where");
    say("up", chdir(".."));
    cwd("where");
    stat(".", &one), stat("../from/in", &two);
    printf("same %d\n", one.st_ino == two.st_ino);
    say("up", chdir(".."));
    cwd("where");
    fd = open_within("to", RESOLVE_NO_XDEV);
    say("no crossing", fd);
    fd = open_within("to/d", 0);
    say("crossing", fd);
    close(fd);
    fd = open("to", O_PATH | O_DIRECTORY);
    say("within", faccessat(fd, "d", F_OK, 0));
    say("fd cwd", fchdir(fd));
    cwd("where");
    chdir(base);
    close(fd);

    make("cover", "covered");
    say("a file", mount("single", "cover", "", MS_BIND, ""));
    char text[20] = "";
    fd = open("cover", O_RDONLY);
    printf("%d [%s]\n", (int)read(fd, text, sizeof text), text);
    snprintf(text, sizeof text, "/proc/self/fd/%d", fd);
    char link[300] = "";
    printf("%d %s\n", readlink(text, link, sizeof link) > 0, link + strlen(base));
    close(fd);
    show("file");
    say("unlink", unlink("cover"));
    say("unlink its source", unlink("single"));
    say("rename onto", rename("from/in/renamed", "cover"));
    say("rmdir", rmdir("to"));
    say("rename", rename("to", "to2"));
    say("away", umount("cover"));
    say("unlink", unlink("cover"));
    say("a folder on a file", mount("from", "from/in/renamed", NULL, MS_BIND, NULL));
    say("a file on a folder", mount("from/in/renamed", "from", NULL, MS_BIND, NULL));
    say("nothing", mount("nothing", "from", NULL, MS_BIND, NULL));
    say("no source", mount(NULL, "from", NULL, MS_BIND, NULL));
    say("an empty source", mount("", "from", NULL, MS_BIND, NULL));
    say("away", umount("to"));
}

static void trees(void) {
    mkdir("tree", 0755), mkdir("copy", 0755);
    say("tree", mount("t", "tree", "tmpfs", 0, "size=1m"));
    mkdir("tree/a", 0755), mkdir("tree/b", 0755), mkdir("tree/a/deep", 0755);
    say("a", mount("a", "tree/a", "tmpfs", MS_NODEV, "size=8k"));
    make("tree/a/file", "");
    say("b", mount("b", "tree/b", "tmpfs", 0, "size=16k"));
    say("flat copy", mount("tree", "copy", NULL, MS_BIND, NULL));
    say("in it", access("copy/a/file", F_OK));
    say("below", access("copy/a/deep", F_OK));
    show("flat");
    say("a mount point by another way", rmdir("copy/b"));
    say("away", umount("copy"));
    say("unbindable", mount(NULL, "tree/b", NULL, MS_UNBINDABLE, NULL));
    say("bind it", mount("tree/b", "copy", NULL, MS_BIND, NULL));
    say("deep copy", mount("tree", "copy", NULL, MS_BIND | MS_REC, NULL));
    say("in it", access("copy/a/file", F_OK));
    show("deep");
    say("rename of a folder above", rename("tree", "tree2"));
    say("all at once", umount2("copy", MNT_DETACH));
    say("slaves", mount(NULL, "tree", NULL, MS_SLAVE | MS_REC, NULL));
    say("bindable", mount(NULL, "tree", NULL, MS_PRIVATE | MS_REC, NULL));
    say("two ways", mount(NULL, "tree", NULL, MS_PRIVATE | MS_SLAVE, NULL));
    say("of a folder", mount(NULL, "copy", NULL, MS_PRIVATE, NULL));
    say("and more", mount(NULL, "tree", NULL, MS_PRIVATE | MS_RDONLY, NULL));
    show("private");

    say("move", mount("tree", "copy", NULL, MS_MOVE, NULL));
    show("moved");
    say("what was below", access("tree/a", F_OK));
    say("into itself", mount("copy", "copy/a", NULL, MS_MOVE, NULL));
    say("a folder", mount("from", "copy/a", NULL, MS_MOVE, NULL));
    make("plain file", "");
    say("onto a file", mount("copy", "plain file", NULL, MS_MOVE, NULL));
    say("nothing", mount("nothing", "tree", NULL, MS_MOVE, NULL));
    say("no source", mount(NULL, "tree", NULL, MS_MOVE, NULL));
    say("busy", umount("copy"));
    say("b", umount("copy/b"));
    say("a", umount("copy/a"));
    say("renamed above", mkdir("above", 0755) || mkdir("above/at", 0755) || mount("copy", "above/at", NULL, MS_MOVE, NULL) ? -1 : rename("above", "beyond"));
    show("renamed");
    say("away", umount("beyond/at"));
}

int main(void) {
    begin();
    binds();
    trees();
    end();
    return 0;
}
