// kind: pie
// Walks of a hierarchy whose paths are longer than PATH_MAX, by fts: glibc's nftw ends the program there.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LEVELS = 30, NAME = 200 };
static char start[] = "/tmp/deepXXXXXX";
static int before, after, files, here, longest, refused, deepest, links;

static void count(const char *name, int info, size_t len, int level) {
    struct stat st;
    before += info == FTS_D, after += info == FTS_DP, files += info == FTS_F;
    if (info == FTS_NS || info == FTS_ERR || info == FTS_DNR) refused++;
    if (info == FTS_F) here += stat(name, &st) == 0 && st.st_size == 5, links += st.st_nlink == 1;
    if ((int)len > longest) longest = len;
    if (level > deepest) deepest = level;
}

static void show(const char *what, int result) {
    printf("%s: %d, %d before, %d after, %d files, %d found, longest %d, deepest %d, refused %d\n", what, result, before, after, files, here, longest, deepest, refused);
    before = after = files = here = longest = deepest = refused = links = 0;
}

static void walk(const char *what, int options, int stops) {
    char *const paths[] = {start, NULL};
    FTS *fts = fts_open(paths, options, NULL);
    FTSENT *entry;
    errno = 0;
    while ((entry = fts_read(fts))) {
        count(entry->fts_accpath, entry->fts_info, entry->fts_pathlen, entry->fts_level);
        if (entry->fts_pathlen != strlen(entry->fts_path) && entry->fts_info != FTS_NS) printf("length\n");
        if (entry->fts_info == FTS_D && entry->fts_level == stops) {
            // The children of a folder far down, asked for before the walk gets there.
            FTSENT *child = fts_children(fts, 0);
            printf("child of level %d, info %d\n", child->fts_level, child->fts_info);
        }
    }
    show(what, errno);
    fts_close(fts);
}

int main(void) {
    char name[NAME + 1], cwd[PATH_MAX];
    int home = open(".", O_RDONLY | O_DIRECTORY);
    mkdtemp(start);
    chdir(start);
    for (int i = 0; i < LEVELS; i++) {
        memset(name, 'a' + i % 26, NAME), name[NAME] = 0;
        int made = mkdir(name, 0700);
        int fd = open("file", O_CREAT | O_WRONLY, 0600);
        if (made || write(fd, "12345", 5) != 5 || chdir(name)) printf("%d: %s\n", i, strerror(errno));
        close(fd);
    }
    fchdir(home);

    walk("fts", FTS_PHYSICAL, 25);
    walk("fts of links", FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOSTAT, -1);
    walk("fts in place", FTS_PHYSICAL | FTS_NOCHDIR, -1);
    struct stat before_st, after_st;
    fstat(home, &before_st), stat(".", &after_st);
    printf("home %d\n", before_st.st_ino == after_st.st_ino);

    chdir(start);
    for (int i = 0; i < LEVELS; i++) {
        memset(name, 'a' + i % 26, NAME);
        unlink("file");
        chdir(name);
    }
    printf("cwd %d %s\n", getcwd(cwd, sizeof cwd) == NULL, strerror(errno));
    for (int i = LEVELS; i-- > 0;) {
        memset(name, 'a' + i % 26, NAME);
        if (chdir("..") || rmdir(name)) printf("%d: %s\n", i, strerror(errno));
    }
    fchdir(home);
    printf("rmdir %d\n", rmdir(start));
    return 0;
}
