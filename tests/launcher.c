// Runs the `main` of a shared object as osvrun does: launcher OBJECT [ARGS...]
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv, char **envp) {
    if (argc < 2) {
        fprintf(stderr, "launcher: give a shared object\n");
        return 127;
    }
    void *object = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
    if (!object) {
        fprintf(stderr, "launcher: %s\n", dlerror());
        return 127;
    }
    int (*entry)(int, char **, char **) = (int (*)(int, char **, char **))dlsym(object, "main");
    if (!entry) {
        fprintf(stderr, "launcher: no main\n");
        return 126;
    }
    exit(entry(argc - 1, argv + 1, envp));
}
