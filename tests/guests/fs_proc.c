// kind: pie
// /proc says true things.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char text[1 << 20];

static int slurp(const char *path) {
    int fd = open(path, O_RDONLY), n = 0, got;
    if (fd < 0)
        return -1;
    while ((got = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += got;
    text[n] = 0;
    close(fd);
    return n;
}

int main(int argc, char **argv) {
    char link[4096], pid[32];
    printf("cmdline %d\n", slurp("/proc/self/cmdline") == (int)strlen(argv[0]) + 1 && strcmp(text, argv[0]) == 0);
    ssize_t n = readlink("/proc/self/exe", link, sizeof link);
    link[n > 0 ? n : 0] = 0;
    printf("exe %d %d\n", n > 0 && link[0] == '/', access(link, X_OK));
    n = readlink("/proc/self", pid, sizeof pid - 1);
    pid[n > 0 ? n : 0] = 0;
    printf("self %d\n", atoi(pid) == getpid());
    void *map = mmap(NULL, 4096 * 3, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char address[32];
    slurp("/proc/self/maps");
    int lists_code = 0, lists_map = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        unsigned long start, end;
        char access[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, access) != 3)
            printf("odd line %s\n", line);
        lists_code |= start <= (unsigned long)main && (unsigned long)main < end && access[2] == 'x';
        lists_map |= start <= (unsigned long)map && (unsigned long)map < end && access[0] == 'r' && access[1] == '-';
    }
    printf("maps %d %d\n", lists_code, lists_map);
    int fd = open("/tmp", O_RDONLY | O_DIRECTORY);
    sprintf(address, "/proc/self/fd/%d", fd);
    n = readlink(address, link, sizeof link);
    printf("fd %.*s\n", (int)n, link);
    n = readlink("/proc/self/fd/99", link, sizeof link);
    printf("no fd %zd errno %d\n", n, errno);
    printf("meminfo %d\n", slurp("/proc/meminfo") > 0 && strstr(text, "MemTotal:") == text);
    printf("cpuinfo %d\n", slurp("/proc/cpuinfo") > 0 && strstr(text, "processor\t: 0") != NULL);
    printf("status %d\n", slurp("/proc/self/status") > 0 && strstr(text, "\nThreads:\t1\n") != NULL);
    printf("ostype %d %s", slurp("/proc/sys/kernel/ostype"), text);
    printf("uuid %d\n", slurp("/proc/sys/kernel/random/uuid"));
    printf("online %d\n", slurp("/sys/devices/system/cpu/online") > 0 && text[0] == '0');
    fd = open("/proc/none", O_RDONLY);
    printf("missing %d errno %d\n", fd, errno);
    return 0;
}
