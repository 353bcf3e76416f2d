// kind: so pie
// Streams over functions of the program's that append, functions that take less than they are given, and memory that is too small.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char bytes[100];
static long length, at, most = 100;

static ssize_t read_some(void *cookie, char *to, size_t size) {
    long count = length - at < (long)size ? length - at : (long)size;
    if (count < 0) count = 0;
    memcpy(to, bytes + at, count);
    at += count;
    return count;
}

static ssize_t write_some(void *cookie, const char *from, size_t size) {
    long count = (long)size < most ? (long)size : most;
    memcpy(bytes + at, from, count);
    at += count;
    if (at > length) length = at;
    return count;
}

static int seek_to(void *cookie, off64_t *offset, int whence) {
    long to = *offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at : length);
    if (to < 0) return -1;
    *offset = at = to;
    return 0;
}

static FILE *start(const char *mode) {
    strcpy(bytes, "0123456789");
    length = 10, at = 0, most = 100, errno = 0;
    return fopencookie(NULL, mode, (cookie_io_functions_t){read_some, write_some, seek_to, NULL});
}

static void say(const char *what) { printf("%s [%.*s] at %ld\n", what, (int)length, bytes, at); }

// Nobody appends but the functions: what is written goes where the stream is.
static void appending(void) {
    FILE *stream = start("a+");
    printf("%ld %c", ftell(stream), getc(stream));
    printf(" %ld\n", ftell(stream));
    fputs("AB", stream);
    printf("%ld\n", ftell(stream));
    fflush(stream);
    say("appended");
    fseek(stream, 2, SEEK_SET);
    printf("%c\n", getc(stream));
    fseek(stream, 0, SEEK_CUR);
    fputs("CD", stream);
    fflush(stream);
    say("where it was");
    fclose(stream);
    stream = start("a");
    fseek(stream, 4, SEEK_SET);
    fputs("EF", stream);
    fclose(stream);
    say("where it was");
}

static void partial(void) {
    FILE *stream = start("w");
    most = 3;
    printf("%d", fputs("abcdefgh", stream) >= 0);
    printf(" %d", fflush(stream));
    printf(" %d %d\n", !!ferror(stream), errno);
    say("three of eight");
    clearerr(stream);
    printf("%d\n", fclose(stream));
    stream = start("w");
    most = 0;
    setvbuf(stream, NULL, _IONBF, 0);
    printf("%d", putc('x', stream));
    printf(" %d\n", !!ferror(stream));
    fclose(stream);
}

static void memory(const char *mode, size_t size) {
    char room[24];
    memset(room, 'r', sizeof room);
    strcpy(room, "abc");
    errno = 0;
    FILE *stream = fmemopen(room, size, mode);
    printf("%s %zu %ld", mode, size, ftell(stream));
    printf(" %d", fseek(stream, 0, SEEK_END));
    printf(" %ld %d", ftell(stream), fseek(stream, size, SEEK_SET));
    printf(" %d", fseek(stream, size + 1, SEEK_SET));
    printf(" %d", errno);
    rewind(stream);
    char text[30];
    printf(" %zu", fread(text, 1, sizeof text, stream));
    printf(" %d%d", !!feof(stream), !!ferror(stream));
    clearerr(stream), rewind(stream);
    errno = 0;
    printf(" %d", fputs("0123456789abcdefgh", stream) >= 0);
    printf(" %d", fflush(stream));
    printf(" %d %ld", errno, ftell(stream));
    clearerr(stream);
    printf(" %d [", fclose(stream));
    for (size_t i = 0; i < sizeof room; i++) printf(room[i] ? "%c" : "\\0", room[i]);
    printf("]\n");
}

int main(void) {
    static const char *const modes[] = {"r", "r+", "w", "w+", "a", "a+", "rb", "wb+"};
    static const size_t sizes[] = {1, 3, 4, 10, 19};
    appending();
    partial();
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 5; j++) memory(modes[i], sizes[j]);
    return 0;
}
