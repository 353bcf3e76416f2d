// Runs a program on a terminal and does what it asks: driver COMMAND [ARGS...]
//
// The program's lines are printed, but for those that begin with `?`: `?modes` prints the terminal's modes, `?window` its
// size, `?resize ROWS COLUMNS` sets it, `?type TEXT` types; `?hold` reads nothing until the terminal's `tostop` is set,
// `?pad...` does nothing. The first two are answered by a typed `\n`, which reads as a line and as a key. At the end come
// the exit status and the modes that are left.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

static int master;

static void modes(void) {
    static const struct { int which; unsigned bit; const char *name; } flags[] = {
        {0, ICRNL, "icrnl"}, {0, IXON, "ixon"}, {0, ISTRIP, "istrip"}, {1, OPOST, "opost"}, {1, ONLCR, "onlcr"},
        {3, ISIG, "isig"}, {3, ICANON, "icanon"}, {3, ECHO, "echo"}, {3, ECHOE, "echoe"}, {3, IEXTEN, "iexten"},
        {3, NOFLSH, "noflsh"}, {3, TOSTOP, "tostop"}};
    struct termios now;
    if (tcgetattr(master, &now))
        return;
    printf("modes:");
    for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++) {
        unsigned words[] = {now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag};
        printf(" %s%s", words[flags[i].which] & flags[i].bit ? "" : "-", flags[i].name);
    }
    printf(" intr %d erase %d\n", now.c_cc[VINTR], now.c_cc[VERASE]);
}

static void obey(char *line) {
    struct winsize size;
    if (!strcmp(line, "?modes")) {
        modes();
    } else if (!strcmp(line, "?window")) {
        ioctl(master, TIOCGWINSZ, &size);
        printf("window: %d %d\n", size.ws_row, size.ws_col);
    } else if (sscanf(line, "?resize %hu %hu", &size.ws_row, &size.ws_col) == 2) {
        size.ws_xpixel = size.ws_ypixel = 0;
        ioctl(master, TIOCSWINSZ, &size);
        return;
    } else if (!strncmp(line, "?type ", 6)) {
        char keys[256];
        int n = 0;
        for (char *at = line + 6; *at; at++) {
            unsigned code;
            if (at[0] == '\\' && sscanf(at + 1, "%2x", &code) == 1) {
                keys[n++] = code;
                at += 2;
            } else {
                keys[n++] = *at;
            }
        }
        (void)!write(master, keys, n);
        return;
    } else if (!strcmp(line, "?hold")) {
        struct termios now;
        while (!tcgetattr(master, &now) && !(now.c_lflag & TOSTOP))
            usleep(5000);
        return;
    } else if (!strncmp(line, "?pad", 4)) {
        return;
    } else {
        printf("%s\n", line);
        return;
    }
    (void)!write(master, "\n", 1);
}

int main(int argc, char **argv) {
    int slave, status = 0;
    struct winsize size = {24, 80, 0, 0};
    if (argc < 2 || openpty(&master, &slave, NULL, NULL, &size))
        return 125;
    setvbuf(stdout, NULL, _IONBF, 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(master);
        login_tty(slave);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    // The slave stays open here: what is left of its modes can be looked at.
    char line[1024];
    unsigned len = 0;
    int ended = 0;
    while (!ended || poll(&(struct pollfd){master, POLLIN, 0}, 1, 100) > 0) {
        if (!ended)
            ended = waitpid(pid, &status, WNOHANG) == pid;
        if (poll(&(struct pollfd){master, POLLIN, 0}, 1, 20) <= 0)
            continue;
        char byte;
        if (read(master, &byte, 1) != 1)
            break;
        if (byte == '\r')
            continue;
        if (byte != '\n') {
            if (len < sizeof line - 1)
                line[len++] = byte;
            continue;
        }
        line[len] = 0;
        if (len)
            obey(line);
        len = 0;
    }
    line[len] = 0;
    if (len)
        printf("%s\n", line);
    printf("status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    modes();
    close(slave);
    return 0;
}
