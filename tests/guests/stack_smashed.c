// kind: so pie
// exit: 5
// A function whose stack was overwritten says so and aborts, which a handler sees.
// flags: -fstack-protector-all
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static void aborted(int signal) { _exit(signal == SIGABRT ? 5 : 6); }

__attribute__((noinline)) static int smash(volatile int count) {
    char room[8];
    volatile char *to = room;
    for (int i = 0; i < count; i++) to[i] = 'x';
    return to[0];
}

int main(void) {
    signal(SIGABRT, aborted);
    printf("in bounds %d\n", smash(8));
    fflush(stdout);
    return smash(24);
}
