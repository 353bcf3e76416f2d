// kind: pie
// inotify: what happens to files and directories is told, in the order of each watch.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int in;

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static void drain(const char *what) {
    char buf[8192] __attribute__((aligned(8)));
    ssize_t n = read(in, buf, sizeof buf);
    printf("%s:\n", what);
    unsigned cookie = 0;
    // The order of different watches' events is not compared.
    for (int watch = 0; watch < 10; watch++) {
        for (char *at = buf; n > 0 && at < buf + n;) {
        struct inotify_event *event = (void *)at;
        at += sizeof *event + event->len;
        if (event->wd != watch)
            continue;
        printf("  %d %08x %s len %u%s\n", event->wd, event->mask, event->len ? event->name : "-", event->len,
               !event->cookie ? "" : cookie == event->cookie ? " same cookie" : " cookie");
        cookie = event->cookie;
        }
    }
}

static void *later(void *name) {
    usleep(30000);
    close(open(name, O_CREAT | O_WRONLY, 0600));
    return NULL;
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX", buf[100];
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    say("bad flags", inotify_init1(1));
    say("nothing asked", inotify_add_watch(in, ".", 0));
    say("no file", inotify_add_watch(in, "none", IN_OPEN));
    say("not inotify", inotify_add_watch(0, ".", IN_OPEN));
    say("folder", inotify_add_watch(in, ".", IN_ALL_EVENTS));
    say("empty", read(in, buf, sizeof buf));
    int fd = open("file", O_CREAT | O_RDWR, 0600);
    drain("create");
    (void)!write(fd, "hello", 5);
    (void)!write(fd, "again", 5);
    drain("write twice");
    (void)!pread(fd, buf, 5, 0);
    (void)!ftruncate(fd, 3);
    fchmod(fd, 0644);
    drain("read, truncate, chmod");
    say("file", inotify_add_watch(in, "file", IN_MODIFY | IN_CLOSE | IN_DELETE_SELF | IN_MOVE_SELF));
    say("only dir", inotify_add_watch(in, "file", IN_OPEN | IN_ONLYDIR));
    say("again", inotify_add_watch(in, "file", IN_OPEN | IN_MASK_ADD));
    say("create mask", inotify_add_watch(in, "file", IN_OPEN | IN_MASK_CREATE));
    (void)!write(fd, "x", 1);
    close(fd);
    drain("write, close");
    close(open("file", O_RDONLY));
    drain("open, close");
    mkdir("sub", 0700);
    rename("file", "sub/other");
    rename("sub/other", "back");
    drain("moves");
    (void)!symlink("back", "link");
    (void)!link("back", "second");
    mkfifo("fifo", 0600);
    drain("new names");
    unlink("second");
    unlink("link");
    unlink("fifo");
    drain("unlinks");
    unlink("back");
    drain("last name");
    rmdir("sub");
    drain("rmdir");
    say("gone watch", inotify_rm_watch(in, 2));

    fd = open("kept", O_CREAT | O_RDWR, 0600);
    say("kept", inotify_add_watch(in, "kept", IN_DELETE_SELF));
    drain("made");
    unlink("kept");
    drain("unlinked while open");
    close(fd);
    drain("closed");

    say("remove", inotify_rm_watch(in, 1));
    drain("removed");
    say("once", inotify_add_watch(in, ".", IN_CREATE | IN_ONESHOT));
    close(open("one", O_CREAT | O_WRONLY, 0600));
    close(open("two", O_CREAT | O_WRONLY, 0600));
    drain("one shot");
    // As GLib asks: with events that need not be asked for.
    say("unmount", inotify_add_watch(in, ".", IN_UNMOUNT | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR));
    mkdir("made", 0700);
    rename("made", "moved");
    rmdir("moved");
    drain("moved to");
    say("no events", inotify_add_watch(in, ".", IN_ISDIR | IN_IGNORED | IN_Q_OVERFLOW));
    mkdir("made", 0700);
    rmdir("made");
    drain("none of them");
    say("add to none", inotify_add_watch(in, ".", IN_DELETE | IN_MASK_ADD));
    mkdir("made", 0700);
    rmdir("made");
    drain("deleted");
    say("unknown event", inotify_add_watch(in, ".", IN_CREATE | 0x1000));
    say("unknown flag", inotify_add_watch(in, ".", IN_CREATE | 0x800000));
    int pending;
    say("folder", inotify_add_watch(in, ".", IN_CREATE));
    struct pollfd poll_in = {in, POLLIN, 0};
    say("poll before", poll(&poll_in, 1, 0));
    close(open("three", O_CREAT | O_WRONLY, 0600));
    say("poll after", poll(&poll_in, 1, 0));
    say("fionread", ioctl(in, FIONREAD, &pending));
    printf("pending %d\n", pending);
    say("small buffer", read(in, buf, 20));
    drain("three");
    fcntl(in, F_SETFL, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, later, "four");
    drain("waited");
    pthread_join(thread, NULL);
    unlink("one"), unlink("two"), unlink("three"), unlink("four"), chdir("/"), rmdir(folder);
    return 0;
}
