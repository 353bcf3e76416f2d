// kind: so pie signals
// flags: -pthread
// More calls that wait, against a handler without SA_RESTART, an ignored signal and a handler with SA_RESTART, each aimed at
// the thread that waits: connections, datagrams, queues, record locks, FIFOs, terminals; and the calls that no signal ends.
#define _GNU_SOURCE
#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <termios.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define LENGTH(array) (sizeof array / sizeof *array)

static const struct timespec long_time = {60, 0};
static int tcp[2], clogged[2], listener, udp, packets[2], data[2], full[2], terminal[2], event, epoll, lock_a, lock_b, sets;
static int file;
static struct sockaddr_in address = {.sin_family = AF_INET}, udp_address = {.sin_family = AF_INET};
static mqd_t empty_queue, full_queue;
static pthread_t waiter, helper;
static volatile int let_go;
static char byte, block[1 << 16];

static long call_tcp_read(void) { return read(tcp[0], &byte, 1); }
static long call_tcp_recv_all(void) { return recv(tcp[0], block, 100, MSG_WAITALL); }
static long call_tcp_recvmmsg(void)
{
    struct iovec part = {&byte, 1};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}};
    return recvmmsg(tcp[0], &message, 1, 0, NULL);
}
static long call_tcp_write(void) { return write(clogged[0], block, 4096); }
static long call_tcp_sendmsg(void)
{
    struct iovec part = {block, 4096};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(clogged[0], &message, 0);
}
static long call_tcp_send_timeout(void)
{
    struct timeval limit = {60, 0};
    setsockopt(clogged[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    long sent = send(clogged[0], block, 4096, 0);
    int error = errno;
    limit.tv_sec = 0;
    setsockopt(clogged[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    errno = error;
    return sent;
}
static long call_tcp_accept(void)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    return fd < 0 ? -1 : close(fd);
}
static long call_udp_recvfrom(void) { return recvfrom(udp, &byte, 1, 0, NULL, NULL); }
static long call_packet_recv(void) { return recv(packets[0], &byte, 1, 0); }
static long call_tcp_poll(void)
{
    struct pollfd polled = {tcp[0], POLLIN, 0};
    return poll(&polled, 1, 60000);
}
static long call_tcp_select(void)
{
    fd_set set;
    struct timeval limit = {60, 0};
    FD_ZERO(&set);
    FD_SET(tcp[0], &set);
    return select(tcp[0] + 1, &set, NULL, NULL, &limit);
}
static long call_tcp_epoll_pwait2(void)
{
    struct epoll_event got;
    return syscall(SYS_epoll_pwait2, epoll, &got, 1, &long_time, NULL, 8);
}
static long call_splice(void) { return splice(data[0], NULL, full[1], NULL, 1, 0); }
static long call_tee(void) { return tee(data[0], full[1], 1, 0); }
static long call_vmsplice(void)
{
    struct iovec part = {block, 4096};
    return vmsplice(full[1], &part, 1, 0);
}
static long call_sendfile(void)
{
    off_t from = 0;
    return sendfile(clogged[0], file, &from, 4096);
}
static long call_write_eventfd(void) { return eventfd_write(event, 1); }
static long call_mq_receive(void) { return mq_receive(empty_queue, block, sizeof block, NULL); }
static long call_mq_timedreceive(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 60;
    return mq_timedreceive(empty_queue, block, sizeof block, NULL, &at);
}
static long call_mq_send(void) { return mq_send(full_queue, "x", 1, 0); }
static long call_semtimedop(void) { return semtimedop(sets, &(struct sembuf){0, -1, 0}, 1, &long_time); }
static long call_lock(int command)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(lock_b, command, &lock);
}
static long call_record_lock(void) { return call_lock(F_OFD_SETLKW); }
static long call_open_fifo(void)
{
    int fd = open("/tmp/signal_interrupts_more/fifo", O_RDONLY);
    return fd < 0 ? -1 : close(fd);
}
static long call_read_terminal(void) { return read(terminal[1], &byte, 1); }
static long call_write_terminal(void) { return write(terminal[1], "0123456789abcdef", 16); }
static long call_aio_suspend(void)
{
    static char text[1];
    struct aiocb request = {.aio_fildes = data[0], .aio_buf = text, .aio_nbytes = 1};
    const struct aiocb *list[] = {&request};
    long result = aio_read(&request);
    if (result)
        return result;
    result = aio_suspend(list, 1, NULL);
    int error = errno;
    (void)!write(data[1], "x", 1);
    while (aio_error(&request) == EINPROGRESS)
        aio_suspend(list, 1, NULL);
    aio_return(&request);
    errno = error;
    return result;
}
static long call_futex_bitset(void)
{
    static unsigned word;
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += 60;
    return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &at, NULL, 1);
}
static sem_t sem;
static long call_sem_clockwait(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += 60;
    return sem_clockwait(&sem, CLOCK_MONOTONIC, &at);
}
static long call_thrd_sleep(void) { return thrd_sleep(&long_time, NULL) == -1 ? (errno = EINTR, -1) : 0; }
static long call_sigwait(void)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    errno = sigwait(&set, &got);
    return errno ? -1 : 0;
}

/* Calls that no signal ends. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static mtx_t c11_mutex;
static cnd_t c11_cond;
static volatile int is_met;
static struct timespec in_a_minute(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 60;
    return at;
}
static long told_as_error(int error) { return error ? (errno = error, -1) : 0; }
static long call_mutex(void)
{
    long result = told_as_error(pthread_mutex_lock(&mutex));
    pthread_mutex_unlock(&mutex);
    return result;
}
static long call_mutex_timed(void)
{
    struct timespec at = in_a_minute();
    long result = told_as_error(pthread_mutex_timedlock(&mutex, &at));
    pthread_mutex_unlock(&mutex);
    return result;
}
static long wait_cond(const struct timespec *at)
{
    pthread_mutex_lock(&mutex);
    int error = 0;
    while (!is_met && !error)
        error = at ? pthread_cond_timedwait(&cond, &mutex, at) : pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    return told_as_error(error);
}
static long call_cond(void) { return wait_cond(NULL); }
static long call_cond_timed(void)
{
    struct timespec at = in_a_minute();
    return wait_cond(&at);
}
static long call_read_lock(void)
{
    long result = told_as_error(pthread_rwlock_rdlock(&rwlock));
    pthread_rwlock_unlock(&rwlock);
    return result;
}
static long call_write_lock_timed(void)
{
    struct timespec at = in_a_minute();
    long result = told_as_error(pthread_rwlock_timedwrlock(&rwlock, &at));
    pthread_rwlock_unlock(&rwlock);
    return result;
}
static long call_barrier(void)
{
    int got = pthread_barrier_wait(&barrier);
    return got == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : told_as_error(got);
}
static void *until_let_go(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (!let_go)
        usleep(500);
    return unused;
}
static long call_join(void) { return told_as_error(pthread_join(helper, NULL)); }
static long call_c11_mutex(void)
{
    int got = mtx_lock(&c11_mutex);
    mtx_unlock(&c11_mutex);
    return got == thrd_success ? 0 : (errno = EPROTO, -1);
}
static long call_c11_cond(void)
{
    int got = thrd_success;
    mtx_lock(&c11_mutex);
    while (!is_met && got == thrd_success)
        got = cnd_wait(&c11_cond, &c11_mutex);
    mtx_unlock(&c11_mutex);
    return got == thrd_success ? 0 : (errno = EPROTO, -1);
}

/* What ends each of them. */
static void end_tcp(void) { (void)!write(tcp[1], block, 100); }
static void end_clogged(void)
{
    while (recv(clogged[1], block, sizeof block, MSG_DONTWAIT) > 0)
        ;
}
static void end_accept(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
}
static void end_udp(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sendto(fd, "x", 1, 0, (struct sockaddr *)&udp_address, sizeof udp_address);
    close(fd);
}
static void end_packet(void) { send(packets[1], "x", 1, 0); }
static void end_data(void) { (void)!write(data[1], "x", 1); }
static void end_pipes(void)
{
    (void)!read(full[0], block, sizeof block);
    (void)!write(data[1], "x", 1);
}
static void end_full(void) { (void)!read(full[0], block, sizeof block); }
static void end_event(void)
{
    eventfd_t got;
    eventfd_read(event, &got);
}
static void end_mq_receive(void) { mq_send(empty_queue, "x", 1, 0); }
static void end_mq_send(void) { mq_receive(full_queue, block, sizeof block, NULL); }
static void end_sem(void) { semop(sets, &(struct sembuf){0, 1, 0}, 1); }
static void end_posix_sem(void) { sem_post(&sem); }
static void end_record_lock(void)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    fcntl(lock_a, F_OFD_SETLK, &lock);
}
static void end_fifo(void)
{
    int fd = open("/tmp/signal_interrupts_more/fifo", O_WRONLY | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
}
static void end_read_terminal(void) { (void)!write(terminal[0], "line\n", 5); }
static void end_write_terminal(void) { (void)!read(terminal[0], block, sizeof block); }
static void end_signal(void) { pthread_kill(waiter, SIGUSR2); }
static void end_mutex(void) { let_go = 1; }
static void end_cond(void)
{
    pthread_mutex_lock(&mutex);
    is_met = 1;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
}
static void end_c11_cond(void)
{
    mtx_lock(&c11_mutex);
    is_met = 1;
    cnd_broadcast(&c11_cond);
    mtx_unlock(&c11_mutex);
}
static void end_barrier(void)
{
    static int is_there;
    if (!is_there)
        is_there = 1, pthread_barrier_wait(&barrier);
}
static void end_none(void) {}

/* What must be so before each. */
static void drain(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (read(fd, block, sizeof block) > 0)
        ;
    fcntl(fd, F_SETFL, flags);
}
static void fill(int fd, size_t size)
{
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    /* A connection takes some on its way to the other end. */
    for (int calm = 0; calm < 10; calm++, usleep(2000))
        while (write(fd, block, size) > 0)
            calm = 0;
    fcntl(fd, F_SETFL, flags);
}
static void clear_tcp(void) { drain(tcp[0]); }
static void clear_clogged(void) { fill(clogged[0], 4096); }
static void clear_udp(void) { drain(udp); }
static void clear_packet(void) { drain(packets[0]); }
static void clear_data(void) { drain(data[0]); }
static void clear_full(void)
{
    fill(full[1], 4096);
    fill(full[1], 1);
}
static void clear_pipes(void)
{
    drain(data[0]);
    clear_full();
}
static void clear_event(void)
{
    eventfd_t got;
    int flags = fcntl(event, F_GETFL);
    fcntl(event, F_SETFL, flags | O_NONBLOCK);
    eventfd_read(event, &got);
    fcntl(event, F_SETFL, flags);
    eventfd_write(event, 0xfffffffffffffffe);
}
static void clear_mq(void)
{
    struct timespec past = {0, 0};
    while (mq_timedreceive(empty_queue, block, sizeof block, NULL, &past) >= 0)
        ;
}
static void fill_mq(void)
{
    struct timespec past = {0, 0};
    while (mq_timedsend(full_queue, "x", 1, 0, &past) == 0)
        ;
}
static void clear_sem(void) { semctl(sets, 0, SETVAL, 0); }
static void clear_posix_sem(void)
{
    while (sem_trywait(&sem) == 0)
        ;
}
static void clear_record_lock(void)
{
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    fcntl(lock_b, F_OFD_SETLK, &lock);
    lock.l_type = F_WRLCK;
    fcntl(lock_a, F_OFD_SETLK, &lock);
}
static void clear_terminal(void) { tcflush(terminal[1], TCIFLUSH); }
static void fill_terminal(void) { fill(terminal[1], 16); }
static void *hold_all(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_rwlock_wrlock(&rwlock);
    mtx_lock(&c11_mutex);
    is_met = 1;
    until_let_go(unused);
    mtx_unlock(&c11_mutex);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_unlock(&mutex);
    return unused;
}
static void hold(void)
{
    is_met = let_go = 0;
    pthread_create(&helper, NULL, hold_all, NULL);
    while (!is_met)
        usleep(500);
}
static void start_helper(void)
{
    let_go = 0;
    pthread_create(&helper, NULL, until_let_go, NULL);
}
static void unmeet(void) { is_met = 0; }
static void clear_none(void) {}

struct call {
    const char *name;
    long (*wait)(void);
    void (*prepare)(void), (*end)(void);
    int never; /* no signal ends it */
};
#define CALL(name, prepare, end) {#name, call_##name, prepare, end, 0}
#define NEVER(name, prepare, end) {#name, call_##name, prepare, end, 1}
static const struct call calls[] = {
    CALL(tcp_read, clear_tcp, end_tcp),
    CALL(tcp_recv_all, clear_tcp, end_tcp),
    CALL(tcp_recvmmsg, clear_tcp, end_tcp),
    CALL(tcp_write, clear_clogged, end_clogged),
    CALL(tcp_sendmsg, clear_clogged, end_clogged),
    CALL(tcp_send_timeout, clear_clogged, end_clogged),
    CALL(tcp_accept, clear_none, end_accept),
    CALL(udp_recvfrom, clear_udp, end_udp),
    CALL(packet_recv, clear_packet, end_packet),
    CALL(tcp_poll, clear_tcp, end_tcp),
    CALL(tcp_select, clear_tcp, end_tcp),
    CALL(tcp_epoll_pwait2, clear_tcp, end_tcp),
    CALL(splice, clear_pipes, end_pipes),
    CALL(tee, clear_pipes, end_pipes),
    CALL(vmsplice, clear_full, end_full),
    CALL(sendfile, clear_clogged, end_clogged),
    CALL(write_eventfd, clear_event, end_event),
    CALL(mq_receive, clear_mq, end_mq_receive),
    CALL(mq_timedreceive, clear_mq, end_mq_receive),
    CALL(mq_send, fill_mq, end_mq_send),
    CALL(semtimedop, clear_sem, end_sem),
    CALL(record_lock, clear_record_lock, end_record_lock),
    CALL(open_fifo, clear_none, end_fifo),
    CALL(read_terminal, clear_terminal, end_read_terminal),
    CALL(write_terminal, fill_terminal, end_write_terminal),
    CALL(aio_suspend, clear_data, end_data),
    CALL(futex_bitset, clear_none, end_none),
    CALL(sem_clockwait, clear_posix_sem, end_posix_sem),
    CALL(thrd_sleep, clear_none, end_none),
    NEVER(sigwait, clear_none, end_signal),
    NEVER(mutex, hold, end_mutex),
    NEVER(mutex_timed, hold, end_mutex),
    NEVER(cond, unmeet, end_cond),
    NEVER(cond_timed, unmeet, end_cond),
    NEVER(read_lock, hold, end_mutex),
    NEVER(write_lock_timed, hold, end_mutex),
    NEVER(c11_mutex, hold, end_mutex),
    NEVER(c11_cond, unmeet, end_c11_cond),
    NEVER(barrier, clear_none, end_barrier),
    NEVER(join, start_helper, end_mutex),
};

static volatile sig_atomic_t handled, is_in_handler, left_too_early;
static void handler(int number)
{
    (void)number;
    is_in_handler = 1;
    /* The call must not return before this does. */
    for (volatile int i = 0; i < 20000; i++)
        ;
    is_in_handler = 0;
    handled++;
}

/* The thread that waits. */
static const struct call *volatile current;
static volatile int state; /* 0 idle, 1 about to wait, 2 done */
static volatile long result;
static volatile int error, is_entering, number;

static void *wait_main(void *unused)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    number = gettid();
    for (;;) {
        while (state != 1)
            sched_yield();
        const struct call *call = current;
        if (!call)
            return unused;
        errno = 0;
        is_entering = 1;
        long got = call->wait();
        error = errno;
        left_too_early |= is_in_handler;
        result = got;
        state = 2;
    }
}

static void snooze(int milliseconds)
{
    struct timespec t = {0, milliseconds * 1000000L};
    while (nanosleep(&t, &t) != 0)
        ;
}

static int is_asleep(void)
{
    char name[60], text[200] = "";
    snprintf(name, sizeof name, "/proc/self/task/%d/stat", number);
    int fd = open(name, O_RDONLY);
    (void)!read(fd, text, sizeof text - 1);
    close(fd);
    char *end = strrchr(text, ')');
    return end && end[2] == 'S';
}

/* Waits until the handler has run, and the thread that it was aimed at has come back from it. */
static void wait_for_handler(void)
{
    while (!handled)
        snooze(1);
    /* The thread may have to wait for a processor. */
    for (int n = 0; state != 2 && (n < 20 || !is_asleep()); n++)
        snooze(2);
}

/* Has the thread wait: where there was room after all, again. */
static void start(const struct call *call)
{
    for (int tries = 0; tries < 100; tries++) {
        call->prepare();
        handled = 0;
        current = call;
        is_entering = 0;
        state = 1;
        while (!is_entering)
            snooze(1);
        do
            snooze(4);
        while (state == 1 && !is_asleep());
        if (state == 1)
            return;
        if (call->prepare == hold)
            let_go = 1, pthread_join(helper, NULL);
    }
}

static void told(const char *how)
{
    printf(" %s %s", how, result >= 0 ? "done" : error == EINTR ? "EINTR" : strerror(error));
    state = 0;
}

/* Does what a call waits for until it has come back. */
static void end_it(const struct call *call)
{
    for (int n = 0; state != 2 && n < 5000; n++) {
        if (n % 50 == 0)
            call->end();
        if (n % 50 == 0 && call->end == end_none)
            pthread_kill(waiter, SIGUSR1); /* it did not wait yet */
        snooze(1);
    }
    if (state != 2) {
        printf(" stuck\n");
        exit(1);
    }
}

static void connection(int ends[2])
{
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    connect(ends[0], (struct sockaddr *)&address, sizeof address);
    ends[1] = accept(listener, NULL, NULL);
}

static void set_up(void)
{
    socklen_t size = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_addr.s_addr = udp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&address, sizeof address), listen(listener, 5);
    getsockname(listener, (struct sockaddr *)&address, &size);
    bind(udp, (struct sockaddr *)&udp_address, sizeof udp_address);
    getsockname(udp, (struct sockaddr *)&udp_address, &size);
    connection(tcp), connection(clogged);
    /* Of a fixed size, they are full once and for all. */
    int bytes = 16384;
    setsockopt(clogged[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(clogged[1], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets);
    (void)!pipe(data), (void)!pipe(full);
    terminal[0] = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(terminal[0]), unlockpt(terminal[0]);
    terminal[1] = open(ptsname(terminal[0]), O_RDWR | O_NOCTTY);
    event = eventfd(0, 0), epoll = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, tcp[0], &wanted);
    mkdir("/tmp/signal_interrupts_more", 0700);
    unlink("/tmp/signal_interrupts_more/fifo"), mkfifo("/tmp/signal_interrupts_more/fifo", 0600);
    lock_a = open("/tmp/signal_interrupts_more/lock", O_CREAT | O_RDWR, 0600);
    lock_b = open("/tmp/signal_interrupts_more/lock", O_RDWR);
    file = open("/tmp/signal_interrupts_more/file", O_CREAT | O_RDWR, 0600);
    (void)!write(file, block, 4096);
    sets = semget(IPC_PRIVATE, 1, 0600);
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 16};
    char name[40];
    snprintf(name, sizeof name, "/osvrun-interrupts-%d", getpid());
    empty_queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small), mq_unlink(name);
    full_queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small), mq_unlink(name);
    sem_init(&sem, 0, 0), pthread_barrier_init(&barrier, NULL, 2);
    mtx_init(&c11_mutex, mtx_plain), cnd_init(&c11_cond);
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(120);
    signal(SIGPIPE, SIG_IGN);
    set_up();
    pthread_create(&waiter, NULL, wait_main, NULL);
    for (size_t i = 0; i < LENGTH(calls); i++) {
        const struct call *call = &calls[i];
        printf("%s:", call->name);
        if (!call->never) {
            /* Without SA_RESTART. A signal that comes before the thread waits is followed by others. */
            action.sa_flags = 0;
            sigaction(SIGUSR1, &action, NULL);
            start(call);
            while (state != 2) {
                pthread_kill(waiter, SIGUSR1);
                for (int n = 0; state != 2 && n < 50; n++)
                    snooze(1);
            }
            told("plain");
        }
        /* An ignored signal, then a handler with SA_RESTART, or without where it makes no difference, then what the call
           waits for. */
        signal(SIGUSR1, SIG_IGN);
        start(call);
        pthread_kill(waiter, SIGUSR1);
        snooze(4);
        printf(" ignored %s", state == 2 ? "ends it" : "nothing");
        action.sa_flags = call->never ? 0 : SA_RESTART;
        sigaction(SIGUSR1, &action, NULL);
        pthread_kill(waiter, SIGUSR1);
        wait_for_handler();
        if (state != 2)
            end_it(call);
        told(call->never ? "never" : "restart");
        if (call->prepare == hold)
            pthread_join(helper, NULL);
        printf("\n");
    }
    printf("returned in a handler %d\n", left_too_early);
    current = NULL;
    state = 1;
    pthread_join(waiter, NULL);
    semctl(sets, 0, IPC_RMID);
    return 0;
}
