// kind: so
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>

static int sign(int x) { return (x > 0) - (x < 0); }

/* A string that ends where the next page cannot be read. */
static char *at_edge(const char *text) {
    static char *page;
    if (!page) {
        page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(page + 4096, 4096, PROT_NONE);
    }
    size_t len = strlen(text) + 1;
    return memcpy(page + 4096 - len, text, len);
}

int main(void) {
    char buffer[600], other[600];
    for (int n = 0; n < 300; n += 7) {
        memset(buffer, 'x', sizeof buffer);
        for (int i = 0; i < n; i++) buffer[i] = 'a' + i % 26;
        memcpy(other, buffer, n);
        memmove(buffer + 5, buffer, n);
        unsigned sum = 0;
        for (unsigned i = 0; i < sizeof buffer; i++) sum = sum * 31 + (unsigned char)buffer[i];
        printf("%d:%u:%d ", n, sum, memcmp(other, buffer + 5, n));
    }
    puts("");
    const char *texts[] = {"", "a", "ab", "abc", "abd", "hello world", "hello wOrld", "0123456789abcdef", "0123456789abcdefg"};
    for (int i = 0; i < 9; i++) {
        char *edge = at_edge(texts[i]);
        printf("%zu %zu %s|", strlen(edge), strnlen(edge, 5), strchr(edge, 'l') ? strchr(edge, 'l') : "-");
        printf("%s|%s|", strrchr(edge, 'o') ? strrchr(edge, 'o') : "-", strpbrk(edge, "wz9") ? strpbrk(edge, "wz9") : "-");
        printf("%zu %zu ", strspn(edge, "abchel"), strcspn(edge, "db o"));
        for (int j = 0; j < 9; j++)
            printf("%d%d%d%d,", sign(strcmp(edge, texts[j])), sign(strncmp(edge, texts[j], 3)), sign(strcasecmp(edge, texts[j])), sign(strverscmp(edge, texts[j])));
        puts("");
    }
    printf("%s %s %s\n", strstr("finding a needle in", "needle"), strcasestr("Finding a NEEDLE", "needle"), (char *)memmem("abcabcabd", 9, "abcabd", 6));
    printf("%s\n", strstr("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "aaaaaaaaaaaab"));
    strcpy(buffer, " one,two;;three ");
    for (char *t = strtok(buffer, ",; "); t; t = strtok(NULL, ",; ")) printf("[%s]", t);
    strcpy(buffer, "a,,b");
    char *rest = buffer, *part;
    while ((part = strsep(&rest, ","))) printf("<%s>", part);
    puts("");
    memset(buffer, '#', 20);
    printf("%ld ", stpncpy(buffer, "hi", 5) - buffer);
    for (int i = 0; i < 7; i++) printf("%d,", buffer[i]);
    printf(" %ld %s\n", stpcpy(other, "end") - other, other);
    strcpy(buffer, "abc");
    printf("%s %s %s\n", strcat(buffer, "def"), strncat(buffer, "ghijk", 2), strndup(buffer, 4));
    printf("%s|%s|%s|%s\n", strerror(0), strerror(ENOENT), strerror(9999), strerror(-3));
    printf("%d %s|", strerror_r(EAGAIN, buffer, 10) == buffer, strerrorname_np(EAGAIN));
    printf("%s|%s|%s\n", strsignal(SIGSEGV), strsignal(40), strsignal(99));
    const char *versions[] = {"000", "00", "01", "010", "09", "0", "1", "9", "10", "1.2.3", "1.2.10", "a01", "a1"};
    for (int i = 0; i < 13; i++) {
        for (int j = 0; j < 13; j++) printf("%2d", sign(strverscmp(versions[i], versions[j])));
        puts("");
    }
    printf("%d %d %d %zu\n", ffs(0), ffs(24), ffsl(1L << 40), strxfrm(NULL, "abc", 0));
    printf("%s\n", (char *)memrchr("a/b/c", '/', 5));
    printf("%s\n", (char *)memccpy(other, "stop here", 'p', 20) - 4);
    return 0;
}
