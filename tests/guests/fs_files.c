// kind: pie
// Regular files: append, holes, truncation, positions, vectors, times, modes, descriptors' flags.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static unsigned sum(int fd) {
    unsigned char buf[5000];
    unsigned total = 0;
    off_t at = 0;
    ssize_t n;
    while ((n = pread(fd, buf, sizeof buf, at)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            total = total * 31 + buf[i];
        at += n;
    }
    return total;
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    umask(027);
    int fd = open("f", O_CREAT | O_RDWR, 0666);
    struct stat st;
    fstat(fd, &st);
    printf("mode %o\n", st.st_mode);
    static char big[300000];
    for (int i = 0; i < (int)sizeof big; i++)
        big[i] = (char)(i * 7 + i / 256);
    say("write big", write(fd, big, sizeof big));
    printf("sum %u\n", sum(fd));
    say("pwrite hole", pwrite(fd, "x", 1, 500000));
    fstat(fd, &st);
    printf("size %ld, sum %u\n", (long)st.st_size, sum(fd));
    say("truncate", ftruncate(fd, 1234));
    say("grow", ftruncate(fd, 9000));
    printf("sum %u\n", sum(fd));
    say("truncate minus", ftruncate(fd, -1));
    say("seek end", lseek(fd, -10, SEEK_END));
    say("seek before start", lseek(fd, -1, SEEK_SET));
    say("seek bad whence", lseek(fd, 0, 99));
    say("seek far", lseek(fd, 1L << 40, SEEK_SET));
    char byte;
    say("read there", read(fd, &byte, 1));
    int app = open("f", O_WRONLY | O_APPEND);
    lseek(app, 0, SEEK_SET);
    say("append", write(app, "end", 3));
    say("position", lseek(app, 0, SEEK_CUR));
    say("read of write only", read(app, &byte, 1));
    int ro = open("f", O_RDONLY);
    say("write of read only", write(ro, "x", 1));
    say("ftruncate of read only", ftruncate(ro, 0));
    say("bad fd", write(77, "x", 1));
    say("write zero", write(app, "", 0));
    say("bad address", write(app, (void *)8, 5));
    struct iovec out[3] = {{"one", 3}, {"", 0}, {"three", 5}};
    lseek(fd, 0, SEEK_SET);
    say("writev", writev(fd, out, 3));
    char a[2], b[20];
    struct iovec in[2] = {{a, 2}, {b, 6}};
    say("preadv", preadv(fd, in, 2, 1));
    printf("%.2s|%.6s\n", a, b);
    say("iov count", writev(fd, out, 2000));
    int copy = open("copy", O_CREAT | O_RDWR, 0600);
    off_t at = 3;
    say("sendfile", sendfile(copy, fd, &at, 5));
    printf("at %ld\n", (long)at);
    off_t from = 0;
    say("copy_file_range", copy_file_range(fd, &from, copy, NULL, 3, 0));
    char text[9] = {0};
    pread(copy, text, 8, 0);
    printf("%s\n", text);
    int dup_fd = dup(fd);
    lseek(dup_fd, 42, SEEK_SET);
    say("shared position", lseek(fd, 0, SEEK_CUR));
    say("dup2 same", dup2(fd, fd) == fd ? 0 : -1);
    say("dup3 same", dup3(fd, fd, 0));
    say("dup2", dup2(fd, 50));
    fcntl(50, F_SETFD, FD_CLOEXEC);
    printf("cloexec %d %d\n", fcntl(50, F_GETFD), fcntl(fd, F_GETFD));
    say("dupfd", fcntl(fd, F_DUPFD, 60));
    say("dupfd cloexec", fcntl(fd, F_DUPFD_CLOEXEC, 60));
    printf("append %d, accmode %d\n", (fcntl(app, F_GETFL) & O_APPEND) != 0, fcntl(app, F_GETFL) & O_ACCMODE);
    fcntl(app, F_SETFL, 0);
    printf("append %d\n", (fcntl(app, F_GETFL) & O_APPEND) != 0);
    say("close_range", close_range(50, 70, 0));
    say("closed", fcntl(60, F_GETFD));
    struct timespec times[2] = {{1000, 5}, {2000, 999999999}};
    say("utimensat", utimensat(AT_FDCWD, "f", times, 0));
    stat("f", &st);
    printf("%ld.%09ld %ld.%09ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_nsec = 7;
    futimens(fd, times);
    stat("f", &st);
    printf("%ld.%09ld %ld.%09ld\n", (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    say("chmod", chmod("f", 04751));
    stat("f", &st);
    printf("mode %o, blocks > 0 %d\n", st.st_mode, st.st_blocks > 0);
    struct statx sx;
    say("statx", statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
    printf("%o %llu\n", sx.stx_mode, (unsigned long long)sx.stx_size);
    say("access x", access("f", X_OK));
    chmod("f", 0600);
    say("access no x", access("f", X_OK));
    say("access missing", access("g", F_OK));
    char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        map[0] = 'M';
        pread(fd, &byte, 1, 0);
        printf("seen by read: %c\n", byte);
        pwrite(fd, "W", 1, 1);
        printf("seen in map: %c\n", map[1]);
        munmap(map, 4096);
    }
    say("posix_fallocate", posix_fallocate(fd, 0, 20000));
    fstat(fd, &st);
    printf("size %ld\n", (long)st.st_size);
    int mem = memfd_create("name", MFD_ALLOW_SEALING);
    write(mem, "abc", 3);
    say("seal", fcntl(mem, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    say("grow sealed", ftruncate(mem, 10));
    say("shrink sealed", ftruncate(mem, 1));
    printf("seals %d\n", fcntl(mem, F_GET_SEALS));
    unlink("f"), unlink("copy");
    chdir("/");
    say("rmdir", rmdir(folder));
    return 0;
}
