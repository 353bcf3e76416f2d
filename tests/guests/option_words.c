// kind: so pie
// args: -a -b value -cjoined word --long=5 --lon 6 -wide -x -- -d
// Options: short ones, long ones behind one dash or two, what is wrong with them and who says so.
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

extern int __posix_getopt(int, char *const *, const char *);

static const struct option longs[] = {{"long", required_argument, NULL, 'L'}, {"longer", no_argument, NULL, 'M'}, {"wide", no_argument, NULL, 'W'},
                                      {"flag", no_argument, &optopt, 77}, {0, 0, 0, 0}};

static void show(int option) {
    printf("  %d", option);
    if (option > 32) printf(" '%c'", option);
    printf(" %s %d", optarg ? optarg : "-", optind);
    if (option == '?' || option == ':') printf(" of %d", optopt);
    printf("\n");
}

int main(int argc, char **argv) {
    int option;
    argv[0] = "prog";
    char *copy[20];
    for (int i = 0; i <= argc; i++) copy[i] = argv[i];
    printf("getopt\n");
    while ((option = getopt(argc, copy, "ab:c:d")) != -1) show(option);
    printf("rest %d %s\n", optind, copy[optind]);

    for (int i = 0; i <= argc; i++) copy[i] = argv[i];
    optind = 0, opterr = 0;
    printf("in order, of POSIX\n");
    while ((option = __posix_getopt(argc, copy, ":ab:c")) != -1) show(option);
    printf("rest %d %s\n", optind, copy[optind]);

    for (int i = 0; i <= argc; i++) copy[i] = argv[i];
    optind = 0, opterr = 1;
    printf("getopt_long_only\n");
    while ((option = getopt_long_only(argc, copy, "-ab:c:d", longs, NULL)) != -1) show(option);
    printf("rest %d\n", optind);

    char *few[] = {"prog", "-b", NULL};
    optind = 1;
    show(getopt(2, few, "b:"));
    optind = 1;
    show(getopt(2, few, ":b:"));
    optind = 0, opterr = 0;
    show(getopt(2, few, "a"));
    optind = 0;
    show(getopt(1, few, "b:"));
    return 0;
}
