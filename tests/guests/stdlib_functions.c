// kind: so
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <getopt.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <string.h>

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static int compare_tens(const void *a, const void *b) { return *(const int *)a / 10 - *(const int *)b / 10; }
static void visit(const void *node, VISIT v, int depth) {
    (void)depth;
    if (v == postorder || v == leaf) printf("%d ", **(int *const *)node);
}

static void options(int argc, char **argv) {
    static const struct option longs[] = {{"all", no_argument, 0, 'a'}, {"file", required_argument, 0, 'f'}, {"level", optional_argument, 0, 'l'}, {"long", no_argument, 0, 'L'}, {0, 0, 0, 0}};
    int c, index = -1;
    optind = 0;
    while ((c = getopt_long(argc, argv, "af:l::x", longs, &index)) != -1)
        printf("%c(%s)%d ", c, optarg ? optarg : "-", optind);
    printf("end %d:", optind);
    for (int i = 1; i < argc; i++) printf(" %s", argv[i]);
    puts("");
}

int main(void) {
    const char *numbers[] = {"0", " 42", "-7z", "0x1F", "077", "0b11", "99999999999999999999", "-99999999999999999999", "", "+", "0x", "zz", "9223372036854775807"};
    for (int i = 0; i < 13; i++)
        for (int base = 0; base <= 36; base += (base == 0 ? 8 : base == 8 ? 2 : base == 10 ? 6 : 20)) {
            char *end;
            errno = 0;
            long s = strtol(numbers[i], &end, base);
            int e = errno;
            errno = 0;
            unsigned long u = strtoul(numbers[i], 0, base);
            printf("%s/%d: %ld %ld %d %lu %d\n", numbers[i], base, s, (long)(end - numbers[i]), e, u, errno);
        }
    const char *floats[] = {"1", "-0", ".5", "5.", "1e10", "1e400", "-1e-400", "4.9e-324", "2.2250738585072011e-308", "0x1.8p1", "0x.1", "inf", "-INFINITYx", "nan(123)", "nan", "1e", "1e+", "179769313486231570814527423731704356798070e267", "0.1000000000000000055511151231257827021181583404541015625", "9007199254740993", "3.4028236e38", "1.17549429e-38", "bad"};
    for (int i = 0; i < 23; i++) {
        char *end;
        errno = 0;
        double d = strtod(floats[i], &end);
        int e = errno;
        float f = strtof(floats[i], 0);
        long double l = strtold(floats[i], 0);
        printf("%s: %a %ld %d %a %La %.20Lg\n", floats[i], d, (long)(end - floats[i]), e, f, l, l);
    }
    srand(42);
    printf("%d %d %ld\n", rand(), rand(), random());
    unsigned seed = 5;
    printf("%d %d\n", rand_r(&seed), rand_r(&seed));
    char state[64];
    initstate(7, state, sizeof state);
    printf("%ld %ld\n", random(), random());
    srand48(3);
    printf("%.15f %ld %ld\n", drand48(), lrand48(), mrand48());
    int values[200];
    for (int i = 0; i < 200; i++) values[i] = (i * 7919) % 1000;
    qsort(values, 200, sizeof(int), compare_tens);
    for (int i = 0; i < 200; i++) printf("%d ", values[i]);
    qsort(values, 200, sizeof(int), compare);
    int key = 919;
    int *found = bsearch(&key, values, 200, sizeof(int), compare);
    printf("\n%ld\n", found ? (long)(found - values) : -1);
    void *root = 0;
    for (int i = 0; i < 200; i += 3) tsearch(&values[i], &root, compare);
    for (int i = 0; i < 200; i += 9) tdelete(&values[i], &root, compare);
    twalk(root, visit);
    printf("%d\n", tfind(&values[3], &root, compare) != 0);
    setenv("A_NAME", "one", 1);
    setenv("A_NAME", "two", 0);
    putenv((char *)"B_NAME=three");
    printf("%s %s %d\n", getenv("A_NAME"), getenv("B_NAME"), setenv("x=y", "z", 1));
    unsetenv("A_NAME");
    printf("%s %d\n", getenv("A_NAME") ? "still" : "gone", clearenv());
    printf("%s\n", getenv("PATH") ? "still" : "gone");
    div_t d = div(-17, 5);
    ldiv_t l = ldiv(1L << 40, 7);
    printf("%d %d %ld %ld %ld %s\n", d.quot, d.rem, l.quot, l.rem, a64l("zzA"), l64a(123456));
    fflush(stdout);
    dup2(1, 2);
    setvbuf(stdout, NULL, _IONBF, 0);
    char *one[] = {"prog", "x", "-a", "--file=f", "y", "-lq", "-fz", "--", "-a", 0};
    options(9, one);
    char *two[] = {"prog", "--lo", "--level", "--fil", "name", "--nope", "-Z", "--l", "-f", 0};
    options(9, two);
    char *three[] = {"prog", "a", "b", "-x", "c", "--all=3", "-ax", "d", 0};
    options(8, three);
    return 0;
}
