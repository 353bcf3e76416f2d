// kind: pie
// More of /proc and /sys: threads' directories, memory as a file, what can be written, processors, mounts.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char text[1 << 20];
static void *volatile bad = (void *)8;

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

static unsigned long mask(const char *name) {
    slurp("/proc/self/status");
    char *at = strstr(text, name);
    return at ? strtoul(at + strlen(name), NULL, 16) : 0;
}

static long sum(const char *path, const char *name) {
    long total = 0;
    slurp(path);
    for (char *at = text; (at = strstr(at, name)); at += strlen(name))
        if (at == text || at[-1] == '\n')
            total += strtol(at + strlen(name), NULL, 10);
    return total;
}

static const char *named(int error) {
    return error ? strerrorname_np(error) : "0";
}

static void put(const char *path, const char *what) {
    int fd = open(path, O_WRONLY);
    int opened = fd < 0 ? errno : 0, written = 0;
    if (fd >= 0)
        written = write(fd, what, strlen(what)) < 0 ? errno : 0;
    printf("write %s: %s %s\n", path, named(opened), named(written));
    if (fd >= 0)
        close(fd);
}

static pthread_barrier_t barrier;
static volatile int child_tid;

static void *child(void *none) {
    child_tid = gettid();
    pthread_setname_np(pthread_self(), "worker");
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return none;
}

static void threads(void) {
    pthread_t thread;
    char path[64], pid[32];
    pthread_barrier_init(&barrier, NULL, 2);
    pthread_create(&thread, NULL, child, NULL);
    pthread_barrier_wait(&barrier);
    sprintf(path, "/proc/self/task/%d/comm", child_tid);
    slurp(path);
    printf("comm %s", text);
    int fd = open(path, O_WRONLY);
    printf("rename %zd\n", write(fd, "a-name-that-is-too-long", 23));
    close(fd);
    char name[16];
    pthread_getname_np(thread, name, sizeof name);
    slurp(path);
    printf("renamed %s %s", name, text);
    sprintf(path, "/proc/self/task/%d/stat", child_tid);
    slurp(path);
    sprintf(pid, "%d (a-name-that-is-) ", child_tid);
    printf("thread stat %d\n", strncmp(text, pid, strlen(pid)) == 0);
    sprintf(path, "/proc/self/task/%d/status", child_tid);
    printf("thread status %d %d %d\n", value(path, "\nTgid:\t") == getpid(), value(path, "\nPid:\t") == child_tid,
           value(path, "\nThreads:\t") == 2);
    DIR *dir = opendir("/proc/self/task");
    int count = 0, own = 0, other = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        count += entry->d_name[0] != '.';
        own += atoi(entry->d_name) == getpid();
        other += atoi(entry->d_name) == child_tid;
    }
    closedir(dir);
    printf("task %d %d %d\n", count, own, other);
    char link[64] = "";
    ssize_t n = readlink("/proc/thread-self", link, sizeof link - 1);
    sprintf(path, "%d/task/%d", getpid(), gettid());
    printf("thread-self %d\n", n == (ssize_t)strlen(path) && strcmp(link, path) == 0);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    sprintf(path, "/proc/self/task/%d", child_tid);
    /* Linux may show a thread for a moment after it was joined. */
    while (access(path, F_OK) == 0)
        sched_yield();
    printf("ended %d", access(path, F_OK));
    printf(" %s\n", named(errno));
}

static void memory(void) {
    char *page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(page + 4090, "across two pages");
    mprotect(page + 8192, 4096, PROT_NONE);
    int fd = open("/proc/self/mem", O_RDWR);
    char buf[32] = "";
    printf("mem %zd %s\n", pread(fd, buf, 17, (off_t)(page + 4090)), buf);
    printf("mem write %zd", pwrite(fd, "ACROSS", 6, (off_t)(page + 4090)));
    printf(" %s\n", page + 4090);
    lseek(fd, (off_t)page + 4097, SEEK_SET);
    printf("mem seek %zd", read(fd, buf, 4));
    printf(" %.4s %d\n", buf, lseek(fd, 0, SEEK_CUR) == (off_t)page + 4101);
    munmap(page + 8192, 4096);
    printf("mem short %zd", pread(fd, text, 8192, (off_t)(page + 4096)));
    printf(" none %zd", pread(fd, buf, 4, (off_t)(page + 8192)));
    printf(" %s", named(errno));
    printf(" zero %zd", pread(fd, buf, 4, 0));
    printf(" %s", named(errno));
    printf(" bad buffer %zd", pread(fd, bad, 4, (off_t)page));
    printf(" %s\n", named(errno));
    struct stat st;
    fstat(fd, &st);
    printf("mem mode %o\n", st.st_mode);
    close(fd);

    long shown = 0, rss = sum("/proc/self/smaps_rollup", "Rss:");
    char *more = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(more, 1, 8 << 20);
    static const char *names[] = {"Rss:", "Pss:", "Private_Dirty:", "Anonymous:", "Swap:"};
    for (int i = 0; i < 5; i++) {
        long all = sum("/proc/self/smaps", names[i]), rolled = sum("/proc/self/smaps_rollup", names[i]);
        int has_both = slurp("/proc/self/smaps") >= 0 && strstr(text, names[i]) != NULL;
        has_both &= slurp("/proc/self/smaps_rollup") >= 0 && strstr(text, names[i]) != NULL;
        shown += has_both && labs(all - rolled) <= 64;
    }
    printf("smaps %ld grows %d\n", shown, sum("/proc/self/smaps_rollup", "Rss:") - rss >= 8192);
    long size = value("/proc/self/status", "\nVmSize:"), peak = value("/proc/self/status", "\nVmPeak:");
    munmap(more, 8 << 20);
    printf("VmSize falls %d, VmPeak stays %d\n", size - value("/proc/self/status", "\nVmSize:") >= 8192,
           peak >= size && value("/proc/self/status", "\nVmPeak:") >= peak);
    struct stat file;
    char line[512], path[256] = "";
    int found = 0;
    readlink("/proc/self/exe", path, sizeof path - 1);
    stat(path, &file);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps)) {
        unsigned major_, minor_;
        unsigned long ino;
        int at;
        if (sscanf(line, "%*x-%*x %*s %*x %x:%x %lu %n", &major_, &minor_, &ino, &at) == 3 && !strncmp(line + at, path, strlen(path)))
            found += ino == file.st_ino && makedev(major_, minor_) == file.st_dev;
    }
    fclose(maps);
    printf("maps of the file %d\n", found > 0);
}

static void on_signal(int number) {
    (void)number;
}

static void signals(void) {
    sigset_t set;
    signal(SIGUSR1, on_signal);
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR2);
    printf("caught %d ignored %d blocked %d", (mask("\nSigCgt:\t") >> (SIGUSR1 - 1) & 1) == 1,
           (mask("\nSigIgn:\t") >> (SIGHUP - 1) & 1) == 1, (mask("\nSigBlk:\t") >> (SIGUSR2 - 1) & 1) == 1);
    printf(" pending %d\n", ((mask("\nSigPnd:\t") | mask("\nShdPnd:\t")) >> (SIGUSR2 - 1) & 1) == 1);
    signal(SIGUSR2, SIG_IGN);
}

static void writing(void) {
    put("/proc/self/oom_score_adj", "300\n");
    printf("oom %ld\n", value("/proc/self/oom_score_adj", ""));
    put("/proc/self/oom_score_adj", "1001");
    put("/proc/self/oom_score_adj", "much");
    put("/proc/self/comm", "other");
    slurp("/proc/self/comm");
    printf("comm %s", text);
    static const char *fixed[] = {"/proc/cpuinfo", "/proc/meminfo", "/proc/self/maps", "/proc/self/status",
        "/proc/self/limits", "/proc/sys/kernel/ostype", "/sys/devices/system/cpu/online"};
    for (unsigned i = 0; i < sizeof fixed / sizeof *fixed; i++)
        put(fixed[i], "x");
    static const char *made[] = {"/proc/none", "/proc/self/none", "/proc/sys/none", "/sys/none"};
    for (unsigned i = 0; i < sizeof made / sizeof *made; i++) {
        printf("%s:", made[i]);
        printf(" open %s", open(made[i], O_CREAT | O_WRONLY, 0600) < 0 ? named(errno) : "0");
        printf(" mkdir %s", mkdir(made[i], 0700) < 0 ? named(errno) : "0");
        printf(" unlink %s\n", unlink(made[i]) < 0 ? named(errno) : "0");
    }
    printf("unlink %s", unlink("/proc/cpuinfo") < 0 ? named(errno) : "0");
    printf(" rmdir %s\n", rmdir("/proc/self/task") < 0 ? named(errno) : "0");
    static const char *modes[] = {"environ", "auxv", "mem", "comm", "maps", "io", "fd", "task", "oom_score_adj", "limits"};
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++) {
        char path[64];
        struct stat st;
        sprintf(path, "/proc/self/%s", modes[i]);
        stat(path, &st);
        printf("%s %o%s", modes[i], st.st_mode, i == 9 ? "\n" : " ");
    }
    int fd = open("/proc/self/status", O_RDONLY);
    char buf[4096];
    read(fd, buf, sizeof buf);
    umask(077);
    ssize_t n = pread(fd, buf, sizeof buf - 1, 0);
    buf[n > 0 ? n : 0] = 0;
    printf("read again %d\n", strstr(buf, "Umask:\t0077") != NULL);
    close(fd);
}

static void limits(void) {
    static const struct { int kind; const char *name; } rows[] = {{RLIMIT_STACK, "Max stack size"},
        {RLIMIT_NOFILE, "Max open files"}, {RLIMIT_AS, "Max address space"}, {RLIMIT_CORE, "Max core file size"},
        {RLIMIT_RTPRIO, "Max realtime priority"}, {RLIMIT_SIGPENDING, "Max pending signals"}};
    int same = 0;
    setrlimit(RLIMIT_STACK, &(struct rlimit){4 << 20, 16 << 20});
    slurp("/proc/self/limits");
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rlimit limit;
        char soft[32], hard[32], own_soft[32] = "unlimited", own_hard[32] = "unlimited";
        getrlimit(rows[i].kind, &limit);
        if (limit.rlim_cur != RLIM_INFINITY)
            sprintf(own_soft, "%lu", limit.rlim_cur);
        if (limit.rlim_max != RLIM_INFINITY)
            sprintf(own_hard, "%lu", limit.rlim_max);
        char *at = strstr(text, rows[i].name);
        same += at && sscanf(at + 26, "%31s %31s", soft, hard) == 2 && !strcmp(soft, own_soft) && !strcmp(hard, own_hard);
    }
    printf("limits %d\n", same);
}

static void processors(void) {
    int count = sysconf(_SC_NPROCESSORS_CONF), whole = 0, caches = 0, lines = 0;
    for (int cpu = 0; cpu < count; cpu++) {
        char path[128], own[16];
        sprintf(path, "/sys/devices/system/cpu/cpu%d/topology/physical_package_id", cpu);
        long package = value(path, "");
        sprintf(path, "/sys/devices/system/cpu/cpu%d/topology/core_id", cpu);
        long core = value(path, "");
        sprintf(path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
        slurp(path);
        sprintf(own, "%d", cpu);
        whole += package >= 0 && core >= 0 && (strstr(text, own) != NULL || strchr(text, '-') != NULL);
        sprintf(path, "/sys/devices/system/cpu/cpu%d/cache/index0/level", cpu);
        caches += value(path, "") == 1;
        sprintf(path, "/sys/devices/system/cpu/cpu%d/cache/index0/coherency_line_size", cpu);
        lines += value(path, "") == 64;
    }
    printf("processors %d caches %d lines %d\n", whole == count, caches == count, lines == count);
    printf("no more %d\n", access("/sys/devices/system/cpu/cpu9999", F_OK));
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    printf("still on all %d\n", CPU_COUNT(&set) == sysconf(_SC_NPROCESSORS_ONLN));
    printf("node %ld %d\n", value("/sys/devices/system/node/has_cpu", ""), value("/sys/devices/system/node/node0/distance", "") == 10);
    printf("ngroups_max %ld cap_last_cap %d\n", value("/proc/sys/kernel/ngroups_max", ""), value("/proc/sys/kernel/cap_last_cap", "") >= 40);
}

static void mounts(void) {
    struct stat st;
    stat("/proc/version", &st);
    FILE *file = fopen("/proc/self/mountinfo", "r");
    char line[1024];
    int id, parent, proc_id = 0, matched = 0, bad = 0;
    while (fgets(line, sizeof line, file)) {
        unsigned major_, minor_;
        char root[256], path[256];
        if (sscanf(line, "%d %d %u:%u %255s %255s", &id, &parent, &major_, &minor_, root, path) != 6 || !strstr(line, " - "))
            bad++;
        if (!strcmp(path, "/proc")) {
            proc_id = id;
            matched = makedev(major_, minor_) == st.st_dev;
        }
    }
    fclose(file);
    printf("mountinfo bad %d proc %d\n", bad, matched);
    int fd = open("/proc/version", O_RDONLY | O_CLOEXEC);
    char path[64];
    sprintf(path, "/proc/self/fdinfo/%d", fd);
    read(fd, line, 5);
    printf("fdinfo pos %ld", value(path, "pos:\t"));
    char *flags = strstr(text, "flags:\t");
    printf(" flags %lo", flags ? strtoul(flags + 7, NULL, 8) : 0);
    printf(" mount %d ino %d\n", value(path, "mnt_id:\t") == proc_id, value(path, "ino:\t") == (long)st.st_ino);
    struct stat link;
    sprintf(path, "/proc/self/fd/%d", fd);
    lstat(path, &link);
    printf("fd mode %o\n", link.st_mode);
    close(fd);
    printf("io %d\n", value("/proc/self/io", "write_bytes:") >= 0);
}

static void stat_line(void) {
    char state;
    int pid, parent, group, session;
    slurp("/proc/self/stat");
    char *at = strrchr(text, ')');
    int fields = 2;
    for (char *p = at + 1; *p; p++)
        fields += *p == ' ';
    int scanned = sscanf(at + 2, "%c %d %d %d", &state, &parent, &group, &session);
    pid = atoi(text);
    printf("stat %d fields %d %c %d %d %d\n", scanned, fields, state, pid == getpid(), parent == getppid(), group == getpgrp() && session == getsid(0));
    long start = 0;
    char *word = at + 2;
    for (int i = 3; i < 22; i++)
        word = strchr(word, ' ') + 1;
    start = atol(word);
    slurp("/proc/uptime");
    double up = atof(text);
    printf("started %d\n", start / 100.0 <= up + 0.1 && up - start / 100.0 < 60);
}

int main(void) {
    threads();
    memory();
    signals();
    stat_line();
    writing();
    limits();
    processors();
    mounts();
    return 0;
}
