// kind: pie
// What //TRANSLIT makes of letters that a set does not have, in the C locale and in one of UTF-8.
#include <iconv.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static void convert(const char *to, const char *text) {
    iconv_t converter = iconv_open(to, "UTF-8");
    char made[400], *in = (char *)text, *out = made;
    size_t left = strlen(text), room = sizeof made - 1;
    long result = (long)iconv(converter, &in, &left, &out, &room);
    *out = 0;
    printf("%ld %zu", result, left);
    for (char *at = made; *at; at++) printf(*at >= ' ' ? "%c" : " %02x", *at >= ' ' ? *at : (unsigned char)*at);
    printf("\n");
    iconv_close(converter);
}

// Every character of a range, alone.
static void all(unsigned first, unsigned last) {
    iconv_t converter = iconv_open("ASCII//TRANSLIT", "UTF-32LE");
    for (unsigned c = first; c <= last; c++) {
        char made[16], *in = (char *)&c, *out = made;
        size_t left = sizeof c, room = sizeof made - 1;
        iconv(converter, &in, &left, &out, &room);
        *out = 0;
        printf("%s%s", made, c % 64 == 63 ? "\n" : "|");
    }
    printf("\n");
    iconv_close(converter);
}

int main(void) {
    for (int turn = 0; turn < 2; turn++) {
        printf("%s\n", setlocale(LC_ALL, turn ? "C.UTF-8" : "C"));
        convert("ASCII//TRANSLIT", "Žluťoučký kůň úpěl ďábelské ódy");
        convert("ASCII//TRANSLIT", "Écrit à Straße, £5 ± ¥3, ﬁn Łódź e\u0301");
        convert("ISO-8859-1//TRANSLIT", "Žluťoučký kůň é");
        convert("ASCII//TRANSLIT", "Ａ～ 𝐀𝒛𝟗 x\ufe0f");
        all(0xa0, 0x17f);
        all(0x1e00, 0x1eff);
        all(0xff00, 0xff5f);
        all(0x1d400, 0x1d454);
        all(0x1d7c0, 0x1d7ff);
    }
    return 0;
}
