// kind: so pie
// What /proc says of descriptors: names that change, links that cannot be opened, what is waited for.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static char folder[] = "/tmp/osvrun-XXXXXX";

static void said(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

/// Prints a path without the folder's random part.
static void shown(const char *what, const char *path) {
    size_t len = strlen(folder);
    printf("%s: %s%s\n", what, strncmp(path, folder, len) ? "" : "FOLDER", strncmp(path, folder, len) ? path : path + len);
}

static void link_of(const char *what, int fd) {
    char name[40], path[200] = "";
    sprintf(name, "/proc/self/fd/%d", fd);
    if (readlink(name, path, sizeof path - 1) < 0) said(what, -1);
    else shown(what, path);
}

static void map_of(const char *what, void *at) {
    char line[400], *path;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strtoul(line, 0, 16) == (unsigned long)at) {
            line[strcspn(line, "\n")] = 0;
            path = strchr(line, '/');
            shown(what, path ? path : "");
        }
    fclose(maps);
}

static void names(void) {
    mkdtemp(folder);
    if (chdir(folder)) return;
    int fd = open("one", O_RDWR | O_CREAT, 0600), other = open("other", O_RDWR | O_CREAT, 0600);
    if (write(fd, "bytes", 5) != 5) said("write", -1);
    void *at = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
    int copy = dup(fd), again = open("one", O_RDONLY);
    link_of("as opened", fd);
    said("rename", rename("one", "two"));
    link_of("renamed", fd);
    link_of("renamed, a duplicate", copy);
    link_of("renamed, opened twice", again);
    map_of("renamed, mapped", at);
    mkdir("below", 0700);
    said("rename", rename("two", "below/three"));
    link_of("moved", fd);
    said("rename", rename("below", "beneath"));
    link_of("its folder renamed", fd);
    map_of("its folder renamed, mapped", at);
    link("beneath/three", "linked");
    said("exchange", renameat2(AT_FDCWD, "linked", AT_FDCWD, "other", RENAME_EXCHANGE));
    link_of("another name exchanged", fd);
    link_of("the file exchanged with it", other);
    said("rename over", rename("linked", "other"));
    link_of("renamed over", other);
    close(fd);
    close(copy);
    map_of("closed", at);
    unlink("beneath/three");
    link_of("unlinked", again);
    map_of("unlinked, mapped", at);
    unlink("other");
    rmdir("beneath");
    if (chdir("/tmp") == 0) rmdir(folder);
}

static void opened(const char *what, int fd) {
    char name[40];
    sprintf(name, "/proc/self/fd/%d", fd);
    int new = open(name, O_RDONLY | O_NONBLOCK);
    said(what, new);
    int path = open(name, O_PATH);
    struct stat is;
    printf("  as a place: %s\n", path >= 0 && fstat(path, &is) == 0 ? "ok" : "not");
    close(new);
    close(path);
}

/// Prints the lines of a descriptor's fdinfo that begin with one of the words.
static void info(const char *what, int fd, const char *words) {
    char name[60], line[200];
    printf("%s\n", what);
    sprintf(name, "/proc/self/fdinfo/%d", fd);
    FILE *file = fopen(name, "r");
    while (fgets(line, sizeof line, file)) {
        size_t len = strcspn(line, ":");
        if (!memmem(words, strlen(words), line, len)) continue;
        if (strncmp(line, "lock:", 5)) {
            printf("  %s", line);
            continue;
        }
        // The process's number and the file's are not the same each time.
        char kind[20], ways[20], access[20], range[20], end[20];
        int number, pid;
        if (sscanf(line, "lock:\t%d: %19s %19s %19s %d %*s %19s %19s", &number, kind, ways, access, &pid, range, end) == 7)
            printf("  lock %d %s %s %s %s %s %s\n", number, kind, ways, access, pid == getpid() ? "own" : pid == -1 ? "-1" : "?", range, end);
    }
    fclose(file);
}

static struct {
    char text[4000];
    long values[4];
} said_of;

/// Reads a descriptor's fdinfo, and the numbers of its last line with `word` by `format`.
static int numbers(int fd, const char *word, const char *format) {
    char name[60];
    sprintf(name, "/proc/self/fdinfo/%d", fd);
    int file = open(name, O_RDONLY);
    ssize_t n = read(file, said_of.text, sizeof said_of.text - 1);
    said_of.text[n > 0 ? n : 0] = 0;
    close(file);
    char *at = strstr(said_of.text, word);
    long *v = said_of.values;
    return at ? sscanf(at, format, v, v + 1, v + 2, v + 3) : -1;
}

static void watched(int event, int epoll, int watch) {
    char name[] = "/tmp/osvrun-XXXXXX";
    int fd = mkstemp(name), place = open(name, O_PATH);
    struct stat is;
    long *v = said_of.values;
    fstat(fd, &is);
    struct epoll_event one = {EPOLLIN | EPOLLET, {.u64 = 0x1234}};
    printf("epoll, nothing yet %d\n", numbers(epoll, "tfd:", "tfd: %ld"));
    epoll_ctl(epoll, EPOLL_CTL_ADD, event, &one);
    printf("epoll %d", numbers(epoll, "tfd:", "tfd: %ld events: %lx data: %lx pos:%ld"));
    printf(" descriptor %d events %lx data %lx pos %ld\n", v[0] == event, v[1], v[2], v[3]);
    epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL);
    printf("epoll, nothing more %d\n", numbers(epoll, "tfd:", "tfd: %ld"));
    int number = inotify_add_watch(watch, name, IN_MODIFY | IN_ATTRIB);
    printf("inotify %d", numbers(watch, "inotify wd:", "inotify wd:%lx ino:%lx sdev:%*x mask:%lx"));
    printf(" number %d file %d mask %lx\n", v[0] == number, v[1] == (long)is.st_ino, v[2]);
    int process = syscall(SYS_pidfd_open, getpid(), 0);
    printf("process %d", numbers(process, "Pid:", "Pid: %ld"));
    printf(" %d\n", v[0] == getpid());
    numbers(place, "flags:", "flags: %lo");
    printf("place, flags %lo\n", v[0]);
    lseek(fd, 7, SEEK_SET);
    int copy = dup(fd);
    fcntl(copy, F_SETFL, O_APPEND | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    numbers(fd, "pos:", "pos: %ld flags: %lo");
    printf("file pos %ld flags %lo", v[0], v[1]);
    numbers(copy, "pos:", "pos: %ld flags: %lo");
    printf(", its duplicate pos %ld flags %lo\n", v[0], v[1]);
    unlink(name);
    close(process), close(place), close(copy), close(fd);
}

static void elsewhere(void) {
    char gone[] = "/tmp/osvrun-XXXXXX", path[200] = "";
    struct stat one, two;
    mkdtemp(gone);
    strcpy(folder, gone);
    if (chdir(gone)) return;
    int fd = open(".", O_RDONLY | O_DIRECTORY), file = open("file", O_CREAT | O_RDWR, 0600), again;
    unlink("file");
    rmdir(gone);
    link_of("a folder that is gone", fd);
    link_of("a file of it", file);
    readlink("/proc/self/cwd", path, sizeof path - 1);
    shown("working directory", path);
    again = open("/proc/self/cwd", O_RDONLY | O_DIRECTORY);
    printf("it is there %d\n", again >= 0 && fstat(fd, &one) == 0 && fstat(again, &two) == 0 && one.st_ino == two.st_ino);
    printf("no path %s\n", getcwd(path, sizeof path) ? path : strerrorname_np(errno));
    close(again), close(fd), close(file);
    if (chdir("/tmp")) return;
    memset(gone + strlen(gone) - 6, 'X', 6);
    int named = mkstemp(gone);
    sprintf(path, "/proc/self/fd/%d", named);
    again = open(path, O_RDONLY);
    strcpy(folder, gone);
    link_of("opened by its descriptor", again);
    unlink(gone);
    link_of("and unlinked", again);
    close(again), close(named);
    void *at = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    map_of("shared memory of no file", at);
    munmap(at, 4096);
    printf("/tmp %o\n", stat("/tmp", &one) ? 0 : one.st_mode);
}

int main(void) {
    names();
    int event = eventfd(5, EFD_SEMAPHORE), pair[2], ends[2], epoll = epoll_create1(0);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    if (pipe(ends)) return 1;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 1);
    int signals = signalfd(-1, &set, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), watch = inotify_init();
    watched(event, epoll, watch);
    elsewhere();
    opened("eventfd", event);
    opened("socket", pair[0]);
    opened("epoll", epoll);
    opened("signalfd", signals);
    opened("timerfd", timer);
    opened("inotify", watch);
    opened("pipe", ends[0]);
    int writer = open("/proc/self/fd/3", O_RDONLY);
    close(writer);
    char path[40];
    sprintf(path, "/proc/self/fd/%d", ends[0]);
    writer = open(path, O_WRONLY);
    said("write to a pipe opened by its other end", write(writer, "x", 1));

    const char *files[] = {"/proc/self/status", "/proc/self/comm", "/proc/self/oom_score_adj", "/proc/version", "/proc/self/fd",
                           "/proc/sys/kernel/hostname", "/proc/sys/kernel/ostype", "/proc/self/mem", "/proc/loadavg"};
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        printf("%s ", files[i]);
        said("to write", access(files[i], W_OK));
    }

    info("an event", event, "eventfd-count eventfd-semaphore");
    info("signals", signals, "sigmask");
    struct itimerspec times = {{3, 4}, {0, 0}};
    timerfd_settime(timer, 0, &times, 0);
    info("a timer", timer, "clockid ticks settime flags it_value it_interval");
    char name[] = "/tmp/osvrun-XXXXXX";
    int fd = mkstemp(name);
    flock(fd, LOCK_EX);
    info("a file", fd, "lock");
    flock(fd, LOCK_SH);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    fcntl(fd, F_SETLK, &lock);
    lock.l_start = 20;
    lock.l_len = 0;
    fcntl(fd, F_OFD_SETLK, &lock);
    info("a file", fd, "lock");
    int elsewhere = open(name, O_RDONLY);
    info("the same elsewhere", elsewhere, "lock");
    unlink(name);
    return 0;
}
