// kind: pie
// flags: -ldl
// own libc: no: a static one cannot load libraries
// Dynamic sections as programs read them in memory: which entries are addresses of memory and which are the file's.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

static const struct {
    long tag;
    const char *name;
} tags[] = {
    {DT_STRTAB, "DT_STRTAB"},   {DT_SYMTAB, "DT_SYMTAB"},         {DT_GNU_HASH, "DT_GNU_HASH"},
    {DT_RELA, "DT_RELA"},       {DT_VERSYM, "DT_VERSYM"},         {DT_VERNEED, "DT_VERNEED"},
    {DT_INIT, "DT_INIT"},       {DT_INIT_ARRAY, "DT_INIT_ARRAY"}, {DT_FINI_ARRAY, "DT_FINI_ARRAY"},
    {DT_PLTGOT, "DT_PLTGOT"},
};

static const ElfW(Dyn) *find(const ElfW(Dyn) *dynamic, long tag) {
    for (; dynamic->d_tag != DT_NULL; dynamic++)
        if (dynamic->d_tag == tag) return dynamic;
    return NULL;
}

static void show(const char *what, struct link_map *map) {
    printf("%s:", what);
    for (unsigned i = 0; i < sizeof tags / sizeof *tags; i++) {
        const ElfW(Dyn) *entry = find(map->l_ld, tags[i].tag);
        if (entry) printf(" %s %s", tags[i].name, entry->d_un.d_ptr > map->l_addr ? "memory" : "file");
    }
    const ElfW(Dyn) *strings = find(map->l_ld, DT_STRTAB), *needed = find(map->l_ld, DT_NEEDED);
    if (strings && needed) printf(" needs %s", (const char *)strings->d_un.d_ptr + needed->d_un.d_val);
    printf("\n");
}

int main(void) {
    Dl_info info;
    struct link_map *map = NULL;
    if (!dladdr1((void *)main, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) return 1;
    show("program", map);
    void *library = dlopen("libgcc_s.so.1", RTLD_NOW);
    if (!library || dlinfo(library, RTLD_DI_LINKMAP, &map)) return 2;
    show("library", map);
    // By way of the names in it: each library can be found again without loading it.
    const ElfW(Dyn) *strings = find(map->l_ld, DT_STRTAB);
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != DT_NEEDED) continue;
        const char *name = (const char *)strings->d_un.d_ptr + entry->d_un.d_val;
        printf("%s is there: %d\n", name, dlopen(name, RTLD_NOLOAD | RTLD_LAZY) != NULL);
    }
    return 0;
}
