// kind: pie
// ARGP_HELP_FMT: columns and margins of a help text, and what is wrong with it.
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct argp_option options[] = {
    {"alpha", 'a', "ARG", 0, "The first option, with a text that is long enough to be broken over more than one line of the help"},
    {"beta", 'b', 0, 0, "The second"},
    {"gamma", 'g', "X", OPTION_ARG_OPTIONAL, "The third"},
    {"delta", 0, 0, OPTION_ALIAS},
    {0, 0, 0, 0, "A header:"},
    {"long", 'l', "VALUE", 0, "Something"},
    {0, 's', "Y", 0, "Short only"},
    {"doc", 0, 0, OPTION_DOC, "Documentation"},
    {0},
};
static const struct argp table = {options, 0, "FILE...", "Text before, which is a rather long line of text that wants to be broken somewhere about here.\vText after."};

int main(void) {
    static const char *const formats[] = {
        "", "dup-args", "dup-args=1", "dup-args=0", "dup-args,no-dup-args", "no-dup-args-note", "dup-args-note=0", "rmargin=60", "rmargin=100", "opt-doc-col=35", "opt-doc-col=40,rmargin=90", "opt-doc-col=20",
        "short-opt-col=4", "short-opt-col = 4 , long-opt-col=10", "long-opt-col 8", "doc-opt-col=5", "header-col=3,usage-indent=6", "usage-indent=20", "bad=1", "rmargin", "no-rmargin", "no-bad",
        "rmargin=70 x", "rmargin=70,,dup-args", "=3", "rmargin=70;dup-args", "  dup-args", "dup-args,", "rmargin=070", "1", "header-col=2x", "Dup-args", "dup-args_x",
    };
    static char name[] = "prog";
    setvbuf(stdout, NULL, _IONBF, 0);
    dup2(1, 2);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        // What was said once holds for what is not said again.
        char all[200];
        snprintf(all, sizeof all, "no-dup-args,dup-args-note,short-opt-col=2,long-opt-col=6,doc-opt-col=2,opt-doc-col=29,header-col=1,usage-indent=12,rmargin=79,%s", formats[i]);
        setenv("ARGP_HELP_FMT", all, 1);
        printf("== %s\n", formats[i]);
        argp_help(&table, stdout, ARGP_HELP_PRE_DOC | ARGP_HELP_POST_DOC | ARGP_HELP_LONG | ARGP_HELP_USAGE, name);
    }
    return 0;
}
