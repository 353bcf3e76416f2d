// kind: so pie
// flags: -D_GNU_SOURCE -fno-builtin
// Blocks and strings of every length up to some hundred bytes, at every distance from a cache line's start, and with their
// end at that of the last page there is: what functions read and write 32 bytes at a time is exactly theirs.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE 4096
#define LENGTHS 400

static char *left_end, *right_end, *left_start, *right_start;
static int wrong;

static void check(int holds, const char *what, size_t length, size_t offset) {
    if (holds || wrong++ > 10) return;
    printf("%s of %zu at %zu is wrong\n", what, length, offset);
}

static char *last_pages(char **start) {
    char *map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(map + 2 * PAGE, PAGE, PROT_NONE);
    *start = map;
    return map + 2 * PAGE;
}

static void strings(size_t length) {
    char *a = left_end - length - 1, *b = right_end - length - 1;
    memset(a, 'a', length);
    memset(b, 'a', length);
    a[length] = b[length] = 0;
    check(strlen(a) == length, "strlen", length, 0);
    check(strchr(a, 'x') == NULL && strchr(a, 0) == a + length, "strchr", length, 0);
    check(strchrnul(a, 'x') == a + length, "strchrnul", length, 0);
    check(rawmemchr(a, 0) == a + length, "rawmemchr", length, 0);
    check(memchr(a, 'x', length + 1) == NULL, "memchr", length, 0);
    check(strnlen(a, length + 1) == length && strnlen(a, length / 2) == length / 2, "strnlen", length, 0);
    check(strcmp(a, b) == 0 && strncmp(a, b, length) == 0, "strcmp", length, 0);
    check(memcmp(a, b, length + 1) == 0, "memcmp", length, 0);
    check(strstr(a, "ab") == NULL && strstr(a, "aaab") == NULL, "strstr", length, 0);
    for (size_t at = 0; at < length; at += 1 + at / 16) {
        b[at] = 'b';
        check(strcmp(a, b) < 0 && strcmp(b, a) > 0, "strcmp", length, at);
        check(strncmp(a, b, at) == 0 && strncmp(a, b, at + 1) < 0, "strncmp", length, at);
        check(memcmp(a, b, length) < 0 && memcmp(b, a, length) > 0 && memcmp(a, b, at) == 0, "memcmp", length, at);
        check(strchr(b, 'b') == b + at && memchr(b, 'b', length) == b + at, "strchr", length, at);
        check(memchr(b, 'b', at) == NULL, "memchr", length, at);
        check(strstr(b, "b") == b + at, "strstr", length, at);
        if (at > 0) check(strstr(b, "ab") == b + at - 1, "strstr", length, at);
        if (at > 2 && at + 3 < length) check(strstr(b, "aabaa") == b + at - 2, "strstr", length, at);
        b[at] = (char)0x80;
        check(strcmp(a, b) < 0 && memcmp(a, b, length) < 0, "signed strcmp", length, at);
        b[at] = 'a';
    }
}

static void unequally_placed(size_t length) {
    for (size_t offset = 0; offset < 40; offset++) {
        char *a = left_end - length - 1, *b = right_start + PAGE - 60 + offset;
        memset(b, 'a', length);
        b[length] = 0;
        check(strcmp(a, b) == 0, "strcmp", length, offset);
        if (length) b[length - 1] = 'b';
        check(length == 0 || strcmp(a, b) < 0, "strcmp", length, offset);
    }
}

static void moves(size_t length) {
    for (size_t offset = 0; offset < 70; offset += 1 + offset / 8) {
        char *from = left_start + offset, *to = right_end - length;
        for (size_t i = 0; i < length; i++) from[i] = (char)(i * 7 + offset);
        if (to > right_start) to[-1] = 'x';
        memcpy(to, from, length);
        int holds = to[-1] == 'x';
        for (size_t i = 0; i < length; i++) holds &= to[i] == (char)(i * 7 + offset);
        check(holds, "memcpy", length, offset);
        memmove(from + 13, from, length);
        holds = 1;
        for (size_t i = 0; i < length; i++) holds &= from[13 + i] == (char)(i * 7 + offset);
        check(holds, "memmove up", length, offset);
        memmove(from, from + 13, length);
        holds = 1;
        for (size_t i = 0; i < length; i++) holds &= from[i] == (char)(i * 7 + offset);
        check(holds, "memmove down", length, offset);
        memset(to, 'q', length);
        holds = to[-1] == 'x';
        for (size_t i = 0; i < length; i++) holds &= to[i] == 'q';
        check(holds, "memset", length, offset);
    }
}

int main(void) {
    left_end = last_pages(&left_start);
    right_end = last_pages(&right_start);
    for (size_t length = 0; length < LENGTHS; length++) {
        strings(length);
        unequally_placed(length < 100 ? length : length % 100);
        moves(length);
    }
    for (size_t length = 2000; length < 6000; length += 333) moves(length);
    printf("%s\n", wrong ? "wrong" : "all as they should be");
    return wrong != 0;
}
