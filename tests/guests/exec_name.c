// kind: pie exec
// A program that execve(2) starts through a link is called as the link is (prctl(2), proc(5)), whatever it leads to.
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc == 1) {
        char file[4096] = "", link[64];
        if (readlink("/proc/self/exe", file, sizeof file - 1) < 0) return 1;
        sprintf(link, "/tmp/called-%d", getpid());
        unlink(link);
        if (symlink(file, link)) return 2;
        execl(link, "argument", link, NULL);
        perror("execl");
        return 3;
    }
    char name[17] = "", line[32] = "";
    prctl(PR_GET_NAME, name);
    FILE *comm = fopen("/proc/self/comm", "r");
    if (!comm || !fgets(line, sizeof line, comm)) return 4;
    fclose(comm);
    line[strcspn(line, "\n")] = 0;
    const char *wanted = strrchr(argv[1], '/') + 1;
    printf("prctl %d, /proc/self/comm %d\n", strcmp(name, wanted) == 0, strcmp(line, wanted) == 0);
    return unlink(argv[1]);
}
