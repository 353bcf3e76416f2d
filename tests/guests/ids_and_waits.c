// kind: pie
// Numbers of users, groups, processes and sessions, capabilities, and waiting for children where there are none. Whoever
// runs it on Linux: nothing is asked for that only root may.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern int capget(cap_user_header_t header, cap_user_data_t data);
extern int capset(cap_user_header_t header, const cap_user_data_t data);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

static void users(void) {
    uid_t real, effective, saved;
    gid_t real_group, effective_group, saved_group;
    say("getresuid", getresuid(&real, &effective, &saved));
    printf("%d%d%d\n", real == getuid(), effective == geteuid(), saved == geteuid());
    say("getresgid", getresgid(&real_group, &effective_group, &saved_group));
    printf("%d%d%d\n", real_group == getgid(), effective_group == getegid(), saved_group == getegid());
    say("getresuid nowhere", syscall(SYS_getresuid, 8, 8, 8));
    say("setuid", setuid(real));
    say("setgid", setgid(real_group));
    say("seteuid", seteuid(effective));
    say("setegid", setegid(effective_group));
    say("setreuid", setreuid(-1, effective));
    say("setregid", setregid(real_group, -1));
    say("setresuid", setresuid(-1, -1, -1));
    say("setresgid", setresgid(-1, effective_group, -1));
    say("setuid -1", setuid(-1));
    say("setgid -1", setgid(-1));
    say("seteuid -1", seteuid(-1));
    say("setegid -1", setegid(-1));
    // They say what was there before, whatever becomes of it.
    printf("setfsuid %d", (uid_t)setfsuid(effective) == effective);
    printf(" %d\n", (uid_t)setfsuid(-1) == effective);
    printf("setfsgid %d", (gid_t)setfsgid(effective_group) == effective_group);
    printf(" %d\n", (gid_t)setfsgid(-1) == effective_group);
    gid_t groups[NGROUPS_MAX];
    int count = getgroups(0, NULL);
    printf("getgroups %d\n", getgroups(NGROUPS_MAX, groups) == count);
    volatile int less = -1;
    say("getgroups -1", getgroups(less, groups));
    // Whoever is not root may not at all.
    printf("too many %d", setgroups(NGROUPS_MAX + 1, groups) == -1);
    printf(" %d\n", errno == EINVAL || errno == EPERM);
    errno = 0;
}

static void processes(void) {
    pid_t self = getpid();
    printf("getpgid %d%d\n", getpgid(0) == getpgrp(), getpgid(self) == getpgrp());
    say("getpgid -1", getpgid(-1));
    say("getpgid of nobody", getpgid(INT_MAX));
    printf("getsid %d\n", getsid(0) == getsid(self));
    say("getsid of nobody", getsid(INT_MAX));
    // A leader of a session is one of a group already, and may not ask.
    int led = getsid(0) == self;
    int result = setpgrp();
    printf("setpgrp %d\n", result == (led ? -1 : 0));
    printf("leads %d\n", getpgrp() == self);
    say("setpgid of nobody", setpgid(INT_MAX, 0));
    say("setpgid -1", setpgid(0, -1));
    say("setpgid -1 -1", setpgid(-1, -1));
    // Who leads a group cannot begin a session.
    errno = 0;
    say("setsid", setsid());
    errno = 0;
    int nice = getpriority(PRIO_PROCESS, 0);
    printf("getpriority %d\n", nice == getpriority(PRIO_PROCESS, self) && errno == 0);
    say("getpriority of nobody", getpriority(PRIO_PROCESS, INT_MAX));
    say("getpriority of what", getpriority(9, 0));
    say("setpriority", setpriority(PRIO_PROCESS, 0, nice));
}

static void children(void) {
    int status = 5;
    struct rusage usage;
    siginfo_t info;
    say("wait", wait(&status));
    say("waitpid", waitpid(-1, &status, WNOHANG));
    say("waitpid of one", waitpid(getpid(), &status, 0));
    say("waitpid of a group", waitpid(0, NULL, WUNTRACED | WCONTINUED));
    say("waitpid of no group", waitpid(INT_MIN, NULL, 0));
    say("waitpid how", waitpid(-1, &status, 0x100));
    say("waitpid exited", waitpid(-1, &status, WEXITED));
    say("wait3", wait3(&status, WNOHANG, &usage));
    say("wait4", wait4(-1, &status, __WALL, &usage));
    say("wait4 how", wait4(-1, &status, 64, NULL));
    say("waitid", waitid(P_ALL, 0, &info, WEXITED));
    say("waitid no hang", waitid(P_ALL, 0, &info, WEXITED | WNOHANG));
    say("waitid of one", waitid(P_PID, getpid(), &info, WEXITED | WNOWAIT));
    say("waitid of 0", waitid(P_PID, 0, &info, WEXITED));
    say("waitid of its group", waitid(P_PGID, 0, &info, WSTOPPED));
    say("waitid of group -1", waitid(P_PGID, -1, &info, WSTOPPED));
    say("waitid of a descriptor", waitid(P_PIDFD, -1, &info, WEXITED));
    say("waitid of none", waitid(P_PIDFD, 999, &info, WEXITED));
    say("waitid of a stream", waitid(P_PIDFD, 0, &info, WEXITED));
    say("waitid of what", waitid(7, 0, &info, WEXITED));
    say("waitid for nothing", waitid(P_ALL, 0, &info, WNOHANG));
    say("waitid how", waitid(P_ALL, 0, &info, WEXITED | 0x100));
    printf("status %d\n", status);
}

static void capabilities(void) {
    struct __user_cap_header_struct header = {0x12345678, 0};
    struct __user_cap_data_struct data[2] = {{1, 1, 1}, {1, 1, 1}};
    say("capget version", capget(&header, data));
    printf("known version %#x\n", header.version);
    header.version = 0;
    say("capget asks", capget(&header, NULL));
    printf("known version %#x\n", header.version);
    header.pid = -1;
    say("capget -1", capget(&header, data));
    header.pid = INT_MAX;
    say("capget of nobody", capget(&header, data));
    header.pid = 0;
    say("capget", capget(&header, data));
    say("capset to the same", capset(&header, data));
    header.pid = getpid();
    say("capset of this", capset(&header, data));
    header.pid = INT_MAX;
    say("capset of nobody", capset(&header, data));
    header.pid = 0;
    data[0].effective = ~0u, data[0].permitted = 0;
    say("capset beyond", capset(&header, data));
    header.version = 1;
    say("capset version", capset(&header, data));
}

static void settings(void) {
    say("personality", personality(0xffffffff));
    char name[17] = "";
    say("prctl set name", prctl(PR_SET_NAME, "a name far too long for it"));
    say("prctl get name", prctl(PR_GET_NAME, name));
    printf("%s\n", name);
    say("prctl nowhere", prctl(PR_GET_NAME, 8L));
    say("prctl dumpable", prctl(PR_SET_DUMPABLE, 0));
    say("prctl dumpable", prctl(PR_GET_DUMPABLE));
    say("prctl dumpable", prctl(PR_SET_DUMPABLE, 1));
    say("prctl dumpable", prctl(PR_SET_DUMPABLE, 2));
    int signal = -1;
    say("prctl signal", prctl(PR_SET_PDEATHSIG, 65));
    say("prctl signal", prctl(PR_SET_PDEATHSIG, 10));
    say("prctl signal", prctl(PR_GET_PDEATHSIG, &signal));
    printf("%d\n", signal);
    say("prctl what", prctl(12345));
    say("prctl privileges", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    say("prctl privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    say("prctl privileges", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    say("prctl capability", prctl(PR_CAPBSET_READ, 99));
    say("ptrace of nobody", ptrace(PTRACE_ATTACH, INT_MAX, NULL, NULL));
}

int main(void) {
    users();
    processes();
    children();
    capabilities();
    settings();
    return 0;
}
