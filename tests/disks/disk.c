// Uses a disk of 1 MiB and 512 bytes as a block device: disk DEVICE. What it prints is the same for every such disk.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SIZE ((1 << 20) + 512L)
static int fd;
static char bytes[300000], other[300000];

static void say(const char *what, long got) {
    int error = errno;
    printf("%s %ld%s%s\n", what, got, got < 0 ? " " : "", got < 0 ? strerrorname_np(error) : "");
}

static void sizes(void) {
    unsigned long sectors = 0;
    unsigned long long length = 0;
    int size = 0, is_read_only = 7;
    unsigned physical = 0;
    say("BLKGETSIZE64", ioctl(fd, BLKGETSIZE64, &length));
    say("BLKGETSIZE", ioctl(fd, BLKGETSIZE, &sectors));
    printf("%llu %lu\n", length, sectors);
    say("BLKSSZGET", ioctl(fd, BLKSSZGET, &size));
    say("BLKPBSZGET", ioctl(fd, BLKPBSZGET, &physical));
    printf("%d %u\n", size, physical);
    say("BLKBSZGET", ioctl(fd, BLKBSZGET, &size));
    say("BLKROGET", ioctl(fd, BLKROGET, &is_read_only));
    printf("%d %d\n", size, is_read_only);
    say("BLKFLSBUF", ioctl(fd, BLKFLSBUF, 0));
    say("TCGETS", ioctl(fd, TCGETS, bytes));
    say("EFAULT", ioctl(fd, BLKGETSIZE64, 8));
}

static void positions(void) {
    say("end", lseek(fd, 0, SEEK_END));
    say("read at the end", read(fd, bytes, 10));
    say("write at the end", write(fd, bytes, 10));
    say("write nothing there", write(fd, bytes, 0));
    say("beyond", lseek(fd, 1, SEEK_END));
    say("before", lseek(fd, -1, SEEK_SET));
    say("back", lseek(fd, -5, SEEK_END));
    say("read the last", read(fd, bytes, 10));
    say("here", lseek(fd, 0, SEEK_CUR));
    say("data", lseek(fd, 1000, SEEK_DATA));
    say("hole", lseek(fd, 1000, SEEK_HOLE));
    say("no data", lseek(fd, SIZE, SEEK_DATA));
    say("pread beyond", pread(fd, bytes, 10, SIZE + 1000));
    say("pwrite beyond", pwrite(fd, bytes, 10, SIZE));
    say("pwrite over the end", pwrite(fd, "0123456789", 10, SIZE - 3));
    say("pread over the end", pread(fd, other, 10, SIZE - 5));
    printf("%.5s\n", other + 2);
}

// Writes pieces of many lengths at many offsets, and compares with what should be there.
static void pieces(void) {
    static const int lengths[] = {1, 511, 512, 513, 4095, 4096, 4097, 65536, 70001, 200000};
    static char all[SIZE];
    unsigned state = 1, wrong = 0;
    pread(fd, all, SIZE, 0);
    for (int i = 0; i < 60; i++) {
        long length = lengths[i % 10], offset = (state = state * 1103515245 + 12345) % (SIZE - length);
        for (long n = 0; n < length; n++)
            bytes[n] = all[offset + n] = n * 7 + i;
        wrong += pwrite(fd, bytes, length, offset) != length;
        offset = (state = state * 1103515245 + 12345) % (SIZE - length);
        wrong += pread(fd, other, length, offset) != length || memcmp(other, all + offset, length);
    }
    printf("wrong %u\n", wrong);
}

// Threads that write parts of the same sectors.
static void *part(void *number) {
    long mine = (long)number;
    for (long sector = 0; sector < 100; sector++) {
        char text[128];
        memset(text, 'a' + mine, sizeof text);
        if (pwrite(fd, text, sizeof text, 300000 + 512 * sector + 128 * mine) != sizeof text)
            return "failed";
    }
    return 0;
}

static void threads(void) {
    pthread_t all[4];
    long wrong = 0;
    void *failed;
    for (long i = 0; i < 4; i++)
        pthread_create(&all[i], 0, part, (void *)i);
    for (int i = 0; i < 4; i++) {
        pthread_join(all[i], &failed);
        wrong += failed != 0;
    }
    pread(fd, other, 51200, 300000);
    for (long i = 0; i < 51200; i++)
        wrong += other[i] != 'a' + i % 512 / 128;
    printf("torn %ld\n", wrong);
}

static void mapped(void) {
    char *map = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4096);
    if (map == MAP_FAILED) {
        say("mmap", -1);
        return;
    }
    pwrite(fd, "by pwrite", 9, 5000);
    printf("%.9s\n", map + 904);
    memcpy(map + 2000, "by a store", 10);
    pread(fd, other, 10, 6096);
    printf("%.10s\n", other);
    say("msync", msync(map, 8192, MS_SYNC));
    say("munmap", munmap(map, 8192));
    map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);
    printf("%.9s\n", map + 904);
    munmap(map, 4096);
}

static void direct(const char *device) {
    int straight = open(device, O_RDWR | O_DIRECT);
    char *page = aligned_alloc(4096, 8192);
    say("direct", pread(straight, page, 4096, 512));
    say("direct at a byte", pread(straight, page, 4096, 1));
    say("direct of a byte", pread(straight, page, 1, 0));
    say("direct to a byte", pread(straight, page + 1, 512, 0));
    say("direct write", pwrite(straight, page, 4096, 512));
    say("direct write of a byte", pwrite(straight, page, 1, 512));
    free(page);
    close(straight);
}

int main(int argc, char **argv) {
    struct stat is;
    if (argc != 2 || (fd = open(argv[1], O_RDWR)) < 0)
        return perror("open"), 1;
    say("fstat", fstat(fd, &is));
    printf("block device %d, %ld bytes, %ld blocks of %ld\n", S_ISBLK(is.st_mode), (long)is.st_size, (long)is.st_blocks,
           (long)is.st_blksize);
    sizes();
    positions();
    pieces();
    threads();
    mapped();
    direct(argv[1]);
    struct pollfd ready = {fd, POLLIN | POLLOUT, 0};
    say("poll", poll(&ready, 1, 0));
    printf("%x\n", ready.revents);
    say("ftruncate", ftruncate(fd, 5));
    say("fsync", fsync(fd));
    say("fdatasync", fdatasync(fd));
    say("write", pwrite(fd, "the first bytes", 15, 0));
    say("write in the midst", pwrite(fd, "some more", 9, 777777));
    int append = open(argv[1], O_WRONLY | O_APPEND | O_TRUNC);
    say("append", write(append, "T", 1));
    return 0;
}
