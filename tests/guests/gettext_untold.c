// kind: so pie
// Messages without a catalogue: each comes back as it is, the plural by its number, the names of domains as they were set.
#define _GNU_SOURCE
#include <errno.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

extern char *__dgettext(const char *, const char *), *__dcgettext(const char *, const char *, int);
extern int _nl_msg_cat_cntr;

int main(void) {
    const char *message = "a message";
    printf("%d", (gettext)(message) == message);
    printf("%d", (dgettext)("domain", message) == message);
    printf("%d", (dcgettext)("domain", message, LC_MESSAGES) == message);
    printf("%d", (dcgettext)(NULL, message, LC_TIME) == message);
    printf("%d", __dcgettext(NULL, message, LC_MESSAGES) == message);
    printf("%d\n", __dgettext(NULL, message) == message);
    for (unsigned long n = 0; n < 3; n++)
        printf("%lu %s %s %s\n", n, (ngettext)("file", "files", n), (dngettext)("domain", "one", "many", n), (dcngettext)("d", "is", "are", n, LC_MESSAGES));
    printf("%s\n", textdomain(NULL));
    printf("%s\n", textdomain("program"));
    printf("%s\n", textdomain(NULL));
    printf("%s\n", textdomain(""));
    char *folder = bindtextdomain("program", NULL);
    printf("%s\n", folder);
    printf("%s\n", bindtextdomain("program", "/nowhere/locale"));
    printf("%s\n", bindtextdomain("program", NULL));
    printf("%d\n", bindtextdomain("", "/x") == NULL);
    printf("%d\n", bindtextdomain(NULL, "/x") == NULL);
    char *codes = bind_textdomain_codeset("program", NULL);
    printf("%s\n", codes ? codes : "none");
    printf("%s\n", bind_textdomain_codeset("program", "UTF-8"));
    codes = bind_textdomain_codeset("program", NULL);
    printf("%s\n", codes ? codes : "none");
    printf("%s %d\n", bindtextdomain("program", NULL), bind_textdomain_codeset("", "x") == NULL);
    setlocale(LC_ALL, "C.UTF-8");
    textdomain("program");
    printf("%s %s\n", (gettext)("still itself"), (ngettext)("one", "more", 7));
    int before = _nl_msg_cat_cntr;
    printf("%d\n", before >= 0);
    // errno is for the caller's next line, which prints it.
    errno = 33;
    (gettext)("untouched");
    printf("errno %d\n", errno);
    return 0;
}
