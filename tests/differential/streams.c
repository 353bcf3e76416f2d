// stdio.h over memory and over functions of the program's: operations in any order, in all buffering modes.
#include "differ.h"
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

extern size_t checked_fread(void *, size_t, size_t, size_t, FILE *) SYMBOL(__fread_chk);
extern size_t checked_fread_unlocked(void *, size_t, size_t, size_t, FILE *) SYMBOL(__fread_unlocked_chk);
extern char *checked_fgets(char *, size_t, int, FILE *) SYMBOL(__fgets_chk);
extern ssize_t old_getdelim(char **, size_t *, int, FILE *) SYMBOL(__getdelim);
extern int underflow_of(FILE *) SYMBOL(__uflow);
extern int overflow_of(FILE *, int) SYMBOL(__overflow);
extern int getc_function(FILE *) SYMBOL(getc);
extern int putc_function(int, FILE *) SYMBOL(putc);
extern int old_getc_function(FILE *) SYMBOL(_IO_getc);
extern int old_putc_function(int, FILE *) SYMBOL(_IO_putc);

// A file that is kept here, and what was asked of it.
static struct { char bytes[2000]; long length, at; int reads, writes; } file;

static ssize_t file_read(void *cookie, char *to, size_t size) {
    size_t left = file.at < file.length ? file.length - file.at : 0;
    if (size > left) size = left;
    memcpy(to, file.bytes + file.at, size);
    file.at += size, file.reads++;
    return size;
}

static ssize_t file_write(void *cookie, const char *from, size_t size) {
    if (file.at + (long)size > (long)sizeof file.bytes) size = sizeof file.bytes - file.at;
    if (file.at > file.length) memset(file.bytes + file.length, 0, file.at - file.length);
    memcpy(file.bytes + file.at, from, size);
    file.at += size, file.writes++;
    if (file.at > file.length) file.length = file.at;
    return size;
}

static int file_seek(void *cookie, off64_t *offset, int whence) {
    long at = *offset + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file.at : file.length);
    if (at < 0 || at > (long)sizeof file.bytes) return errno = EINVAL, -1;
    *offset = file.at = at;
    return 0;
}

static void say_state(FILE *stream) {
    say_int("tell", ftell(stream)), say_int("eof", feof(stream)), say_int("error", ferror(stream)), say_errno();
}

static void operate(FILE *stream, int can_read, int can_write) {
    char text[300];
    size_t size = one_in(3) ? below(300) : below(20);
    int way = below(24), result;
    given_int("way", way), given_int("size", size);
    for (size_t i = 0; i < sizeof text; i++) text[i] = one_in(7) ? '\n' : 'a' + i % 26;
    text[size < 299 ? size : 299] = 0;
    // Between reading and writing there has to be a change of place.
    if (way < 10 && can_read) {
        fseek(stream, 0, SEEK_CUR);
        say_state(stream);
        memset(text, '#', sizeof text);
        switch (way) {
        case 0: say_int("fread", one_in(2) ? fread(text, 1, size, stream) : checked_fread(text, sizeof text, 1, size, stream)), say_bytes("text", text, size); break;
        case 1: say_int("fread", one_in(2) ? fread_unlocked(text, 3, size / 3, stream) : checked_fread_unlocked(text, sizeof text, 3, size / 3, stream)), say_bytes("text", text, size); break;
        case 2: say_text("fgets", fgets(text, size + 1, stream)); break;
        case 3: say_text("fgets", one_in(2) ? fgets_unlocked(text, size + 1, stream) : checked_fgets(text, sizeof text, size < 290 ? size + 2 : 290, stream)); break;
        case 4: say_int("getc", (one_in(2) ? getc_function(stream) : one_in(2) ? fgetc(stream) : old_getc_function(stream))); break;
        case 5: say_int("getc_unlocked", one_in(2) ? getc_unlocked(stream) : fgetc_unlocked(stream)); break;
        case 6: {
            char *line = NULL;
            size_t room = 0;
            ssize_t length = one_in(3) ? getline(&line, &room, stream) : one_in(2) ? getdelim(&line, &room, 'd', stream) : old_getdelim(&line, &room, 'd', stream);
            say_int("getline", length);
            if (length >= 0) say_bytes("line", line, length + 1);
            free(line);
            break;
        }
        // Other bytes than those that were read go into a buffer that glibc 2.36 may free twice.
        case 7: result = getc(stream), say_int("getc", result), say_int("ungetc", ungetc(result, stream)), say_int("getc", getc(stream)); break;
        case 8: result = getc(stream), say_int("ungetc", ungetc(result, stream)), say_state(stream), say_int("fread", fread(text, 1, 5, stream)), say_bytes("text", text, 5); break;
        case 9: say_int("getw", getw(stream)); break;
        }
    } else if (way >= 10 && way < 18 && can_write) {
        fseek(stream, 0, SEEK_CUR);
        switch (way) {
        case 10: say_int("fwrite", one_in(2) ? fwrite(text, 1, size, stream) : fwrite_unlocked(text, 1, size, stream)); break;
        case 11: say_int("fputs", fputs(text, stream) >= 0); break;
        case 12: say_int("fputs_unlocked", fputs_unlocked(text, stream) >= 0); break;
        case 13: say_int("putc", one_in(2) ? putc_function('P', stream) : one_in(2) ? fputc('\n', stream) : old_putc_function('O', stream)); break;
        case 14: say_int("putc_unlocked", one_in(2) ? putc_unlocked('U', stream) : fputc_unlocked(0x1ff, stream)); break;
        case 15: say_int("fprintf", fprintf(stream, "%d:%s", (int)size, "xyz")); break;
        case 16: say_int("putw", putw(0x41424344, stream)); break;
        case 17: say_int("fwrite", fwrite(text, 7, size / 7, stream)); break;
        }
    } else {
        static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
        long offset = between(-30, 60);
        int whence = PICK(whences);
        fpos_t place;
        given_int("offset", offset), given_int("whence", whence);
        switch (way % 6) {
        case 0: say_int("fseek", fseek(stream, offset, whence)); break;
        case 1: say_int("fseeko", (one_in(2) ? fseeko(stream, offset, whence) : fseeko64(stream, offset, whence))); break;
        case 2: rewind(stream); break;
        case 3: say_int("fgetpos", fgetpos(stream, &place)), say_int("seek", fseek(stream, offset, whence)), say_int("fsetpos", fsetpos(stream, &place)); break;
        case 4: say_int("fflush", one_in(2) ? fflush(stream) : fflush_unlocked(stream)); break;
        case 5: if (one_in(2)) clearerr(stream); else clearerr_unlocked(stream); break;
        }
    }
    say_int("ftello", one_in(2) ? ftello(stream) : ftello64(stream)), say_int("eof", feof_unlocked(stream)), say_int("error", ferror_unlocked(stream));
    say_state(stream);
}

static void set_buffer(FILE *stream, char *room) {
    int way = below(6);
    given_int("buffer", way);
    if (way == 0) setvbuf(stream, NULL, _IONBF, 0);
    else if (way == 1) setvbuf(stream, room, _IOFBF, between(1, 64));
    else if (way == 2) setvbuf(stream, room, _IOLBF, between(16, 64));
    else if (way == 3) setbuf(stream, NULL);
    else if (way == 4) setlinebuf(stream);
}

static void into_memory(long number) {
    char *held = NULL;
    size_t size = 77;
    FILE *stream = open_memstream(&held, &size);
    for (int i = below(12); i > 0; i--) {
        char text[300];
        size_t length = one_in(3) ? below(300) : below(9);
        fill(text, length, "abc\n");
        given_text("text", text);
        switch (below(6)) {
        case 0: say_int("fputs", fputs(text, stream)); break;
        case 1: say_int("fwrite", fwrite(text, 1, length, stream)); break;
        case 2: say_int("putc", putc('x', stream)); break;
        case 3: say_int("fprintf", fprintf(stream, "%s", text)); break;
        case 4: say_int("ftell", ftell(stream)); break;
        case 5: fflush(stream), say_bytes("held", held, size); break;
        }
    }
    fclose(stream);
    say_bytes("held", held, size);
    free(held);
}

static void over_functions(long number) {
    static const char *const modes[] = {"r", "r+", "w", "w+"};
    char buffer[64];
    const char *mode = PICK(modes);
    file.at = file.reads = file.writes = 0;
    file.length = one_in(3) ? below(1500) : below(40);
    for (long i = 0; i < file.length; i++) file.bytes[i] = one_in(9) ? '\n' : 'A' + i % 26;
    given_text("mode", mode), given_int("length", file.length);
    FILE *stream = fopencookie(NULL, mode, (cookie_io_functions_t){file_read, file_write, file_seek, NULL});
    set_buffer(stream, buffer);
    int can_read = *mode == 'r' || strchr(mode, '+'), can_write = *mode != 'r' || strchr(mode, '+');
    for (int i = below(8); i > 0; i--) operate(stream, can_read, can_write);
    say_int("fclose", fclose(stream)), say_errno();
    // Where fclose leaves the file is its own matter.
    say_bytes("file", file.bytes, file.length);
}

static void extensions(long number) {
    char room[100], buffer[64];
    memset(room, 'r', sizeof room);
    FILE *stream = fmemopen(room, sizeof room, "r+");
    set_buffer(stream, buffer);
    say_int("locking", __fsetlocking(stream, FSETLOCKING_QUERY));
    say_int("readable", __freadable(stream) != 0), say_int("writable", __fwritable(stream) != 0);
    flockfile(stream), say_int("locked", ftrylockfile(stream)), funlockfile(stream), funlockfile(stream);
    if (one_in(2)) say_int("getc", getc(stream)), say_int("reading", __freading(stream) != 0), say_int("writing", __fwriting(stream) != 0);
    else say_int("putc", putc('x', stream)), say_int("pending", __fpending(stream)), say_int("writing", __fwriting(stream) != 0);
    __fpurge(stream);
    say_int("pending", __fpending(stream));
    if (one_in(2)) say_int("uflow", underflow_of(stream));
    say_int("fileno", fileno_unlocked(stream)), say_errno();
    say_int("fwide", fwide(stream, one_in(2) ? 1 : 0));
    fclose(stream);
}

DIFFER({"into_memory", into_memory}, {"over_functions", over_functions}, {"extensions", extensions})
