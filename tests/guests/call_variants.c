//! Options, advices and flags of calls that programs use and that nothing else asks for.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SAY(what, call) \
    do { \
        errno = 0; \
        long got = (call); \
        printf("%s %ld %s\n", what, got, got == -1 ? strerrorname_np(errno) : ""); \
    } while (0)

static long set(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value); }
static long get(int fd, int level, int name) {
    int value = -5;
    socklen_t len = sizeof value;
    if (getsockopt(fd, level, name, &value, &len)) return -1;
    return len == 4 ? value : 1000 + (int)len;
}

static void options(void) {
    struct sockaddr_in address = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}, {0}}, far = {AF_INET, 0, {htonl(0x0a090807)}, {0}};
    socklen_t len = sizeof address;
    char name[40] = "";
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    SAY("fast open", get(listener, IPPROTO_TCP, TCP_FASTOPEN));
    SAY("set", set(listener, IPPROTO_TCP, TCP_FASTOPEN, 5));
    SAY("negative", set(listener, IPPROTO_TCP, TCP_FASTOPEN, -1));
    SAY("of datagrams", set(datagrams, IPPROTO_TCP, TCP_FASTOPEN, 5));
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 3);
    getsockname(listener, (struct sockaddr *)&address, &len);
    SAY("connect", connect(fd, (struct sockaddr *)&address, sizeof address));
    SAY("fast open when connected", set(fd, IPPROTO_TCP, TCP_FASTOPEN, 5));
    SAY("number of the queue", get(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID));
    SAY("options of packets", get(fd, IPPROTO_IP, IP_OPTIONS));
    SAY("bind to a far address", bind(datagrams, (struct sockaddr *)&far, sizeof far));
    SAY("free", set(datagrams, IPPROTO_IP, IP_FREEBIND, 7));
    SAY("free is", get(datagrams, IPPROTO_IP, IP_FREEBIND));
    SAY("bind to a far address", bind(datagrams, (struct sockaddr *)&far, sizeof far));
    len = sizeof far;
    SAY("name", getsockname(datagrams, (struct sockaddr *)&far, &len));
    printf("%x\n", ntohl(far.sin_addr.s_addr));

    len = sizeof name;
    SAY("interface", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    printf("%d bytes\n", (int)len);
    SAY("unknown", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "none0", 5));
    SAY("loopback", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
    len = sizeof name;
    SAY("interface", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    printf("%d bytes: %s\n", (int)len, name);
    len = 15;
    SAY("little room", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    SAY("works", write(fd, "hello", 5));
    SAY("none again", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "", 0));
    len = sizeof name;
    SAY("interface", getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
    printf("%d bytes\n", (int)len);
}

static void memory(int fd) {
    ftruncate(fd, 8192);
    char *own = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *shared = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *file = mmap(0, 8192, PROT_READ, MAP_PRIVATE, fd, 0);
    char *none = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    own[0] = shared[0] = 5;
    SAY("free shared", madvise(shared, 8192, MADV_FREE));
    SAY("free file", madvise(file, 8192, MADV_FREE));
    printf("still %d\n", shared[0]);
    SAY("populate for writing", madvise(own, 8192, MADV_POPULATE_WRITE));
    SAY("populate for writing what is not to be written", madvise(file, 8192, MADV_POPULATE_WRITE));
    SAY("populate for reading", madvise(file, 8192, MADV_POPULATE_READ));
    SAY("populate nothing", madvise(none, 8192, MADV_POPULATE_READ));
    SAY("fit for atomic operations", mprotect(own, 4096, PROT_READ | PROT_WRITE | 8 /* PROT_SEM */));
    SAY("bad access", mprotect(own, 4096, PROT_READ | 0x40));
    printf("own %d\n", own[0]);
}

static void clones(void) {
    struct file_clone_range range = {0};
    int one = open("/dev/shm/variants.1", O_RDWR | O_CREAT, 0600), two = open("/dev/shm/variants.2", O_RDWR | O_CREAT, 0600);
    int for_reading = open("/dev/shm/variants.1", O_RDONLY), at_the_end = open("/dev/shm/variants.2", O_WRONLY | O_APPEND);
    int folder = open("/dev/shm", O_RDONLY), path = open("/dev/shm/variants.1", O_PATH), null = open("/dev/null", O_RDWR);
    int zero = open("/dev/zero", O_RDWR), datagrams = socket(AF_INET, SOCK_DGRAM, 0), pipes[2], flags = -5;
    pipe(pipes);
    SAY("clone", ioctl(two, FICLONE, one));
    SAY("to a file for reading", ioctl(for_reading, FICLONE, two));
    SAY("to a file's end", ioctl(at_the_end, FICLONE, one));
    SAY("from a file for writing", ioctl(one, FICLONE, at_the_end));
    SAY("from none", ioctl(two, FICLONE, 99));
    SAY("from a path", ioctl(two, FICLONE, path));
    SAY("from a folder", ioctl(two, FICLONE, folder));
    SAY("to a folder", ioctl(folder, FICLONE, one));
    SAY("from a pipe", ioctl(two, FICLONE, pipes[0]));
    SAY("to a pipe", ioctl(pipes[1], FICLONE, one));
    SAY("between ends of a pipe", ioctl(pipes[1], FICLONE, pipes[0]));
    SAY("to a socket", ioctl(datagrams, FICLONE, one));
    SAY("between devices", ioctl(null, FICLONE, zero));
    range.src_fd = one;
    range.src_offset = 9000;
    SAY("range", ioctl(two, FICLONERANGE, &range));
    SAY("nowhere", ioctl(two, FICLONERANGE, 8));
    range.src_fd = -1;
    SAY("range from none", ioctl(two, FICLONERANGE, &range));
    SAY("flags", ioctl(for_reading, FS_IOC_GETFLAGS, &flags));
    printf("%d\n", flags);
    SAY("flags of a folder", ioctl(folder, FS_IOC_GETFLAGS, &flags));
    SAY("flags of a pipe", ioctl(pipes[0], FS_IOC_GETFLAGS, &flags));
    SAY("flags of a device", ioctl(null, FS_IOC_GETFLAGS, &flags));
    unlink("/dev/shm/variants.1");
    unlink("/dev/shm/variants.2");
}

int main(void) {
    struct statx is;
    struct timespec time = {0, 1000};
    uint32_t words[2] = {0, 0};
    int fd = memfd_create("variants", 0);
    options();
    memory(fd);
    clones();
    SAY("statx", statx(AT_FDCWD, "/", AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &is));
    SAY("statx, both", statx(AT_FDCWD, "/", AT_STATX_DONT_SYNC | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &is));
    SAY("statx, unknown", statx(AT_FDCWD, "/", 0x8000000, STATX_BASIC_STATS, &is));
    SAY("odd word", syscall(SYS_futex, (char *)words + 1, FUTEX_WAKE, 1, 0, 0, 0));
    SAY("even word", syscall(SYS_futex, words, FUTEX_WAKE, 1, 0, 0, 0));
    printf("sleep by a thread's time %d\n", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &time, 0));
    SAY("the call itself", syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &time, 0));
    SAY("deadlines' priorities", sched_get_priority_max(6));
    SAY("by the call", syscall(SYS_sched_get_priority_max, 6));
    SAY("secure bits", prctl(PR_GET_SECUREBITS));
    SAY("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 5, 0, 0));
    SAY("none ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
    SAY("lower", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 5, 0, 0));
    SAY("raise", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0));
    SAY("another", prctl(PR_CAP_AMBIENT, 9, 5, 0, 0));
    SAY("huge pages", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    SAY("disabled", prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
    SAY("huge pages", prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
    return 0;
}
