// flags: -lfirst
#include <stdio.h>

int first_count(void);
int first_ifunc(void);
int overridden(void) { return 2; }

__attribute__((constructor)) static void init(void) { printf("second: init %d\n", first_ifunc()); }
__attribute__((destructor)) static void fini(void) { printf("second: fini\n"); }

int second(int n) { return first_count() * 1000 + n; }
