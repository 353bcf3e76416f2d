// kind: so pie
// umount2(2): when it is refused, lazily, by expiration; what is left of what was mounted; who watched is told.
#define _GNU_SOURCE
#include "mounting.h"
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>

static void again(void) { say("mounted", mount("none", "at", "tmpfs", 0, "size=1m")); }

int main(void) {
    char text[300], *page;
    begin();
    mkdir("at", 0755);
    make("file", "");
    symlink("at", "link");
    say("no mount", umount("at"));
    say("a file", umount("file"));
    say("nothing", umount("nothing"));
    say("below a file", umount("file/x"));
    say("nowhere", umount(NULL));
    say("empty", umount(""));
    memset(text, 'x', sizeof text - 1), text[sizeof text - 1] = 0;
    say("long", umount(text));
    say("flags", umount2("at", 0x100));
    again();
    say("without following", umount2("link", UMOUNT_NOFOLLOW));
    say("following", umount2("link", 0));
    again();
    say("slash", umount2("at/", UMOUNT_NOFOLLOW));

    again();
    make("at/kept", "text");
    int fd = open("at/kept", O_RDONLY);
    say("open", umount("at"));
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    say("mapped", umount("at"));
    printf("%.4s\n", page);
    munmap(page, 4096);
    say("unmapped", umount("at"));
    again();
    chdir("at");
    say("where one is", umount("../at"));
    say("dot", umount("."));
    say("over where one is", mount("none", "../at", "tmpfs", 0, NULL));
    say("dot", umount("."));
    say("dot", umount("."));
    chdir("..");
    mkdir("at/deeper", 0755);
    say("deeper", mount("none", "at/deeper", "tmpfs", 0, NULL));
    say("with one on it", umount("at"));
    say("deeper", umount("at/deeper"));
    int path = open("at/deeper", O_PATH);
    say("a place", umount("at"));
    close(path);
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {AF_UNIX, "at/socket"};
    say("bind", bind(sock, (void *)&address, sizeof address));
    say("a socket", umount("at"));
    close(sock);
    say("by force", umount2("at", MNT_FORCE));

    again();
    make("at/file", "lazily");
    fd = open("at/file", O_RDONLY);
    say("lazily", umount2("at", MNT_DETACH));
    say("gone", access("at/file", F_OK));
    printf("%d [%.6s]\n", (int)read(fd, text, sizeof text), text);
    close(fd);
    again();
    mkdir("at/inner", 0755);
    chdir("at/inner");
    say("lazily", umount2(base, MNT_EXPIRE));
    say("lazily", umount2("..", MNT_DETACH));
    say("getcwd", getcwd(text, sizeof text) ? 0 : -1);
    say("make", make("made", ""));
    say("above", access("../inner/made", F_OK));
    say("farther", access("../../../../made", F_OK));
    chdir(base);

    again();
    say("expire", umount2("at", MNT_EXPIRE));
    say("use", access("at/none", F_OK));
    say("expire", umount2("at", MNT_EXPIRE));
    say("expire", umount2("at", MNT_EXPIRE));
    again();
    say("expire by force", umount2("at", MNT_EXPIRE | MNT_FORCE));
    say("expire lazily", umount2("at", MNT_EXPIRE | MNT_DETACH));
    fd = open("at", O_RDONLY);
    say("expire in use", umount2("at", MNT_EXPIRE));
    close(fd);

    struct inotify_event *event = (void *)text;
    int watcher = inotify_init1(IN_NONBLOCK);
    int number = inotify_add_watch(watcher, "at", IN_ALL_EVENTS);
    mkdir("other", 0755);
    say("bind", mount("at", "other", NULL, MS_BIND, NULL));
    say("one place", umount("at"));
    printf("events %d\n", read(watcher, text, sizeof text) < 0 ? -errno : 1);
    say("the other", umount("other"));
    for (int n = read(watcher, text, sizeof text), at = 0; at < n; at += sizeof *event + event->len) {
        event = (void *)(text + at);
        printf("event %d %x\n", event->wd == number, event->mask);
    }
    say("no watch", inotify_rm_watch(watcher, number));
    close(watcher);
    end();
    return 0;
}
