// kind: so pie
// exit: 139
#include <stddef.h>

struct node {
    long value[2];
    long last;
};

__attribute__((noinline)) static void store(struct node *volatile node) { node->last = 1; }

int main(void) {
    store(NULL);
    return 0;
}
