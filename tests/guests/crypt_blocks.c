// kind: pie
// flags: -lcrypt
// own libc: no, the archive of libcrypt lacks these names
// Blocks of 64 bits by DES, as programs from before crypt(3) had other methods encrypt them.
#define _GNU_SOURCE
#include <crypt.h>
#include <stdio.h>
#include <string.h>

// The library has them for programs linked long ago.
void old_encrypt(char *block, int decrypts) __asm__("old_encrypt");
void old_setkey(const char *key) __asm__("old_setkey");
void old_encrypt_r(char *block, int decrypts, struct crypt_data *data) __asm__("old_encrypt_r");
void old_setkey_r(const char *key, struct crypt_data *data) __asm__("old_setkey_r");
__asm__(".symver old_encrypt, encrypt@GLIBC_2.2.5");
__asm__(".symver old_setkey, setkey@GLIBC_2.2.5");
__asm__(".symver old_encrypt_r, encrypt_r@GLIBC_2.2.5");
__asm__(".symver old_setkey_r, setkey_r@GLIBC_2.2.5");

static void take_bits(const char *bytes, char *bits) {
    for (int i = 0; i < 64; i++) bits[i] = bytes[i / 8] >> (7 - i % 8) & 1;
}
static void show(const char *what, const char *bits) {
    printf("%s:", what);
    for (int i = 0; i < 8; i++) {
        int byte = 0;
        for (int k = 0; k < 8; k++) byte = byte * 2 + bits[8 * i + k];
        printf(" %02x", byte);
    }
    printf("\n");
}

int main(void) {
    static struct crypt_data data;
    char key[64], block[64];
    take_bits("\x13\x34\x57\x79\x9b\xbc\xdf\xf1", key);
    take_bits("\x01\x23\x45\x67\x89\xab\xcd\xef", block);
    old_encrypt(block, 0), show("no key", block);
    old_encrypt(block, 1), show("back", block);
    old_setkey(key);
    old_encrypt(block, 0), show("encrypted", block);
    old_encrypt(block, 1), show("decrypted", block);
    old_encrypt(block, -2), show("decrypted again", block);
    old_encrypt(block, 0), show("encrypted", block);
    // Only each byte's last bit counts.
    for (int i = 0; i < 64; i++) block[i] |= '0', key[i] |= 6;
    old_setkey(key);
    old_encrypt(block, 0), show("letters", block);
    old_encrypt_r(block, 0, &data), show("no key of its own", block);
    old_setkey_r(key, &data);
    old_encrypt_r(block, 0, &data), show("its own", block);
    old_encrypt_r(block, 1, &data), show("back", block);
    printf("%s\n", crypt_r("secret", "ab", &data));
    old_encrypt_r(block, 0, &data), show("after crypt_r", block);
    printf("%s\n", crypt("secret", "ab"));
    old_encrypt(block, 0), show("after crypt", block);
    return 0;
}
