// kind: so pie
// Seals of memory files, with mappings of them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, ADD = F_ADD_SEALS };
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

static long said(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
    return result;
}

static int file(void) {
    int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    if (ftruncate(fd, PAGE) < 0) said("ftruncate", -1);
    return fd;
}

static char *map(const char *what, int fd, int prot, int flags) {
    char *at = mmap(0, PAGE, prot, flags, fd, 0);
    said(what, at == MAP_FAILED ? -1 : 0);
    return at;
}

static void seals_of(const char *what, int fd) {
    struct stat is;
    if (fd < 0 || fstat(fd, &is) < 0) {
        said(what, -1);
        return;
    }
    printf("%s: seals %x, mode %o\n", what, fcntl(fd, F_GET_SEALS), is.st_mode);
}

/// The seal of whether a file may be executed.
static void programs(void) {
    enum { NOT = 8, IS = 16, SEAL = 0x20 };
    seals_of("a program", memfd_create("x", MFD_ALLOW_SEALING | IS));
    seals_of("a program without seals", memfd_create("x", IS));
    seals_of("neither said", memfd_create("x", 0));
    seals_of("both said", memfd_create("x", IS | NOT));
    int fd = memfd_create("x", NOT);
    seals_of("no program", fd);
    said("chmod to execute", fchmod(fd, 0700));
    said("chmod to read", fchmod(fd, 0400));
    said("seal growing", fcntl(fd, ADD, F_SEAL_GROW));
    seals_of("then", fd);
    fd = memfd_create("x", MFD_ALLOW_SEALING);
    said("seal a program", fcntl(fd, ADD, SEAL));
    seals_of("then", fd);
    said("chmod not to execute", fchmod(fd, 0600));
    said("write", write(fd, "x", 1));
    fd = memfd_create("x", MFD_ALLOW_SEALING);
    fchmod(fd, 0600);
    said("seal what was made no program", fcntl(fd, ADD, SEAL));
    seals_of("then", fd);
    said("write", write(fd, "x", 1));
    fd = file();
    map("mmap to write", fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    said("seal a program that is mapped", fcntl(fd, ADD, SEAL));
    seals_of("then", fd);
}

int main(void) {
    programs();
    int fd = file();
    char *at = map("mmap to write", fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    said("seal writes while mapped to write", fcntl(fd, ADD, F_SEAL_WRITE));
    printf("seals %x\n", fcntl(fd, F_GET_SEALS));
    said("seal growing", fcntl(fd, ADD, F_SEAL_GROW));
    munmap(at, PAGE);
    char *copy = map("mmap a copy", fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    said("seal writes while a copy is mapped", fcntl(fd, ADD, F_SEAL_WRITE));
    printf("seals %x\n", fcntl(fd, F_GET_SEALS));
    strcpy(copy, "mine");
    said("write", write(fd, "x", 1));
    said("pwrite", pwrite(fd, "x", 1, 100));
    said("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
    map("mmap to write when sealed", fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    map("mmap a copy to write when sealed", fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    at = map("mmap to read when sealed", fd, PROT_READ, MAP_SHARED);
    if (at != MAP_FAILED) {
        said("mprotect to write", mprotect(at, PAGE, PROT_READ | PROT_WRITE));
        printf("it shows %d\n", at[0]);
    }
    said("grow", ftruncate(fd, 2 * PAGE));
    said("shrink", ftruncate(fd, PAGE / 2));

    fd = file();
    at = map("mmap to write", fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    char *later = map("mmap to read", fd, PROT_READ, MAP_SHARED);
    said("seal future writes", fcntl(fd, ADD, F_SEAL_FUTURE_WRITE));
    printf("seals %x\n", fcntl(fd, F_GET_SEALS));
    strcpy(at, "stored");
    char buf[10] = "";
    said("read", pread(fd, buf, 7, 0));
    puts(buf);
    said("write", write(fd, "x", 1));
    said("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 10));
    map("mmap to write", fd, PROT_READ | PROT_WRITE, MAP_SHARED);
    char *read = map("mmap to read", fd, PROT_READ, MAP_SHARED);
    said("mprotect what was mapped to read before", mprotect(later, PAGE, PROT_READ | PROT_WRITE));
    if (read != MAP_FAILED) said("mprotect what is mapped to read", mprotect(read, PAGE, PROT_READ | PROT_WRITE));
    said("grow", ftruncate(fd, 2 * PAGE));
    said("seal sealing", fcntl(fd, ADD, F_SEAL_SEAL));
    said("seal shrinking", fcntl(fd, ADD, F_SEAL_SHRINK));

    fd = file();
    at = map("mmap to read", fd, PROT_READ, MAP_SHARED);
    said("seal writes while mapped to read", fcntl(fd, ADD, F_SEAL_WRITE));
    if (said("mprotect to write", mprotect(at, PAGE, PROT_READ | PROT_WRITE)) == 0) strcpy(at, "stored");

    fd = file();
    char path[40];
    sprintf(path, "/proc/self/fd/%d", fd);
    int reader = open(path, O_RDONLY);
    at = map("mmap what is open to read", reader, PROT_READ, MAP_SHARED);
    said("seal by that", fcntl(reader, ADD, F_SEAL_WRITE));
    said("seal writes", fcntl(fd, ADD, F_SEAL_WRITE));
    said("mprotect to write", mprotect(at, PAGE, PROT_READ | PROT_WRITE));
    return 0;
}
