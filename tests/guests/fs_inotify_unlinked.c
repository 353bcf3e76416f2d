// kind: pie
// IN_EXCL_UNLINK: what is done to a file by a descriptor is not told once its name is gone.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static int in;

static void drain(const char *what) {
    char bytes[4096] __attribute__((aligned(8)));
    ssize_t n = read(in, bytes, sizeof bytes);
    printf("  %s:", what);
    // The order of different watches' events is not compared.
    for (int number = 1; number < 4; number++)
        for (char *at = bytes; n > 0 && at < bytes + n;) {
            struct inotify_event *event = (void *)at;
            at += sizeof *event + event->len;
            if (event->wd == number) printf(" %d %x %s", event->wd, event->mask, event->len ? event->name : "-");
        }
    puts("");
}

static void did(ssize_t result) {
    if (result < 0) perror("it failed");
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    for (int excludes = 0; excludes < 2; excludes++) {
        unsigned mask = IN_ALL_EVENTS | (excludes ? IN_EXCL_UNLINK : 0);
        puts(excludes ? "told as long as there is a name" : "told");
        in = inotify_init1(IN_NONBLOCK);
        inotify_add_watch(in, ".", mask);
        int fd = open("file", O_RDWR | O_CREAT, 0600), reader = open("file", O_RDONLY);
        inotify_add_watch(in, "file", mask);
        drain("open");
        unlink("file");
        drain("unlink");
        char byte;
        did(write(fd, "abc", 3));
        drain("write");
        did(read(reader, &byte, 1));
        drain("read");
        did(ftruncate(fd, 1));
        drain("ftruncate");
        did(fchmod(fd, 0644));
        drain("fchmod");
        did(futimens(fd, 0));
        drain("futimens");
        did(posix_fallocate(fd, 0, 100));
        drain("posix_fallocate");
        close(reader);
        drain("close");
        close(fd);
        drain("close for good");
        close(in);
    }
    puts("other names");
    in = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(in, ".", IN_ALL_EVENTS | IN_EXCL_UNLINK);
    int fd = open("one", O_RDWR | O_CREAT, 0600);
    did(link("one", "two"));
    unlink("one");
    drain("opened by the first, which is gone");
    did(write(fd, "a", 1));
    drain("write");
    fd = open("two", O_RDWR);
    rename("two", "three");
    drain("opened by the second");
    did(write(fd, "a", 1));
    drain("write after a rename");
    int over = open("four", O_CREAT | O_RDWR, 0600);
    rename("four", "three");
    drain("another renamed over it");
    did(write(fd, "a", 1));
    drain("write to the one");
    did(write(over, "a", 1));
    drain("write to the other");
    unlink("three");
    if (chdir("/") == 0) rmdir(folder);
    return 0;
}
