// kind: so
// stdin: 17 -4 0x1F word 3.25e2 [abc] x
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    int a, b, c, n = 0;
    char word[16], set[16], last;
    double d;
    int got = scanf("%d %d %i %15s %lf [%15[a-z]] %c%n", &a, &b, &c, word, &d, set, &last, &n);
    printf("%d: %d %d %d %s %g %s %c %d\n", got, a, b, c, word, d, set, last, n);
    const char *numbers[] = {"0.1", "1e400", "-1e-400", "inf", "nan", "0x1.8p3", "123abc", "  42", "", "9007199254740993"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *end;
        errno = 0;
        double value = strtod(numbers[i], &end);
        printf("%s: %.17g rest %zu %s\n", numbers[i], value, strlen(end), errno ? strerror(errno) : "");
    }
    const char *integers[] = {"99999999999999999999", "-9223372036854775808", "0x7f", "077", "z", "12 "};
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        char *end;
        errno = 0;
        long value = strtol(integers[i], &end, 0);
        printf("%s: %ld rest %zu %s\n", integers[i], value, strlen(end), errno ? strerror(errno) : "");
    }
    return 0;
}
