// kind: so pie
// env: SEV_LEVEL=six,6,SIX:without,7:hexadecimal,0x10,SIXTEEN:octal,010,EIGHT:builtin,3,OTHER:,9,:x,y,z:a,11,b,c:p,+12,P:n,-13,N:s,14x,S
// fmtmsg(3) and addseverity(3).
#define _GNU_SOURCE
#include <fmtmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int count;
static void message(const char *label, int severity, const char *text, const char *action, const char *tag) {
    int result = fmtmsg(MM_PRINT | MM_SOFT, label, severity, text, action, tag);
    printf("%d: %d\n", count++, result);
    fflush(stdout);
}

int main(void) {
    dup2(1, 2);
    setvbuf(stdout, 0, _IONBF, 0);
    for (int i = 0; i < 32; i++)
        message(i & 1 ? "UX:cat" : MM_NULLLBL, i & 2 ? MM_ERROR : MM_NOSEV, i & 4 ? "illegal option" : MM_NULLTXT,
                i & 8 ? "refer to a manual" : MM_NULLACT, i & 16 ? "UX:cat:001" : MM_NULLTAG);
    static const char *const labels[] = {"no colon", "0123456789:01234567890123", "0123456789a:x", "a:012345678901234", ":", "a:b:c", ""};
    for (unsigned i = 0; i < sizeof labels / sizeof *labels; i++) message(labels[i], MM_INFO, "text", 0, 0);
    for (int severity = -1; severity < 18; severity++) message("a:b", severity, "severity", 0, 0);
    printf("add: %d %d %d %d %d %d\n", addseverity(4, "four"), addseverity(-1, "less"), addseverity(5, "FIVE"), addseverity(6, "OTHER"), addseverity(7, 0),
           addseverity(16, 0));
    for (int severity = 4; severity < 18; severity++) message("a:b", severity, "severity", 0, 0);
    printf("taken away: %d\n", addseverity(5, 0));
    printf("again: %d\n", addseverity(5, 0));
    message("a:b", 5, "severity", 0, 0);
    printf("neither: %d\n", fmtmsg(MM_SOFT, "a:b", MM_HALT, "unseen", 0, 0));
    printf("console: %d\n", fmtmsg(MM_CONSOLE, "a:b", MM_HALT, "unseen", 0, 0));
    return 0;
}
