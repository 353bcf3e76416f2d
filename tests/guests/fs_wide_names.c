// kind: so pie
// flags: -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64
// The names that end in 64, as programs built with large files call them: beyond 4 GiB of a file with holes.
#define _GNU_SOURCE
#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include "scratch.h"

#define FAR 0x140000000LL

static void say(const char *what, long long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %lld\n", what, result);
}

static int hidden(const struct dirent64 *entry) { return entry->d_name[0] != '.'; }

static int visited;
static int visit(const char *path, const struct stat64 *st, int flag) {
    visited += strlen(path) > 0 && st->st_nlink > 0 && flag <= FTW_D;
    return 0;
}
static int visit_placed(const char *path, const struct stat64 *st, int flag, struct FTW *at) {
    visited += strlen(path + at->base) > 0 && st->st_nlink > 0 && flag <= FTW_DP;
    return 0;
}

static void bytes(int fd) {
    char text[16] = "";
    say("lseek64", lseek64(fd, FAR, SEEK_SET));
    say("write", write(fd, "far", 3));
    say("lseek64 back", lseek64(fd, -FAR, SEEK_CUR));
    say("lseek64 before 0", lseek64(fd, -FAR, SEEK_CUR));
    say("lseek64 to data", lseek64(fd, 0x1000000, SEEK_DATA) > 0x1000000);
    say("lseek64 how", lseek64(fd, 0, 9));
    say("pwrite64", pwrite64(fd, "away", 4, FAR + 3));
    say("pread64", pread64(fd, text, 15, FAR));
    printf("%s\n", text);
    say("pread64 before 0", pread64(fd, text, 4, -1));
    say("pwrite64 before 0", pwrite64(fd, text, 4, -1));
    struct iovec parts[2] = {{text, 2}, {text + 2, 3}};
    say("pwritev64", pwritev64(fd, parts, 2, FAR + 7));
    say("preadv64", preadv64(fd, parts, 2, FAR + 2));
    printf("%s\n", text);
    say("preadv64v2", preadv64v2(fd, parts, 1, FAR, 0));
    say("preadv64v2 how", preadv64v2(fd, parts, 1, FAR, 0x4000));
    say("pwritev64v2 appending", pwritev64v2(fd, parts, 2, -1, 0));
    lseek64(fd, FAR, SEEK_SET);
    say("preadv2 from here", preadv2(fd, parts, 2, -1, 0));
    printf("%s at %lld\n", text, (long long)lseek64(fd, 0, SEEK_CUR));
    volatile int many = 2000;
    say("pwritev of too many", pwritev(fd, parts, many, 0));
    say("pwritev before 0", pwritev(fd, parts, 1, -5));
    say("pwritev none", pwritev(fd, parts, 0, 0));
}

static void lengths(const char *path, int fd) {
    struct stat64 st;
    say("ftruncate64", ftruncate64(fd, FAR + 5));
    say("fstat64", fstat64(fd, &st));
    printf("size %lld\n", (long long)st.st_size);
    say("truncate64", truncate64(path, FAR + 1));
    say("stat64", stat64(path, &st));
    printf("size %lld\n", (long long)st.st_size);
    say("truncate64 none", truncate64("none", 0));
    say("ftruncate64 -1", ftruncate64(fd, -1));
    say("lstat64", lstat64("link", &st));
    printf("size %lld link %d\n", (long long)st.st_size, S_ISLNK(st.st_mode));
    say("fstatat64", fstatat64(AT_FDCWD, "link", &st, 0));
    printf("size %lld\n", (long long)st.st_size);
    say("stat64 none", stat64("none", &st));
    say("fstat64 -1", fstat64(-1, &st));
    say("posix_fallocate64", posix_fallocate64(fd, FAR, 2));
    say("posix_fallocate64 of nothing", posix_fallocate64(fd, 0, 0));
    say("posix_fallocate64 -1", posix_fallocate64(-1, 0, 5));
    say("fallocate64", fallocate64(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 0x100000000));
    struct stat64 st2;
    char text[8] = "";
    pwrite64(fd, "12345678", 8, 0x2ffffffc), pread64(fd, text, 8, 0x2ffffffc);
    fallocate64(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0x30000000, 0x100000000);
    pread64(fd, text, 8, 0x2ffffffc);
    fstat64(fd, &st2);
    printf("%.4s %d %d few blocks %d\n", text, text[4], text[7], st2.st_blocks < 100000);
    say("fallocate64 less than nothing", fallocate64(fd, 0, -1, 5));
    say("posix_fadvise64", posix_fadvise64(fd, 0, FAR, POSIX_FADV_SEQUENTIAL));
    say("lockf64", lockf64(fd, F_TLOCK, 10));
    say("lockf64 test", lockf64(fd, F_TEST, 10));
    say("lockf64 unlock", lockf64(fd, F_ULOCK, 0));
    say("lockf64 how", lockf64(fd, 17, 0));
    struct flock64 lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = FAR, .l_len = 3};
    say("fcntl64", fcntl64(fd, F_SETLK64, &lock));
    say("fcntl64 asks", fcntl64(fd, F_GETLK64, &lock));
    printf("type %d\n", lock.l_type);
}

static void others(int fd) {
    struct statfs64 fs;
    struct statvfs64 vfs;
    say("statfs64", statfs64(".", &fs));
    say("fstatfs64", fstatfs64(fd, &fs));
    say("statvfs64", statvfs64(".", &vfs));
    say("fstatvfs64", fstatvfs64(fd, &vfs));
    printf("%d\n", vfs.f_namemax == 255 && vfs.f_bsize > 0);
    say("fstatvfs64 -1", fstatvfs64(-1, &vfs));
    say("statfs64 none", statfs64("none", &fs));
    int small = open64("small", O_CREAT | O_RDWR, 0600), other = creat64("other", 0600);
    pwrite64(small, "mapped", 6, 4096);
    char *page = mmap64(NULL, 4096, PROT_READ, MAP_SHARED, small, 4096);
    printf("mmap64 %s\n", page);
    munmap(page, 4096);
    ftruncate64(small, 0);
    page = mmap64(NULL, 4096, PROT_READ, MAP_SHARED, fd, 100);
    say("mmap64 between", page == MAP_FAILED ? -1 : 0);
    write(small, "0123456789", 10);
    off64_t at = 4;
    say("sendfile64", sendfile64(other, small, &at, 100));
    printf("at %lld\n", (long long)at);
    say("sendfile64 to a reader", sendfile64(-1, small, NULL, 1));
    struct rlimit64 limit;
    say("getrlimit64", getrlimit64(RLIMIT_CORE, &limit));
    limit.rlim_cur = 0;
    say("setrlimit64", setrlimit64(RLIMIT_CORE, &limit));
    say("prlimit64", prlimit64(0, RLIMIT_CORE, NULL, &limit));
    printf("%lld\n", (long long)limit.rlim_cur);
    say("prlimit64 of what", prlimit64(0, 99, NULL, &limit));
    say("prlimit64 of nobody", prlimit64(0x7fffffff, RLIMIT_CORE, NULL, &limit));
    limit.rlim_cur = 1, limit.rlim_max = 0;
    say("setrlimit64 upside down", setrlimit64(RLIMIT_CORE, &limit));
    char name[] = "mkXXXXXX", name2[] = "mkXXXXXX.txt", name3[] = "mkXXXXXX.c", name4[] = "mkXXXXXX", bad[] = "mkXXX";
    printf("mkstemp64 %d", mkstemp64(name) >= 0);
    printf(" %d", mkstemps64(name2, 4) >= 0);
    printf(" %d", mkostemps64(name3, 2, O_APPEND) >= 0);
    printf(" %d\n", mkostemp64(name4, O_CLOEXEC) >= 0);
    say("mkstemp64 of too little", mkstemp64(bad));
    say("mkstemps", mkstemps(bad, 2));
    FILE *file = fopen64("small", "r+");
    say("fseeko64", fseeko64(file, FAR, SEEK_SET));
    say("ftello64", ftello64(file));
    say("fseeko64 before 0", fseeko64(file, -1, SEEK_SET));
    file = freopen64("other", "r", file);
    printf("freopen64 %c\n", fgetc(file));
    fpos64_t place;
    say("fgetpos64", fgetpos64(file, &place));
    fgetc(file);
    say("fsetpos64", fsetpos64(file, &place));
    printf("%c\n", fgetc(file));
    fclose(file);
    file = tmpfile64();
    fputs("tmp", file);
    say("tmpfile64", ftello64(file));
    fclose(file);
}

static void folders(void) {
    struct dirent64 **list;
    int count = scandir64(".", &list, hidden, alphasort64);
    printf("scandir64 %d\n", count > 3);
    for (int i = 0; i < count; i++) {
        if (list[i]->d_name[0] != 'm') printf("  %s\n", list[i]->d_name);
        free(list[i]);
    }
    free(list);
    glob64_t found;
    say("glob64", glob64("l*", 0, NULL, &found));
    for (size_t i = 0; i < found.gl_pathc; i++) printf("  %s\n", found.gl_pathv[i]);
    globfree64(&found);
    say("glob64 none", glob64("nothing*", 0, NULL, &found));
    say("ftw64", ftw64(".", visit, 3));
    printf("%d\n", visited == count + 1);
    visited = 0;
    char *paths[] = {".", NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL, NULL);
    int files = 0, below = 0;
    for (FTSENT *entry; (entry = fts_read(walk)); files += entry->fts_info == FTS_F)
        if (entry->fts_info == FTS_D) {
            for (FTSENT *child = fts_children(walk, 0); child; child = child->fts_link) below++;
            fts_set(walk, entry, FTS_AGAIN * (files > 1000));
        }
    printf("fts %d %d %d\n", fts_close(walk), below == count, files < count);
    say("nftw64", nftw64(".", visit_placed, 3, FTW_PHYS | FTW_DEPTH));
    printf("%d\n", visited == count + 1);
}

static void requests(int fd) {
    char text[8] = "";
    struct aiocb64 request = {.aio_fildes = fd, .aio_buf = text, .aio_nbytes = 3, .aio_offset = FAR};
    memcpy(text, "aio", 3);
    const struct aiocb64 *all[] = {&request};
    say("aio_write64", aio_write64(&request));
    while (aio_error64(&request) == EINPROGRESS) aio_suspend64(all, 1, NULL);
    say("aio_return64", aio_return64(&request));
    memset(text, 0, sizeof text);
    say("aio_read64", aio_read64(&request));
    while (aio_error64(&request) == EINPROGRESS) aio_suspend64(all, 1, NULL);
    say("aio_return64", aio_return64(&request));
    printf("%s\n", text);
    say("aio_fsync64", aio_fsync64(O_SYNC, &request));
    while (aio_error64(&request) == EINPROGRESS) aio_suspend64(all, 1, NULL);
    say("aio_return64", aio_return64(&request));
    say("aio_fsync64 how", aio_fsync64(99, &request));
    struct aioinit hints = {.aio_threads = 4, .aio_num = 8};
    aio_init(&hints);
    say("aio_cancel64", aio_cancel64(fd, NULL));
    say("aio_cancel64 of none", aio_cancel64(-1, NULL));
    struct aiocb64 *list[] = {&request};
    request.aio_lio_opcode = LIO_READ;
    say("lio_listio64", lio_listio64(LIO_WAIT, list, 1, NULL));
    say("aio_return64", aio_return64(&request));
}

int main(void) {
    static char folder[] = "/tmp/wideXXXXXX";
    if (scratch(folder)) return 1;
    int fd = open64("large", O_CREAT | O_RDWR, 0600);
    symlink("large", "link");
    bytes(fd);
    lengths("large", fd);
    requests(fd);
    pwrite64(fd, "M", 1, FAR);
    others(fd);
    folders();
    int again = openat64(AT_FDCWD, "large", O_RDONLY);
    printf("openat64 %d\n", again > fd);
    say("open64 none", open64("none", O_RDONLY));
    say("creat64 a folder", creat64(".", 0600));
    return unlink("large");
}
