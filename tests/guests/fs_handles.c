// kind: so pie
// name_to_handle_at(2) and open_by_handle_at(2): what has handles, what they lead to, and when to nothing any more.
#define _GNU_SOURCE
#include "mounting.h"

static union {
    struct file_handle handle;
    unsigned char room[sizeof(struct file_handle) + 200];
} one;
static int mount_id;

static int handle_of(int dirfd, const char *path, int flags) {
    one.handle.handle_bytes = MAX_HANDLE_SZ;
    return name_to_handle_at(dirfd, path, &one.handle, &mount_id, flags);
}

static void reading(const char *what, int fd) {
    char text[20] = "";
    int n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    printf("%s: %s [%s]\n", what, fd < 0 ? name_of(errno) : n < 0 ? "unread" : "ok", text);
    close(fd);
    errno = 0;
}

int main(void) {
    begin();
    make("file", "text");
    mkdir("dir", 0755);
    symlink("file", "link");
    int here = open(".", O_RDONLY);
    one.handle.handle_bytes = 0;
    say("how long", name_to_handle_at(AT_FDCWD, "file", &one.handle, &mount_id, 0));
    printf("%d %d\n", one.handle.handle_bytes > 0 && one.handle.handle_bytes <= MAX_HANDLE_SZ, mount_id > 0);
    one.handle.handle_bytes = MAX_HANDLE_SZ + 1;
    say("too long", name_to_handle_at(AT_FDCWD, "file", &one.handle, &mount_id, 0));
    say("file", handle_of(AT_FDCWD, "file", 0));
    char name[60], line[100];
    int of_here = -1;
    snprintf(name, sizeof name, "/proc/self/fdinfo/%d", here);
    FILE *info = fopen(name, "r");
    while (fgets(line, sizeof line, info)) sscanf(line, "mnt_id: %d", &of_here);
    fclose(info);
    printf("mount %d\n", of_here == mount_id);
    reading("open", open_by_handle_at(here, &one.handle, O_RDONLY));
    int fd = open_by_handle_at(here, &one.handle, O_WRONLY | O_TRUNC);
    write(fd, "new", 3);
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    char path[300] = "";
    readlink(name, path, sizeof path - 1);
    printf("at %s\n", path + strlen(base));
    close(fd);
    say("moved", rename("file", "dir/moved"));
    reading("by its handle", open_by_handle_at(here, &one.handle, O_RDONLY));
    say("a directory", open_by_handle_at(here, &one.handle, O_DIRECTORY));
    fd = open("dir/moved", O_RDONLY);
    say("unlink", unlink("dir/moved"));
    reading("while it is open", open_by_handle_at(here, &one.handle, O_RDONLY));
    close(fd);
    reading("gone", open_by_handle_at(here, &one.handle, O_RDONLY));
    make("other", "");
    reading("still gone", open_by_handle_at(here, &one.handle, O_RDONLY));

    make("file", "again");
    say("link", handle_of(AT_FDCWD, "link", 0));
    say("open", open_by_handle_at(here, &one.handle, O_RDONLY));
    fd = open_by_handle_at(here, &one.handle, O_PATH);
    say("place", fd);
    printf("%d\n", (int)readlinkat(fd, "", path, sizeof path));
    close(fd);
    say("followed", handle_of(AT_FDCWD, "link", AT_SYMLINK_FOLLOW));
    reading("open", open_by_handle_at(here, &one.handle, O_RDONLY));
    say("folder", handle_of(AT_FDCWD, "dir", 0));
    fd = open_by_handle_at(AT_FDCWD, &one.handle, O_RDONLY | O_DIRECTORY);
    make("dir/in", "inside");
    reading("in it", openat(fd, "in", O_RDONLY));
    close(fd);
    say("for writing", open_by_handle_at(here, &one.handle, O_WRONLY));
    say("the open one", handle_of(here, "", AT_EMPTY_PATH));
    fd = open_by_handle_at(here, &one.handle, O_RDONLY);
    reading("in it", openat(fd, "dir/in", O_RDONLY));
    close(fd);
    say("removed", handle_of(AT_FDCWD, "dir", 0) || unlink("dir/in") || rmdir("dir"));
    say("open", open_by_handle_at(here, &one.handle, O_RDONLY));

    mkdir("other mount", 0755);
    mount("x", "other mount", "tmpfs", 0, NULL);
    int there = open("other mount", O_RDONLY);
    handle_of(AT_FDCWD, "file", 0);
    say("where it is", close(open_by_handle_at(here, &one.handle, O_RDONLY)));
    mount(NULL, base, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
    say("read-only", open_by_handle_at(here, &one.handle, O_RDWR));
    mount(NULL, base, NULL, MS_REMOUNT | MS_BIND, NULL);
    close(there);
    say("away", umount("other mount"));
    say("a process", handle_of(AT_FDCWD, "/proc/self/stat", 0));
    int proc = open("/proc", O_RDONLY);
    handle_of(AT_FDCWD, "file", 0);
    say("of another kind", open_by_handle_at(proc, &one.handle, O_RDONLY));
    close(proc);
    one.handle.handle_bytes = 0;
    say("nothing", open_by_handle_at(here, &one.handle, O_RDONLY));
    one.handle.handle_bytes = 200;
    say("much", open_by_handle_at(here, &one.handle, O_RDONLY));
    one.handle.handle_bytes = 4;
    say("little", open_by_handle_at(here, &one.handle, O_RDONLY));
    say("no descriptor", open_by_handle_at(99, &one.handle, O_RDONLY));
    say("bad handle", open_by_handle_at(here, (void *)8, O_RDONLY));
    say("into nothing", name_to_handle_at(AT_FDCWD, "file", (void *)8, &mount_id, 0));
    one.handle.handle_bytes = MAX_HANDLE_SZ;
    say("no mount", name_to_handle_at(AT_FDCWD, "file", &one.handle, (void *)8, 0));
    say("no file", handle_of(AT_FDCWD, "none", 0));
    say("flags", handle_of(AT_FDCWD, "file", 0x40000));
    close(here);
    end();
    return 0;
}
