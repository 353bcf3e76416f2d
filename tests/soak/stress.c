// Threads that do everything at once: every class of work counts its operations and checks what must hold after each.
// The first thing that does not ends the program with status 1.
// usage: stress SECONDS THREADS    (so many threads in each class)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, PAGE = 4096 };

struct worker {
    const struct class *class;
    pthread_t thread;
    int index;
    uint64_t random;
    // Only its own thread changes it.
    uint64_t count;
};

static int threads;
static atomic_bool stop;

__attribute__((noreturn, format(printf, 2, 3))) static void broken(const char *class, const char *what, ...) {
    va_list arguments;
    char text[400];
    int error = errno, at = snprintf(text, sizeof text, "stress: %s: ", class);
    va_start(arguments, what);
    at += vsnprintf(text + at, sizeof text - at - 60, what, arguments);
    at += snprintf(text + at, sizeof text - at, " (errno %d)\n", error);
    if (write(2, text, at) < 0) _exit(2);
    _exit(1);
}
#define MUST(class, what, ...) \
    do { \
        if (!(what)) broken(class, __VA_ARGS__); \
    } while (0)

static uint64_t next(uint64_t *random) {
    *random ^= *random << 13, *random ^= *random >> 7, *random ^= *random << 17;
    return *random;
}
static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}
static long futex(_Atomic uint32_t *word, int operation, uint32_t value, uintptr_t other, void *target, uint32_t third) {
    return syscall(SYS_futex, word, operation, value, other, target, third);
}

// cpu: the same arithmetic, in whole, floating and vector registers, comes to the same each time.
typedef double vector __attribute__((vector_size(32)));
struct sum {
    uint64_t whole;
    double floating;
    vector four;
};
static struct sum expected_sum;
static struct sum compute(void) {
    struct sum sum = {88172645463325252u, 1.0, {1, 2, 3, 4}};
    for (int i = 0; i < 20000; i++) {
        next(&sum.whole);
        sum.floating = sum.floating * 1.0000001 + 0.5 / (i + 1);
        sum.four = sum.four * 1.0000002 + (vector){0.1, 0.2, 0.3, 0.4};
    }
    return sum;
}
static void cpu_set_up(void) { expected_sum = compute(); }
static void cpu(struct worker *w) {
    struct sum sum = compute();
    MUST("cpu", sum.whole == expected_sum.whole && sum.floating == expected_sum.floating, "%lu, %.17g", sum.whole, sum.floating);
    for (int i = 0; i < 4; i++) MUST("cpu", sum.four[i] == expected_sum.four[i], "vector %d: %.17g", i, sum.four[i]);
    w->count++;
}

// maps: memory is zero when it is new, and holds what was written wherever it is moved.
static void maps(struct worker *w) {
    size_t pages = 1 + next(&w->random) % 64, more = pages + next(&w->random) % 64;
    uint64_t mark = next(&w->random) | 1;
    char *at = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST("maps", at != MAP_FAILED, "mmap of %zu pages", pages);
    for (size_t i = 0; i < pages; i++) {
        uint64_t *word = (uint64_t *)(at + i * PAGE + mark % 511 * 8);
        MUST("maps", *word == 0, "new memory holds %lx", *word);
        *word = mark + i;
    }
    MUST("maps", mprotect(at, pages * PAGE, PROT_READ) == 0, "mprotect");
    char *moved = mremap(at, pages * PAGE, more * PAGE, MREMAP_MAYMOVE);
    MUST("maps", moved != MAP_FAILED, "mremap from %zu to %zu pages", pages, more);
    for (size_t i = 0; i < more; i++) {
        uint64_t word = *(uint64_t *)(moved + i * PAGE + mark % 511 * 8), right = i < pages ? mark + i : 0;
        MUST("maps", word == right, "page %zu of %zu holds %lx, not %lx", i, pages, word, right);
    }
    // A hole belongs at once to whoever maps something next.
    size_t hole = next(&w->random) % more;
    MUST("maps", munmap(moved + hole * PAGE, PAGE) == 0, "munmap of one page");
    if (hole != 0) MUST("maps", *(uint64_t *)(moved + mark % 511 * 8) == mark, "a neighbour of a hole changed");
    if (hole != 0) MUST("maps", munmap(moved, hole * PAGE) == 0, "munmap below it");
    if (hole + 1 != more) MUST("maps", munmap(moved + (hole + 1) * PAGE, (more - hole - 1) * PAGE) == 0, "munmap above it");
    w->count++;
}

// mutexes: of each kind, one thread at a time.
enum { MUTEXES = 5 };
static struct {
    pthread_mutex_t mutex;
    int inside;
    uint64_t count;
} guarded[MUTEXES];
static void mutexes_set_up(void) {
    for (int i = 0; i < MUTEXES; i++) {
        pthread_mutexattr_t attr;
        pthread_mutexattr_init(&attr);
        if (i == 1) pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
        if (i == 2) pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
        if (i == 3) pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
        if (i == 4) pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
        pthread_mutex_init(&guarded[i].mutex, &attr);
    }
}
static void mutexes(struct worker *w) {
    int which = next(&w->random) % MUTEXES, error;
    pthread_mutex_t *mutex = &guarded[which].mutex;
    if (next(&w->random) % 4 == 0) {
        struct timespec time;
        clock_gettime(CLOCK_REALTIME, &time);
        time.tv_nsec += next(&w->random) % 1000000;
        if (time.tv_nsec >= 1000000000) time.tv_sec++, time.tv_nsec -= 1000000000;
        error = pthread_mutex_timedlock(mutex, &time);
        if (error == ETIMEDOUT) return;
    } else {
        error = pthread_mutex_lock(mutex);
    }
    MUST("mutexes", error == 0, "lock of %d: %d", which, error);
    MUST("mutexes", guarded[which].inside++ == 0, "two have mutex %d", which);
    if (next(&w->random) % 64 == 0) sched_yield();
    guarded[which].inside--;
    guarded[which].count++;
    error = pthread_mutex_unlock(mutex);
    MUST("mutexes", error == 0, "unlock of %d: %d", which, error);
    w->count++;
}
static void mutexes_check(uint64_t count) {
    uint64_t sum = 0;
    for (int i = 0; i < MUTEXES; i++) sum += guarded[i].count;
    MUST("mutexes", sum == count, "%lu counted inside, %lu outside", sum, count);
}

// requeue: a bounded queue, with a lock and two conditions made of futexes; whoever waits is moved to the lock.
enum { ROOM = 4 };
static _Atomic uint32_t queue_lock, conditions[2];
static uint64_t queue[ROOM], queue_len, put_sum, taken_sum;
static void lock_queue(uint32_t as) {
    uint32_t none = 0;
    if (as == 1 && atomic_compare_exchange_strong(&queue_lock, &none, 1)) return;
    while (atomic_exchange(&queue_lock, 2) != 0) futex(&queue_lock, FUTEX_WAIT_PRIVATE, 2, 0, 0, 0);
}
static void unlock_queue(void) {
    if (atomic_exchange(&queue_lock, 0) == 2) futex(&queue_lock, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0);
}
static void wait_for(_Atomic uint32_t *condition) {
    uint32_t seen = *condition;
    unlock_queue();
    futex(condition, FUTEX_WAIT_PRIVATE, seen, 0, 0, 0);
    lock_queue(2);
}
static void announce(_Atomic uint32_t *condition) {
    uint32_t changed = atomic_fetch_add(condition, 1) + 1;
    long moved = futex(condition, FUTEX_CMP_REQUEUE_PRIVATE, 1, INT_MAX, &queue_lock, changed);
    MUST("requeue", moved >= 0 && moved <= threads, "%ld woken and moved", moved);
    // Those that were moved find nobody who wakes them unless the lock says so.
    if (moved > 1) atomic_store(&queue_lock, 2);
}
static void requeue(struct worker *w) {
    int puts = w->index % 2 == 0;
    lock_queue(1);
    while (!stop && queue_len == (puts ? ROOM : 0)) wait_for(&conditions[puts]);
    MUST("requeue", queue_len <= ROOM, "%lu of %d", queue_len, ROOM);
    if (!stop) {
        if (puts) {
            queue[queue_len++] = next(&w->random);
            put_sum += queue[queue_len - 1];
        } else {
            taken_sum += queue[--queue_len];
        }
        announce(&conditions[!puts]);
        w->count++;
    }
    unlock_queue();
}
static void requeue_wake(void) {
    lock_queue(1);
    announce(&conditions[0]), announce(&conditions[1]);
    unlock_queue();
}
static void requeue_check(uint64_t count) {
    (void)count;
    uint64_t left = 0;
    while (queue_len) left += queue[--queue_len];
    MUST("requeue", put_sum == taken_sum + left, "put %lx, taken %lx, left %lx", put_sum, taken_sum, left);
}

// timers: nobody wakes too early, and the clock does not go back, whoever looks.
static _Atomic int64_t latest;
static void timers(struct worker *w) {
    int64_t seen = latest, before = now(), wanted = next(&w->random) % 2000000;
    MUST("timers", before >= seen, "the clock went from %ld back to %ld", seen, before);
    if (next(&w->random) % 2) {
        nanosleep(&(struct timespec){0, wanted}, 0);
    } else {
        int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
        MUST("timers", fd >= 0, "timerfd_create");
        wanted++;
        MUST("timers", timerfd_settime(fd, 0, &(struct itimerspec){{0, 0}, {0, wanted}}, 0) == 0, "timerfd_settime");
        uint64_t times = 0;
        MUST("timers", read(fd, &times, sizeof times) == sizeof times && times == 1, "%lu expirations", times);
        close(fd);
    }
    int64_t after = now();
    MUST("timers", after - before >= wanted, "%ld ns instead of %ld", after - before, wanted);
    for (seen = latest; seen < after && !atomic_compare_exchange_weak(&latest, &seen, after);) continue;
    w->count++;
}

// pipes: records come whole, in the order of each writer.
static int ends[2];
struct record {
    uint64_t writer, number, random, check;
};
static uint64_t numbers[THREADS_MAX];
static _Atomic uint64_t records_written, records_read;
static pthread_mutex_t reader = PTHREAD_MUTEX_INITIALIZER;
static void pipes_set_up(void) { MUST("pipes", pipe2(ends, O_NONBLOCK) == 0, "pipe2"); }
static uint64_t record_check(const struct record *record) { return (record->writer * 31 + record->number) ^ record->random; }
static void read_record(struct record *record, ssize_t n) {
    MUST("pipes", n == sizeof *record, "%zd bytes", n);
    MUST("pipes", record->check == record_check(record) && record->writer < THREADS_MAX, "a record is damaged");
    MUST("pipes", record->number == numbers[record->writer]++, "record %lu of writer %lu", record->number, record->writer);
    records_read++;
}
static void pipes(struct worker *w) {
    int writes = w->index % 2 == 0;
    struct pollfd ready = {ends[writes], writes ? POLLOUT : POLLIN, 0};
    if (poll(&ready, 1, 20) <= 0) return;
    struct record record = {w->index, w->count, next(&w->random), 0};
    record.check = record_check(&record);
    ssize_t n;
    if (writes) {
        n = write(ends[1], &record, sizeof record);
        if (n > 0) records_written++;
    } else {
        pthread_mutex_lock(&reader);
        n = read(ends[0], &record, sizeof record);
        if (n > 0) read_record(&record, n);
        pthread_mutex_unlock(&reader);
    }
    MUST("pipes", n == sizeof record || (n < 0 && errno == EAGAIN), "%zd bytes", n);
    if (n > 0) w->count++;
}
static void pipes_check(uint64_t count) {
    (void)count;
    struct record record;
    ssize_t n;
    while ((n = read(ends[0], &record, sizeof record)) > 0) read_record(&record, n);
    MUST("pipes", records_written == records_read, "%lu written, %lu read", records_written, records_read);
}

// eventfd: what was added less what was taken is what is left.
static int semaphore;
static _Atomic int64_t in_semaphore;
static void eventfds_set_up(void) {
    semaphore = eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK);
    MUST("eventfd", semaphore >= 0, "eventfd");
}
static void eventfds(struct worker *w) {
    if (w->index % 2 == 0) {
        uint64_t more = 1 + next(&w->random) % 3;
        if (in_semaphore > 100) {
            sched_yield();
            return;
        }
        in_semaphore += more;
        MUST("eventfd", write(semaphore, &more, sizeof more) == sizeof more, "write");
    } else {
        struct pollfd ready = {semaphore, POLLIN, 0};
        uint64_t one = 0;
        if (poll(&ready, 1, 20) <= 0) return;
        ssize_t n = read(semaphore, &one, sizeof one);
        MUST("eventfd", (n == sizeof one && one == 1) || (n < 0 && errno == EAGAIN), "read of %lu", one);
        if (n > 0) in_semaphore--;
        else return;
    }
    w->count++;
}
static void eventfds_check(uint64_t count) {
    (void)count;
    uint64_t one;
    while (read(semaphore, &one, sizeof one) > 0) in_semaphore--;
    MUST("eventfd", in_semaphore == 0, "%ld too many", in_semaphore);
}

// epoll: a token goes round, each thread waiting for its own descriptor among those of all.
static int rings[THREADS_MAX], polls[THREADS_MAX];
static _Atomic int tokens;
static _Atomic uint64_t passed;
static void epolls_set_up(void) {
    for (int i = 0; i < threads; i++) {
        rings[i] = eventfd(i == 0, EFD_NONBLOCK);
        polls[i] = epoll_create1(EPOLL_CLOEXEC);
        struct epoll_event event = {EPOLLIN, {.u64 = 1000 + i}};
        MUST("epoll", epoll_ctl(polls[i], EPOLL_CTL_ADD, rings[i], &event) == 0, "epoll_ctl");
    }
}
static void epolls(struct worker *w) {
    struct epoll_event event;
    int n = epoll_wait(polls[w->index], &event, 1, 20);
    if (n == 0) return;
    MUST("epoll", n == 1 && event.data.u64 == 1000u + w->index && event.events == EPOLLIN, "%d events", n);
    MUST("epoll", tokens++ == 0, "two tokens");
    uint64_t number = 0, one = 1;
    MUST("epoll", read(rings[w->index], &number, sizeof number) == sizeof number && number == 1, "token %lu", number);
    MUST("epoll", epoll_wait(polls[w->index], &event, 1, 0) == 0, "ready after it was read");
    MUST("epoll", passed++ % threads == (uint64_t)w->index, "out of turn");
    tokens--;
    MUST("epoll", write(rings[(w->index + 1) % threads], &one, sizeof one) == sizeof one, "write");
    w->count++;
}

// churn: threads start with what they are given and storage as new, and end with what they return.
static __thread uint64_t in_thread = 4711;
static sem_t detached;
static void *start(void *argument) {
    uint64_t was = in_thread;
    in_thread = (uintptr_t)argument;
    sched_yield();
    MUST("churn", was == 4711 && in_thread == (uintptr_t)argument, "thread-local storage: %lu", was);
    return (void *)((uintptr_t)argument * 3);
}
static void *start_detached(void *argument) {
    start(argument);
    sem_post(&detached);
    return 0;
}
static void churn_set_up(void) { sem_init(&detached, 0, 0); }
static void churn(struct worker *w) {
    pthread_t thread;
    pthread_attr_t attr;
    uintptr_t argument = next(&w->random) >> 8;
    pthread_attr_init(&attr);
    int is_detached = next(&w->random) % 4 == 0;
    if (is_detached) pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int error = pthread_create(&thread, &attr, is_detached ? start_detached : start, (void *)argument);
    MUST("churn", error == 0, "pthread_create: %d", error);
    if (is_detached) {
        while (sem_wait(&detached) != 0) MUST("churn", errno == EINTR, "sem_wait");
    } else {
        void *result;
        MUST("churn", pthread_join(thread, &result) == 0 && (uintptr_t)result == argument * 3, "result %p", result);
    }
    pthread_attr_destroy(&attr);
    w->count++;
}

static const struct class {
    const char *name;
    void (*turn)(struct worker *), (*set_up)(void), (*wake)(void), (*check)(uint64_t count);
} classes[] = {
    {"cpu", cpu, cpu_set_up, 0, 0},
    {"maps", maps, 0, 0, 0},
    {"mutexes", mutexes, mutexes_set_up, 0, mutexes_check},
    {"requeue", requeue, 0, requeue_wake, requeue_check},
    {"timers", timers, 0, 0, 0},
    {"pipes", pipes, pipes_set_up, 0, pipes_check},
    {"eventfd", eventfds, eventfds_set_up, 0, eventfds_check},
    {"epoll", epolls, epolls_set_up, 0, 0},
    {"churn", churn, churn_set_up, 0, 0},
};
enum { CLASSES = sizeof classes / sizeof classes[0] };

static void *run(void *argument) {
    struct worker *w = argument;
    while (!stop) w->class->turn(w);
    return 0;
}

int main(int argc, char **argv) {
    static struct worker workers[CLASSES][THREADS_MAX];
    int seconds = argc > 1 ? atoi(argv[1]) : 10;
    threads = argc > 2 ? atoi(argv[2]) : 4;
    if (seconds < 1 || threads < 2 || threads > THREADS_MAX) {
        fprintf(stderr, "usage: stress SECONDS THREADS    (2 to %d threads in each class)\n", THREADS_MAX);
        return 2;
    }
    int64_t begun = now();
    for (int c = 0; c < CLASSES; c++)
        if (classes[c].set_up) classes[c].set_up();
    for (int c = 0; c < CLASSES; c++) {
        for (int i = 0; i < threads; i++) {
            struct worker *w = &workers[c][i];
            *w = (struct worker){&classes[c], 0, i, 0x9e3779b97f4a7c15u * (c * THREADS_MAX + i + 1), 0};
            MUST("start", pthread_create(&w->thread, 0, run, w) == 0, "pthread_create");
        }
    }
    while (now() - begun < seconds * 1000000000ll) usleep(50000);
    stop = 1;
    for (int c = 0; c < CLASSES; c++) {
        if (classes[c].wake) classes[c].wake();
        for (int i = 0; i < threads; i++) pthread_join(workers[c][i].thread, 0);
    }
    printf("%-8s %7s %12s %12s\n", "class", "threads", "operations", "fewest");
    for (int c = 0; c < CLASSES; c++) {
        uint64_t sum = 0, fewest = UINT64_MAX;
        for (int i = 0; i < threads; i++) {
            sum += workers[c][i].count;
            if (workers[c][i].count < fewest) fewest = workers[c][i].count;
        }
        if (classes[c].check) classes[c].check(sum);
        MUST(classes[c].name, sum > 0, "nothing was done");
        printf("%-8s %7d %12lu %12lu\n", classes[c].name, threads, sum, fewest);
    }
    return 0;
}
