// kind: so pie
// exit: 5
// A fortified call that knows its room to be too small says so and aborts, which a handler sees.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern ssize_t __read_chk(int, void *, size_t, size_t), __readlink_chk(const char *, char *, size_t, size_t);

static void aborted(int signal) { _exit(signal == SIGABRT ? 5 : 6); }

int main(void) {
    char room[4] = "";
    signal(SIGABRT, aborted);
    printf("fits %zd\n", __readlink_chk("/proc/self/exe", room, 4, sizeof room));
    fflush(stdout);
    __read_chk(0, room, 5, sizeof room);
    printf("never %s\n", room);
    return 0;
}
