// kind: so
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

static void dump(const wchar_t *text) {
    for (; *text; text++) printf(*text < 127 && *text > 31 ? "%c" : "{%x}", *text);
    puts("");
}

static void bytes(FILE *f) {
    fflush(f);
    char buffer[512];
    ssize_t n = pread(fileno(f), buffer, sizeof buffer, 0);
    for (ssize_t i = 0; i < n; i++) printf("%02x", (unsigned char)buffer[i]);
    printf(" %zd\n", n);
}

static FILE *file(const char *text, size_t len) {
    FILE *f = tmpfile();
    if (write(fileno(f), text, len) != (ssize_t)len) puts("short");
    rewind(f);
    return f;
}

static int vtext(wchar_t *to, size_t room, const wchar_t *template, ...) {
    va_list list;
    va_start(list, template);
    int n = vswprintf(to, room, template, list);
    va_end(list);
    return n;
}

static int vfrom(const wchar_t *text, const wchar_t *template, ...) {
    va_list list;
    va_start(list, template);
    int n = vswscanf(text, template, list);
    va_end(list);
    return n;
}

static void formats(void) {
    wchar_t out[200];
    int n = 0;
    printf("%d ", swprintf(out, 200, L"[%d|%5d|%-5d|%05d|%+d|% d|%#x|%'d]", 42, 42, 42, 42, 42, 42, 255, 1234567));
    dump(out);
    printf("%d ", swprintf(out, 200, L"[%s|%ls|%8s|%-8ls|%.2s|%.2ls|%S|%c|%lc|%C]", "caf\xc3\xa9", L"\x20ac x", "\xc3\xa9", L"\x416", "\xc3\xa9\xc3\xa9\xc3\xa9", L"\x416\x416\x416", L"S", 'c', 0x20ac, 0x416));
    dump(out);
    printf("%d ", swprintf(out, 200, L"[%f|%10.3e|%g|%a|%Lf|%.30Lg|%f|%F]", 3.25, 12345.678, 1e20, 0.1, 2.5L, 0.1L, -INFINITY, NAN));
    dump(out);
    printf("%d ", swprintf(out, 200, L"%3$ls %1$*2$d %4$n\x20ac%%|%5$p|%6$p|%7$s|%8$ls", 7, 5, L"third", &n, (void *)0, (void *)0x12ab, (char *)0, (wchar_t *)0));
    dump(out);
    printf("n %d\n", n);
    errno = ENOENT;
    printf("%d ", swprintf(out, 200, L"%m|%hhd|%hd|%lld|%zu|%jd|%td|%5%", 300, 70000, -1LL, (size_t)3, (intmax_t)-4, (ptrdiff_t)5));
    dump(out);
    for (int room = 0; room < 6; room++) {
        wcscpy(out, L"before");
        int r = swprintf(out, room, L"%d", 1234);
        printf("%d: %d ", room, r);
        dump(r < 0 ? L"" : out);
    }
    printf("%d ", vtext(out, 200, L"%ls-%d", L"v", 5));
    dump(out);
    errno = 0;
    n = swprintf(out, 200, L"a%sb", "\xff");
    printf("%d %d\n", n, errno == EILSEQ);
}

static void scans(void) {
    int a = 0, b = 0, n = 0;
    double d = 0;
    long double ld = 0;
    char text[20] = "";
    wchar_t wide[20] = L"", *made = 0;
    char *bytes_made = 0;
    printf("%d ", swscanf(L" 12 0x1f 2.5e3 -1.25", L"%d%i%lf%Lf", &a, &b, &d, &ld));
    printf("%d %d %g %Lg\n", a, b, d, ld);
    printf("%d ", swscanf(L"\x20ac\x20ac caf\xe9 \x416z", L"%s %ls%n", text, wide, &n));
    printf("%s %d ", text, n);
    dump(wide);
    printf("%d ", swscanf(L"\x416\x417\x418z12", L"%l[\x410-\x420]z%d", wide, &a));
    printf("%d ", a);
    dump(wide);
    printf("%d ", swscanf(L"abc,def", L"%[^,],%3c", text, wide));
    printf("%s\n", text);
    printf("%d ", swscanf(L"abc \x20acyz", L"%ms %mls", &bytes_made, &made));
    printf("%s ", bytes_made);
    dump(made);
    free(made);
    free(bytes_made);
    printf("%d %d %d\n", swscanf(L"", L"%d", &a), swscanf(L"x", L"%d", &a), swscanf(L"\x20ac 5", L"\x20ac%d", &a));
    printf("%d ", vfrom(L"8 9", L"%*d %d", &a));
    printf("%d\n", a);
}

static void streams(void) {
    FILE *f = file("a\xc3\xa9z\n\xe2\x82\xac\xe2\x82\xac 12 4.5 word", 24);
    printf("%d %d ", fwide(f, 0), fgetwc(f));
    printf("%x %d ", getwc(f), fwide(f, 0) > 0);
    printf("%ld ", ftell(f));
    printf("%x %x %x ", ungetwc(0x416, f), ungetwc('q', f), ungetwc(WEOF, f));
    wchar_t line[40];
    printf("%d ", fgetws(line, 40, f) == line);
    dump(line);
    int n = 0;
    double d = 0;
    wchar_t word[20], set[20];
    printf("%d ", fwscanf(f, L"%l[\x20ac]%d%lf %ls", set, &n, &d, word));
    printf("%d %g %d %d ", n, d, feof(f) != 0, getwc(f));
    dump(word);
    rewind(f);
    printf("%d %d\n", fgetws(line, 3, f) == line, (int)wcslen(line));
    fseek(f, 4, SEEK_SET);
    printf("%x %ld ", fgetwc_unlocked(f), ftell(f));
    fpos_t at;
    fgetpos(f, &at);
    wint_t next = fgetwc(f);
    printf("%x ", fgetwc(f));
    fsetpos(f, &at);
    printf("%d\n", fgetwc(f) == next);
    printf("%d %d %d\n", fwide(f, -1) > 0, fputs("x", f), fprintf(f, "no"));
    fclose(f);

    f = file("ok\xff" "bad", 6);
    for (int i = 0; i < 5; i++) {
        errno = 0;
        wint_t c = fgetwc(f);
        printf("%x %d %d %d; ", c, errno == EILSEQ, ferror(f) != 0, feof(f) != 0);
    }
    puts("");
    fclose(f);
    f = file("x\xe2\x82", 3);
    printf("%x ", fgetwc(f));
    printf("%x\n", fgetwc(f));
    fclose(f);

    f = tmpfile();
    printf("%x %x ", fputwc(L'\xe9', f), putwc_unlocked(0x1f600, f));
    printf("%d %d ", fputws(L"text\x20ac\n", f) > 0, fwprintf(f, L"%ls %d %s", L"\x416", 5, "\xc3\xa9"));
    bytes(f);
    printf("%d ", fprintf(f, "bytes"));
    printf("%ld ", ftell(f));
    rewind(f);
    printf("%x ", fgetwc(f));
    printf("%d %d\n", ferror(f) != 0, fwide(f, 0) > 0);
    fclose(f);

    // Characters that straddle the buffer's end.
    f = tmpfile();
    for (int i = 0; i < 5000; i++) fputwc(i % 3 ? 0x20ac : 'a' + i % 26, f);
    rewind(f);
    unsigned long sum = 0, count = 0;
    for (wint_t c; (c = fgetwc(f)) != WEOF; count++) sum = sum * 31 + c;
    printf("%lu %lu %ld\n", count, sum, ftell(f));
    fclose(f);

    f = tmpfile();
    setvbuf(f, 0, _IONBF, 0);
    fwprintf(f, L"\x20ac %d", 5);
    fputws(L"!", f);
    bytes(f);
    rewind(f);
    printf("%x %x %ld\n", getwc(f), getwc(f), ftell(f));
    fclose(f);

    f = tmpfile();
    fputs("bytes", f);
    printf("%d %x %d %d\n", fputws(L"no", f), fputwc('n', f), fwprintf(f, L"no"), fwide(f, 1) < 0);
    fclose(f);
}

static void memory(void) {
    wchar_t *buffer = 0;
    size_t size = 99;
    FILE *f = open_wmemstream(&buffer, &size);
    printf("%d ", fwide(f, 0) > 0);
    fwprintf(f, L"hello %d %ls", 5, L"\x20ac");
    fflush(f);
    printf("%zu %ld ", size, ftell(f));
    dump(buffer);
    fseek(f, 2, SEEK_SET);
    fputwc('X', f);
    fflush(f);
    printf("%zu %ld ", size, ftell(f));
    dump(buffer);
    fclose(f);
    free(buffer);
    f = open_wmemstream(&buffer, &size);
    for (int i = 0; i < 300; i++) fputws(L"0123456789", f);
    printf("%d ", fclose(f));
    printf("%zu %zu\n", size, wcslen(buffer));
    free(buffer);
}

int main(void) {
    formats();
    FILE *f = tmpfile();
    fputws(L"ascii in C\n", f);
    fputwc(0x1f600, f);
    bytes(f);
    fclose(f);
    setlocale(LC_ALL, "C.UTF-8");
    formats();
    scans();
    streams();
    memory();
    fflush(stdout);
    FILE *wide = fdopen(dup(1), "w");
    stdout = wide;
    wprintf(L"wide stdout %ls|%s|%d\n", L"\x20ac", "\xc3\xa9", 3);
    putwchar(0x20ac);
    putwchar_unlocked(10);
    printf("not shown");
    fflush(wide);
    return 0;
}
