// kind: pie
// splice, tee, vmsplice.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static void show(const char *what, int fd) {
    char buf[100];
    ssize_t n = read(fd, buf, sizeof buf);
    printf("%s: %zd %.*s\n", what, n, (int)(n > 0 ? n : 0), buf);
}

int main(void) {
    char path[] = "/tmp/osvrun-XXXXXX";
    int fd = mkstemp(path), p[2], q[2];
    (void)!write(fd, "the quick brown fox", 19);
    say("pipes", pipe(p) + pipe2(q, O_NONBLOCK));
    loff_t at = 4;
    say("file to pipe", splice(fd, &at, p[1], NULL, 5, 0));
    printf("at %ld position %ld\n", (long)at, (long)lseek(fd, 0, SEEK_CUR));
    say("tee", tee(p[0], q[1], 100, 0));
    show("teed", q[0]);
    show("stays", p[0]);
    lseek(fd, 10, SEEK_SET);
    say("from position", splice(fd, NULL, p[1], NULL, 100, SPLICE_F_MOVE));
    printf("position %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    say("at end", splice(fd, NULL, p[1], NULL, 100, 0));
    say("pipe to pipe", splice(p[0], NULL, q[1], NULL, 5, 0));
    show("moved", q[0]);
    at = 0;
    say("pipe to file", splice(p[0], NULL, fd, &at, 100, 0));
    printf("at %ld\n", (long)at);
    lseek(fd, 0, SEEK_SET);
    show("file", fd);
    say("empty, not waiting", splice(p[0], NULL, fd, NULL, 5, SPLICE_F_NONBLOCK));
    say("tee empty", tee(p[0], q[1], 5, SPLICE_F_NONBLOCK));
    say("same pipe", splice(p[0], NULL, p[1], NULL, 5, 0));
    say("tee same pipe", tee(p[0], p[1], 5, 0));
    say("no pipe", splice(fd, NULL, fd, NULL, 5, 0));
    say("pipe offset", splice(fd, NULL, p[1], &at, 5, 0));
    say("wrong end", splice(p[1], NULL, q[1], NULL, 5, 0));
    say("bad flags", splice(fd, NULL, p[1], NULL, 5, 99));
    say("nothing", splice(fd, NULL, p[1], NULL, 0, 0));
    at = -1;
    say("negative", splice(fd, &at, p[1], NULL, 5, 0));

    struct iovec vectors[2] = {{"abc", 3}, {"defg", 4}};
    say("vmsplice", vmsplice(p[1], vectors, 2, 0));
    show("vectors", p[0]);
    say("vmsplice to file", vmsplice(fd, vectors, 2, 0));
    (void)!write(p[1], "xyz", 3);
    close(p[1]);
    char out[10] = "";
    struct iovec into = {out, sizeof out};
    say("vmsplice out", vmsplice(p[0], &into, 1, 0));
    printf("%s\n", out);
    say("no writer", splice(p[0], NULL, fd, NULL, 5, 0));
    say("tee no writer", tee(p[0], q[1], 5, 0));
    signal(SIGPIPE, SIG_IGN);
    close(q[0]);
    lseek(fd, 0, SEEK_SET);
    say("no reader", splice(fd, NULL, q[1], NULL, 5, 0));
    unlink(path);
    return 0;
}
