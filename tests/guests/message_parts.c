// kind: so pie
// env: MSGVERB=text:tag:
// fmtmsg(3) shows the parts that the environment named when it was called first.
#include <fmtmsg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    dup2(1, 2);
    setvbuf(stdout, 0, _IONBF, 0);
    for (int i = 0; i < 2; i++) {
        printf("%d\n", fmtmsg(MM_PRINT, "UX:cat", MM_ERROR, "illegal option", "refer to a manual", "UX:cat:001"));
        printf("%d\n", fmtmsg(MM_PRINT, "UX:cat", MM_ERROR, 0, "refer to a manual", 0));
        setenv("MSGVERB", "label", 1);
    }
    return 0;
}
