// kind: pie
// What statx(2) says beyond stat(2): when a file was made, which mount shows it, and whether it is that mount's root.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASKED (STATX_BASIC_STATS | STATX_BTIME | 0x1000)

static long long nanos(struct statx_timestamp time) { return time.tv_sec * 1000000000LL + time.tv_nsec; }

// The number of the mount that mountinfo lists last at a place.
static unsigned long mount_at(const char *place) {
    char line[4096], at[1024];
    unsigned long id, found = 0;
    FILE *info = fopen("/proc/self/mountinfo", "r");
    while (fgets(line, sizeof line, info))
        if (sscanf(line, "%lu %*d %*s %*s %1023s", &id, at) == 2 && !strcmp(at, place))
            found = id;
    fclose(info);
    return found;
}

static void show_mount(const char *path, const char *place) {
    struct statx of;
    if (statx(AT_FDCWD, path, 0, ASKED, &of))
        printf("%s: no statx\n", path);
    else
        printf("%s: mount known %d, as in mountinfo %d, its root %d, known to be or not %d\n", path, (of.stx_mask & 0x1000) != 0,
               of.stx_mnt_id == mount_at(place), (of.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
               (of.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0);
}

int main(void) {
    char name[] = "/tmp/statx_moreXXXXXX";
    int fd = mkstemp(name);
    struct statx made, later, open_one;
    printf("statx %d\n", statx(AT_FDCWD, name, 0, ASKED, &made));
    printf("birth known %d, is the first change %d\n", (made.stx_mask & STATX_BTIME) != 0, nanos(made.stx_btime) == nanos(made.stx_ctime));
    usleep(20000);
    write(fd, "text", 4);
    chmod(name, 0640);
    statx(AT_FDCWD, name, 0, ASKED, &later);
    printf("birth stays %d, was before the change %d\n", nanos(later.stx_btime) == nanos(made.stx_btime), nanos(later.stx_btime) < nanos(later.stx_ctime));
    statx(fd, "", AT_EMPTY_PATH, ASKED, &open_one);
    printf("by descriptor: birth the same %d, mount the same %d\n", nanos(open_one.stx_btime) == nanos(made.stx_btime), open_one.stx_mnt_id == made.stx_mnt_id);
    struct timespec times[2] = {{1, 0}, {2, 0}};
    utimensat(AT_FDCWD, name, times, 0);
    statx(AT_FDCWD, name, 0, ASKED, &later);
    printf("set times leave it %d\n", nanos(later.stx_btime) == nanos(made.stx_btime));
    statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, &later);
    printf("nobody asked: %lld\n", nanos(later.stx_btime));
    unlink(name);

    int ends[2];
    pipe(ends);
    statx(ends[0], "", AT_EMPTY_PATH, ASKED, &later);
    printf("a pipe's birth %d, is a root %d\n", (later.stx_mask & STATX_BTIME) != 0, (later.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
    statx(AT_FDCWD, "/proc/self/status", 0, ASKED, &later);
    printf("of /proc %d\n", (later.stx_mask & STATX_BTIME) != 0);

    int root = open("/", O_RDONLY | O_DIRECTORY);
    statx(root, "", AT_EMPTY_PATH, ASKED, &later);
    printf("/ by descriptor: its mount's root %d\n", (later.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
    show_mount("/", "/");
    show_mount("/..", "/");
    show_mount("/proc", "/proc");
    show_mount("/proc/self", "/proc");
    return 0;
}
