// kind: pie
// sysinfo, /proc/loadavg and getloadavg say the same of the machine.
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static int is_near(double a, double b) { return fabs(a - b) < 0.25; }

int main(void) {
    for (double end = now() + 0.4; now() < end;)
        ;
    struct sysinfo info;
    double file[3] = {-1, -1, -1}, call[3] = {-1, -1, -1};
    int running = -1, all = -1;
    printf("sysinfo %d\n", sysinfo(&info));
    FILE *loads = fopen("/proc/loadavg", "r");
    int found = fscanf(loads, "%lf %lf %lf %d/%d", &file[0], &file[1], &file[2], &running, &all);
    printf("file %d getloadavg %d %d\n", found, getloadavg(call, 3), getloadavg(call, 1));
    printf("running %d of more %d\n", running > 0, all >= running);
    for (int i = 0; i < 3; i++)
        printf("average %d: file %d call %d\n", i, is_near(info.loads[i] / 65536.0, file[i]),
               is_near(call[i], file[i]));
    printf("has worked %d\n", info.loads[0] > 0);
    printf("unit %d free %d of total, shared %d\n", info.mem_unit, info.freeram < info.totalram,
           info.sharedram < info.totalram);

    unsigned long before = info.sharedram;
    char *shared = mmap(NULL, 24 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 24 << 20; i += 4096)
        shared[i] = 1;
    sysinfo(&info);
    printf("shared memory is counted %d\n", info.sharedram > before + (12 << 20));
    return 0;
}
