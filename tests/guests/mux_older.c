// kind: so pie
// epoll, eventfd, poll and select in their older and less used forms, watching and file handles, and their errors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

int main(void) {
    say("epoll_create of nothing", epoll_create(0));
    say("epoll_create of less", epoll_create(-1));
    int epoll = epoll_create(1);
    printf("epoll_create %d, flags %d\n", epoll >= 0, fcntl(epoll, F_GETFD));
    eventfd_t value = 99;
    int event = eventfd(5, EFD_NONBLOCK);
    struct epoll_event wanted = {.events = EPOLLIN, .data.u64 = 0x123456789a}, got[2];
    say("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
    struct timespec zero = {0, 0}, wrong = {0, -1}, little = {0, 2000000};
    say("epoll_pwait2", epoll_pwait2(epoll, got, 2, &zero, NULL));
    printf("%#x %#llx\n", got[0].events, (long long)got[0].data.u64);
    say("eventfd_read", eventfd_read(event, &value));
    printf("%llu\n", (unsigned long long)value);
    say("eventfd_read of 0", eventfd_read(event, &value));
    say("epoll_pwait2 in time", epoll_pwait2(epoll, got, 2, &little, NULL));
    say("epoll_pwait2 how long", epoll_pwait2(epoll, got, 2, &wrong, NULL));
    say("epoll_pwait2 of none", epoll_pwait2(epoll, got, 0, &zero, NULL));
    say("epoll_pwait2 of what", epoll_pwait2(event, got, 2, &zero, NULL));
    say("eventfd_write", eventfd_write(event, 7));
    say("eventfd_write of all", eventfd_write(event, -1));
    say("eventfd_write of too much", eventfd_write(event, -3));
    say("eventfd_read of none", eventfd_read(-1, &value));
    int many = eventfd(3, EFD_SEMAPHORE);
    say("eventfd_read of one", eventfd_read(many, &value));
    printf("%llu\n", (unsigned long long)value);
    say("eventfd how", eventfd(0, 5));

    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    say("isfdtype", isfdtype(pair[0], S_IFSOCK));
    say("isfdtype of another", isfdtype(pair[0], S_IFREG));
    say("isfdtype of none", isfdtype(-1, S_IFSOCK));
    char room[CMSG_SPACE(4) * 2] = "";
    struct msghdr message = {.msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *first = CMSG_FIRSTHDR(&message);
    first->cmsg_len = CMSG_LEN(4);
    struct cmsghdr *(*volatile next)(struct msghdr *, struct cmsghdr *) = __cmsg_nxthdr;
    struct cmsghdr *second = next(&message, first);
    printf("__cmsg_nxthdr %d", second == (struct cmsghdr *)(room + CMSG_SPACE(4)));
    second->cmsg_len = CMSG_LEN(4);
    printf(" %d", next(&message, second) == NULL);
    first->cmsg_len = 3;
    printf(" %d\n", next(&message, first) == NULL);

    // There need be no such watching; whoever may not is told so.
    printf("fanotify %d", fanotify_init(0x7f000000, 0));
    printf(" %d\n", fanotify_mark(-1, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "/"));
    int mount;
    struct file_handle *handle = calloc(1, sizeof *handle + 128);
    say("name_to_handle_at how", name_to_handle_at(AT_FDCWD, "/", handle, &mount, 0x40000000));
    printf("open_by_handle_at %d\n", open_by_handle_at(-1, handle, O_RDONLY));
    free(handle);

    char path[] = "/tmp/muxXXXXXX", link[40];
    int file = mkstemp(path);
    snprintf(link, sizeof link, "%s.l", path);
    symlink(path, link);
    say("fsetxattr", fsetxattr(file, "user.one", "1", 1, 0));
    say("fremovexattr", fremovexattr(file, "user.one"));
    say("fremovexattr again", fremovexattr(file, "user.one"));
    say("fremovexattr of none", fremovexattr(-1, "user.one"));
    say("lremovexattr", lremovexattr(path, "user.one"));
    say("lremovexattr of none", lremovexattr("/nowhere at all", "user.one"));
    unlink(link), unlink(path);
    return 0;
}
