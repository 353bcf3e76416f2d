// kind: so pie exec
// libs: first second
// flags: -Wl,--no-as-needed -lsecond -lfirst
// exit: 3
#include <stdio.h>
#include <stdlib.h>

extern int shared_data, shared_alias;
int first_data(void), second(int), first_calls_overridden(void);

static void at_exit_1(void) { printf("atexit 1\n"); }
static void at_exit_2(void) { printf("atexit 2\n"); atexit(at_exit_1); }
static void on_exit_3(int status, void *argument) { printf("on_exit %d %s\n", status, (char *)argument); }

__attribute__((constructor(200))) static void early(void) { printf("program: early\n"); }
__attribute__((constructor)) static void init(void) { printf("program: init\n"); }
__attribute__((destructor)) static void fini(void) { printf("program: fini\n"); }

int main(void) {
    atexit(at_exit_1);
    atexit(at_exit_2);
    on_exit(on_exit_3, "argument");
    shared_data = 20;
    printf("%d %d\n", first_data(), shared_alias);
    printf("%d\n", second(7));
    printf("%d\n", first_calls_overridden());
    return 3;
}
