// Sets the machine's clock, which natively would be the host's: what follows it, who waits for it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define START 2000000000L
#define MS 1000000L

static long long ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int near(long long seconds, long long wanted) { return seconds >= wanted && seconds < wanted + 600; }

static void say(const char *what, int result) {
    printf("%s: %s\n", what, result < 0 ? strerrorname_np(errno) : "ok");
    errno = 0;
}

static int set(long long time_ns) {
    struct timespec time = {time_ns / 1000000000, time_ns % 1000000000};
    return clock_settime(CLOCK_REALTIME, &time);
}

static void sleep_ns(long nanos) {
    struct timespec time = {0, nanos};
    nanosleep(&time, NULL);
}

// Those that wait until a time of the clock.
static struct timespec until;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, free_one = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;
static mqd_t queue;
static int polled, read_one, waited, word, done;

static int by_sleep(void) { return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL); }
static int by_sem(void) { return sem_timedwait(&sem, &until) ? errno : 0; }
static int by_mutex(void) { return pthread_mutex_timedlock(&held, &until); }
static int by_rwlock(void) { return pthread_rwlock_timedwrlock(&rwlock, &until); }
static int by_cond(void) {
    pthread_mutex_lock(&free_one);
    int result = pthread_cond_timedwait(&cond, &free_one, &until);
    pthread_mutex_unlock(&free_one);
    return result;
}
static int by_futex(void) {
    int how = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME;
    return syscall(SYS_futex, &word, how, 0, &until, NULL, FUTEX_BITSET_MATCH_ANY) ? errno : 0;
}
static int by_queue(void) {
    char text[20];
    return mq_timedreceive(queue, text, sizeof text, NULL, &until) < 0 ? errno : 0;
}
static int by_read(void) {
    unsigned long long times = 0;
    return read(read_one, &times, 8) == 8 ? (int)times : -errno;
}
static int by_poll(void) {
    struct pollfd one = {polled, POLLIN, 0};
    return poll(&one, 1, -1) == 1 ? one.revents : -1;
}
static int by_epoll(void) {
    struct epoll_event event = {EPOLLIN, {0}};
    int fd = epoll_create1(0);
    epoll_ctl(fd, EPOLL_CTL_ADD, waited, &event);
    int result = epoll_wait(fd, &event, 1, -1);
    close(fd);
    return result;
}
static int by_signal(void) {
    sigset_t alarms;
    sigemptyset(&alarms), sigaddset(&alarms, SIGRTMIN);
    return sigwaitinfo(&alarms, NULL) == SIGRTMIN ? 0 : -1;
}

static struct waiter {
    const char *name;
    int (*wait)(void);
    int result;
    pthread_t thread;
} waiters[] = {{"clock_nanosleep", by_sleep}, {"sem_timedwait", by_sem}, {"mutex_timedlock", by_mutex},
               {"rwlock_timedwrlock", by_rwlock}, {"cond_timedwait", by_cond}, {"futex", by_futex},
               {"mq_timedreceive", by_queue}, {"timerfd", by_read}, {"poll", by_poll}, {"epoll", by_epoll},
               {"timer_create", by_signal}};
#define WAITERS (int)(sizeof waiters / sizeof *waiters)

static void *run(void *waiter) {
    struct waiter *this = waiter;
    this->result = this->wait();
    __atomic_add_fetch(&done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static int timer_until(int flags, int how) {
    struct itimerspec value = {{0, 0}, until};
    int fd = timerfd_create(CLOCK_REALTIME, flags);
    timerfd_settime(fd, how, &value, NULL);
    return fd;
}

static void jump_over_waits(void) {
    sigset_t alarms;
    sigemptyset(&alarms), sigaddset(&alarms, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &alarms, NULL);
    until.tv_sec = START + 100000;
    struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 10};
    queue = mq_open("/clock", O_CREAT | O_RDWR, 0600, &attr);
    sem_init(&sem, 0, 0);
    pthread_mutex_lock(&held);
    pthread_rwlock_wrlock(&rwlock);
    read_one = timer_until(0, TFD_TIMER_ABSTIME);
    polled = timer_until(0, TFD_TIMER_ABSTIME);
    waited = timer_until(0, TFD_TIMER_ABSTIME);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec value = {{0, 0}, until}, left;
    timer_create(CLOCK_REALTIME, &event, &timer);
    timer_settime(timer, TIMER_ABSTIME, &value, NULL);
    for (int i = 0; i < WAITERS; i++) pthread_create(&waiters[i].thread, NULL, run, &waiters[i]);
    sleep_ns(100 * MS);
    printf("waiting: %d\n", done);
    say("a little", set((START + 50000) * 1000000000LL));
    timer_gettime(timer, &left);
    printf("left: %d\n", near(left.it_value.tv_sec + 600, 50000) || near(left.it_value.tv_sec, 49400));
    timerfd_gettime(read_one, &left);
    printf("left: %d\n", left.it_value.tv_sec > 49000 && left.it_value.tv_sec <= 50000);
    sleep_ns(50 * MS);
    printf("still waiting: %d\n", done);
    say("over it", set((START + 100001) * 1000000000LL));
    for (int i = 0; i < WAITERS; i++) {
        pthread_join(waiters[i].thread, NULL);
        printf("%s: %d\n", waiters[i].name, waiters[i].result);
    }
}

static void back_and_relative(void) {
    long long before = ns(CLOCK_MONOTONIC), real = ns(CLOCK_REALTIME) + 200 * MS;
    until.tv_sec = real / 1000000000, until.tv_nsec = real % 1000000000;
    pthread_create(&waiters[0].thread, NULL, run, &waiters[0]);
    sleep_ns(50 * MS);
    set(ns(CLOCK_REALTIME) - 100 * MS);
    pthread_join(waiters[0].thread, NULL);
    printf("later: %d %d\n", waiters[0].result, ns(CLOCK_MONOTONIC) - before >= 299 * MS);
    struct itimerspec value = {{0, 0}, {0, 100 * MS}};
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    before = ns(CLOCK_MONOTONIC);
    timerfd_settime(fd, 0, &value, NULL);
    set(ns(CLOCK_REALTIME) + 1000000000LL * 1000);
    unsigned long long times;
    ssize_t n = read(fd, &times, 8);
    printf("relative: %zd %d\n", n, ns(CLOCK_MONOTONIC) - before >= 100 * MS);
    close(fd);
}

static void cancelled(void) {
    unsigned long long times;
    until.tv_sec = START + 9000000, until.tv_nsec = 0;
    int how = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    int fd = timer_until(TFD_NONBLOCK, how), blocking = timer_until(0, how), plain = timer_until(TFD_NONBLOCK, TFD_TIMER_ABSTIME);
    struct pollfd one = {fd, POLLIN, 0};
    printf("before: %d\n", poll(&one, 1, 0));
    read_one = blocking;
    struct waiter waiter = {"", by_read};
    pthread_create(&waiter.thread, NULL, run, &waiter);
    sleep_ns(50 * MS);
    say("set", set((START + 200000) * 1000000000LL));
    pthread_join(waiter.thread, NULL);
    printf("blocked: %s\n", strerrorname_np(-waiter.result));
    printf("after: %d\n", poll(&one, 1, 0));
    say("told", read(fd, &times, 8));
    say("once", read(fd, &times, 8));
    say("not who did not ask", read(plain, &times, 8));
    say("set", set((START + 200001) * 1000000000LL));
    struct itimerspec value = {{0, 0}, until};
    say("asked again", timerfd_settime(fd, how, &value, NULL));
    say("and then", timerfd_settime(fd, how, &value, NULL));
    say("nothing", read(fd, &times, 8));
    close(fd), close(blocking), close(plain);
}

static void adjust(void) {
    struct timeval way = {0, 500000}, left = {-1, -1};
    say("adjtime", adjtime(&way, &left));
    printf("before %ld %ld\n", (long)left.tv_sec, (long)left.tv_usec);
    say("asks", adjtime(NULL, &left));
    printf("left %d\n", left.tv_sec == 0 && left.tv_usec > 400000 && left.tv_usec <= 500000);
    way.tv_usec = 0;
    say("no more", adjtime(&way, &left));
    say("asks", adjtime(NULL, &left));
    printf("left %ld %ld\n", (long)left.tv_sec, (long)left.tv_usec);

    struct timex timex = {.modes = ADJ_SETOFFSET | ADJ_NANO, .time = {1000, 5}};
    long long before = ns(CLOCK_REALTIME);
    int state = adjtimex(&timex);
    printf("setoffset %d %d\n", state, near((ns(CLOCK_REALTIME) - before) / 1000000000, 1000));
    timex = (struct timex){.modes = ADJ_SETOFFSET, .time = {0, 1000000}};
    say("too many microseconds", adjtimex(&timex));
    timex = (struct timex){.modes = ADJ_TICK, .tick = 8999};
    say("too short a tick", adjtimex(&timex));
    timex = (struct timex){.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = 11000, .freq = 100L << 16};
    say("fast", adjtimex(&timex));
    printf("%ld %ld\n", timex.tick, timex.freq >> 16);
    long long gained = 0;
    for (int i = 0; i < 50 && gained < 8 * MS; i++) {
        long long steady = ns(CLOCK_MONOTONIC), real = ns(CLOCK_REALTIME);
        sleep_ns(100 * MS);
        real = ns(CLOCK_REALTIME) - real, steady = ns(CLOCK_MONOTONIC) - steady;
        gained = real - steady;
    }
    printf("gained %d\n", gained >= 8 * MS);
    timex = (struct timex){.modes = ADJ_TICK | ADJ_FREQUENCY, .tick = 10000};
    say("as usual", adjtimex(&timex));
    timex = (struct timex){.modes = ADJ_TAI | ADJ_STATUS | ADJ_MAXERROR | ADJ_NANO, .constant = 37, .maxerror = 1234};
    printf("status %d", adjtimex(&timex));
    printf(" %x %ld %d\n", timex.status, timex.maxerror, timex.tai);
    printf("tai %d\n", near((ns(CLOCK_TAI) - ns(CLOCK_REALTIME) + 1000000) / 1000000000, 37));
    timex = (struct timex){.modes = ADJ_OFFSET_SINGLESHOT, .offset = 12345};
    state = adjtimex(&timex);
    printf("singleshot %d %ld\n", state, timex.offset);
    timex = (struct timex){.modes = ADJ_OFFSET_SS_READ};
    state = adjtimex(&timex);
    printf("read %d %d\n", state, timex.offset > 12000 && timex.offset <= 12345);
    timex = (struct timex){.modes = ADJ_OFFSET_SINGLESHOT};
    adjtimex(&timex);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    long long steady = ns(CLOCK_MONOTONIC);
    say("set", set(START * 1000000000LL));
    struct timeval tv;
    gettimeofday(&tv, NULL);
    printf("%d %d", near(tv.tv_sec, START), near(time(NULL), START));
    printf(" %d", near(syscall(SYS_time, NULL), START));
    printf(" %d %d", near(ns(CLOCK_REALTIME_COARSE) / 1000000000, START), near(ns(CLOCK_TAI) / 1000000000, START));
    printf(" %d\n", ns(CLOCK_MONOTONIC) - steady < 600 * 1000000000LL);
    struct stat st;
    close(open("/tmp/made", O_CREAT | O_WRONLY, 0600));
    stat("/tmp/made", &st);
    printf("file %d\n", near(st.st_mtime, START));
    utimensat(AT_FDCWD, "/tmp/made", NULL, 0);
    stat("/tmp/made", &st);
    printf("file %d\n", near(st.st_atime, START));
    jump_over_waits();
    back_and_relative();
    cancelled();
    adjust();
    struct timespec wrong[] = {{5, 1000000000}, {-1, 0}, {0, 0}, {9000000000, 0}};
    for (int i = 0; i < 4; i++) say("wrong", clock_settime(CLOCK_REALTIME, &wrong[i]));
    say("monotonic", clock_settime(CLOCK_MONOTONIC, &until));
    tv = (struct timeval){START + 5000000, 7};
    say("settimeofday", settimeofday(&tv, NULL));
    printf("%d\n", near(time(NULL), START + 5000000));
    // Only old programs find it.
    int (*stime)(const time_t *) = dlvsym(RTLD_DEFAULT, "stime", "GLIBC_2.2.5");
    time_t then = START + 6000000;
    say("stime", stime ? stime(&then) : -1);
    printf("%d\n", near(time(NULL), START + 6000000));
    return 0;
}
