// kind: pie
// flags: -lcrypt
// Every method of crypt(5): hashes, what is no setting, what is said of settings, and new ones.
#define _GNU_SOURCE
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const settings[] = {
    "ab0123456789.", "ab0123456789..", "ab012345678901234567890123", "ab!", "ab:", "ab$", "$sha1$abc$def",
    "$sha1$0$def", "$sha1$007$def$", "$sha1$5$", "$sha1$5", "$sha1$5$ab!", "$sha1$5$ab-", "$md5", "$md5a", "$md5,a",
    "$md5$rounds=5$abc$", "$md5,rounds=0$abc", "$md5,rounds=4294967296$a", "$md5$ab$$x", "$md5$ab$$", "$md5$ab-c",
    "$7$4", "$7$4/..../....", "$7$4/..../....abc$", "$7$4/..../....abc$def", "$7$4/..../....abc-",
    "$7$4/..../....abc$-", "$7$0/..../....a", "$7$//..../....a", "$7$1/..../....a", "$y$j75$a", "$y$j75$ab",
    "$y$j75$abcde", "$y$j75$zz", "$y$j75$.z", "$y$j75$./$x", "$y$j75$abcd$xyz$", "$y$j7505$ab", "$y$j75/.$abcd",
    "$y$j75..$abcd", "$y$j750.$abcd", "$y$j751..$abcd", "$y$z75$abcd", "$y$j/5$abcd", "$y$j05$abcd", "$y$0/5$abcd",
    "$y$//5$ab", "$y$..5$ab", "$y$j15/.$ab", "$y$j15/2$ab", "$y$j75/..$", "$y$.1/$ab", "$y$./.$ab", "_", "_J9..",
    "_J9..abc", "_J9..ab-d", "_....abcd", "_J9..abcd!", "$2b$05$abcdefghijklmnopqrstuvwxyz",
    "$2a$05$abcdefghijklmnopqrstuv", "$3$-", "$gy$", "$gy$j75$ab-", "$gy$j75$zz", "$gy$.2/$abcd$xyz", "$3$",
    "$3$abc", "$md5$", "$md5$abcd", "$md5,rounds=3$abcd$", "$sha1$20$abcdefgh", "$2x$05$abcdefghijklmnopqrstuu",
    "$7$4/..../....abcd", "$y$j75$abcdefgh", "$y$/2/$abcd", "$y$.2/$abcd", "$y$j75$", "ab", "_J9..abcd", "_/...abcd",
    "a", "a!", "$y$", "$gy$j75$abcdefgh$", "$y$j9T$abcdefgh", "$7$4/..../....abc$de$f", "$sha1$+5$abc",
    "$sha1$ 5$abc", "$y$/2/0.$abcd", "$y$j75/2$abcd", "$y$j95..$abcd",
};
static const char *const prefixes[] = {"$y$", "$gy$", "$7$", "$2b$", "$2y$", "$2a$", "$2x$", "$6$", "$5$", "$sha1", "$md5", "$md5$x", "$1$", "_", "", "ab", "$3$", "$3", "a", "!"};

static void show(const char *password, const char *setting) {
    errno = 0;
    char *hash = crypt(password, setting);
    int error = errno;
    printf("%s = %s %d, check %d\n", setting, hash, error, crypt_checksalt(setting));
}

static void make(const char *prefix, unsigned long count, int length, int size) {
    char bytes[255], out[192];
    for (int i = 0; i < 255; i++) bytes[i] = i * 37 + 5;
    memset(out, '#', sizeof out);
    errno = 0;
    char *made = crypt_gensalt_rn(prefix, count, bytes, length, out, size);
    printf("%d %d %.*s\n", made == out, errno, (int)strnlen(out, sizeof out), out);
}

int main(void) {
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) show("a fairly long password \xff\xa3 x", settings[i]);
    show("", "ab"), show("", "_J9..abcd"), show("", "$y$j75$abcd"), show("", "$7$4/..../....abcd"), show("", "$3$"), show("", "$sha1$3$a"), show("", "$md5$a");
    show("12345678", "ab............"), show("123456789", "ab............"), show("12345678", "_J9..abcd"), show("123456789", "_J9..abcd");

    // Letters whose sign was once carried.
    static const char *const signs[] = {"\xff\xff\xa3", "\xa3", "\xff\xa3" "34\xff\xff\xff\xa3" "345", "\xff\xa3" "345", "1\xa3" "345", "\xff\xa3" "334\xff\xff\xff\xa3" "345"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        show(signs[i], "$2a$04$/OK.fbVrR/bpIqNJ5ianF."), show(signs[i], "$2x$04$/OK.fbVrR/bpIqNJ5ianF."), show(signs[i], "$2b$04$/OK.fbVrR/bpIqNJ5ianF.");
    }

    // The longest password, the longest salt, and none.
    char text[600];
    memset(text, 'a', sizeof text), text[512] = 0;
    errno = 0;
    printf("%s", crypt(text, "$5$ab")), printf(" %d\n", errno);
    text[511] = 0, show(text, "$5$ab"), show(text, "$y$j75$abcd"), show(text, "ab............");
    for (int length = 84; length < 88; length++) {
        strcpy(text, "$y$j75$"), memset(text + 7, '.', length), text[7 + length] = 0;
        show("x", text);
    }
    memset(text, 'a', sizeof text), memcpy(text, "$7$4/..../....", 14), text[338] = 0, show("x", text), text[339] = 0, show("x", text);
    text[340] = 0, show("x", text);
    errno = 0, printf("%s", crypt(NULL, "$6$ab")), printf(" %d\n", errno);
    errno = 0, printf("%s", crypt("x", NULL)), printf(" %d\n", errno);
    printf("%d %s\n", crypt_checksalt(NULL), crypt_preferred_method());

    struct crypt_data *data = malloc(sizeof *data);
    for (int size = -1; size < 5; size++) {
        memset(data, '#', sizeof *data), errno = 0;
        printf("%d", crypt_rn("x", "*0", data, size) != NULL), printf(" %d %.4s\n", errno, data->output);
    }
    errno = 0, printf("%d", crypt_rn("x", "$1$ab", data, sizeof *data - 1) != NULL), printf(" %d %s\n", errno, data->output);
    free(data);

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        for (unsigned long count = 0; count < 40; count += count / 2 + 1) make(prefixes[i], count, 16, 192);
        make(prefixes[i], -1, 16, 192), make(prefixes[i], 0, 255, 192), make(prefixes[i], 0, 64, 192);
        for (int length = 0; length < 20; length++) make(prefixes[i], 0, length, 192);
        make(prefixes[i], 0, 16, 2), make(prefixes[i], 0, 16, 3);
    }
    make(NULL, 0, 16, 192);
    for (size_t i = 0; i < 7; i++) {
        char *setting = crypt_gensalt_ra(i == 6 ? NULL : prefixes[i], 0, NULL, 0);
        printf("%d", setting != NULL);
        if (setting && i < 1) {
            char hash[CRYPT_OUTPUT_SIZE];
            strcpy(hash, crypt("password", setting));
            printf(" %zu %d %d", strlen(hash), !strcmp(crypt("password", hash), hash), !strcmp(crypt("Password", hash), hash));
        }
        printf("\n"), free(setting);
    }
    return 0;
}
