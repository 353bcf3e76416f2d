// kind: pie
// Extended attributes of files in memory.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

int main(void) {
    char folder[] = "/dev/shm/osvrun-XXXXXX", buf[200], *big = calloc(1, 70000);
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    int fd = open("f", O_CREAT | O_RDWR, 0644);
    (void)!symlink("f", "link");
    (void)!mkfifo("fifo", 0644);
    say("get none", getxattr("f", "trusted.a", buf, sizeof buf));
    say("set", setxattr("f", "trusted.a", "value", 5, 0));
    say("get", getxattr("f", "trusted.a", buf, sizeof buf));
    printf("%.5s\n", buf);
    say("length", fgetxattr(fd, "trusted.a", NULL, 0));
    say("short buffer", fgetxattr(fd, "trusted.a", buf, 2));
    say("create", setxattr("f", "trusted.a", "x", 1, XATTR_CREATE));
    say("replace", setxattr("f", "trusted.a", "x", 1, XATTR_REPLACE));
    say("replace none", fsetxattr(fd, "trusted.b", "x", 1, XATTR_REPLACE));
    say("create new", fsetxattr(fd, "trusted.b", "", 0, XATTR_CREATE));
    say("list", listxattr("link", buf, sizeof buf));
    int a = 0, b = 0;
    for (char *name = buf; name < buf + 20; name += strlen(name) + 1) {
        a += !strcmp(name, "trusted.a");
        b += !strcmp(name, "trusted.b");
    }
    printf("names %d %d\n", a, b);
    say("list length", flistxattr(fd, NULL, 0));
    say("list short", flistxattr(fd, buf, 3));
    say("link itself", llistxattr("link", buf, sizeof buf));
    say("through link", getxattr("link", "trusted.a", buf, sizeof buf));
    say("not through", lgetxattr("link", "trusted.a", buf, sizeof buf));
    say("link's own", lsetxattr("link", "trusted.c", "v", 1, 0));
    say("remove", removexattr("f", "trusted.a"));
    say("remove again", removexattr("f", "trusted.a"));
    say("fifo user", setxattr("fifo", "user.a", "v", 1, 0));
    say("fifo trusted", setxattr("fifo", "trusted.a", "v", 1, 0));
    say("no class", setxattr("f", "plain", "v", 1, 0));
    say("odd class", setxattr("f", "odd.a", "v", 1, 0));
    say("empty name", setxattr("f", "", "v", 1, 0));
    say("too big", setxattr("f", "trusted.big", big, 70000, 0));
    say("bad flags", setxattr("f", "trusted.d", "v", 1, 8));
    say("no file", getxattr("none", "trusted.a", buf, sizeof buf));
    say("bad fd", fgetxattr(99, "trusted.a", buf, sizeof buf));
    say("bad pointer", setxattr("f", "trusted.e", (void *)8, 4, 0));
    unlink("f"), unlink("link"), unlink("fifo"), chdir("/"), rmdir(folder);
    return 0;
}
