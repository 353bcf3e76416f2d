// kind: so pie
// Setting a file's times by the older functions: utime, utimes, lutimes, futimes, futimesat.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>
#include <utime.h>

static void show(const char *what, int answer) {
    struct stat file, link;
    int error = answer ? errno : 0;
    if (stat("file", &file) || lstat("link", &link)) perror("stat");
    printf("%s: %d %s, file %ld.%06ld %ld.%06ld, link %d\n", what, answer, error ? strerror(error) : "",
           (long)file.st_atim.tv_sec, file.st_atim.tv_nsec / 1000, (long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec / 1000,
           (int)link.st_mtim.tv_sec < 1000);
}

int main(void) {
    struct timeval times[2] = {{11, 120000}, {13, 999999}}, wrong[2] = {{1, 0}, {2, 1000000}}, negative[2] = {{1, -1}, {2, 0}};
    int fd = open("file", O_CREAT | O_RDWR, 0600), here = open(".", O_RDONLY);
    if (fd < 0 || here < 0 || symlink("file", "link")) return 1;
    show("utime", utime("file", &(struct utimbuf){5, 6}));
    show("utimes", utimes("link", times));
    show("utimes, too many", utimes("file", wrong));
    show("utimes, negative", utimes("file", negative));
    show("utime, no such file", utime("none", &(struct utimbuf){5, 6}));
    show("futimes", futimes(fd, (struct timeval[]){{21, 0}, {22, 1}}));
    show("futimes, closed", futimes(-1, times));
    show("futimesat", futimesat(here, "file", (struct timeval[]){{-31, 5}, {32, 0}}));
    show("futimesat of a descriptor", futimesat(fd, NULL, times));
    show("lutimes", lutimes("link", (struct timeval[]){{41, 0}, {42, 0}}));
    struct stat now;
    int answer = utime("file", NULL);
    stat("file", &now);
    printf("now %d %d\n", answer, now.st_mtim.tv_sec > 1000000000);
    answer = utimes("file", NULL);
    stat("file", &now);
    printf("now %d %d\n", answer, now.st_atim.tv_sec > 1000000000);
    return 0;
}
