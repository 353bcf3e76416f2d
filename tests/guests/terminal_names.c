// kind: so pie
// stdin: secret\n\n
// Speeds of a line and names of terminals, at a pseudo-terminal of our own, and who is logged in where nobody is.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

extern int __ptsname_r_chk(int, char *, size_t, size_t), __ttyname_r_chk(int, char *, size_t, size_t);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static void speeds(void) {
    struct termios modes;
    memset(&modes, 0, sizeof modes);
    say("output", cfsetospeed(&modes, B9600));
    say("input", cfsetispeed(&modes, B1200));
    printf("%d %d\n", cfgetospeed(&modes) == B9600, cfgetispeed(&modes) == B1200 || cfgetispeed(&modes) == B9600);
    say("both", cfsetspeed(&modes, B115200));
    printf("%d %d\n", cfgetospeed(&modes) == B115200, cfgetispeed(&modes) == B115200);
    say("both by number", cfsetspeed(&modes, 38400));
    printf("%d\n", cfgetospeed(&modes) == B38400);
    say("no such number", cfsetspeed(&modes, 12345));
    say("no such output", cfsetospeed(&modes, 12345));
    say("no such input", cfsetispeed(&modes, 0777777));
    printf("kept %d\n", cfgetospeed(&modes) == B38400);
    say("input as output", cfsetispeed(&modes, 0));
    printf("%d\n", cfgetispeed(&modes) == cfgetospeed(&modes) || cfgetispeed(&modes) == 0);
    cfmakeraw(&modes);
    printf("raw %#o %#o\n", modes.c_lflag, modes.c_cflag & CSIZE);
}

static void names(void) {
    char name[100], small[4], *found;
    int master = getpt(), slave;
    printf("getpt %d grant %d unlock %d\n", master >= 0, grantpt(master), unlockpt(master));
    printf("ptsname_r %d", ptsname_r(master, name, sizeof name));
    printf(" %.9s", name);
    printf(" %d\n", ptsname_r(master, small, sizeof small));
    printf("__ptsname_r_chk %d\n", __ptsname_r_chk(master, name, 50, sizeof name));
    slave = open(name, O_RDWR | O_NOCTTY);
    found = ttyname(slave);
    printf("ttyname %d\n", found && !strcmp(found, name));
    memset(small, 0, sizeof small);
    printf("ttyname_r %d", ttyname_r(slave, name, sizeof name));
    printf(" %d", found && !strcmp(found, name));
    printf(" small %d", ttyname_r(slave, small, sizeof small));
    printf(" of a pipe %d", ttyname_r(0, name, sizeof name) == ENOTTY);
    printf(" of none %d", ttyname_r(-1, name, sizeof name));
    printf(" fortified %d\n", __ttyname_r_chk(slave, name, 50, sizeof name));
    errno = 0;
    printf("ttyname of none %d", ttyname(999) == NULL);
    printf(" %d", errno);
    printf(" isatty %d", isatty(slave));
    printf(" %d", isatty(999));
    printf(" %d\n", errno);
    struct termios modes;
    say("tcgetattr", tcgetattr(slave, &modes));
    printf("%d %d\n", cfgetospeed(&modes) == B38400, cfgetispeed(&modes) == B38400);
    cfsetspeed(&modes, B9600);
    say("tcsetattr", tcsetattr(slave, TCSANOW, &modes));
    memset(&modes, 0, sizeof modes);
    tcgetattr(master, &modes);
    printf("%d\n", cfgetospeed(&modes) == B9600);
    say("tcsetattr how", tcsetattr(slave, 77, &modes));
    say("tcgetattr of none", tcgetattr(-1, &modes));
    say("tcdrain", tcdrain(slave));
    say("tcflush", tcflush(slave, TCIOFLUSH));
    say("tcflush what", tcflush(slave, 77));
    say("tcflow", tcflow(slave, TCOON));
    say("tcsendbreak", tcsendbreak(slave, 0));
    say("tcgetsid of another", tcgetsid(slave));
    int other, third;
    struct winsize size = {24, 80, 0, 0};
    say("openpty", openpty(&other, &third, name, NULL, &size));
    memset(&size, 0, sizeof size);
    ioctl(third, TIOCGWINSZ, &size);
    printf("%d %d %.9s\n", size.ws_row, size.ws_col, name);
}

static void people(void) {
    char path[L_ctermid], name[64];
    printf("ctermid %s %d %s\n", ctermid(NULL), ctermid(path) == path, path);
    // Where a terminal is, somebody may be logged in at it; here none is.
    errno = 0;
    printf("getlogin_r %d\n", getlogin_r(name, 0) != 0);
    char *login = getlogin();
    printf("getlogin %d\n", getlogin_r(name, sizeof name) == 0 ? login && !strcmp(login, name) : !login);
    char *line = getpass("prompt: ");
    printf("getpass %s\n", line ? line : "none");
    line = getpass("");
    printf("getpass %s\n", line ? line : "none");
    line = getpass("at the end? ");
    printf("getpass %s\n", line ? line : "none");
}

int main(void) {
    speeds();
    names();
    people();
    return 0;
}
