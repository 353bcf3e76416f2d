// kind: pie static
// args: first second
// A program that writes over its arguments gives itself a title: /proc/self/cmdline and environ show its memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static void show(const char *path) {
    static char text[65536];
    FILE *file = fopen(path, "r");
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    printf("%s, %s:", path, len > 4000 ? "long" : "short");
    for (size_t i = 0; i < len && i < 100; i++)
        putchar(text[i] ? text[i] : '|');
    putchar('\n');
}

/* Where a field of /proc/self/stat, counted from 1, says that something is. */
static char *place(int field) {
    char line[1024];
    FILE *file = fopen("/proc/self/stat", "r");
    char *word = strrchr(fgets(line, sizeof line, file), ')') + 2;
    fclose(file);
    for (int i = 3; i < field; i++)
        word = strchr(word, ' ') + 1;
    return (char *)strtoul(word, NULL, 10);
}

int main(int argc, char **argv) {
    char *end = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
    printf("arguments %d %d, environment %d, stack %d\n", place(48) == argv[0], place(49) == end,
           !environ[0] || place(50) == environ[0], place(28) < argv[0] && place(28) + 65536 > argv[0]);
    char *env_end = place(51);
    for (char *at = argv[0]; at < end - 1; at++)
        *at = 'a';
    strcpy(argv[0], "short");
    show("/proc/self/cmdline");
    /* All of the room, and no NUL in it. */
    memset(argv[0], 't', end - argv[0]);
    *argv[0] = '<';
    if (env_end > end) {
        memset(end, 0, env_end - end);
        if (env_end > end + 4)
            strcpy(end, ">>");
    }
    char title[4096];
    FILE *file = fopen("/proc/self/cmdline", "r");
    size_t len = fread(title, 1, sizeof title, file);
    fclose(file);
    printf("title: %c%c to %d, %d\n", title[0], title[1], len > (size_t)(end - argv[0]),
           len == strnlen(argv[0], env_end - argv[0]) + (env_end - argv[0] > (long)strnlen(argv[0], env_end - argv[0])));
    file = fopen("/proc/self/environ", "r");
    len = fread(title, 1, sizeof title, file);
    fclose(file);
    printf("environ %d\n", len < 2 || (title[0] == '>' && title[1] == '>'));
    return 0;
}
