// kind: so pie
// mount(2) of file systems in memory and of what the kernel shows: options, flags, what they keep from happening.
#define _GNU_SOURCE
#include "mounting.h"
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

extern char **environ;

static void bounds(void) {
    struct stat st;
    struct statfs fs;
    mkdir("small", 0755);
    say("small", mount("named", "small", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,nr_inodes=8,mode=0750,uid=5,gid=6"));
    stat("small", &st);
    printf("root %o %d %d\n", st.st_mode, st.st_uid, st.st_gid);
    statfs("small", &fs);
    printf("%lx %ld blocks of %ld, %ld free, %ld files\n", (long)fs.f_type, (long)fs.f_blocks, (long)fs.f_bsize, (long)fs.f_bfree, (long)fs.f_files);
    show("small");

    char piece[10000] = "";
    long total = 0;
    int fd = open("small/full", O_CREAT | O_RDWR, 0600);
    ssize_t n;
    while ((n = write(fd, piece, sizeof piece)) > 0) total += n;
    printf("%ld bytes, then %s\n", total, name_of(errno));
    say("past the end", pwrite(fd, "x", 1, 1 << 20));
    say("in the middle", pwrite(fd, "x", 1, 100));
    statfs("small", &fs);
    printf("%ld free\n", (long)fs.f_bfree);
    say("shorter", ftruncate(fd, 4096));
    statfs("small", &fs);
    printf("%ld free\n", (long)fs.f_bfree);
    say("remount too small", mount(NULL, "small", NULL, MS_REMOUNT, "size=0k,nr_inodes=1"));
    say("remount larger", mount(NULL, "small", NULL, MS_REMOUNT, "size=128k"));
    show("larger");
    close(fd);
    say("unlink", unlink("small/full"));
    int made = 0;
    char name[40];
    for (;; made++) {
        snprintf(name, sizeof name, "small/f%d", made);
        if ((fd = open(name, O_CREAT | O_WRONLY, 0600)) < 0) break;
        close(fd);
    }
    printf("%d files, then %s\n", made, name_of(errno));
    say("directory", mkdir("small/d", 0700));
    say("one less", unlink("small/f0"));
    say("directory", mkdir("small/d", 0700));
    say("away", umount("small"));
    stat("small", &st);
    printf("below %o\n", st.st_mode);
}

static void flags(void) {
    struct statvfs vfs;
    mkdir("plain", 0755);
    say("plain", mount("none", "plain", "tmpfs", MS_NOEXEC | MS_NODEV | MS_NOSUID | MS_NOATIME, NULL));
    statvfs("plain", &vfs);
    printf("flags %lx\n", vfs.f_flag);
    show("plain");
    make("plain/script", "#!/bin/true\n");
    chmod("plain/script", 0755);
    char *args[] = {"script", NULL};
    say("execute", execve("plain/script", args, environ));
    say("may read", access("plain/script", R_OK));
    say("may execute", access("plain/script", X_OK));
    int fd = open("plain/script", O_RDONLY);
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    printf("map for execution: %s\n", at == MAP_FAILED ? name_of(errno) : "ok");
    at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    printf("map: %s\n", at == MAP_FAILED ? name_of(errno) : "ok");
    say("protect", mprotect(at, 4096, PROT_READ | PROT_EXEC));
    munmap(at, 4096);
    close(fd);
    say("device", mknod("plain/null", S_IFCHR | 0666, makedev(1, 3)));
    say("open it", open("plain/null", O_RDONLY));
    symlink("script", "plain/link");
    fd = say("follow", open("plain/link", O_RDONLY));
    close(fd);
    say("remount", mount(NULL, "plain", NULL, MS_REMOUNT | MS_BIND | 256, NULL));
    show("remounted");
    say("follow", open("plain/link", O_RDONLY));
    fd = say("open device", open("plain/null", O_WRONLY));
    close(fd);
    say("lstat", readlink("plain/link", (char[40]){0}, 40));
    say("remount as usual", mount(NULL, "plain", NULL, MS_REMOUNT | MS_STRICTATIME | MS_NODIRATIME, NULL));
    show("as usual");
    statvfs("plain", &vfs);
    printf("flags %lx\n", vfs.f_flag);
    say("remount sync", mount(NULL, "plain", NULL, MS_REMOUNT | MS_SYNCHRONOUS, NULL));
    show("sync");
    say("with the old mark", mount(NULL, "plain", NULL, 0xc0ed0000 | MS_REMOUNT | MS_RELATIME, NULL));
    show("old mark");
}

static void read_only(void) {
    struct statvfs vfs;
    struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    make("plain/kept", "text");
    mkdir("plain/dir", 0755);
    mkfifo("plain/fifo", 0600);
    int fd = open("plain/kept", O_RDWR);
    say("read-only while written", mount(NULL, "plain", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    say("bound so while written", mount(NULL, "plain", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
    close(fd);
    int read_fd = open("plain/kept", O_RDONLY);
    say("read-only", mount(NULL, "plain", NULL, MS_REMOUNT | MS_RDONLY, NULL));
    show("read-only");
    statvfs("plain", &vfs);
    printf("flags %lx\n", vfs.f_flag);
    say("mkdir", mkdir("plain/new", 0755));
    say("mkdir of what is there", mkdir("plain/dir", 0755));
    say("create", open("plain/new", O_CREAT | O_WRONLY, 0600));
    say("unnamed", open("plain", O_TMPFILE | O_RDWR, 0600));
    say("open for writing", open("plain/kept", O_WRONLY));
    say("truncating", open("plain/kept", O_RDONLY | O_TRUNC));
    say("create what is there", close(open("plain/kept", O_RDONLY | O_CREAT, 0600)));
    say("fifo", close(open("plain/fifo", O_RDWR)));
    say("may write", access("plain/kept", W_OK));
    say("may write the fifo", access("plain/fifo", W_OK));
    say("unlink", unlink("plain/kept"));
    say("unlink what is not there", unlink("plain/none"));
    say("rmdir", rmdir("plain/dir"));
    say("symlink", symlink("x", "plain/new"));
    say("link", link("plain/kept", "plain/new"));
    say("rename", rename("plain/kept", "plain/new"));
    say("mknod", mknod("plain/new", S_IFREG | 0600, 0));
    say("chmod", chmod("plain/kept", 0600));
    say("fchmod", fchmod(read_fd, 0600));
    say("chown", chown("plain/kept", 1, 1));
    say("fchown", fchown(read_fd, 1, 1));
    say("utimens", utimensat(AT_FDCWD, "plain/kept", now, 0));
    say("futimens", futimens(read_fd, now));
    say("truncate", truncate("plain/kept", 1));
    say("setxattr", setxattr("plain/kept", "user.a", "b", 1, 0));
    say("fremovexattr", fremovexattr(read_fd, "user.a"));
    char text[10] = "";
    say("read", read(read_fd, text, sizeof text));
    printf("[%s]\n", text);
    close(read_fd);
    say("writable again", mount(NULL, "plain", NULL, MS_REMOUNT, NULL));
    say("mkdir", mkdir("plain/new", 0755));
    say("away", umount("plain"));
    say("read-only from the start", mount("none", "plain", "tmpfs", MS_RDONLY, ""));
    say("mkdir", mkdir("plain/new", 0755));
    show("so");
    say("by an option", umount("plain") ? -1 : mount("none", "plain", "tmpfs", 0, "ro,mode=700"));
    say("mkdir", mkdir("plain/new", 0755));
    show("by an option");
    say("away", umount("plain"));
}

static void kinds(void) {
    struct stat st;
    mkdir("at", 0755);
    make("file", "");
    say("proc", mount("a process", "at", "proc", MS_NOSUID, NULL));
    say("stat", stat("at/self/status", &st));
    say("in proc", mkdir("at/x", 0755));
    say("away", umount("at"));
    say("proc with what", mount("proc", "at", "proc", 0, "what=1"));
    say("sysfs", mount("sysfs", "at", "sysfs", 0, NULL));
    say("cpus", stat("at/devices/system/cpu/online", &st));
    say("twice", mount("sysfs", "at", "sysfs", 0, NULL));
    say("another over it", mount(NULL, "at", "ramfs", 0, NULL));
    show("over");
    say("away", umount("at"));
    say("away", umount("at"));
    say("away", umount("at"));
    say("devtmpfs", mount("dev", "at", "devtmpfs", 0, NULL));
    int fd = say("null", open("at/null", O_RDWR));
    close(fd);
    say("away", umount("at"));
    say("unknown", mount("none", "at", "no such kind", 0, NULL));
    say("none", mount("none", "at", NULL, 0, NULL));
    say("on a file", mount("none", "file", "tmpfs", 0, NULL));
    say("on nothing", mount("none", "nothing", "tmpfs", 0, NULL));
    say("below a file", mount("none", "file/x", "tmpfs", 0, NULL));
    say("unknown on nothing", mount("none", "nothing", "no such kind", 0, NULL));
    say("bad target", mount("none", (char *)8, "tmpfs", 0, NULL));
    say("bad source", mount((char *)8, "at", "tmpfs", 0, NULL));
    say("bad kind", mount("none", "at", (char *)8, 0, NULL));
    say("bad data", mount("none", "at", "tmpfs", 0, (char *)8));
    static const char *const wrong[] = {"what", "size=x", "size=", "mode=9", "uid=a", "nr_inodes=5%", "size"};
    for (int i = 0; i < 7; i++) say(wrong[i], mount("none", "at", "tmpfs", 0, wrong[i]));
    say("half of it", mount("a b\\", "at", "tmpfs", 0, "size=50%,,nr_blocks=100,nr_inodes=1k"));
    show("blanks");
    say("remount of no mount", mount(NULL, "at/..", NULL, MS_REMOUNT, NULL));
    say("remount of the folder's own", mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND, NULL));
    mkdir("at/d", 0755);
    say("remount of a folder in it", mount(NULL, "at/d", NULL, MS_REMOUNT, NULL));
    say("the kernel's flag", mount(NULL, "at", NULL, MS_REMOUNT | 1u << 31, NULL));
    say("away", umount("at"));
}

int main(void) {
    begin();
    bounds();
    flags();
    read_only();
    kinds();
    end();
    return 0;
}
