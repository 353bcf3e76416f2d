// Changes a folder of the host in every way: change FOLDER
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int step;

static void said(const char *what, long result) {
    printf("%2d %s: %s", ++step, what, result < 0 ? strerrorname_np(errno) : "ok");
    if (result > 2) printf(" %ld", result > 1000 ? result : 3);
    putchar('\n');
}

static void make(const char *name, const char *text, int mode) {
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, mode);
    said(name, fd);
    if (fd < 0) return;
    said("write", write(fd, text, strlen(text)));
    close(fd);
}

static void size_of(const char *name) {
    struct stat st;
    int result = stat(name, &st);
    printf("   %s: %s", name, result < 0 ? strerrorname_np(errno) : "there");
    if (result == 0) printf(" %o %ld bytes %ld links", st.st_mode, S_ISDIR(st.st_mode) ? 0 : st.st_size, S_ISDIR(st.st_mode) ? 0 : (long)st.st_nlink);
    putchar('\n');
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1]) < 0) return 1;
    make("one", "first\n", 0644);
    make("one", "again\n", 0644);
    make("secret", "hidden\n", 0600);
    make("odd\nname\xff", "odd\n", 0644);
    said("mkdir", mkdir("folder", 0750));
    said("mkdir again", mkdir("folder", 0750));
    make("folder/two", "second\n", 0640);
    said("symlink", symlink("folder/two", "link"));
    said("symlink again", symlink("x", "link"));
    said("link", link("one", "other"));
    said("link of a folder", link("folder", "folder2"));
    size_of("one");
    size_of("link");
    said("append", open("link", O_WRONLY | O_APPEND) < 0 ? -1 : 0);
    int fd = open("link", O_RDWR | O_APPEND);
    said("write at the end", write(fd, "third\n", 6));
    char buf[64] = {0};
    said("read back", pread(fd, buf, sizeof buf, 0));
    printf("   %s", buf);
    said("ftruncate", ftruncate(fd, 9));
    said("ftruncate to more", ftruncate(fd, 4000));
    said("fsync", fsync(fd));
    close(fd);
    size_of("folder/two");
    said("rename", rename("one", "renamed"));
    said("rename over", rename("secret", "other"));
    said("rename of nothing", rename("one", "two"));
    said("rename a folder", rename("folder", "moved"));
    size_of("folder/two");
    size_of("moved/two");
    said("rename a folder into itself", rename("moved", "moved/below"));
    said("rename a file over a folder", rename("renamed", "moved"));
    said("rmdir of a full folder", rmdir("moved"));
    said("unlink of a folder", unlink("moved"));
    said("rmdir of a file", rmdir("renamed"));
    said("mkdir below", mkdir("moved/below", 0755));
    make("moved/below/three", "deep\n", 0644);
    said("rename a folder over a full one", rename("moved/below", "moved"));
    said("rename between folders", rename("moved/below/three", "three"));
    said("rmdir", rmdir("moved/below"));
    said("open to truncate", open("three", O_WRONLY | O_TRUNC) < 0 ? -1 : 0);
    said("chmod", chmod("three", 04711));
    struct timespec times[2] = {{1000000000, 5}, {1234567890, 987654321}};
    said("utimensat", utimensat(AT_FDCWD, "three", times, 0));
    times[0].tv_nsec = UTIME_OMIT;
    times[1] = (struct timespec){77, 0};
    said("utimensat of one", utimensat(AT_FDCWD, "renamed", times, 0));
    struct stat st;
    said("stat", stat("three", &st));
    printf("   %ld.%09ld %ld.%09ld\n", st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    said("truncate", truncate("other", 3));
    size_of("other");
    size_of("three");
    said("create below a file", open("three/x", O_WRONLY | O_CREAT, 0644));
    said("create below nothing", open("none/x", O_WRONLY | O_CREAT, 0644));
    said("unlink of nothing", unlink("none"));
    // A file that is open has no name any more, and is read and written still.
    fd = open("gone", O_RDWR | O_CREAT, 0644);
    said("write", write(fd, "kept", 4));
    said("unlink an open file", unlink("gone"));
    said("write on", write(fd, "more", 4));
    memset(buf, 0, sizeof buf);
    said("read on", pread(fd, buf, sizeof buf, 0));
    printf("   %s\n", buf);
    said("fstat", fstat(fd, &st));
    printf("   %ld bytes %ld links\n", st.st_size, (long)st.st_nlink);
    close(fd);
    // Large writes, of odd lengths.
    size_t size = 300001;
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (i * i >> 7) + i;
    fd = open("large", O_RDWR | O_CREAT, 0644);
    for (int i = 0; i < 5; i++) said("write much", write(fd, bytes, size - i) == (ssize_t)(size - i) ? 0 : -1);
    struct iovec parts[2] = {{bytes, 7}, {bytes + 100, 5000}};
    said("pwritev", pwritev(fd, parts, 2, 123456) == 5007 ? 0 : -1);
    close(fd);
    size_of("large");
    // The mask of whoever started this, and none.
    printf("   mask %03o\n", umask(0));
    make("open to all", "masked by nobody\n", 0666);
    said("mkdir", mkdir("open too", 0777));
    return 0;
}
