// kind: so pie
// What /proc/self/fdinfo says of those who watch: epoll(7) and inotify(7); and of event counters.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void is_of(int fd, unsigned long ino, unsigned long device) {
    struct stat is;
    fstat(fd, &is);
    unsigned long expected = (unsigned long)major(is.st_dev) << 20 | minor(is.st_dev);
    printf(" %s %s\n", ino == is.st_ino ? "its inode" : "another inode", device == expected ? "its device" : "another device");
}

/// Prints the lines that begin with a word, with what is not the same each time compared with the file's own.
static void lines(const char *what, int fd, const char *word, int watched) {
    char name[60], line[400];
    printf("%s\n", what);
    sprintf(name, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(name, "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, word, strlen(word))) continue;
        char *from = strstr(line, " ino:");
        unsigned long ino, device;
        if (!from) {
            printf("  %s", line);
        } else if (sscanf(from, " ino:%lx sdev:%lx", &ino, &device) == 2) {
            char *rest = strstr(strstr(from, "sdev:"), " "), *handle = strstr(line, " fhandle");
            if (handle) *handle = 0;
            *from = 0;
            printf("  %s%s", line, rest ? rest : "");
            is_of(watched, ino, device);
        }
    }
    if (file) fclose(file);
}

int main(void) {
    int ends[2], epoll = epoll_create1(0), outer = epoll_create1(0), event = eventfd(7, 0), other = eventfd(0, EFD_SEMAPHORE);
    if (pipe(ends)) return 1;
    lines("nothing", epoll, "tfd", 0);
    struct epoll_event wanted = {EPOLLIN | EPOLLET, {.u64 = 0xdeadbeef12}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &wanted);
    lines("a pipe", epoll, "tfd", ends[0]);
    wanted = (struct epoll_event){EPOLLONESHOT | EPOLLPRI, {.u64 = -1}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, ends[0], &wanted);
    lines("changed", epoll, "tfd", ends[0]);
    close(ends[1]);
    epoll_wait(epoll, &wanted, 1, 0);
    lines("told once", epoll, "tfd", ends[0]);
    epoll_ctl(epoll, EPOLL_CTL_DEL, ends[0], &wanted);
    lines("taken off", epoll, "tfd", ends[0]);
    wanted = (struct epoll_event){0, {.fd = 5}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &wanted);
    lines("asked for nothing", epoll, "tfd", ends[0]);
    int told = epoll_wait(epoll, &wanted, 1, 0);
    printf("told of its end: %d %x\n", told, wanted.events & EPOLLHUP);
    epoll_ctl(outer, EPOLL_CTL_ADD, epoll, &wanted);
    lines("another epoll", outer, "tfd", epoll);

    lines("a counter", event, "eventfd-count", 0);
    lines("its kind", event, "eventfd-semaphore", 0);
    lines("the other's", other, "eventfd-semaphore", 0);

    char name[] = "/tmp/osvrun-XXXXXX";
    int file = mkstemp(name), watches = inotify_init();
    lines("nothing", watches, "inotify", 0);
    inotify_add_watch(watches, name, IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_DONT_FOLLOW);
    lines("a file", watches, "inotify", file);
    inotify_add_watch(watches, name, IN_MODIFY | IN_ONESHOT);
    lines("changed", watches, "inotify", file);
    if (write(file, "x", 1) != 1) return 1;
    lines("told once", watches, "inotify", file);
    unlink(name);
    return 0;
}
