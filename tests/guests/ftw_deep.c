// kind: so pie
// Walks of hierarchies whose paths are longer than PATH_MAX.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH 30
static size_t longest;
static int folders, files, others, deepest, here;

static int visit(const char *path, const struct stat *st, int flag) {
    size_t len = strlen(path);
    longest = len > longest ? len : longest;
    *(flag == FTW_D || flag == FTW_DP ? &folders : flag == FTW_F && st->st_size == 3 ? &files : &others) += 1;
    return 0;
}

static int placed(const char *path, const struct stat *st, int flag, struct FTW *at) {
    struct stat found;
    deepest = at->level > deepest ? at->level : deepest;
    here += stat(path + at->base, &found) == 0 && found.st_ino == st->st_ino;
    return visit(path, st, flag);
}

static void show(const char *what, int result, size_t start) {
    printf("%s: %d, %d folders, %d files, %d others, deepest %d, path longer by %zu, found here %d\n", what, result, folders, files, others,
           deepest, longest - start, here);
    longest = folders = files = others = deepest = here = 0;
}

int main(void) {
    char root[] = "/tmp/deepXXXXXX", name[201], home[PATH_MAX];
    memset(name, 'n', 200);
    name[200] = 0;
    size_t start = strlen(mkdtemp(root));
    if (!getcwd(home, sizeof home) || chdir(root))
        return 1;
    for (int i = 0; i < DEPTH; i++) {
        if (mkdir(name, 0700) || chdir(name))
            return perror("mkdir"), 1;
        int fd = open("file", O_CREAT | O_WRONLY, 0600);
        if (write(fd, "abc", 3) != 3)
            return 2;
        close(fd);
    }
    chdir(home);
    show("ftw", ftw(root, visit, 20), start);
    show("nftw", nftw(root, placed, 20, FTW_PHYS), start);
    show("nftw, following", nftw(root, placed, 20, 0), start);
    show("nftw, depth first", nftw(root, placed, 20, FTW_PHYS | FTW_DEPTH), start);
    char now[PATH_MAX];
    printf("back %d\n", getcwd(now, sizeof now) && !strcmp(now, home));
    chdir(root);
    for (int i = 0; i < DEPTH; i++)
        chdir(name);
    int removed = 0;
    for (int i = 0; i < DEPTH; i++)
        removed += unlink("file") == 0 && chdir("..") == 0 && rmdir(name) == 0;
    printf("removed %d, %d\n", removed, rmdir(root));
    return 0;
}
