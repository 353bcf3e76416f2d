// kind: pie exec
// libs: never_opened needs_never_opened
// flags: -ldl
// own libc: no: a static one cannot load libraries
// What dlopen(3) refuses: executables, the running one included, and libraries marked so; what is not there (RTLD_NOLOAD).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void open_as(const char *what, const char *path, int mode) {
    void *handle = dlopen(path, mode);
    const char *why = dlerror();
    // Only what comes after the name: that differs from run to run.
    const char *colon = why ? strrchr(why, ':') : NULL;
    printf("%s: %s%s\n", what, handle ? "opened" : "not opened", colon ? colon : why ? " ?" : "");
}

int main(int argc, char **argv) {
    char *path = realpath("/proc/self/exe", NULL);
    open_as("itself", path, RTLD_NOW);
    open_as("itself, lazily", path, RTLD_LAZY | RTLD_GLOBAL);
    open_as("itself, if it is there", path, RTLD_NOW | RTLD_NOLOAD);
    open_as("by no name", NULL, RTLD_NOW);
    printf("main %d\n", dlsym(dlopen(NULL, RTLD_NOW), "nothing of that name") == NULL);
    free(path);
    open_as("a library marked so", LIBS "/libnever_opened.so", RTLD_NOW);
    open_as("one that needs it", LIBS "/libneeds_never_opened.so", RTLD_LAZY);
    open_as("a library of the system, if it is there", "libresolv.so.2", RTLD_NOW | RTLD_NOLOAD);
    open_as("the library of C, if it is there", "libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    open_as("a library of the system", "libresolv.so.2", RTLD_NOW);
    open_as("it, if it is there", "libresolv.so.2", RTLD_NOW | RTLD_NOLOAD);
    struct link_map *map = NULL;
    Lmid_t space = -7;
    void *own = dlopen("libc.so.6", RTLD_NOW);
    int result = dlinfo(own, RTLD_DI_LINKMAP, &map);
    printf("dlinfo %d %d", result, map == own);
    result = dlinfo(own, RTLD_DI_LMID, &space);
    printf(" %d %ld\n", result, (long)space);
    return 0;
}
