// Looks at a folder of the host again each time a line of input comes: follow FOLDER
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void look(const char *name) {
    struct stat st;
    int result = stat(name, &st);
    printf("%s: %s", name, result < 0 ? strerrorname_np(errno) : S_ISDIR(st.st_mode) ? "folder" : "file");
    if (result == 0 && S_ISREG(st.st_mode)) {
        char text[64] = {0};
        int fd = open(name, O_RDONLY);
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
        printf(" %ld, read %zd: %s", st.st_size, n, text);
        if (fd >= 0) close(fd);
    }
    putchar('\n');
}

int main(int argc, char **argv) {
    if (argc < 2 || chdir(argv[1]) < 0) return 1;
    int kept = open("kept", O_RDONLY);
    char line[16];
    do {
        const char *names[] = {"new", "grows", "replaced", "vanishes", "folder", "folder/below", "link"};
        for (int i = 0; i < 7; i++) look(names[i]);
        char text[64] = {0};
        ssize_t n = pread(kept, text, sizeof text - 1, 0);
        printf("kept: %zd %s\n", n, text);
        int count = 0;
        DIR *dir = opendir(".");
        while (dir && readdir(dir)) count++;
        if (dir) closedir(dir);
        printf("%d entries\n--\n", count);
        fflush(stdout);
    } while (fgets(line, sizeof line, stdin));
    return 0;
}
