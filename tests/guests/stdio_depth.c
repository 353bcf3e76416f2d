// kind: so
// flags: -lm
// own libc: no: glibc takes a minute under emulation to pad to the widest field
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fenv.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *error(void) {
    return errno ? strerrorname_np(errno) : "0";
}


static void numbers(void) {
    printf("[%'d|%'10d|%'.2f|%Id|%#o|%#X|%+.3i|% 05d|%-+6d|%+u]\n", 1234567, 1234567, 1234567.891, 42, 8, 255, 7, 42, 42, 3u);
    printf("[%2$d %1$d|%2$*1$d|%1$-*2$d|%2$0*1$d]\n", 6, 42);
    printf("[%1$s %3$.*2$f %1$s %4$lld %5$c]\n", "pos", 2, M_PI, LLONG_MIN, 'x');
    errno = EACCES;
    printf("[%m|%20m|%-20m|%.4m|%#m]\n");
    printf("[%a|%A|%.0a|%.3a|%20a|%-20a|%020a|%+a|%#.0a|%a|%a]\n", 1.0, 255.5, 1.5, 3.14159, 0.1, 0.1, 0.1, 2.0, 1.0, 0.0, DBL_TRUE_MIN);
    printf("[%La|%.5La|%LA|%La|%La]\n", 1.0L, 3.14159L, 0.1L, LDBL_MAX, LDBL_MIN);
    printf("[%Lf|%.3Le|%Lg|%.20Lg|%Lg|%LF]\n", 1.5L, 12345.678L, 1e30L, 0.1L, (long double)INFINITY, -(long double)NAN);
    printf("%.1080f\n", DBL_TRUE_MIN);
    printf("%.0f\n%.0f\n", DBL_MAX, -DBL_MAX / 3);
    printf("%.60Le\n%.60Le\n%.30Le\n", LDBL_MAX, LDBL_MIN, LDBL_TRUE_MIN);
    char *text;
    int n = asprintf(&text, "%.0Lf", LDBL_MAX);
    printf("%d %.40s...%s\n", n, text, text + n - 40);
    free(text);
    n = asprintf(&text, "%.16445Lf", LDBL_TRUE_MIN);
    printf("%d %s\n", n, text + n - 60);
    free(text);
    int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 4; i++) {
        fesetround(modes[i]);
        printf("%d: %.1f %.1f %.0f %.0f %.2e %.3g %.0a %.1Lf", i, 0.25, -0.25, 2.5, -2.5, 1.125, 1.0005, 1.5, 0.35L);
        double d = strtod("0.1", 0), e = strtod("-0.1", 0), big = strtod("1e400", 0), small = strtod("1e-400", 0);
        volatile double hex = strtod("0x1.00000000000008p0", 0);
        float f = strtof("0.3", 0);
        long double l = strtold("0.1", 0);
        double s = 0;
        sscanf("0.7", "%lf", &s);
        fesetround(FE_TONEAREST);
        printf(" %a %a %a %a %a %a %La %a\n", d, e, big, small, hex, f, l, s);
    }
    printf("[%d|%d]\n", snprintf(0, 0, "%s%5d", "abc", 7), snprintf((char[4]){0}, 4, "%d", 123456));
    errno = 0;
    n = snprintf(0, 0, "%*d%*d", INT_MAX - 2, 1, 10, 2);
    printf("%d %s\n", n, error());
    printf("[%s|%.3s|%10.4s|%-10.2s|%c%c]\n", (char *)0, (char *)0, "abcdef", "abcdef", 0x41, 0x42);
    printf("[%5%|%-5%|%05%]\n");
    short h = 0;
    long long ll = 0;
    signed char c = 0;
    printf("12345%hn678%lln9%hhn\n", &h, &ll, &c);
    printf("%d %lld %d\n", h, ll, c);
    printf("[%zd|%zu|%td|%jd|%ju|%qd|%Zd|%hhu|%hu|%hhx]\n", (ssize_t)-1, (size_t)-1, (ptrdiff_t)-2, INTMAX_MIN, UINTMAX_MAX, 5LL, (ssize_t)3, 511, 65537, -1);
    printf("[%.0d|%.0x|%.d|%5.0d|%+.0d|%#.0o|%#x|%#.3x]\n", 0, 0, 0, 0, 0, 0, 0, 0);
    printf("[%g|%g|%g|%g|%#g|%#.3g|%.0g|%G]\n", 1e5, 1e-5, 123456789.0, 0.0001, 1.0, 2.0, 0.0, 1e-10);
    printf("[%010.2f|%-10.2f|%+.2f|% .2f|%#.0f|%010f|%10f]\n", -1.5, 1.5, 1.5, 1.5, 1.0, INFINITY, NAN);
}

static void opening(void) {
    struct { const char *mode; int exists; } tries[] = {{"wx", 0}, {"wx", 1}, {"w+x", 1}, {"ax", 1}, {"r", 1}, {"re", 1}, {"rm", 1}, {"r+b", 1}, {"rb+", 1}, {"q", 1}, {"", 1}, {"w,ccs=UTF-8", 1}, {"a+", 1}, {"wce", 0}};
    for (int i = 0; i < 14; i++) {
        const char *path = "/tmp/osvrun-stdio-depth";
        unlink(path);
        if (tries[i].exists) fclose(fopen(path, "w"));
        errno = 0;
        FILE *f = fopen(path, tries[i].mode);
        printf("%s %d %s", tries[i].mode, f != 0, error());
        if (f) {
            int flags = fcntl(fileno(f), F_GETFL);
            printf(" cloexec %d acc %d append %d readable %d writable %d", fcntl(fileno(f), F_GETFD) & FD_CLOEXEC, flags & O_ACCMODE, !!(flags & O_APPEND), !!__freadable(f), !!__fwritable(f));
            fclose(f);
        }
        puts("");
        unlink(path);
    }
    errno = 0;
    printf("%d ", fopen("/nonexistent/x", "r") != 0);
    printf("%s ", error());
    printf("%d ", fopen("/tmp", "w") != 0);
    printf("%s ", error());
    printf("%d ", fdopen(-1, "r") != 0);
    printf("%s ", error());
    FILE *f = fopen("/tmp", "r");
    errno = 0;
    printf("%d ", f ? fgetc(f) : 99);
    printf("%s %d\n", error(), f && ferror(f));
    if (f) fclose(f);
}

static void buffering(void) {
    char own[16];
    FILE *f = tmpfile();
    printf("%zu %d ", __fbufsize(f), setvbuf(f, own, _IOFBF, sizeof own));
    fputs("0123456789", f);
    printf("%zu ", __fbufsize(f));
    fputs("0123456789", f);
    printf("%ld %d\n", ftell(f), __fwriting(f) != 0);
    fclose(f);
    f = tmpfile();
    printf("%d %d ", setvbuf(f, 0, _IOLBF, 0), __flbf(f) != 0);
    fputs("no newline", f);
    printf("%zu ", __fpending(f));
    fputs(" newline\nrest", f);
    printf("%zu ", __fpending(f));
    printf("%d %d ", setvbuf(f, 0, _IONBF, 0), setvbuf(f, 0, 77, 0));
    fputs("x", f);
    printf("%zu\n", __fpending(f));
    fclose(f);
    f = tmpfile();
    fputs("abc", f);
    rewind(f);
    fgetc(f);
    for (int i = 0; i < 300; i++)
        if (ungetc('A' + i % 26, f) == EOF) printf("full at %d\n", i);
    printf("%c", fgetc(f));
    char big[400];
    size_t n = fread(big, 1, sizeof big, f);
    printf("%zu %.5s %.5s %d\n", n, big, big + n - 5, feof(f) != 0);
    printf("%d %d ", ungetc('z', f), feof(f) != 0);
    printf("%d %d %d\n", fgetc(f), fgetc(f), ungetc(EOF, f));
    rewind(f);
    ungetc('q', f);
    printf("%ld ", ftell(f));
    printf("%c%c ", fgetc(f), fgetc(f));
    ungetc('p', f);
    fseek(f, 1, SEEK_SET);
    printf("%c\n", fgetc(f));
    fclose(f);
}

static void seeking(void) {
    FILE *f = tmpfile();
    fputs("0123456789", f);
    errno = 0;
    printf("%d %s ", fseek(f, -1, SEEK_SET), error());
    printf("%d %s ", fseek(f, 0, 9), error());
    errno = 0;
    printf("%d %ld ", fseeko(f, 20, SEEK_SET), ftell(f));
    fputc('x', f);
    printf("%ld ", ftell(f));
    fflush(f);
    struct stat st;
    fstat(fileno(f), &st);
    printf("%ld ", (long)st.st_size);
    fseek(f, -3, SEEK_END);
    printf("%ld %d %d ", ftell(f), fgetc(f), fgetc(f));
    fseek(f, -2, SEEK_CUR);
    printf("%ld\n", ftell(f));
    // Reading, then writing, then reading in one stream.
    rewind(f);
    printf("%c%c ", fgetc(f), fgetc(f));
    fseek(f, 0, SEEK_CUR);
    fputs("AB", f);
    fflush(f);
    printf("%c%ld ", fgetc(f), ftell(f));
    rewind(f);
    char line[30];
    printf("%s ", fgets(line, 8, f));
    fclose(f);
    int fds[2];
    pipe(fds);
    f = fdopen(fds[0], "r");
    errno = 0;
    printf("%d %s ", fseek(f, 0, SEEK_SET), error());
    errno = 0;
    printf("%ld %s\n", ftell(f), error());
    fclose(f);
    close(fds[1]);
}

struct text { char data[64]; size_t at; };

static ssize_t cookie_read(void *c, char *to, size_t n) {
    struct text *t = c;
    size_t left = strlen(t->data) - t->at;
    if (n > left) n = left;
    memcpy(to, t->data + t->at, n);
    t->at += n;
    return n;
}

static ssize_t cookie_write(void *c, const char *from, size_t n) {
    struct text *t = c;
    if (t->at + n > 40) return errno = ENOSPC, 0;
    memcpy(t->data + t->at, from, n);
    t->at += n;
    return n;
}

static int cookie_seek(void *c, off64_t *at, int whence) {
    struct text *t = c;
    off64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (off64_t)t->at : (off64_t)strlen(t->data);
    if (base + *at < 0) return errno = EINVAL, -1;
    *at = t->at = base + *at;
    return 0;
}

static int cookie_close(void *c) {
    printf("(closed %s)", ((struct text *)c)->data);
    return 0;
}

static void memory(void) {
    struct text t = {"cookie data", 0};
    FILE *f = fopencookie(&t, "r+", (cookie_io_functions_t){cookie_read, cookie_write, cookie_seek, cookie_close});
    char buf[64];
    printf("%s ", fgets(buf, 7, f));
    printf("%ld %d %d ", ftell(f), fseek(f, 0, SEEK_SET), fileno(f));
    fputs("COOK", f);
    printf("%d ", fflush(f));
    printf("%d\n", fclose(f));
    f = fopencookie(&t, "w", (cookie_io_functions_t){0, 0, 0, 0});
    errno = 0;
    printf("%d ", fputs("lost", f));
    printf("%d ", fflush(f));
    printf("%d ", fgetc(f));
    printf("%d\n", fclose(f));

    char area[10] = "abcdefghi";
    const char *modes[] = {"r", "r+", "w", "w+", "a", "a+"};
    for (int i = 0; i < 6; i++) {
        memcpy(area, "abc\0efghi", 10);
        f = fmemopen(area, sizeof area, modes[i]);
        setvbuf(f, 0, _IONBF, 0);
        errno = 0;
        printf("%s: tell %ld ", modes[i], ftell(f));
        int r = fputs("XY", f);
        printf("put %d %s tell %ld ", r > 0, error(), ftell(f));
        printf("seek %d ", fseek(f, 0, SEEK_END));
        printf("%ld ", ftell(f));
        printf("past %d ", fseek(f, 11, SEEK_SET));
        rewind(f);
        int n = fread(buf, 1, 20, f);
        printf("read %d ", n < 0 ? 0 : n);
        fclose(f);
        for (int j = 0; j < 10; j++) putchar(area[j] ? area[j] : '.');
        puts("");
    }
    f = fmemopen(area, 4, "w");
    printf("%d ", fputs("too long for it", f) >= 0);
    errno = 0;
    printf("%d %s ", fflush(f), error());
    fclose(f);
    printf("%.4s ", area);
    errno = 0;
    f = fmemopen(0, 0, "r");
    printf("%d %s ", f != 0, error());
    if (f) fclose(f);
    f = fmemopen(0, 8, "w+");
    fputs("temp", f);
    rewind(f);
    printf("%s\n", fgets(buf, 20, f));
    fclose(f);

    char *grown = 0;
    size_t size = 0;
    f = open_memstream(&grown, &size);
    fflush(f);
    printf("%zu %d ", size, grown && !*grown);
    fputs("hello world", f);
    fseek(f, 6, SEEK_SET);
    fputs("W", f);
    fflush(f);
    printf("%zu %s ", size, grown);
    fseek(f, 14, SEEK_SET);
    fputs("gap", f);
    printf("%ld ", ftell(f));
    fclose(f);
    printf("%zu %d %s\n", size, grown[12], grown + 14);
    free(grown);
}

static void lines(void) {
    FILE *f = tmpfile();
    fwrite("one\ntwo;three;\n\nlast\0nul", 1, 24, f);
    rewind(f);
    char *line = 0;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, f)) >= 0) printf("%zd:%zu ", n, strlen(line));
    printf("%d %d\n", feof(f) != 0, errno == 0);
    rewind(f);
    while ((n = getdelim(&line, &room, ';', f)) >= 0) printf("%zd ", n);
    errno = 0;
    printf("%zd %s\n", getline(0, &room, f), error());
    free(line);
    fclose(f);
    errno = 0;
    f = popen("true", "r");
    printf("%d\n", f == 0 || pclose(f) == 0);
}

static void reopening(void) {
    const char *path = "/tmp/osvrun-stdio-depth";
    FILE *f = fopen(path, "w");
    int fd = fileno(f);
    fputs("first", f);
    FILE *g = freopen(path, "r", f);
    char buf[20] = "";
    printf("%d %d %s ", g == f, fileno(g) == fd, fgets(buf, 20, g));
    ungetc('u', g);
    g = freopen(0, "r+", g);
    printf("%d ", g != 0);
    if (g) {
        printf("%c ", fgetc(g));
        fseek(g, 0, SEEK_SET);
        printf("%d ", fputs("F", g) >= 0);
        fclose(g);
    }
    f = fopen(path, "r");
    printf("%s ", fgets(buf, 20, f));
    errno = 0;
    g = freopen("/nonexistent/file", "r", f);
    printf("%d %s\n", g != 0, error());
    unlink(path);
}

int main(void) {
    numbers();
    opening();
    buffering();
    seeking();
    memory();
    lines();
    reopening();
    fflush(stdout);
    dup2(1, 2);
    errno = ENOENT;
    perror("prefix");
    errno = ENOENT;
    perror("");
    errno = EAGAIN;
    perror(0);
    errno = 9999;
    perror("unknown");
    return 0;
}
