// kind: pie
// args: one *.c x:y four 5 6 7 8 9 ten
// wordexp.h; no so, since the launcher that starts one natively has other arguments.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

static void show(const char *text, int flags) {
    wordexp_t list;
    int error = wordexp(text, &list, flags);
    printf("%s ->", text);
    if (error) {
        printf(" error %d\n", error);
        return;
    }
    for (size_t i = 0; i < list.we_wordc; i++) printf(" [%s]", list.we_wordv[i]);
    printf(" %d\n", list.we_wordv[list.we_wordc] == 0);
    wordfree(&list);
}

int main(int argc, char **argv) {
    (void)argc;
    char folder[] = "/tmp/wordsXXXXXX";
    mkdtemp(folder);
    chdir(folder);
    const char *names[] = {"one.c", "two.c", "three.h", "a b"};
    for (int i = 0; i < 4; i++) fclose(fopen(names[i], "w"));
    setenv("HOME", "/home/me", 1);
    setenv("NAME", "value", 1);
    setenv("MANY", "one two  three", 1);
    setenv("EMPTY", "", 1);
    setenv("STAR", "*.c", 1);
    setenv("PATHS", "/usr/lib/a.tar.gz", 1);
    unsetenv("NONE");
    unsetenv("IFS");
    const char *texts[] = {
        "one two\tthree", "  ", "'quoted one' \"two three\"", "a\\ b c\\*", "$NAME ${NAME}s \"$NAME\"", "$MANY", "\"$MANY\"", "x$MANY.y",
        "$NONE x", "\"$NONE\" x", "''", "$EMPTY", "~ ~/x a~ '~'", "*.c", "'*.c' \\*.c", "$STAR \"$STAR\"", "*.none", "t*", "[ot]*",
        "${NONE:-default} ${EMPTY:-full} ${EMPTY-full} ${NAME:-no}", "${NAME:+yes} ${NONE:+yes}x ${EMPTY+set}", "${NONE:-two words}",
        "${PATHS#*/} ${PATHS##*/} ${PATHS%.*} ${PATHS%%.*}", "${#NAME} ${#EMPTY}", "$((1 + 2 * 3)) $(( (1+2)*3 )) $((-7/2))", "$((${#NAME}+1))",
        "a$ $", "x\"\"y", "\"a\\\"b\\\\c\\d\"", "a#b", "=", "${NAME", "'open", "\"open", "a|b", "a&", "a;b", "<x", "(x)", "{x}", "a\nb", "\\", "$((1+))",
        "${NAME:?}", "a\"$NAME\"b'c'd",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) show(texts[i], 0);
    show("$NONE", WRDE_UNDEF);
    show("$(echo x)", WRDE_NOCMD);
    show("`echo x`", WRDE_NOCMD);
    show("${NEW:=made} $NEW", 0);
    printf("NEW %s\n", getenv("NEW"));
    // The program's arguments.
    const char *parameters[] = {
        "$1 ${1} $1x ${1}x", "$2 \"$2\"", "$10 ${10} ${010}", "$# \"$#\" ${#@} ${#*} \"${#@}\"", "${#1} ${#2} ${#99}", "$@", "$*",
        "\"$@\"", "\"$*\"", "x\"a$@b\"y", "x$@y", "${@} ${*}", "\"${@}\"", "\"$@\"\"$@\"", "${99}", "${1:-d} ${99:-d} ${99-d}",
        "${1+d} ${99+d}x", "${1#o} ${1%e} ${1##*} ${4%%u*}", "$((1+$#)) $((${5}*2))", "'$1' \\$1", "${1", "${#}", "${##}", "${1a}", "${-}", "$? $! $-",
        "${12345678901234567890}x", "$'x' $\"x\"",
    };
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) show(parameters[i], 0);
    show("${99}", WRDE_UNDEF);
    show("${#99}", WRDE_UNDEF);
    show("$@", WRDE_UNDEF);
    wordexp_t own;
    char pid[64];
    snprintf(pid, sizeof pid, "%dx", getpid());
    wordexp("\"$0\" \"${0}\" $$x ${$}x", &own, WRDE_UNDEF);
    printf("%zu: %d %d", own.we_wordc, strcmp(own.we_wordv[0], argv[0]), strcmp(own.we_wordv[1], argv[0]));
    printf(" %d %d\n", strcmp(own.we_wordv[2], pid), strcmp(own.we_wordv[3], pid));
    wordfree(&own);
    setenv("IFS", ":", 1);
    show("$3 $*", 0);
    setenv("COLONS", "a:b c::d", 1);
    show("$COLONS", 0);
    wordexp_t list;
    list.we_offs = 2;
    printf("%d", wordexp("one two", &list, WRDE_DOOFFS));
    printf(" %d", wordexp("three", &list, WRDE_DOOFFS | WRDE_APPEND));
    printf(" %zu %d %s %s\n", list.we_wordc, list.we_wordv[0] == 0 && list.we_wordv[1] == 0, list.we_wordv[2], list.we_wordv[4]);
    printf("%d", wordexp("bad|", &list, WRDE_DOOFFS | WRDE_APPEND));
    printf(" %zu\n", list.we_wordc);
    printf("%d", wordexp("again", &list, WRDE_DOOFFS | WRDE_REUSE));
    printf(" %zu %s\n", list.we_wordc, list.we_wordv[2]);
    wordfree(&list);
    for (int i = 0; i < 4; i++) unlink(names[i]);
    rmdir(folder);
    return 0;
}
