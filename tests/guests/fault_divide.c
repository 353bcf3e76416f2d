// kind: so
// exit: 136
#include <stdio.h>

int main(int argc, char **argv) {
    volatile int zero = 0;
    (void)argv;
    printf("%d\n", argc / zero);
    return 0;
}
