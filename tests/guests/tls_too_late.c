// kind: pie exec
// libs: tls_owner tls_reaches
// flags: -ldl
// Thread-local storage that a thread has found dynamically cannot be reached by the thread pointer any more; what none has
// found can.
#include <dlfcn.h>
#include <stdio.h>

int main(void) {
    void *owner = dlopen(LIBS "/libtls_owner.so", RTLD_NOW | RTLD_GLOBAL);
    int *(*dynamic)(void) = dlsym(owner, "late_dynamic");
    printf("first %d\n", *dynamic());
    void *reaches = dlopen(LIBS "/libtls_reaches.so", RTLD_NOW);
    printf("opened %d, why %d\n", reaches != NULL, dlerror() != NULL);
    *dynamic() = 9;
    printf("still %d\n", *dynamic());
    dlclose(owner);

    owner = dlopen(LIBS "/libtls_owner.so", RTLD_NOW | RTLD_GLOBAL);
    reaches = dlopen(LIBS "/libtls_reaches.so", RTLD_NOW);
    printf("opened %d\n", reaches != NULL);
    int *(*initial)(void) = reaches ? dlsym(reaches, "late_initial") : NULL;
    dynamic = dlsym(owner, "late_dynamic");
    printf("same %d, %d\n", initial && initial() == dynamic(), *dynamic());
    return 0;
}
