// kind: so pie
// own libc: no: it makes calls that no system call of osvrun answers
// What Linux may lack, too: a program asks, and does without where it is refused.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void monstartup(unsigned long, unsigned long);
extern void _mcleanup(void);

static void commands(void) {
    int has_shell = system(NULL);
    errno = 0;
    int status = system("exit 3");
    // That no shell could be started is status 127, too.
    int is_run = status == 3 << 8, is_refused = status == 127 << 8 || (status == -1 && errno == ENOSYS);
    printf("system %d\n", has_shell ? is_run : is_refused);
}

static void pages(void) {
    long page = sysconf(_SC_PAGESIZE);
    char *at = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    at[0] = 'a';
    at[page] = 'b';
    errno = 0;
    int result = remap_file_pages(at, page, 0, 1, 0);
    int is_done = !result && at[0] == 'b', is_refused = result == -1 && errno == ENOSYS && at[0] == 'a';
    printf("remap_file_pages %d %c\n", is_done || is_refused, at[page]);
}

static void terminal(void) {
    // Without the capability, so that the terminal of whoever runs this stays.
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    if (syscall(SYS_capset, &head, none)) {
        printf("capset %s\n", strerrorname_np(errno));
        return;
    }
    errno = 0;
    int result = vhangup();
    printf("vhangup %d %s\n", result, strerrorname_np(errno));
}

static void profile(void) {
    char folder[] = "/tmp/profileXXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return;
    unsigned long start = (unsigned long)commands & -4096ul;
    monstartup(start, start + 4096);
    _mcleanup();
    unlink("gmon.out");
    printf("profile %d\n", chdir("/") || rmdir(folder));
}

int main(void) {
    commands();
    pages();
    profile();
    terminal();
}
