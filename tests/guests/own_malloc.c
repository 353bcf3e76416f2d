// kind: pie exec
// A program that brings its own allocator gets it from the library's functions too.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char arena[4 << 20] __attribute__((aligned(16)));
static size_t used;
static int frees;

static int is_own(const void *p) { return (const char *)p >= arena && (const char *)p < arena + sizeof arena; }

void *malloc(size_t size) {
    size_t *block = (size_t *)(arena + used);
    used += (size + 16 + 15) / 16 * 16;
    if (used > sizeof arena)
        abort();
    block[0] = size;
    return block + 2;
}
void free(void *p) {
    if (p)
        frees += is_own(p) ? 1 : 1000000;
}
void *calloc(size_t n, size_t size) { return memset(malloc(n * size), 0, n * size); }
void *realloc(void *p, size_t size) {
    void *q = malloc(size);
    if (p) {
        size_t old = ((size_t *)p)[-2];
        memcpy(q, p, old < size ? old : size);
        free(p);
    }
    return q;
}

int main(void) {
    char *copy = strdup("copied");
    char *text = NULL;
    int n = asprintf(&text, "%s %d", copy, 42);
    printf("strdup %d, asprintf %d %d %s\n", is_own(copy), is_own(text), n, text);
    free(copy);
    free(text);
    printf("own frees only: %d\n", frees >= 2 && frees < 1000000);
    return 0;
}
