/* Runs each program it is given, one after another, in the same machine: run-app.so PROGRAM... */
#include "osv.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    if (!osv_run_app) {
        fprintf(stderr, "run-app: this system runs one program at a time\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        char *args[] = {argv[i], "from run-app", NULL};
        int status = osv_run_app(argv[i], args, 2);
        if (status < 0)
            perror(argv[i]);
        else
            printf("%s ended with %d\n", argv[i], status);
    }
    return 0;
}
