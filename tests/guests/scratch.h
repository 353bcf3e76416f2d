// A folder of the program's own, which goes with what is in it when the program ends.
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *scratch_folder;

static int scratch_remove_one(const char *path, const struct stat *st, int flag, struct FTW *at) {
    (void)st, (void)flag, (void)at;
    remove(path);
    return 0;
}

static void scratch_remove(void) {
    if (chdir("/") == 0) nftw(scratch_folder, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// Makes a folder of a template (mkdtemp(3)) and goes there; not 0 if that fails. The template stays where it is.
static int scratch(char *template) {
    scratch_folder = mkdtemp(template);
    return !scratch_folder || atexit(scratch_remove) || chdir(template);
}
