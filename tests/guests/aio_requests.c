// kind: so pie
// flags: -lrt
// POSIX asynchronous requests.
#define _GNU_SOURCE
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile int told, code, value;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int called;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    code = info->si_code;
    value = info->si_value.sival_int;
    told = number;
}

static void on_thread(union sigval v) {
    pthread_mutex_lock(&lock);
    called += v.sival_int;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static void wait_for(struct aiocb *cb) {
    const struct aiocb *list[1] = {cb};
    while (aio_error(cb) == EINPROGRESS) aio_suspend(list, 1, 0);
}

static struct aiocb request(int fd, void *buf, size_t len, off_t offset) {
    struct aiocb cb;
    memset(&cb, 0, sizeof cb);
    cb.aio_fildes = fd;
    cb.aio_buf = buf;
    cb.aio_nbytes = len;
    cb.aio_offset = offset;
    cb.aio_sigevent.sigev_notify = SIGEV_NONE;
    return cb;
}

static void show(const char *what, struct aiocb *cb) {
    wait_for(cb);
    int error = aio_error(cb);
    printf("%s: error %d return %zd\n", what, error, aio_return(cb));
}

static void *suspend(void *request) {
    const struct aiocb *list[1] = {request};
    aio_suspend(list, 1, 0);
    return 0;
}

int main(void) {
    char path[] = "/tmp/aioXXXXXX", buf[64] = "", more[64] = "";
    int fd = mkstemp(path);
    struct aiocb w = request(fd, "hello world", 11, 0);
    printf("write %d\n", aio_write(&w));
    show("write", &w);
    struct aiocb r = request(fd, buf, 5, 6);
    printf("read %d\n", aio_read(&r));
    show("read", &r);
    printf("%s\n", buf);
    // Two requests at once while one helper is idle: the first waits for what the second does.
    int ends[2];
    pipe(ends);
    usleep(20000);
    struct aiocb from = request(ends[0], more, 5, 0), to = request(ends[1], "there", 5, 0);
    from.aio_lio_opcode = LIO_READ;
    to.aio_lio_opcode = LIO_WRITE;
    struct aiocb *both[2] = {&from, &to};
    printf("both %d\n", lio_listio(LIO_WAIT, both, 2, 0));
    show("from", &from);
    show("to", &to);
    printf("%.5s\n", more);
    // Requests of one descriptor keep their order.
    char all[400] = "";
    struct aiocb writes[100];
    char letters[100];
    for (int i = 0; i < 100; i++) {
        letters[i] = 'a' + i % 26;
        writes[i] = request(fd, &letters[i], 1, i % 10);
        aio_write(&writes[i]);
    }
    for (int i = 0; i < 100; i++) wait_for(&writes[i]);
    printf("pread %zd %.11s\n", pread(fd, all, sizeof all, 0), all);
    struct aiocb s = request(fd, 0, 0, 0);
    printf("fsync %d\n", aio_fsync(O_SYNC, &s));
    show("fsync", &s);
    printf("fsync %d\n", aio_fsync(O_DSYNC, &s));
    show("fsync", &s);
    int result = aio_fsync(77, &s);
    printf("fsync %d %d\n", result, errno);
    s.aio_fildes = -1;
    result = aio_fsync(O_SYNC, &s);
    printf("fsync %d %d\n", result, errno);
    struct aiocb bad = request(-1, buf, 1, 0);
    result = aio_read(&bad);
    show("bad descriptor", &bad);
    bad = request(fd, buf, 1, -1);
    result = aio_read(&bad);
    show("bad offset", &bad);
    bad = request(fd, buf, 1, 0);
    bad.aio_reqprio = -1;
    result = aio_read(&bad);
    printf("bad priority %d %d\n", result, errno);
    int reader = open(path, O_RDONLY);
    bad = request(reader, "x", 1, 0);
    aio_write(&bad);
    show("read only", &bad);

    // Notices
    r = request(fd, buf, 5, 0);
    r.aio_sigevent.sigev_notify = SIGEV_THREAD;
    r.aio_sigevent.sigev_notify_function = on_thread;
    r.aio_sigevent.sigev_notify_attributes = 0;
    r.aio_sigevent.sigev_value.sival_int = 5;
    aio_read(&r);
    pthread_mutex_lock(&lock);
    while (!called) pthread_cond_wait(&changed, &lock);
    printf("called %d\n", called);
    called = 0;
    pthread_mutex_unlock(&lock);

    // Lists
    struct aiocb a = request(fd, "A", 1, 0), b = request(fd, "B", 1, 1), c = request(fd, more, 3, 0), nothing = request(-1, 0, 0, 0);
    a.aio_lio_opcode = LIO_WRITE;
    b.aio_lio_opcode = LIO_WRITE;
    c.aio_lio_opcode = LIO_READ;
    nothing.aio_lio_opcode = LIO_NOP;
    struct aiocb *list[5] = {&a, 0, &b, &nothing, &c};
    printf("list %d\n", lio_listio(LIO_WAIT, list, 5, 0));
    printf("%.2s\n", more);
    show("a", &a);
    show("c", &c);
    struct aiocb failing = request(-1, buf, 1, 0);
    failing.aio_lio_opcode = LIO_READ;
    list[1] = &failing;
    result = lio_listio(LIO_WAIT, list, 5, 0);
    printf("list %d %d\n", result, errno);
    show("failing", &failing);
    list[1] = 0;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD};
    event.sigev_notify_function = on_thread;
    event.sigev_value.sival_int = 9;
    printf("list %d\n", lio_listio(LIO_NOWAIT, list, 5, &event));
    pthread_mutex_lock(&lock);
    while (!called) pthread_cond_wait(&changed, &lock);
    printf("called %d\n", called);
    pthread_mutex_unlock(&lock);
    show("b", &b);
    result = lio_listio(7, list, 5, 0);
    printf("list %d %d\n", result, errno);
    result = lio_listio(LIO_WAIT, list, 0, 0);
    printf("empty list %d\n", result);

    // Waiting
    const struct aiocb *done[2] = {0, &b};
    printf("suspend %d\n", aio_suspend(done, 2, 0));
    int fds[2];
    pipe(fds);
    printf("cancel %d\n", aio_cancel(fd, 0) == AIO_ALLDONE);
    printf("cancel %d\n", aio_cancel(fd, &b) == AIO_ALLDONE);
    result = aio_cancel(-1, 0);
    printf("cancel %d %d\n", result, errno);
    result = aio_cancel(fds[0], &b);
    printf("cancel %d %d\n", result, errno);
    struct aiocb p = request(fds[0], buf, 5, 0);
    aio_read(&p);
    struct aiocb second = request(fds[0], more, 5, 0);
    aio_read(&second);
    const struct aiocb *open_ones[1] = {&p};
    struct timespec soon = {0, 20000000};
    result = aio_suspend(open_ones, 1, &soon);
    printf("suspend %d %d\n", result, errno);
    printf("error %d\n", aio_error(&p) == EINPROGRESS);
    printf("cancel running %d\n", aio_cancel(fds[0], &p) == AIO_NOTCANCELED);
    printf("cancel queued %d\n", aio_cancel(fds[0], &second) == AIO_CANCELED);
    show("queued", &second);
    aio_read(&second);
    printf("cancel both %d\n", aio_cancel(fds[0], 0) == AIO_NOTCANCELED);
    printf("error %d\n", aio_error(&second));
    pthread_t thread;
    void *ended;
    pthread_create(&thread, 0, suspend, &p);
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, &ended);
    printf("suspend cancelled %d\n", ended == PTHREAD_CANCELED);
    write(fds[1], "piped", 5);
    show("pipe", &p);
    printf("%.5s\n", buf);
    // Last, since the handler may interrupt what comes after it.
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_signal;
    sigaction(SIGUSR1, &action, 0);
    r = request(fd, buf, 5, 0);
    r.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
    r.aio_sigevent.sigev_signo = SIGUSR1;
    r.aio_sigevent.sigev_value.sival_int = 17;
    aio_read(&r);
    while (!told) usleep(1000);
    printf("told %d code %d value %d\n", told == SIGUSR1, code == SI_ASYNCIO, value);
    show("read", &r);
    close(fd);
    unlink(path);
    return 0;
}
