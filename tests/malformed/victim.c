// A small shared object with everything the loader reads: relocations of each kind, thread-local storage, both hash
// tables, versions, a function chosen at load time, constructors.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int table_a, table_b;
int *pointers[] = {&table_a, &table_b, &table_a};
const char *const names[] = {"one", "two", "three"};
__thread int counter = 7;
__thread char zeros[100];
static int constructed;

__attribute__((constructor)) static void construct(void) { constructed = 1; }

int one_of_two(void);
static int first(void) { return 1; }
static int (*resolve(void))(void) { return first; }
int one_of_two(void) __attribute__((ifunc("resolve")));

int *exported(void) { return pointers[1]; }

int main(void) {
    zeros[5] = (char)counter;
    printf("%s %d %d %d\n", names[2], constructed, zeros[5], exported() == &table_b);
    return one_of_two() == 1 && strlen(names[0]) == 3 && getenv("NOTHING") == NULL ? 0 : 1;
}
