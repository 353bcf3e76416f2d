// What guests that mount things have in common.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

// The folder everything happens in: a memory file system of its own.
static char base[] = "/tmp/mountXXXXXX";
static const char *skipped[] = {",inode64", ",seclabel"};

static const char *name_of(int number) {
    const char *name = strerrorname_np(number);
    return name ? name : "?";
}

static int say(const char *what, int result) {
    printf("%s: %s\n", what, result < 0 ? name_of(errno) : "ok");
    errno = 0;
    return result;
}

// Goes where mounts are nobody else's, if there is such a place; leaves with 77 where nothing may be mounted.
static void begin(void) {
    int is_own = unshare(CLONE_NEWNS) == 0;
    if (!mkdtemp(base) || (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) && !is_own)) exit(77);
    if (mount("own", base, "tmpfs", 0, "size=4m")) exit(errno == EPERM ? 77 : 1);
    if (chdir(base)) exit(1);
    errno = 0;
}

static void end(void) {
    say("leave", chdir("/"));
    say("end", umount(base));
    say("remove", rmdir(base));
}

// Shows the mounts below the folder, without numbers.
__attribute__((unused)) static void show(const char *title) {
    char line[1000];
    FILE *file = fopen("/proc/self/mountinfo", "r");
    printf("-- %s\n", title);
    while (fgets(line, sizeof line, file)) {
        char root[200], at[200], rest[400];
        if (sscanf(line, "%*d %*d %*s %199s %199s %399[^\n]", root, at, rest) != 3) printf("what? %s", line);
        if (strncmp(at, base, strlen(base)) || !at[strlen(base)]) continue;
        for (size_t i = 0; i < sizeof skipped / sizeof *skipped; i++) {
            char *found = strstr(rest, skipped[i]);
            if (found) memmove(found, found + strlen(skipped[i]), strlen(found + strlen(skipped[i])) + 1);
        }
        printf("%s at %s: %s\n", root, at + strlen(base), rest);
    }
    fclose(file);
}

static int make(const char *name, const char *text) {
    int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    if (fd < 0) return -1;
    int n = write(fd, text, strlen(text));
    close(fd);
    return n < 0 ? -1 : 0;
}
