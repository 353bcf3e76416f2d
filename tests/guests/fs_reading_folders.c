// kind: so pie
// flags: -Wno-deprecated-declarations -D_LARGEFILE64_SOURCE
// Reading a folder with each of the ways there are: one by one, into the caller's room, sorted, from a place before.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "scratch.h"

static const char *const names[] = {"file10", "file9", "file1", "file2.5", "file002", "b", "a", ".hidden"};

static int visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }
static int visible64(const struct dirent64 *entry) { return entry->d_name[0] != '.'; }
static int backwards(const struct dirent **a, const struct dirent **b) { return -alphasort(a, b); }

static void show(const char *what, struct dirent **list, int count) {
    printf("%s %d:", what, count);
    for (int i = 0; i < count; i++) {
        printf(" %s", list[i]->d_name);
        free(list[i]);
    }
    printf("\n");
    if (count >= 0) free(list);
}

static int counted(DIR *folder) {
    int count = 0;
    while (readdir64(folder)) count++;
    return count;
}

int main(void) {
    static char base[] = "/tmp/readXXXXXX";
    if (scratch(base)) return 1;
    for (int i = 0; i < 8; i++) close(open(names[i], O_CREAT | O_WRONLY, 0600));
    mkdir("sub", 0700);
    symlink("b", "link");

    DIR *folder = opendir(".");
    printf("entries %d\n", counted(folder));
    errno = 0;
    struct dirent64 *end = readdir64(folder);
    printf("end %d %d\n", end == NULL, errno);
    rewinddir(folder);
    int kinds[16] = {0};
    for (struct dirent64 *entry; (entry = readdir64(folder));) {
        kinds[entry->d_type]++;
        struct stat st;
        lstat(entry->d_name, &st);
        if (strcmp(entry->d_name, "..") && st.st_ino != entry->d_ino) printf("%s has another number\n", entry->d_name);
        if (entry->d_reclen < offsetof(struct dirent64, d_name) + strlen(entry->d_name) + 1) printf("short\n");
    }
    printf("kinds %d %d %d\n", kinds[DT_REG], kinds[DT_DIR], kinds[DT_LNK]);

    // From a place kept, the same names follow.
    rewinddir(folder);
    for (int i = 0; i < 3; i++) readdir(folder);
    long place = telldir(folder);
    char first[256];
    strcpy(first, readdir(folder)->d_name);
    int rest = counted(folder);
    seekdir(folder, place);
    printf("again %d", strcmp(first, readdir(folder)->d_name) == 0);
    printf(" %d\n", counted(folder) == rest);
    printf("dirfd %d\n", fcntl(dirfd(folder), F_GETFD) == FD_CLOEXEC);

    // Into the caller's room.
    union { struct dirent entry; struct dirent64 entry64; char room[300]; } own;
    struct dirent *found;
    struct dirent64 *found64;
    rewinddir(folder);
    int count = 0, error;
    while (!(error = readdir_r(folder, &own.entry, &found)) && found == &own.entry) count++;
    printf("readdir_r %d %d %d\n", count, error, found == NULL);
    rewinddir(folder);
    count = 0;
    while (!(error = readdir64_r(folder, &own.entry64, &found64)) && found64 == &own.entry64) count++;
    printf("readdir64_r %d %d %d\n", count, error, found64 == NULL);
    printf("closedir %d\n", closedir(folder));

    struct dirent **list;
    struct dirent64 **list64;
    count = scandir(".", &list, visible, alphasort);
    show("names", list, count);
    count = scandir(".", &list, visible, versionsort);
    show("versions", list, count);
    count = scandir(".", &list, NULL, backwards);
    show("backwards", list, count);
    int here = open(".", O_RDONLY);
    count = scandirat(here, "sub", &list, NULL, alphasort);
    show("scandirat", list, count);
    count = scandirat(AT_FDCWD, ".", &list, visible, NULL);
    printf("unsorted %d\n", count);
    while (count-- > 0) free(list[count]);
    count = scandir64(".", &list64, visible64, versionsort64);
    show("versions of 64", (struct dirent **)list64, count);
    count = scandirat64(here, ".", &list64, visible64, alphasort64);
    show("scandirat64", (struct dirent **)list64, count);
    errno = 0;
    count = scandir("none", &list, NULL, alphasort);
    printf("none %d %d\n", count, errno);
    count = scandirat(here, "a", &list, NULL, alphasort);
    printf("a file %d %d\n", count, errno);
    count = scandirat(-1, "sub", &list, NULL, alphasort);
    printf("nowhere %d %d\n", count, errno);

    errno = 0;
    printf("fdopendir of a file %d", fdopendir(open("a", O_RDONLY)) == NULL);
    printf(" %d\n", errno);
    printf("fdopendir of none %d", fdopendir(-1) == NULL);
    printf(" %d\n", errno);
    folder = fdopendir(here);
    printf("fdopendir %d %d\n", dirfd(folder) == here, counted(folder));
    closedir(folder);
    printf("closed with it %d", fcntl(here, F_GETFD));
    printf(" %d\n", errno);
    errno = 0;
    printf("opendir of none %d", opendir("none") == NULL);
    printf(" %d", errno);
    printf(" of a file %d", opendir("a") == NULL);
    printf(" %d", errno);
    printf(" of no name %d", opendir("") == NULL);
    printf(" %d\n", errno);
    // Gone while it is open.
    folder = opendir("sub");
    rmdir("sub");
    errno = 0;
    printf("removed %d\n", readdir(folder) == NULL && (errno == 0 || errno == ENOENT));
    closedir(folder);
    // The kernel's own call.
    here = open(".", O_RDONLY | O_DIRECTORY);
    char room[1024];
    ssize_t len, seen = 0;
    while ((len = getdents64(here, room, sizeof room)) > 0)
        for (char *at = room; at < room + len; at += ((struct dirent64 *)at)->d_reclen) seen++;
    printf("getdents64 %zd %zd", seen, len);
    lseek(here, 0, SEEK_SET);
    errno = 0;
    len = getdents64(here, room, 4);
    printf(" %zd %d\n", len, errno);
    return 0;
}
