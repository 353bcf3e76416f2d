// kind: so pie
// What the heap tells of its free blocks, and the parameters that it takes.
#define _GNU_SOURCE
#include <malloc.h>
#include <mcheck.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 20000, BYTES = 1000 };
static void *blocks[BLOCKS];

/// What malloc_info lists: numbers of free blocks and their bytes.
static void listed(size_t *count, size_t *total) {
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);
    printf("malloc_info %d\n", malloc_info(0, stream));
    fclose(stream);
    *count = *total = 0;
    char *end = strstr(text, "</sizes>");
    for (char *line = strtok(text, "\n"); line && line < end; line = strtok(NULL, "\n")) {
        size_t from, to, bytes, number;
        if (sscanf(line, " <size from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>", &from, &to, &bytes, &number) != 4 &&
            sscanf(line, " <unsorted from=\"%zu\" to=\"%zu\" total=\"%zu\" count=\"%zu\"/>", &from, &to, &bytes, &number) != 4)
            continue;
        if (number && (from > to || bytes < from * number || bytes > to * number)) printf("%s\n", line);
        *count += number, *total += bytes;
    }
    free(text);
}

static int between(size_t value, size_t least, size_t most) { return value >= least && value <= most; }

int main(void) {
    struct mallinfo2 start, full, half;
    printf("mallopt %d %d %d\n", mallopt(M_MXFAST, 80), mallopt(M_MXFAST, 161), mallopt(M_MMAP_THRESHOLD, 100000));
    start = mallinfo2();
    char *mapped = malloc(200000), *other = malloc(50000);
    full = mallinfo2();
    printf("mapped %zu %d\n", full.hblks - start.hblks, between(full.hblkhd - start.hblkhd, 200000, 300000));
    memset(mapped, 1, 200000);
    mapped = realloc(mapped, 400000);
    printf("%d %zu\n", mapped[199999], mallinfo2().hblks - start.hblks);
    free(mapped);
    printf("%zu\n", mallinfo2().hblks - start.hblks);
    mapped = calloc(2, 100000);
    printf("%d %zu\n", mapped[100000], mallinfo2().hblks - start.hblks);
    free(mapped), free(other);

    free(malloc(BYTES));
    start = mallinfo2();
    for (int i = 0; i < BLOCKS; i++) blocks[i] = malloc(BYTES);
    full = mallinfo2();
    // No two neighbours, which could become one.
    for (int i = 0; i < BLOCKS; i += 2) free(blocks[i]);
    half = mallinfo2();
    printf("all is used or free %d %d %d\n", start.arena == start.uordblks + start.fordblks, full.arena == full.uordblks + full.fordblks, half.arena == half.uordblks + half.fordblks);
    printf("used %d %d\n", between(full.uordblks - start.uordblks, BLOCKS * BYTES, BLOCKS * BYTES * 5 / 4), between(full.uordblks - half.uordblks, BLOCKS / 2 * BYTES * 9 / 10, BLOCKS / 2 * BYTES * 5 / 4));
    size_t before = full.ordblks + full.smblks, after = half.ordblks + half.smblks, count, total;
    printf("free blocks %d\n", between(after - before, BLOCKS / 2 * 9 / 10, BLOCKS / 2));
    printf("free bytes %d\n", between(half.fordblks - full.fordblks, BLOCKS / 2 * BYTES * 9 / 10, BLOCKS / 2 * BYTES * 5 / 4));
    listed(&count, &total);
    printf("listed %d %d\n", between(count, BLOCKS / 2 * 9 / 10, half.ordblks * 5 / 4), between(total, BLOCKS / 2 * BYTES * 9 / 10, half.fordblks * 5 / 4));
    struct mallinfo older = mallinfo();
    printf("older %d\n", between(older.ordblks + older.smblks, after - 200, after + 20000));
    for (int i = 1; i < BLOCKS; i += 2) free(blocks[i]);

    printf("mallopt %d\n", mallopt(M_TRIM_THRESHOLD, 65536));
    for (int i = 0; i < 200; i++) blocks[i] = memset(malloc(90000), i, 90000);
    for (int i = 200; i-- > 0;) free(blocks[i]);
    printf("trimmed %d\n", mallinfo2().keepcost < 1 << 20);

    // A trace takes libc_malloc_debug.so.0.
    setenv("MALLOC_TRACE", "/tmp/heap_counts.trace", 1);
    mtrace();
    free(malloc(10));
    muntrace();
    printf("trace %d\n", access("/tmp/heap_counts.trace", F_OK));
    return 0;
}
