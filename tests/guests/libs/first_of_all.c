// flags: -Wl,-z,initfirst
// Asks for its initialisers to come before all others.
#include <stdio.h>

__attribute__((constructor)) static void init(void) { printf("first of all: init\n"); }
__attribute__((destructor)) static void fini(void) { printf("first of all: fini\n"); }
