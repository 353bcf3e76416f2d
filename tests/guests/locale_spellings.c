// kind: so pie
// Spellings of the names of locales: which there are, and what they are called then.
#define _GNU_SOURCE
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ask(const char *name) {
    errno = 0;
    const char *all = setlocale(LC_ALL, name);
    printf("%s: %s, %s, %s", name, all ? all : "none", all ? "ok" : errno ? strerrorname_np(errno) : "0", nl_langinfo(CODESET));
    setlocale(LC_ALL, "C");
    const char *one = setlocale(LC_CTYPE, name);
    printf("; %s of %s", one ? one : "none", setlocale(LC_ALL, 0));
    setlocale(LC_ALL, "C");
    locale_t made = newlocale(LC_ALL_MASK, name, 0);
    printf("; %s %s\n", made ? nl_langinfo_l(CODESET, made) : "none", made ? nl_langinfo_l(_NL_LOCALE_NAME(LC_TIME), made) : "");
    if (made) freelocale(made);
}

int main(void) {
    const char *names[] = {
        "C.UTF-8@x", "C.utf8@x", "C.UTF-8@", "C@x", "POSIX@x", "C.UTF-8.x", "C.x@x", "C.UTF8@euro", "C.utf-8@a/b", "C.UtF-8",
        "C.u_t_f_8", "C..UTF-8", "C_X.UTF-8", "C.UTF-8@a@b", "C_.UTF-8", "C+x.UTF-8", "C,x", "C.UTF-8,x", "C@UTF-8",
        "C.UTF-8@x.UTF-8", "C.ISO-8859-1@x", "POSIX.UTF-8", "X.UTF-8@C",
    };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) ask(names[i]);
    printf("%s\n", setlocale(LC_ALL, "LC_CTYPE=C.UTF-8@x;LC_NUMERIC=C;LC_TIME=C.utf8;LC_COLLATE=C;LC_MONETARY=C;LC_MESSAGES=C;"
                                     "LC_PAPER=C;LC_NAME=C;LC_ADDRESS=C;LC_TELEPHONE=C;LC_MEASUREMENT=C;LC_IDENTIFICATION=C"));
    setenv("LC_ALL", "C.UTF-8@mine", 1);
    printf("%s %zu\n", setlocale(LC_ALL, ""), MB_CUR_MAX);
    return 0;
}
