// kind: pie exec
// libs: first second
// flags: -rdynamic
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int visible_to_libraries(void) { return 5; }

static const char *base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int count(struct dl_phdr_info *info, size_t size, void *data) {
    if (strstr(info->dlpi_name, "libfirst") || strstr(info->dlpi_name, "libsecond"))
        ++*(int *)data;
    return 0;
}

static int loaded(void) {
    int n = 0;
    dl_iterate_phdr(count, &n);
    return n;
}

int main(void) {
    printf("nothing: %d\n", loaded());
    printf("not loaded: %d\n", dlopen(LIBS "/libsecond.so", RTLD_NOW | RTLD_NOLOAD) == NULL);
    void *handle = dlopen(LIBS "/libsecond.so", RTLD_NOW);
    if (!handle) {
        printf("%s\n", dlerror());
        return 1;
    }
    printf("both: %d\n", loaded());
    int (*second)(int) = dlsym(handle, "second");
    printf("%d %d\n", second(1), second(2));
    int *tls = dlsym(handle, "first_tls");
    printf("tls %d\n", *tls);
    int (*ifunc)(void) = dlsym(handle, "first_ifunc");
    printf("ifunc %d\n", ifunc());

    printf("none: %s\n", dlsym(RTLD_DEFAULT, "second") ? "found" : "local");
    dlerror();
    printf("%d ", dlsym(handle, "no_such_symbol") == NULL);
    const char *error = dlerror();
    printf("%s\n", strstr(error, "undefined symbol: no_such_symbol") ? "undefined symbol" : error);
    printf("%d\n", dlerror() == NULL);
    printf("%d ", dlopen("libnot-there.so.9", RTLD_LAZY) == NULL);
    printf("%s\n", dlerror());
    printf("own symbol %d\n", ((int (*)(void))dlsym(NULL, "visible_to_libraries"))());
    printf("libc %d\n", dlsym(RTLD_DEFAULT, "getpid") != NULL);

    Dl_info info;
    if (dladdr((char *)second + 1, &info))
        printf("%s %s %d\n", base(info.dli_fname), info.dli_sname, info.dli_saddr == (void *)second);
    struct link_map *map;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0)
        printf("%s %d\n", base(map->l_name), map->l_addr == (ElfW(Addr))info.dli_fbase);

    printf("close %d", dlclose(handle));
    printf(", left %d\n", loaded());
    for (int i = 0; i < 3; i++) {
        handle = dlopen(LIBS "/libsecond.so", RTLD_NOW);
        second = dlsym(handle, "second");
        printf("again %d\n", second(i));
        dlclose(handle);
    }
    handle = dlopen(LIBS "/libsecond.so", RTLD_NOW);
    void *again = dlopen(LIBS "/libsecond.so", RTLD_LAZY | RTLD_GLOBAL);
    printf("same %d, now %s\n", again == handle, dlsym(RTLD_DEFAULT, "second") ? "global" : "local");
    printf("close %d, still %d\n", dlclose(again), loaded());
    printf("close %d", dlclose(handle));
    printf(", left %d\n", loaded());
    handle = dlopen(LIBS "/libfirst.so", RTLD_NOW | RTLD_NODELETE);
    dlclose(handle);
    printf("kept %d\n", loaded());
    return 0;
}
