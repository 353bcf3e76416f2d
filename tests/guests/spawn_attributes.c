// kind: pie
// posix_spawn(3): attributes are kept, whatever becomes of them.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    posix_spawnattr_t attr;
    short flags = -1;
    pid_t group = -1;
    int policy = -1;
    sigset_t set, mask, defaults;
    struct sched_param param = { 7 };
    printf("init %d\n", posix_spawnattr_init(&attr));
    posix_spawnattr_getflags(&attr, &flags);
    posix_spawnattr_getpgroup(&attr, &group);
    posix_spawnattr_getschedpolicy(&attr, &policy);
    posix_spawnattr_getschedparam(&attr, &param);
    printf("at first %d %d %d %d\n", flags, group, policy, param.sched_priority);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, 64);
    printf("set %d", posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID | POSIX_SPAWN_USEVFORK));
    printf(" %d", posix_spawnattr_setpgroup(&attr, 11));
    printf(" %d", posix_spawnattr_setsigmask(&attr, &set));
    sigaddset(&set, SIGTERM);
    printf(" %d", posix_spawnattr_setsigdefault(&attr, &set));
    param.sched_priority = 9;
    printf(" %d", posix_spawnattr_setschedparam(&attr, &param));
    printf(" %d\n", posix_spawnattr_setschedpolicy(&attr, SCHED_RR));
    printf("unknown %d %d\n", posix_spawnattr_setflags(&attr, 0x100) == EINVAL,
           posix_spawnattr_setschedpolicy(&attr, SCHED_BATCH) == EINVAL);
    memset(&param, 0, sizeof param);
    posix_spawnattr_getflags(&attr, &flags);
    posix_spawnattr_getpgroup(&attr, &group);
    posix_spawnattr_getschedpolicy(&attr, &policy);
    posix_spawnattr_getschedparam(&attr, &param);
    posix_spawnattr_getsigmask(&attr, &mask);
    posix_spawnattr_getsigdefault(&attr, &defaults);
    printf("then %#x %d %d %d\n", flags, group, policy, param.sched_priority);
    printf("sets %d%d%d %d%d%d\n", sigismember(&mask, SIGUSR1), sigismember(&mask, SIGTERM), sigismember(&mask, 64),
           sigismember(&defaults, SIGUSR1), sigismember(&defaults, SIGTERM), sigismember(&defaults, 64));
    printf("destroy %d\n", posix_spawnattr_destroy(&attr));
    return 0;
}
