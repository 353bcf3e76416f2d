// kind: so pie
// Asynchronous requests of the kernel, which libaio makes: io_setup, io_submit, io_getevents, io_cancel, io_destroy.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// The ring's head, which libaio reads.
struct ring { unsigned id, nr, head, tail, magic, compatible, incompatible, header; };

static aio_context_t context;
static char page[8192] __attribute__((aligned(4096)));

static long said(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
    return result;
}

static long counted(void) {
    long count = -1;
    FILE *file = fopen("/proc/sys/fs/aio-nr", "r");
    if (!file || fscanf(file, "%ld", &count) != 1)
        return -1;
    fclose(file);
    return count;
}

// How many requests there are contexts for.
static void counts(void) {
    aio_context_t one = 0, other = 0;
    long before = counted(), most = 0;
    FILE *file = fopen("/proc/sys/fs/aio-max-nr", "r");
    printf("most: %d\n", file && fscanf(file, "%ld", &most) == 1 && most >= 1000);
    said("a context", syscall(SYS_io_setup, 100, &one));
    said("another", syscall(SYS_io_setup, 7, &other));
    printf("counted: %ld\n", counted() - before);
    said("one ends", syscall(SYS_io_destroy, one));
    printf("counted: %ld\n", counted() - before);
    one = 0;
    said("too many", most < 1 << 22 ? syscall(SYS_io_setup, most + 1, &one) : (errno = EAGAIN, -1));
    said("the other ends", syscall(SYS_io_destroy, other));
    printf("counted: %ld\n", counted() - before);
}

static long submit(struct iocb *one) {
    return syscall(SYS_io_submit, context, 1, &one);
}

static struct iocb request(int opcode, int fd, void *buf, size_t count, long offset) {
    return (struct iocb){.aio_data = 7, .aio_lio_opcode = opcode, .aio_fildes = fd, .aio_buf = (uintptr_t)buf, .aio_nbytes = count, .aio_offset = offset};
}

static long events(const char *what, long least, long most, struct timespec *timeout) {
    struct io_event got[10];
    long n = said(what, syscall(SYS_io_getevents, context, least, most, got, timeout));
    for (long i = 0; i < n; i++) {
        struct iocb *of = (void *)(uintptr_t)got[i].obj;
        long result = got[i].res;
        printf("  data %llu, opcode %d: %ld %s %lld\n", got[i].data, of->aio_lio_opcode, result < 0 ? -1 : result, result < 0 ? strerrorname_np(-result) : "", got[i].res2);
    }
    return n;
}

static struct timespec now = {0, 0};

static void one(const char *what, int opcode, int fd, void *buf, size_t count, long offset) {
    struct iocb block = request(opcode, fd, buf, count, offset);
    block.aio_key = 55;
    if (said(what, submit(&block)) == 1) events("  events", 1, 1, 0);
    if (block.aio_key != 0 && block.aio_key != 55) puts("  another key");
}

static void *later(void *fd) {
    usleep(20000);
    if (write(*(int *)fd, "later", 5) != 5) perror("write");
    return 0;
}

static void on_alarm(int number) {
    (void)number;
}

static void *until_destroyed(void *unused) {
    events("until it is destroyed", 1, 1, 0);
    return unused;
}

int main(void) {
    counts();
    aio_context_t used = 1;
    said("setup in use", syscall(SYS_io_setup, 1, &used));
    said("setup for nothing", syscall(SYS_io_setup, 0, &context));
    said("setup for too much", syscall(SYS_io_setup, 1000000, &context));
    said("setup for far too much", syscall(SYS_io_setup, -1, &context));
    said("setup nowhere", syscall(SYS_io_setup, 1, NULL));
    said("setup", syscall(SYS_io_setup, 10, &context));
    struct ring *ring = (void *)context;
    printf("ring: magic %x, compatible %u, incompatible %u, head %u, tail %u, header %u\n", ring->magic, ring->compatible, ring->incompatible, ring->head, ring->tail, ring->header);
    events("none", 0, 10, 0);
    events("none in time", 1, 10, &now);

    char name[] = "/tmp/osvrun-XXXXXX";
    int fd = mkstemp(name), reader = open(name, O_RDONLY), writer = open(name, O_WRONLY), folder = open("/tmp", O_RDONLY);
    one("write", IOCB_CMD_PWRITE, fd, "written at once", 15, 100);
    one("read", IOCB_CMD_PREAD, fd, page, 100, 100);
    printf("  %s\n", page);
    one("read at the end", IOCB_CMD_PREAD, fd, page, 100, 1000);
    struct iovec vectors[2] = {{page, 7}, {page + 100, 20}};
    one("read parts", IOCB_CMD_PREADV, fd, vectors, 2, 100);
    printf("  %.7s, %.8s\n", page, page + 100);
    one("write parts", IOCB_CMD_PWRITEV, fd, vectors, 2, 0);
    one("sync", IOCB_CMD_FSYNC, fd, 0, 0, 0);
    one("sync the data", IOCB_CMD_FDSYNC, fd, 0, 0, 0);
    one("sync with a count", IOCB_CMD_FSYNC, fd, 0, 1, 0);
    one("read nowhere", IOCB_CMD_PREAD, fd, (void *)16, 10, 0);
    one("read before the start", IOCB_CMD_PREAD, fd, page, 10, -1);
    one("write what is read", IOCB_CMD_PWRITE, reader, page, 10, 0);
    one("read what is written", IOCB_CMD_PREAD, writer, page, 10, 0);
    one("read a folder", IOCB_CMD_PREAD, folder, page, 10, 0);
    one("no descriptor", IOCB_CMD_PREAD, 999, page, 10, 0);
    one("no request", 77, fd, page, 10, 0);
    one("nothing to do", IOCB_CMD_NOOP, fd, page, 10, 0);
    one("vectors that are not there", IOCB_CMD_PREADV, fd, (void *)16, 2, 0);
    one("a length below zero", IOCB_CMD_PREAD, fd, page, -1, 0);
    struct iocb flagged = request(IOCB_CMD_PREAD, fd, page, 10, 0);
    flagged.aio_rw_flags = 0x1000;
    said("flags that there are not", submit(&flagged));
    flagged = request(IOCB_CMD_PREAD, fd, page, 10, 0);
    flagged.aio_reserved2 = 1;
    said("what is reserved", submit(&flagged));

    struct iocb blocks[3] = {request(IOCB_CMD_PREAD, fd, page, 10, 0), request(IOCB_CMD_PREAD, 999, page, 10, 0), request(IOCB_CMD_PREAD, fd, page, 10, 0)}, *list[] = {&blocks[0], &blocks[1], &blocks[2], NULL};
    said("one of three", syscall(SYS_io_submit, context, 3, list));
    events("its event", 0, 10, &now);
    blocks[1] = request(IOCB_CMD_PWRITE, fd, page, 10, 5);
    blocks[1].aio_data = 8;
    said("three", syscall(SYS_io_submit, context, 3, list));
    printf("in the ring: %u\n", (ring->tail + ring->nr - ring->head) % ring->nr);
    events("two of three", 1, 2, 0);
    events("the last", 1, 10, &now);
    said("none", syscall(SYS_io_submit, context, 0, list));
    said("fewer than none", syscall(SYS_io_submit, context, -1L, list));
    said("a list that is not there", syscall(SYS_io_submit, context, 1, NULL));
    said("a request that is not there", syscall(SYS_io_submit, context, 1, &list[3]));
    events("more at least than at most", 2, 1, &now);
    events("fewer than none at least", -1, 1, &now);
    said("submit one, take its event out of the ring", syscall(SYS_io_submit, context, 1, list));
    ring->head = (ring->head + 1) % ring->nr;
    events("none is left", 0, 10, &now);

    int event = eventfd(0, EFD_NONBLOCK);
    uint64_t count = 0;
    blocks[0].aio_flags = IOCB_FLAG_RESFD;
    blocks[0].aio_resfd = event;
    said("with an eventfd", submit(&blocks[0]));
    said("it counts", read(event, &count, sizeof count));
    printf("  %d\n", (int)count);
    events("the event", 1, 10, 0);
    blocks[0].aio_resfd = fd;
    said("with another file for it", submit(&blocks[0]));
    blocks[0].aio_resfd = 999;
    said("with none for it", submit(&blocks[0]));

    int ends[2];
    if (pipe(ends)) return 1;
    one("write to a pipe", IOCB_CMD_PWRITE, ends[1], "piped", 5, 1000);
    one("read from a pipe before the start", IOCB_CMD_PREAD, ends[0], page, 10, -5);
    one("read from a pipe", IOCB_CMD_PREAD, ends[0], page, 10, 5);
    one("poll what is ready", IOCB_CMD_POLL, ends[1], (void *)POLLOUT, 0, 0);
    one("poll a file", IOCB_CMD_POLL, fd, (void *)(POLLIN | POLLOUT), 0, 0);
    one("poll with a count", IOCB_CMD_POLL, ends[0], (void *)POLLIN, 1, 0);
    struct iocb waits = request(IOCB_CMD_POLL, ends[0], (void *)POLLIN, 0, 0);
    said("poll what is not", submit(&waits));
    events("nothing yet", 1, 1, &now);
    pthread_t thread;
    pthread_create(&thread, 0, later, &ends[1]);
    events("waited for", 1, 1, 0);
    pthread_join(thread, 0);
    if (read(ends[0], page, 10) != 5) perror("read");
    said("poll again", submit(&waits));
    struct io_event result;
    said("cancel it", syscall(SYS_io_cancel, context, &waits, &result));
    events("what it says", 1, 1, 0);
    said("cancel it again", syscall(SYS_io_cancel, context, &waits, &result));
    said("cancel what is not there", syscall(SYS_io_cancel, context, 16, &result));

    struct timespec soon = {0, 20000000};
    events("in a while", 1, 1, &soon);
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, 0);
    ualarm(20000, 0);
    events("until a signal", 1, 1, 0);
    sigset_t set;
    sigemptyset(&set);
    struct { void *set; size_t bytes; } masked = {&set, 8}, wrong = {&set, 5};
    said("pgetevents", syscall(SYS_io_pgetevents, context, 0, 1, &result, &now, &masked));
    said("a set of another size", syscall(SYS_io_pgetevents, context, 0, 1, &result, &now, &wrong));

    int many = 0;
    while (many < 10000 && submit(list[2]) == 1) many++;
    said("then", submit(list[2]));
    printf("at least what was asked for: %d\n", many >= 10);
    said("destroy", syscall(SYS_io_destroy, context));
    said("destroy again", syscall(SYS_io_destroy, context));
    said("submit to none", submit(&blocks[2]));
    events("events of none", 0, 1, &now);

    // Who waits hears of the end.
    context = 0;
    said("another", syscall(SYS_io_setup, 4, &context));
    pthread_create(&thread, 0, until_destroyed, 0);
    usleep(20000);
    long destroyed = syscall(SYS_io_destroy, context);
    pthread_join(thread, 0);
    said("destroy it", destroyed);
    unlink(name);
    return 0;
}
