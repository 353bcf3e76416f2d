// kind: so
// stdin: abcrest of it\nsecond\nthird line\n 5,6 7-8\nword\nlast
// flags: -fno-builtin -Wno-format -Wno-deprecated-declarations
// stdio.h as functions, where the headers have macros, by the names that programs linked long ago have for them, and without locks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define OLD(result, name, ...) extern result name(__VA_ARGS__);
#define AS(result, name, symbol, ...) extern result name(__VA_ARGS__) __asm__(#symbol);

OLD(FILE *, _IO_fopen, const char *, const char *) OLD(FILE *, _IO_fdopen, int, const char *) OLD(int, _IO_fclose, FILE *)
OLD(int, _IO_feof, FILE *) OLD(int, _IO_ferror, FILE *) OLD(int, _IO_fflush, FILE *) OLD(int, _IO_fgetpos, FILE *, fpos_t *) OLD(int, _IO_fgetpos64, FILE *, fpos_t *)
OLD(int, _IO_fsetpos, FILE *, const fpos_t *) OLD(int, _IO_fsetpos64, FILE *, const fpos_t *) OLD(long, _IO_ftell, FILE *)
OLD(char *, _IO_fgets, char *, int, FILE *) OLD(int, _IO_fputs, const char *, FILE *) OLD(size_t, _IO_fread, void *, size_t, size_t, FILE *) OLD(size_t, _IO_fwrite, const void *, size_t, size_t, FILE *)
AS(void, _IO_lock, _IO_flockfile, FILE *) AS(int, _IO_trylock, _IO_ftrylockfile, FILE *) AS(void, _IO_unlock, _IO_funlockfile, FILE *)
OLD(char *, _IO_gets, char *) OLD(int, _IO_puts, const char *) OLD(int, _IO_printf, const char *, ...) OLD(int, _IO_fprintf, FILE *, const char *, ...) OLD(int, _IO_sprintf, char *, const char *, ...)
OLD(int, _IO_sscanf, const char *, const char *, ...) OLD(int, _IO_ungetc, int, FILE *) OLD(int, _IO_vsprintf, char *, const char *, va_list)
AS(int, old_vfprintf, _IO_vfprintf, FILE *, const char *, va_list)
OLD(void, _IO_setbuffer, FILE *, char *, size_t) OLD(int, _IO_setvbuf, FILE *, char *, int, size_t) OLD(size_t, _IO_sgetn, FILE *, void *, size_t)
OLD(int, __asprintf, char **, const char *, ...) OLD(int, __snprintf, char *, size_t, const char *, ...) OLD(int, __vsnprintf, char *, size_t, const char *, va_list)
OLD(int, __vsscanf, const char *, const char *, va_list) OLD(int, __vfscanf, FILE *, const char *, va_list) OLD(int, __underflow, FILE *) OLD(char *, gets, char *)
AS(int, getc_function, getc_unlocked, FILE *) AS(int, putc_function, putc_unlocked, int, FILE *) AS(int, getchar_function, getchar_unlocked, void) AS(int, putchar_function, putchar_unlocked, int)
AS(int, fgetc_function, fgetc_unlocked, FILE *) AS(int, fputc_function, fputc_unlocked, int, FILE *) AS(int, feof_function, feof_unlocked, FILE *) AS(int, ferror_function, ferror_unlocked, FILE *)
AS(int, plain_getchar, getchar, void) AS(int, plain_vprintf, vprintf, const char *, va_list) AS(ssize_t, plain_getline, getline, char **, size_t *, FILE *)
extern FILE _IO_2_1_stdin_, _IO_2_1_stdout_, _IO_2_1_stderr_;

static char path[] = "/tmp/old_namesXXXXXX", text[200], room[4096];

static int listed(int (*call)(va_list), ...) {
    va_list list;
    va_start(list, call);
    int result = call(list);
    va_end(list);
    return result;
}

static FILE *listed_stream;
static int to_stream(va_list list) { return old_vfprintf(listed_stream, "%d %s %g\n", list); }
static int to_text(va_list list) { return _IO_vsprintf(text, "%d %s", list); }
static int to_room(va_list list) { return __vsnprintf(text, 6, "%d %s", list); }
static int to_stdout(va_list list) { return plain_vprintf("%d %s|\n", list); }
static int to_descriptor(va_list list) { return vdprintf(STDOUT_FILENO, "%d %s|\n", list); }
static int from_text(va_list list) { return __vsscanf("12 word 3.5", "%d %9s %lf", list); }
static int from_stream(va_list list) { return __vfscanf(listed_stream, "%d %9s", list); }
static int from_stdin(va_list list) { return vscanf("%d-%d", list); }

static void files(void) {
    fpos_t place, place64;
    FILE *stream = _IO_fopen(path, "w+");
    _IO_setvbuf(stream, room, _IOFBF, 64);
    printf("%d", _IO_fprintf(stream, "%s %d\n", "line", 1));
    printf(" %d", _IO_fputs("another line\n", stream) >= 0);
    printf(" %zu", _IO_fwrite("0123456789", 3, 3, stream));
    listed_stream = stream;
    printf(" %d", listed(to_stream, 7, "seven", 7.5));
    printf(" %ld %d\n", _IO_ftell(stream), _IO_fflush(stream));
    rewind(stream);
    _IO_fgetpos(stream, &place);
    printf("%s", _IO_fgets(text, sizeof text, stream));
    _IO_fgetpos64(stream, &place64);
    memset(text, 0, sizeof text);
    printf("%zu %s", _IO_fread(text, 2, 6, stream), text);
    printf(" %d", _IO_ungetc('X', stream));
    printf(" %c%d", getc_function(stream), _IO_ungetc(EOF, stream));
    printf(" %d", _IO_fsetpos(stream, &place));
    memset(text, 0, sizeof text);
    printf(" %zu %s", _IO_sgetn(stream, text, 4), text);
    printf(" %d %ld", _IO_fsetpos64(stream, &place64), ftell(stream));
    printf(" %c %ld %c\n", __underflow(stream), ftell(stream), fgetc_function(stream));
    while (getc_function(stream) != EOF) continue;
    printf("%d %d %d %d", !!_IO_feof(stream), !!_IO_ferror(stream), !!feof_function(stream), ferror_function(stream));
    printf(" %d %d\n", __underflow(stream), fgetc_function(stream));
    printf("%d\n", _IO_fclose(stream));
    errno = 0;
    printf("%d", _IO_fopen("/nowhere/at all", "r") == NULL);
    printf(" %d", errno);
    errno = 0;
    printf(" %d", _IO_fopen(path, "?") == NULL);
    printf(" %d", errno);
    int fd = open(path, O_RDONLY);
    errno = 0;
    printf(" %d", _IO_fdopen(fd, "w") == NULL);
    printf(" %d", errno);
    stream = _IO_fdopen(fd, "r");
    _IO_setbuffer(stream, room, 16);
    errno = 0;
    printf(" %d", fputc_function('x', stream));
    printf(" %d %d", errno, !!ferror_function(stream));
    clearerr(stream);
    printf(" %d", putc_function('x', stream));
    printf(" %d\n", !!_IO_ferror(stream));
    _IO_lock(stream);
    _IO_lock(stream);
    printf("%d", _IO_trylock(stream));
    _IO_unlock(stream), _IO_unlock(stream), _IO_unlock(stream);
    char word[20] = "";
    int number = 0;
    fseek(stream, 5, SEEK_SET);
    listed_stream = stream;
    printf(" %d", listed(from_stream, &number, word));
    printf(" %d %s\n", number, word);
    fclose(stream);
    stream = fopen(path, "w");
    setbuffer(stream, room, 200);
    fputs("1234567", stream);
    printf("%ld", (long)__fpending(stream));
    fputs("89", stream);
    printf(" %zu %ld\n", __fbufsize(stream), (long)__fpending(stream));
    fclose(stream);
}

static void formatted(void) {
    char *made = NULL;
    printf("%d", _IO_sprintf(text, "%5.2f|%-4d|%x", 3.14159, 7, 255));
    printf(" %s", text);
    printf(" %d", listed(to_text, 5, "five"));
    printf(" %s", text);
    printf(" %d", listed(to_room, 123, "four"));
    printf(" %s", text);
    printf(" %d", __snprintf(text, 4, "%s", "abcdef"));
    printf(" %s", text);
    printf(" %d", __asprintf(&made, "%s-%d", "made", 12));
    printf(" %s\n", made);
    free(made);
    int one = 0, two = 0;
    double real = 0;
    char word[20] = "";
    printf("%d", _IO_sscanf("10:20", "%d:%d", &one, &two));
    printf(" %d %d", one, two);
    printf(" %d", listed(from_text, &one, word, &real));
    printf(" %d %s %g\n", one, word, real);
    fflush(stdout);
    _IO_printf("%s %d\n", "printed", 1);
    _IO_puts("put");
    listed(to_stdout, 3, "by list");
    fflush(stdout);
    dprintf(1, "%d\n", listed(to_descriptor, 4, "by list"));
    putchar_function('c'), putc_function('d', stdout), fputc_function('e', stdout), putchar_function('\n');
    // The objects themselves.
    fprintf(&_IO_2_1_stdout_, "%d %d %d\n", &_IO_2_1_stdin_ == stdin, &_IO_2_1_stdout_ == stdout, &_IO_2_1_stderr_ == stderr);
}

static void standard_input(void) {
    char line[100], *got = NULL;
    size_t size = 0;
    int one = 0, two = 0;
    printf("%c", plain_getchar());
    printf("%c", getchar_function());
    printf("%c", getc_function(stdin));
    printf(" [%s]", gets(line));
    printf(" [%s]", _IO_gets(line));
    printf(" %zd", plain_getline(&got, &size, stdin));
    printf(" [%s]", got);
    printf(" %d", scanf("%d,%d", &one, &two));
    printf(" %d %d %d", one, two, plain_getchar());
    printf(" %d", listed(from_stdin, &one, &two));
    printf(" %d %d %d", one, two, plain_getchar());
    printf(" %d", scanf("%d", &one));
    printf(" [%s]", gets(line));
    printf(" [%s]", gets(line));
    printf(" %d %d %d", gets(line) == NULL, feof(stdin) != 0, _IO_gets(line) == NULL);
    printf(" %d %d %zd\n", plain_getchar(), getchar_function(), plain_getline(&got, &size, stdin));
    free(got);
}

static void closing_all(void) {
    static char name[L_tmpnam];
    printf("%d %d %d\n", tmpnam_r(NULL) == NULL, tmpnam_r(name) == name, !strncmp(name, "/tmp/", 5) && access(name, F_OK) < 0);
    FILE *stream = fopen(path, "w");
    fputs("kept", stream);
    printf("%d\n", fcloseall());
    stream = fopen(path, "r");
    memset(text, 0, sizeof text);
    fread(text, 1, 20, stream);
    dprintf(2, "%s %d\n", text, fileno(stream));
    unlink(path);
}

int main(void) {
    close(mkstemp(path));
    files();
    formatted();
    standard_input();
    closing_all();
    return 0;
}
