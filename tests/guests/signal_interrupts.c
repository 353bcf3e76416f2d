// kind: so pie signals
// flags: -pthread
// Every blocking call against a handler without SA_RESTART, one with it, and an ignored signal, each aimed at the thread that
// waits.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LENGTH(array) (sizeof array / sizeof *array)

static const struct timespec long_time = {60, 0};
static int data[2], full[2], pair[2], clogged[2], listener, connecting, event, timer, notify, epoll, signals, lock_a, lock_b;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static sem_t sem;
#define MESSAGE_BYTES 8192
static int sets, queue;
static struct { long kind; char text[MESSAGE_BYTES]; } message;
static pthread_t waiter;
static unsigned word;
static char byte, block[1 << 16];
static sigset_t other_set, empty_set;

/* What is waited for: each call returns -1 with errno, as if it were a system call. */
static long call_nanosleep(void) { return nanosleep(&long_time, NULL); }
static long call_clock_nanosleep(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += 60;
    errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    return errno ? -1 : 0;
}
static long call_usleep(void) { return usleep(60000000); }
static long call_sleep(void) { return sleep(60) > 50 ? (errno = EINTR, -1) : 0; }
static long call_read_pipe(void) { return read(data[0], &byte, 1); }
static long call_readv_pipe(void)
{
    struct iovec part = {&byte, 1};
    return readv(data[0], &part, 1);
}
static long call_write_pipe(void) { return write(full[1], block, 4096); }
static long call_read_socket(void) { return read(pair[0], &byte, 1); }
static long call_recv(void) { return recv(pair[0], &byte, 1, 0); }
static long call_recvfrom(void) { return recvfrom(pair[0], &byte, 1, 0, NULL, NULL); }
static long call_recvmsg(void)
{
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return recvmsg(pair[0], &message, 0);
}
static long call_recv_timeout(void)
{
    struct timeval limit = {60, 0};
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    long got = recv(pair[0], &byte, 1, 0);
    int error = errno;
    limit.tv_sec = 0;
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    errno = error;
    return got;
}
static long call_write_socket(void) { return write(clogged[1], block, 1024); }
static long call_send(void) { return send(clogged[1], block, 1024, 0); }
static long call_sendmsg(void)
{
    struct iovec part = {block, 1024};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return sendmsg(clogged[1], &message, 0);
}
static long call_accept(void)
{
    int fd = accept(listener, NULL, NULL);
    return fd < 0 ? -1 : close(fd);
}
static long call_connect(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    long result = connect(fd, (struct sockaddr *)&address, sizeof address);
    int error = errno;
    close(fd);
    errno = error;
    return result;
}
static long call_poll(void)
{
    struct pollfd fd = {data[0], POLLIN, 0};
    return poll(&fd, 1, -1);
}
static long call_poll_timeout(void) { return poll(NULL, 0, 60000); }
static long call_ppoll(void)
{
    struct pollfd fd = {data[0], POLLIN, 0};
    return ppoll(&fd, 1, NULL, &empty_set);
}
static long call_select(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(data[0], &set);
    return select(data[0] + 1, &set, NULL, NULL, NULL);
}
static long call_pselect(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(data[0], &set);
    return pselect(data[0] + 1, &set, NULL, NULL, &long_time, &empty_set);
}
static long call_epoll_wait(void)
{
    struct epoll_event got;
    return epoll_wait(epoll, &got, 1, -1);
}
static long call_epoll_pwait(void)
{
    struct epoll_event got;
    return epoll_pwait(epoll, &got, 1, 60000, &empty_set);
}
static long call_futex(void) { return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0); }
static long call_futex_timeout(void) { return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &long_time, NULL, 0); }
static long call_sem_wait(void) { return sem_wait(&sem); }
static long call_sem_timedwait(void)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += 60;
    return sem_timedwait(&sem, &at);
}
static long call_pause(void) { return pause(); }
static long call_sigsuspend(void) { return sigsuspend(&empty_set); }
static long call_sigwaitinfo(void) { return sigwaitinfo(&other_set, NULL); }
static long call_sigtimedwait(void) { return sigtimedwait(&other_set, NULL, &long_time); }
static long call_read_eventfd(void)
{
    unsigned long long value;
    return read(event, &value, 8);
}
static long call_read_timerfd(void)
{
    unsigned long long value;
    return read(timer, &value, 8);
}
static long call_read_inotify(void) { return read(notify, block, sizeof block); }
static long call_read_signalfd(void)
{
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info);
}
static long call_semop(void) { return semop(sets, &(struct sembuf){0, -1, 0}, 1); }
static long call_msgrcv(void)
{
    struct { long kind; char text[8]; } got;
    return msgrcv(queue, &got, 8, 0, 0);
}
static long call_msgsnd(void) { return msgsnd(queue, &message, MESSAGE_BYTES, 0); }
static long call_flock(void) { return flock(lock_b, LOCK_EX); }

static void clear_queue(void)
{
    while (msgrcv(queue, &message, MESSAGE_BYTES, 0, IPC_NOWAIT) >= 0)
        ;
}

/* What ends each of them. */
static void end_data(void) { (void)!write(data[1], "x", 1); }
static void end_full(void) { (void)!read(full[0], block, sizeof block); }
static void end_pair(void) { (void)!write(pair[1], "x", 1); }
static void end_clogged(void) { (void)!read(clogged[0], block, sizeof block); }
static void end_accept(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    connect(fd, (struct sockaddr *)&address, sizeof address);
    close(fd);
}
static void end_connect(void) { close(accept(connecting, NULL, NULL)); }
static void end_futex(void)
{
    word = 1;
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void end_sem(void) { sem_post(&sem); }
static void end_event(void) { eventfd_write(event, 1); }
static void end_timer(void)
{
    struct itimerspec now = {{0, 0}, {0, 1}};
    timerfd_settime(timer, 0, &now, NULL);
}
static void end_inotify(void) { close(open("/tmp/signal_interrupts/file", O_CREAT | O_WRONLY, 0600)); }
static void end_semop(void) { semop(sets, &(struct sembuf){0, 1, 0}, 1); }
static void end_msgrcv(void) { msgsnd(queue, &message, 8, 0); }
static void end_msgsnd(void) { clear_queue(); }
static void end_flock(void) { flock(lock_a, LOCK_UN); }
static void end_signal(void) { pthread_kill(waiter, SIGUSR2); }
static void end_none(void) {}

/* What must be so before each. */
static void clear_data(void)
{
    fcntl(data[0], F_SETFL, O_NONBLOCK);
    while (read(data[0], block, sizeof block) > 0)
        ;
    fcntl(data[0], F_SETFL, 0);
}
static void clear_pair(void)
{
    while (recv(pair[0], block, sizeof block, MSG_DONTWAIT) > 0)
        ;
}
static void fill(int fd, size_t size)
{
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (write(fd, block, size) > 0)
        ;
    fcntl(fd, F_SETFL, 0);
}
static void clear_full(void) { fill(full[1], 4096); }
static void clear_clogged(void) { fill(clogged[1], 1024); }
static void listen_for_accept(void)
{
    strcpy(address.sun_path, "/tmp/signal_interrupts/accept");
}
static void listen_for_connect(void)
{
    strcpy(address.sun_path, "/tmp/signal_interrupts/connect");
    /* Nobody accepts: the list fills up. */
    for (;;) {
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        int answer = connect(fd, (struct sockaddr *)&address, sizeof address);
        close(fd);
        if (answer != 0)
            break;
    }
}
static void clear_futex(void) { word = 0; }
static void clear_sem(void)
{
    while (sem_trywait(&sem) == 0)
        ;
}
static void clear_inotify(void)
{
    fcntl(notify, F_SETFL, O_NONBLOCK);
    while (read(notify, block, sizeof block) > 0)
        ;
    fcntl(notify, F_SETFL, 0);
}
static void clear_flock(void)
{
    flock(lock_b, LOCK_UN);
    flock(lock_a, LOCK_EX);
}
static void clear_semop(void) { semctl(sets, 0, SETVAL, 0); }
static void fill_queue(void)
{
    while (msgsnd(queue, &message, MESSAGE_BYTES, IPC_NOWAIT) == 0)
        ;
}
static void clear_none(void) {}

struct call {
    const char *name;
    long (*wait)(void);
    void (*prepare)(void), (*end)(void);
};
#define CALL(name, prepare, end) {#name, call_##name, prepare, end}
static const struct call calls[] = {
    CALL(nanosleep, clear_none, end_none),
    CALL(clock_nanosleep, clear_none, end_none),
    CALL(usleep, clear_none, end_none),
    CALL(sleep, clear_none, end_none),
    CALL(read_pipe, clear_data, end_data),
    CALL(readv_pipe, clear_data, end_data),
    CALL(write_pipe, clear_full, end_full),
    CALL(read_socket, clear_pair, end_pair),
    CALL(recv, clear_pair, end_pair),
    CALL(recvfrom, clear_pair, end_pair),
    CALL(recvmsg, clear_pair, end_pair),
    CALL(recv_timeout, clear_pair, end_pair),
    CALL(write_socket, clear_clogged, end_clogged),
    CALL(send, clear_clogged, end_clogged),
    CALL(sendmsg, clear_clogged, end_clogged),
    CALL(accept, listen_for_accept, end_accept),
    CALL(connect, listen_for_connect, end_connect),
    CALL(poll, clear_data, end_data),
    CALL(poll_timeout, clear_none, end_none),
    CALL(ppoll, clear_data, end_data),
    CALL(select, clear_data, end_data),
    CALL(pselect, clear_data, end_data),
    CALL(epoll_wait, clear_data, end_data),
    CALL(epoll_pwait, clear_data, end_data),
    CALL(futex, clear_futex, end_futex),
    CALL(futex_timeout, clear_futex, end_futex),
    CALL(sem_wait, clear_sem, end_sem),
    CALL(sem_timedwait, clear_sem, end_sem),
    CALL(pause, clear_none, end_none),
    CALL(sigsuspend, clear_none, end_none),
    CALL(sigwaitinfo, clear_none, end_none),
    CALL(sigtimedwait, clear_none, end_none),
    CALL(read_eventfd, clear_none, end_event),
    CALL(read_timerfd, clear_none, end_timer),
    CALL(read_inotify, clear_inotify, end_inotify),
    CALL(read_signalfd, clear_none, end_signal),
    CALL(semop, clear_semop, end_semop),
    CALL(msgrcv, clear_queue, end_msgrcv),
    CALL(msgsnd, fill_queue, end_msgsnd),
    CALL(flock, clear_flock, end_flock),
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
    (void)unused;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    number = gettid();
    for (;;) {
        while (state != 1)
            sched_yield();
        const struct call *call = current;
        if (!call)
            return NULL;
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

/* A handler counts before its thread has ended. */
static void wait_for_handler(void)
{
    int threads;
    while (!handled)
        snooze(1);
    do {
        DIR *folder = opendir("/proc/self/task");
        struct dirent *entry;
        threads = 0;
        while ((entry = readdir(folder)) != NULL)
            threads += entry->d_name[0] != '.';
        closedir(folder);
        snooze(2);
    } while (threads > 2);
    /* The thread may have to wait for a processor. */
    for (int n = 0; state != 2 && n < 20; n++)
        snooze(2);
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

static void start(const struct call *call)
{
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
}

static void told(const char *how)
{
    printf(" %s %s", how, result >= 0 ? "done" : error == EINTR ? "EINTR" : strerror(error));
    state = 0;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    setvbuf(stdout, NULL, _IOLBF, 0);
    alarm(120);
    signal(SIGPIPE, SIG_IGN);
    mkdir("/tmp/signal_interrupts", 0700);
    unlink("/tmp/signal_interrupts/accept");
    unlink("/tmp/signal_interrupts/connect");
    sigemptyset(&empty_set);
    sigaddset(&empty_set, SIGUSR2);
    sigemptyset(&other_set);
    sigaddset(&other_set, SIGUSR2);
    sem_init(&sem, 0, 0);
    (void)!pipe(data), (void)!pipe(full);
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair), socketpair(AF_UNIX, SOCK_STREAM, 0, clogged);
    listener = socket(AF_UNIX, SOCK_STREAM, 0), connecting = socket(AF_UNIX, SOCK_STREAM, 0);
    strcpy(address.sun_path, "/tmp/signal_interrupts/accept");
    bind(listener, (struct sockaddr *)&address, sizeof address), listen(listener, 5);
    strcpy(address.sun_path, "/tmp/signal_interrupts/connect");
    bind(connecting, (struct sockaddr *)&address, sizeof address), listen(connecting, 1);
    event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), notify = inotify_init();
    inotify_add_watch(notify, "/tmp/signal_interrupts", IN_OPEN | IN_CREATE);
    epoll = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN};
    epoll_ctl(epoll, EPOLL_CTL_ADD, data[0], &wanted);
    signals = signalfd(-1, &other_set, 0);
    lock_a = open("/tmp/signal_interrupts/lock", O_CREAT | O_RDWR, 0600);
    lock_b = open("/tmp/signal_interrupts/lock", O_RDWR);
    sets = semget(IPC_PRIVATE, 1, 0600), queue = msgget(IPC_PRIVATE, 0600);
    message.kind = 1;
    pthread_create(&waiter, NULL, wait_main, NULL);

    for (size_t i = 0; i < LENGTH(calls); i++) {
        const struct call *call = &calls[i];
        printf("%s:", call->name);
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
        /* An ignored signal, then a handler with SA_RESTART, then what the call waits for. */
        signal(SIGUSR1, SIG_IGN);
        start(call);
        pthread_kill(waiter, SIGUSR1);
        snooze(4);
        printf(" ignored %s", state == 2 ? "ends it" : "nothing");
        action.sa_flags = SA_RESTART;
        sigaction(SIGUSR1, &action, NULL);
        pthread_kill(waiter, SIGUSR1);
        wait_for_handler();
        if (state != 2) {
            for (int n = 0; state != 2 && n < 5000; n++) {
                if (n % 50 == 0)
                    call->end();
                if (n % 50 == 0 && call->end == end_none)
                    pthread_kill(waiter, SIGUSR1); /* it did not wait yet */
                snooze(1);
            }
            if (state != 2) {
                printf(" stuck\n");
                return 1;
            }
        }
        told("restart");
        printf("\n");
    }
    printf("returned in a handler %d\n", left_too_early);
    current = NULL;
    state = 1;
    pthread_join(waiter, NULL);
    semctl(sets, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, NULL);
    return 0;
}
