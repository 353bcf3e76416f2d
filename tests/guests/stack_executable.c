// kind: pie exec own
// flags: -Wl,-z,execstack -pthread
// A program that asks for executable stacks, as one with nested functions does: the first thread's and all others'.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static int call(int (*function)(int)) { return function(3); }

static void *nested(void *factor) {
    int times = *(int *)factor;
    int multiply(int value) { return value * times; }
    printf("nested function: %d\n", call(multiply));
    return NULL;
}

static void written(void) {
    const unsigned char add_one[] = {0x8d, 0x47, 0x01, 0xc3};
    unsigned char code[16];
    memcpy(code, add_one, sizeof add_one);
    __asm__ volatile("" ::"r"(code) : "memory"); // Or the stores are left out, since nobody reads them.
    printf("code on the stack: %d\n", ((int (*)(int))(void *)code)(6));
}

int main(void) {
    int five = 5, seven = 7;
    char line[4096], access[5] = "";
    nested(&five);
    written();
    pthread_t thread;
    pthread_create(&thread, NULL, nested, &seven);
    pthread_join(thread, NULL);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "[stack]") && strchr(line, ' ')[1] == 'r') sscanf(line, "%*s %4s", access);
    fclose(maps);
    printf("/proc/self/maps: %s\n", access);
    return 0;
}
