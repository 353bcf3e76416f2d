// kind: pie
// own libc: no: the static libc of Debian crashes in it on Linux
// glob: wildcards, braces, tilde, marks, lists with offsets, appending, errors, functions of our own.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void touch(const char *path) {
    close(open(path, O_CREAT | O_WRONLY, 0644));
}

static void list(const char *pattern, int flags) {
    glob_t g;
    int result = glob(pattern, flags, NULL, &g);
    printf("%s %#x: %d", pattern, flags, result);
    if (result == 0) {
        printf(" magic %d:", (g.gl_flags & GLOB_MAGCHAR) != 0);
        for (size_t i = 0; i < g.gl_pathc; i++)
            printf(" %s", g.gl_pathv[i]);
        printf(" end %d", g.gl_pathv[g.gl_pathc] == NULL);
        globfree(&g);
    }
    printf("\n");
}

static int tell(const char *path, int error) {
    printf("error %d at %s\n", error, path);
    return error == ENOENT;
}

static const char *const names[] = {"alpha.x", "beta.x", "gamma.y"};
static size_t at;
static struct dirent entry;

static void *open_ours(const char *path) {
    printf("opendir %s\n", path);
    at = 0;
    return &at;
}
static struct dirent *read_ours(void *folder) {
    if (folder != &at || at == 3)
        return NULL;
    entry.d_type = DT_UNKNOWN;
    strcpy(entry.d_name, names[at++]);
    entry.d_ino = at;
    return &entry;
}
static void close_ours(void *folder) {
    printf("closedir %d\n", folder == &at);
}
static int stat_ours(const char *path, struct stat *st) {
    memset(st, 0, sizeof *st);
    st->st_mode = S_IFREG;
    return 0;
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    mkdir("dir", 0755), mkdir("dir/sub", 0755), mkdir("other", 0755), mkdir(".hid", 0755);
    touch("a.c"), touch("b.c"), touch("c.h"), touch(".dot"), touch("dir/x.c"), touch("dir/sub/y.c"), touch("other/x.c");
    touch("st*r"), touch("{br}"), touch(".hid/z");
    symlink("dir", "link"), symlink("nowhere", "dangling");
    list("*", 0);
    list("*.c", 0);
    list("?.[ch]", 0);
    list(".*d*", 0);
    list("*", GLOB_PERIOD);
    list("*/", 0);
    list("*", GLOB_MARK);
    list("*/*.c", 0);
    list("*/x.c", 0);
    list("*/sub/*", 0);
    list("*/*/*", 0);
    list("d*//*.c", 0);
    list("./a*", 0);
    list("a.c", 0);
    list("dangling", 0);
    list("none", 0);
    list("none*", 0);
    list("none*", GLOB_NOCHECK);
    list("none", GLOB_NOMAGIC);
    list("none*", GLOB_NOMAGIC);
    list("st\\*r", 0);
    list("st\\*r", GLOB_NOESCAPE);
    list("[", 0);
    list("", 0);
    list("/", 0);
    list("/", GLOB_MARK);
    list("dir/", 0);
    list("{b,a}.c", GLOB_BRACE);
    list("{b,a}.c", 0);
    list("{a,dir/{x,sub/y}}.c", GLOB_BRACE);
    list("{}", GLOB_BRACE);
    list("{br}", 0);
    list("{none,*.h}", GLOB_BRACE);
    list("{no,non}", GLOB_BRACE);
    list("{no,non}", GLOB_BRACE | GLOB_NOCHECK);
    list("*", GLOB_ONLYDIR);
    list("dir\\/*.c", 0);
    list("dir\\/sub\\/*", 0);
    list("dir\\/*.c", GLOB_NOESCAPE);
    setenv("HOME", folder, 1);
    glob_t g;
    int result = glob("~/*.h", GLOB_TILDE, NULL, &g);
    printf("tilde %d %zu %d\n", result, g.gl_pathc, strncmp(g.gl_pathv[0], folder, strlen(folder)) == 0 && strcmp(g.gl_pathv[0] + strlen(folder), "/c.h") == 0);
    globfree(&g);
    result = glob("~root", GLOB_TILDE, NULL, &g);
    printf("tilde of root %d %s\n", result, g.gl_pathv[0]);
    globfree(&g);
    list("~no_such_user_here/x", GLOB_TILDE_CHECK);
    list("~no_such_user_here/x", GLOB_TILDE | GLOB_NOCHECK);

    g.gl_offs = 2;
    result = glob("*.c", GLOB_DOOFFS, NULL, &g);
    int more = glob("*.h", GLOB_DOOFFS | GLOB_APPEND, NULL, &g);
    int none = glob("*.zzz", GLOB_DOOFFS | GLOB_APPEND, NULL, &g);
    printf("offsets %d %d %d: %zu %d %d %s %s %s %d\n", result, more, none, g.gl_pathc, g.gl_pathv[0] == NULL, g.gl_pathv[1] == NULL, g.gl_pathv[2], g.gl_pathv[3], g.gl_pathv[4], g.gl_pathv[5] == NULL);
    globfree(&g);
    printf("freed %zu %d\n", g.gl_pathc, g.gl_pathv == NULL);

    printf("missing folder %d\n", glob("missing/*", 0, tell, &g));
    printf("missing folder %d\n", glob("missing/*", GLOB_ERR, NULL, &g));
    printf("file as folder %d\n", glob("a.c/*", GLOB_ERR, tell, &g));
    errno = 0;
    result = glob("*", 1 << 20, NULL, &g);
    printf("bad flag %d errno %d\n", result, errno);

    memset(&g, 0, sizeof g);
    g.gl_opendir = open_ours, g.gl_readdir = read_ours, g.gl_closedir = close_ours, g.gl_stat = stat_ours, g.gl_lstat = stat_ours;
    result = glob("made/up/*.x", GLOB_ALTDIRFUNC, NULL, &g);
    printf("own functions %d:", result);
    for (size_t i = 0; i < g.gl_pathc; i++)
        printf(" %s", g.gl_pathv[i]);
    printf("\n");
    globfree(&g);
    printf("pattern_p %d %d %d %d %d\n", glob_pattern_p("a*", 1), glob_pattern_p("a\\*", 1), glob_pattern_p("a\\*", 0), glob_pattern_p("[a", 1), glob_pattern_p("[a]", 1));

    unlink("a.c"), unlink("b.c"), unlink("c.h"), unlink(".dot"), unlink("dir/x.c"), unlink("dir/sub/y.c"), unlink("other/x.c");
    unlink("st*r"), unlink("{br}"), unlink(".hid/z"), unlink("link"), unlink("dangling");
    rmdir("dir/sub"), rmdir("dir"), rmdir("other"), rmdir(".hid");
    chdir("/");
    printf("rmdir %d\n", rmdir(folder));
    return 0;
}
