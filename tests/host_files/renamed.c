// Sets the attributes of an open file that has another name by now: renamed FOLDER
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *what, int result, const struct stat *is) {
    int error = errno;
    printf("%s %s: %o, %ld.%09ld %ld.%09ld\n", what, result ? strerrorname_np(error) : "0", is->st_mode,
           (long)is->st_atim.tv_sec, is->st_atim.tv_nsec, (long)is->st_mtim.tv_sec, is->st_mtim.tv_nsec);
}

int main(int argc, char **argv) {
    struct timespec times[2] = {{1000000000, 123456789}, {2000000000, 987654321}};
    struct timespec before[2] = {{-5, 1}, {0, UTIME_OMIT}};
    struct stat is;
    if (argc != 2 || chdir(argv[1]))
        return 1;
    int fd = open("old", O_CREAT | O_RDWR, 0600);
    if (fd < 0 || write(fd, "bytes", 5) != 5 || rename("old", "new"))
        return 2;
    // Another file has the old name now.
    close(open("old", O_CREAT | O_WRONLY, 0644));
    int result = futimens(fd, times);
    fstat(fd, &is);
    show("futimens", result, &is);
    result = fchmod(fd, 0751);
    stat("new", &is);
    show("fchmod", result, &is);
    result = futimens(fd, before);
    stat("new", &is);
    show("before 1970", result, &is);
    result = utimensat(AT_FDCWD, "old", times, 0);
    stat("old", &is);
    show("the other", result, &is);
    result = symlink("new", "link") || utimensat(AT_FDCWD, "link", times, AT_SYMLINK_NOFOLLOW);
    lstat("link", &is);
    printf("link %d %ld\n", result, (long)is.st_mtim.tv_sec);
    stat("link", &is);
    show("behind it", 0, &is);
    result = write(fd, "!", 1) != 1 || fstat(fd, &is);
    printf("written %d %d\n", result, is.st_mtim.tv_sec > 2000000000 || is.st_mtim.tv_sec < 2000000000);
    unlink("link");
    return 0;
}
