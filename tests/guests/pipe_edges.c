// kind: pie
// Pipes and fifos: capacity, atomic writes, ends that close, non-blocking, blocking across threads.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long result) {
    printf("%s: %ld errno %d\n", what, result, result < 0 ? errno : 0);
}

static char big[200000];

static void *writer(void *arg) {
    int fd = *(int *)arg;
    long n = write(fd, big, sizeof big);
    close(fd);
    return (void *)n;
}

static void *fifo_writer(void *arg) {
    int fd = open(arg, O_WRONLY);
    write(fd, "through the fifo", 16);
    close(fd);
    return NULL;
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int fds[2];
    say("pipe2", pipe2(fds, O_NONBLOCK));
    char buf[70000];
    say("read empty", read(fds[0], buf, 10));
    long total = 0, n;
    while ((n = write(fds[1], big, 4096)) > 0)
        total += n;
    printf("capacity %ld errno %d\n", total, errno);
    int left = 0;
    ioctl(fds[0], FIONREAD, &left);
    printf("FIONREAD %d, F_GETPIPE_SZ %d\n", left, fcntl(fds[0], F_GETPIPE_SZ));
    say("read 100", read(fds[0], buf, 100));
    say("write 4096 has no room", write(fds[1], big, 4096));
    say("read rest", read(fds[0], buf, sizeof buf));
    say("write 70000 in part", write(fds[1], big, 70000));
    say("bigger pipe", fcntl(fds[1], F_SETPIPE_SZ, 1 << 17));
    say("write more", write(fds[1], big, 70000));
    close(fds[1]);
    total = 0;
    while ((n = read(fds[0], buf, sizeof buf)) > 0)
        total += n;
    printf("drained %ld, then %ld\n", total, n);
    close(fds[0]);
    pipe(fds);
    say("read of the write end", read(fds[1], buf, 1));
    say("write to the read end", write(fds[0], buf, 1));
    say("seek", lseek(fds[0], 0, SEEK_SET));
    say("pread", pread(fds[0], buf, 1, 0));
    struct stat st;
    fstat(fds[0], &st);
    printf("fifo %d\n", S_ISFIFO(st.st_mode));
    close(fds[0]);
    say("no reader", write(fds[1], "x", 1));
    close(fds[1]);
    for (unsigned i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 13);
    pipe(fds);
    pthread_t thread;
    pthread_create(&thread, NULL, writer, &fds[1]);
    unsigned sum = 0, expected = 0;
    total = 0;
    while ((n = read(fds[0], buf, 777)) > 0) {
        for (long i = 0; i < n; i++)
            sum = sum * 31 + (unsigned char)buf[i];
        total += n;
    }
    for (unsigned i = 0; i < sizeof big; i++)
        expected = expected * 31 + (unsigned char)big[i];
    void *wrote;
    pthread_join(thread, &wrote);
    printf("threads %ld %ld %d\n", total, (long)wrote, sum == expected);
    close(fds[0]);
    char folder[] = "/tmp/osvrun-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    say("mkfifo", mkfifo("fifo", 0600));
    say("no reader yet", open("fifo", O_WRONLY | O_NONBLOCK));
    pthread_create(&thread, NULL, fifo_writer, "fifo");
    int fd = open("fifo", O_RDONLY);
    total = 0;
    while ((n = read(fd, buf + total, sizeof buf - total)) > 0)
        total += n;
    printf("%.*s\n", (int)total, buf);
    pthread_join(thread, NULL);
    close(fd);
    // Whoever comes first waits for the other, who may have gone again before it looks.
    int met = 0;
    for (int i = 0; i < 500; i++) {
        pthread_create(&thread, NULL, fifo_writer, "fifo");
        if (i % 3 == 0)
            sched_yield();
        fd = open("fifo", O_RDONLY);
        met += read(fd, buf, sizeof buf) > 0;
        pthread_join(thread, NULL);
        close(fd);
    }
    printf("met %d times\n", met);
    unlink("fifo");
    chdir("/");
    say("rmdir", rmdir(folder));
    return 0;
}
