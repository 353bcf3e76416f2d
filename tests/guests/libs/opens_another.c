// Opens a library when it is loaded and closes it when it goes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static void *other;

__attribute__((constructor)) static void init(void) {
    Dl_info info;
    char path[4096];
    dladdr((void *)init, &info);
    strcpy(path, info.dli_fname);
    strcpy(strrchr(path, '/'), "/libfinish_low.so");
    other = dlopen(path, RTLD_NOW);
    printf("opens another: init %d\n", other != NULL);
}
__attribute__((destructor(200))) static void late(void) { printf("opens another: late\n"); }
__attribute__((destructor)) static void fini(void) { printf("opens another: close %d\n", dlclose(other)); }
