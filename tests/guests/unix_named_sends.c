// Messages for somebody by name over local sockets: packets of a connection pass over the name, whatever it is, streams refuse
// any, and datagrams want one of their own family.
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct {
    const char *name;
    int type;
} kinds[] = {{"stream", SOCK_STREAM}, {"packets", SOCK_SEQPACKET}, {"datagrams", SOCK_DGRAM}};

static void said(const char *what, ssize_t result) {
    if (result < 0)
        printf("  %s: errno %d\n", what, errno);
    else
        printf("  %s: %zd\n", what, result);
}

static void sends(int fd) {
    struct sockaddr_in6 internet = {.sin6_family = AF_INET6};
    struct sockaddr_un none = {.sun_family = AF_UNIX, .sun_path = "/tmp/osvrun-nobody"};
    char text[] = "hello";
    struct iovec part = {text, 5};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    said("sendto internet", sendto(fd, text, 5, MSG_NOSIGNAL, (void *)&internet, sizeof internet));
    said("sendto nobody", sendto(fd, text, 5, MSG_NOSIGNAL, (void *)&none, sizeof none));
    message.msg_name = &internet, message.msg_namelen = sizeof internet;
    said("sendmsg internet", sendmsg(fd, &message, MSG_NOSIGNAL));
    message.msg_name = &none, message.msg_namelen = sizeof none;
    said("sendmsg nobody", sendmsg(fd, &message, MSG_NOSIGNAL));
    message.msg_name = &none, message.msg_namelen = 1;
    said("sendmsg one byte of a name", sendmsg(fd, &message, MSG_NOSIGNAL));
    message.msg_name = &none, message.msg_namelen = 0;
    said("sendmsg no byte of a name", sendmsg(fd, &message, MSG_NOSIGNAL));
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        int pair[2], alone = socket(AF_UNIX, kinds[i].type, 0);
        char bytes[100];
        ssize_t n, all = 0;
        socketpair(AF_UNIX, kinds[i].type, 0, pair);
        printf("%s, connected\n", kinds[i].name);
        sends(pair[0]);
        while ((n = recv(pair[1], bytes, sizeof bytes, MSG_DONTWAIT)) > 0) all += n;
        printf("  %zd bytes came\n", all);
        printf("%s, alone\n", kinds[i].name);
        sends(alone);
        close(pair[0]), close(pair[1]), close(alone);
    }
    return 0;
}
