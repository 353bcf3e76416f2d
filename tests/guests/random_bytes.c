// kind: pie
// getrandom, getentropy, the random devices and what /proc says about them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef GRND_INSECURE
#define GRND_INSECURE 4
#endif

static void ask(const char *what, size_t len, unsigned flags) {
    static char buf[70000];
    errno = 0;
    ssize_t n = getrandom(buf, len, flags);
    printf("%s %zd errno %d\n", what, n, errno);
}

static int text(const char *path, char *buf, size_t size) {
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, buf, size - 1);
    close(fd);
    buf[n > 0 ? n : 0] = 0;
    return n;
}

// Whether a text is a UUID of version 4 and a line's end.
static int is_uuid(const char *s) {
    if (strlen(s) != 37 || s[36] != '\n' || s[14] != '4' || !strchr("89ab", s[19]))
        return 0;
    for (int i = 0; i < 36; i++)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
            return 0;
    return 1;
}

// Whether two pieces differ in fewer or more bits than chance has it.
static int look_alike(const unsigned char *a, const unsigned char *b, int len) {
    int different = 0;
    for (int i = 0; i < len; i++)
        different += __builtin_popcount(a[i] ^ b[i]);
    return different < len * 3 || different > len * 5;
}

static void request(const char *what, int fd, unsigned long request, void *argument) {
    errno = 0;
    int result = ioctl(fd, request, argument);
    printf(" %s %d %d", what, result, errno);
}

// What random(4) can be asked and told.
static void requests(int fd) {
    int bits = -1, eight = 8, negative = -1;
    struct { struct rand_pool_info head; char bytes[16]; } given = {{8, 16}, "sixteen bytes.."};
    request("get", fd, RNDGETENTCNT, &bits);
    printf(" %d", bits);
    request("add", fd, RNDADDTOENTCNT, &eight), request("negative", fd, RNDADDTOENTCNT, &negative);
    request("pointer", fd, RNDADDTOENTCNT, NULL);
    request("give", fd, RNDADDENTROPY, &given), given.head.entropy_count = -1;
    request("negative", fd, RNDADDENTROPY, &given), given.head.entropy_count = 8, given.head.buf_size = -1;
    request("negative", fd, RNDADDENTROPY, &given), given.head.buf_size = 0;
    request("nothing", fd, RNDADDENTROPY, &given), request("pointer", fd, RNDADDENTROPY, NULL);
    request("zap", fd, RNDZAPENTCNT, NULL), request("clear", fd, RNDCLEARPOOL, NULL);
    request("reseed", fd, RNDRESEEDCRNG, NULL), request("unknown", fd, RNDGETPOOL, NULL);
    errno = 0;
    printf(" terminal %d", isatty(fd)), printf(" %d\n", errno);
    struct pollfd poll_one = {fd, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM, 0};
    printf("poll %d", poll(&poll_one, 1, 0)), printf(" %x", poll_one.revents);
    int epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN | EPOLLOUT, {0}};
    errno = 0;
    printf(" epoll %d", epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)), printf(" %d", errno);
    printf(" %d", epoll_wait(epoll, &event, 1, 0)), printf(" %x\n", event.events);
    close(epoll);
}

static unsigned char streams[4][4096];

static void *draw(void *at) {
    for (int i = 0; i < 4096; i += 64)
        if (getrandom((char *)at + i, 64, 0) != 64)
            return at;
    return NULL;
}

int main(void) {
    ask("plain", 64, 0), ask("random", 64, GRND_RANDOM), ask("insecure", 64, GRND_INSECURE);
    ask("nonblock", 64, GRND_NONBLOCK), ask("both", 64, GRND_NONBLOCK | GRND_RANDOM);
    ask("insecure nonblock", 64, GRND_INSECURE | GRND_NONBLOCK);
    ask("insecure random", 64, GRND_INSECURE | GRND_RANDOM), ask("unknown", 64, 8);
    ask("none", 0, 0), ask("much", 70000, 0);
    printf("bad pointer %zd", syscall(SYS_getrandom, 16, 64, 0)), printf(" errno %d\n", errno);

    // Half of the buffer can't be written.
    char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(pages + 4096, 4096, PROT_NONE);
    printf("half %d\n", getrandom(pages + 4096 - 100, 100, 0) == 100);
    errno = 0;
    printf("getentropy %d", getentropy(streams, 256)), printf(" errno %d\n", errno);
    printf("getentropy %d", getentropy(streams, 257)), printf(" errno %d\n", errno);
    errno = 0;
    printf("getentropy %d", getentropy(streams, 0)), printf(" errno %d\n", errno);

    const char *devices[] = {"/dev/random", "/dev/urandom"};
    for (int i = 0; i < 2; i++) {
        int fd = open(devices[i], O_RDWR | O_NONBLOCK);
        unsigned char first[256], second[256];
        printf("%s %zd", devices[i], read(fd, first, 256));
        printf(" %zd", read(fd, second, 256));
        printf(" alike %d", look_alike(first, second, 256));
        printf(" pread %zd", pread(fd, first, 256, 7));
        printf(" alike %d", look_alike(first, second, 256));
        printf(" write %zd %zd\n", write(fd, "seed", 4), write(fd, streams, sizeof streams));
        requests(fd);
        close(fd);
    }

    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, draw, streams[i]);
    int alike = 0;
    for (int i = 0; i < 4; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        alike += failed != NULL;
    }
    // Every block of every thread against every other's.
    for (int a = 0; a < 4 * 64; a++)
        for (int b = 0; b < a; b++)
            alike += !memcmp((char *)streams + a * 64, (char *)streams + b * 64, 16);
    printf("blocks alike %d\n", alike);

    char buf[64], other[64];
    text("/proc/sys/kernel/random/entropy_avail", buf, sizeof buf);
    printf("entropy_avail %s", buf);
    text("/proc/sys/kernel/random/poolsize", buf, sizeof buf);
    printf("poolsize %s", buf);
    text("/proc/sys/kernel/random/uuid", buf, sizeof buf);
    text("/proc/sys/kernel/random/uuid", other, sizeof other);
    printf("uuid %d %d same %d\n", is_uuid(buf), is_uuid(other), !strcmp(buf, other));
    text("/proc/sys/kernel/random/boot_id", buf, sizeof buf);
    text("/proc/sys/kernel/random/boot_id", other, sizeof other);
    printf("boot_id %d same %d\n", is_uuid(buf), !strcmp(buf, other));

    unsigned char *start = (unsigned char *)getauxval(AT_RANDOM), zero[16] = {0};
    printf("AT_RANDOM %d\n", memcmp(start, zero, 16) != 0);
    return 0;
}
