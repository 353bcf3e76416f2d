// kind: pie
// Reading directories: order-free contents, rewinding, seeking, scandir, changes while reading.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int count(DIR *dir) {
    int n = 0;
    while (readdir(dir))
        n++;
    return n;
}

static int only_files(const struct dirent *entry) { return entry->d_type == DT_REG; }

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    char name[32];
    for (int i = 0; i < 1000; i++) {
        sprintf(name, "file-%04d-with-a-longer-name", i);
        close(open(name, O_CREAT | O_WRONLY, 0600));
    }
    mkdir("dir", 0700);
    symlink("dir", "link");
    mkfifo("fifo", 0600);
    DIR *dir = opendir(".");
    printf("%d\n", count(dir));
    rewinddir(dir);
    printf("%d\n", count(dir));
    rewinddir(dir);
    for (int i = 0; i < 10; i++)
        readdir(dir);
    long here = telldir(dir);
    struct dirent *entry = readdir(dir);
    ino_t ino = entry->d_ino;
    readdir(dir);
    seekdir(dir, here);
    printf("same %d\n", readdir(dir)->d_ino == ino);
    closedir(dir);
    int kinds[16] = {0}, wrong = 0;
    dir = opendir(".");
    while ((entry = readdir(dir))) {
        kinds[entry->d_type]++;
        struct stat st;
        lstat(entry->d_name, &st);
        wrong += entry->d_name[0] != '.' && st.st_ino != entry->d_ino;
    }
    closedir(dir);
    printf("reg %d dir %d lnk %d fifo %d, wrong numbers %d\n", kinds[DT_REG], kinds[DT_DIR], kinds[DT_LNK], kinds[DT_FIFO], wrong);
    struct dirent **list;
    int n = scandir(".", &list, only_files, alphasort);
    printf("%d %s %s\n", n, list[0]->d_name, list[n - 1]->d_name);
    for (int i = 0; i < n; i++)
        free(list[i]);
    free(list);
    dir = opendir(".");
    int removed = 0;
    while ((entry = readdir(dir)))
        if (entry->d_type == DT_REG)
            removed += unlink(entry->d_name) == 0;
    closedir(dir);
    printf("removed %d\n", removed);
    int failed = opendir("none") == NULL;
    printf("missing %d errno %d\n", failed, errno);
    failed = opendir("fifo") == NULL;
    printf("not a dir %d errno %d\n", failed, errno);
    int fd = open("dir", O_RDONLY | O_DIRECTORY);
    dir = fdopendir(fd);
    printf("fdopendir %d\n", count(dir));
    printf("dirfd %d\n", dirfd(dir) == fd);
    closedir(dir);
    struct stat st;
    stat(".", &st);
    printf("links %ld\n", (long)st.st_nlink);
    char c;
    fd = open(".", O_RDONLY);
    printf("read %zd", read(fd, &c, 1));
    printf(" errno %d\n", errno);
    close(fd);
    rmdir("dir"), unlink("link"), unlink("fifo");
    chdir("/");
    printf("rmdir %d\n", rmdir(folder));
    return 0;
}
