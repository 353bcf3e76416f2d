// kind: so
// readv(2) and writev(2) are one transfer, whatever the number of their buffers.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static char a[4], b[8], c[4];
static struct iovec three[4] = {{a, 4}, {0, 0}, {b, 8}, {c, 4}};

static void show(const char *what, ssize_t n) {
    printf("%s: %zd %s |%.4s|%.8s|%.4s|\n", what, n, n < 0 ? strerror(errno) : "", a, b, c);
    memset(a, '.', 4), memset(b, '.', 8), memset(c, '.', 4);
}

int main(void) {
    int ends[2], pair[2];
    char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *bad = page + 4096;
    mprotect(bad, 4096, PROT_NONE);
    show("nothing yet", 0);

    // What there is does not fill the buffers: nobody waits for the rest.
    if (pipe(ends)) return 1;
    write(ends[1], "abcd", 4);
    show("pipe, the first buffer full", readv(ends[0], three, 4));
    write(ends[1], "abcdefghij", 10);
    show("pipe, the second in part", readv(ends[0], three, 4));
    show("pipe, gathered", writev(ends[1], (struct iovec[]){{"ab", 2}, {"", 0}, {"cdef", 4}}, 3));
    show("pipe, read", readv(ends[0], three, 4));
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    show("empty pipe", readv(ends[0], three, 4));
    show("empty pipe, no buffers", readv(ends[0], three, 0));
    show("empty pipe, an empty buffer", readv(ends[0], three + 1, 1));
    show("wrong end", readv(ends[1], three + 1, 1));
    show("no file", readv(99, three, 4));
    show("too many", readv(ends[0], three, IOV_MAX + 1));
    show("fewer than none", readv(ends[0], three, -1));
    show("no vectors", readv(ends[0], (struct iovec *)bad, 2));
    show("too long", readv(ends[0], (struct iovec[]){{a, 4}, {b, (size_t)-1}}, 2));

    // One message of a datagram socket, one count of an event counter.
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) return 1;
    show("datagram, sent", writev(pair[0], (struct iovec[]){{"one", 3}, {"two", 3}}, 2));
    send(pair[0], "second", 6, 0);
    show("datagram", readv(pair[1], three, 4));
    show("datagram", readv(pair[1], three, 4));
    show("datagram from a bad address", writev(pair[0], (struct iovec[]){{"one", 3}, {bad, 3}}, 2));
    int event = eventfd(5, EFD_NONBLOCK);
    unsigned char low[4], high[4];
    ssize_t n = readv(event, (struct iovec[]){{low, 4}, {high, 4}}, 2);
    printf("event: %zd %s %d\n", n, n < 0 ? strerror(errno) : "", n == 8 ? low[0] + high[0] : -1);

    // A file: the part that can be had counts.
    int fd = open("/tmp/vector_calls", O_RDWR | O_CREAT | O_TRUNC, 0600);
    show("file", writev(fd, (struct iovec[]){{"0123456789", 10}, {"abcdef", 6}}, 2));
    show("file, the second cannot be read", writev(fd, (struct iovec[]){{"XYZ", 3}, {bad, 6}}, 2));
    show("file, the first cannot be read", writev(fd, (struct iovec[]){{bad, 6}, {"XYZ", 3}}, 2));
    printf("at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    show("preadv", preadv(fd, three, 4, 2));
    show("preadv at the end", preadv(fd, three, 4, 14));
    show("preadv after it", preadv(fd, three, 4, 100));
    lseek(fd, 0, SEEK_SET);
    show("file, the second cannot be stored", readv(fd, (struct iovec[]){{a, 4}, {bad, 4}}, 2));
    printf("at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    show("file, the first cannot be stored", readv(fd, (struct iovec[]){{bad, 4}, {a, 4}}, 2));
    printf("at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
    show("pwritev", pwritev(fd, (struct iovec[]){{"--", 2}, {"++", 2}}, 2, 1));
    show("pwritev2, appended", pwritev2(fd, (struct iovec[]){{"en", 2}, {"d", 1}}, 2, 1, RWF_APPEND));
    show("preadv2, from the position", preadv2(fd, three, 4, -1, 0));
    show("preadv2, unknown flag", preadv2(fd, three, 4, 0, 0x4000));
    char all[64] = "";
    printf("%zd %s\n", pread(fd, all, 63, 0), all);

    // Buffers are what they were when the call began, even where it stores.
    struct iovec over[2] = {{0, 0}, {b, 4}};
    over[0] = (struct iovec){over, sizeof over};
    memset(all, 0, sizeof all);
    pwrite(fd, all, sizeof all, 0), pwrite(fd, "tail", 4, sizeof over), lseek(fd, 0, SEEK_SET);
    show("over the vectors", readv(fd, over, 2));
    unlink("/tmp/vector_calls");
    return 0;
}
