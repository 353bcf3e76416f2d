// kind: pie exec
// flags: -rdynamic
// own libc: no: a static one cannot load libraries
// One function has one address, however it is asked for; and dladdr(3) knows the program's and libc's by name.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int own(void) { return 1; }

int main(int argc, char **argv) {
    void *self = dlopen(NULL, RTLD_NOW);
    printf("puts %d %d\n", dlsym(RTLD_DEFAULT, "puts") == (void *)puts, dlsym(self, "puts") == (void *)puts);
    printf("own %d\n", dlsym(self, "own") == (void *)own);

    Dl_info info;
    int found = dladdr((void *)own, &info);
    printf("%d %s, the program's name: %d\n", found, info.dli_sname, argc > 0 && strcmp(info.dli_fname, argv[0]) == 0);
    void *function = dlsym(RTLD_NEXT, "qsort");
    found = dladdr(function, &info);
    printf("%d %s, there: %d\n", found, info.dli_sname, info.dli_saddr == function);
    printf("nothing: %d\n", dladdr((void *)5, &info));
    return 0;
}
