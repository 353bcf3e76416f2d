// openat2(2): which ways a path may take, what its structure may hold, and how large it may be.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long open_how(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {flags, mode, resolve};
    return syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}
static const char *error(long answer) {
    const char *name = answer < 0 ? strerrorname_np(errno) : "ok";
    if (answer > 2) close(answer);
    return name;
}
static void make(const char *path, const char *text) {
    int fd = open(path, O_CREAT | O_WRONLY, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) abort();
    close(fd);
}
// What is read from there.
static const char *text_of(long fd) {
    static char text[64];
    if (fd < 0) return strerrorname_np(errno);
    long n = read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    close(fd);
    return text;
}

static void structure(int root) {
    struct {
        struct open_how how;
        char later[8000];
    } large;
    memset(&large, 0, sizeof large);
    const size_t sizes[] = {0, 8, 23, 24, 25, 32, 4096, 4097};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        printf("size %zu: %s\n", sizes[i], error(syscall(SYS_openat2, root, "file", &large, sizes[i])));
    large.later[6] = 1;
    printf("something later: %s", error(syscall(SYS_openat2, root, "file", &large, 30)));
    printf(" %s", error(syscall(SYS_openat2, root, "file", &large, 31)));
    printf(" %s\n", error(syscall(SYS_openat2, root, "file", &large, 32)));
    printf("no structure: %s\n", error(syscall(SYS_openat2, root, "file", 8L, 24)));
    printf("flags: %s", error(open_how(root, "file", 1ull << 40, 0, 0)));
    printf(" %s", error(open_how(root, "file", 1u << 30, 0, 0)));
    printf(" %s", error(open_how(root, "file", O_PATH | O_RDWR, 0, 0)));
    printf(" %s", error(open_how(root, "file", O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, 0)));
    printf(" %s", error(open_how(root, ".", O_CREAT | O_DIRECTORY, 0644, 0)));
    printf(" %s\n", error(open_how(root, "file", O_RDWR | O_APPEND | O_DSYNC | O_NONBLOCK | O_NOCTTY, 0, 0)));
    printf("mode: %s", error(open_how(root, "file", O_RDONLY, 0644, 0)));
    printf(" %s", error(open_how(root, "new", O_CREAT | O_WRONLY, 010644, 0)));
    printf(" %s", error(open_how(root, "new", O_CREAT | O_WRONLY, 1ull << 32 | 0644, 0)));
    printf(" %s\n", error(open_how(root, "new", O_CREAT | O_WRONLY, 0640, 0)));
    struct stat is;
    fstatat(root, "new", &is, 0);
    printf("resolve: %s, %o", error(open_how(root, "file", 0, 0, 1 << 10)), is.st_mode & 07777);
    printf(" %s", error(open_how(root, "file", 0, 0, 1ull << 40)));
    printf(" %s\n", error(open_how(root, "file", 0, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT)));
    printf("paths: %s", error(open_how(root, "", 0, 0, RESOLVE_BENEATH)));
    printf(" %s %s\n", error(open_how(-1, "file", 0, 0, RESOLVE_IN_ROOT)), error(open_how(root, "none", 0, 0, 0)));
}

static const struct {
    const char *name;
    uint64_t flag;
} ways[] = {{"any", 0}, {"beneath", RESOLVE_BENEATH}, {"in root", RESOLVE_IN_ROOT}, {"no links", RESOLVE_NO_SYMLINKS}, {"no magic links", RESOLVE_NO_MAGICLINKS}};

static void paths(int root, const char *above) {
    char beyond[4200], magic[64];
    snprintf(beyond, sizeof beyond, "%s/outside", above);
    snprintf(magic, sizeof magic, "/proc/self/fd/%d/file", root);
    const char *const all[] = {
        "file", "deep/file", "deep/../file", ".", "deep/..", "..", "../outside", "../root/file", "deep/../../outside", "/file", beyond, "link",
        "deep/up", "deep/above", "absolute", "absolute-above", "to-deep/file", "to-deep/../file", "dangling", "loop", "../../../../../../../../file",
    };
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        printf("%s:", strcmp(all[i], beyond) ? all[i] : "(outside)");
        for (unsigned w = 0; w < sizeof ways / sizeof ways[0]; w++) {
            long fd = open_how(root, all[i], O_RDONLY, 0, ways[w].flag);
            printf(" %s,", text_of(fd));
        }
        printf("\n");
    }
    printf("magic: %s", text_of(open_how(root, magic, 0, 0, 0)));
    printf(" %s", error(open_how(root, magic, 0, 0, RESOLVE_NO_MAGICLINKS)));
    printf(" %s\n", error(open_how(root, magic, 0, 0, RESOLVE_NO_SYMLINKS)));
    int proc = open("/proc", O_RDONLY);
    const char *const in_proc[] = {"self/status", "self/exe", "self/cwd", "self/root", "self/fd/0"};
    for (int i = 0; i < 5; i++) {
        printf("%s:", in_proc[i]);
        for (unsigned w = 0; w < sizeof ways / sizeof ways[0]; w++) printf(" %s", error(open_how(proc, in_proc[i], O_PATH, 0, ways[w].flag)));
        printf(" %s\n", error(open_how(proc, in_proc[i], O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH)));
    }
    printf("one device: %s", error(open_how(proc, "self/status", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s", error(open_how(proc, "..", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s", error(open_how(proc, "self/root", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s", error(open_how(root, "/proc", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s", error(open_how(root, "/proc/self/status", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s", error(open_how(root, "deep/../file", 0, 0, RESOLVE_NO_XDEV)));
    printf(" %s\n", error(open_how(root, "/", 0, 0, RESOLVE_NO_XDEV)));
    printf("a link itself: %s", error(open_how(root, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS)));
    printf(" %s\n", error(open_how(root, "link", O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS)));
    close(proc);
}

// The same path, with what memory knows of it. The kernel may say that it does not know, at times.
static long open_known(int root, const char *path, uint64_t flags) {
    long fd = -1;
    for (int i = 0; i < 1000 && (i == 0 || (fd < 0 && errno == EAGAIN)); i++) fd = open_how(root, path, flags, 0, RESOLVE_CACHED);
    return fd;
}

static void making(int root) {
    printf("made: %s", error(open_how(root, "deep/made", O_CREAT | O_EXCL | O_WRONLY, 0600, RESOLVE_BENEATH)));
    printf(" %s", error(open_how(root, "../made", O_CREAT | O_WRONLY, 0600, RESOLVE_BENEATH)));
    printf(" %s", error(open_how(root, "../in-root", O_CREAT | O_WRONLY, 0600, RESOLVE_IN_ROOT)));
    printf(" %s", error(open_how(root, "/deep/in-root", O_CREAT | O_WRONLY, 0600, RESOLVE_IN_ROOT)));
    printf(" %d %d\n", faccessat(root, "in-root", F_OK, 0), faccessat(root, "deep/in-root", F_OK, 0));
    printf("unnamed: %s", error(open_how(root, "deep", O_TMPFILE | O_RDWR, 0600, RESOLVE_BENEATH)));
    printf(" %s\n", error(open_how(root, "..", O_TMPFILE | O_RDWR, 0600, RESOLVE_BENEATH)));
    printf("known: %s", text_of(open_known(root, "file", O_RDONLY)));
    printf(" %s", text_of(open_known(root, "deep/../file", O_RDONLY)));
    printf(" %s", error(open_how(root, "file", O_WRONLY | O_TRUNC, 0, RESOLVE_CACHED)));
    printf(" %s", error(open_how(root, "other", O_WRONLY | O_CREAT, 0600, RESOLVE_CACHED)));
    printf(" %s\n", error(open_how(root, ".", O_RDWR | O_TMPFILE, 0600, RESOLVE_CACHED)));
}

int main(void) {
    char above[4096], path[4200];
    umask(022);
    if (!getcwd(above, sizeof above)) abort();
    if (mkdir("root", 0755) || mkdir("root/deep", 0755)) abort();
    make("outside", "outside"), make("root/file", "file"), make("root/deep/file", "deep file");
    snprintf(path, sizeof path, "%s/root/file", above);
    if (symlink("file", "root/link") || symlink("../file", "root/deep/up") || symlink("../../outside", "root/deep/above") ||
        symlink("/file", "root/absolute") || symlink(path, "root/absolute-above") || symlink("deep", "root/to-deep") ||
        symlink("none", "root/dangling") || symlink("loop", "root/loop"))
        abort();
    int root = open("root", O_RDONLY | O_DIRECTORY);
    structure(root);
    paths(root, above);
    making(root);
    return 0;
}
