// kind: so static
// What /proc/net/tcp says of a connection before and after accept(2).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned here, there = 1;

static const char *end(unsigned port) {
    return port == here ? "listener" : port == there ? "client" : port == 0 ? "none" : "another";
}

// One line of each kind, in this order: the listener, the client, the connection's other end.
static void show(void) {
    char text[300], lines[3][200] = {"", "", ""};
    unsigned local, remote, state, sent, received, retransmits;
    unsigned long inode;
    FILE *file = fopen("/proc/net/tcp", "r");
    while (file && fgets(text, sizeof text, file)) {
        if (sscanf(text, "%*d: %*x:%x %*x:%x %x %x:%x %*x:%*x %x %*u %*u %lu", &local, &remote, &state, &sent, &received,
                   &retransmits, &inode) != 7)
            continue;
        int kind = local == here && !remote ? 0 : local == there ? 1 : local == here && remote == there ? 2 : -1;
        if (kind >= 0)
            snprintf(lines[kind], sizeof lines[kind], "%s to %s: state %02X, %x received, %s\n", end(local), end(remote),
                     state, received, inode ? "a file" : "no file");
    }
    if (file)
        fclose(file);
    printf("%s%s%s\n", lines[0], lines[1], lines[2]);
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 5))
        return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    here = ntohs(address.sin_port);
    show();
    if (connect(client, (struct sockaddr *)&address, sizeof address) || send(client, "hello", 5, 0) != 5)
        return 2;
    getsockname(client, (struct sockaddr *)&address, &size);
    there = ntohs(address.sin_port);
    // What was sent arrives when it does.
    usleep(20000);
    show();
    int accepted = accept(listener, 0, 0);
    show();
    close(client);
    close(accepted);
    close(listener);
    return 0;
}
