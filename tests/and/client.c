// Talks to the server beside which it runs.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int s;
static FILE *in;

static char *ask(const char *what) {
    static char answer[4096];
    dprintf(s, "%s\n", what);
    if (!fgets(answer, sizeof answer, in)) return "nothing";
    answer[strcspn(answer, "\n")] = 0;
    return answer;
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    char cwd[4096];
    int own[8];
    for (int i = 0; i < 8; i++) own[i] = open("/dev/null", O_RDONLY);
    s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (void *)&at, sizeof at)) {
        printf("connect: %s\n", strerror(errno));
        return 1;
    }
    in = fdopen(dup(s), "r");
    printf("first own descriptor %d\n", own[0]);
    printf("server's descriptors %s\n", ask("descriptors"));
    printf("%s\n", ask("close"));
    int open_still = 0;
    for (int i = 0; i < 8; i++) open_still += fcntl(own[i], F_GETFD) >= 0;
    printf("own still open %d\n", open_still);
    getcwd(cwd, sizeof cwd);
    chdir("/proc");
    printf("server's directory is as before %d\n", !strcmp(cwd, ask("directory")));
    char *mine = sbrk(4096);
    memset(mine, 1, 4096);
    printf("server's memory %s\n", ask("memory"));
    printf("own memory %d %d\n", mine == sbrk(0) - 4096, mine[4095]);
    printf("at its end %s\n", ask("end"));
    return 7;
}
