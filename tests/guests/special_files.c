// kind: so pie
// Every special file that is promised is there, of the kind and with the rights that it has on Linux, and can be read to its
// end.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char text[1 << 20];

static const char *kind(mode_t mode) {
    return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "folder" : S_ISLNK(mode) ? "link" : S_ISCHR(mode) ? "device" : "other";
}

static void look(const char *path) {
    struct stat is, leads;
    printf("%s:", path);
    if (lstat(path, &is)) {
        printf(" %s\n", strerrorname_np(errno));
        return;
    }
    printf(" %s %o", kind(is.st_mode), is.st_mode & (S_ISCHR(is.st_mode) ? 0600 : 07777));
    if (stat(path, &leads)) {
        printf(" leads nowhere\n");
        return;
    }
    if (S_ISCHR(leads.st_mode) && !S_ISLNK(is.st_mode))
        printf(" %u:%u", major(leads.st_rdev), minor(leads.st_rdev));
    if (S_ISDIR(leads.st_mode) && strncmp(path, "/dev/", 5) != 0) {
        DIR *folder = opendir(path);
        int entries = 0;
        while (folder && readdir(folder))
            entries++;
        printf(" %s", !folder ? strerrorname_np(errno) : entries > 2 ? "entries" : "empty");
        if (folder)
            closedir(folder);
    }
    if (S_ISREG(leads.st_mode)) {
        int fd = open(path, O_RDONLY);
        long n = 0, got = fd < 0 ? -1 : 0;
        while (fd >= 0 && (got = read(fd, text, sizeof text)) > 0)
            n += got;
        printf(" %s", got < 0 ? strerrorname_np(errno) : n ? "text" : "nothing");
        if (fd >= 0)
            close(fd);
    }
    printf("\n");
}

int main(void) {
    static const char *dev[] = {"null", "zero", "full", "random", "urandom", "tty", "stdin", "fd", "shm", "ptmx", "pts"};
    static const char *of_process[] = {"exe", "cmdline", "environ", "maps", "smaps_rollup", "stat", "statm", "status", "fd", "fdinfo", "cwd", "root",
        "mounts", "mountinfo", "limits", "auxv", "comm", "io", "oom_score_adj", "task", "smaps"};
    static const char *of_thread[] = {"comm", "stat", "status", "children", "maps", "fd"};
    static const char *others[] = {"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/loadavg", "/proc/version",
        "/proc/filesystems", "/proc/mounts", "/proc/cmdline", "/proc/devices", "/proc/sys/kernel/ostype", "/proc/sys/kernel/osrelease",
        "/proc/sys/kernel/hostname", "/proc/sys/kernel/pid_max", "/proc/sys/kernel/random/uuid", "/proc/sys/kernel/random/boot_id",
        "/proc/sys/kernel/random/entropy_avail", "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/max_map_count", "/proc/sys/fs/file-max",
        "/proc/sys/net/core/somaxconn", "/proc/sys/kernel/version", "/proc/sys/kernel/domainname", "/proc/sys/kernel/sem",
        "/proc/sys/kernel/msgmax", "/proc/sys/kernel/msgmnb", "/proc/sys/kernel/msgmni", "/proc/sys/kernel/shmall", "/proc/sys/kernel/shmmax",
        "/proc/sys/kernel/shmmni", "/proc/sys/kernel/random/poolsize", "/proc/sys/fs/aio-max-nr", "/proc/sys/fs/aio-nr", "/proc/sys/fs/nr_open",
        "/proc/sys/fs/lease-break-time", "/proc/sys/fs/leases-enable", "/proc/sys/fs/pipe-max-size", "/proc/sys", "/proc/sys/vm",
        "/proc/sys/net/ipv4/ip_local_port_range", "/proc/sys/net/unix/max_dgram_qlen", "/sys/devices", "/sys/devices/system",
        "/sys/devices/system/node/node0", "/sys/devices/system/cpu/cpu0/cache", "/sys/devices/system/cpu/cpu0/topology",
        "/proc/sys/kernel/ngroups_max", "/proc/sys/kernel/cap_last_cap", "/proc/net/dev", "/proc/net/tcp",
        "/proc/net/udp", "/proc/net/if_inet6", "/proc/net/route", "/sys", "/sys/devices/system/cpu", "/sys/devices/system/cpu/online",
        "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/present", "/sys/devices/system/cpu/cpu0", "/sys/devices/system/node",
        "/sys/devices/system/node/node0/meminfo", "/sys/devices/system/cpu/cpu0/cache/index0/coherency_line_size"};
    char path[200];
    chdir("/");
    for (unsigned i = 0; i < sizeof dev / sizeof *dev; i++)
        sprintf(path, "/dev/%s", dev[i]), look(path);
    for (unsigned i = 0; i < sizeof of_process / sizeof *of_process; i++)
        sprintf(path, "/proc/self/%s", of_process[i]), look(path);
    for (unsigned i = 0; i < sizeof of_thread / sizeof *of_thread; i++) {
        sprintf(path, "/proc/self/task/%d/%s", gettid(), of_thread[i]);
        struct stat is;
        printf("task/%s %d\n", of_thread[i], stat(path, &is));
    }
    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        look(others[i]);
    // A container may lack it.
    struct stat console;
    printf("console %o\n", stat("/dev/console", &console) ? 0600 : console.st_mode & 07777);
    look("/sys/fs/selinux"), look("/proc/none"), look("/dev/none"), look("/sys/none");
    return 0;
}
