// kind: so pie
// flags: -Wno-deprecated-declarations
// own libc: no: its names are not those that a program is linked with today
// Names that programs from older or fortified builds call: versions of stat and mknod, open without a mode, reads that know
// their room, and the makers of names for temporary files.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include "scratch.h"

extern int __xstat(int, const char *, struct stat *), __xstat64(int, const char *, struct stat *);
extern int __lxstat(int, const char *, struct stat *), __lxstat64(int, const char *, struct stat *);
extern int __fxstat(int, int, struct stat *), __fxstat64(int, int, struct stat *);
extern int __fxstatat(int, int, const char *, struct stat *, int), __fxstatat64(int, int, const char *, struct stat *, int);
extern int __xmknod(int, const char *, mode_t, dev_t *), __xmknodat(int, int, const char *, mode_t, dev_t *);
extern int __open_2(const char *, int), __open64_2(const char *, int), __openat_2(int, const char *, int);
extern int __openat64_2(int, const char *, int), __open(const char *, int, ...), __open64(const char *, int, ...);
extern int __close(int), __dup2(int, int), __pipe(int *);
extern ssize_t __read(int, void *, size_t), __write(int, const void *, size_t);
extern ssize_t __pread64(int, void *, size_t, off_t), __pwrite64(int, const void *, size_t, off_t);
extern off_t __lseek(int, off_t, int);
extern ssize_t __read_chk(int, void *, size_t, size_t), __pread_chk(int, void *, size_t, off_t, size_t);
extern ssize_t __pread64_chk(int, void *, size_t, off_t, size_t), __readlink_chk(const char *, char *, size_t, size_t);
extern ssize_t __readlinkat_chk(int, const char *, char *, size_t, size_t);
extern ssize_t __recv_chk(int, void *, size_t, size_t, int);
extern ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *, socklen_t *), __send(int, const void *, size_t, int);
extern char *__realpath_chk(const char *, char *, size_t), *__getcwd_chk(char *, size_t, size_t), *__getwd_chk(char *, size_t);
extern int __poll(struct pollfd *, nfds_t, int), __poll_chk(struct pollfd *, nfds_t, int, size_t);
extern int __ppoll_chk(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *, size_t);
extern long __fdelt_chk(long), __fdelt_warn(long);
extern int __getgroups_chk(int, gid_t *, size_t), __gethostname_chk(char *, size_t, size_t), __getdomainname_chk(char *, size_t, size_t);
extern int __getpagesize(void);
extern long __sysconf(int);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static void versions(void) {
    struct stat st;
    int fd = open("file", O_RDONLY);
#define SIZE(call) st.st_size = -1, say(#call, call), printf("  %ld\n", (long)st.st_size)
    SIZE(__xstat(1, "link", &st));
    SIZE(__xstat64(1, "link", &st));
    SIZE(__lxstat(1, "link", &st));
    SIZE(__lxstat64(1, "link", &st));
    SIZE(__fxstat(1, fd, &st));
    SIZE(__fxstat64(1, fd, &st));
    SIZE(__fxstatat(1, AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
    SIZE(__fxstatat64(1, AT_FDCWD, "link", &st, 0));
    SIZE(__xstat(1, "none", &st));
    SIZE(__xstat(7, "file", &st));
    SIZE(__fxstat(7, fd, &st));
    dev_t none = 0;
    say("__xmknod", __xmknod(0, "made", S_IFREG | 0600, &none));
    say("__xmknod again", __xmknod(0, "made", S_IFREG | 0600, &none));
    say("__xmknod version", __xmknod(3, "made2", S_IFREG | 0600, &none));
    say("__xmknodat", __xmknodat(0, AT_FDCWD, "made3", S_IFIFO | 0600, &none));
    // Called, where the header has them inline.
    dev_t (*volatile make)(unsigned, unsigned) = gnu_dev_makedev;
    unsigned (*volatile major_of)(dev_t) = gnu_dev_major, (*volatile minor_of)(dev_t) = gnu_dev_minor;
    dev_t device = make(0x12345, 0x6789a);
    printf("%llx %d %x %x\n", (long long)device, device == makedev(0x12345, 0x6789a), major_of(device), minor_of(device));
}

static void opened(void) {
    char text[64] = "";
    int fd = __open_2("file", O_RDWR);
    say("__open_2", fd >= 0);
    say("__open_2 none", __open_2("none", O_RDONLY));
    say("__open64_2", __open64_2("file", O_RDONLY) >= 0);
    say("__openat_2", __openat_2(AT_FDCWD, "file", O_RDONLY) >= 0);
    say("__openat64_2", __openat64_2(-1, "file", O_RDONLY));
    say("__open", __open("file", O_RDONLY) >= 0);
    say("__open64", __open64("new", O_CREAT | O_WRONLY, 0600) >= 0);
    say("__read", __read(fd, text, 3));
    say("__lseek", __lseek(fd, 1, SEEK_CUR));
    say("__write", __write(fd, "E", 1));
    say("__pwrite64", __pwrite64(fd, "0", 1, 0));
    say("__pread64", __pread64(fd, text, 10, 0));
    printf("%s\n", text);
    say("__read_chk", __read_chk(fd, text, 5, sizeof text));
    say("__pread_chk", __pread_chk(fd, text, 4, 2, 4));
    say("__pread64_chk", __pread64_chk(fd, text, 4, 2, 64));
    say("__readlink_chk", __readlink_chk("link", text, 4, 4));
    say("__readlinkat_chk", __readlinkat_chk(AT_FDCWD, "link", text, 64, 64));
    char path[PATH_MAX], here[PATH_MAX];
    getcwd(here, sizeof here);
    printf("__realpath_chk %d\n", !strcmp(__realpath_chk(".", path, sizeof path), here));
    printf("__getcwd_chk %d\n", !strcmp(__getcwd_chk(path, 100, sizeof path), here));
    printf("__getwd_chk %d %d\n", !strcmp(__getwd_chk(path, sizeof path), here), !strcmp(getwd(path), here));
    int pair[2], pipes[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    say("__send", __send(pair[0], "hello", 5, 0));
    say("__recv_chk", __recv_chk(pair[1], text, 2, sizeof text, 0));
    say("__recvfrom_chk", __recvfrom_chk(pair[1], text, 10, sizeof text, 0, NULL, NULL));
    say("__pipe", __pipe(pipes));
    struct pollfd fds[2] = {{pipes[0], POLLIN, 0}, {pipes[1], POLLOUT, 0}};
    say("__poll", __poll(fds, 2, 0));
    say("__poll_chk", __poll_chk(fds, 1, 0, sizeof fds));
    struct timespec zero = {0, 0};
    say("__ppoll_chk", __ppoll_chk(fds, 2, &zero, NULL, sizeof fds));
    say("__dup2", __dup2(pipes[1], 50));
    say("__close", __close(50));
    say("__close again", __close(50));
    dup2(0, 60), dup2(0, 61);
    closefrom(61);
    printf("closefrom %d %d\n", fcntl(60, F_GETFD), fcntl(61, F_GETFD));
    printf("__fdelt_chk %ld %ld %ld\n", __fdelt_chk(0), __fdelt_chk(64), __fdelt_warn(1023));
    gid_t groups[NGROUPS_MAX];
    printf("__getgroups_chk %d\n", __getgroups_chk(NGROUPS_MAX, groups, sizeof groups) == getgroups(0, groups));
    char host[100], host2[100];
    gethostname(host2, sizeof host2);
    printf("__gethostname_chk %d %d\n", __gethostname_chk(host, sizeof host, sizeof host), !strcmp(host, host2));
    getdomainname(host2, sizeof host2);
    printf("__getdomainname_chk %d %d\n", __getdomainname_chk(host, sizeof host, sizeof host), !strcmp(host, host2));
    printf("%d %ld\n", __getpagesize(), __sysconf(_SC_PAGESIZE));
}

static void temporary(void) {
    char name[] = "tXXXXXX", bad[] = "tXXXXX", suffix[] = "tXXXXXX.suffix";
    printf("mktemp %d %zu\n", mktemp(name) == name, strlen(name));
    printf("%d %d\n", strcmp(name, "tXXXXXX") != 0, access(name, F_OK));
    errno = 0;
    printf("mktemp of too little %d", mktemp(bad)[0]);
    printf(" %d\n", errno);
    int fd = mkstemps(suffix, 7);
    struct stat st;
    fstat(fd, &st);
    printf("mkstemps %o %s\n", st.st_mode, suffix + 7);
    errno = 0;
    printf("mkstemps again %d", mkstemps(suffix, 7));
    printf(" %d\n", errno);
    char path[L_tmpnam], *own = tmpnam(NULL);
    printf("tmpnam %d %d\n", !strncmp(own, "/tmp/", 5), access(own, F_OK));
    printf("%d %d\n", tmpnam(path) == path, strcmp(path, own) != 0);
    char *in = tempnam("/nowhere", "abcdefg");
    printf("tempnam %.10s\n", in);
    free(in);
    setenv("TMPDIR", ".", 1);
    in = tempnam("/nowhere", NULL);
    printf("tempnam %.6s\n", in);
    free(in);
}

int main(void) {
    static char folder[] = "/tmp/oldXXXXXX";
    if (scratch(folder)) return 1;
    int fd = creat("file", 0600);
    write(fd, "abcdefghij", 10);
    symlink("file", "link");
    versions();
    opened();
    temporary();
    return 0;
}
