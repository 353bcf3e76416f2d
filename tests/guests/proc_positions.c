// kind: so static
// Where lseek(2) goes in files and folders of /proc, /sys and a file system in memory, and what splice(2) and sendfile(2)
// read there.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

static void show(long got) {
    if (got < 0)
        printf(" %s", strerrorname_np(errno));
    else
        printf(" %ld", got);
}

static void places(const char *path, int flags) {
    char byte;
    int fd = open(path, O_RDONLY | flags);
    printf("%s:", path);
    if (fd < 0) {
        show(-1);
        puts("");
        return;
    }
    show(lseek(fd, 0, SEEK_END));
    show(lseek(fd, 5, SEEK_SET));
    show(lseek(fd, -1000000, SEEK_CUR));
    show(lseek(fd, 3, SEEK_DATA));
    show(lseek(fd, 3, SEEK_HOLE));
    show(lseek(fd, 1L << 40, SEEK_SET));
    show(lseek(fd, -1, SEEK_SET));
    show(lseek(fd, 2, SEEK_SET));
    show(lseek(fd, 1, SEEK_CUR));
    show(lseek(fd, 0, 99));
    if (!(flags & O_DIRECTORY)) {
        lseek(fd, 1L << 30, SEEK_SET);
        show(read(fd, &byte, 1));
    }
    puts("");
    close(fd);
}

// Says whether something is read and where the file is then; the same at an offset; the same by sendfile(2).
static void moved(const char *path) {
    int fd = open(path, O_RDONLY), ends[2], null = open("/dev/null", O_WRONLY);
    long at = 1;
    if (pipe(ends))
        return;
    printf("%s:", path);
    show(splice(fd, 0, ends[1], 0, 2, 0));
    show(lseek(fd, 0, SEEK_CUR));
    show(splice(fd, &at, ends[1], 0, 1, 0));
    show(at);
    lseek(fd, 0, SEEK_SET);
    show(sendfile(null, fd, 0, 2));
    show(lseek(fd, 0, SEEK_CUR));
    puts("");
    close(fd);
    close(null);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    static const char *files[] = {
        "/proc/self/status", "/proc/self/maps", "/proc/self/stat", "/proc/self/cmdline", "/proc/self/environ",
        "/proc/self/auxv", "/proc/self/comm", "/proc/self/oom_score_adj", "/proc/self/mounts", "/proc/self/fdinfo/0",
        "/proc/cpuinfo", "/proc/meminfo", "/proc/version", "/proc/stat", "/proc/uptime", "/proc/net/tcp",
        "/proc/sys/kernel/hostname", "/proc/sys/kernel/osrelease", "/sys/devices/system/cpu/online"};
    static const char *folders[] = {"/proc", "/proc/self", "/proc/self/task", "/proc/self/fd", "/proc/sys", "/sys",
                                    "/sys/devices", "/dev/shm"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        places(files[i], 0);
    for (unsigned i = 0; i < sizeof folders / sizeof *folders; i++)
        places(folders[i], O_DIRECTORY);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        moved(files[i]);
    return 0;
}
