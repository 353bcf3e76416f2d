// kind: so pie
// The limits of System V IPC in /proc/sys/kernel are those that IPC_INFO tells.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void read_limits(const char *name, unsigned long *out, int count) {
    char path[100];
    snprintf(path, sizeof path, "/proc/sys/kernel/%s", name);
    FILE *file = fopen(path, "r");
    int found = 0, lines = 0, c;
    while (file && found < count && fscanf(file, "%lu", out + found) == 1)
        found++;
    while (file && (c = fgetc(file)) != EOF)
        lines += c == '\n';
    printf("%s: %d of %d, ends %d\n", name, found, count, lines);
    if (file)
        fclose(file);
}

int main(void) {
    unsigned long limit[4] = {0};
    struct msginfo msg;
    msgctl(0, IPC_INFO, (struct msqid_ds *)&msg);
    read_limits("msgmax", limit, 1);
    printf("%d\n", limit[0] == msg.msgmax);
    read_limits("msgmnb", limit, 1);
    printf("%d\n", limit[0] == msg.msgmnb);
    read_limits("msgmni", limit, 1);
    printf("%d\n", limit[0] == msg.msgmni);
    struct seminfo sem;
    union { struct seminfo *info; } argument = {&sem};
    semctl(0, 0, IPC_INFO, argument);
    read_limits("sem", limit, 4);
    printf("%d %d %d %d\n", limit[0] == sem.semmsl, limit[1] == sem.semmns, limit[2] == sem.semopm, limit[3] == sem.semmni);
    struct shminfo shm;
    shmctl(0, IPC_INFO, (struct shmid_ds *)&shm);
    read_limits("shmmax", limit, 1);
    printf("%d\n", limit[0] == shm.shmmax);
    read_limits("shmall", limit, 1);
    printf("%d\n", limit[0] == shm.shmall);
    read_limits("shmmni", limit, 1);
    printf("%d\n", limit[0] == shm.shmmni);
    return 0;
}
