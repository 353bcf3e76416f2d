// Programs that make many calls with inputs from a generator and say what came of them, so that two libcs can be compared.
//
// A program has families of cases. A case draws its input from a generator seeded with the family's name and the case's
// number, so that each gives the same alone as in its row.
//
//   PROGRAM CASES                  a line for each family and block of cases: FAMILY BLOCK DIGEST
//   PROGRAM CASES FAMILY BLOCK     what the cases of one block were given and said, a line for each
//
// A family with a `share` of n has one nth of the cases, as its calls are slow; so have its blocks, of which every family has
// one per thousand. Nothing here uses what may be under test: output goes through write(2).
#ifndef DIFFER_H
#define DIFFER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <locale.h>
#include <stdint.h>
#include <stddef.h>
#include <unistd.h>
#include <sys/mman.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define UNUSED __attribute__((unused))
// Reaches a symbol that no header declares, or declares under another name.
#define SYMBOL(name) __asm__(#name)

struct family {
    const char *name;
    void (*run)(long number);
    int share;
};

// --- The generator ---------------------------------------------------------------------------------------------------

static uint64_t generator;

UNUSED static uint64_t any(void) {
    uint64_t mixed = generator += 0x9e3779b97f4a7c15;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return mixed ^ mixed >> 31;
}

// A number below `limit`.
UNUSED static unsigned long below(unsigned long limit) { return limit ? (any() >> 11) % limit : 0; }

// A number from `least` to `most`.
UNUSED static long between(long least, long most) { return least + (long)below(most - least + 1); }

UNUSED static int one_in(unsigned long chances) { return below(chances) == 0; }

// A number whose length in bits is any, near one of their limits every now and then.
UNUSED static long any_long(void) {
    uint64_t bits = any(), shift = below(64);
    if (one_in(4)) return (long)((uint64_t)1 << shift) + between(-2, 2);
    if (one_in(4)) return -(long)((uint64_t)1 << shift) + between(-2, 2);
    return (long)bits >> shift;
}

#define PICK(array) ((array)[below(COUNT(array))])

// Fills `text` with `length` characters of `alphabet` and a NUL.
UNUSED static char *fill(char *text, size_t length, const char *alphabet) {
    size_t letters = 0;
    while (alphabet[letters]) letters++;
    for (size_t i = 0; i < length; i++) text[i] = alphabet[below(letters)];
    text[length] = 0;
    return text;
}

UNUSED static void fill_bytes(void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) ((unsigned char *)bytes)[i] = any();
}

// Copies bytes to where the page after them cannot be read. There are eight such places, of 64 KiB.
UNUSED static void *edge(int place, const void *bytes, size_t length) {
    enum { ROOM = 65536, GUARD = 4096 };
    static char *places[8];
    if (!places[place]) {
        places[place] = mmap(0, ROOM + GUARD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        mprotect(places[place] + ROOM, GUARD, PROT_NONE);
    }
    char *at = places[place] + ROOM - length;
    for (size_t i = 0; i < length; i++) at[i] = bytes ? ((const char *)bytes)[i] : 0;
    return at;
}

UNUSED static char *edge_text(int place, const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return edge(place, text, length + 1);
}

// The C locale, or C.UTF-8.
UNUSED static locale_t locale_of(int is_utf8) {
    static locale_t locales[2];
    if (!locales[0]) {
        locales[0] = newlocale(LC_ALL_MASK, "C", 0);
        locales[1] = newlocale(LC_ALL_MASK, "C.UTF-8", 0);
        errno = 0;
    }
    return locales[is_utf8];
}

// --- What is said ----------------------------------------------------------------------------------------------------

static int is_shown;
static uint64_t digest;
static char shown[1 << 20];
static size_t shown_length;

static void show_byte(int byte) {
    if (shown_length < sizeof shown - 2) shown[shown_length++] = byte;
}

static void show_text(const char *text) {
    while (*text) show_byte(*text++);
}

static void show_number(uint64_t number, unsigned base) {
    char digits[64];
    int length = 0;
    do digits[length++] = "0123456789abcdef"[number % base];
    while (number /= base);
    while (length) show_byte(digits[--length]);
}

static void show_bytes(const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        if (byte >= ' ' && byte < 127 && byte != '\\') {
            show_byte(byte);
        } else {
            show_byte('\\');
            show_byte('x');
            show_byte("0123456789abcdef"[byte >> 4]);
            show_byte("0123456789abcdef"[byte & 15]);
        }
    }
}

static void show_name(const char *name) {
    show_byte(' ');
    show_text(name);
    show_byte('=');
}

static void feed(const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) digest = (digest ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3;
}

UNUSED static void given_int(const char *name, long value) {
    if (!is_shown) return;
    show_name(name);
    if (value < 0) show_byte('-');
    show_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

UNUSED static void given_hex(const char *name, uint64_t value) {
    if (!is_shown) return;
    show_name(name);
    show_text("0x");
    show_number(value, 16);
}

UNUSED static void given_bytes(const char *name, const void *bytes, size_t length) {
    if (!is_shown) return;
    show_name(name);
    if (!bytes) {
        show_text("NULL");
        return;
    }
    show_byte('"');
    show_bytes(bytes, length);
    show_byte('"');
}

UNUSED static void given_text(const char *name, const char *text) {
    size_t length = 0;
    while (text && text[length]) length++;
    given_bytes(name, text, length);
}

UNUSED static void given_wide(const char *name, const wchar_t *text, size_t length) {
    if (!is_shown) return;
    show_name(name);
    for (size_t i = 0; text && i < length; i++) {
        if (i) show_byte(',');
        show_number((uint32_t)text[i], 16);
    }
}

UNUSED static void say_int(const char *name, long value) {
    feed(&value, sizeof value);
    given_int(name, value);
}

UNUSED static void say_hex(const char *name, uint64_t value) {
    feed(&value, sizeof value);
    given_hex(name, value);
}

UNUSED static int sign(long value) { return (value > 0) - (value < 0); }

UNUSED static void say_bytes(const char *name, const void *bytes, size_t length) {
    feed(bytes ? (const void *)&length : "null", bytes ? sizeof length : 4);
    if (bytes) feed(bytes, length);
    given_bytes(name, bytes, length);
}

UNUSED static void say_text(const char *name, const char *text) {
    size_t length = 0;
    while (text && text[length]) length++;
    say_bytes(name, text, length);
}

UNUSED static void say_wide(const char *name, const wchar_t *text, size_t length) {
    feed(&length, sizeof length);
    if (text) feed(text, length * sizeof *text);
    given_wide(name, text, length);
}

// A pointer, as its distance in bytes from where it points into.
UNUSED static void say_at(const char *name, const void *base, const void *pointer) {
    say_int(name, pointer ? (const char *)pointer - (const char *)base : -1000000);
}

UNUSED static void say_errno(void) {
    say_int("errno", errno);
    errno = 0;
}

// The ten bytes of a long double that mean something.
UNUSED static void say_long_double(const char *name, long double value) {
    uint64_t parts[2] = {0, 0};
    for (int i = 0; i < 10; i++) ((unsigned char *)parts)[i] = ((unsigned char *)&value)[i];
    feed(parts, 10);
    if (!is_shown) return;
    show_name(name);
    show_number(parts[1], 16);
    show_byte(':');
    show_number(parts[0], 16);
}

UNUSED static void say_double(const char *name, double value) {
    union { double value; uint64_t bits; } pun = {.value = value};
    say_hex(name, pun.bits);
}

UNUSED static void say_float(const char *name, float value) {
    union { float value; uint32_t bits; } pun = {.value = value};
    say_hex(name, pun.bits);
}

// --- Running ---------------------------------------------------------------------------------------------------------

static void flush(void) {
    for (size_t done = 0; done < shown_length;) {
        ssize_t wrote = write(1, shown + done, shown_length - done);
        if (wrote <= 0) _exit(3);
        done += wrote;
    }
    shown_length = 0;
}

static void one_case(const struct family *family, long number) {
    generator = 0xcbf29ce484222325;
    for (const char *name = family->name; *name; name++) generator = (generator ^ (unsigned char)*name) * 0x100000001b3;
    generator ^= (uint64_t)number * 0xd1342543de82ef95;
    errno = 0;
    if (is_shown) {
        show_number(number, 10);
        show_byte(':');
    }
    family->run(number);
    if (is_shown) {
        show_byte('\n');
        flush();
    }
}

static void block(const struct family *family, long number) {
    long cases = family->share > 1 ? 1000 / family->share : 1000;
    digest = 0xcbf29ce484222325;
    for (long i = 0; i < cases; i++) one_case(family, number * cases + i);
    if (is_shown) return;
    show_text(family->name);
    show_byte(' ');
    show_number(number, 10);
    show_byte(' ');
    show_number(digest, 16);
    show_byte('\n');
    flush();
}

static long number_of(const char *text) {
    long number = 0;
    while (*text >= '0' && *text <= '9') number = number * 10 + *text++ - '0';
    return number;
}

static int is_same(const char *one, const char *other) {
    while (*one && *one == *other) one++, other++;
    return *one == *other;
}

static int differ(int argc, char **argv, const struct family *families, size_t count) {
    if (argc != 2 && argc != 4) return 2;
    is_shown = argc == 4;
    for (size_t i = 0; i < count; i++) {
        if (!is_shown) {
            for (long number = 0; number < number_of(argv[1]) / 1000; number++) block(&families[i], number);
        } else if (is_same(families[i].name, argv[2])) {
            block(&families[i], number_of(argv[3]));
        }
    }
    return 0;
}

#define DIFFER(...)                                                                                                     \
    int main(int argc, char **argv) {                                                                                   \
        static const struct family families[] = {__VA_ARGS__};                                                          \
        return differ(argc, argv, families, COUNT(families));                                                           \
    }

#endif
