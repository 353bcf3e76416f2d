// string.h and strings.h: bytes and strings.
#include "differ.h"
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

extern void *checked_memcpy(void *, const void *, size_t, size_t) SYMBOL(__memcpy_chk);
extern void *checked_memmove(void *, const void *, size_t, size_t) SYMBOL(__memmove_chk);
extern void *checked_mempcpy(void *, const void *, size_t, size_t) SYMBOL(__mempcpy_chk);
extern void *checked_memset(void *, int, size_t, size_t) SYMBOL(__memset_chk);
extern void checked_explicit_bzero(void *, size_t, size_t) SYMBOL(__explicit_bzero_chk);
extern char *checked_strcpy(char *, const char *, size_t) SYMBOL(__strcpy_chk);
extern char *checked_stpcpy(char *, const char *, size_t) SYMBOL(__stpcpy_chk);
extern char *checked_strcat(char *, const char *, size_t) SYMBOL(__strcat_chk);
extern char *checked_strncpy(char *, const char *, size_t, size_t) SYMBOL(__strncpy_chk);
extern char *checked_stpncpy(char *, const char *, size_t, size_t) SYMBOL(__stpncpy_chk);
extern char *checked_strncat(char *, const char *, size_t, size_t) SYMBOL(__strncat_chk);
extern char *old_strdup(const char *) SYMBOL(__strdup);
extern char *old_strndup(const char *, size_t) SYMBOL(__strndup);
extern char *old_strtok_r(char *, const char *, char **) SYMBOL(__strtok_r);
extern int other_strerror_r(int, char *, size_t) SYMBOL(__xpg_strerror_r);
extern int old_strcoll_l(const char *, const char *, locale_t) SYMBOL(__strcoll_l);
extern size_t old_strxfrm_l(char *, const char *, size_t, locale_t) SYMBOL(__strxfrm_l);
extern int old_strcasecmp(const char *, const char *) SYMBOL(__strcasecmp);
extern void *raw_memchr(const void *, int) SYMBOL(rawmemchr);
extern int bytes_compared(const void *, const void *, size_t) SYMBOL(bcmp);
extern void bytes_copied(const void *, void *, size_t) SYMBOL(bcopy);
extern void bytes_cleared(void *, size_t) SYMBOL(bzero);
extern char *first_at(const char *, int) SYMBOL(index);
extern char *last_at(const char *, int) SYMBOL(rindex);
extern int bytes_same(const void *, const void *, size_t) SYMBOL(__memcmpeq);
extern void *tapped(void *, size_t) SYMBOL(memfrob);

// Short as a rule, past the widths of vectors at times.
static size_t any_length(void) { return one_in(20) ? below(700) : one_in(3) ? below(70) : below(12); }

static const char *const alphabets[] = {"ab", "a", "abcABC", "\x01\x7f\x80\xff" "a", "ab,; ", "019a.", "zZ[`{@"};

static char *any_text(int place) {
    static char text[8][800];
    fill(text[place], any_length(), PICK(alphabets));
    return edge_text(place, text[place]);
}

static void memory_set(long number) {
    unsigned char bytes[800];
    size_t length = any_length(), offset = below(40);
    int byte = any();
    for (int i = 0; i < (int)sizeof bytes; i++) bytes[i] = i;
    given_int("offset", offset), given_int("length", length), given_int("byte", byte);
    switch (number % 5) {
    case 0: say_at("memset", bytes, memset(bytes + offset, byte, length)); break;
    case 1: say_at("__memset_chk", bytes, checked_memset(bytes + offset, byte, length, length)); break;
    case 2: bytes_cleared(bytes + offset, length); break;
    case 3: explicit_bzero(bytes + offset, length); break;
    case 4: checked_explicit_bzero(bytes + offset, length, sizeof bytes - offset); break;
    }
    say_bytes("bytes", bytes, offset + length + 40);
}

static void memory_copy(long number) {
    unsigned char bytes[1700], other[800];
    size_t length = any_length(), from = below(80), to = below(80);
    for (int i = 0; i < (int)sizeof bytes; i++) bytes[i] = i * 7 ^ i >> 3;
    for (int i = 0; i < (int)sizeof other; i++) other[i] = ~i;
    given_int("from", from), given_int("to", to), given_int("length", length);
    switch (number % 8) {
    case 0: say_at("memcpy", bytes, memcpy(bytes + to, other + from, length)); break;
    case 1: say_at("memmove", bytes, memmove(bytes + to, bytes + from, length)); break;
    case 2: say_at("mempcpy", bytes, mempcpy(bytes + to, other + from, length)); break;
    case 3: say_at("__memcpy_chk", bytes, checked_memcpy(bytes + to, other + from, length, length)); break;
    case 4: say_at("__memmove_chk", bytes, checked_memmove(bytes + to, bytes + from, length, length + 1)); break;
    case 5: say_at("__mempcpy_chk", bytes, checked_mempcpy(bytes + to, other + from, length, -1)); break;
    case 6: bytes_copied(bytes + from, bytes + to, length); break;
    case 7: say_at("memccpy", bytes, memccpy(bytes + to, other + from, any(), length)); break;
    }
    say_bytes("bytes", bytes, 180 + length);
}

static void memory_search(long number) {
    char *text = any_text(0), *needle = any_text(1);
    size_t length = strlen(text), part = strlen(needle);
    if (one_in(2) && part < length) needle = edge(1, text + below(length - part + 1), part), text[length] = 'a';
    int byte = one_in(8) ? any() : length ? text[below(length)] : 0;
    char *bytes = edge(2, text, length);
    given_bytes("bytes", bytes, length), given_bytes("needle", needle, part), given_int("byte", byte);
    say_at("memchr", bytes, memchr(bytes, byte, length));
    say_at("memrchr", bytes, memrchr(bytes, byte, length));
    say_at("memmem", bytes, memmem(bytes, length, needle, part));
    if (length) say_at("rawmemchr", bytes, raw_memchr(bytes, bytes[below(length)]));
    // Linux promises the sign alone.
    size_t shorter = part < length ? part : length;
    say_int("memcmp", sign(memcmp(bytes, needle, shorter)));
    say_int("bcmp", !bytes_compared(bytes, needle, shorter));
    say_int("__memcmpeq", !bytes_same(bytes, needle, shorter));
}

static void string_compare(long number) {
    char *one = any_text(0), *other = any_text(1);
    if (one_in(2)) {
        size_t length = strlen(one);
        other = edge_text(1, one);
        if (length) other[below(length)] ^= one_in(2) ? 0x20 : any() & 0x7f;
    }
    size_t length = one_in(5) ? any() : any_length();
    given_text("one", one), given_text("other", other), given_int("length", length);
    say_int("strcmp", sign(strcmp(one, other)));
    say_int("strncmp", sign(strncmp(one, other, length)));
    say_int("strcasecmp", sign(strcasecmp(one, other)));
    say_int("__strcasecmp", sign(old_strcasecmp(one, other)));
    say_int("strncasecmp", sign(strncasecmp(one, other, length)));
    say_int("strlen", strlen(one));
    say_int("strnlen", strnlen(one, length));
}

static void string_version(long number) {
    char one[20], other[20];
    static const char *const digits[] = {"0123", "01", "0", "a01", "ab0.19", "0123456789", "10.-"};
    fill(one, below(7), PICK(digits)), fill(other, below(7), PICK(digits));
    if (one_in(2)) {
        strcpy(other, one);
        if (*other) other[below(strlen(other))] = "0123a."[below(6)];
        if (one_in(3)) strcat(other, "0");
    }
    given_text("one", one), given_text("other", other);
    say_int("strverscmp", sign(strverscmp(one, other)));
}

static void string_search(long number) {
    char *text = any_text(0), *set = any_text(1);
    size_t length = strlen(text);
    if (one_in(2)) {
        size_t from = below(length + 1), part = below(length - from + 1);
        char needle[800] = "";
        memcpy(needle, text + from, part);
        if (part && one_in(3)) needle[below(part)] ^= 0x20;
        set = edge_text(1, needle);
    }
    int byte = one_in(4) ? any() : text[below(length + 1)];
    given_text("text", text), given_text("set", set), given_int("byte", byte);
    say_at("strchr", text, strchr(text, byte));
    say_at("strrchr", text, strrchr(text, byte));
    say_at("index", text, first_at(text, byte));
    say_at("rindex", text, last_at(text, byte));
    say_at("strchrnul", text, strchrnul(text, byte));
    say_at("strstr", text, strstr(text, set));
    say_at("strcasestr", text, strcasestr(text, set));
    say_at("strpbrk", text, strpbrk(text, set));
    say_int("strspn", strspn(text, set));
    say_int("strcspn", strcspn(text, set));
}

static void string_tokens(long number) {
    char text[100], set[8], copy[100], *state = NULL, *rest;
    fill(text, below(30), "ab,;, "), fill(set, below(4), ",; a");
    given_text("text", text), given_text("set", set);
    char *(*const tokens)(char *, const char *, char **) = one_in(2) ? strtok_r : old_strtok_r;
    strcpy(copy, text);
    for (char *token = tokens(copy, set, &state); token; token = tokens(NULL, set, &state)) {
        say_at("strtok_r", copy, token);
        say_text("token", token);
        if (one_in(6)) *set = ';';
    }
    say_at("state", copy, state);
    strcpy(copy, text);
    for (char *token = strtok(copy, set); token; token = strtok(NULL, set)) say_text("strtok", token);
    strcpy(copy, text);
    rest = copy;
    for (char *part; (part = strsep(&rest, set));) say_text("strsep", part);
}

static void string_copy(long number) {
    char room[1700];
    char *text = any_text(0);
    size_t length = strlen(text), most = one_in(4) ? length + below(3) : any_length(), had = below(20);
    memset(room, '#', sizeof room);
    fill(room, had, "xy");
    given_text("text", text), given_int("most", most), given_int("had", had);
    switch (number % 14) {
    case 0: say_at("strcpy", room, strcpy(room, text)); break;
    case 1: say_at("stpcpy", room, stpcpy(room, text)); break;
    case 2: say_at("strncpy", room, strncpy(room, text, most)); break;
    case 3: say_at("stpncpy", room, stpncpy(room, text, most)); break;
    case 4: say_at("strcat", room, strcat(room, text)); break;
    case 5: say_at("strncat", room, strncat(room, text, most)); break;
    case 6: say_at("__strcpy_chk", room, checked_strcpy(room, text, length + 1)); break;
    case 7: say_at("__stpcpy_chk", room, checked_stpcpy(room, text, length + 1)); break;
    case 8: say_at("__strncpy_chk", room, checked_strncpy(room, text, most, most)); break;
    case 9: say_at("__stpncpy_chk", room, checked_stpncpy(room, text, most, most)); break;
    case 10: say_at("__strcat_chk", room, checked_strcat(room, text, had + length + 1)); break;
    case 11: say_at("__strncat_chk", room, checked_strncat(room, text, most, had + length + 1)); break;
    case 12:
    case 13: {
        char *copy = number & 1 ? strdup(text) : old_strdup(text);
        say_text("strdup", copy);
        free(copy);
        copy = number & 1 ? strndup(text, most) : old_strndup(text, most);
        say_text("strndup", copy);
        free(copy);
        copy = memcpy(malloc(length + 1), text, length + 1);
        say_bytes("memfrob", tapped(copy, length), length);
        free(copy);
    }
    }
    say_bytes("room", room, had + length + most + 30);
}

static void string_collate(long number) {
    static const char *const letters[] = {"aAbB", "a\xc3\xa4\xe2\x82\xac", "\xff\x80 ", "az09"};
    char one[40], other[40], room[90];
    fill(one, below(12), PICK(letters)), fill(other, below(12), PICK(letters));
    locale_t locale = locale_of(number & 1), before = uselocale(locale);
    size_t size = below(20);
    given_text("one", one), given_text("other", other), given_int("size", size), given_int("utf8", number & 1);
    say_int("strcoll", sign(strcoll(one, other)));
    say_int("strcoll_l", sign(strcoll_l(one, other, locale)));
    say_int("__strcoll_l", sign(old_strcoll_l(one, other, locale)));
    memset(room, '#', sizeof room);
    size_t needed = number & 2 ? strxfrm(room, one, size) : number & 4 ? strxfrm_l(room, one, size, locale) : old_strxfrm_l(room, one, size, locale);
    say_int("strxfrm", needed);
    // When there is not room enough, what is in it is not defined.
    if (needed < size) say_bytes("room", room, needed + 1);
    say_int("strcasecmp_l", sign(strcasecmp_l(one, other, locale)));
    say_int("strncasecmp_l", sign(strncasecmp_l(one, other, below(6), locale)));
    uselocale(before);
}

static void error_text(long number) {
    static char room[100];
    int error = number < 300 ? number - 20 : one_in(2) ? between(-5, 140) : any();
    size_t size = one_in(3) ? sizeof room : below(40);
    given_int("error", error), given_int("size", size);
    say_text("strerror", strerror(error));
    say_text("strerror_l", strerror_l(error, locale_of(0)));
    say_text("strerrorname_np", strerrorname_np(error));
    say_text("strerrordesc_np", strerrordesc_np(error));
    memset(room, '#', sizeof room);
    say_int("__xpg_strerror_r", other_strerror_r(error, room, size));
    say_bytes("room", room, sizeof room);
    memset(room, '#', sizeof room);
    if (size) say_text("strerror_r", strerror_r(error, room, size));
    if (number < 200) say_text("strsignal", strsignal(number - 10));
    if (number < 200) say_text("sigabbrev_np", sigabbrev_np(number - 10)), say_text("sigdescr_np", sigdescr_np(number - 10));
}

static void swapped(long number) {
    unsigned short from[40], to[40];
    fill_bytes(from, sizeof from);
    memset(to, 0, sizeof to);
    long length = between(-2, 60);
    given_int("length", length);
    swab(from, to, length);
    say_bytes("swab", to, sizeof to);
    long value = any_long();
    given_int("value", value);
    say_int("ffs", ffs(value)), say_int("ffsl", ffsl(value)), say_int("ffsll", ffsll(value));
}

DIFFER({"memory_set", memory_set}, {"memory_copy", memory_copy}, {"memory_search", memory_search},
       {"string_compare", string_compare}, {"string_version", string_version}, {"string_search", string_search},
       {"string_tokens", string_tokens}, {"string_copy", string_copy}, {"string_collate", string_collate},
       {"error_text", error_text, 10}, {"swapped", swapped})
