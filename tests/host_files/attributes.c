// Extended attributes of a folder's files: `prepare FOLDER` gives it some, `show FOLDER` prints them, `change FOLDER`
// changes them.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *const FILES[] = {"marked", "plain", "inner", "inner/deep", "link"};
enum { LONG = 3000 };

static void said(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerrorname_np(errno) : "");
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show(const char *file) {
    char names[4096], value[LONG], *sorted[50];
    ssize_t len = llistxattr(file, names, sizeof names);
    printf("%s: %zd\n", file, len);
    int count = 0;
    for (char *name = names; len > 0 && name < names + len; name += strlen(name) + 1) sorted[count++] = name;
    qsort(sorted, count, sizeof *sorted, by_name);
    for (int i = 0; i < count; i++) {
        ssize_t n = lgetxattr(file, sorted[i], value, sizeof value);
        unsigned sum = 0;
        for (ssize_t at = 0; at < n; at++) sum = sum * 31 + (unsigned char)value[at];
        printf("  %s: %zd %.*s %u\n", sorted[i], n, n < 40 ? (int)n : 0, value, sum);
    }
}

static void prepare(void) {
    for (int i = 0; i < 2; i++) close(open(FILES[i], O_CREAT | O_WRONLY, 0644));
    if (mkdir("inner", 0755) || symlink("marked", "link")) perror("it cannot be made");
    close(open("inner/deep", O_CREAT | O_WRONLY, 0644));
    char value[LONG];
    for (int i = 0; i < LONG; i++) value[i] = 'a' + i % 26;
    setxattr("marked", "user.colour", "blue", 4, 0);
    setxattr("marked", "user.long", value, LONG, 0);
    setxattr("marked", "user.bytes", "a\0b\n", 4, 0);
    setxattr("inner", "user.kind", "folder", 6, 0);
    setxattr("inner/deep", "user.kind", "file", 4, 0);
}

static void change(void) {
    char value[10];
    said("length", getxattr("marked", "user.colour", 0, 0));
    said("through a link", getxattr("link", "user.colour", value, sizeof value));
    said("of the link", lgetxattr("link", "user.colour", value, sizeof value));
    said("too little room", getxattr("marked", "user.long", value, sizeof value));
    said("too little room for names", listxattr("marked", value, 3));
    said("none", getxattr("marked", "user.none", value, sizeof value));
    said("set", setxattr("plain", "user.new", "one", 3, 0));
    said("make again", setxattr("plain", "user.new", "two", 3, XATTR_CREATE));
    said("replace", setxattr("plain", "user.new", "three", 5, XATTR_REPLACE));
    said("replace none", setxattr("plain", "user.other", "x", 1, XATTR_REPLACE));
    said("make", setxattr("plain", "user.other", "x", 1, XATTR_CREATE));
    said("remove", removexattr("marked", "user.colour"));
    said("remove again", removexattr("marked", "user.colour"));
    int fd = open("marked", O_RDWR);
    said("set by descriptor", fsetxattr(fd, "user.fd", "open", 4, 0));
    said("write", write(fd, "changed", 7));
    said("get by descriptor", fgetxattr(fd, "user.bytes", value, sizeof value));
    close(fd);
    said("set on a folder", setxattr("inner", "user.kind", "other", 5, 0));
    said("not of a link", lsetxattr("link", "user.x", "x", 1, 0));
    said("no class", setxattr("plain", "colour", "x", 1, 0));
    said("rename", rename("inner/deep", "plainer"));
    show("plainer");
    said("rename back", rename("plainer", "inner/deep"));
}

int main(int argc, char **argv) {
    if (argc < 3 || chdir(argv[2])) return 1;
    if (!strcmp(argv[1], "prepare")) prepare();
    if (!strcmp(argv[1], "change")) change();
    for (unsigned i = 0; i < sizeof FILES / sizeof *FILES; i++) show(FILES[i]);
    return 0;
}
