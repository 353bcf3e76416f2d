// kind: so pie
// flags: -Wno-deprecated-declarations -Wno-alloc-size-larger-than
// Memory beside malloc and mmap: alignment, what malloc says of itself, locks and residence of pages, shared memory by
// name, protection keys where there may be none.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <mcheck.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
extern void *__sbrk(intptr_t);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static void block(const char *what, void *at, size_t align, size_t bytes) {
    printf("%s %d", what, at != NULL);
    if (at) {
        memset(at, 'x', bytes);
        printf(" %d %d\n", (uintptr_t)at % align == 0, malloc_usable_size(at) >= bytes);
        free(at);
    } else {
        printf(" errno %d\n", errno);
    }
    errno = 0;
}

static void aligned(void) {
    void *at = NULL;
    block("aligned_alloc", aligned_alloc(64, 128), 64, 128);
    block("aligned_alloc of a large page", aligned_alloc(1 << 21, 100), 1 << 21, 100);
    block("memalign", memalign(256, 10), 256, 10);
    block("memalign of between", memalign(48, 10), 64, 10);
    block("memalign of 0", memalign(0, 10), 1, 10);
    block("valloc", valloc(10), 4096, 10);
    block("pvalloc", pvalloc(10), 4096, 4096);
    block("too much", memalign(64, SIZE_MAX - 100), 1, 0);
    printf("posix_memalign %d", posix_memalign(&at, 128, 50));
    printf(" %d", (uintptr_t)at % 128 == 0);
    free(at);
    printf(" %d", posix_memalign(&at, 4, 50));
    printf(" %d", posix_memalign(&at, 24, 50));
    printf(" %d\n", posix_memalign(&at, 64, SIZE_MAX / 2));
    volatile size_t many = SIZE_MAX / 2;
    at = reallocarray(NULL, 10, 10);
    printf("reallocarray %d", at != NULL);
    at = reallocarray(at, 100, 10);
    printf(" %d", at != NULL);
    errno = 0;
    void *larger = reallocarray(at, many, 3);
    printf(" %d", larger == NULL);
    printf(" %d\n", errno);
    if (!larger) free(at);
    printf("usable of none %zu\n", malloc_usable_size(NULL));
    at = __libc_malloc(10);
    at = __libc_realloc(at, 1000);
    printf("__libc %d", malloc_usable_size(at) >= 1000);
    __libc_free(at);
    at = __libc_calloc(10, 10);
    printf(" %d", at != NULL && ((char *)at)[99] == 0);
    __libc_free(at);
    at = __libc_memalign(512, 3);
    printf(" %d\n", (uintptr_t)at % 512 == 0);
    free(at);
}

static void about(void) {
    struct mallinfo2 before = mallinfo2();
    void *large = malloc(50000000), *small = malloc(100000);
    struct mallinfo2 after = mallinfo2();
    printf("more in use %d\n", after.uordblks + after.hblkhd >= before.uordblks + before.hblkhd + 50000000);
    free(large), free(small);
    after = mallinfo2();
    printf("less again %d\n", after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + 50000000);
    struct mallinfo older = mallinfo();
    printf("older %d\n", older.uordblks >= 0);
    // Nothing is written down unless a file is named.
    mtrace();
    free(malloc(10));
    muntrace();
    printf("mallopt %d", mallopt(M_MMAP_THRESHOLD, 1 << 20));
    printf(" %d", mallopt(M_PERTURB, 0));
    printf(" %d\n", mallopt(12345, 0));
    int result = malloc_trim(0);
    printf("malloc_trim %d\n", result == 0 || result == 1);
}

static void pages(void) {
    unsigned char there[4] = {0};
    char *at = mmap64(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    at[4096] = 1;
    say("mincore", mincore(at, 4 * 4096, there));
    printf("%d\n", there[1] & 1);
    say("mincore between", mincore(at + 1, 4096, there));
    say("mincore nowhere", mincore(at, 4096, (void *)8));
    say("mlock", mlock(at + 5, 4096));
    say("mlock2", mlock2(at, 4096, MLOCK_ONFAULT));
    say("mlock2 how", mlock2(at, 4096, 8));
    say("munlock", munlock(at, 4 * 4096));
    say("munlockall", munlockall());
    say("mlockall how", mlockall(0));
    say("mlockall how", mlockall(64));
    say("mlockall on fault alone", mlockall(MCL_ONFAULT));
    say("msync", msync(at, 4096, MS_SYNC));
    say("msync between", msync(at + 1, 4096, MS_SYNC));
    say("msync how", msync(at, 4096, MS_SYNC | MS_ASYNC));
    say("msync what", msync(at, 4096, 64));
    say("posix_madvise", posix_madvise(at, 4096, POSIX_MADV_DONTNEED));
    printf("kept %d\n", at[4096]);
    say("posix_madvise how", posix_madvise(at, 4096, 99));
    say("posix_madvise between", posix_madvise(at + 1, 4096, POSIX_MADV_NORMAL));
    munmap(at, 4 * 4096);
    say("mincore of none", mincore(at, 4096, there));
    say("mlock of none", mlock(at, 4096));
    say("munlock of none", munlock(at, 4096));
    say("msync of none", msync(at, 4096, MS_SYNC));
    say("posix_madvise of none", posix_madvise(at, 4096, POSIX_MADV_NORMAL));
    say("munmap between", munmap(at + 1, 4096));
    say("munmap of nothing", munmap(at, 0));
    char *end = __sbrk(0);
    printf("sbrk %d", sbrk(4096) == end);
    printf(" %d", (char *)sbrk(0) == end + 4096);
    printf(" %d", brk(end));
    printf(" %d\n", sbrk(0) == (void *)end);
}

static void shared(void) {
    char name[64], text[16] = "";
    snprintf(name, sizeof name, "/memory-calls-%d", getpid());
    shm_unlink(name);
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    say("shm_open", fd >= 0);
    say("again", shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600));
    say("no name", shm_open("/", O_RDWR, 0600));
    say("a path", shm_open("/a/b", O_CREAT | O_RDWR, 0600));
    say("absent", shm_open("/no such object", O_RDWR, 0600));
    printf("closes at exec %d\n", fcntl(fd, F_GETFD) == FD_CLOEXEC);
    ftruncate(fd, 8192);
    char *one = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *two = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 4096);
    strcpy(one + 4096, "shared");
    printf("%s", two);
    pread(fd, text, 6, 4096);
    printf(" %s\n", text);
    say("msync", msync(one, 8192, MS_SYNC | MS_INVALIDATE));
    say("shm_unlink", shm_unlink(name));
    say("again", shm_unlink(name));
    say("no name", shm_unlink("/"));
    struct stat st;
    fstat(fd, &st);
    printf("links %d, %s\n", (int)st.st_nlink, two);
}

static void keys(void) {
    // There need not be any.
    int key = pkey_alloc(0, 0);
    printf("pkey_alloc %d\n", key >= 0 || errno == ENOSPC || errno == EINVAL);
    if (key >= 0) pkey_free(key);
    say("pkey_alloc how", pkey_alloc(1, 0));
    say("pkey_alloc what", pkey_alloc(0, 8));
    say("pkey_free of none", pkey_free(15));
    say("pkey_get of none", pkey_get(16));
    say("pkey_get -1", pkey_get(-1));
    say("pkey_set of none", pkey_set(16, 0));
    say("pkey_set how", pkey_set(0, 8));
}

static void elsewhere(void) {
    char from[] = "0123456789", to[11] = "";
    struct iovec local[2] = {{to, 3}, {to + 3, 7}}, remote[1] = {{from, 10}}, bad = {(void *)8, 4};
    say("process_vm_readv", process_vm_readv(getpid(), local, 2, remote, 1, 0));
    printf("%s\n", to);
    remote[0].iov_len = 4;
    memset(to, '.', 10);
    say("process_vm_writev", process_vm_writev(getpid(), remote, 1, local, 2, 0));
    printf("%s\n", to);
    say("of nobody", process_vm_readv(0x7fffffff, local, 2, remote, 1, 0));
    say("how", process_vm_readv(getpid(), local, 2, remote, 1, 1));
    say("nowhere", process_vm_readv(getpid(), local, 2, &bad, 1, 0));
    say("to nowhere", process_vm_writev(getpid(), remote, 1, &bad, 1, 0));
    say("of nothing", process_vm_readv(getpid(), local, 0, remote, 1, 0));
    say("too many", process_vm_readv(getpid(), local, 2000, remote, 1, 0));
}

int main(void) {
    aligned();
    about();
    pages();
    shared();
    keys();
    elsewhere();
    return 0;
}
