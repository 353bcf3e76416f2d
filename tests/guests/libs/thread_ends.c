// Has an object for each thread that wants to be destroyed, as a C++ `thread_local` does.
#include <stdio.h>

extern void *__dso_handle;
int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);

static _Thread_local int object;
static void destroy(void *it) { printf("thread's object: %d\n", *(int *)it); }
__attribute__((destructor)) static void fini(void) { printf("thread_ends: fini\n"); }

void use_thread_object(int value) {
    object = value;
    __cxa_thread_atexit_impl(destroy, &object, &__dso_handle);
}
