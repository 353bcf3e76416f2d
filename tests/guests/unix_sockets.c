// kind: pie
// Local sockets: pairs, names in files and outside, connections, messages with descriptors, options, ends, waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static int events(int fd) {
    struct pollfd one = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
    poll(&one, 1, 0);
    return one.revents;
}

static struct sockaddr_un named(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    return address;
}

static socklen_t abstract(struct sockaddr_un *address, const char *name) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path + 1, 100, "%s-%d", name, getpid());
    return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address->sun_path + 1);
}

static volatile int pipes, alarms;
static void count_pipe(int number) { (void)number; pipes++; }
static void count_alarm(int number) { (void)number; alarms++; }

static int option(int fd, int name) {
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) ? -errno : value;
}

static void pairs(int kind) {
    int fds[2];
    char buf[64] = "";
    printf("-- kind %d\n", kind);
    say("socketpair", socketpair(AF_UNIX, kind, 0, fds));
    printf("type %d domain %d accepts %d\n", option(fds[0], SO_TYPE), option(fds[0], SO_DOMAIN), option(fds[0], SO_ACCEPTCONN));
    printf("events %x\n", events(fds[0]));
    say("recv nothing", recv(fds[0], buf, 10, MSG_DONTWAIT));
    say("send", send(fds[0], "hello", 5, 0));
    say("write", write(fds[0], "world!", 6));
    int waiting = 0;
    ioctl(fds[1], FIONREAD, &waiting);
    printf("waiting %d events %x\n", waiting, events(fds[1]));
    memset(buf, 0, sizeof buf);
    say("peek", recv(fds[1], buf, 3, MSG_PEEK));
    puts(buf);
    memset(buf, 0, sizeof buf);
    say("recv", recv(fds[1], buf, 3, 0));
    puts(buf);
    memset(buf, 0, sizeof buf);
    say("recv trunc", recv(fds[1], buf, 4, kind == SOCK_STREAM ? 0 : MSG_TRUNC));
    puts(buf);
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdef", 4}}, in[2] = {{buf, 3}, {buf + 10, 20}};
    while (recv(fds[1], buf, sizeof buf, MSG_DONTWAIT) > 0) {}
    say("writev", writev(fds[0], out, 3));
    memset(buf, 0, sizeof buf);
    say("readv", readv(fds[1], in, 2));
    printf("%s %s\n", buf, buf + 10);
    if (kind != SOCK_STREAM) {
        say("empty message", send(fds[0], "", 0, 0));
        say("after it", send(fds[0], "x", 1, 0));
        say("empty received", recv(fds[1], buf, 9, 0));
        say("x received", recv(fds[1], buf, 9, 0));
        static char huge[1 << 20];
        say("too long", send(fds[0], huge, sizeof huge, 0));
        struct iovec small = {buf, 2};
        struct msghdr message = {.msg_iov = &small, .msg_iovlen = 1};
        send(fds[0], "long", 4, 0);
        say("recvmsg", recvmsg(fds[1], &message, 0));
        printf("flags %x\n", message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    }
    say("listen", listen(fds[0], 1));
    int lonely = socket(AF_UNIX, kind, 0);
    say("shutdown alone", shutdown(lonely, SHUT_WR));
    close(lonely);
    say("bad shutdown", shutdown(fds[0], 7));
    say("shutdown", shutdown(fds[0], SHUT_WR));
    pipes = 0;
    say("send after", send(fds[0], "x", 1, 0));
    printf("signals %d\n", pipes);
    say("send after, silent", send(fds[0], "x", 1, MSG_NOSIGNAL));
    printf("signals %d events %x %x\n", pipes, events(fds[0]), events(fds[1]));
    if (kind != SOCK_DGRAM) say("end", recv(fds[1], buf, 9, 0));
    say("other way", send(fds[1], "back", 4, 0));
    close(fds[1]);
    printf("events %x\n", events(fds[0]));
    say("recv", recv(fds[0], buf, 9, MSG_DONTWAIT));
    say("recv", recv(fds[0], buf, 9, MSG_DONTWAIT));
    close(fds[0]);
    socketpair(AF_UNIX, kind | SOCK_NONBLOCK, 0, fds);
    send(fds[1], "unread", 6, 0);
    send(fds[0], "unread", 6, 0);
    close(fds[1]);
    pipes = 0;
    say("send to closed", write(fds[0], "x", 1));
    printf("signals %d events %x error %d\n", pipes, events(fds[0]), option(fds[0], SO_ERROR));
    say("recv", recv(fds[0], buf, 9, 0));
    close(fds[0]);
    socketpair(AF_UNIX, kind | SOCK_NONBLOCK, 0, fds);
    static char piece[1000];
    int sent = 0;
    while (send(fds[0], piece, sizeof piece, 0) == sizeof piece) sent++;
    printf("full: %d errno %d events %x\n", sent > 5, errno == EAGAIN, events(fds[0]) & POLLOUT);
    while (recv(fds[1], piece, sizeof piece, 0) > 0) {}
    printf("empty: events %x\n", events(fds[0]) & POLLOUT);
    close(fds[0]);
    close(fds[1]);
}

static void *echo(void *arg) {
    int listener = *(int *)arg;
    struct sockaddr_un from;
    socklen_t len = sizeof from;
    int fd = accept4(listener, (struct sockaddr *)&from, &len, SOCK_CLOEXEC);
    printf("accepted %d from length %d cloexec %d\n", fd >= 0, len, fcntl(fd, F_GETFD));
    char buf[100];
    long n;
    while ((n = read(fd, buf, sizeof buf)) > 0) write(fd, buf, n);
    close(fd);
    return NULL;
}

static void connections(const char *path) {
    printf("-- connections\n");
    struct sockaddr_un address = named(path), got;
    socklen_t len = sizeof got;
    char buf[100] = "";
    int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    printf("events %x\n", events(client));
    say("recv idle", recv(client, buf, 1, 0));
    say("send idle", send(client, buf, 1, 0));
    say("listen unnamed", listen(server, 3));
    say("accept idle", accept(server, NULL, NULL));
    say("connect none", connect(client, (struct sockaddr *)&address, sizeof address));
    say("bind", bind(server, (struct sockaddr *)&address, sizeof address));
    say("bind again", bind(server, (struct sockaddr *)&address, sizeof address));
    struct stat st;
    say("stat", stat(path, &st));
    printf("socket file %d\n", S_ISSOCK(st.st_mode));
    say("open", open(path, O_RDWR));
    int other = socket(AF_UNIX, SOCK_STREAM, 0), packets = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    say("bind taken", bind(other, (struct sockaddr *)&address, sizeof address));
    say("connect early", connect(client, (struct sockaddr *)&address, sizeof address));
    say("listen", listen(server, 1));
    printf("accepts %d events %x\n", option(server, SO_ACCEPTCONN), events(server));
    say("connect wrong kind", connect(packets, (struct sockaddr *)&address, sizeof address));
    say("getpeername", getpeername(client, (struct sockaddr *)&got, &len));
    fcntl(server, F_SETFL, O_NONBLOCK);
    say("accept nothing", accept(server, NULL, NULL));
    say("connect", connect(client, (struct sockaddr *)&address, sizeof address));
    say("connect again", connect(client, (struct sockaddr *)&address, sizeof address));
    printf("events %x %x\n", events(server), events(client));
    len = sizeof got;
    say("getpeername", getpeername(client, (struct sockaddr *)&got, &len));
    printf("same %d length %d\n", !strcmp(got.sun_path, path), (int)(len - strlen(path)));
    len = 5;
    say("short getpeername", getpeername(client, (struct sockaddr *)&got, &len));
    printf("length %d\n", (int)(len - strlen(path)));
    len = sizeof got;
    say("getsockname", getsockname(client, (struct sockaddr *)&got, &len));
    printf("length %d\n", len);
    struct ucred who;
    len = sizeof who;
    say("peercred", getsockopt(client, SOL_SOCKET, SO_PEERCRED, &who, &len));
    printf("me %d %d\n", who.pid == getpid(), who.uid == getuid());
    fcntl(server, F_SETFL, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, echo, &server);
    long written = write(client, "echo this", 9), received = recv(client, buf, 9, MSG_WAITALL);
    shutdown(client, SHUT_WR);
    pthread_join(thread, NULL);
    say("write", written);
    say("waitall", received);
    puts(buf);
    say("end", read(client, buf, 9));
    close(client);
    // The queue of connections fills.
    int more[6], n = 0;
    do more[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    while (!connect(more[n], (struct sockaddr *)&address, sizeof address) && ++n < 5);
    printf("queued %d errno %d\n", n, errno);
    close(server);
    printf("left: events %x error %d\n", events(more[0]), option(more[0], SO_ERROR));
    say("connect left", connect(more[n], (struct sockaddr *)&address, sizeof address));
    for (int i = 0; i <= n; i++) close(more[i]);
    close(other);
    close(packets);
    unlink(path);
    // Names outside the file system.
    len = abstract(&address, "osvrun-a");
    int a = socket(AF_UNIX, SOCK_DGRAM, 0), b = socket(AF_UNIX, SOCK_DGRAM, 0);
    say("bind abstract", bind(a, (struct sockaddr *)&address, len));
    say("bind taken", bind(b, (struct sockaddr *)&address, len));
    say("bind any", bind(b, (struct sockaddr *)&address, sizeof(sa_family_t)));
    say("send no peer", send(b, "x", 1, 0));
    say("sendto", sendto(b, "message", 7, 0, (struct sockaddr *)&address, len));
    socklen_t from_len = sizeof got;
    say("recvfrom", recvfrom(a, buf, sizeof buf, 0, (struct sockaddr *)&got, &from_len));
    printf("from length %d first %d\n", from_len, got.sun_path[0]);
    say("answer", sendto(a, "answer", 6, 0, (struct sockaddr *)&got, from_len));
    say("recv", recv(b, buf, sizeof buf, 0));
    say("connect", connect(b, (struct sockaddr *)&address, len));
    say("send", send(b, "again", 5, 0));
    close(a);
    say("send to none", send(b, "again", 5, 0));
    close(b);
    a = socket(AF_UNIX, SOCK_DGRAM, 0);
    say("bind freed", bind(a, (struct sockaddr *)&address, len));
    close(a);
    address.sun_family = AF_INET;
    a = socket(AF_UNIX, SOCK_STREAM, 0);
    say("wrong family", bind(a, (struct sockaddr *)&address, len));
    say("not a socket", bind(0, (struct sockaddr *)&address, len));
    say("not open", connect(77, (struct sockaddr *)&address, len));
    say("bad address", connect(a, (void *)8, len));
    close(a);
    say("bad type", socket(AF_UNIX, 9, 0));
    say("bad protocol", socket(AF_UNIX, SOCK_STREAM, 7));
}

static void rights(int kind) {
    printf("-- rights %d\n", kind);
    int fds[2], through[2];
    char buf[20] = "";
    socketpair(AF_UNIX, kind, 0, fds);
    pipe(through);
    union { struct cmsghdr head; char bytes[CMSG_SPACE(2 * sizeof(int))]; } control = {0};
    struct iovec one = {"take", 4};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(2 * sizeof(int));
    int bad[2] = {through[0], 999};
    memcpy(CMSG_DATA(head), bad, sizeof bad);
    say("send bad", sendmsg(fds[0], &message, 0));
    memcpy(CMSG_DATA(head), through, sizeof through);
    say("plain", send(fds[0], "1", 1, 0));
    say("sendmsg", sendmsg(fds[0], &message, 0));
    say("plain", send(fds[0], "2", 1, 0));
    close(through[0]);
    close(through[1]);
    for (int i = 0; i < 3; i++) {
        memset(&control, 0, sizeof control);
        memset(buf, 0, sizeof buf);
        one = (struct iovec){buf, sizeof buf};
        message = (struct msghdr){.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        long n = recvmsg(fds[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        say("recvmsg", n);
        if (n < 0) break;
        printf("%s control %zu flags %x\n", buf, (size_t)message.msg_controllen, message.msg_flags & (MSG_CTRUNC | MSG_TRUNC));
        head = CMSG_FIRSTHDR(&message);
        if (!head) continue;
        printf("type %d len %zu\n", head->cmsg_type, (size_t)head->cmsg_len);
        int got[2];
        memcpy(got, CMSG_DATA(head), sizeof got);
        printf("cloexec %d\n", fcntl(got[0], F_GETFD));
        say("write", write(got[1], "through", 7));
        memset(buf, 0, sizeof buf);
        say("read", read(got[0], buf, 9));
        puts(buf);
        close(got[0]);
        close(got[1]);
    }
    int on = 1;
    say("passcred", setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    send(fds[0], "c", 1, 0);
    union { struct cmsghdr head; char bytes[CMSG_SPACE(sizeof(struct ucred))]; } creds = {0};
    message.msg_control = &creds;
    message.msg_controllen = sizeof creds;
    say("recvmsg", recvmsg(fds[1], &message, 0));
    struct ucred who;
    memcpy(&who, CMSG_DATA(&creds.head), sizeof who);
    printf("type %d me %d %d\n", creds.head.cmsg_type, who.pid == getpid(), who.uid == getuid());
    close(fds[0]);
    close(fds[1]);
}

static void *send_later(void *arg) {
    usleep(30000);
    write(*(int *)arg, "late", 4);
    return NULL;
}

static void *drain(void *arg) {
    static char buf[70000];
    long total = 0, n;
    while ((n = read(*(int *)arg, buf, sizeof buf)) > 0) total += n;
    return (void *)total;
}

static void waiting(void) {
    printf("-- waiting\n");
    int fds[2];
    char buf[20];
    socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    struct timeval limit = {0, 20000};
    say("timeout", setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    say("recv", recv(fds[0], buf, 1, 0));
    limit.tv_usec = 1000000;
    say("bad timeout", setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    limit.tv_usec = 0;
    setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct sigaction action = {.sa_handler = count_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    say("interrupted", recv(fds[0], buf, 1, 0));
    printf("alarms %d\n", alarms);
    pthread_t thread;
    pthread_create(&thread, NULL, send_later, &fds[1]);
    struct pollfd one = {fds[0], POLLIN, 0};
    say("poll", poll(&one, 1, 5000));
    pthread_join(thread, NULL);
    say("recv", recv(fds[0], buf, sizeof buf, 0));
    pthread_create(&thread, NULL, send_later, &fds[1]);
    say("waiting recv", recv(fds[0], buf, sizeof buf, 0));
    pthread_join(thread, NULL);
    int epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}, found;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event);
    say("epoll none", epoll_wait(epoll, &found, 1, 0));
    pthread_create(&thread, NULL, send_later, &fds[1]);
    say("epoll", epoll_wait(epoll, &found, 1, 5000));
    pthread_join(thread, NULL);
    say("epoll again", epoll_wait(epoll, &found, 1, 0));
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fds[0], &set);
    limit = (struct timeval){5, 0};
    say("select", select(fds[0] + 1, &set, NULL, NULL, &limit));
    close(epoll);
    recv(fds[0], buf, sizeof buf, 0);
    static char big[3000000];
    pthread_create(&thread, NULL, drain, &fds[0]);
    say("big write", write(fds[1], big, sizeof big));
    shutdown(fds[1], SHUT_WR);
    void *total;
    pthread_join(thread, &total);
    printf("drained %ld\n", (long)total);
    close(fds[0]);
    close(fds[1]);
    int size = 1;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    printf("buffers %d %d\n", option(fd, SO_SNDBUF) > 0, option(fd, SO_RCVBUF) > 0);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    printf("smallest %d %d\n", option(fd, SO_SNDBUF), option(fd, SO_RCVBUF));
    size = 20000;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    printf("doubled %d\n", option(fd, SO_SNDBUF));
    printf("unknown %d\n", option(fd, 250));
    close(fd);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, count_pipe);
    char folder[] = "/tmp/unix-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder)) return 1;
    pairs(SOCK_STREAM);
    pairs(SOCK_DGRAM);
    pairs(SOCK_SEQPACKET);
    connections("a-socket");
    rights(SOCK_STREAM);
    rights(SOCK_SEQPACKET);
    waiting();
    chdir("/");
    rmdir(folder);
}
