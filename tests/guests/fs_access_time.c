// kind: so static
// When reading a file sets the time of its last access (mount(2), MS_RELATIME), and when not.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *access_of(int fd) {
    struct stat st;
    fstat(fd, &st);
    time_t now = time(NULL);
    if (st.st_atime == 1000) return "old";
    return st.st_atime >= now - 100 && st.st_atime <= now ? "now" : "another";
}

static void set(int fd, time_t accessed, time_t modified) {
    struct timespec times[] = {{accessed, 0}, {modified, 0}};
    futimens(fd, times);
    // The next access is later than this change.
    usleep(20000);
}

static void each(const char *what, int fd, int no_atime) {
    char buf[8];
    struct stat first, second;
    set(fd, 1000, 1000);
    printf("%s: set %s", what, access_of(fd));
    pread(fd, buf, 0, 0);
    printf(", nothing read %s", access_of(fd));
    pread(fd, buf, sizeof buf, 100);
    printf(", at the end %s", access_of(fd));
    pread(no_atime, buf, sizeof buf, 0);
    printf(", without %s", access_of(fd));
    pread(fd, buf, sizeof buf, 0);
    printf(", pread %s", access_of(fd));
    set(fd, 1000, 1000);
    lseek(fd, 0, SEEK_SET);
    read(fd, buf, sizeof buf);
    printf(", read %s", access_of(fd));
    fstat(fd, &first);
    usleep(20000);
    pread(fd, buf, sizeof buf, 0);
    fstat(fd, &second);
    printf(", again the same %d", first.st_atim.tv_nsec == second.st_atim.tv_nsec);
    usleep(20000);
    pwrite(fd, "x", 1, 0);
    usleep(20000);
    pread(fd, buf, sizeof buf, 0);
    fstat(fd, &second);
    printf(", after a write later %d\n",
        second.st_atim.tv_sec > second.st_mtim.tv_sec || second.st_atim.tv_nsec > second.st_mtim.tv_nsec);
}

int main(void) {
    char path[] = "/tmp/access.XXXXXX";
    int fd = mkstemp(path);
    write(fd, "contents", 8);
    each("file", fd, open(path, O_RDONLY | O_NOATIME));
    unlink(path);
    return 0;
}
