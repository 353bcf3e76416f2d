// kind: pie
// Resource limits that have an effect: descriptors, file size, address space, data.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static int limit(int kind, rlim_t soft) {
    struct rlimit now;
    getrlimit(kind, &now);
    now.rlim_cur = soft;
    return setrlimit(kind, &now);
}

static volatile sig_atomic_t exceeded;
static void on_xfsz(int number) { exceeded += number == SIGXFSZ; }

int main(void) {
    say("nofile", limit(RLIMIT_NOFILE, 40));
    int last = -1, fd;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    say("descriptors end", fd);
    printf("last %d\n", last);
    say("dup", dup(0));
    say("dup2 above", dup2(0, 40));
    int ends[2];
    say("pipe", pipe(ends));
    say("dupfd above", fcntl(0, F_DUPFD, 40));
    close_range(3, ~0u, 0);
    struct rlimit huge = {1 << 20, 1ul << 40};
    say("more than can be", setrlimit(RLIMIT_NOFILE, &huge));
    say("soft above hard", setrlimit(RLIMIT_CORE, &(struct rlimit){2, 1}));
    say("bad kind", setrlimit(99, &huge));

    char path[] = "/tmp/osvrun-XXXXXX", buf[300];
    memset(buf, 'x', sizeof buf);
    fd = mkstemp(path);
    sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = on_xfsz}, NULL);
    say("fsize", limit(RLIMIT_FSIZE, 1000));
    for (int i = 0; i < 5; i++)
        say("write", write(fd, buf, sizeof buf));
    printf("signals %d\n", exceeded);
    say("pwrite", pwrite(fd, buf, 10, 995));
    say("pwrite beyond", pwrite(fd, buf, 10, 1000));
    say("ftruncate", ftruncate(fd, 1001));
    say("shrink", ftruncate(fd, 500));
    say("truncate", truncate(path, 2000));
    say("fallocate", fallocate(fd, 0, 0, 1001));
    printf("signals %d\n", exceeded);
    say("append", (fcntl(fd, F_SETFL, O_APPEND), write(fd, buf, 0)));
    struct stat st;
    fstat(fd, &st);
    printf("size %ld\n", (long)st.st_size);
    signal(SIGXFSZ, SIG_IGN);
    say("ignored", pwrite(fd, buf, 10, 4000));
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    unlink(path);

    struct rlimit before;
    getrlimit(RLIMIT_AS, &before);
    void *kept = mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    say("as", limit(RLIMIT_AS, 1 << 20));
    say("mmap", mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("mremap", mremap(kept, 1 << 20, 2 << 20, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
    say("sbrk", sbrk(1 << 20) == (void *)-1 ? -1 : 0);
    say("back", setrlimit(RLIMIT_AS, &before));
    say("mmap", mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("data", limit(RLIMIT_DATA, 4096));
    say("writable", mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("read only", mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    say("shared", mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    return 0;
}
