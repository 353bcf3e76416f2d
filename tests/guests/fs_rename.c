// kind: pie
// rename, renameat2, link and unlink in all their forms.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static void put(const char *path, char letter) {
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);
    write(fd, &letter, 1);
    close(fd);
}

static int get(const char *path) {
    char letter = '-';
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return '!';
    read(fd, &letter, 1);
    close(fd);
    return letter;
}

int main(void) {
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    put("a", 'a');
    put("b", 'b');
    mkdir("d", 0755);
    mkdir("e", 0755);
    mkdir("e/sub", 0755);
    say("file over file", rename("a", "b"));
    printf("%c %c\n", get("a"), get("b"));
    say("file over dir", rename("b", "d"));
    say("dir over file", rename("d", "b"));
    say("dir over full dir", rename("d", "e"));
    say("full dir over dir", rename("e", "d"));
    say("into itself", rename("d", "d/sub/x"));
    say("missing", rename("nothing", "x"));
    say("missing folder", rename("b", "none/x"));
    say("onto itself", rename("b", "b"));
    put("a", 'A');
    say("noreplace", renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
    say("exchange", renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE));
    printf("%c %c\n", get("a"), get("b"));
    say("exchange with dir", renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE));
    struct stat st;
    stat("a", &st);
    printf("a is dir %d, links %ld; d is %c\n", S_ISDIR(st.st_mode), (long)st.st_nlink, get("d"));
    say("link", link("b", "b2"));
    say("link over", link("b", "b2"));
    say("link dir", link("a", "a2"));
    stat("b", &st);
    printf("links %ld\n", (long)st.st_nlink);
    say("rename of same inode", rename("b", "b2"));
    printf("%c %c\n", get("b"), get("b2"));
    put("b2", 'z');
    printf("%c\n", get("b"));
    say("unlink", unlink("b"));
    stat("b2", &st);
    printf("links %ld\n", (long)st.st_nlink);
    int fd = open("b2", O_RDWR);
    unlink("b2");
    fstat(fd, &st);
    char c = 0;
    pread(fd, &c, 1, 0);
    printf("open but gone: links %ld, %c\n", (long)st.st_nlink, c);
    close(fd);
    fd = open(".", O_TMPFILE | O_RDWR, 0600);
    if (fd >= 0) {
        write(fd, "tmp", 3);
        fstat(fd, &st);
        printf("unnamed: links %ld size %ld\n", (long)st.st_nlink, (long)st.st_size);
        close(fd);
    }
    say("rmdir", rmdir("a/sub"));
    say("rmdir", rmdir("a"));
    say("unlink", unlink("d"));
    say("rename dot", rename(".", "x"));
    chdir("/");
    say("rmdir folder", rmdir(folder));
    return 0;
}
