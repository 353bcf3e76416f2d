// kind: so pie
// own libc: no: it would find that there is no second process first
// posix_spawn(3) of what cannot be run, and actions for descriptors that cannot be.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "scratch.h"

extern char **environ;

int main(void) {
    static char folder[] = "/tmp/spawnXXXXXX";
    char *argv[] = {"none", NULL};
    if (scratch(folder)) return 1;
    mkdir("sub", 0700);
    close(open("plain", O_CREAT | O_WRONLY, 0600));
    symlink("loop", "loop");
    pid_t pid = -5;
    printf("absent %d\n", posix_spawn(&pid, "./absent", NULL, NULL, argv, environ));
    printf("no path %d\n", posix_spawn(&pid, "", NULL, NULL, argv, environ));
    printf("folder %d\n", posix_spawn(&pid, "sub", NULL, NULL, argv, environ));
    printf("not executable %d\n", posix_spawn(&pid, "./plain", NULL, NULL, argv, environ));
    printf("below a file %d\n", posix_spawn(&pid, "plain/x", NULL, NULL, argv, environ));
    printf("loop %d\n", posix_spawn(&pid, "loop", NULL, NULL, argv, environ));
    char *text = malloc(5001);
    memset(text, 'a', 5000);
    text[5000] = 0;
    printf("too long %d\n", posix_spawn(&pid, text, NULL, NULL, argv, environ));
    free(text);
    setenv("PATH", "/nowhere:.", 1);
    printf("by PATH %d", posix_spawnp(&pid, "absent", NULL, NULL, argv, environ));
    printf(" %d", posix_spawnp(&pid, "plain", NULL, NULL, argv, environ));
    printf(" %d", posix_spawnp(&pid, "./absent", NULL, NULL, argv, environ));
    printf(" %d\n", posix_spawnp(&pid, "", NULL, NULL, argv, environ));

    int here = open(".", O_RDONLY);
    printf("execveat %d", execveat(here, "absent", argv, environ, 0));
    printf(" %d", errno);
    printf(" %d", execveat(here, "plain", argv, environ, 0));
    printf(" %d", errno);
    printf(" %d", execveat(-1, "plain", argv, environ, 0));
    printf(" %d", errno);
    printf(" %d", execveat(here, "", argv, environ, 0));
    printf(" %d", errno);
    printf(" %d", execveat(here, "", argv, environ, AT_EMPTY_PATH));
    printf(" %d", errno);
    printf(" %d", execveat(here, "loop", argv, environ, AT_SYMLINK_NOFOLLOW));
    printf(" %d", errno);
    printf(" %d", execveat(here, "plain", argv, environ, 1));
    printf(" %d\n", errno);
    close(here);

    posix_spawn_file_actions_t actions;
    printf("init %d\n", posix_spawn_file_actions_init(&actions));
    printf("close %d", posix_spawn_file_actions_addclose(&actions, 1));
    printf(" %d", posix_spawn_file_actions_addclose(&actions, -1));
    printf(" %d\n", posix_spawn_file_actions_addclose(&actions, 1 << 30));
    printf("dup2 %d", posix_spawn_file_actions_adddup2(&actions, 0, 1));
    printf(" %d", posix_spawn_file_actions_adddup2(&actions, -1, 1));
    printf(" %d", posix_spawn_file_actions_adddup2(&actions, 1, -1));
    printf(" %d\n", posix_spawn_file_actions_adddup2(&actions, 0, 1 << 30));
    printf("open %d", posix_spawn_file_actions_addopen(&actions, 3, "plain", O_RDONLY, 0));
    printf(" %d", posix_spawn_file_actions_addopen(&actions, -1, "plain", O_RDONLY, 0));
    printf(" %d\n", posix_spawn_file_actions_addopen(&actions, 1 << 30, "plain", O_RDONLY, 0));
    printf("chdir %d\n", posix_spawn_file_actions_addchdir_np(&actions, "sub"));
    printf("fchdir %d", posix_spawn_file_actions_addfchdir_np(&actions, 3));
    printf(" %d\n", posix_spawn_file_actions_addfchdir_np(&actions, -1));
    printf("closefrom %d", posix_spawn_file_actions_addclosefrom_np(&actions, 3));
    printf(" %d\n", posix_spawn_file_actions_addclosefrom_np(&actions, -1));
    // Many are as good as few.
    int kept = 0;
    for (int i = 0; i < 100; i++) kept += posix_spawn_file_actions_addclose(&actions, i) == 0;
    printf("kept %d\n", kept);
    printf("destroy %d\n", posix_spawn_file_actions_destroy(&actions));
    printf("pid %d\n", pid);
    return 0;
}
