// kind: so pie
// exit: 3
// Long jumps by each of their names, contexts, and the ways to end: quick_exit with its handlers.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

extern void __longjmp_chk(jmp_buf, int) __attribute__((noreturn));
extern int __sigsetjmp(sigjmp_buf, int), (setjmp)(jmp_buf);
extern char **_environ;

static jmp_buf place;
static sigjmp_buf kept;

static void jumps(void) {
    volatile int turn = 0;
    int came = (setjmp)(place);
    printf("setjmp %d\n", came);
    if (turn++ == 0) longjmp(place, 5);
    came = _setjmp(place);
    printf("_setjmp %d\n", came);
    if (turn++ == 2) _longjmp(place, 0);
    came = setjmp(place);
    printf("checked %d\n", came);
    if (turn++ == 4) __longjmp_chk(place, 7);
    sigset_t set;
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    came = sigsetjmp(kept, 1);
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("with the mask %d %d\n", came, sigismember(&set, SIGUSR1));
    if (came == 0) {
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, NULL);
        siglongjmp(kept, 2);
    }
}

static void contexts(void) {
    volatile int times = 0;
    ucontext_t here;
    printf("getcontext %d\n", getcontext(&here));
    if (times++ < 2) setcontext(&here);
    printf("times %d\n", times);
}

static void last(void) {
    static const char text[] = "last of the quick end\n";
    write(1, text, sizeof text - 1);
}
static void first(void) {
    static const char text[] = "first of the quick end\n";
    write(1, text, sizeof text - 1);
}
static void never(void) { printf("never\n"); }

int main(void) {
    jumps();
    contexts();
    printf("environ %d\n", _environ == environ);
    printf("at_quick_exit %d", at_quick_exit(last));
    printf(" %d", at_quick_exit(first));
    printf(" atexit %d\n", atexit(never));
    fflush(stdout);
    quick_exit(3);
}
