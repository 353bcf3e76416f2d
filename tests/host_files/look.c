// Reads a folder of the host in every way: look FOLDER
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *name_of(int result) { return result < 0 ? strerrorname_np(errno) : "ok"; }

static void print_name(const char *name) {
    for (; *name; name++) {
        unsigned char c = *name;
        if (c >= 32 && c < 127) putchar(c); else printf("\\x%02x", c);
    }
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t len) {
    const unsigned char *at = bytes;
    while (len--) hash = (hash ^ *at++) * 0x100000001b3ull;
    return hash;
}

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *folder, int is_shown) {
    DIR *dir = opendir(folder);
    if (!dir) { printf("opendir: %s\n", strerrorname_np(errno)); return; }
    char **names = NULL;
    size_t count = 0;
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        names = realloc(names, (count + 1) * sizeof *names);
        if (asprintf(&names[count++], "%c%s", "?fc?d?b?r?l?s"[entry->d_type], entry->d_name) < 0) abort();
    }
    closedir(dir);
    for (size_t i = 0; i < count; i++) {
        char kind = names[i][0];
        memmove(names[i], names[i] + 1, strlen(names[i]));
        names[i][strlen(names[i]) + 1] = kind;
    }
    qsort(names, count, sizeof *names, compare);
    uint64_t hash = 14695981039346656037ull;
    for (size_t i = 0; i < count; i++) {
        hash = mix(hash, names[i], strlen(names[i]) + 2);
        if (is_shown) {
            printf("  %c ", names[i][strlen(names[i]) + 1]);
            print_name(names[i]);
            putchar('\n');
        }
    }
    printf("%zu entries, %016lx\n", count, hash);
}

static void show(int dirfd, const char *path) {
    struct stat st;
    int result = fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW);
    printf("lstat ");
    print_name(path);
    if (result < 0) { printf(": %s\n", name_of(result)); return; }
    printf(": %o", st.st_mode);
    if (!S_ISDIR(st.st_mode)) printf(" %ld bytes, %ld links", st.st_size, (long)st.st_nlink);
    printf(", %ld.%09ld\n", st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    char target[4097];
    ssize_t n = readlinkat(dirfd, path, target, sizeof target - 1);
    printf("  readlink: ");
    if (n < 0) { puts(name_of(n)); } else { target[n] = 0; print_name(target); putchar('\n'); }
    int fd = openat(dirfd, path, O_RDONLY);
    printf("  open: %s", name_of(fd));
    if (fd >= 0) {
        char buf[300];
        n = read(fd, buf, sizeof buf);
        printf(", read: %s", name_of(n));
        if (n >= 0) printf(" %zd %016lx", n, mix(0, buf, n));
        struct stat opened;
        if (fstat(fd, &opened) < 0) printf(", fstat: %s", strerrorname_np(errno));
        else if (!S_ISDIR(opened.st_mode)) printf(", fstat: %ld bytes", opened.st_size);
        close(fd);
    }
    putchar('\n');
}

static uint64_t hash_fd(int fd, size_t piece) {
    char *buf = malloc(piece);
    uint64_t hash = 0;
    ssize_t n;
    while ((n = read(fd, buf, piece)) > 0) hash = mix(hash, buf, n);
    free(buf);
    return n < 0 ? 0 : hash;
}

static void big(int dirfd) {
    int fd = openat(dirfd, "big", O_RDONLY);
    size_t pieces[] = {1000, 4096, 65536, 70001, 1 << 20};
    for (int i = 0; i < 5; i++) {
        lseek(fd, 0, SEEK_SET);
        printf("big by %zu: %016lx\n", pieces[i], hash_fd(fd, pieces[i]));
    }
    static char buf[200000];
    off_t offsets[] = {1, 4095, 131071, 1048577, 2999990, 3000000, 1l << 40};
    for (int i = 0; i < 7; i++) {
        ssize_t n = pread(fd, buf, sizeof buf, offsets[i]);
        printf("pread at %ld: %zd %016lx\n", offsets[i], n, n < 0 ? 0 : mix(0, buf, n));
    }
    char *map = mmap(NULL, 3000000, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) { printf("mmap: %s\n", strerrorname_np(errno)); return; }
    printf("mapped: %016lx\n", mix(0, map, 3000000));
    map[5] = 'x';
    pread(fd, buf, 8, 0);
    printf("still its own: %d\n", buf[5] != 'x');
    munmap(map, 3000000);
    close(fd);
}

static const char *root;

static void *reader(void *argument) {
    int number = (int)(intptr_t)argument;
    uint64_t hash = 0;
    for (int round = 0; round < 20; round++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/many/f%04d", root, (number * 131 + round * 17) % 1000);
        int fd = open(path, O_RDONLY);
        if (fd < 0) return (void *)-1;
        hash = mix(hash_fd(fd, 700), &hash, sizeof hash);
        close(fd);
        snprintf(path, sizeof path, "%s/many/none%d-%d", root, number, round);
        if (open(path, O_RDONLY) >= 0 || errno != ENOENT) return (void *)-2;
    }
    char path[4200];
    snprintf(path, sizeof path, "%s/big", root);
    int fd = open(path, O_RDONLY);
    hash ^= hash_fd(fd, 50000 + number);
    close(fd);
    return (void *)hash;
}

int main(int argc, char **argv) {
    root = argv[1];
    int dirfd = open(root, O_RDONLY | O_DIRECTORY);
    if (argc < 2 || dirfd < 0) return 1;
    list(root, 1);
    char crowd[4200];
    snprintf(crowd, sizeof crowd, "%s/many", root);
    list(crowd, 0);
    snprintf(crowd, sizeof crowd, "%s/plain", root);
    list(crowd, 0);
    char long_name[258];
    memset(long_name, 'n', 255);
    long_name[255] = 0;
    const char *paths[] = {
        "plain", "empty", "folder", "folder/inner", "link", "chain", "loop", "dangling", "up", "to-folder",
        "to-folder/inner", "link/x", "plain/x", "plain/", "none", "none/x", "loop/x", "hard", "mode", "new\nline",
        "not\xff\xfeutf8", "folder/../plain", "./plain", "sparse", "fifo", "commas,in,name", long_name,
        "d1/d2/d3/d4/d5/d6/d7/d8/d9/d10/d11/d12/d13/d14/d15/d16/d17/d18/d19/d20/deep",
        "d1/d2/d3/d4/d5/d6/d7/d8/d9/d10/d11/d12/d13/d14/d15/d16/d17/none/d19/d20/deep",
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        // A fifo would wait for its other end.
        if (!strcmp(paths[i], "fifo")) {
            struct stat st;
            printf("fifo: %s %o\n", name_of(fstatat(dirfd, "fifo", &st, 0)), st.st_mode);
            continue;
        }
        show(dirfd, paths[i]);
    }
    strcpy(long_name + 255, "n");
    show(dirfd, long_name);
    big(dirfd);
    pthread_t threads[8];
    for (intptr_t i = 0; i < 8; i++) pthread_create(&threads[i], NULL, reader, (void *)i);
    for (int i = 0; i < 8; i++) {
        void *hash;
        pthread_join(threads[i], &hash);
        printf("thread %d: %016lx\n", i, (uint64_t)hash);
    }
    return 0;
}
