/*
 * micro [MILLISECONDS [ROW...]]: what single calls cost. Prints "row<TAB>nanoseconds per operation" for each row; each is
 * repeated until it has taken about that long (100 unless given), but for the last two, which are medians. A row that cannot be measured says "failed" and why.
 * Files are made in the working directory.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "micro.tmp"
#define BLOCK (64 << 10)
/* Leaves the row with errno when a call of it fails. */
#define MUST(condition) do { if (!(condition)) return errno ? errno : EIO; } while (0)
/* Keeps the compiler from leaving a call out. */
#define USE(value) __asm__ volatile("" : : "g"(value) : "memory")

static char block[BLOCK];

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Each row does `count` operations and returns 0 or an errno. */

static int row_getpid(long count)
{
    while (count--)
        USE(getpid());
    return 0;
}

static int row_getppid(long count)
{
    while (count--)
        USE(getppid());
    return 0;
}

static int row_clock_gettime(long count)
{
    struct timespec t;
    while (count--) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        USE(&t);
    }
    return 0;
}

static int repeat_io(const char *path, int flags, ssize_t (*call)(int, char *, size_t), size_t size, long count)
{
    int fd = open(path, flags);
    MUST(fd >= 0);
    while (count--)
        MUST(call(fd, block, size) == (ssize_t)size);
    return close(fd);
}

static ssize_t put(int fd, char *from, size_t size) { return write(fd, from, size); }
static ssize_t get(int fd, char *into, size_t size) { return read(fd, into, size); }

static int row_read_zero(long count) { return repeat_io("/dev/zero", O_RDONLY, get, 1, count); }
static int row_write_null(long count) { return repeat_io("/dev/null", O_WRONLY, put, 1, count); }
static int row_urandom_64k(long count) { return repeat_io("/dev/urandom", O_RDONLY, get, BLOCK, count); }

/* Two threads take turns. What a side needs to hand the turn over and to get it back is in `struct game`. */
struct game {
    long count;
    int there[2], back[2];
    int turn[2];
    int whose;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*hand_over)(struct game *, int side);
    void (*get_back)(struct game *, int side);
};

static void pipe_hand_over(struct game *g, int side) { USE(write(side ? g->back[1] : g->there[1], "x", 1)); }
static void pipe_get_back(struct game *g, int side)
{
    char byte;
    USE(read(side ? g->there[0] : g->back[0], &byte, 1));
}

static void futex_hand_over(struct game *g, int side)
{
    __atomic_store_n(&g->turn[!side], 1, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, &g->turn[!side], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void futex_get_back(struct game *g, int side)
{
    while (!__atomic_exchange_n(&g->turn[side], 0, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &g->turn[side], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void condvar_hand_over(struct game *g, int side)
{
    pthread_mutex_lock(&g->lock);
    g->whose = !side;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}
static void condvar_get_back(struct game *g, int side)
{
    pthread_mutex_lock(&g->lock);
    while (g->whose != side)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void *second_player(void *argument)
{
    struct game *g = argument;
    for (long i = 0; i < g->count; i++) {
        g->get_back(g, 1);
        g->hand_over(g, 1);
    }
    return NULL;
}

static int play(struct game *g)
{
    pthread_t other;
    MUST(!(errno = pthread_create(&other, NULL, second_player, g)));
    for (long i = 0; i < g->count; i++) {
        g->hand_over(g, 0);
        g->get_back(g, 0);
    }
    return pthread_join(other, NULL);
}

static int row_pipe_pingpong(long count)
{
    struct game g = {.count = count, .hand_over = pipe_hand_over, .get_back = pipe_get_back};
    MUST(pipe(g.there) == 0 && pipe(g.back) == 0);
    int result = play(&g);
    for (int i = 0; i < 2; i++)
        close(g.there[i]), close(g.back[i]);
    return result;
}

/* Two ends of a stream inside the machine. */
static int connect_local(int ends[2]) { return socketpair(AF_UNIX, SOCK_STREAM, 0, ends); }
static int connect_tcp(int ends[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&address, &size) ||
        connect(ends[0], (struct sockaddr *)&address, size))
        return -1;
    ends[1] = accept(listener, NULL, NULL);
    for (int i = 0; i < 2; i++)
        setsockopt(ends[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return close(listener);
}

static int stream_pingpong(int (*make)(int ends[2]), long count)
{
    int ends[2];
    MUST(make(ends) == 0);
    struct game g = {.count = count, .hand_over = pipe_hand_over, .get_back = pipe_get_back};
    g.there[1] = g.back[0] = ends[0], g.there[0] = g.back[1] = ends[1];
    int result = play(&g);
    close(ends[0]), close(ends[1]);
    return result;
}
static int row_unix_pingpong(long count) { return stream_pingpong(connect_local, count); }
static int row_tcp_pingpong(long count) { return stream_pingpong(connect_tcp, count); }

static void *read_all(void *end)
{
    static char into[BLOCK];
    while (read(*(int *)end, into, BLOCK) > 0)
        ;
    return NULL;
}
static int stream_blocks(int (*make)(int ends[2]), long count)
{
    int ends[2];
    pthread_t reader;
    MUST(make(ends) == 0 && !(errno = pthread_create(&reader, NULL, read_all, &ends[1])));
    while (count--)
        MUST(write(ends[0], block, BLOCK) == BLOCK);
    close(ends[0]);
    pthread_join(reader, NULL);
    return close(ends[1]);
}
static int row_unix_64k(long count) { return stream_blocks(connect_local, count); }
static int row_tcp_64k(long count) { return stream_blocks(connect_tcp, count); }

static int row_futex_pingpong(long count)
{
    struct game g = {.count = count, .hand_over = futex_hand_over, .get_back = futex_get_back};
    return play(&g);
}

static int row_condvar_pingpong(long count)
{
    struct game g = {.count = count, .hand_over = condvar_hand_over, .get_back = condvar_get_back};
    pthread_mutex_init(&g.lock, NULL);
    pthread_cond_init(&g.changed, NULL);
    return play(&g);
}

static void *nothing(void *argument) { return argument; }

static int row_thread_create_join(long count)
{
    pthread_t thread;
    while (count--) {
        MUST(!(errno = pthread_create(&thread, NULL, nothing, NULL)));
        pthread_join(thread, NULL);
    }
    return 0;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *lock_and_unlock(void *argument)
{
    for (long left = *(long *)argument; left > 0; left--) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static int row_mutex_uncontended(long count)
{
    lock_and_unlock(&count);
    return 0;
}

static int row_mutex_two_threads(long count)
{
    long half = (count + 1) / 2;
    pthread_t other;
    MUST(!(errno = pthread_create(&other, NULL, lock_and_unlock, &half)));
    lock_and_unlock(&half);
    return pthread_join(other, NULL);
}

static int row_sched_yield(long count)
{
    while (count--)
        sched_yield();
    return 0;
}

static int repeat_malloc(size_t size, long count)
{
    while (count--) {
        char *volatile memory = malloc(size);
        MUST(memory);
        *memory = 1;
        free(memory);
    }
    return 0;
}

static int row_malloc_64(long count) { return repeat_malloc(64, count); }
static int row_malloc_64k(long count) { return repeat_malloc(BLOCK, count); }

static int row_mmap_touch(long count)
{
    while (count--) {
        char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(page != MAP_FAILED);
        *(volatile char *)page = 1;
        MUST(munmap(page, 4096) == 0);
    }
    return 0;
}

static int row_page_of_large_mmap(long count)
{
    const size_t length = (size_t)count * 4096;
    char *pages = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(pages != MAP_FAILED);
    for (size_t at = 0; at < length; at += 4096)
        ((volatile char *)pages)[at] = 1;
    return munmap(pages, length) ? errno : 0;
}

static int row_memcpy_64k(long count)
{
    static char copy[BLOCK];
    while (count--) {
        memcpy(copy, block, BLOCK);
        USE(copy);
    }
    return 0;
}

static int make_file(void)
{
    int fd = open(FILE_NAME, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    MUST(fd >= 0 && write(fd, block, 64) == 64);
    return close(fd);
}

static int row_open_read_close(long count)
{
    MUST(make_file() == 0);
    while (count--) {
        int fd = open(FILE_NAME, O_RDONLY);
        MUST(fd >= 0 && read(fd, block, 64) == 64);
        close(fd);
    }
    return unlink(FILE_NAME);
}

static int row_stat(long count)
{
    struct stat status;
    MUST(make_file() == 0);
    while (count--)
        MUST(stat(FILE_NAME, &status) == 0);
    return unlink(FILE_NAME);
}

static int row_write_1m_file(long count)
{
    while (count--) {
        int fd = open(FILE_NAME, O_CREAT | O_EXCL | O_WRONLY, 0600);
        MUST(fd >= 0);
        for (int i = 0; i < 16; i++)
            MUST(write(fd, block, BLOCK) == BLOCK);
        close(fd);
        MUST(unlink(FILE_NAME) == 0);
    }
    return 0;
}

static int row_fprintf(long count)
{
    FILE *file = fopen("/dev/null", "w");
    MUST(file);
    while (count--)
        fprintf(file, "%ld of %s: %08lx %.3f\n", count, "micro", count, (double)count / 7);
    return fclose(file);
}

static volatile sig_atomic_t signals;
static void count_signal(int signal) { signals += signal > 0; }

static int row_signal_self(long count)
{
    signal(SIGUSR1, count_signal);
    while (count--) {
        int before = signals;
        MUST(raise(SIGUSR1) == 0 && signals != before);
    }
    return 0;
}

/* A signal for a thread that waits in read(2): when its handler begins, and when the call returns. */
static int empty_pipe[2];
static atomic_long handler_began_ns, call_returned_ns;
static atomic_int waits, is_over;

static void note_begin(int signal)
{
    USE(signal);
    atomic_store(&handler_began_ns, now_ns());
}

static void *interrupted_player(void *argument)
{
    char byte;
    while (!atomic_load(&is_over)) {
        atomic_store(&waits, 1);
        USE(read(empty_pipe[0], &byte, 1));
        atomic_store(&call_returned_ns, now_ns());
    }
    return argument;
}

static int by_size(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

/* The median of `count` signals, from pthread_kill to what `event` notes. */
static int signal_latency(long count, atomic_long *event, long *median)
{
    struct sigaction action = {.sa_handler = note_begin};
    const struct timespec moment = {.tv_nsec = 500000};
    long *took = calloc(count, sizeof *took);
    pthread_t other;
    MUST(took && pipe(empty_pipe) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
    atomic_store(&is_over, 0);
    atomic_store(&waits, 0);
    MUST(!(errno = pthread_create(&other, NULL, interrupted_player, NULL)));
    for (long i = 0; i < count; i++) {
        while (!atomic_exchange(&waits, 0))
            sched_yield();
        nanosleep(&moment, NULL); /* until it sleeps */
        atomic_store(event, 0);
        long start = now_ns();
        MUST(!(errno = pthread_kill(other, SIGUSR2)));
        for (long turns = 0; !atomic_load(event) || !atomic_load(&waits); turns++) {
            nanosleep(&moment, NULL);
            if (turns % 20 == 19) /* it did not sleep yet */
                pthread_kill(other, SIGUSR2);
        }
        took[i] = atomic_load(event) - start;
    }
    atomic_store(&is_over, 1);
    close(empty_pipe[1]); /* the end of the file */
    pthread_join(other, NULL);
    close(empty_pipe[0]);
    qsort(took, count, sizeof *took, by_size);
    *median = took[count / 2];
    free(took);
    return 0;
}

static int latency_signal_to_handler(long count, long *ns) { return signal_latency(count, &handler_began_ns, ns); }
static int latency_signal_to_return(long count, long *ns) { return signal_latency(count, &call_returned_ns, ns); }

static int row_nanosleep_1ms(long count)
{
    struct timespec t = {.tv_nsec = 1000000};
    while (count--)
        MUST(nanosleep(&t, NULL) == 0);
    return 0;
}

#define ROW(name) {#name, row_##name}
static const struct {
    const char *name;
    int (*run)(long count);
} rows[] = {
    ROW(getpid), ROW(getppid), ROW(clock_gettime), ROW(read_zero), ROW(write_null), ROW(urandom_64k),
    ROW(unix_pingpong), ROW(tcp_pingpong), ROW(unix_64k), ROW(tcp_64k), ROW(pipe_pingpong), ROW(futex_pingpong), ROW(condvar_pingpong), ROW(thread_create_join),
    ROW(mutex_uncontended), ROW(mutex_two_threads), ROW(sched_yield), ROW(malloc_64), ROW(malloc_64k),
    ROW(mmap_touch), ROW(page_of_large_mmap), ROW(memcpy_64k), ROW(open_read_close), ROW(stat), ROW(write_1m_file),
    ROW(fprintf), ROW(signal_self), ROW(nanosleep_1ms),
};

#define LATENCY(name) {#name, latency_##name}
static const struct {
    const char *name;
    int (*run)(long count, long *median_ns);
} latencies[] = {LATENCY(signal_to_handler), LATENCY(signal_to_return)};

/* Doubles the count until the row takes half the time twice running, so that no hiccup ends it; the shorter counts. */
static void measure(const char *name, int (*run)(long), long wanted_ns)
{
    long shortest = 0;
    for (long count = 1;;) {
        long start = now_ns();
        int error = run(count);
        long took = now_ns() - start;
        if (error) {
            printf("%s\tfailed: %s\n", name, strerror(error));
            return;
        }
        if (took < wanted_ns / 2) {
            count *= 2;
            shortest = 0;
        } else if (shortest == 0) {
            shortest = took;
        } else {
            printf("%s\t%.1f\n", name, (double)(took < shortest ? took : shortest) / count);
            return;
        }
    }
}

/* One operation takes about a millisecond with all that is around it. */
static void measure_latency(const char *name, int (*run)(long, long *), long wanted_ns)
{
    long median, count = wanted_ns / 1000000;
    int error = run(count > 0 ? count : 1, &median);
    if (error)
        printf("%s\tfailed: %s\n", name, strerror(error));
    else
        printf("%s\t%.1f\n", name, (double)median);
}

static int is_wanted(int argc, char **argv, const char *name)
{
    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], name))
            return 1;
    return argc <= 2;
}

int main(int argc, char **argv)
{
    long wanted_ns = (argc > 1 ? atol(argv[1]) : 100) * 1000000;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (is_wanted(argc, argv, rows[i].name))
            measure(rows[i].name, rows[i].run, wanted_ns);
        fflush(stdout);
    }
    for (size_t i = 0; i < sizeof latencies / sizeof *latencies; i++) {
        if (is_wanted(argc, argv, latencies[i].name))
            measure_latency(latencies[i].name, latencies[i].run, wanted_ns);
        fflush(stdout);
    }
    return 0;
}
