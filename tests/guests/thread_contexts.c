// kind: so pie
// setjmp and longjmp, and coroutines with ucontext.
#include <setjmp.h>
#include <stdio.h>
#include <ucontext.h>

static jmp_buf buffer;
static ucontext_t main_context, one, other;
static char stack_one[65536], stack_other[65536];

static void deep(int n) {
    if (n == 0)
        longjmp(buffer, 0);
    deep(n - 1);
}
static void ping(int a, int b, int c, int d, int e, int f, int g, int h) {
    printf("ping %d %d %d %d %d %d %d %d\n", a, b, c, d, e, f, g, h);
    for (int i = 0; i < 3; i++) {
        printf("ping %d\n", i);
        swapcontext(&one, &other);
    }
}
static void pong(void) {
    double x = 0.5;
    for (int i = 0; i < 3; i++) {
        x *= 2;
        printf("pong %d %g\n", i, x);
        swapcontext(&other, &one);
    }
}

int main(void) {
    volatile int times = 0;
    int value = setjmp(buffer);
    printf("setjmp %d\n", value);
    if (++times < 3) {
        if (times == 1)
            deep(10);
        longjmp(buffer, 42);
    }
    getcontext(&one);
    one.uc_stack.ss_sp = stack_one;
    one.uc_stack.ss_size = sizeof stack_one;
    one.uc_link = &main_context;
    makecontext(&one, (void (*)(void))ping, 8, 1, 2, 3, 4, 5, 6, 7, 8);
    getcontext(&other);
    other.uc_stack.ss_sp = stack_other;
    other.uc_stack.ss_size = sizeof stack_other;
    other.uc_link = &main_context;
    makecontext(&other, pong, 0);
    swapcontext(&main_context, &one);
    printf("back in main\n");
    return 0;
}
