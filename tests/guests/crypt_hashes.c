// kind: pie
// flags: -lcrypt
// Hashed passwords.
#define _GNU_SOURCE
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(const char *password, const char *setting) {
    errno = 0;
    char *hash = crypt(password, setting);
    printf("%s + %s = %s %d\n", password, setting, hash ? hash : "(null)", errno);
}

int main(void) {
    show("password", "$6$saltsalt");
    show("password", "$6$saltsalt$");
    show("", "$6$salt");
    show("password", "$6$rounds=1234$salt");
    show("password", "$6$rounds=1000$averyveryverylongsaltthatiscut$rest");
    show("a long password, longer than the hash of one block of the function that is used for it, so that more than one block is needed", "$6$x");
    show("password", "$5$saltsalt");
    show("password", "$5$rounds=5000$saltsalt");
    show("a long password, longer than the hash of one block of the function that is used for it", "$5$x");
    show("password", "$1$saltsalt");
    show("password", "$1$longersaltthanfits$");
    show("", "$1$x$");
    show("password", "$2b$05$abcdefghijklmnopqrstuu");
    show("password", "$2y$04$abcdefghijklmnopqrstuvWxyz");
    show("password", "$2a$06$./ABCDEFGHIJKLMNOPQRST");
    show("", "$2b$04$......................");
    show("a password that is longer than the seventy-two bytes that count of one, so that its end does not matter", "$2b$04$abcdefghijklmnopqrstuu");
    show("a password that is longer than the seventy-two bytes that count of one, so that it does not", "$2b$04$abcdefghijklmnopqrstuu");
    show("p\xe4ssword", "$2b$04$abcdefghijklmnopqrstuu");
    show("password", "$2b$03$abcdefghijklmnopqrstuu");
    show("password", "$2b$32$abcdefghijklmnopqrstuu");
    show("password", "$2b$5$abcdefghijklmnopqrstuuv");
    show("password", "$2b$05$abcdefghijklmnopqrstu");
    show("password", "$2b$05$abcdefghijklmnopqrs-uu");
    show("password", "$2b$05");
    show("password", "$6$rounds=10$salt");
    show("password", "$6$rounds=01000$salt");
    show("password", "$6$rounds=1000salt");
    show("password", "$6$sa:lt");
    show("password", "$9$salt");
    show("password", "*0");
    show("password", "$");
    show("password", "");
    struct crypt_data data;
    memset(&data, 0, sizeof data);
    char *hash = crypt_r("password", "$6$saltsalt", &data);
    printf("crypt_r %d %s\n", hash == (char *)&data, hash);
    // A hash is a setting.
    char copy[CRYPT_OUTPUT_SIZE];
    strcpy(copy, hash);
    printf("verify %d %d\n", !strcmp(crypt("password", copy), copy), !strcmp(crypt("Password", copy), copy));
    errno = 0;
    printf("crypt_rn %d", crypt_rn("password", "$x$", &data, sizeof data) == 0);
    printf(" %d\n", errno);
    errno = 0;
    printf("crypt_rn small %d", crypt_rn("password", "$5$x", &data, 10) == 0);
    printf(" %d\n", errno);
    void *place = 0;
    int size = 0;
    hash = crypt_ra("password", "$5$saltsalt", &place, &size);
    printf("crypt_ra %s %d\n", hash, size);
    free(place);
    char random[16] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20";
    printf("gensalt %s\n", crypt_gensalt("$6$", 0, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$6$", 2000, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$5$", 5000, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$5$", 10, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$1$", 0, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$2b$", 0, random, 16));
    printf("gensalt %s\n", crypt_gensalt("$2y$", 12, random, 16));
    errno = 0;
    printf("gensalt short %d", crypt_gensalt("$2b$", 0, random, 15) == 0);
    printf(" %d\n", errno);
    errno = 0;
    printf("gensalt much %d", crypt_gensalt("$2b$", 32, random, 16) == 0);
    printf(" %d\n", errno);
    errno = 0;
    printf("gensalt few %d", crypt_gensalt("$6$", 0, random, 2) == 0);
    printf(" %d\n", errno);
    errno = 0;
    printf("gensalt unknown %d", crypt_gensalt("$99$", 0, random, 16) == 0);
    printf(" %d\n", errno);
    char *made = crypt_gensalt_ra("$6$", 0, 0, 0);
    printf("gensalt_ra %d %d\n", made && !strncmp(made, "$6$", 3), made && strlen(made) == 19);
    free(made);
    printf("checksalt %d %d %d\n", crypt_checksalt("$2b$05$abcdefghijklmnopqrstuu"), crypt_checksalt("$2y$05$a"), crypt_checksalt("$2a$"));
    printf("checksalt %d %d %d %d\n", crypt_checksalt("$6$salt"), crypt_checksalt("$5$salt"), crypt_checksalt("$1$salt"),
           crypt_checksalt("$99$salt"));
    return 0;
}
