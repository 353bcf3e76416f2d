// Mappings at addresses that programs choose themselves, far from where the kernel puts any: sanitizers have their heaps and
// their shadows there, with terabytes reserved.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *map(const char *what, uintptr_t address, size_t length, int prot, int flags) {
    char *at = mmap((void *)address, length, prot, flags | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) {
        printf("%s: %s\n", what, strerrorname_np(errno));
        return NULL;
    }
    printf("%s: %s\n", what, (uintptr_t)at == address ? "there" : "elsewhere");
    return at;
}

int main(void) {
    const int rw = PROT_READ | PROT_WRITE;
    const size_t tera = (size_t)1 << 40;
    char *heap = map("heap", 0x600000000000, 4 * tera, PROT_NONE, MAP_FIXED);
    if (!heap) return 1;
    char *used = map("part of it", (uintptr_t)heap + tera, 1 << 20, rw, MAP_FIXED);
    memset(used, 7, 1 << 20);
    printf("%d %d\n", used[0], used[(1 << 20) - 1]);
    int ends[2];
    if (pipe(ends) < 0) return 1;
    printf("write %zd\n", write(ends[1], used, 3));
    printf("read %zd\n", read(ends[0], used + 10, 3));
    char *shadow = map("shadow", 0x2008fff7000, 0xdfff0001000, rw, MAP_FIXED);
    if (shadow) shadow[5 * tera] = 1;
    // It is listed, and nobody looks at its pages for that.
    FILE *maps = fopen("/proc/self/maps", "r");
    int listed = 0;
    for (char line[512]; fgets(line, sizeof line, maps);) listed += strstr(line, "2008fff7000-") != NULL;
    fclose(maps);
    printf("listed %d\n", listed);
    map("taken", (uintptr_t)used, 4096, rw, MAP_FIXED_NOREPLACE);
    char *hinted = map("hinted", 0x5f0000000000, 4096, rw, 0);
    if (hinted) *hinted = 1;
    printf("mprotect %d\n", mprotect(used, 4096, PROT_READ));
    printf("munmap %d\n", munmap(heap, 4 * tera));
    int result = msync(used, 4096, MS_ASYNC);
    printf("msync %d %s\n", result, strerrorname_np(errno));
    map("beyond", 0x7ffffffff000, 4096, rw, MAP_FIXED);
    map("the end", (uintptr_t)1 << 47, 4096, rw, MAP_FIXED);
    return 0;
}
