// kind: so pie
// flags: -lrt
// POSIX message queues.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SHOW(call) \
    do { \
        errno = 0; \
        long r_ = (long)(call); \
        printf("%s: %ld %d\n", #call, r_, errno); \
    } while (0)

static mqd_t q;
static volatile int signalled, code, value, same;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static int threads_told;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    code = info->si_code;
    value = info->si_value.sival_int;
    same = info->si_pid == getpid();
    signalled = number;
}

static void on_thread(union sigval v) {
    pthread_mutex_lock(&lock);
    threads_told = v.sival_int;
    pthread_cond_signal(&told);
    pthread_mutex_unlock(&lock);
}

static void *later(void *arg) {
    (void)arg;
    usleep(20000);
    mq_send(q, "late", 5, 7);
    return 0;
}

static void *make_room(void *arg) {
    (void)arg;
    usleep(20000);
    char room[16];
    mq_receive(q, room, sizeof room, 0);
    return 0;
}

static void in_future(struct timespec *t, long ns) {
    clock_gettime(CLOCK_REALTIME, t);
    t->tv_nsec += ns;
    if (t->tv_nsec >= 1000000000) {
        t->tv_nsec -= 1000000000;
        t->tv_sec++;
    }
}

static void attributes(mqd_t fd) {
    struct mq_attr a;
    int r = mq_getattr(fd, &a);
    printf("attr %d: flags %ld max %ld size %ld now %ld\n", r, a.mq_flags, a.mq_maxmsg, a.mq_msgsize, a.mq_curmsgs);
}

// RLIMIT_MSGQUEUE counts what a queue can hold, from making it to the end of its last descriptor.
static void limits(void) {
    char name[64];
    struct rlimit limit, none = {0, 0};
    getrlimit(RLIMIT_MSGQUEUE, &limit);
    none.rlim_max = limit.rlim_max;
    snprintf(name, sizeof name, "/osvrun-mqueue-limit-%d", getpid());
    setrlimit(RLIMIT_MSGQUEUE, &none);
    SHOW(mq_open(name, O_RDWR | O_CREAT, 0600, 0));
    setrlimit(RLIMIT_MSGQUEUE, &limit);
    mqd_t made[64];
    int count = 0;
    for (int i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "/osvrun-mqueue-limit-%d-%d", getpid(), i);
        errno = 0;
        made[i] = mq_open(name, O_RDWR | O_CREAT, 0600, 0);
        if (made[i] == (mqd_t)-1) break;
        mq_unlink(name);
        count++;
    }
    printf("queues of 82880 bytes %d: %d\n", count > 0 && count <= 9, errno);
    mq_close(made[--count]);
    made[count] = mq_open(name, O_RDWR | O_CREAT, 0600, 0);
    printf("one went, one came %d\n", made[count++] != (mqd_t)-1);
    SHOW(mq_unlink(name));
    while (count > 0) mq_close(made[--count]);
}

// What a program asked for ends with any descriptor of the queue that it closes.
static void closing(const char *name, struct sigevent *event) {
    q = mq_open(name, O_RDWR | O_CREAT, 0600, 0);
    SHOW(mq_notify(q, event));
    SHOW(mq_close(q));
    q = mq_open(name, O_RDWR);
    SHOW(mq_notify(q, event));
    SHOW(mq_notify(q, event));
    mqd_t other = mq_open(name, O_RDONLY);
    SHOW(mq_close(other));
    SHOW(mq_notify(q, event));
    SHOW(close(dup(q)));
    SHOW(mq_notify(q, event));
    char text[128] = "";
    SHOW(read(q, text, 20) == 20 && read(q, text + 20, 100) > 0);
    text[strcspn(text, "P")] = 0;
    printf("%s\n", text);
    SHOW(mq_close(q));
    SHOW(mq_unlink(name));
}

int main(void) {
    char name[64], room[64];
    unsigned priority;
    snprintf(name, sizeof name, "/osvrun-mqueue-%d", getpid());
    SHOW(mq_open("noslash", O_RDWR | O_CREAT, 0600, 0));
    SHOW(mq_open("/", O_RDWR | O_CREAT, 0600, 0));
    SHOW(mq_open("/a/b", O_RDWR | O_CREAT, 0600, 0));
    SHOW(mq_open(name, O_RDWR));
    struct mq_attr bad = {.mq_maxmsg = 0, .mq_msgsize = 10}, want = {.mq_maxmsg = 3, .mq_msgsize = 16};
    SHOW(mq_open(name, O_RDWR | O_CREAT, 0600, &bad));
    q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &want);
    printf("open %d\n", q != (mqd_t)-1);
    SHOW(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &want));
    attributes(q);
    printf("close-on-exec %d\n", fcntl(q, F_GETFD));
    SHOW(mq_send(q, "low", 4, 1));
    SHOW(mq_send(q, "high", 5, 9));
    SHOW(mq_send(q, "low2", 5, 1));
    SHOW(mq_send(q, "x", 1, 32768));
    SHOW(mq_send(q, room, 17, 0));
    attributes(q);
    struct timespec soon;
    in_future(&soon, 10000000);
    SHOW(mq_timedsend(q, "full", 5, 0, &soon));
    mqd_t writer = mq_open(name, O_WRONLY | O_NONBLOCK), reader = mq_open(name, O_RDONLY | O_NONBLOCK);
    SHOW(mq_send(writer, "full", 5, 0));
    SHOW(mq_receive(writer, room, sizeof room, 0));
    SHOW(mq_send(reader, "x", 1, 0));
    SHOW(mq_receive(reader, room, 15, 0));
    struct pollfd p[2] = {{reader, POLLIN, 0}, {writer, POLLOUT, 0}};
    printf("poll %d", poll(p, 2, 0));
    printf(" %x %x\n", p[0].revents, p[1].revents);
    for (int i = 0; i < 3; i++) {
        priority = 0;
        int n = mq_receive(q, room, sizeof room, &priority);
        printf("receive %d %s %u\n", n, room, priority);
    }
    printf("poll %d", poll(p, 2, 0));
    printf(" %x %x\n", p[0].revents, p[1].revents);
    SHOW(mq_receive(reader, room, sizeof room, 0));
    in_future(&soon, 10000000);
    SHOW(mq_timedreceive(q, room, sizeof room, 0, &soon));
    struct timespec past = {0, 0}, wrong = {0, -1};
    SHOW(mq_timedreceive(q, room, sizeof room, 0, &past));
    SHOW(mq_timedreceive(q, room, sizeof room, 0, &wrong));
    pthread_t t;
    pthread_create(&t, 0, later, 0);
    SHOW(mq_receive(q, room, sizeof room, &priority));
    printf("%s %u\n", room, priority);
    pthread_join(t, 0);
    for (int i = 0; i < 3; i++) mq_send(q, "fill", 5, 0);
    pthread_create(&t, 0, make_room, 0);
    SHOW(mq_send(q, "more", 5, 0));
    pthread_join(t, 0);
    struct mq_attr set = {.mq_flags = O_NONBLOCK}, old;
    SHOW(mq_setattr(q, &set, &old));
    printf("old flags %ld now %ld\n", old.mq_flags, old.mq_curmsgs);
    set.mq_flags = 1;
    SHOW(mq_setattr(q, &set, 0));
    SHOW(mq_send(q, "none", 5, 0));
    while (mq_receive(q, room, sizeof room, 0) > 0) {}
    attributes(q);

    // Notices
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    action.sa_sigaction = on_signal;
    sigaction(SIGUSR1, &action, 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    event.sigev_value.sival_int = 42;
    SHOW(mq_notify(q, &event));
    SHOW(mq_notify(q, &event));
    SHOW(mq_send(q, "one", 4, 0));
    while (!signalled) usleep(1000);
    printf("signal %d code %d value %d pid %d\n", signalled == SIGUSR1, code == SI_MESGQ, value, same);
    signalled = 0;
    SHOW(mq_send(q, "two", 4, 0));
    // It is told once, and only of the first message of an empty queue.
    SHOW(mq_notify(q, &event));
    SHOW(mq_send(q, "three", 6, 0));
    usleep(20000);
    printf("signalled %d\n", signalled);
    SHOW(mq_notify(q, 0));
    while (mq_receive(q, room, sizeof room, 0) > 0) {}
    SHOW(mq_send(q, "four", 5, 0));
    usleep(20000);
    printf("signalled %d\n", signalled);
    mq_receive(q, room, sizeof room, 0);
    struct sigevent thread = {.sigev_notify = SIGEV_THREAD};
    thread.sigev_notify_function = on_thread;
    thread.sigev_value.sival_int = 5;
    SHOW(mq_notify(q, &thread));
    mq_send(q, "five", 5, 0);
    pthread_mutex_lock(&lock);
    while (!threads_told) pthread_cond_wait(&told, &lock);
    pthread_mutex_unlock(&lock);
    printf("thread told %d\n", threads_told);
    event.sigev_signo = 99;
    SHOW(mq_notify(q, &event));

    SHOW(mq_unlink(name));
    SHOW(mq_unlink(name));
    SHOW(mq_open(name, O_RDWR));
    // Without its name it works on.
    SHOW(mq_receive(q, room, sizeof room, 0));
    SHOW(mq_close(q));
    SHOW(mq_close(writer));
    SHOW(mq_close(reader));
    SHOW(mq_send(q, "x", 1, 0));
    int fd = open("/dev/null", O_RDWR);
    SHOW(mq_send(fd, "x", 1, 0));
    SHOW(mq_getattr(fd, &old));
    SHOW(mq_notify(fd, 0));
    limits();
    event.sigev_signo = SIGUSR1;
    closing(name, &event);
    return 0;
}
