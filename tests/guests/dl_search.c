// kind: pie
// flags: -ldl -Wl,--enable-new-dtags,-rpath,/usr/share:/etc
// env: LD_LIBRARY_PATH=/opt:/usr/include
// own libc: no: a static one cannot load libraries
// What dlinfo tells of a search, and of a thread's data of an object.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __thread int number = 5;
static void *self;

static void searched(void) {
    static const char *const usual[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib"};
    Dl_serinfo size;
    int error = dlinfo(self, RTLD_DI_SERINFOSIZE, &size);
    printf("size %d\n", error);
    Dl_serinfo *info = malloc(size.dls_size);
    memset(info, 0xa5, size.dls_size);
    dlinfo(self, RTLD_DI_SERINFOSIZE, info);
    error = dlinfo(self, RTLD_DI_SERINFO, info);
    printf("info %d, same %d %d\n", error, info->dls_size == size.dls_size, info->dls_cnt == size.dls_cnt);
    size_t text = 0, found = 0;
    for (unsigned i = 0; i < info->dls_cnt; i++) {
        const char *name = info->dls_serpath[i].dls_name;
        if (i < 4) printf("%s %u\n", name, info->dls_serpath[i].dls_flags);
        for (size_t k = 0; k < 4; k++) found += !strcmp(name, usual[k]);
        text += strlen(name) + 1;
    }
    char *start = info->dls_serpath[0].dls_name;
    printf("usual %zu, text %d %d\n", found, start == (char *)&info->dls_serpath[info->dls_cnt], start + text == (char *)info + info->dls_size);
    free(info);
}

static void *thread_data(void *arg) {
    void *data = NULL;
    number++;
    int error = dlinfo(self, RTLD_DI_TLS_DATA, &data);
    size_t module = 0;
    dlinfo(self, RTLD_DI_TLS_MODID, &module);
    printf("data %d %d %d, module %zu\n", error, data != NULL, (char *)&number >= (char *)data && (char *)&number < (char *)data + 64, module);
    return arg;
}

int main(void) {
    self = dlopen(NULL, RTLD_NOW);
    searched();
    thread_data(NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, thread_data, NULL);
    pthread_join(thread, NULL);
    void *data = &data;
    void *other = dlopen("libz.so.1", RTLD_NOW);
    int error = dlinfo(other, RTLD_DI_TLS_DATA, &data);
    printf("without: %d %d\n", error, data == NULL);
    error = dlinfo(self, 99, &data);
    printf("unknown: %d %d\n", error, dlerror() != NULL);
    return 0;
}
