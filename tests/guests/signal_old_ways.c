// kind: pie signals
// flags: -Wno-deprecated-declarations
// The older ways with signals: BSD's masks, System V's dispositions, sets combined, and signals to groups and threads.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern int __libc_current_sigrtmin(void), __libc_current_sigrtmax(void), __xpg_sigpause(int);
extern sighandler_t __sysv_signal(int, sighandler_t), bsd_signal(int, sighandler_t);

static volatile sig_atomic_t count, last;
static void handler(int signal) {
    count++;
    last = signal;
}

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static const char *name(sighandler_t of) {
    return of == SIG_DFL ? "default" : of == SIG_IGN ? "ignore" : of == SIG_ERR ? "error" : of == SIG_HOLD ? "hold" : of == handler ? "handler" : "other";
}

static void sets(void) {
    sigset_t a, b, out;
    sigemptyset(&a), sigemptyset(&b);
    printf("empty %d", sigisemptyset(&a));
    sigaddset(&a, SIGUSR1), sigaddset(&a, SIGTERM), sigaddset(&b, SIGTERM), sigaddset(&b, SIGRTMAX);
    printf(" %d\n", sigisemptyset(&a));
    printf("or %d", sigorset(&out, &a, &b));
    printf(" %d%d%d%d\n", sigismember(&out, SIGUSR1), sigismember(&out, SIGTERM), sigismember(&out, SIGRTMAX), sigismember(&out, SIGHUP));
    printf("and %d", sigandset(&out, &a, &b));
    printf(" %d%d%d\n", sigismember(&out, SIGUSR1), sigismember(&out, SIGTERM), sigismember(&out, SIGRTMAX));
    say("no such signal", sigaddset(&a, 0));
    say("no such signal", sigismember(&a, 65));
    printf("real-time %d %d\n", __libc_current_sigrtmin(), __libc_current_sigrtmax());
    printf("%d %d\n", SIGRTMIN, SIGRTMAX);
}

static void bsd(void) {
    printf("mask %#x", siggetmask());
    printf(" %#x", sigblock(sigmask(SIGUSR1) | sigmask(SIGUSR2)));
    printf(" %#x", sigsetmask(sigmask(SIGUSR2)));
    printf(" %#x\n", siggetmask());
    printf("bsd_signal %s", name(bsd_signal(SIGUSR2, handler)));
    printf(" %s\n", name(signal(SIGUSR2, handler)));
    raise(SIGUSR2);
    printf("held %d", count);
    sigsetmask(0);
    printf(" then %d %d\n", count, last);
    printf("still %s\n", name(signal(SIGUSR2, SIG_DFL)));
    say("siginterrupt", siginterrupt(SIGUSR2, 1));
    say("siginterrupt", siginterrupt(SIGUSR2, 0));
    struct sigaction now;
    signal(SIGUSR2, handler);
    sigaction(SIGUSR2, NULL, &now);
    printf("restarts %d", (now.sa_flags & SA_RESTART) != 0);
    siginterrupt(SIGUSR2, 1);
    sigaction(SIGUSR2, NULL, &now);
    printf(" %d %s\n", (now.sa_flags & SA_RESTART) != 0, name(now.sa_handler));
    say("siginterrupt of none", siginterrupt(0, 1));
    signal(SIGUSR2, SIG_DFL);
    errno = 0;
    printf("signal of KILL %s", name(signal(SIGKILL, handler)));
    printf(" %d", errno);
    printf(" of 0 %s", name(signal(0, handler)));
    printf(" %d\n", errno);
    say("gsignal", gsignal(0));
    printf("ssignal %s\n", name(ssignal(SIGUSR2, SIG_IGN)));
    signal(SIGUSR2, SIG_DFL);
}

static void system_v(void) {
    count = 0;
    printf("sysv_signal %s", name(__sysv_signal(SIGUSR1, handler)));
    raise(SIGUSR1);
    // It is reset by its first signal.
    printf(" %d %s\n", count, name(signal(SIGUSR1, SIG_DFL)));
    printf("sysv_signal of 0 %s\n", name(sysv_signal(0, handler)));
    printf("sigset %s", name(sigset(SIGUSR1, handler)));
    printf(" %s", name(sigset(SIGUSR1, SIG_HOLD)));
    raise(SIGUSR1);
    printf(" held %d", count);
    printf(" %s", name(sigset(SIGUSR1, handler)));
    printf(" then %d\n", count);
    say("sighold", sighold(SIGUSR1));
    raise(SIGUSR1);
    printf("held %d", count);
    printf(" %d", sigrelse(SIGUSR1));
    printf(" then %d\n", count);
    say("sigignore", sigignore(SIGUSR1));
    raise(SIGUSR1);
    printf("ignored %d %s\n", count, name(sigset(SIGUSR1, SIG_DFL)));
    say("sighold of none", sighold(0));
    say("sigrelse of none", sigrelse(65));
    say("sigignore of KILL", sigignore(SIGKILL));
    errno = 0;
    printf("sigset of KILL %s", name(sigset(SIGKILL, handler)));
    printf(" %d\n", errno);
    // What is held is let in while it waits, and held again.
    signal(SIGUSR1, handler);
    sighold(SIGUSR1);
    raise(SIGUSR1);
    say("sigpause", __xpg_sigpause(SIGUSR1));
    printf("came %d\n", count);
    sigset_t now;
    sigprocmask(SIG_SETMASK, NULL, &now);
    printf("held %d\n", sigismember(&now, SIGUSR1));
    sigrelse(SIGUSR1);
}

static void senders(void) {
    count = 0;
    signal(SIGUSR2, handler);
    // Only the numbers and what is wrong with them: a group may have others in it.
    say("killpg of none", killpg(INT_MAX, 0));
    say("killpg -1", killpg(-1, 0));
    say("killpg what", killpg(getpgrp(), 65));
    say("killpg asks", killpg(0, 0));
    say("tgkill", tgkill(getpid(), gettid(), SIGUSR2));
    printf("came %d\n", count);
    say("tgkill nobody", tgkill(getpid(), INT_MAX, SIGUSR2));
    say("tgkill another's", tgkill(INT_MAX, gettid(), SIGUSR2));
    say("tgkill 0", tgkill(getpid(), 0, SIGUSR2));
    say("tgkill -1", tgkill(-1, gettid(), SIGUSR2));
    say("tgkill what", tgkill(getpid(), gettid(), 65));
    say("tgkill asks", tgkill(getpid(), gettid(), 0));
    say("kill nobody", kill(INT_MAX, 0));
    say("kill what", kill(getpid(), 65));
    stack_t none = {.ss_flags = 99};
    say("sigaltstack", sigaltstack(&none, NULL));
    say("sigaltstack asks", sigaltstack(NULL, &none));
    printf("flags %d\n", none.ss_flags);
}

int main(void) {
    sets();
    bsd();
    system_v();
    senders();
    return 0;
}
