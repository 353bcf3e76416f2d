// kind: so pie
// What psiginfo(3) says of signals, and sigpause(3) in its three forms.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern int __sigpause(int, int);
extern int __xpg_sigpause(int);
/* Of a call of its own, since signal.h makes X/Open's of it. */
extern int bsd_sigpause(int) __asm__("sigpause");

static volatile int handled;
static void handler(int number) { handled = number; }

int main(void) {
    /* Standard output, in order with the rest. */
    dup2(1, 2);
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGCHLD, SIGPOLL, SIGUSR1, SIGSYS, SIGTERM, 34, 37, 49, 50, 62, 64, 32, 0, 70, -1};
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (int code = -7; code < 10; code++) {
            siginfo_t info;
            memset(&info, 0, sizeof info);
            info.si_signo = numbers[i];
            info.si_code = code;
            info.si_pid = 12, info.si_uid = 34, info.si_status = -56;
            if (numbers[i] == SIGSEGV || numbers[i] == SIGBUS) info.si_addr = code == 3 ? 0 : (void *)0x1234;
            if (numbers[i] == SIGPOLL) info.si_band = -77;
            psiginfo(&info, code == 1 ? "message" : code == 2 ? "" : 0);
        }
    siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_KERNEL};
    psiginfo(&info, "kernel");
    info.si_code = 0x7fffffff;
    psiginfo(&info, "greatest");
    info.si_code = -0x7fffffff - 1;
    psiginfo(&info, "least");

    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    for (int form = 0; form < 4; form++) {
        handled = 0;
        raise(SIGUSR1);
        int result = form == 0   ? bsd_sigpause(0)
                     : form == 1 ? __sigpause(sigmask(SIGUSR2), 0)
                     : form == 2 ? __sigpause(SIGUSR1, 1)
                                 : __xpg_sigpause(SIGUSR1);
        sigset_t now;
        sigprocmask(SIG_BLOCK, 0, &now);
        printf("%d: %d, handled %d, still blocked %d\n", form, result, handled == SIGUSR1, sigismember(&now, SIGUSR1));
        fflush(stdout);
    }
    return 0;
}
