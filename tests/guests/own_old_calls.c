// System calls that later ones replaced, as old programs and libraries make them: getdents, utime, utimes, futimesat and
// others, by their numbers; and fchmodat2, which is too new for most libraries.
// kind: static
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

static const char *error(long answer) { return answer < 0 ? strerrorname_np(errno) : "ok"; }

struct old_entry {
    unsigned long ino, next;
    unsigned short len;
    char name[];
};

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// Lists a folder with a buffer of this size; "many" counts the calls that gave something.
static void list(const char *path, size_t room) {
    int fd = open(path, O_RDONLY | O_DIRECTORY), calls = 0, count = 0, wrong = 0;
    char *lines[64], *buffer = malloc(room);
    long n;
    unsigned long last = 0;
    while ((n = syscall(SYS_getdents, fd, buffer, room)) > 0) {
        calls++;
        for (long at = 0; at < n;) {
            struct old_entry *entry = (void *)(buffer + at);
            struct stat is;
            int type = (unsigned char)buffer[at + entry->len - 1];
            wrong += entry->len % 8 != 0 || entry->len < 20 + strlen(entry->name) || at + entry->len > n;
            wrong += fstatat(fd, entry->name, &is, AT_SYMLINK_NOFOLLOW) != 0 || (type != 0 && type != (is.st_mode >> 12 & 15));
            if (strcmp(entry->name, "..")) wrong += is.st_ino != entry->ino;
            wrong += entry->next == last;
            last = entry->next;
            if (asprintf(&lines[count++], "%s %d", entry->name, type) < 0) abort();
            at += entry->len;
        }
    }
    qsort(lines, count, sizeof lines[0], by_name);
    printf("%zu bytes at a time: end %s, %s, %d wrong\n", room, error(n), calls > 1 ? "many" : "one", wrong);
    for (int i = 0; i < count; i++) printf("  %s\n", lines[i]);
    close(fd);
    free(buffer);
}

static void directories(void) {
    const char *const names[] = {"a", "ab", "abc", "abcd", "abcde", "abcdef", "a name of thirty characters..", "abcdefgh"};
    mkdir("list", 0755);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[64];
        snprintf(path, sizeof path, "list/%s", names[i]);
        if (i % 3 == 0) close(open(path, O_CREAT | O_WRONLY, 0644));
        if (i % 3 == 1) mkdir(path, 0755);
        if (i % 3 == 2 && symlink("a", path)) abort();
    }
    list("list", 4096);
    list("list", 64);
    char buffer[64];
    int fd = open("list", O_RDONLY), file = open("list/a", O_RDONLY);
    printf("too small %s\n", error(syscall(SYS_getdents, fd, buffer, 10)));
    printf("no folder %s\n", error(syscall(SYS_getdents, file, buffer, sizeof buffer)));
    printf("no buffer %s\n", error(syscall(SYS_getdents, fd, 8L, 4096)));
    printf("no descriptor %s\n", error(syscall(SYS_getdents, -1, buffer, sizeof buffer)));
    close(fd), close(file);
}

static void show_times(const char *what, long answer, const char *path) {
    struct stat is;
    memset(&is, 0, sizeof is);
    const char *said = error(answer);
    lstat(path, &is);
    printf("%s: %s, %ld.%09ld %ld.%09ld\n", what, said, is.st_atim.tv_sec, is.st_atim.tv_nsec, is.st_mtim.tv_sec, is.st_mtim.tv_nsec);
}

static void times(void) {
    const struct utimbuf seconds = {1000000000, 1111111111};
    const struct timeval micros[2] = {{1200000000, 123456}, {1300000000, 999999}}, too_many[2] = {{1, 0}, {2, 1000000}};
    const struct timeval negative[2] = {{1, -1}, {2, 0}};
    close(open("file", O_CREAT | O_WRONLY, 0644));
    if (symlink("file", "link")) abort();
    show_times("utime", syscall(SYS_utime, "file", &seconds), "file");
    show_times("utimes", syscall(SYS_utimes, "file", micros), "file");
    show_times("too many microseconds", syscall(SYS_utimes, "file", too_many), "file");
    show_times("negative microseconds", syscall(SYS_utimes, "file", negative), "file");
    show_times("through a link", syscall(SYS_utime, "link", &seconds), "file");
    int folder = open(".", O_RDONLY), file = open("file", O_RDONLY);
    show_times("below a folder", syscall(SYS_futimesat, folder, "file", micros), "file");
    show_times("of a descriptor", syscall(SYS_futimesat, file, 0L, (struct timeval[]){{5, 6}, {7, 8}}), "file");
    show_times("no path", syscall(SYS_futimesat, AT_FDCWD, 0L, micros), "file");
    show_times("no such file", syscall(SYS_utime, "none", &seconds), "file");
    show_times("not a folder", syscall(SYS_futimesat, file, "file", micros), "file");
    show_times("bad times", syscall(SYS_utimes, "file", 8L), "file");
    time_t before = time(0) - 1;
    long answer = syscall(SYS_utime, "file", 0L);
    struct stat is;
    stat("file", &is);
    printf("now: %ld %d\n", answer, is.st_mtime >= before && is.st_atime >= before && is.st_mtime <= time(0));
    answer = syscall(SYS_utimes, "file", 0L);
    stat("file", &is);
    printf("now: %ld %d\n", answer, is.st_mtime >= before && is.st_mtime <= time(0) + 1);
    close(folder), close(file);
}

// fchmodat2(2), and what comes to the same on a Linux from before 6.6.
static int change_mode(int folder, const char *path, int mode, int flags) {
    int answer = syscall(452, folder, path, mode, flags);
    return answer < 0 && errno == ENOSYS ? fchmodat(folder, path, mode, flags) : answer;
}

static void modes(void) {
    struct stat is;
    int folder = open(".", O_RDONLY);
    printf("fchmodat2 %s\n", error(change_mode(folder, "file", 0640, 0)));
    stat("file", &is);
    printf("mode %o\n", is.st_mode & 07777);
    printf("of a link %s\n", error(change_mode(folder, "link", 0600, AT_SYMLINK_NOFOLLOW)));
    printf("not of a link %s\n", error(change_mode(folder, "file", 0604, AT_SYMLINK_NOFOLLOW)));
    stat("file", &is);
    printf("mode %o\n", is.st_mode & 07777);
    printf("unknown flag %s\n", error(change_mode(folder, "file", 0600, 1 << 20)));
    close(folder);
}

static void others(void) {
    int ends[2];
    printf("pipe %s\n", error(syscall(SYS_pipe, ends)));
    int fd = syscall(SYS_creat, "made", 0600);
    printf("creat %s dup2 %s\n", error(fd), error(syscall(SYS_dup2, fd, 9)));
    printf("access %s %s\n", error(syscall(SYS_access, "made", R_OK)), error(syscall(SYS_access, "unmade", R_OK)));
    printf("rename %s, ", error(syscall(SYS_rename, "made", "new")));
    printf("unlink %s, ", error(syscall(SYS_unlink, "new")));
    printf("mkdir %s, ", error(syscall(SYS_mkdir, "d", 0700)));
    printf("rmdir %s\n", error(syscall(SYS_rmdir, "d")));
    struct timeval none = {0, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    printf("select %ld\n", syscall(SYS_select, ends[0] + 1, &set, 0L, 0L, &none));
    printf("alarm %ld, ", syscall(SYS_alarm, 100));
    printf("alarm %d\n", syscall(SYS_alarm, 0) > 98);
    printf("epoll_create %s eventfd %s inotify_init %s\n", error(syscall(SYS_epoll_create, 1)), error(syscall(SYS_eventfd, 0)),
           error(syscall(SYS_inotify_init)));
    printf("time %d\n", labs(syscall(SYS_time, 0L) - time(0)) < 2);
}

int main(void) {
    setvbuf(stdout, 0, _IOLBF, 0);
    directories();
    times();
    modes();
    others();
    return 0;
}
