// kind: so
// flags: -pthread
// Pipes, poll, and the end of a pipe.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int ends[2];

static void *writer(void *argument) {
    (void)argument;
    char block[4096];
    memset(block, 'w', sizeof block);
    for (int i = 0; i < 64; i++)
        if (write(ends[1], block, sizeof block) != sizeof block)
            return (void *)1;
    close(ends[1]);
    return NULL;
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    if (pipe(ends) != 0)
        return 1;
    struct pollfd fds[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
    printf("poll %d", poll(fds, 2, 0));
    printf(" %x %x\n", fds[0].revents, fds[1].revents);
    pthread_t thread;
    pthread_create(&thread, NULL, writer, NULL);
    long total = 0, n;
    char buf[1000];
    while ((n = read(ends[0], buf, sizeof buf)) > 0)
        total += n;
    void *result;
    pthread_join(thread, &result);
    printf("read %ld, end %ld, writer %ld\n", total, n, (long)result);
    printf("poll %d", poll(fds, 1, -1));
    printf(" %x\n", fds[0].revents);
    close(ends[0]);

    if (pipe(ends) != 0)
        return 1;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    n = read(ends[0], buf, 1);
    printf("empty: %ld %s\n", n, strerror(errno));
    close(ends[0]);
    n = write(ends[1], "x", 1);
    printf("no reader: %ld %s\n", n, strerror(errno));
    return 0;
}
