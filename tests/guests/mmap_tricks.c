// kind: so
// exit: 139
// Mappings that are protected, moved, shared and taken away.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

int main(void) {
    char *area = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++)
        area[i * PAGE] = 'a' + i;
    printf("protect %d\n", mprotect(area + PAGE, PAGE, PROT_READ));
    printf("unmap %d\n", munmap(area + 3 * PAGE, PAGE));
    int result = mprotect(area, 8 * PAGE, PROT_READ);
    printf("protect over a hole %d %s\n", result, strerror(errno));
    char *moved = mremap(area + 4 * PAGE, 4 * PAGE, 16 * PAGE, MREMAP_MAYMOVE);
    printf("moved %c %c %d\n", moved[0], moved[3 * PAGE], moved[15 * PAGE]);
    int fd = memfd_create("shared", 0);
    printf("ftruncate %d\n", ftruncate(fd, 2 * PAGE));
    char *one = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *two = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
    char *copy = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
    strcpy(one + PAGE, "through");
    copy[100] = 'x';
    printf("%s %d\n", two, one[PAGE + 100]);
    char text[8] = "";
    printf("pread %ld %s\n", (long)pread(fd, text, 7, PAGE), text);
    madvise(moved, PAGE, MADV_DONTNEED);
    printf("dropped %d\n", moved[0]);
    char *fixed = mmap(moved + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("fixed %d %d\n", fixed == moved + PAGE, fixed[0]);
    errno = 0;
    void *none = mmap(moved, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    printf("noreplace %d %s\n", none == MAP_FAILED, strerror(errno));
    none = mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("bad %d %s\n", none == MAP_FAILED, strerror(errno));
    char *wish = (char *)0x50000000, *low[2];
    for (int i = 0; i < 2; i++)
        low[i] = mmap(wish, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    printf("low %d, taken %d %d\n", low[0] == wish, low[1] != wish, low[1] + PAGE <= (char *)0x80000000);
    int zero = open("/dev/zero", O_RDWR);
    for (int flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
        char *zeroes = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, flags, zero, 0);
        printf("zeroes %d", zeroes[PAGE]);
        zeroes[0] = 1;
        printf(" %d\n", *(char *)mmap(NULL, PAGE, PROT_READ, flags, zero, 0));
    }
    char *large = mmap(NULL, 1ul << 40, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    large[1ul << 39] = 1;
    printf("a terabyte %d\n", large[1ul << 39] + large[0]);
    fflush(stdout);
    fixed[0] = 1;
    puts("not reached");
    return 0;
}
