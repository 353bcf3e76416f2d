// kind: so pie exec
// args: -v --name=value rest more
// env: GREETING=hello there
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv, char **envp) {
    struct option options[] = {{"name", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
    for (int c; (c = getopt_long(argc, argv, "v", options, NULL)) != -1;)
        printf("option %c %s\n", c, c == 'n' ? optarg : "");
    for (int i = optind; i < argc; i++)
        printf("argument %s\n", argv[i]);
    printf("%s %s\n", getenv("GREETING"), getenv("NOT_THERE") ? "?" : "(none)");
    printf("environ %s\n", environ == envp ? "is envp" : "differs");
    setenv("NEW", "1", 0);
    setenv("NEW", "2", 0);
    setenv("GREETING", "bye", 1);
    unsetenv("LANG");
    printf("%s %s %s\n", getenv("NEW"), getenv("GREETING"), getenv("LANG") ? "?" : "(none)");
    putenv("NEW=3");
    puts(getenv("NEW"));
    printf("%s\n", strrchr(program_invocation_name, '/') ? "has a path" : program_invocation_name);
    return 0;
}
