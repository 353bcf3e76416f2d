// kind: pie
// ecvt and its like, vectors of strings, and small calls about the machine.
#define _GNU_SOURCE
#define _DEFAULT_SOURCE
#include <argz.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/timeb.h>

static void digits(double value, int count) {
    int point, sign;
    char text[64];
    printf("%g %d:", value, count);
    char *e = ecvt(value, count, &point, &sign);
    printf(" ecvt %s %d %d", e, point, sign);
    char *f = fcvt(value, count, &point, &sign);
    printf(" fcvt %s %d %d", f, point, sign);
    if (count > 0)
        printf(" gcvt %s", gcvt(value, count, text));
    printf("\n");
}

static void vector(const char *what, const char *argz, size_t len) {
    printf("%s %zu:", what, len);
    for (const char *entry = NULL; (entry = argz_next(argz, len, entry)) != NULL;)
        printf(" [%s]", entry);
    printf("\n");
}

int main(void) {
    const double values[] = {0.0, 1.0, -1.0, 123.456, 0.05, 0.000123456, 999.9999, 1e10, 1.6e-10, 2.5, 0.5, 12345678.0, 1e21};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (int count = 1; count < 12; count += 3)
            digits(values[i], count);
    digits(1234.5, -2);
    digits(12.0, -3);
    digits(__builtin_inf(), 3);
    digits(-__builtin_inf(), 3);
    char buf[8];
    int point, sign;
    int result = ecvt_r(3.14159, 5, &point, &sign, buf, sizeof buf);
    printf("ecvt_r %d %s %d\n", result, buf, point);
    result = fcvt_r(3.14159, 3, &point, &sign, buf, sizeof buf);
    printf("fcvt_r %d %s %d\n", result, buf, point);

    char *argz = NULL;
    size_t len = 0;
    argz_add_sep(&argz, &len, "one:two::three", ':');
    vector("add_sep", argz, len);
    argz_add_sep(&argz, &len, "four", ':');
    argz_add_sep(&argz, &len, "", ':');
    vector("more", argz, len);
    unsigned count = 5;
    result = argz_replace(&argz, &len, "t", "TT", &count);
    printf("replace %d %u\n", result, count);
    vector("replaced", argz, len);
    result = argz_replace(&argz, &len, "zzz", "y", &count);
    printf("replace %d %u\n", result, count);
    argz_replace(&argz, &len, "o", "", NULL);
    vector("shorter", argz, len);
    free(argz);

    struct timeb now;
    result = ftime(&now);
    printf("ftime %d %d\n", result, now.time > 1600000000 && now.millitm < 1000);
    key_t key = ftok("/", 7);
    printf("ftok %d %d\n", key != -1, (unsigned)key >> 24);
    result = ftok("/no such file here", 7);
    printf("ftok of none %d errno %d\n", result, errno);
    return 0;
}
