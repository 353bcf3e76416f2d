// kind: pie
// The devices of /dev.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void look(const char *path) {
    struct stat st;
    int result = stat(path, &st);
    printf("%s %d chr %d %u:%u\n", path, result, S_ISCHR(st.st_mode), major(st.st_rdev), minor(st.st_rdev));
}

int main(void) {
    char buf[100] = {1, 2, 3};
    look("/dev/null"), look("/dev/zero"), look("/dev/full"), look("/dev/random"), look("/dev/urandom");
    int fd = open("/dev/null", O_RDWR);
    printf("null %zd %zd\n", read(fd, buf, 10), write(fd, buf, 10));
    close(fd);
    fd = open("/dev/zero", O_RDWR);
    printf("zero %zd %d %zd\n", read(fd, buf, 10), buf[0] | buf[2], write(fd, buf, 10));
    close(fd);
    fd = open("/dev/full", O_RDWR);
    printf("full %zd", read(fd, buf, 10));
    printf(" %zd", write(fd, buf, 10));
    printf(" errno %d\n", errno);
    close(fd);
    fd = open("/dev/urandom", O_RDONLY);
    unsigned char first[300], second[64];
    printf("urandom %zd %zd\n", read(fd, first, 64), read(fd, second, 64));
    int same = 0;
    for (int i = 0; i < 64; i++)
        same += first[i] == second[i];
    printf("few bytes the same %d\n", same < 16);
    close(fd);
    printf("getrandom %zd", getrandom(first, 64, 0));
    printf(" %zd", getrandom(first, 64, 0xff00));
    printf(" errno %d\n", errno);
    printf("getentropy %d", getentropy(first, 256));
    printf(" %d", getentropy(first, 257));
    printf(" errno %d\n", errno);
    fd = open("/dev/fd/1", O_WRONLY);
    printf("fd/1 %d\n", fd >= 0);
    return 0;
}
