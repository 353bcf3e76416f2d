// Multibyte and wide characters: conversions between them, in the C locale and in C.UTF-8, and wide strings.
#include "differ.h"
#include <stdlib.h>
#include <string.h>
#include <uchar.h>
#include <wchar.h>

extern size_t old_mbrlen(const char *, size_t, mbstate_t *) SYMBOL(__mbrlen);
extern size_t checked_wcrtomb(char *, wchar_t, mbstate_t *, size_t) SYMBOL(__wcrtomb_chk);
extern size_t checked_mbstowcs(wchar_t *, const char *, size_t, size_t) SYMBOL(__mbstowcs_chk);
extern size_t checked_wcstombs(char *, const wchar_t *, size_t, size_t) SYMBOL(__wcstombs_chk);
extern wchar_t *checked_wcscpy(wchar_t *, const wchar_t *, size_t) SYMBOL(__wcscpy_chk);
extern wchar_t *checked_wcsncpy(wchar_t *, const wchar_t *, size_t, size_t) SYMBOL(__wcsncpy_chk);
extern wchar_t *checked_wmemcpy(wchar_t *, const wchar_t *, size_t, size_t) SYMBOL(__wmemcpy_chk);
extern wchar_t *checked_wmemset(wchar_t *, wchar_t, size_t, size_t) SYMBOL(__wmemset_chk);
extern int old_wcscoll_l(const wchar_t *, const wchar_t *, locale_t) SYMBOL(__wcscoll_l);
extern size_t old_wcsxfrm_l(wchar_t *, const wchar_t *, size_t, locale_t) SYMBOL(__wcsxfrm_l);

// Characters of all lengths, whole or damaged.
static size_t any_bytes(char *to, int is_whole) {
    static const char *const pieces[] = {
        "a", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "Z", "\xdf\xbf", "\xef\xbf\xbf", "\x7f",
        "\x80", "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f", "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80", "\xe0\x80\x80", "\xc3(", "\xfe"};
    *to = 0;
    for (int i = below(7); i > 0; i--) strcat(to, pieces[below(is_whole ? 8 : one_in(2) ? 8 : COUNT(pieces))]);
    if (!is_whole && one_in(4) && *to) to[below(strlen(to))] = 1 + below(255);
    return strlen(to);
}

static void mbrtowc_case(long number) {
    char text[80];
    size_t length = any_bytes(text, 0), at = 0;
    locale_t before = uselocale(locale_of(number & 1));
    mbstate_t state = {0}, other = {0};
    given_text("text", text), given_int("utf8", number & 1);
    while (at < length) {
        wchar_t wide = '#';
        size_t part = between(0, 5), room = part < length - at ? part : length - at;
        given_int("room", room);
        size_t taken = mbrtowc(one_in(9) ? NULL : &wide, text + at, room, &state);
        say_int("mbrtowc", taken), say_hex("wide", wide), say_errno();
        // An error leaves any state.
        if (taken != (size_t)-1) say_int("initial", !!mbsinit(&state));
        taken = one_in(2) ? mbrlen(text + at, room, &other) : old_mbrlen(text + at, room, &other);
        say_int("mbrlen", taken), say_errno();
        if (taken == (size_t)-1) break;
        at += taken == (size_t)-2 ? room : taken ? taken : 1;
    }
    wchar_t wide = '#';
    say_int("mblen", mblen(text, one_in(2) ? length : below(5))), say_errno();
    say_int("mbtowc", mbtowc(&wide, text, one_in(2) ? length : below(5))), say_hex("wide", wide), say_errno();
    say_int("reset", mbtowc(NULL, NULL, 0)), say_int("reset", mblen(NULL, 0));
    uselocale(before);
}

static void wcrtomb_case(long number) {
    char room[20];
    wchar_t wide = one_in(2) ? below(0x1000) : one_in(2) ? below(0x120000) : one_in(2) ? 0xd7f0 + below(0x850) : any_long();
    locale_t before = uselocale(locale_of(number & 1));
    mbstate_t state = {0};
    memset(room, '#', sizeof room);
    given_hex("wide", wide), given_int("utf8", number & 1);
    size_t length = one_in(2) ? wcrtomb(room, wide, &state) : checked_wcrtomb(room, wide, &state, sizeof room);
    say_int("wcrtomb", length), say_bytes("room", room, 8), say_errno();
    say_int("wctomb", wctomb(room, wide)), say_bytes("room", room, 8), say_errno();
    say_int("wctob", wctob(wide)), say_int("btowc", btowc(wide)), say_int("btowc", btowc((int)below(258) - 1));
    say_int("null", wcrtomb(NULL, wide, &state)), say_int("null", wctomb(NULL, wide));
    memset(room, '#', sizeof room);
    say_int("c32rtomb", c32rtomb(room, wide, &state)), say_bytes("room", room, 8), say_errno();
    uselocale(before);
}

static void from_bytes(long number) {
    char text[80];
    const char *from = text;
    wchar_t to[40];
    size_t length = any_bytes(text, one_in(2)), room = one_in(2) ? 40 : below(8), most = one_in(2) ? length + 1 : below(12);
    locale_t before = uselocale(locale_of(number & 1));
    mbstate_t state = {0};
    if (most > length + 1) most = length + 1;
    given_text("text", text), given_int("room", room), given_int("most", most), given_int("utf8", number & 1);
    wmemset(to, '#', 40);
    // Where an error leaves the pointer within the bytes that are no character, is glibc's own.
    size_t count = mbsnrtowcs(one_in(8) ? NULL : to, &from, most, room, &state);
    say_int("mbsnrtowcs", count), say_wide("to", to, 12), say_errno();
    if (count != (size_t)-1) say_at("from", text, from), say_int("initial", !!mbsinit(&state));
    from = text, memset(&state, 0, sizeof state), wmemset(to, '#', 40);
    count = mbsrtowcs(one_in(8) ? NULL : to, &from, room, &state);
    say_int("mbsrtowcs", count), say_wide("to", to, 12), say_errno();
    if (count != (size_t)-1) say_at("from", text, from);
    wmemset(to, '#', 40);
    say_int("mbstowcs", one_in(2) ? mbstowcs(to, text, room) : checked_mbstowcs(to, text, room, 40));
    say_wide("to", to, 12), say_errno();
    say_int("length", mbstowcs(NULL, text, 0)), say_errno();
    uselocale(before);
}

static wchar_t any_wide(void) {
    static const wchar_t usual[] = {'a', 'b', 'A', 0xe4, 0x20ac, 0x1f600, ' ', 0x300, 0x4e00};
    return one_in(30) ? PICK(((wchar_t[]){0xd800, 0x110000, -1, 0x7fffffff, 0x80})) : PICK(usual);
}

static size_t any_wide_text(wchar_t *to, size_t most) {
    size_t length = below(most);
    for (size_t i = 0; i < length; i++) to[i] = any_wide();
    to[length] = 0;
    return length;
}

static void from_wide(long number) {
    wchar_t text[20];
    const wchar_t *from = text;
    char to[130];
    size_t length = any_wide_text(text, 12), room = one_in(2) ? 100 : below(12), most = one_in(2) ? length + 1 : below(12);
    locale_t before = uselocale(locale_of(number & 1));
    mbstate_t state = {0};
    if (most > length + 1) most = length + 1;
    given_wide("text", text, length), given_int("room", room), given_int("most", most), given_int("utf8", number & 1);
    memset(to, '#', sizeof to);
    say_int("wcsnrtombs", wcsnrtombs(one_in(8) ? NULL : to, &from, most, room, &state)), say_at("from", text, from);
    say_bytes("to", to, 40), say_errno();
    from = text, memset(&state, 0, sizeof state), memset(to, '#', sizeof to);
    say_int("wcsrtombs", wcsrtombs(one_in(8) ? NULL : to, &from, room, &state)), say_at("from", text, from);
    say_bytes("to", to, 40), say_errno();
    memset(to, '#', sizeof to);
    say_int("wcstombs", one_in(2) ? wcstombs(to, text, room) : checked_wcstombs(to, text, room, sizeof to));
    say_bytes("to", to, 40), say_errno();
    say_int("length", wcstombs(NULL, text, 0)), say_errno();
    say_int("wcswidth", wcswidth(text, most)), say_int("wcwidth", wcwidth(*text));
    uselocale(before);
}

static void utf16(long number) {
    char text[80], to[20];
    size_t length = any_bytes(text, one_in(2)), at = 0;
    locale_t before = uselocale(locale_of(number & 1));
    mbstate_t state = {0}, back = {0};
    given_text("text", text), given_int("utf8", number & 1);
    for (int i = 0; i < 30 && at <= length; i++) {
        char16_t unit = '#';
        size_t taken = mbrtoc16(&unit, text + at, length + 1 - at, &state);
        say_int("mbrtoc16", taken), say_hex("unit", unit), say_errno();
        if (taken == (size_t)-1 || taken == (size_t)-2 || !taken) break;
        memset(to, '#', sizeof to);
        say_int("c16rtomb", c16rtomb(to, unit, &back)), say_bytes("to", to, 6), say_errno();
        if (taken != (size_t)-3) at += taken;
    }
    char32_t wide = '#';
    memset(&state, 0, sizeof state);
    say_int("mbrtoc32", mbrtoc32(&wide, text, length + 1, &state)), say_hex("wide", wide), say_errno();
    uselocale(before);
}

static void wide_strings(long number) {
    wchar_t one[20], other[20], room[80], part[4], *state = NULL;
    size_t length = any_wide_text(one, 12), size = any_wide_text(other, 12), most = below(14), had;
    any_wide_text(part, 3);
    if (one_in(2)) wmemcpy(other, one, length + 1), size = length, other[below(length + 1)] ^= one_in(2) ? 0x20 : 0;
    other[size] = 0;
    wchar_t wide = any_wide();
    locale_t locale = locale_of(number & 1), before = uselocale(locale);
    size_t least = length < size ? length : size;
    given_wide("one", one, length), given_wide("other", other, size), given_wide("part", part, wcslen(part));
    given_int("most", most), given_hex("wide", wide), given_int("utf8", number & 1);
    say_int("wcslen", wcslen(one)), say_int("wcsnlen", wcsnlen(one, most));
    say_int("wcscmp", sign(wcscmp(one, other))), say_int("wcsncmp", sign(wcsncmp(one, other, most)));
    say_int("wcscasecmp", sign(wcscasecmp(one, other))), say_int("wcsncasecmp", sign(wcsncasecmp(one, other, most)));
    say_int("wcscasecmp_l", sign(wcscasecmp_l(one, other, locale)));
    say_int("wcsncasecmp_l", sign(wcsncasecmp_l(one, other, most, locale)));
    say_int("wmemcmp", sign(wmemcmp(one, other, least)));
    say_at("wcschr", one, wcschr(one, wide)), say_at("wcsrchr", one, wcsrchr(one, wide));
    say_at("wcschrnul", one, wcschrnul(one, wide)), say_at("wmemchr", one, wmemchr(one, wide, length));
    say_at("wcsstr", one, wcsstr(one, part)), say_at("wcspbrk", one, wcspbrk(one, part));
    say_int("wcsspn", wcsspn(one, other)), say_int("wcscspn", wcscspn(one, part));
    say_int("wcscoll", sign(wcscoll(one, other))), say_int("wcscoll_l", sign(wcscoll_l(one, other, locale)));
    say_int("__wcscoll_l", sign(old_wcscoll_l(one, other, locale)));
    wmemset(room, '#', 80);
    size_t needed = one_in(3) ? wcsxfrm(room, one, most) : one_in(2) ? wcsxfrm_l(room, one, most, locale) : old_wcsxfrm_l(room, one, most, locale);
    say_int("wcsxfrm", needed);
    if (needed < most) say_wide("room", room, needed + 1);
    wchar_t *copy = wcsdup(one);
    say_wide("wcsdup", copy, wcslen(copy) + 1);
    for (wchar_t *token = wcstok(copy, part, &state); token; token = wcstok(NULL, part, &state)) say_at("wcstok", copy, token);
    free(copy);
    if (one_in(2)) checked_wmemset(room, '#', 80, 80);
    else wmemset(room, '#', 80);
    wcscpy(room, other), had = wcslen(room);
    switch (below(12)) {
    case 0: say_at("wcscpy", room, wcscpy(room, one)); break;
    case 1: say_at("wcpcpy", room, wcpcpy(room, one)); break;
    case 2: say_at("wcsncpy", room, wcsncpy(room, one, most)); break;
    case 3: say_at("wcpncpy", room, wcpncpy(room, one, most)); break;
    case 4: say_at("wcscat", room, wcscat(room, one)); break;
    case 5: say_at("wcsncat", room, wcsncat(room, one, most)); break;
    case 6: say_at("wmemcpy", room, wmemcpy(room + had, one, length)); break;
    case 7: say_at("wmemmove", room, wmemmove(room + 2, room, had)); break;
    case 8: say_at("wmempcpy", room, wmempcpy(room + had, one, length)); break;
    case 9: say_at("__wcscpy_chk", room, checked_wcscpy(room, one, 80)); break;
    case 10: say_at("__wcsncpy_chk", room, checked_wcsncpy(room, one, most, 80)); break;
    case 11: say_at("__wmemcpy_chk", room, checked_wmemcpy(room + had, one, length, 40)); break;
    }
    say_wide("room", room, 40);
    uselocale(before);
}

DIFFER({"mbrtowc", mbrtowc_case}, {"wcrtomb", wcrtomb_case}, {"from_bytes", from_bytes}, {"from_wide", from_wide},
       {"utf16", utf16}, {"wide_strings", wide_strings})
