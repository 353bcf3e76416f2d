// kind: so pie
// Corners of patterns and expansions: fnmatch, regcomp, glob, wordexp and getopt.
#define _GNU_SOURCE
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

static void names(const char *pattern, int flags) {
    glob_t found = {0};
    int result = glob(pattern, flags, 0, &found);
    printf("%s %#x: %d", pattern, flags, result);
    if (result == 0) {
        printf(" %#x", found.gl_flags & GLOB_MAGCHAR);
        for (size_t i = 0; i < found.gl_pathc; i++) printf(" %s", found.gl_pathv[i]);
        globfree(&found);
    }
    printf("\n");
}

int main(void) {
    const char *brackets[] = {"[[=a]", "[[=a=]-c]", "[[=a=]]", "[[.a.]]", "[[.a.]-c]", "[[:upper:][:digit:]]", "[A-C]", "[![:upper:]]",
                              "[[=a=]A]", "[[=a]]"};
    const char *texts[] = {"a", "b", "c", "A", "B", "-", "=", "[", "1", "a]"};
    for (int i = 0; i < 10; i++) {
        printf("%s:", brackets[i]);
        for (int k = 0; k < 10; k++) printf(" %d%d", fnmatch(brackets[i], texts[k], 0), fnmatch(brackets[i], texts[k], FNM_CASEFOLD));
        regex_t regex;
        int error = regcomp(&regex, brackets[i], REG_EXTENDED);
        printf("; %d", error);
        if (!error) {
            for (int k = 0; k < 10; k++) printf(" %d", regexec(&regex, texts[k], 0, 0, 0));
            regfree(&regex);
        }
        printf("\n");
    }
    const char *ranges[] = {"[a-c-e]", "[[:alpha:]-z]", "[a-c-]", "[-a]", "[a-]", "[^-a]", "[--a]", "[+--]", "[ab-]", "[a-c-e-g]"};
    for (int i = 0; i < 10; i++) {
        regex_t regex;
        int error = regcomp(&regex, ranges[i], 0);
        char text[100] = "";
        regerror(error, &regex, text, sizeof text);
        printf("%s: %d %s\n", ranges[i], error, text);
        if (!error) regfree(&regex);
    }

    mkdir("/tmp/corners", 0755);
    if (chdir("/tmp/corners")) return 1;
    mkdir("d1", 0755), mkdir("d2", 0755);
    const char *files[] = {"a", "ab", "d1/x", "~t", "[x]", "x*y"};
    for (int i = 0; i < 6; i++) close(open(files[i], O_CREAT | O_WRONLY, 0644));
    const char *patterns[] = {"*/", "./", "d1/", "d1//", "a/", "a//", "~/", "[a/", "*q/", "a/*", "", "//", "/", "\\~t", "\\[x]", "x\\*y", "nomatch/"};
    int flags[] = {0, GLOB_MARK, GLOB_NOCHECK, GLOB_NOMAGIC, GLOB_ONLYDIR, GLOB_MARK | GLOB_NOCHECK, GLOB_BRACE | GLOB_NOMAGIC};
    for (int k = 0; k < 7; k++)
        for (int i = 0; i < 17; i++) names(patterns[i], flags[k]);

    setenv("HOME", "/tmp/corners/d1", 1);
    const char *words[] = {"$[1+2]", "$[2*(3+4)]x", "a=~", "a=~/x", "a=b:~", "b a=~", "a:~", "x~", "\"$[1+2]\""};
    for (int i = 0; i < 9; i++) {
        wordexp_t found = {0};
        int result = wordexp(words[i], &found, 0);
        printf("%s: %d", words[i], result);
        for (size_t k = 0; !result && k < found.we_wordc; k++) printf(" [%s]", found.we_wordv[k]);
        printf("\n");
        if (!result) wordfree(&found);
    }

    // What was wrong last stays in optopt.
    char *arguments[] = {"p", "-a", "-q", "-a", "--long", "--none", "-b", 0};
    struct option options[] = {{"long", 0, 0, 'l'}, {0}};
    int option;
    opterr = 0, optopt = 77;
    while ((option = getopt_long(7, arguments, "ab:", options, 0)) != -1) printf("%d: %d\n", option, optopt);
    printf("end: %d\n", optopt);
    return 0;
}
