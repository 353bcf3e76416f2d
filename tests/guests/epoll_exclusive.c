// kind: so pie
// What EPOLLEXCLUSIVE may be asked for with, and that it stays as it is.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

int main(void) {
    int epoll = epoll_create1(0), event = eventfd(0, 0);
    struct epoll_event wanted = {EPOLLIN | EPOLLEXCLUSIVE, {.u32 = 7}};
    printf("add: %d\n", epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
    errno = 0;
    printf("modify: %d", epoll_ctl(epoll, EPOLL_CTL_MOD, event, &wanted));
    printf(" %s\n", strerrorname_np(errno));
    wanted.events = EPOLLIN;
    errno = 0;
    printf("modify without: %d", epoll_ctl(epoll, EPOLL_CTL_MOD, event, &wanted));
    printf(" %s\n", strerrorname_np(errno));
    printf("delete: %d\n", epoll_ctl(epoll, EPOLL_CTL_DEL, event, 0));
    wanted.events = EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT;
    errno = 0;
    printf("add with once: %d", epoll_ctl(epoll, EPOLL_CTL_ADD, event, &wanted));
    printf(" %s\n", strerrorname_np(errno));
    int inner = epoll_create1(0);
    wanted.events = EPOLLIN | EPOLLEXCLUSIVE;
    errno = 0;
    printf("add another: %d", epoll_ctl(epoll, EPOLL_CTL_ADD, inner, &wanted));
    printf(" %s\n", strerrorname_np(errno));
    return 0;
}
