// A program that uses its terminal. With an argument it leaves the terminal raw: `exit` and exits, `signal` and gets a
// signal, `crash` and faults.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupts, resizes;

static void on_signal(int number) {
    if (number == SIGINT)
        interrupts++;
    else
        resizes++;
}

static void wait_for(volatile sig_atomic_t *count) {
    for (int i = 0; i < 2000 && !*count; i++)
        usleep(5000);
}

static void show(const char *what, const char *bytes, ssize_t n) {
    printf("%s %zd ", what, n);
    for (ssize_t i = 0; i < n; i++)
        printf(bytes[i] < 32 || bytes[i] > 126 ? "<%02x>" : "%c", bytes[i] & 0xff);
    putchar('\n');
}

// Asks the driver, and waits until it is done.
static void ask(const char *what) {
    char buf[64];
    printf("?%s\n", what);
    ssize_t n = read(0, buf, sizeof buf);
    if (n != 1 || buf[0] != '\n')
        show("odd answer", buf, n);
}

static void take(const char *what, size_t least) {
    char buf[64];
    size_t n = 0;
    do {
        ssize_t got = read(0, buf + n, sizeof buf - n);
        if (got <= 0)
            break;
        n += got;
    } while (n < least);
    show(what, buf, n);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static void *write_and_drain(void *text) {
    return (void *)(intptr_t)(write(1, text, strlen(text)) < 0 || tcdrain(1));
}

static void *write_much(void *unused) {
    char line[1001];
    memset(line, '.', sizeof line);
    memcpy(line, "?pad", 4);
    line[1000] = '\n';
    for (int i = 0; i < 100; i++)
        if (write(1, line, sizeof line) != sizeof line)
            return unused;
    return NULL;
}

// What other threads do while one waits for output to be shown.
static void beside_waiting(const struct termios *raw) {
    pthread_t other;
    struct termios modes;
    void *failed;
    fflush(stdout);
    tcflow(1, TCOOFF);
    pthread_create(&other, NULL, write_and_drain, "written while stopped\n");
    usleep(200000);
    int asked = tcgetattr(0, &modes);
    tcflow(1, TCOON);
    pthread_join(other, &failed);
    printf("asked while another drains %d, drained %d\n", asked, !failed);

    printf("?hold\n");
    pthread_create(&other, NULL, write_much, &modes);
    usleep(200000);
    modes = *raw;
    modes.c_lflag |= TOSTOP;
    int set = tcsetattr(0, TCSANOW, &modes);
    pthread_join(other, &failed);
    printf("set while another writes %d, written %d\n", set, !failed);
    // What was written may be on its way still; the driver goes on when it has seen the modes.
    ask("window");
    tcsetattr(0, TCSANOW, raw);
}

int main(int argc, char **argv) {
    struct termios first, modes;
    struct winsize size;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGINT, on_signal), signal(SIGWINCH, on_signal);
    if (tcgetattr(0, &first))
        return 1;
    if (argc > 1) {
        modes = first;
        cfmakeraw(&modes);
        tcsetattr(0, TCSANOW, &modes);
        ask("modes");
        signal(SIGTERM, SIG_DFL);
        if (!strcmp(argv[1], "signal"))
            kill(getpid(), SIGTERM);
        if (!strcmp(argv[1], "crash"))
            *(volatile int *)8 = 1;
        return 3;
    }
    printf("isatty %d %d %d\n", isatty(0), isatty(1), isatty(2));
    ioctl(0, TIOCGWINSZ, &size);
    printf("size %d %d\n", size.ws_row, size.ws_col);
    printf("group %d session %d\n", tcgetpgrp(0) == getpgrp(), tcgetsid(0) == getsid(0));
    modes = first;
    modes.c_lflag &= ~ECHO;
    tcsetattr(0, TCSAFLUSH, &modes);
    ask("modes");
    printf("?type helo\\7flo\\0d\n");
    take("line", 1);
    printf("?type one\\0dtwo\\0d\n");
    take("first", 1);
    take("second", 1);
    printf("?type \\04\n");
    take("end", 1);
    // Who only looks leaves the end there.
    struct pollfd input = {0, POLLIN, 0};
    printf("?type \\04\n");
    printf("looked %d", poll(&input, 1, 10000));
    printf(" %d\n", poll(&input, 1, 10000));
    take("end", 1);
    printf("?type on\\0d\n");
    take("after the end", 1);

    modes.c_cc[VINTR] = 7;
    tcsetattr(0, TCSADRAIN, &modes);
    ask("modes");
    printf("?type a\\03b\\0d\n");
    take("no interrupt", 1);
    printf("?type \\07\n");
    wait_for(&interrupts);
    printf("interrupts %d\n", interrupts);
    printf("?type dropped\\0d\n");
    int waiting = 0;
    for (int i = 0; i < 2000 && waiting < 8; i++) {
        usleep(5000);
        ioctl(0, FIONREAD, &waiting);
    }
    printf("waiting %d", waiting);
    printf(" tcflush %d", tcflush(0, TCIFLUSH));
    ioctl(0, FIONREAD, &waiting);
    printf(" waiting %d\n", waiting);

    struct termios raw = modes;
    cfmakeraw(&raw);
    tcsetattr(0, TCSANOW, &raw);
    ask("modes");
    printf("?type \\03\\04a\\0d\n");
    take("keys", 4);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 3;
    tcsetattr(0, TCSANOW, &raw);
    tcgetattr(0, &modes);
    printf("kept %d %d\n", modes.c_cc[VMIN], modes.c_cc[VTIME]);
    char key;
    double start = now();
    ssize_t n = read(0, &key, 1);
    printf("timed %zd %d\n", n, now() - start >= 0.25);
    raw.c_cc[VTIME] = 0;
    tcsetattr(0, TCSANOW, &raw);
    printf("polled %zd\n", read(0, &key, 1));
    raw.c_cc[VMIN] = 1;
    raw.c_oflag = first.c_oflag;
    tcsetattr(0, TCSANOW, &raw);

    printf("flow %d", tcflow(1, TCOOFF));
    printf(" %d", tcflow(1, TCOON));
    printf(" drain %d", tcdrain(1));
    printf(" break %d", tcsendbreak(1, 0));
    printf(" bad %d", tcflow(1, 99));
    printf(" %d\n", errno == EINVAL);
    beside_waiting(&raw);
    size = (struct winsize){30, 90, 0, 0};
    printf("set size %d\n", ioctl(1, TIOCSWINSZ, &size));
    wait_for(&resizes);
    printf("resizes %d\n", resizes > 0);
    ask("window");
    resizes = 0;
    printf("?resize 31 91\n");
    wait_for(&resizes);
    ioctl(0, TIOCGWINSZ, &size);
    printf("resized %d: %d %d\n", resizes > 0, size.ws_row, size.ws_col);
    int tty = open("/dev/tty", O_RDWR);
    dprintf(tty, "by /dev/tty\n");
    close(tty);
    struct pollfd ready = {0, POLLIN, 0};
    printf("poll %d", poll(&ready, 1, 0));
    printf("\n?type k\n");
    int polled;
    do
        polled = poll(&ready, 1, 10000);
    while (polled < 0 && errno == EINTR);
    printf("poll %d\n", polled);
    take("key", 1);
    tcsetattr(0, TCSANOW, &first);
    return 7;
}
