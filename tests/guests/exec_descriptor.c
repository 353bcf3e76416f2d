// kind: pie exec
// Programs by descriptor, from memory, by a link and when their file is gone; what /proc/self/exe says of each.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const char *last(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int copy(const char *from, int to) {
    static char block[1 << 16];
    ssize_t n;
    int in = open(from, O_RDONLY);
    while ((n = read(in, block, sizeof block)) > 0)
        (void)!write(to, block, n);
    return close(in);
}

static const char *exe(void) {
    static char path[500];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n > 0 ? n : 0] = 0;
    return path;
}

static int maps_name(const char *path) {
    char line[600];
    int found = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        found |= strstr(line, path) != NULL;
    fclose(maps);
    return found;
}

int main(int argc, char **argv) {
    char *self = argv[0], folder[] = "/tmp/osvrun-XXXXXX", path[100];
    setvbuf(stdout, NULL, _IOLBF, 0);
    int stage = argc > 1 ? atoi(argv[1]) : argc == 1 && !*self ? 9 : 0;
    char next[2] = {'1' + stage, 0};
    char *args[] = {self, next, argc > 2 ? argv[2] : NULL, NULL};
    switch (stage) {
    case 0: {
        printf("at first, of itself: %d\n", !strcmp(last(exe()), last(self)));
        int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        fexecve(fd, args, environ);
        break;
    }
    case 1: {
        printf("by descriptor, of the file: %d\n", !strcmp(last(exe()), last(self)));
        int memory = memfd_create("made", MFD_CLOEXEC);
        copy(exe(), memory);
        syscall(SYS_execveat, memory, "", args, environ, AT_EMPTY_PATH);
        break;
    }
    case 2: {
        printf("from memory: %s, maps %d\n", exe(), maps_name("/memfd:made (deleted)"));
        mkdtemp(folder);
        args[2] = folder;
        sprintf(path, "%s/copy", folder);
        int fd = open(path, O_CREAT | O_WRONLY, 0755);
        copy("/proc/self/exe", fd);
        printf("open for writing: %s\n", execv(path, args) < 0 ? strerrorname_np(errno) : "");
        close(fd);
        execv(path, args);
        break;
    }
    case 3: {
        printf("a copy: %s, maps %d\n", last(exe()), maps_name("/copy\n"));
        sprintf(path, "%s/link", argv[2]);
        symlink(exe(), path);
        execv(path, args);
        break;
    }
    case 4: {
        printf("by a link: %s\n", last(exe()));
        char from[200];
        sprintf(path, "%s/link", argv[2]);
        unlink(path);
        sprintf(from, "%s/copy", argv[2]);
        sprintf(path, "%s/moved", argv[2]);
        rename(from, path);
        printf("moved: %s, maps %d\n", last(exe()), maps_name("/moved\n"));
        unlink(path);
        rmdir(argv[2]);
        printf("gone: %s, maps %d\n", last(exe()), maps_name("/moved (deleted)\n"));
        execv("/proc/self/exe", args);
        // Linux finds the file by what it is, not by its name.
        printf("%s\n", strerrorname_np(errno));
        break;
    }
    case 5:
        printf("a file that is gone: %s\n", last(exe()));
        syscall(SYS_execve, "/proc/self/exe", (char *[]){NULL}, environ);
        break;
    case 9:
        printf("no arguments: %d '%s'\n", argc, self);
        return 0;
    }
    printf("stage %d: %s\n", stage, strerrorname_np(errno));
    return 1;
}
