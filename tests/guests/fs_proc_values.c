// kind: pie
// Values of /proc that follow what the program does.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

static long value(const char *path, const char *name) {
    if (slurp(path) < 0)
        return -1;
    char *at = strstr(text, name);
    return at ? strtol(at + strlen(name), NULL, 10) : -2;
}

int main(void) {
    long auxv[128], found = 0;
    int n = slurp("/proc/self/auxv");
    memcpy(auxv, text, n);
    for (int i = 0; i < n / 16; i++)
        found += auxv[2 * i] == AT_PAGESZ ? auxv[2 * i + 1] == sysconf(_SC_PAGESIZE)
               : auxv[2 * i] == AT_RANDOM ? auxv[2 * i + 1] == (long)getauxval(AT_RANDOM) : 0;
    printf("auxv %ld ends %d\n", found, auxv[n / 8 - 2] == AT_NULL);

    setrlimit(RLIMIT_NOFILE, &(struct rlimit){123, 456});
    slurp("/proc/self/limits");
    printf("limits %d %d\n", strncmp(text, "Limit                     Soft Limit", 30) == 0,
           strstr(text, "Max open files            123                  456                  files ") != NULL);

    long before = value("/proc/self/io", "rchar: "), calls = value("/proc/self/io", "syscr: ");
    int zero = open("/dev/zero", O_RDONLY);
    for (int i = 0; i < 10; i++)
        (void)!read(zero, text + 1000, 10000);
    long grown = value("/proc/self/io", "rchar: ") - before;
    printf("rchar %d syscr %d\n", grown >= 100000 && grown < 110000, value("/proc/self/io", "syscr: ") - calls >= 10);

    long rss = value("/proc/self/smaps_rollup", "Rss:"), anonymous = value("/proc/self/smaps_rollup", "Anonymous:");
    char *memory = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(memory, 1, 16 << 20);
    printf("rss %d anonymous %d\n", value("/proc/self/smaps_rollup", "Rss:") - rss >= 16000,
           value("/proc/self/smaps_rollup", "Anonymous:") - anonymous >= 16000);
    char line[64];
    sprintf(line, "%08lx-", (unsigned long)memory);
    slurp("/proc/self/smaps");
    char *mine = strstr(text, line);
    if (!mine) // joined with a neighbour
        mine = text;
    printf("smaps %d\n", strstr(mine, "\nPrivate_Dirty:") != NULL && strstr(mine, "\nSize:") != NULL);

    long size, resident, shared, code, lib, data, dirty;
    slurp("/proc/self/statm");
    printf("statm %d", sscanf(text, "%ld %ld %ld %ld %ld %ld %ld", &size, &resident, &shared, &code, &lib, &data, &dirty));
    printf(" %d\n", size >= resident && resident >= 4096 && data >= 4096 && code > 0 && lib == 0 && dirty == 0);

    slurp("/proc/loadavg");
    double one, five, fifteen;
    int running, threads, last;
    int fields = sscanf(text, "%lf %lf %lf %d/%d %d", &one, &five, &fifteen, &running, &threads, &last);
    printf("loadavg %d %d\n", fields, running >= 1 && threads >= 1);
    slurp("/proc/cpuinfo");
    printf("cpuinfo %d %d %d %d\n", strstr(text, "vendor_id\t: ") != NULL, strstr(text, " sse2 ") != NULL,
           strstr(text, "model name\t: ") != NULL, strstr(text, "address sizes\t: ") != NULL);
    long total = value("/proc/meminfo", "MemTotal:"), available = value("/proc/meminfo", "MemAvailable:");
    printf("meminfo %d %d\n", total > 0 && available > 0 && available <= total, value("/proc/meminfo", "Cached:") >= 0);
    slurp("/proc/stat");
    int processors = 0;
    for (char *line = text; (line = strstr(line, "\ncpu")); line++) processors++;
    printf("stat %d %d %d\n", strncmp(text, "cpu  ", 5) == 0, strstr(text, "\nprocesses ") != NULL,
           processors == sysconf(_SC_NPROCESSORS_ONLN));
    printf("oom %ld files %d pid %d\n", value("/proc/self/oom_score_adj", ""), value("/proc/sys/fs/file-max", "") > 1000,
           value("/proc/sys/kernel/pid_max", "") > 1000);
    printf("node %d\n", slurp("/sys/devices/system/node/node0/cpulist") > 0);
    printf("selinux %d\n", access("/sys/fs/selinux/enforce", F_OK));
    return 0;
}
