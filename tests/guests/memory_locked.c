// kind: so static
// What mlock(2) and its relatives hold, as /proc/self/status says.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static long field(const char *name) {
    char text[300];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(text, sizeof text, file))
        if (!strncmp(text, name, strlen(name)))
            value = atol(text + strlen(name) + 1);
    if (file)
        fclose(file);
    return value;
}

static void show(const char *what, int result) {
    int error = errno;
    printf("%s %s: %ld kB\n", what, result ? strerrorname_np(error) : "done", field("VmLck"));
}

int main(void) {
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_MEMLOCK, &all);
    show("at first", 0);
    char *pages = mmap(0, 20 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    show("one byte", mlock(pages + 5000, 1));
    show("again", mlock(pages + 4096, 4096));
    show("over two", mlock(pages + 8191, 2));
    show("on fault", mlock2(pages + 10 * 4096, 4 * 4096, MLOCK_ONFAULT));
    show("with other flags", mlock2(pages, 4096, 8));
    show("nothing", mlock(pages + 18 * 4096, 0));
    show("unlocked in part", munlock(pages + 11 * 4096, 4096));
    show("unlocked twice", munlock(pages + 11 * 4096, 4096));
    show("protected", mprotect(pages + 4096, 4096, PROT_READ));
    show("unmapped", munmap(pages + 12 * 4096, 8 * 4096));
    show("where nothing is", mlock(pages + 12 * 4096, 4096));
    show("unlocked where nothing is", munlock(pages + 12 * 4096, 4096));
    printf("pinned %ld\n", field("VmPin"));
    show("no such flags", mlockall(64));
    show("none", mlockall(0));
    show("all unlocked", munlockall());
    long before = (mlockall(MCL_CURRENT), field("VmLck"));
    printf("all: %d\n", before >= 12 * 4 && before <= field("VmSize"));
    char *more = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("later ones: %ld\n", field("VmLck") - before);
    munlockall();
    mlockall(MCL_FUTURE);
    char *future = mmap(0, 5 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("future: %d\n", field("VmLck") >= 20);
    munmap(future, 5 * 4096);
    munmap(more, 4 * 4096);
    show("free", munlockall());
    return 0;
}
