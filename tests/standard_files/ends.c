// Says what standard streams are, and uses them as files.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static char *volatile nowhere = (char *)8;

static void say(const char *what, long got) {
    int error = errno;
    dprintf(2, "%s %ld%s%s\n", what, got, got < 0 ? " " : "", got < 0 ? strerrorname_np(error) : "");
}

static void describe(int fd) {
    struct stat is;
    struct pollfd look = {fd, POLLIN | POLLOUT, 0};
    struct epoll_event event = {EPOLLIN, {0}};
    char link[100], path[4096] = "";
    say("fstat", fstat(fd, &is));
    dprintf(2, "type %o size %ld links %ld way %o\n", is.st_mode & S_IFMT, (long)is.st_size, (long)is.st_nlink,
            fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND));
    say("poll", poll(&look, 1, 0));
    dprintf(2, "%x\n", look.revents);
    say("epoll", epoll_ctl(epoll_create1(0), EPOLL_CTL_ADD, fd, &event));
    say("isatty", isatty(fd));
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    say("readlink", readlink(link, path, sizeof path - 1) > 0);
    dprintf(2, "%s\n", strrchr(path, '/') ? strrchr(path, '/') : path);
}

static void in(void) {
    char bytes[100] = "";
    describe(0);
    say("here", lseek(0, 0, SEEK_CUR));
    say("read", read(0, bytes, 4));
    say("here", lseek(0, 0, SEEK_CUR));
    say("pread", pread(0, bytes, 6, 7));
    dprintf(2, "%s\n", bytes);
    say("here", lseek(0, 0, SEEK_CUR));
    say("end", lseek(0, -3, SEEK_END));
    say("read", read(0, bytes, 100));
    say("read", read(0, bytes, 100));
    say("before", lseek(0, -1, SEEK_SET));
    say("how", lseek(0, 0, 77));
    say("data", lseek(0, 2, SEEK_DATA));
    say("hole", lseek(0, 2, SEEK_HOLE));
    say("beyond", lseek(0, 1000, SEEK_SET));
    say("read", read(0, bytes, 100));
    say("fault", lseek(0, 0, SEEK_SET));
    say("read", read(0, nowhere, 5));
    say("here", lseek(0, 0, SEEK_CUR));
    say("write", pwrite(0, "L", 1, 0));
    say("write", write(0, "I", 1));
    say("here", lseek(0, 0, SEEK_CUR));
    say("fsync", fsync(0));
    say("truncate", ftruncate(0, 10));
}

static void map(void) {
    char *shared = mmap(0, 4096, PROT_READ, MAP_SHARED, 0, 0);
    char *private = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0, 0);
    say("writable", (long)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0, 0));
    dprintf(2, "%.6s %.6s\n", shared, private + 7);
    private[0] = 'L';
    dprintf(2, "%.6s %.6s\n", shared, private);
}

static void line(void) {
    // As a program that has read ahead.
    char bytes[100];
    ssize_t n = read(0, bytes, sizeof bytes);
    char *end = memchr(bytes, '\n', n);
    lseek(0, end + 1 - bytes - n, SEEK_CUR);
    write(1, bytes, end + 1 - bytes);
}

static void out(void) {
    describe(1);
    say("here", lseek(1, 0, SEEK_CUR));
    write(1, "0123456789\n", 11);
    say("here", lseek(1, 0, SEEK_CUR));
    say("back", lseek(1, -3, SEEK_CUR));
    write(1, "ab", 2);
    say("pwrite", pwrite(1, "P", 1, 2));
    say("here", lseek(1, 0, SEEK_CUR));
    say("end", lseek(1, 0, SEEK_END));
    say("read", read(1, (char[1]){0}, 1));
}

static void both(void) {
    for (int i = 0; i < 20; i++) {
        dprintf(1, "out %d\n", i);
        dprintf(2, "error %d\n", i);
    }
    say("out", lseek(1, 0, SEEK_CUR) == lseek(2, 0, SEEK_CUR));
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    char bytes[100] = "";
    struct stat is;
    if (!strcmp(what, "in")) {
        in();
    } else if (!strcmp(what, "map")) {
        map();
    } else if (!strcmp(what, "again")) {
        int again = open("/dev/stdin", O_RDONLY);
        say("read", read(0, bytes, 7));
        say("again", read(again, bytes, 6));
        dprintf(2, "%s\n", bytes);
    } else if (!strcmp(what, "line")) {
        line();
    } else if (!strcmp(what, "copy")) {
        say("copied", copy_file_range(0, 0, 1, 0, 5, 0));
        say("copied", copy_file_range(0, 0, 1, 0, 500, 0));
        say("here", lseek(0, 0, SEEK_CUR) + lseek(1, 0, SEEK_CUR));
    } else if (!strcmp(what, "send")) {
        off_t from = 7;
        say("sent", sendfile(1, 0, &from, 7));
        say("here", lseek(0, 0, SEEK_CUR));
        say("sent", sendfile(1, 0, 0, 100));
        say("here", lseek(0, 0, SEEK_CUR));
    } else if (!strcmp(what, "out")) {
        out();
    } else if (!strcmp(what, "both")) {
        both();
    } else if (!strcmp(what, "append")) {
        write(1, "0123\n", 5);
        say("flags", fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_APPEND));
        say("back", lseek(1, 0, SEEK_SET));
        write(1, "end\n", 4);
        say("here", lseek(1, 0, SEEK_CUR));
    } else if (!strcmp(what, "size")) {
        write(1, "0123456789\n", 11);
        fstat(1, &is);
        say("size", is.st_size);
        say("cut", ftruncate(1, 4));
        write(1, "x\n", 2);
        fstat(1, &is);
        say("size", is.st_size);
    } else if (!strcmp(what, "read")) {
        say("read", read(0, bytes, 10));
        say("fstat", fstat(0, &is));
        say("folder", S_ISDIR(is.st_mode));
    } else if (!strcmp(what, "write")) {
        say("write", write(0, "x", 1));
    } else if (!strcmp(what, "closed")) {
        say("write", write(1, "x", 1));
    } else if (!strcmp(what, "limit")) {
        struct rlimit limit = {8, 8};
        signal(SIGXFSZ, SIG_IGN);
        write(1, "12345", 5);
        say("limit", setrlimit(RLIMIT_FSIZE, &limit));
        say("write", write(1, "67890", 5));
        say("write", write(1, "67890", 5));
    }
    return 0;
}
