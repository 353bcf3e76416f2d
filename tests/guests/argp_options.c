// kind: pie
// argp.h: parsing by tables, help and messages.
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct argp_option options[] = {
    {"verbose", 'v', 0, 0, "Produce verbose output", 0},
    {"quiet", 'q', 0, 0, "Don't produce any output", 0},
    {"silent", 's', 0, OPTION_ALIAS, 0, 0},
    {"output", 'o', "FILE", 0, "Output to FILE instead of standard output, which is a text long enough to be broken into several lines", 0},
    {"level", 'l', "N", OPTION_ARG_OPTIONAL, "Level N", 0},
    {"secret", 1, 0, OPTION_HIDDEN, "Not shown", 0},
    {0, 0, 0, 0, "These have a header:", 5},
    {"repeat", 'r', "COUNT", OPTION_ARG_OPTIONAL, "Repeat the output COUNT (default 10) times", 5},
    {"abort", 300, 0, 0, "Abort before showing any output", 5},
    {"a-very-long-option-name-needs-room", 301, "ARGUMENT", 0, "Its text is on a line of its own", 5},
    {"  FILE", 0, 0, OPTION_DOC, "A file", 0},
    {"Zap", 'Z', 0, OPTION_NO_USAGE, "Not in the usage", -2},
    {0, 0, 0, 0, 0, 0},
};

static const struct argp_option child_options[] = {
    {"child", 'c', "WHAT", 0, "An option of the child", 0},
    {"batch", 'b', 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0},
};

struct input {
    int counted;
};

static error_t parse_child(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case ARGP_KEY_INIT:
        printf("child init %d\n", state->input != 0);
        break;
    case 'c':
        printf("child %s\n", arg);
        break;
    case 'b':
        printf("batch\n");
        break;
    case ARGP_KEY_END:
        printf("child end\n");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static struct argp child = {child_options, parse_child, 0, "Text of the child.\vMore of the child.", 0, 0, 0};
static struct argp_child children[] = {{&child, 0, "Options of the child:", 3}, {0, 0, 0, 0}};
static int fails;

static error_t parse(int key, char *arg, struct argp_state *state) {
    switch (key) {
    case ARGP_KEY_INIT:
        printf("init\n");
        state->child_inputs[0] = state->input;
        break;
    case 'v':
    case 'q':
    case 's':
    case 'Z':
        printf("option %c\n", key);
        break;
    case 'o':
    case 'l':
    case 'r':
        printf("option %c %s\n", key, arg ? arg : "(none)");
        break;
    case 1:
    case 300:
    case 301:
        printf("option %d %s\n", key, arg ? arg : "(none)");
        break;
    case ARGP_KEY_ARG:
        if (state->arg_num >= 3) return ARGP_ERR_UNKNOWN;
        printf("argument %u %s next %d quoted %d\n", state->arg_num, arg, state->next, state->quoted);
        if (!strcmp(arg, "fail")) {
            argp_error(state, "bad argument %s (%d)", arg, 7);
            return EIO;
        }
        if (!strcmp(arg, "failure")) argp_failure(state, 0, ENOENT, "cannot open %s", arg);
        break;
    case ARGP_KEY_NO_ARGS:
        printf("no arguments\n");
        break;
    case ARGP_KEY_END:
        printf("end %u\n", state->arg_num);
        if (fails) return EPERM;
        break;
    case ARGP_KEY_SUCCESS:
        printf("success\n");
        break;
    case ARGP_KEY_ERROR:
        printf("error\n");
        break;
    case ARGP_KEY_FINI:
        printf("fini\n");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static char *filter(int key, const char *text, void *input) {
    (void)input;
    if (key == 'v') return strdup("Filtered text");
    if (key == ARGP_KEY_HELP_EXTRA) return strdup("Extra text.");
    return (char *)text;
}

static struct argp argp = {options, parse, "ARG1 ARG2\n[STRING...]", "Program of the test, with words enough that they do not fit into one line of output.\vText after the options.", children, 0, 0};

const char *argp_program_version = "argp_options 1.0";
const char *argp_program_bug_address = "<bugs@example.org>";

static void run(unsigned flags, int wants_end, int argc, ...) {
    char *argv[16] = {"/some/where/prog"};
    __builtin_va_list list;
    __builtin_va_start(list, argc);
    int n = 1;
    printf("==");
    for (int i = 0; i < argc; i++) {
        argv[n++] = __builtin_va_arg(list, char *);
        printf(" %s", argv[n - 1]);
    }
    __builtin_va_end(list);
    printf("\n");
    fflush(stdout);
    int end = -1;
    struct input input = {0};
    error_t error = argp_parse(&argp, n, argv, flags | ARGP_NO_EXIT, wants_end ? &end : 0, &input);
    printf("-> %d end %d\n", error, end);
    fflush(stdout);
}

int main(void) {
    run(0, 0, 0);
    run(0, 0, 3, "-v", "--quiet", "--silent");
    run(0, 0, 5, "-ofile", "-o", "other", "--output=third", "one");
    run(0, 0, 4, "-l", "-l5", "--level", "--level=7");
    run(0, 0, 4, "one", "-v", "two", "-c1");
    run(0, 0, 4, "-b", "--", "-v", "two");
    run(ARGP_IN_ORDER, 0, 3, "one", "-v", "two");
    run(0, 0, 4, "1", "2", "3", "4");
    run(0, 1, 4, "1", "2", "3", "4");
    run(ARGP_NO_ARGS, 1, 2, "one", "-v");
    run(0, 0, 1, "--unknown");
    run(0, 0, 1, "-x");
    run(0, 0, 1, "--out");
    run(0, 0, 1, "--abort");
    run(0, 0, 2, "--a-very", "x");
    run(0, 0, 1, "--secret");
    run(0, 0, 1, "fail");
    run(0, 0, 1, "failure");
    run(ARGP_NO_ERRS, 0, 1, "--unknown");
    run(0, 0, 1, "--version");
    run(0, 0, 1, "-?");
    run(0, 0, 1, "--usage");
    run(ARGP_NO_HELP, 0, 1, "--help");
    run(ARGP_LONG_ONLY, 0, 2, "-verbose", "-v");
    fails = 1;
    run(0, 0, 0);
    argp.help_filter = filter;
    argp_help(&argp, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, "name");
    argp_help(&argp, stdout, ARGP_HELP_SEE, "name");
    argp_help(&argp, stdout, ARGP_HELP_USAGE, "name");
    fflush(stdout);
    return 0;
}
