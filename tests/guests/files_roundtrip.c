// kind: so
// Files, folders, links and descriptors in /tmp.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? strerror(errno) : "");
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder))
        return 1;
    say("chdir", chdir(folder));
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
    say("write", write(fd, "hello, file\n", 12));
    say("again", open("file", O_RDWR | O_CREAT | O_EXCL, 0640));
    say("pwrite", pwrite(fd, "END", 3, 20));
    say("lseek", lseek(fd, 0, SEEK_END));
    struct stat stat_buf;
    say("fstat", fstat(fd, &stat_buf));
    printf("mode %o size %ld links %ld\n", stat_buf.st_mode, (long)stat_buf.st_size, (long)stat_buf.st_nlink);
    char buf[32];
    memset(buf, '#', sizeof buf);
    say("pread", pread(fd, buf, sizeof buf, 6));
    for (int i = 0; i < 18; i++)
        printf("%02x", (unsigned char)buf[i]);
    putchar('\n');
    say("ftruncate", ftruncate(fd, 5));
    int copy = dup(fd);
    say("lseek through dup", lseek(copy, 0, SEEK_CUR));
    say("close", close(copy));
    say("close again", close(copy));
    say("link", link("file", "other"));
    say("symlink", symlink("other", "soft"));
    say("readlink", readlink("soft", buf, sizeof buf));
    say("mkdir", mkdir("sub", 0755));
    say("rename", rename("file", "sub/moved"));
    say("rmdir", rmdir("sub"));
    say("access", access("file", F_OK));
    say("stat soft", stat("soft", &stat_buf));
    printf("size %ld links %ld\n", (long)stat_buf.st_size, (long)stat_buf.st_nlink);

    DIR *dir = opendir(".");
    char *names[8];
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) && count < 8;)
        names[count++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    for (int i = 0; i < count; i++)
        printf("%s ", names[i]);
    putchar('\n');

    say("unlink", unlink("other"));
    say("open dangling", open("soft", O_RDONLY));
    say("unlink soft", unlink("soft"));
    say("unlink moved", unlink("sub/moved"));
    say("read after unlink", pread(fd, buf, sizeof buf, 0));
    say("rmdir", rmdir("sub"));
    say("rmdir missing", rmdir("sub"));
    say("chdir", chdir("/"));
    say("rmdir folder", rmdir(folder));
    return 0;
}
