// kind: so pie
// Writing back, advice on reading, and what a file system and a path say of themselves.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>
#include "scratch.h"

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

int main(void) {
    static char folder[] = "/tmp/syncXXXXXX";
    if (scratch(folder)) return 1;
    int file = open("file", O_CREAT | O_RDWR, 0600), reader = open("file", O_RDONLY), place = open("file", O_PATH);
    int here = open(".", O_RDONLY), pipes[2], pair[2];
    if (pipe(pipes) || socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return 1;
    write(file, "0123456789", 10);

    char text[8] = "";
    struct iovec parts[2] = {{"abc", 3}, {"defgh", 5}}, into[2] = {{text, 2}, {text + 2, 5}};
    say("pwritev", pwritev(file, parts, 2, 4));
    say("preadv2", preadv2(file, into, 2, 3, RWF_HIPRI));
    printf("%s\n", text);
    say("pwritev2", pwritev2(file, parts, 1, -1, 0));
    say("pwritev of a reader", pwritev(reader, parts, 1, 0));
    say("pwritev of a pipe", pwritev(pipes[1], parts, 1, 0));
    say("preadv2 of a pipe from here", preadv2(pipes[0], into, 0, -1, 0));
    say("fsync", fsync(file));
    say("fsync of a reader", fsync(reader));
    say("fsync of a folder", fsync(here));
    say("fsync of a place", fsync(place));
    say("fsync of a pipe", fsync(pipes[0]));
    say("fsync of a socket", fsync(pair[0]));
    say("fsync of none", fsync(-1));
    say("fdatasync", fdatasync(file));
    say("fdatasync of a pipe", fdatasync(pipes[1]));
    say("fdatasync of none", fdatasync(999));
    say("syncfs", syncfs(file));
    say("syncfs of none", syncfs(-1));
    say("syncfs of a place", syncfs(place));
    sync();
    say("sync_file_range", sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE));
    say("sync_file_range how", sync_file_range(file, 0, 5, 8));
    say("sync_file_range before 0", sync_file_range(file, -1, 5, SYNC_FILE_RANGE_WRITE));
    say("sync_file_range less than nothing", sync_file_range(file, 0, -5, SYNC_FILE_RANGE_WRITE));
    say("sync_file_range of a pipe", sync_file_range(pipes[1], 0, 5, SYNC_FILE_RANGE_WRITE));
    say("sync_file_range of none", sync_file_range(-1, 0, 5, SYNC_FILE_RANGE_WRITE));

    say("posix_fadvise", posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED));
    say("posix_fadvise how", posix_fadvise(file, 0, 0, 99));
    say("posix_fadvise less than nothing", posix_fadvise(file, 0, -1, POSIX_FADV_NORMAL));
    say("posix_fadvise before 0", posix_fadvise(file, -5, 1, POSIX_FADV_NORMAL));
    say("posix_fadvise of a pipe", posix_fadvise(pipes[0], 0, 0, POSIX_FADV_NORMAL));
    say("posix_fadvise of a socket", posix_fadvise(pair[0], 0, 0, POSIX_FADV_NORMAL));
    say("posix_fadvise of none", posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL));
    say("readahead", readahead(file, 0, 10));
    say("readahead of a pipe", readahead(pipes[0], 0, 10));
    int writer = open("file", O_WRONLY);
    say("readahead of a writer", readahead(writer, 0, 10));
    say("readahead of none", readahead(-1, 0, 10));
    say("readahead of a folder", readahead(here, 0, 10));
    say("posix_fallocate of a pipe", posix_fallocate(pipes[1], 0, 10));
    say("posix_fallocate of a reader", posix_fallocate(reader, 0, 10));
    say("posix_fallocate before 0", posix_fallocate(file, -1, 10));

    struct statfs fs, fs2;
    struct statvfs vfs, vfs2;
    say("statfs", statfs("file", &fs));
    say("fstatfs", fstatfs(file, &fs2));
    printf("%d%d%d\n", fs.f_type == fs2.f_type, fs.f_bsize == fs2.f_bsize, fs.f_namelen == 255);
    say("statfs none", statfs("none", &fs));
    say("statfs below a file", statfs("file/x", &fs));
    say("fstatfs none", fstatfs(-1, &fs));
    say("fstatfs of a place", fstatfs(place, &fs));
    say("fstatfs of a pipe", fstatfs(pipes[0], &fs));
    printf("%#lx %ld\n", (long)fs.f_type, (long)fs.f_bsize);
    say("fstatfs of a socket", fstatfs(pair[0], &fs));
    printf("%#lx\n", (long)fs.f_type);
    say("statfs /proc", statfs("/proc", &fs));
    printf("%#lx\n", (long)fs.f_type);
    say("statvfs", statvfs("file", &vfs));
    say("fstatvfs", fstatvfs(file, &vfs2));
    printf("%d%d%d%d\n", vfs.f_frsize == vfs2.f_frsize, vfs.f_blocks >= vfs.f_bfree, vfs.f_bfree >= vfs.f_bavail, vfs.f_fsid == vfs2.f_fsid);
    printf("%lu %d\n", vfs.f_namemax, (vfs.f_flag & ST_RDONLY) != 0);
    say("statvfs none", statvfs("none", &vfs));
    say("statvfs no name", statvfs("", &vfs));

    say("name max", pathconf(".", _PC_NAME_MAX));
    say("path max", pathconf("/", _PC_PATH_MAX));
    say("pipe buf", fpathconf(pipes[0], _PC_PIPE_BUF));
    say("link max", pathconf("file", _PC_LINK_MAX) > 8);
    say("canon", pathconf("file", _PC_MAX_CANON));
    say("input", pathconf("file", _PC_MAX_INPUT));
    say("chown", pathconf("file", _PC_CHOWN_RESTRICTED));
    say("truncates", pathconf("file", _PC_NO_TRUNC));
    say("disables", pathconf("file", _PC_VDISABLE));
    say("sync", pathconf("file", _PC_SYNC_IO));
    say("links", pathconf(".", _PC_2_SYMLINKS));
    say("socket", pathconf(".", _PC_SOCK_MAXBUF));
    say("symlink", pathconf(".", _PC_SYMLINK_MAX));
    say("what", pathconf(".", 999));
    say("none", pathconf("none", _PC_LINK_MAX) > 0 || errno == ENOENT);
    say("no name", pathconf("", _PC_NAME_MAX));
    say("no descriptor", fpathconf(-1, _PC_NAME_MAX));
    say("closed descriptor", fpathconf(999, _PC_NAME_MAX));
    return 0;
}
