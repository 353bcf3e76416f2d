// kind: so pie
// What the system says of itself: names, numbers of processors and pages, limits, and the setting of them, of which only
// what fails for anybody is tried.
#define _GNU_SOURCE
#include <errno.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

extern int init_module(void *, unsigned long, const char *), delete_module(const char *, unsigned);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static void names(void) {
    struct utsname own;
    char host[HOST_NAME_MAX + 1], domain[65], small[2];
    say("uname", uname(&own));
    printf("%s %s %d %d\n", own.sysname, own.machine, own.release[0] != 0, own.version[0] != 0);
    say("gethostname", gethostname(host, sizeof host));
    printf("%d\n", strcmp(host, own.nodename) == 0);
    say("gethostname of 0", gethostname(host, 0));
    say("getdomainname", getdomainname(domain, sizeof domain));
    printf("%d\n", strcmp(domain, own.domainname) == 0);
    // It is cut where it does not fit, which is an error for one of them only.
    memset(small, '#', sizeof small);
    int result = gethostname(small, 1);
    printf("cut %d %d %d\n", result, result == -1 ? errno : 0, small[0] == own.nodename[0] || small[0] == 0);
    char whole[HOST_NAME_MAX + 2];
    memset(whole, 'x', sizeof whole);
    printf("sethostname %d", sethostname(whole, sizeof whole));
    printf(" %d\n", errno == EINVAL || errno == EPERM);
    printf("setdomainname %d", setdomainname(whole, sizeof whole));
    printf(" %d\n", errno == EINVAL || errno == EPERM);
    errno = 0;
    printf("gethostid %d\n", gethostid() == gethostid());
    printf("libc %s %s\n", gnu_get_libc_version(), gnu_get_libc_release());
    say("confstr", confstr(_CS_PATH, NULL, 0));
    char path[100];
    say("confstr", confstr(_CS_PATH, path, sizeof path));
    printf("%s\n", path);
    say("confstr cut", confstr(_CS_PATH, path, 4));
    printf("%s\n", path);
    say("confstr what", confstr(12345, path, sizeof path));
    printf("%s\n", confstr(_CS_GNU_LIBC_VERSION, path, sizeof path) ? path : "none");
    printf("%s\n", confstr(_CS_GNU_LIBPTHREAD_VERSION, path, sizeof path) ? path : "none");
}

static void numbers(void) {
    struct sysinfo info;
    say("sysinfo", sysinfo(&info));
    printf("%d %d\n", info.totalram > 0, info.procs > 0);
    printf("processors %d", get_nprocs() == sysconf(_SC_NPROCESSORS_ONLN));
    printf(" %d\n", get_nprocs_conf() == sysconf(_SC_NPROCESSORS_CONF));
    printf("pages %d", get_phys_pages() == sysconf(_SC_PHYS_PAGES));
    printf(" %d", get_avphys_pages() > 0 && get_avphys_pages() <= get_phys_pages());
    printf(" %d %ld\n", getpagesize(), sysconf(_SC_PAGESIZE));
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("table %d\n", (rlim_t)getdtablesize() == limit.rlim_cur);
    limit.rlim_cur = 100;
    setrlimit(RLIMIT_NOFILE, &limit);
    say("prlimit", prlimit(0, RLIMIT_NOFILE, NULL, &limit));
    printf("%d\n", (int)limit.rlim_cur);
    say("prlimit of what", prlimit(0, 77, NULL, &limit));
    printf("table %d %ld\n", getdtablesize(), sysconf(_SC_OPEN_MAX));
    unsigned cpu = 9999, node = 9999;
    say("getcpu", getcpu(&cpu, &node));
    printf("%d %d\n", cpu < (unsigned)get_nprocs_conf(), node < 64);
    say("getcpu of neither", getcpu(NULL, NULL));
    struct tms times_;
    clock_t now = times(&times_);
    printf("times %d %d\n", now != -1, times_.tms_utime >= 0 && times_.tms_cutime == 0 && times_.tms_cstime == 0);
    printf("later %d\n", times(NULL) >= now || errno == EFAULT);
    printf("auxv %ld %d", (long)getauxval(AT_PAGESZ), getauxval(AT_RANDOM) != 0);
    errno = 0;
    printf(" %ld", (long)getauxval(12345));
    printf(" %d\n", errno);
    say("sysconf what", sysconf(12345));
    say("arguments", sysconf(_SC_ARG_MAX) >= 4096);
    say("ticks", sysconf(_SC_CLK_TCK));
    say("vectors", sysconf(_SC_IOV_MAX));
    say("host name", sysconf(_SC_HOST_NAME_MAX));
    say("login name", sysconf(_SC_LOGIN_NAME_MAX));
    say("threads", sysconf(_SC_THREADS));
    say("keys", sysconf(_SC_THREAD_KEYS_MAX));
    say("realtime signals", sysconf(_SC_RTSIG_MAX));
    say("groups", sysconf(_SC_NGROUPS_MAX));
    say("version", sysconf(_SC_VERSION));
    say("links", sysconf(_SC_SYMLOOP_MAX));
}

static void scheduling(void) {
    struct timespec slice = {-1, -1};
    say("sched_rr_get_interval", sched_rr_get_interval(0, &slice));
    printf("%d\n", slice.tv_sec >= 0 && slice.tv_nsec >= 0);
    say("of nobody", sched_rr_get_interval(INT_MAX, &slice));
    say("of -1", sched_rr_get_interval(-1, &slice));
    say("greatest", sched_get_priority_max(SCHED_RR));
    say("least", sched_get_priority_min(SCHED_FIFO));
    say("of what", sched_get_priority_max(99));
    say("other", sched_get_priority_max(SCHED_OTHER));
    cpu_set_t *set = CPU_ALLOC(2000);
    size_t size = CPU_ALLOC_SIZE(2000);
    CPU_ZERO_S(size, set);
    CPU_SET_S(1999, size, set);
    printf("set %d %d\n", CPU_COUNT_S(size, set), CPU_ISSET_S(1999, size, set) != 0);
    CPU_FREE(set);
    say("unshare how", unshare(1));
    say("setns of none", setns(-1, 0));
}

static void privileged(void) {
    // Wrong for root, and forbidden to others.
    printf("reboot %d", reboot(0x1234));
    printf(" %d\n", errno == EINVAL || errno == EPERM);
    printf("klogctl %d", klogctl(77, NULL, 0));
    printf(" %d\n", errno == EINVAL || errno == EPERM || errno == ENOSYS);
    // There need be no such calls.
    printf("iopl %d ioperm %d %d acct %d\n", iopl(4), ioperm(65536, 1, 1), ioperm(-1, 2, 1), acct("/no such file"));
    printf("modules %d %d\n", init_module(NULL, 0, ""), delete_module("no such module", 0));
}

int main(void) {
    names();
    numbers();
    scheduling();
    privileged();
    return 0;
}
