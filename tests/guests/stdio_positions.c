// kind: so pie static
// Where streams read and write: appending, after ungetc(3) and freopen(3), and what a failed write of a line gives.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static char path[] = "/tmp/positions.XXXXXX";

static void show(const char *what) {
    char text[64] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    for (ssize_t i = 0; i < n; i++)
        if (text[i] == '\n') text[i] = '/';
    printf("%s: %s\n", what, text);
}

static void append(void) {
    char line[16];
    FILE *f = fopen(path, "w");
    fputs("one\ntwo\n", f);
    fclose(f);
    f = fopen(path, "a");
    printf("a tells %ld\n", ftell(f));
    fclose(f);
    f = fopen(path, "a+");
    printf("a+ tells %ld", ftell(f));
    printf(", reads %s", fgets(line, sizeof line, f) ? line : "nothing\n");
    fputs("three\n", f);
    fclose(f);
    show("appended");
    f = fdopen(open(path, O_RDWR), "a+");
    printf("fdopen a+ reads %s", fgets(line, sizeof line, f) ? line : "nothing\n");
    fclose(f);
}

static void push_back(void) {
    FILE *f = fopen(path, "w+");
    fputs("hello", f);
    rewind(f);
    int first = fgetc(f);
    ungetc(' ', f);
    printf("%c, pushed back at %ld", first, ftell(f));
    fputs("world", f);
    printf(", written to %ld\n", ftell(f));
    fclose(f);
    show("over it");
    f = fopen(path, "w+");
    fputs("hello", f);
    rewind(f);
    fgetc(f), fgetc(f);
    ungetc('x', f), ungetc('y', f), ungetc('z', f);
    fputs("W", f);
    fclose(f);
    show("more than was read");
}

static void reopen(void) {
    char line[16];
    FILE *f = fopen(path, "w");
    fputs("again\n", f);
    fclose(f);
    close(0);
    f = freopen(path, "r", stdin);
    printf("reopened: %d, descriptor %d, reads %s", f == stdin, fileno(stdin), fgets(line, sizeof line, stdin));
}

static void lines_that_fail(void) {
    FILE *f = fopen(path, "w");
    setlinebuf(f);
    close(fileno(f));
    printf("fprintf %d, ", fprintf(f, "a line\n"));
    printf("padded %d, ", fprintf(f, "%40s\n", "x"));
    printf("fputs %d, ", fputs("a line\n", f));
    printf("fwrite %zu, ", fwrite("a line\n", 1, 7, f));
    printf("putc %d, error %d\n", putc('\n', f), ferror(f) != 0);
}

static void orientation(void) {
    int fd = dup(2);
    dup2(open(path, O_RDWR | O_TRUNC), 2);
    stderr = fdopen(2, "w");
    errno = EILSEQ;
    perror("neither");
    printf("perror leaves %d, ", fwide(stderr, 0));
    fputws(L"wide\n", stderr);
    printf("fputws %d\n", fwide(stderr, 0) > 0);
    errno = EINVAL;
    perror("after it");
    fclose(stderr);
    dup2(fd, 2);
    stderr = fdopen(2, "w");
    show("said");
}

static void of_itself(void) {
    char text[16] = "AB", *volatile same = text;
    snprintf(text, 3, "%sCD", same);
    printf("snprintf of itself: %s, ", text);
    strcpy(text, "AB");
    sprintf(text, "%sCD", same);
    printf("sprintf: %s\n", text);
    char room[8] = "rest";
    FILE *f = fmemopen(room, 0, "w+");
    fclose(f);
    printf("w+ empties: %d\n", room[0]);
}

static void scans(void) {
    const char *volatile odd[] = {"%lld", "%llld", "%LLd", "%hhhd", "%lhd", "%jd"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        long long n = -1;
        int got = sscanf("1000", odd[i], &n);
        printf("%s: %d %d; ", odd[i], got, got == 1 && n == 1000);
    }
    char *text = path;
    int got = sscanf(" ", "%ms", &text);
    printf("%%ms at the end: %d %d\n", got, text == NULL);
    got = sscanf("word", "%ms", &text);
    printf("%%ms: %d %s\n", got, text);
    free(text);
}

int main(void) {
    close(mkstemp(path));
    append();
    push_back();
    reopen();
    lines_that_fail();
    orientation();
    of_itself();
    scans();
    unlink(path);
    return 0;
}
