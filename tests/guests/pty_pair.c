// kind: pie so
// Pseudo-terminals: both ends, the line discipline, signals, windows, packets, the names in /dev/pts.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

static const char *named(int error) {
    return error ? strerrorname_np(error) : "0";
}

// Shows bytes with what can't be seen written out.
static void show(const char *what, const char *bytes, ssize_t n) {
    printf("%s %zd", what, n);
    if (n < 0)
        printf(" %s", named(errno));
    else
        putchar(' ');
    for (ssize_t i = 0; i < n; i++) {
        unsigned char byte = bytes[i];
        if (byte < 32 || byte > 126)
            printf("<%02x>", byte);
        else
            putchar(byte);
    }
    putchar('\n');
}

static void take(const char *what, int fd) {
    char buf[256];
    // What one end writes may take a moment to be at the other.
    struct pollfd ready = {fd, POLLIN, 0};
    poll(&ready, 1, 300);
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    ssize_t n = read(fd, buf, sizeof buf);
    show(what, buf, n);
    fcntl(fd, F_SETFL, flags);
}

static void type(int fd, const char *keys) {
    if (write(fd, keys, strlen(keys)) != (ssize_t)strlen(keys))
        printf("not all typed\n");
}

static volatile sig_atomic_t caught[65];

static void on_signal(int number) {
    caught[number]++;
}

static void wait_for(int number) {
    for (int i = 0; i < 500 && !caught[number]; i++)
        usleep(2000);
}

static int master, slave;
static char name[64];

static void names(void) {
    char again[64], other[64];
    struct stat by_name, by_fd, multiplexer;
    stat(name, &by_name);
    fstat(slave, &by_fd);
    fstat(master, &multiplexer);
    printf("names %d %d", strncmp(name, "/dev/pts/", 9) == 0, by_name.st_rdev == by_fd.st_rdev && by_name.st_ino == by_fd.st_ino);
    printf(" %d %d %d:%d\n", S_ISCHR(by_fd.st_mode), major(by_fd.st_rdev) == 136 && minor(by_fd.st_rdev) == (unsigned)atoi(name + 9),
           major(multiplexer.st_rdev), minor(multiplexer.st_rdev));
    printf("ptsname_r %d", ptsname_r(master, again, sizeof again));
    printf(" %d %s", strcmp(again, name), named(ptsname_r(master, other, 4)));
    printf(" ttyname %d", ttyname_r(slave, other, sizeof other));
    printf(" %d %s", strcmp(other, name), named(ttyname_r(slave, other, 4)));
    printf(" isatty %d %d\n", isatty(master), isatty(slave));
    DIR *dir = opendir("/dev/pts");
    int listed = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        listed += strcmp(entry->d_name, name + 9) == 0;
    closedir(dir);
    printf("listed %d\n", listed);
    int zero = open("/dev/zero", O_RDWR);
    printf("not a master: grantpt %d", grantpt(zero));
    printf(" %s unlockpt", named(errno));
    printf(" %d", unlockpt(zero));
    printf(" %s ptsname", named(errno));
    printf(" %d", ptsname(zero) != NULL);
    printf(" %s closed", named(errno));
    close(zero);
    printf(" %d", grantpt(zero));
    printf(" %s\n", named(errno));
    int locked = posix_openpt(O_RDWR | O_NOCTTY);
    printf("locked %d", open(ptsname(locked), O_RDWR | O_NOCTTY));
    printf(" %s", named(errno));
    int on = -1;
    ioctl(locked, TIOCGPTLCK, &on);
    printf(" %d", on);
    printf(" grantpt %d", grantpt(locked));
    printf(" unlockpt %d", unlockpt(locked));
    ioctl(locked, TIOCGPTLCK, &on);
    int opened = open(ptsname(locked), O_RDWR | O_NOCTTY);
    printf(" %d %d\n", on, opened >= 0);
    strcpy(other, ptsname(locked));
    close(opened);
    close(locked);
    printf("gone %d", open(other, O_RDWR | O_NOCTTY));
    printf(" %s\n", named(errno));
}

static void lines(void) {
    type(master, "hello\n");
    take("line", slave);
    take("echo", master);
    write(slave, "out\n", 4);
    take("output", master);
    type(master, "helo\x7flo wrld\027world\r");
    take("edited", slave);
    take("echo", master);
    type(master, "gone\025kept\tx\177\177\n");
    take("killed", slave);
    take("echo", master);
    type(master, "a\026\003b\004");
    take("literal", slave);
    take("echo", master);
    type(master, "\004");
    take("end of file", slave);
    type(master, "one\ntwo\nthr");
    char few[3];
    ssize_t n = read(slave, few, 2);
    show("part", few, n);
    int waiting;
    ioctl(slave, FIONREAD, &waiting);
    printf("waiting %d\n", waiting);
    take("rest", slave);
    take("second", slave);
    take("none", slave);
    take("echo", master);
    type(master, "ee\n");
    take("third", slave);
    take("echo", master);
    type(master, "re\022print\n");
    take("reprinted", slave);
    take("echo", master);
}

static void modes(void) {
    struct termios first, raw, now;
    printf("tcgetattr %d %d", tcgetattr(slave, &first), tcgetattr(master, &now));
    printf(" iflag %o oflag %o cflag %o lflag %o", first.c_iflag, first.c_oflag, first.c_cflag, first.c_lflag);
    printf(" keys");
    for (int i = 0; i < 17; i++)
        printf(" %d", first.c_cc[i]);
    printf(" speed %d\n", cfgetospeed(&first) == B38400);
    raw = first;
    cfmakeraw(&raw);
    printf("raw %d", tcsetattr(slave, TCSANOW, &raw));
    tcgetattr(master, &now);
    printf(" %d\n", (now.c_lflag & ICANON) == 0 && now.c_cc[VMIN] == 1);
    type(master, "\003a\r\177");
    take("keys", slave);
    take("no echo", master);
    write(slave, "x\n", 2);
    take("no return", master);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 2;
    tcsetattr(slave, TCSANOW, &raw);
    struct timespec start, end;
    char keys[16];
    clock_gettime(CLOCK_MONOTONIC, &start);
    ssize_t n = read(slave, keys, sizeof keys);
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("timed %zd %d\n", n, (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 150);
    raw.c_cc[VTIME] = 0;
    tcsetattr(slave, TCSANOW, &raw);
    printf("polled %zd\n", read(slave, keys, sizeof keys));
    raw.c_cc[VMIN] = 3;
    tcsetattr(slave, TCSANOW, &raw);
    struct pollfd ready = {slave, POLLIN, 0};
    type(master, "ab");
    printf("poll before %d", poll(&ready, 1, 50));
    type(master, "c");
    printf(" after %d\n", poll(&ready, 1, 1000));
    n = read(slave, keys, sizeof keys);
    show("three", keys, n);
    type(master, "dropped");
    poll(NULL, 0, 50);
    tcsetattr(slave, TCSAFLUSH, &first);
    type(master, "kept\n");
    take("flushed", slave);
    type(master, "too\n");
    poll(NULL, 0, 50);
    printf("tcflush %d", tcflush(slave, TCIFLUSH));
    printf(" %d", tcflush(slave, 77));
    printf(" %s\n", named(errno));
    take("flushed", slave);
    take("echo", master);
    struct termios quiet = first;
    quiet.c_lflag &= ~ECHO;
    quiet.c_lflag |= ECHONL;
    quiet.c_oflag |= OLCUC;
    tcsetattr(slave, TCSADRAIN, &quiet);
    type(master, "secret\n");
    take("quiet", slave);
    take("newline", master);
    write(slave, "loud", 4);
    take("upper", master);
    tcsetattr(slave, TCSANOW, &first);
    printf("drain %d", tcdrain(slave));
    printf(" break %d\n", tcsendbreak(slave, 0));
    printf("bad %d", ioctl(slave, TCGETS, (void *)8));
    printf(" %s", named(errno));
    printf(" %d", ioctl(slave, TCSETS, (void *)8));
    printf(" %s", named(errno));
    printf(" %d", ioctl(slave, 0x1234, 0));
    printf(" %s\n", named(errno));
}

static void flow(void) {
    tcflow(slave, TCOOFF);
    fcntl(slave, F_SETFL, fcntl(slave, F_GETFL) | O_NONBLOCK);
    ssize_t n = write(slave, "x", 1);
    show("stopped", "", n);
    tcflow(slave, TCOON);
    n = write(slave, "y", 1);
    show("started", "", n > 0 ? 0 : n);
    take("flow", master);
    type(master, "\023");
    poll(NULL, 0, 50);
    n = write(slave, "x", 1);
    show("stop key", "", n);
    type(master, "\021");
    poll(NULL, 0, 50);
    n = write(slave, "z", 1);
    take("start key", master);
    fcntl(slave, F_SETFL, fcntl(slave, F_GETFL) & ~O_NONBLOCK);
    static char much[100000];
    fcntl(slave, F_SETFL, fcntl(slave, F_GETFL) | O_NONBLOCK);
    n = write(slave, much, sizeof much);
    struct pollfd full = {slave, POLLOUT, 0};
    /* Linux moves what was written to the other end a moment later, which makes room. */
    while (poll(&full, 1, 50) > 0 && n < (ssize_t)sizeof much) n += write(slave, much, sizeof much - n);
    printf("full %d poll %d\n", n > 1000 && n < (ssize_t)sizeof much, poll(&full, 1, 0));
    tcflush(slave, TCOFLUSH);
    while (poll(&(struct pollfd){master, POLLIN, 0}, 1, 50) > 0 && read(master, much, sizeof much) > 0) {}
    printf("empty poll %d\n", poll(&full, 1, 1000));
    fcntl(slave, F_SETFL, fcntl(slave, F_GETFL) & ~O_NONBLOCK);
}

static void *types_later(void *none) {
    usleep(100000);
    type(master, "later\n");
    return none;
}

static void waiting(void) {
    pthread_t thread;
    char buf[16];
    pthread_create(&thread, NULL, types_later, NULL);
    ssize_t n = read(slave, buf, sizeof buf);
    show("waited", buf, n);
    pthread_join(thread, NULL);
    take("echo", master);
}

#define PASTED 200000
static volatile int is_pasted;

static void *pastes(void *none) {
    static char text[PASTED];
    memset(text, 'p', sizeof text);
    ssize_t n = write(master, text, sizeof text);
    is_pasted = 1;
    printf("pasted %zd\n", n);
    return none;
}

static void *polls(void *none) {
    struct pollfd room = {master, POLLOUT, 0};
    int n = poll(&room, 1, 5000);
    printf("room for keys %d %d\n", n, (room.revents & POLLOUT) != 0);
    return none;
}

// The master waits for room, without work, until the slave or its own reader makes it.
static void room(void) {
    static char buf[4096];
    struct termios first, raw;
    pthread_t thread;
    tcgetattr(slave, &first);
    raw = first;
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    pthread_create(&thread, NULL, pastes, NULL);
    usleep(100000);
    struct timespec before, after;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    usleep(300000);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    long used_ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    printf("waits %d idle %d\n", !is_pasted, used_ms < 100);
    int got = 0;
    while (got < PASTED) {
        ssize_t n = read(slave, buf, sizeof buf);
        if (n <= 0)
            break;
        got += n;
    }
    pthread_join(thread, NULL);
    printf("got %d\n", got);
    tcsetattr(slave, TCSANOW, &first);
    // One line without an end: what is too much is dropped, and its echo waits.
    int flags = fcntl(master, F_GETFL);
    fcntl(master, F_SETFL, flags | O_NONBLOCK);
    memset(buf, 'k', sizeof buf);
    for (int i = 0; i < 20 && write(master, buf, sizeof buf) > 0; i++) {}
    pthread_create(&thread, NULL, polls, NULL);
    usleep(100000);
    while (read(master, buf, sizeof buf) > 0 || poll(&(struct pollfd){master, POLLIN, 0}, 1, 50) > 0) {}
    pthread_join(thread, NULL);
    fcntl(master, F_SETFL, flags);
    tcflush(slave, TCIOFLUSH);
    type(master, "\025then\n");
    take("then", slave);
    // Keys for the other side are lost when it does not read.
    for (int i = 0; i < 100000; i++)
        tcflow(slave, TCIOFF);
    int waiting;
    ioctl(master, FIONREAD, &waiting);
    printf("keys wait %d\n", waiting > 0 && waiting < 100000);
    fcntl(master, F_SETFL, flags | O_NONBLOCK);
    while (read(master, buf, sizeof buf) > 0 || poll(&(struct pollfd){master, POLLIN, 0}, 1, 50) > 0) {}
    fcntl(master, F_SETFL, flags);
}

static void session(void) {
    signal(SIGINT, on_signal), signal(SIGQUIT, on_signal), signal(SIGWINCH, on_signal), signal(SIGHUP, on_signal);
    signal(SIGCONT, on_signal);
    int group;
    printf("no session %d", ioctl(slave, TIOCGPGRP, &group));
    printf(" %s\n", named(errno));
    setsid();
    printf("tty %d", open("/dev/tty", O_RDWR));
    printf(" %s\n", named(errno));
    printf("own %d", ioctl(slave, TIOCSCTTY, 0));
    printf(" %d", ioctl(slave, TIOCSCTTY, 0));
    printf(" %d %d %d\n", tcgetpgrp(slave) == getpgrp(), tcgetsid(slave) == getsid(0), tcsetpgrp(slave, getpgrp()));
    int tty = open("/dev/tty", O_RDWR);
    write(tty, "by tty\n", 7);
    take("tty", master);
    close(tty);
    type(master, "typed\003");
    wait_for(SIGINT);
    printf("interrupted %d\n", caught[SIGINT]);
    take("echo", master);
    take("dropped", slave);
    type(master, "\034");
    wait_for(SIGQUIT);
    printf("quit %d\n", caught[SIGQUIT]);
    take("echo", master);
    struct winsize size = {33, 99, 5, 6}, got;
    printf("size %d", ioctl(master, TIOCSWINSZ, &size));
    wait_for(SIGWINCH);
    ioctl(slave, TIOCGWINSZ, &got);
    printf(" %d: %d %d %d %d\n", caught[SIGWINCH], got.ws_row, got.ws_col, got.ws_xpixel, got.ws_ypixel);
    ioctl(master, TIOCSWINSZ, &size);
    usleep(50000);
    printf("same size %d\n", caught[SIGWINCH]);
}

static void packets(void) {
    int on = 1, is = -1;
    printf("packets %d", ioctl(master, TIOCPKT, &on));
    ioctl(master, TIOCGPKT, &is);
    printf(" %d\n", is);
    write(slave, "data", 4);
    take("packet", master);
    tcflush(slave, TCOFLUSH);
    struct pollfd ready = {master, POLLPRI, 0};
    printf("urgent %d\n", poll(&ready, 1, 1000));
    take("status", master);
    tcflow(slave, TCOOFF), tcflow(slave, TCOON);
    take("status", master);
    on = 0;
    ioctl(master, TIOCPKT, &on);
}

static void ends(void) {
    struct pollfd ready = {master, POLLIN, 0};
    char buf[8];
    write(slave, "last", 4);
    close(slave);
    take("last", master);
    printf("hung up %d", poll(&ready, 1, 1000));
    printf(" %d", (ready.revents & POLLHUP) != 0);
    printf(" %zd", read(master, buf, sizeof buf));
    printf(" %s\n", named(errno));
    slave = open(name, O_RDWR | O_NOCTTY);
    write(slave, "again", 5);
    take("again", master);
    caught[SIGHUP] = 0;
    close(master);
    wait_for(SIGHUP);
    printf("hang up %d", caught[SIGHUP]);
    printf(" read %zd", read(slave, buf, sizeof buf));
    printf(" write %zd", write(slave, "x", 1));
    printf(" %s", named(errno));
    struct termios modes;
    printf(" modes %d", tcgetattr(slave, &modes));
    printf(" %s", named(errno));
    ready = (struct pollfd){slave, POLLIN | POLLOUT, 0};
    poll(&ready, 1, 1000);
    printf(" poll %d\n", (ready.revents & (POLLIN | POLLOUT | POLLHUP)) == (POLLIN | POLLOUT | POLLHUP));
    printf("name %d\n", access(name, F_OK));
    close(slave);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct winsize size = {24, 80, 0, 0}, got;
    printf("openpty %d\n", openpty(&master, &slave, name, NULL, &size));
    ioctl(slave, TIOCGWINSZ, &got);
    printf("window %d %d\n", got.ws_row, got.ws_col);
    names();
    lines();
    modes();
    flow();
    waiting();
    room();
    session();
    packets();
    ends();
    printf("openpty %d\n", openpty(&master, &slave, NULL, NULL, NULL));
    int out = dup(1);
    int in = login_tty(slave);
    dprintf(out, "login_tty %d isatty %d\n", in, isatty(0) && isatty(1) && isatty(2));
    type(master, "for input\n");
    char line[32];
    ssize_t n = read(0, line, sizeof line);
    dprintf(out, "line %zd %.9s\n", n, line);
    signal(SIGHUP, SIG_IGN);
    close(master);
    return 0;
}
