// kind: so pie
// A file's new owner does not get the rights that the file had for the old one.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
    char name[] = "/tmp/osvrun-XXXXXX";
    int file = mkstemp(name);
    struct stat is;
    fchmod(file, 06711);
    fchown(file, 0, 0);
    fstat(file, &is);
    printf("chown of a file to run: %o\n", is.st_mode);
    fchmod(file, 06644);
    chown(name, -1, 0);
    fstat(file, &is);
    printf("chown of another: %o\n", is.st_mode);
    fchmod(file, 06711);
    chown(name, -1, -1);
    fstat(file, &is);
    printf("chown to nobody: %o\n", is.st_mode);
    mkdir("/tmp/osvrun-folder", 0700);
    chmod("/tmp/osvrun-folder", 06711);
    chown("/tmp/osvrun-folder", 0, 0);
    stat("/tmp/osvrun-folder", &is);
    printf("chown of a folder: %o\n", is.st_mode);
    rmdir("/tmp/osvrun-folder");
    unlink(name);
    return 0;
}
