// kind: pie exec
// libs: finish_low opens_another thread_ends
// flags: -pthread
// own libc: no: a static one cannot load libraries
// A library that is closed while another one's destructors run, or while a thread still has an object of it.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

static int is_loaded(const char *path) { return dlopen(path, RTLD_NOW | RTLD_NOLOAD) != NULL; }

static void *use_and_close(void *handle) {
    void (*use)(int) = (void (*)(int))dlsym(handle, "use_thread_object");
    use(1);
    use(2);
    printf("closed by its thread: %d\n", dlclose(handle));
    return NULL;
}

int main(void) {
    void *handle = dlopen(LIBS "/libopens_another.so", RTLD_NOW);
    printf("close: %d\n", dlclose(handle));
    printf("left: %d %d\n", is_loaded(LIBS "/libopens_another.so"), is_loaded(LIBS "/libfinish_low.so"));

    pthread_t thread;
    handle = dlopen(LIBS "/libthread_ends.so", RTLD_NOW);
    pthread_create(&thread, NULL, use_and_close, handle);
    pthread_join(thread, NULL);
    printf("joined\n");

    handle = dlopen(LIBS "/libopens_another.so", RTLD_NOW);
    return 0;
}
