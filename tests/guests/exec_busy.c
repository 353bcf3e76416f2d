// kind: pie static
// A program that runs is not written to, and one that is written to does not run.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void said(const char *what, long result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
    fflush(stdout);
}

int main(int argc, char **argv) {
    char *copy = "/tmp/osvrun-busy";
    if (argc > 1) {
        said("run to write to", open(copy, O_WRONLY));
        said("run to write to and read", open(copy, O_RDWR | O_CREAT, 0755));
        said("run to empty", open(copy, O_RDONLY | O_TRUNC));
        said("truncate what runs", truncate(copy, 10));
        said("by its link", open("/proc/self/exe", O_WRONLY));
        said("run to read", open(copy, O_RDONLY));
        said("chmod what runs", chmod(copy, 0700));
        said("unlink what runs", unlink(copy));
        said("another of that name", open(copy, O_WRONLY | O_CREAT, 0600));
        said("unlink that", unlink(copy));
        return 0;
    }
    unlink(copy);
    int from = open("/proc/self/exe", O_RDONLY), to = open(copy, O_WRONLY | O_CREAT | O_EXCL, 0755);
    struct stat is;
    fstat(from, &is);
    for (off_t left = is.st_size; left > 0;) {
        ssize_t n = sendfile(to, from, 0, left);
        if (n <= 0) return 1;
        left -= n;
    }
    char *args[] = {argv[0], "again", 0}, *none[] = {0};
    execve(copy, args, none);
    said("execve of what is open to write", -1);
    int other = open(copy, O_RDWR);
    close(to);
    execve(copy, args, none);
    said("execve of what is open to read and write", -1);
    char *at = mmap(0, 4096, PROT_READ, MAP_PRIVATE, other, 0);
    close(other);
    execve(copy, args, none);
    said("execve of what was open and is mapped", -1);
    munmap(at, 4096);
    execve(copy, args, none);
    said("execve", -1);
    unlink(copy);
    return 1;
}
