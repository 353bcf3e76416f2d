// kind: pie
// Urgent bytes of TCP: MSG_OOB, the mark, SO_OOBINLINE, SIGURG; and SIGIO for files that become ready.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t urgent, ready, details;

static void on_urgent(int number) { urgent += number == SIGURG; }
static void on_ready(int number) { ready += number == SIGIO; }
static void on_details(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    details = info->si_code * 1000 + info->si_fd * 10 + !!(info->si_band & POLLIN);
}

static void join(int *ends) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, len), listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &len);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(ends[0], (struct sockaddr *)&address, len))
        perror("connect");
    ends[1] = accept(listener, NULL, NULL);
    close(listener);
}

static void take(const char *what, int fd, size_t len, int flags) {
    char buf[64];
    errno = 0;
    ssize_t n = recv(fd, buf, len, flags | MSG_DONTWAIT);
    printf("%s %zd", what, n);
    if (n < 0)
        printf(" %s\n", strerror(errno));
    else
        printf(" \"%.*s\"\n", (int)n, buf);
}

static void look(const char *what, int fd) {
    struct pollfd one = {fd, POLLIN | POLLPRI, 0};
    poll(&one, 1, 0);
    int waiting = -1, mark = -1;
    ioctl(fd, FIONREAD, &waiting), ioctl(fd, SIOCATMARK, &mark);
    fd_set normal, exceptional;
    FD_ZERO(&normal);
    FD_ZERO(&exceptional);
    FD_SET(fd, &normal), FD_SET(fd, &exceptional);
    struct timeval none = {0, 0};
    int n = select(fd + 1, &normal, NULL, &exceptional, &none);
    printf("%s: poll%s%s, waiting %d, mark %d %d, select %d %d %d\n", what, one.revents & POLLIN ? " in" : "",
           one.revents & POLLPRI ? " pri" : "", waiting, mark, sockatmark(fd), n, !!FD_ISSET(fd, &normal),
           !!FD_ISSET(fd, &exceptional));
}

static void wait_for(volatile sig_atomic_t *what) {
    for (int i = 0; i < 2000 && !*what; i++)
        usleep(1000);
}

static void marks(void) {
    int ends[2], on = 1;
    join(ends);
    look("nothing", ends[1]), take("none", ends[1], 9, MSG_OOB);
    printf("sent %zd\n", send(ends[0], "abcX", 4, MSG_OOB)), send(ends[0], "def", 3, 0);
    look("urgent", ends[1]);
    take("peeked", ends[1], 1, MSG_OOB | MSG_PEEK), take("no room", ends[1], 0, MSG_OOB);
    take("before", ends[1], 9, 0);
    look("at the mark", ends[1]);
    take("ahead", ends[1], 9, MSG_PEEK), take("after", ends[1], 9, 0);
    look("behind", ends[1]), take("gone", ends[1], 1, MSG_OOB);

    send(ends[0], "gY", 2, MSG_OOB), take("urgent", ends[1], 9, MSG_OOB);
    look("taken", ends[1]), take("again", ends[1], 1, MSG_OOB);
    take("normal", ends[1], 9, 0), look("hole", ends[1]), take("empty", ends[1], 9, 0);

    // A second one makes the first a byte like others, unless nothing is before it.
    send(ends[0], "hA", 2, MSG_OOB), send(ends[0], "iB", 2, MSG_OOB);
    take("second", ends[1], 9, MSG_OOB), take("first half", ends[1], 9, 0), take("rest", ends[1], 9, 0);
    send(ends[0], "C", 1, MSG_OOB), send(ends[0], "jD", 2, MSG_OOB);
    take("lost", ends[1], 9, 0), look("next", ends[1]), take("its byte", ends[1], 9, MSG_OOB);
    take("empty", ends[1], 9, 0);

    setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
    send(ends[0], "klE", 3, MSG_OOB), send(ends[0], "mn", 2, 0);
    look("inline", ends[1]), take("not apart", ends[1], 9, MSG_OOB), take("before", ends[1], 9, 0);
    look("at the mark", ends[1]), take("with it", ends[1], 9, 0), look("behind", ends[1]);
    // All that was asked for, or what is before the mark.
    send(ends[0], "opF", 3, MSG_OOB), send(ends[0], "qr", 2, 0);
    take("waited for", ends[1], 5, MSG_WAITALL), take("the rest", ends[1], 5, 0);
    shutdown(ends[0], SHUT_WR);
    take("end", ends[1], 9, 0), take("end", ends[1], 9, MSG_OOB);
    close(ends[0]), close(ends[1]);

    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    take("datagram", fd, 1, MSG_OOB);
    printf("datagram %zd", send(fd, "x", 1, MSG_OOB)), printf(" %s\n", strerror(errno));
    close(fd);
}

static void owners(void) {
    int ends[2], pipes[2], owner = 0, on = 1;
    join(ends);
    signal(SIGURG, on_urgent), signal(SIGIO, on_ready);
    struct sigaction action = {.sa_sigaction = on_details, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN + 3, &action, NULL);
    printf("owner %d", fcntl(ends[1], F_GETOWN)), printf(" signal %d\n", fcntl(ends[1], F_GETSIG));
    send(ends[0], "a", 1, MSG_OOB);
    printf("set %d", fcntl(ends[1], F_SETOWN, getpid())), printf(" %d\n", fcntl(ends[1], F_GETOWN) == getpid());
    send(ends[0], "b", 1, MSG_OOB), wait_for(&urgent);
    printf("urgent %d\n", urgent);
    printf("nobody %d", fcntl(ends[1], F_SETOWN, 99999999)), printf(" %d", errno == ESRCH);
    ioctl(ends[1], SIOCGPGRP, &owner), printf(" kept %d", owner == getpid());
    owner = 0, printf(" none %d", ioctl(ends[1], FIOSETOWN, &owner));
    ioctl(ends[1], FIOGETOWN, &owner), printf(" %d\n", owner);
    struct f_owner_ex ex = {F_OWNER_TID, gettid()};
    printf("thread %d", fcntl(ends[1], F_SETOWN_EX, &ex)), ex = (struct f_owner_ex){9, 9};
    printf(" %d", fcntl(ends[1], F_GETOWN_EX, &ex)), printf(" %d %d", ex.type, ex.pid == gettid());
    ex.type = 7, printf(" bad %d", fcntl(ends[1], F_SETOWN_EX, &ex)), printf(" %d\n", errno == EINVAL);
    printf("bad signal %d", fcntl(ends[1], F_SETSIG, 65)), printf(" %d\n", errno == EINVAL);

    // A pipe, by O_ASYNC and by FIOASYNC.
    pipe(pipes);
    fcntl(pipes[0], F_SETOWN, getpid());
    write(pipes[1], "x", 1), usleep(20000);
    printf("not asked %d\n", ready);
    printf("async %d", fcntl(pipes[0], F_SETFL, O_ASYNC)), printf(" %d\n", !!(fcntl(pipes[0], F_GETFL) & O_ASYNC));
    write(pipes[1], "y", 1), wait_for(&ready);
    printf("ready %d\n", ready > 0);
    fcntl(pipes[0], F_SETSIG, SIGRTMIN + 3);
    char buf[8];
    read(pipes[0], buf, sizeof buf), usleep(20000), ready = 0;
    write(pipes[1], "z", 1), wait_for(&details);
    printf("details %d, plain %d\n", details == 1000 + pipes[0] * 10 + 1, ready);
    int off = 0;
    printf("off %d", ioctl(pipes[0], FIOASYNC, &off)), details = 0;
    write(pipes[1], "z", 1), usleep(20000);
    printf(" %d %d\n", details, !!(fcntl(pipes[0], F_GETFL) & O_ASYNC));
    // A group of its own, or others would be told too.
    printf("socket %d", ioctl(ends[0], FIOASYNC, &on)), setpgid(0, 0), ready = 0;
    printf(" group %d", getpgrp() == getpid() ? fcntl(ends[0], F_SETOWN, -getpgrp()) : -1);
    printf(" %d", fcntl(ends[0], F_GETOWN) == -getpid());
    send(ends[1], "w", 1, 0), wait_for(&ready);
    printf(" ready %d", ready > 0);
    int file = open("/dev/null", O_RDWR);
    printf(" null %d", ioctl(file, FIOASYNC, &on)), printf(" %d\n", errno == ENOTTY);
    close(file), close(ends[0]), close(ends[1]), close(pipes[0]), close(pipes[1]);
}

int main(void) {
    marks();
    owners();
    return 0;
}
