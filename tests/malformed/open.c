// Opens every file of a folder with dlopen(3); each must be refused, with a message, and the program goes on.
#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
    int files = 0, refused = 0;
    DIR *folder = argc > 1 ? opendir(argv[1]) : NULL;
    if (!folder)
        return 2;
    struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        ++files;
        if (dlopen(path, RTLD_NOW)) {
            printf("opened: %s\n", entry->d_name);
            continue;
        }
        const char *message = dlerror();
        if (!message || !strstr(message, entry->d_name))
            printf("no message: %s: %s\n", entry->d_name, message ? message : "(null)");
        else if (strchr(message, '\n'))
            printf("more than a line: %s\n", message);
        else
            ++refused;
        if (dlerror())
            printf("the message stays: %s\n", entry->d_name);
    }
    closedir(folder);
    void *sound = dlopen("libm.so.6", RTLD_NOW);
    printf("%d files, %d refused, %s\n", files, refused, sound ? "and on" : dlerror());
    return 0;
}
