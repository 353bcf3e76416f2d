// kind: so static
// A thread's directories in /proc: that in task/, and that by its number, which is not listed.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int tid;

static int is_listed(const char *folder, const char *name) {
    int found = 0;
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));)
        found += !strcmp(entry->d_name, name);
    if (all)
        closedir(all);
    return found;
}

static void line(const char *format, int number, const char *start) {
    char path[100], text[300] = "";
    snprintf(path, sizeof path, format, number);
    FILE *file = fopen(path, "r");
    printf("%s: ", strrchr(path, '/') + 1);
    if (!file) {
        puts(strerrorname_np(errno));
        return;
    }
    while (fgets(text, sizeof text, file))
        if (!strncmp(text, start, strlen(start)))
            break;
    fclose(file);
    long value = strtol(text + strlen(start), 0, 10);
    printf("%s\n", value == getpid() ? "process" : value == tid ? "thread" : *text ? "another" : "empty");
}

static void *run(void *unused) {
    char path[100], name[20];
    struct stat is;
    tid = gettid();
    snprintf(name, sizeof name, "%d", tid);
    printf("listed %d %d\n", is_listed("/proc", name), is_listed("/proc/self/task", name));
    snprintf(path, sizeof path, "/proc/%d", tid);
    int result = stat(path, &is);
    printf("stat %d, folder %d, task %d\n", result, S_ISDIR(is.st_mode), is_listed(path, "task"));
    snprintf(path, sizeof path, "/proc/%d/task", tid);
    printf("in task %d\n", is_listed(path, name));
    line("/proc/%d/status", tid, "Tgid:\t");
    line("/proc/%d/status", tid, "Pid:\t");
    line("/proc/%d/stat", tid, "");
    line("/proc/self/task/%d/status", tid, "Pid:\t");
    line("/proc/self/task/%d/children", tid, "");
    line("/proc/self/children", 0, "");
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", tid, getpid());
    line(path, 0, "Pid:\t");
    snprintf(path, sizeof path, "/proc/%d/comm", tid);
    FILE *comm = fopen(path, "w");
    printf("renamed %d\n", comm && fputs("other", comm) >= 0 && fclose(comm) == 0);
    char shown[20] = "";
    pthread_getname_np(pthread_self(), shown, sizeof shown);
    puts(shown);
    return unused;
}

int main(void) {
    pthread_t thread;
    char path[100];
    struct stat is;
    pthread_create(&thread, 0, run, 0);
    pthread_join(thread, 0);
    snprintf(path, sizeof path, "/proc/%d", tid);
    // It may still be on its way out.
    for (int i = 0; i < 1000 && !stat(path, &is); i++)
        usleep(1000);
    printf("afterwards %s\n", stat(path, &is) ? strerrorname_np(errno) : "there");
    printf("none %d %s\n", stat("/proc/99999999", &is), strerrorname_np(errno));
    return 0;
}
