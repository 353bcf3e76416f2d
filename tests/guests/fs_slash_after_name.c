// kind: pie
// A slash after the last name, in calls that are about the name: no link is followed, and only a directory will do.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define TRY(call) tell(#call, call)

static void tell(const char *call, int result) {
    printf("%s: %s\n", call, result < 0 ? strerrorname_np(errno) : "done");
}

static int bind_to(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    int result = bind(fd, (void *)&address, sizeof address), error = errno;
    close(fd);
    errno = error;
    return result;
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    close(creat("f", 0644));
    mkdir("d", 0755);
    symlink("d", "to_d");
    symlink("nowhere", "dangling");

    TRY(link("f", "no/"));
    TRY(linkat(AT_FDCWD, "f", AT_FDCWD, "no/", AT_SYMLINK_FOLLOW));
    TRY(link("f", "f/"));
    TRY(link("f", "d/"));
    TRY(link("f", "to_d/"));
    TRY(link("f", "dangling/"));
    TRY(link("f/", "no"));
    TRY(link("to_d/", "no"));
    TRY(symlink("x", "no/"));
    TRY(symlink("x", "dangling/"));
    TRY(mknod("no/", S_IFREG | 0644, 0));
    TRY(mknod("dangling/", S_IFREG | 0644, 0));
    TRY(mkfifo("no/", 0644));
    TRY(mkdir("dangling/", 0755));
    TRY(mkdir("to_d/", 0755));
    TRY(mkdir("f/", 0755));
    TRY(bind_to("no/"));
    TRY(bind_to("dangling/"));
    TRY(bind_to("dangling"));
    TRY(unlink("to_d/"));
    TRY(unlink("dangling/"));
    TRY(unlink("f/"));
    TRY(unlink("d/"));
    TRY(rmdir("to_d/"));
    TRY(rmdir("dangling/"));
    TRY(rmdir("f/"));
    TRY(rename("to_d/", "no"));
    TRY(rename("d", "to_d/"));
    TRY(rename("d", "dangling/"));
    TRY(rename("f", "no/"));
    TRY(rename("f/", "no"));
    TRY(rename("f", "to_d/"));
    TRY(renameat2(AT_FDCWD, "d", AT_FDCWD, "to_d/", RENAME_EXCHANGE));
    TRY(renameat2(AT_FDCWD, "d", AT_FDCWD, "f/", RENAME_EXCHANGE));
    TRY(renameat2(AT_FDCWD, "d", AT_FDCWD, "no", RENAME_EXCHANGE));
    TRY(rename("d", "e/"));
    TRY(rename("e/", "d"));
    TRY(renameat2(AT_FDCWD, "d/", AT_FDCWD, "f", RENAME_EXCHANGE));
    TRY(unlink("d"));
    TRY(rmdir("f/"));
    TRY(unlink("to_d"));
    TRY(unlink("dangling"));
    TRY(chdir("/"));
    TRY(rmdir(folder));
    return 0;
}
