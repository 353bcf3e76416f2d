// kind: signals static
// The alternate stack that is let go while a handler runs (SS_AUTODISARM).
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char first[65536], second[65536];
static stack_t in_handler;
static int depth, on_first, on_second, set_within;

static int is_on(char *stack, void *at) { return (char *)at >= stack && (char *)at < stack + sizeof first; }

static void handler(int number) {
    int here;
    if (depth++ == 0) {
        on_first = is_on(first, &here);
        sigaltstack(0, &in_handler);
        stack_t other = {.ss_sp = second, .ss_size = sizeof second};
        set_within = sigaltstack(&other, 0);
        raise(number == SIGUSR1 ? SIGUSR2 : SIGUSR1);
    } else {
        on_second = is_on(second, &here);
    }
}

static void shown(const char *what, stack_t *stack) {
    printf("%s: %s, flags %x\n", what, stack->ss_sp == first ? "first" : stack->ss_sp == second ? "second" : "none", stack->ss_flags);
}

int main(void) {
    stack_t stack = {.ss_sp = first, .ss_size = sizeof first, .ss_flags = (int)SS_AUTODISARM}, now;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR1, &action, 0);
    sigaction(SIGUSR2, &action, 0);
    printf("sigaltstack: %d\n", sigaltstack(&stack, 0));
    sigaltstack(0, &now);
    shown("set", &now);
    raise(SIGUSR1);
    printf("on it: %d, set another within: %d, on that: %d\n", on_first, set_within, on_second);
    shown("within", &in_handler);
    sigaltstack(0, &now);
    shown("after", &now);
    stack.ss_flags = 77;
    printf("bad flags: %d", sigaltstack(&stack, 0));
    printf(" %s\n", strerrorname_np(errno));
    return 0;
}
