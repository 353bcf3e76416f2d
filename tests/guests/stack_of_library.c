// kind: pie
// libs: runs_on_stack
// flags: -pthread
// own libc: no: a static one cannot load libraries
// A library that asks for executable stacks makes them so when it is opened: those that are there, and later ones.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int ready[2], go[2];

static void run(const char *who) {
    const unsigned char add_one[] = {0x8d, 0x47, 0x01, 0xc3};
    unsigned char code[16];
    memcpy(code, add_one, sizeof add_one);
    __asm__ volatile("" ::"r"(code) : "memory"); // Or the stores are left out, since nobody reads them.
    printf("%s: %d\n", who, ((int (*)(int))(void *)code)(6));
}

static void *early(void *unused) {
    char byte = 0;
    if (write(ready[1], &byte, 1) != 1 || read(go[0], &byte, 1) != 1) return NULL;
    run("a thread from before");
    return unused;
}
static void *late(void *unused) {
    run("a thread from after");
    return unused;
}

int main(void) {
    pthread_t first, second;
    char byte;
    if (pipe(ready) || pipe(go)) return 1;
    pthread_create(&first, NULL, early, NULL);
    if (read(ready[0], &byte, 1) != 1) return 1;
    void *handle = dlopen(LIBS "/libruns_on_stack.so", RTLD_NOW);
    printf("opened %d\n", handle != NULL);
    run("the first thread");
    if (write(go[1], &byte, 1) != 1) return 1;
    pthread_join(first, NULL);
    pthread_create(&second, NULL, late, NULL);
    pthread_join(second, NULL);
    return 0;
}
