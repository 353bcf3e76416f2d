// Maps files of a folder shared, beside reading and writing them: share FOLDER [kill]
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };
static int step;
static sigjmp_buf out;

static void said(const char *what, long result) {
    printf("%2d %s: %s\n", ++step, what, result < 0 ? strerrorname_np(errno) : "ok");
}

static int file(const char *name, int flags, long len) {
    int fd = open(name, flags, 0644);
    if (fd < 0) said(name, fd);
    if (len && ftruncate(fd, len) < 0) said("ftruncate", -1);
    return fd;
}

static char *map(int fd, long len, int prot, long offset) {
    char *at = mmap(0, len, prot, MAP_SHARED, fd, offset);
    said("mmap", at == MAP_FAILED ? -1 : 0);
    return at;
}

static void shows(const char *what, const char *at) { printf("   %s: %.12s\n", what, at); }

static void reads(const char *what, int fd, long offset) {
    char buf[13] = "";
    long n = pread(fd, buf, 12, offset);
    printf("   %s: %ld %s\n", what, n, buf);
}

static void on_fault(int number) { siglongjmp(out, number); }

/// Touches a byte; tells which signal that gave.
static void touches(const char *what, volatile char *at, int writes) {
    int number = sigsetjmp(out, 1);
    if (!number) {
        char byte = *at;
        if (writes) *at = byte + 1;
    }
    printf("   %s: %s\n", what, number ? sigabbrev_np(number) : "ok");
}

static pthread_mutex_t *lock_of(char *at) { return (pthread_mutex_t *)at; }
static pthread_cond_t *cond_of(char *at) { return (pthread_cond_t *)(at + 512); }

static void *waiter(void *other) {
    char *at = other;
    pthread_mutex_lock(lock_of(at));
    at[1024] = 1;
    pthread_cond_signal(cond_of(at));
    while (at[1024] != 2) pthread_cond_wait(cond_of(at), lock_of(at));
    at[1024] = 3;
    pthread_cond_signal(cond_of(at));
    pthread_mutex_unlock(lock_of(at));
    return 0;
}

/// Two mappings of one file by two descriptors hold one lock.
static void waits(void) {
    int a = file("lock", O_RDWR | O_CREAT, PAGE), b = file("lock", O_RDWR, 0);
    char *one = map(a, PAGE, PROT_READ | PROT_WRITE, 0), *two = map(b, PAGE, PROT_READ | PROT_WRITE, 0);
    pthread_mutexattr_t shared;
    pthread_condattr_t shared_cond;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_condattr_init(&shared_cond);
    pthread_condattr_setpshared(&shared_cond, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(lock_of(one), &shared);
    pthread_cond_init(cond_of(one), &shared_cond);
    pthread_t thread;
    pthread_mutex_lock(lock_of(one));
    pthread_create(&thread, 0, waiter, two);
    while (one[1024] != 1) pthread_cond_wait(cond_of(one), lock_of(one));
    one[1024] = 2;
    pthread_cond_signal(cond_of(one));
    while (one[1024] != 3) pthread_cond_wait(cond_of(one), lock_of(one));
    pthread_mutex_unlock(lock_of(one));
    pthread_join(thread, 0);
    printf("   locked by both: %d\n", two[1024]);
    // What a lock is made of is its library's matter.
    memset(one, 'L', PAGE);
    munmap(one, PAGE);
    munmap(two, PAGE);
    close(a);
    close(b);
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1]) < 0) return 1;
    signal(SIGBUS, on_fault);
    signal(SIGSEGV, on_fault);
    int a = file("shared", O_RDWR | O_CREAT, 3 * PAGE + 100);
    if (argc > 2) {
        char *at = map(a, PAGE, PROT_READ | PROT_WRITE, 0);
        strcpy(at + 50, "before the end");
        fflush(stdout);
        raise(SIGTERM);
    }
    pwrite(a, "written", 7, 10);
    char *all = map(a, 4 * PAGE, PROT_READ | PROT_WRITE, 0);
    shows("what was written", all + 10);
    strcpy(all + PAGE + 5, "stored");
    reads("what was stored", a, PAGE + 5);
    pwrite(a, "again", 5, PAGE + 5);
    shows("what was written over it", all + PAGE + 5);
    int b = file("shared", O_RDONLY, 0);
    reads("by another descriptor", b, PAGE + 5);
    char *part = map(b, PAGE, PROT_READ, PAGE);
    shows("by another mapping", part + 5);
    strcpy(all + PAGE + 40, "both");
    shows("stored there", part + 40);
    said("mprotect to write", mprotect(part, PAGE, PROT_READ | PROT_WRITE));
    said("mmap to write", mmap(0, PAGE, PROT_WRITE, MAP_SHARED, b, 0) == MAP_FAILED ? -1 : 0);
    said("msync", msync(all, 4 * PAGE, MS_SYNC));
    strcpy(all + 2 * PAGE, "after msync");
    reads("stored after msync", b, 2 * PAGE);
    said("msync of a page", msync(all + 2 * PAGE, PAGE, MS_SYNC));
    all[2 * PAGE] = 'A';
    reads("stored after that", b, 2 * PAGE);
    said("fsync", fsync(a));
    said("fdatasync", fdatasync(a));

    all[3 * PAGE + 99] = 'e';
    all[3 * PAGE + 100] = '!';
    all[3 * PAGE + 200] = '!';
    said("ftruncate to more", ftruncate(a, 4 * PAGE));
    printf("   beyond the old end: %d %d\n", all[3 * PAGE + 100], all[3 * PAGE + 200]);
    all[4 * PAGE - 1] = 'E';
    reads("the new end", b, 4 * PAGE - 1);
    said("ftruncate to less", ftruncate(a, 2 * PAGE + 3));
    touches("beyond the end", all + 3 * PAGE, 0);
    touches("in the last page", all + 2 * PAGE + 5, 0);
    printf("   it is zero: %d\n", all[2 * PAGE + 5]);
    said("write at the end", pwrite(a, "more", 4, 3 * PAGE));
    touches("where it was", all + 3 * PAGE, 1);
    shows("what is there", all + 3 * PAGE);

    char *protected = map(a, PAGE, PROT_READ, 0);
    touches("a page to read", protected, 1);
    said("mprotect", mprotect(protected, PAGE, PROT_READ | PROT_WRITE));
    touches("a page to write", protected, 1);
    reads("after that", b, 0);
    char *moved = mremap(protected, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
    said("mremap", moved == MAP_FAILED ? -1 : 0);
    strcpy(moved + PAGE + 60, "moved");
    shows("by the first mapping", all + PAGE + 60);
    read(a, moved + 100, 5);
    shows("read into itself", all + 100);
    int piped[2];
    if (pipe(piped) == 0 && write(piped[1], "by the kernel", 13) == 13) read(piped[0], all + 2 * PAGE - 13, 13);
    reads("stored by the kernel", b, 2 * PAGE - 13);
    munmap(moved, 3 * PAGE);
    munmap(all, 4 * PAGE);
    reads("after munmap", b, PAGE + 60);
    shows("the other mapping", part + 60);
    munmap(part, PAGE);

    // Pages here and there of a long file.
    int c = file("long", O_RDWR | O_CREAT, 600 * PAGE + 7);
    char *lengthy = map(c, 601 * PAGE, PROT_READ | PROT_WRITE, 0);
    close(c);
    for (int page = 0; page <= 600; page += page % 7 + 1) memset(lengthy + page * (long)PAGE, 'a' + page % 26, 7);
    memset(lengthy + 100 * PAGE, 'x', 200 * PAGE);
    said("rename", rename("long", "longer"));
    memset(lengthy + 590 * PAGE + 50, 'y', 5);

    // A file that has lost its name.
    int d = file("gone", O_RDWR | O_CREAT, PAGE);
    char *nameless = map(d, PAGE, PROT_READ | PROT_WRITE, 0);
    said("unlink", unlink("gone"));
    strcpy(nameless, "still there");
    reads("without a name", d, 0);
    munmap(nameless, PAGE);
    reads("unmapped", d, 0);
    waits();

    // Stored, and never asked to be kept.
    int e = file("left", O_RDWR | O_CREAT, PAGE);
    char *left = map(e, PAGE, PROT_READ | PROT_WRITE, 0);
    strcpy(left + 1000, "left to the end");
    return 0;
}
