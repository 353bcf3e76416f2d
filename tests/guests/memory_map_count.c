// kind: so pie
// The number of mappings is limited (max_map_count): mmap and mprotect that need one more fail with ENOMEM, and go on
// once there is room again.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    long most = 0;
    FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
    if (!file || fscanf(file, "%ld", &most) != 1)
        return 1;
    fclose(file);
    printf("limited: %d\n", most >= 1024);

    long page = sysconf(_SC_PAGESIZE);
    /* Pages of two kinds in turn are as many mappings. Of a limit that is far away only a part is gone. */
    long pages = 2 * most;
    char *memory = mmap(0, pages * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 2;
    long parts = 0;
    while (parts < most && mprotect(memory + 2 * parts * page, page, PROT_READ) == 0)
        parts++;
    printf("mprotect: %s, about half as many as mappings: %d\n", strerrorname_np(errno),
        parts > most / 2 - 200 && parts <= most / 2);
    void *more = mmap(0, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    while (more != MAP_FAILED)
        more = mmap(0, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    printf("mmap: %s\n", strerrorname_np(errno));
    printf("munmap of the whole: %d\n", munmap(memory, pages * page));
    printf("again: %d\n", mmap(0, page, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
    return 0;
}
