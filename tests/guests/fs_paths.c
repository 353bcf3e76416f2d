// kind: pie
// Path resolution: links, loops, dots, trailing slashes, and the errors of open.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result < 0 ? -1 : 0, result < 0 ? errno : 0);
    fflush(stdout);
}

static void try_open(const char *path, int flags) {
    int fd = open(path, flags, 0644);
    printf("open %s %#x: ", path, flags);
    say("", fd);
    if (fd >= 0)
        close(fd);
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    umask(022);
    mkdir("d", 0755);
    mkdir("d/e", 0755);
    close(open("d/f", O_CREAT | O_WRONLY, 0644));
    symlink("d", "to_d");
    symlink("f", "d/to_f");
    symlink("loop_b", "loop_a");
    symlink("loop_a", "loop_b");
    symlink("nowhere", "dangling");
    try_open("to_d/to_f", O_RDONLY);
    try_open("d/e/../f", O_RDONLY);
    try_open("d/f/../f", O_RDONLY);
    try_open("d//.//f", O_RDONLY);
    try_open("d/f/", O_RDONLY);
    try_open("d/", O_RDONLY);
    try_open("to_d/", O_RDONLY | O_DIRECTORY);
    try_open("to_d", O_RDONLY | O_NOFOLLOW);
    try_open("to_d/to_f", O_RDONLY | O_NOFOLLOW);
    try_open("loop_a", O_RDONLY);
    try_open("dangling", O_RDONLY);
    try_open("dangling", O_CREAT | O_EXCL | O_WRONLY);
    try_open("dangling", O_CREAT | O_WRONLY);
    try_open("nowhere", O_RDONLY);
    try_open("", O_RDONLY);
    try_open("d", O_WRONLY);
    try_open("d", O_CREAT | O_RDONLY);
    try_open("d/f", O_DIRECTORY);
    try_open("d/f/g", O_RDONLY);
    try_open("new/", O_CREAT | O_WRONLY);
    try_open("missing/new", O_CREAT | O_WRONLY);
    try_open("..", O_RDONLY);
    say("mkdir slash", mkdir("made/", 0755));
    say("mkdir again", mkdir("made", 0755));
    say("mkdir dot", mkdir(".", 0755));
    say("mkdir on link", mkdir("dangling2/../x", 0755));
    say("rmdir dot", rmdir("made/."));
    say("rmdir dotdot", rmdir("d/e/.."));
    say("rmdir file", rmdir("d/f"));
    say("unlink dir", unlink("made"));
    say("unlink slash", unlink("d/f/"));
    say("rmdir link", rmdir("to_d"));
    say("rmdir made", rmdir("made"));
    char name[300];
    for (int i = 0; i < 299; i++)
        name[i] = 'n';
    name[299] = 0;
    say("long name", open(name, O_CREAT | O_WRONLY, 0644));
    name[255] = 0;
    say("255 letters", close(open(name, O_CREAT | O_WRONLY, 0644)));
    unlink(name);
    struct stat st;
    say("lstat link slash", lstat("to_d/", &st));
    printf("directory %d\n", S_ISDIR(st.st_mode));
    lstat("to_d", &st);
    printf("link %d size %ld\n", S_ISLNK(st.st_mode), (long)st.st_size);
    char cwd[PATH_MAX], real[PATH_MAX];
    chdir("to_d/e");
    printf("cwd ends in d/e: %d\n", getcwd(cwd, sizeof cwd) != NULL && cwd[sizeof folder - 1 + 0] == '/' && cwd[sizeof folder] == 'd');
    printf("getcwd small: %d", getcwd(cwd, 3) == NULL);
    printf(" errno %d\n", errno);
    chdir("../..");
    printf("realpath %d\n", realpath("to_d/../to_d/./to_f", real) != NULL && real[sizeof folder] == 'd' && real[sizeof folder + 2] == 'f');
    int failed = realpath("d/none", real) == NULL;
    printf("realpath missing %d errno %d\n", failed, errno);
    failed = realpath("loop_a", real) == NULL;
    printf("realpath loop %d errno %d\n", failed, errno);
    int dfd = open("d", O_RDONLY | O_DIRECTORY);
    say("openat", close(openat(dfd, "f", O_RDONLY)));
    say("openat up", close(openat(dfd, "../d/f", O_RDONLY)));
    int pfd = open("d/f", O_PATH);
    char byte;
    say("read of O_PATH", read(pfd, &byte, 1));
    say("fstat of O_PATH", fstat(pfd, &st));
    say("openat file", openat(pfd, "x", O_RDONLY));
    close(pfd);
    mkdir("gone", 0755);
    chdir("gone");
    rmdir("../gone");
    printf("getcwd removed: %d", getcwd(cwd, sizeof cwd) == NULL);
    printf(" errno %d\n", errno);
    say("create in removed", open("x", O_CREAT | O_WRONLY, 0644));
    say("leave", chdir(".."));
    unlink("d/f"), unlink("d/to_f"), unlink("to_d"), unlink("loop_a"), unlink("loop_b"), unlink("dangling");
    unlink("nowhere"), rmdir("d/e"), rmdir("d");
    chdir("/");
    say("rmdir folder", rmdir(folder));
    return 0;
}
