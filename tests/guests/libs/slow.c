// A library whose initialiser takes its time, and opens a library itself.
#include <dlfcn.h>
#include <unistd.h>

static volatile int state;

__attribute__((constructor)) static void init(void) {
    usleep(50000);
    state = dlopen("libm.so.6", RTLD_NOW) ? 1 : -1;
}

int slow_state(void) { return state; }
