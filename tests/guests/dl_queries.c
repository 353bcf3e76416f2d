// kind: pie
// flags: -rdynamic -ldl
// own libc: no: a static one cannot load libraries
// Asking about loaded objects: dladdr1, dlvsym, dlmopen, dlinfo, dl_iterate_phdr, _dl_find_object, and backtraces.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) int known(void) { return getpid(); }
static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void addresses(void) {
    Dl_info info;
    const ElfW(Sym) *symbol = NULL;
    struct link_map *map = NULL;
    int result = dladdr1((char *)known + 1, &info, (void **)&symbol, RTLD_DL_SYMENT);
    printf("dladdr1 %d %s %d", result, info.dli_sname, info.dli_saddr == (void *)known);
    printf(" type %d has size %d\n", symbol ? ELF64_ST_TYPE(symbol->st_info) : -1, symbol && symbol->st_size > 0);
    result = dladdr1((void *)known, &info, (void **)&map, RTLD_DL_LINKMAP);
    printf("map %d %d\n", result, map && map->l_addr == (ElfW(Addr))info.dli_fbase);
    int local = 0;
    printf("of the stack %d\n", dladdr(&local, &info));
    printf("dladdr %d %s\n", dladdr((void *)known, &info), info.dli_sname);
    struct dl_find_object object;
    printf("_dl_find_object %d", _dl_find_object((void *)known, &object));
    printf(" %d %d %d", object.dlfo_map_start <= (void *)known, object.dlfo_map_end > (void *)known, object.dlfo_eh_frame != NULL);
    printf(" %d\n", _dl_find_object(&local, &object));
}

static void versions(void) {
    void *self = dlopen(NULL, RTLD_NOW);
    int (*call)(void) = dlvsym(RTLD_DEFAULT, "getpid", "GLIBC_2.2.5");
    printf("dlvsym %d", call && call() == getpid());
    printf(" %d", dlvsym(RTLD_DEFAULT, "getpid", "GLIBC_9.9") == NULL);
    char *error = dlerror();
    printf(" %d %d", error != NULL, dlerror() == NULL);
    printf(" %d\n", dlvsym(self, "no such symbol", "GLIBC_2.2.5") == NULL);
    struct link_map *map = NULL;
    printf("dlinfo %d %d", dlinfo(self, RTLD_DI_LINKMAP, &map), map != NULL);
    Lmid_t space = -7;
    printf(" %d %ld", dlinfo(self, RTLD_DI_LMID, &space), (long)space);
    printf(" %d\n", dlinfo(self, 77, &space));
    printf("base %d\n", dlsym(RTLD_DEFAULT, "known") == (void *)known);
    void *same = dlmopen(LM_ID_BASE, NULL, RTLD_NOW);
    printf("dlmopen %d\n", same == self);
    dlclose(same), dlclose(self);
    printf("dlopen nothing %d\n", dlopen("/no/such/library.so", RTLD_NOW) == NULL);
    printf("dlopen how %d\n", dlopen(NULL, 0) == NULL);
}

static int objects, found;
static int each(struct dl_phdr_info *info, size_t size, void *data) {
    objects++;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (uintptr_t)data - start < part->p_memsz) found += size >= sizeof *info;
    }
    return 0;
}
static int stops(struct dl_phdr_info *info, size_t size, void *data) {
    (void)info, (void)size;
    return ++*(int *)data * 11;
}

__attribute__((noinline)) int deepest(int fd) {
    void *frames[20];
    int count = backtrace(frames, 20), mains = 0, deep = 0;
    char **names = backtrace_symbols(frames, count);
    for (int i = 0; i < count; i++) {
        mains += strstr(base_name(names[i]), "main+0x") != NULL;
        deep += strstr(base_name(names[i]), "deepest+0x") != NULL;
    }
    printf("backtrace %d main %d deepest %d\n", count > 2, mains > 0, deep);
    free(names);
    printf("of two %d of none %d\n", backtrace(frames, 2), backtrace(frames, 0));
    backtrace_symbols_fd(frames, 2, fd);
    names = backtrace_symbols(frames, 0);
    printf("no names %d\n", names != NULL || names == NULL);
    free(names);
    return count;
}
__attribute__((noinline)) int middle(int fd) { return deepest(fd) + 1; }

int main(void) {
    int calls = 0, pipes[2];
    char text[4096];
    addresses();
    versions();
    printf("dl_iterate_phdr %d", dl_iterate_phdr(each, (void *)known));
    printf(" %d %d\n", objects > 0, found);
    printf("stopped %d", dl_iterate_phdr(stops, &calls));
    printf(" %d\n", calls);
    if (pipe(pipes)) return 1;
    int count = middle(pipes[1]);
    ssize_t len = read(pipes[0], text, sizeof text - 1);
    text[len] = 0;
    int lines = 0;
    for (char *at = text; (at = strchr(at, '\n')); at++) lines++;
    printf("written %d %d %d\n", count > 2, lines, strstr(text, "deepest+0x") != NULL && strstr(text, "[0x") != NULL);
    return 0;
}
