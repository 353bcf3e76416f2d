// kind: so
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 512

int main(void) {
    static unsigned char *block[SLOTS];
    static size_t size[SLOTS];
    uint32_t state = 12345;
    int bad = 0;
    for (int round = 0; round < 100000; round++) {
        state = state * 1664525 + 1013904223;
        int slot = (state >> 8) % SLOTS;
        for (size_t i = 0; i < size[slot]; i += 61)
            bad += block[slot][i] != (unsigned char)slot;
        size_t want = (state >> 16) % 3 == 0 ? (state >> 4) % 40000 : (state >> 4) % 200;
        if ((state & 3) == 0) {
            free(block[slot]);
            block[slot] = NULL;
            size[slot] = 0;
            continue;
        }
        block[slot] = (state & 3) == 1 ? (free(block[slot]), malloc(want)) : realloc(block[slot], want ? want : 1);
        size[slot] = want;
        if (want && !block[slot])
            return 1;
        bad += (uintptr_t)block[slot] % 16 != 0;
        memset(block[slot], slot, want);
    }
    void *aligned;
    bad += posix_memalign(&aligned, 4096, 100) != 0 || (uintptr_t)aligned % 4096 != 0;
    free(aligned);
    unsigned char *zeros = calloc(1000, 1000);
    for (size_t i = 0; i < 1000000; i++)
        bad += zeros[i] != 0;
    free(zeros);
    volatile size_t huge = SIZE_MAX / 2;
    bad += malloc(huge) != NULL;
    bad += calloc(huge, 4) != NULL;
    printf("bad %d\n", bad);
    return 0;
}
