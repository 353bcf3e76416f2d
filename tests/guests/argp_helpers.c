// kind: pie
// exit: 9
// What argp(3) has for parsers: usage and help on demand, versions, and where bugs go.
#define _GNU_SOURCE
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = {
    {"help-me", 'm', 0, 0, "Shows the help", 0}, {"usage-me", 'u', 0, 0, "Shows the usage and ends", 0},
    {"group", 300, "WHAT", 0, "Has no short form", 1}, {0}};

// Called, where the header has it inline.
static void (*volatile usage)(const struct argp_state *) = argp_usage;

static error_t parse(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case 'm':
        argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_SHORT_USAGE);
        printf("went on\n");
        break;
    case 'u':
        fflush(stdout);
        usage(state);
        break;
    case 300:
        printf("group %s, input %s\n", arg, (char *)state->input);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void version(FILE *stream, struct argp_state *state) { fprintf(stream, "version of %s\n", state->name); }

static const struct argp argp = {options, parse, "ARGS", "About it.\vAfter the options.", 0, 0, 0};

static void run(char *word, char *other, unsigned flags) {
    char *argv[] = {"prog", word, other, NULL};
    int next = -1;
    error_t error = argp_parse(&argp, other ? 3 : 2, argv, flags, &next, "the input");
    printf("%s: %d, next %d\n", word, error, next);
}

int main(void) {
    argp_program_version = "prog 1.0";
    argp_program_bug_address = "<bugs@example.org>";
    argp_err_exit_status = 9;
    run("--version", NULL, ARGP_NO_EXIT);
    argp_program_version_hook = version;
    run("-V", NULL, ARGP_NO_EXIT);
    run("--help", NULL, ARGP_NO_EXIT);
    run("--group=x", NULL, 0);
    run("--help-me", NULL, ARGP_NO_EXIT);
    run("--nothing", NULL, ARGP_NO_EXIT);
    run("--usage", NULL, ARGP_NO_EXIT);
    run("-u", NULL, 0);
    return 1;
}
