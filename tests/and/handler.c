// Says when it is ready for a signal, and what the signal's handler finds.
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static __thread int mark = 42;
static volatile int found;

static void on_signal(int number) {
    (void)number;
    found = mark;
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, 0);
    setvbuf(stdout, 0, _IOLBF, 0);
    puts("ready");
    while (!found) usleep(1000);
    printf("found %d\n", found);
    return 0;
}
