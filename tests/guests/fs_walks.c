// kind: pie
// Walks of file hierarchies: ftw, nftw with each of its flags, fts with its options and instructions.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "scratch.h"

static char lines[200][200];
static int count, stop_at_file;

static int in_order(const void *a, const void *b) { return strcmp(a, b); }

static void show(const char *what, int result) {
    qsort(lines, count, sizeof *lines, in_order);
    printf("%s: %d, %d lines\n", what, result, count);
    for (int i = 0; i < count; i++)
        printf("  %s\n", lines[i]);
    count = 0;
}

static int plain(const char *path, const struct stat *st, int flag) {
    sprintf(lines[count++], "%s %d %o", path, flag, flag == FTW_NS ? 0 : st->st_mode & S_IFMT);
    return 0;
}

static int placed(const char *path, const struct stat *st, int flag, struct FTW *at) {
    struct stat here;
    int is_here = stat(path + at->base, &here) == 0;
    sprintf(lines[count++], "%s %d %o base %s level %d here %d", path, flag, st->st_mode & S_IFMT, path + at->base, at->level, is_here);
    if (stop_at_file && flag == FTW_F)
        return 77;
    return 0;
}

static int skips(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)st, (void)at;
    sprintf(lines[count++], "%s %d", path, flag);
    if (!strcmp(path + at->base, "b"))
        return FTW_SKIP_SUBTREE;
    return strstr(path, "deep/two") ? FTW_SKIP_SIBLINGS : FTW_CONTINUE;
}

// Folders come before what is in them, or after it.
static int last_level;
static int depth_order(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)path, (void)st;
    if (flag == FTW_DP)
        count += at->level <= last_level;
    last_level = at->level;
    return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

// Without status (FTS_NOSTAT) an entry's fts_statp is not to be looked at.
static void fts(const char *what, char *const *paths, int options, const char *skip, const char *follow) {
    printf("%s\n", what);
    FTS *walk = fts_open(paths, options, by_name);
    if (!walk) {
        printf("  errno %d\n", errno);
        return;
    }
    FTSENT *e;
    errno = 7;
    while ((e = fts_read(walk))) {
        struct stat st;
        printf("  %d %d %s %s %s %d %d errno %d reached %d mode %o", e->fts_info, e->fts_level, e->fts_path, e->fts_accpath, e->fts_name,
            e->fts_pathlen, e->fts_namelen, e->fts_errno, lstat(e->fts_accpath, &st) == 0,
            options & FTS_NOSTAT || e->fts_info == FTS_NS ? 0 : e->fts_statp->st_mode & S_IFMT);
        if (e->fts_info == FTS_DC)
            printf(" cycle %s", e->fts_cycle->fts_name);
        printf(" parent %d\n", e->fts_parent->fts_level);
        if (skip && e->fts_info == FTS_D && !strcmp(e->fts_name, skip))
            printf("  set %d\n", fts_set(walk, e, FTS_SKIP));
        if (follow && e->fts_info == FTS_SL && !strcmp(e->fts_name, follow))
            printf("  set %d\n", fts_set(walk, e, FTS_FOLLOW));
    }
    printf("  end errno %d\n", errno);
    printf("  close %d\n", fts_close(walk));
}

static void children(char *const *paths, int instr) {
    FTS *walk = fts_open(paths, FTS_PHYSICAL, by_name);
    for (FTSENT *c = fts_children(walk, instr); c; c = c->fts_link)
        printf("  first %s\n", c->fts_name);
    FTSENT *e;
    while ((e = fts_read(walk))) {
        printf("  read %d %s:", e->fts_info, e->fts_path);
        for (FTSENT *c = fts_children(walk, instr); c; c = c->fts_link)
            printf(" %s %d", c->fts_name, c->fts_info);
        printf("\n");
    }
    errno = 0;
    printf("  wrong %d errno %d\n", fts_children(walk, 5) == NULL, errno);
    fts_close(walk);
}

static void make(const char *path) { close(open(path, O_CREAT | O_WRONLY, 0600)); }

int main(void) {
    static char folder[] = "/tmp/osvrun-XXXXXX";
    if (scratch(folder))
        return 1;
    mkdir("t", 0700), mkdir("t/a", 0700), mkdir("t/a/deep", 0700), mkdir("t/b", 0700), mkdir("t/empty", 0700);
    make("t/a/one"), make("t/a/deep/two"), make("t/b/three"), make("t/four");
    symlink("nowhere", "t/dangling"), symlink("..", "t/a/up"), mkfifo("t/pipe", 0600);

    show("ftw", ftw("t", plain, 10));
    show("ftw slashes", ftw("t//", plain, 1));
    show("ftw file", ftw("t/four", plain, 1));
    int result = ftw("none", plain, 10);
    printf("none %d errno %d\n", result, errno);
    result = ftw("", plain, 10);
    printf("empty %d errno %d\n", result, errno);
    symlink("../b", "t/a/to-b");
    show("physical", nftw("t", placed, 10, FTW_PHYS));
    show("chdir", nftw("t", placed, 10, FTW_PHYS | FTW_CHDIR));
    show("chdir depth", nftw("t/a", placed, 2, FTW_PHYS | FTW_CHDIR | FTW_DEPTH));
    show("mount", nftw("./t/b", placed, 2, FTW_PHYS | FTW_MOUNT));
    struct stat here;
    printf("back %d\n", stat("t/four", &here));
    show("links", nftw("t/dangling", placed, 10, 0));
    stop_at_file = 1;
    printf("stopped %d\n", nftw("t/b", placed, 10, FTW_PHYS));
    count = 0;
    show("skip", nftw("t", skips, 10, FTW_PHYS | FTW_ACTIONRETVAL) == 0);
    result = nftw("t", placed, 10, 1 << 10);
    printf("flags %d errno %d\n", result, errno);
    result = nftw("t", depth_order, 10, FTW_PHYS | FTW_DEPTH);
    printf("depth %d %d\n", result, count);

    char *t[] = {"t", NULL}, *two[] = {"t/b", "t/four", "none", "t/dangling", NULL}, *none[] = {"", NULL}, *slash[] = {"t/", NULL};
    fts("physical", t, FTS_PHYSICAL, NULL, NULL);
    fts("physical nochdir", t, FTS_PHYSICAL | FTS_NOCHDIR, NULL, NULL);
    fts("logical", t, FTS_LOGICAL, NULL, NULL);
    fts("nostat", t, FTS_PHYSICAL | FTS_NOSTAT, NULL, NULL);
    fts("seedot", two, FTS_PHYSICAL | FTS_SEEDOT, NULL, NULL);
    fts("comfollow", two, FTS_PHYSICAL | FTS_COMFOLLOW, NULL, NULL);
    fts("skip", t, FTS_PHYSICAL | FTS_XDEV, "a", NULL);
    fts("follow", t, FTS_PHYSICAL, NULL, "to-b");
    fts("slash", slash, FTS_PHYSICAL, "a", NULL);
    fts("no path", none, FTS_PHYSICAL, NULL, NULL);
    fts("options", t, 0x1000, NULL, NULL);
    printf("children\n");
    children(t, 0);
    printf("names\n");
    children(t, FTS_NAMEONLY);
    FTS *walk = fts_open(t, FTS_PHYSICAL, NULL);
    FTSENT *e = fts_read(walk);
    errno = 0;
    result = fts_set(walk, e, 9);
    printf("set %d errno %d\n", result, errno);
    printf("close in the middle %d\n", fts_close(walk));
    return stat("t/four", &here);
}
