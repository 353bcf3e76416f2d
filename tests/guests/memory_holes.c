// kind: so pie
// Holes in shared memory: madvise(MADV_REMOVE), and what fallocate(2) does of it to files in memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, SIZE = 4 * PAGE };

static void removes(const char *what, char *at, size_t len) {
    int result = madvise(at, len, MADV_REMOVE);
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
}

static char *map(int fd, int prot, int flags) {
    char *at = mmap(0, SIZE, prot, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    if (at == MAP_FAILED) perror("mmap");
    return at;
}

static void shows(const char *at) {
    printf("  %d %d %d %d\n", at[0], at[PAGE], at[2 * PAGE], at[SIZE - 1]);
}

static int file(void) {
    int fd = memfd_create("file", MFD_ALLOW_SEALING);
    if (ftruncate(fd, SIZE)) perror("ftruncate");
    return fd;
}

static void blocks(int fd, const char *what) {
    struct stat is;
    fstat(fd, &is);
    printf("%s: size %d, %d blocks\n", what, (int)is.st_size, (int)is.st_blocks);
}

int main(void) {
    char *at = map(-1, PROT_READ | PROT_WRITE, MAP_SHARED);
    memset(at, 1, SIZE);
    removes("shared", at + PAGE, 2 * PAGE);
    shows(at);
    at[PAGE] = 2;
    shows(at);
    char *private = map(-1, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    memset(private, 1, SIZE);
    removes("private", private, PAGE);
    shows(private);
    removes("no page", at + 1, PAGE);
    removes("nothing", at, 0);

    int fd = file();
    at = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    char *other = map(fd, PROT_READ, MAP_SHARED), *copy = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    memset(at, 1, SIZE);
    copy[0] = 3;
    removes("a file", at, PAGE);
    shows(other);
    printf("  the copy keeps %d\n", copy[0]);
    removes("a file mapped to read, opened to write", other + PAGE, PAGE);
    shows(at);
    removes("a file's copy", copy, PAGE);
    char path[40];
    sprintf(path, "/proc/self/fd/%d", fd);
    removes("a file opened to read", map(open(path, O_RDONLY), PROT_READ, MAP_SHARED), PAGE);
    memset(at, 1, SIZE);
    munmap(at + PAGE, PAGE);
    removes("with a hole in it", at, SIZE);
    printf("  %d %d\n", at[0], at[2 * PAGE]);
    char byte = 9;
    printf("the file: %zd", pread(fd, &byte, 1, 2 * PAGE));
    printf(" %d\n", byte);

    fd = file();
    const struct { const char *name; int mode; } modes[] = {
        {"allocate", 0}, {"keep the size", FALLOC_FL_KEEP_SIZE}, {"a hole", FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE},
        {"a hole that may change the size", FALLOC_FL_PUNCH_HOLE}, {"zeroes", FALLOC_FL_ZERO_RANGE},
        {"zeroes of the size", FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE}, {"collapse", FALLOC_FL_COLLAPSE_RANGE},
        {"insert", FALLOC_FL_INSERT_RANGE}, {"unshare", FALLOC_FL_UNSHARE_RANGE}, {"two", FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE},
        {"none known", 0x1000},
    };
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        int result = fallocate(fd, modes[i].mode, 0, PAGE);
        printf("%s: %s\n", modes[i].name, result ? strerrorname_np(errno) : "ok");
    }

    // The last page goes when all of it does, though the file ends within it.
    fd = memfd_create("short", 0);
    (void)!write(fd, "hello", 5);
    blocks(fd, "written");
    const off_t ends[] = {3, 5, PAGE - 1, PAGE, SIZE};
    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        char bytes[10];
        (void)!pwrite(fd, "hello", 5, 0);
        int result = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, ends[i]);
        printf("a hole of %d: %d\n", (int)ends[i], result);
        blocks(fd, "  then");
        printf("  %zd bytes", pread(fd, bytes, sizeof bytes, 0));
        for (int at = 0; at < 5; at++) printf(" %d", bytes[at]);
        puts("");
    }
    printf("behind the end: %d\n", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE));
    blocks(fd, "  then");
    return 0;
}
