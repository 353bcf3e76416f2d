// Futexes that are locks with an owner, by system call: FUTEX_LOCK_PI and its like, requeueing to them, what becomes of
// them when their owner ends; and futex_waitv(2).
// kind: static
// flags: -pthread
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

typedef _Atomic uint32_t word;

static long futex(word *at, int operation, uint32_t value, const void *time, word *other, uint32_t third) {
    return syscall(SYS_futex, at, operation, value, time, other, third);
}
static const char *error(long answer) { return answer < 0 ? strerrorname_np(errno) : answer == 0 ? "ok" : "more"; }
static uint32_t self(void) { return syscall(SYS_gettid); }
static void pause_ms(long ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, 0); }
static struct timespec from_now(clockid_t clock, long ms) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}
// A word with this thread's number as "me", so that it prints the same each time.
static const char *shown(uint32_t value, uint32_t me) {
    static char texts[4][40];
    static int next;
    char *text = texts[next++ % 4];
    uint32_t tid = value & FUTEX_TID_MASK;
    sprintf(text, "%s%s%s", tid == 0 ? "nobody" : tid == me ? "me" : "another", value & FUTEX_WAITERS ? "+waiters" : "",
            value & FUTEX_OWNER_DIED ? "+died" : "");
    return text;
}
static void say(const char *what, long answer, word *lock, uint32_t me) {
    printf("%s %s: ", what, error(answer));
    printf("%s\n", shown(*lock, me));
}
static pthread_t start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    if (pthread_create(&thread, 0, body, argument)) abort();
    return thread;
}

// A thread that does what it is told, one thing at a time.
struct worker {
    word turn, begun, done;
    uint32_t tid;
    long (*what)(struct worker *);
    word *lock;
    const struct timespec *time;
    long answer;
    int error;
    pthread_t thread;
};
static void *work(void *argument) {
    struct worker *w = argument;
    w->tid = self();
    for (uint32_t turn = 0;; turn++) {
        while (w->turn == turn) futex(&w->turn, FUTEX_WAIT, turn, 0, 0, 0);
        if (!w->what) return 0;
        w->begun = turn + 1;
        w->answer = w->what(w);
        w->error = errno;
        w->done = turn + 1;
        futex(&w->done, FUTEX_WAKE, 9, 0, 0, 0);
    }
}
static void hire(struct worker *w) {
    memset(w, 0, sizeof *w);
    w->thread = start(work, w);
}
static void order(struct worker *w, long (*what)(struct worker *), word *lock) {
    w->what = what;
    w->lock = lock;
    w->turn++;
    futex(&w->turn, FUTEX_WAKE, 9, 0, 0, 0);
}
static const char *result(struct worker *w) {
    uint32_t done;
    while ((done = w->done) != w->turn) futex(&w->done, FUTEX_WAIT, done, 0, 0, 0);
    errno = w->error;
    return error(w->answer);
}
// Waits until a worker sleeps in what it was told to do.
static void await_sleep(struct worker *w) {
    char path[64], text[256];
    while (w->begun != w->turn) pause_ms(1);
    snprintf(path, sizeof path, "/proc/self/task/%u/stat", w->tid);
    for (char state = 'R'; state != 'S'; pause_ms(1)) {
        FILE *file = fopen(path, "r");
        if (!file || !fgets(text, sizeof text, file)) abort();
        fclose(file);
        state = strrchr(text, ')')[2];
    }
}
static void dismiss(struct worker *w) {
    order(w, 0, 0);
    pthread_join(w->thread, 0);
}
static long lock(struct worker *w) { return futex(w->lock, FUTEX_LOCK_PI, 0, w->time, 0, 0); }
static long unlock(struct worker *w) { return futex(w->lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0); }
static long try_lock(struct worker *w) { return futex(w->lock, FUTEX_TRYLOCK_PI, 0, 0, 0, 0); }
static void await_waiters(word *lock) {
    while (!(*lock & FUTEX_WAITERS)) pause_ms(1);
    pause_ms(30);
}

static void alone(void) {
    word lock = 0;
    uint32_t me = self();
    say("lock", futex(&lock, FUTEX_LOCK_PI, 0, 0, 0, 0), &lock, me);
    say("again", futex(&lock, FUTEX_LOCK_PI, 0, 0, 0, 0), &lock, me);
    say("try", futex(&lock, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), &lock, me);
    say("unlock", futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0), &lock, me);
    say("again", futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0), &lock, me);
    say("try", futex(&lock, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), &lock, me);
    lock = FUTEX_OWNER_DIED;
    say("of a dead owner", futex(&lock, FUTEX_LOCK_PI, 0, 0, 0, 0), &lock, me);
    lock |= FUTEX_WAITERS;
    say("unlock", futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0), &lock, me);
    lock = FUTEX_TID_MASK;
    say("no such owner", futex(&lock, FUTEX_LOCK_PI, 0, 0, 0, 0), &lock, me);
    say("try", futex(&lock, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), &lock, me);
    say("unlock", futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0), &lock, me);
    printf("bad address %s", error(futex((word *)8, FUTEX_LOCK_PI, 0, 0, 0, 0)));
    printf(" %s\n", error(futex((word *)8, FUTEX_UNLOCK_PI, 0, 0, 0, 0)));
    printf("odd address %s\n", error(futex((word *)((char *)&lock + 1), FUTEX_LOCK_PI, 0, 0, 0, 0)));
    lock = 0;
    struct timespec bad = {0, -1};
    say("bad time", futex(&lock, FUTEX_LOCK_PI, 0, &bad, 0, 0), &lock, me);
    printf("clock %s", error(futex(&lock, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0)));
    printf(" %s\n", error(futex(&lock, FUTEX_UNLOCK_PI | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0)));
    say("other clock", futex(&lock, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0), &lock, me);
}

static void two(void) {
    word lock_word = 0;
    uint32_t me = self();
    struct worker a, b;
    hire(&a), hire(&b);
    futex(&lock_word, FUTEX_LOCK_PI, 0, 0, 0, 0);
    order(&a, try_lock, &lock_word);
    printf("try what is held %s: ", result(&a));
    printf("%s\n", shown(lock_word, me));
    order(&a, unlock, &lock_word);
    printf("unlock what is another's %s\n", result(&a));
    order(&a, lock, &lock_word);
    await_sleep(&a);
    order(&b, lock, &lock_word);
    await_sleep(&b);
    printf("waited for: %s, wake %s", shown(lock_word, me), error(futex(&lock_word, FUTEX_WAKE, 1, 0, 0, 0)));
    printf(", requeue %s\n", error(futex(&lock_word, FUTEX_REQUEUE, 0, (void *)1, &a.turn, 0)));
    printf("unlock %s: ", error(futex(&lock_word, FUTEX_UNLOCK_PI, 0, 0, 0, 0)));
    printf("%s, ", result(&a));
    printf("%s\n", shown(lock_word, a.tid));
    order(&a, unlock, &lock_word);
    printf("unlock %s: ", result(&a));
    printf("%s, ", result(&b));
    printf("%s\n", shown(lock_word, b.tid));
    order(&b, unlock, &lock_word);
    printf("unlock %s: ", result(&b));
    printf("%s\n", shown(lock_word, me));

    // Time limits: of the one operation on the one clock, of the other on the one that is asked for.
    order(&a, lock, &lock_word);
    result(&a);
    struct timespec soon = from_now(CLOCK_REALTIME, 30), past = {1, 0};
    printf("limit %s: ", error(futex(&lock_word, FUTEX_LOCK_PI, 0, &soon, 0, 0)));
    struct timespec now = from_now(CLOCK_REALTIME, 0);
    printf("%s, in time %d\n", shown(lock_word, a.tid), now.tv_sec > soon.tv_sec || (now.tv_sec == soon.tv_sec && now.tv_nsec >= soon.tv_nsec));
    printf("past %s\n", error(futex(&lock_word, FUTEX_LOCK_PI, 0, &past, 0, 0)));
    soon = from_now(CLOCK_MONOTONIC, 30);
    printf("limit %s: ", error(futex(&lock_word, FUTEX_LOCK_PI2, 0, &soon, 0, 0)));
    now = from_now(CLOCK_MONOTONIC, 0);
    printf("in time %d\n", now.tv_sec > soon.tv_sec || (now.tv_sec == soon.tv_sec && now.tv_nsec >= soon.tv_nsec));
    soon = from_now(CLOCK_REALTIME, 10);
    printf("limit %s\n", error(futex(&lock_word, FUTEX_LOCK_PI2 | FUTEX_CLOCK_REALTIME, 0, &soon, 0, 0)));
    // Who waits gets it, whatever time limits of others came and went.
    order(&b, lock, &lock_word);
    await_sleep(&b);
    futex(&lock_word, FUTEX_LOCK_PI, 0, &past, 0, 0);
    order(&a, unlock, &lock_word);
    printf("unlock %s: ", result(&a));
    printf("%s\n", result(&b));
    order(&b, unlock, &lock_word);
    result(&b);
    dismiss(&a), dismiss(&b);
}

static volatile sig_atomic_t handled;
static void on_signal(int number) { handled = number; }
static void interrupted(void) {
    word lock_word = 0;
    struct worker a;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, 0);
    hire(&a);
    futex(&lock_word, FUTEX_LOCK_PI, 0, 0, 0, 0);
    order(&a, lock, &lock_word);
    await_sleep(&a);
    pthread_kill(a.thread, SIGUSR1);
    while (!handled) pause_ms(1);
    pause_ms(20);
    printf("a signal: handled, done %d\n", a.done == a.turn);
    futex(&lock_word, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
    printf("then %s\n", result(&a));
    order(&a, unlock, &lock_word);
    result(&a);
    dismiss(&a);
}

// Threads that end with a lock.
static void *end_with(void *lock) { return (void *)futex(lock, FUTEX_LOCK_PI, 0, 0, 0, 0); }
static word held;
static void *end_when_waited_for(void *lock) {
    futex(lock, FUTEX_LOCK_PI, 0, 0, 0, 0);
    held = 1;
    await_waiters(lock);
    return 0;
}
struct entry {
    struct robust_list link;
    word lock;
};
static struct robust_list_head head;
static void *end_with_listed(void *argument) {
    struct entry *entry = argument;
    head.list.next = (void *)((uintptr_t)&entry->link | 1);
    head.futex_offset = offsetof(struct entry, lock) - offsetof(struct entry, link);
    entry->link.next = &head.list;
    syscall(SYS_set_robust_list, &head, sizeof head);
    futex(&entry->lock, FUTEX_LOCK_PI, 0, 0, 0, 0);
    held = 1;
    if (entry->lock & FUTEX_OWNER_DIED) await_waiters(&entry->lock);
    return 0;
}
static void ended(void) {
    word lock_word = 0;
    uint32_t me = self();
    pthread_join(start(end_with, &lock_word), 0);
    printf("owner ended %s: ", error(futex(&lock_word, FUTEX_LOCK_PI, 0, 0, 0, 0)));
    printf("%s\n", shown(lock_word, me));
    lock_word = 0;
    pthread_t thread = start(end_when_waited_for, &lock_word);
    while (!held) pause_ms(1);
    printf("owner ended meanwhile %s: ", error(futex(&lock_word, FUTEX_LOCK_PI, 0, 0, 0, 0)));
    printf("%s\n", shown(lock_word, me));
    pthread_join(thread, 0);
    printf("unlock %s: ", error(futex(&lock_word, FUTEX_UNLOCK_PI, 0, 0, 0, 0)));
    printf("%s\n", shown(lock_word, me));
    static struct entry entry;
    held = 0;
    pthread_join(start(end_with_listed, &entry), 0);
    printf("listed: %s, ", shown(entry.lock, me));
    printf("lock %s: ", error(futex(&entry.lock, FUTEX_LOCK_PI, 0, 0, 0, 0)));
    printf("%s\n", shown(entry.lock, me));
    entry.lock = FUTEX_OWNER_DIED;
    held = 0;
    thread = start(end_with_listed, &entry);
    while (!held) pause_ms(1);
    printf("listed and waited for %s: ", error(futex(&entry.lock, FUTEX_LOCK_PI, 0, 0, 0, 0)));
    printf("%s\n", shown(entry.lock, me));
    pthread_join(thread, 0);
}

// Requeueing: threads wait for `condition`, to own `mutex`.
static word condition, mutex;
static long wait_for_lock(struct worker *w) {
    return futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, w->time, w->lock, 0);
}
static void requeued(void) {
    uint32_t me = self();
    struct worker w[4];
    printf("itself %s", error(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, 0, &condition, 0)));
    printf(" %s\n", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &condition, 0)));
    printf("another value %s", error(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 1, 0, &mutex, 0)));
    printf(" %s\n", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &mutex, 1)));
    printf("wake two %s", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 2, (void *)1, &mutex, 0)));
    printf(", nobody %s\n", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &mutex, 0)));
    struct timespec soon = from_now(CLOCK_MONOTONIC, 20);
    printf("limit %s", error(futex(&condition, FUTEX_WAIT_REQUEUE_PI, 0, &soon, &mutex, 0)));
    soon = from_now(CLOCK_REALTIME, 20);
    printf(" %s\n", error(futex(&condition, FUTEX_WAIT_REQUEUE_PI | FUTEX_CLOCK_REALTIME, 0, &soon, &mutex, 0)));
    for (int i = 0; i < 4; i++) {
        hire(&w[i]);
        order(&w[i], wait_for_lock, &mutex);
        await_sleep(&w[i]);
    }
    word other = 0;
    printf("to another lock %s", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &other, 0)));
    printf(", as sleepers %s", error(futex(&condition, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 0)));
    printf(", wake %s\n", error(futex(&condition, FUTEX_WAKE, 1, 0, 0, 0)));
    // Nobody owns the lock: the first one gets it, and the second waits for it.
    printf("requeue %ld: ", futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)1, &mutex, 0));
    printf("%s, ", result(&w[0]));
    printf("%s\n", shown(mutex, w[0].tid));
    // Somebody owns it.
    printf("requeue %ld: ", futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, &mutex, 0));
    printf("%s\n", shown(mutex, w[0].tid));
    for (int i = 0; i < 4; i++) {
        order(&w[i], unlock, &mutex);
        printf("unlock %s: ", result(&w[i]));
        if (i < 3) {
            while ((mutex & FUTEX_TID_MASK) != w[i + 1].tid) pause_ms(1);
            printf("%s, ", result(&w[i + 1]));
        }
        printf("%s\n", shown(mutex, i < 3 ? w[i + 1].tid : me));
    }
    // A signal: before it is moved it waits on, later it is told so.
    handled = 0;
    order(&w[0], wait_for_lock, &mutex);
    await_sleep(&w[0]);
    pthread_kill(w[0].thread, SIGUSR1);
    while (!handled) pause_ms(1);
    pause_ms(30);
    printf("a signal: done %d\n", w[0].done == w[0].turn);
    futex(&mutex, FUTEX_LOCK_PI, 0, 0, 0, 0);
    printf("requeue %ld\n", futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, &mutex, 0));
    pthread_kill(w[0].thread, SIGUSR1);
    printf("a signal: %s\n", result(&w[0]));
    futex(&mutex, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
    // A time limit ends the wait for the lock, too.
    soon = from_now(CLOCK_MONOTONIC, 200);
    w[1].time = &soon;
    order(&w[1], wait_for_lock, &mutex);
    await_sleep(&w[1]);
    futex(&mutex, FUTEX_LOCK_PI, 0, 0, 0, 0);
    printf("requeue %ld: ", futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, &mutex, 0));
    printf("%s, ", result(&w[1]));
    printf("%s\n", shown(mutex, me));
    futex(&mutex, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
    for (int i = 1; i < 4; i++) dismiss(&w[i]);
    // The lock is the waiter's own. It waits until the program ends.
    order(&w[0], lock, &mutex);
    result(&w[0]);
    order(&w[0], wait_for_lock, &mutex);
    await_sleep(&w[0]);
    printf("its own %s\n", error(futex(&condition, FUTEX_CMP_REQUEUE_PI, 1, (void *)5, &mutex, 0)));
    exit(0);
}

struct several {
    uint64_t value, address;
    uint32_t flags, reserved;
};
static word many[3];
static void *wait_for_any(void *unused) {
    (void)unused;
    struct several words[3];
    for (int i = 0; i < 3; i++) words[i] = (struct several){0, (uintptr_t)&many[i], 2, 0};
    return (void *)syscall(SYS_futex_waitv, words, 3, 0, 0L, 0);
}
static void any(void) {
    struct several words[3];
    for (int i = 0; i < 3; i++) words[i] = (struct several){0, (uintptr_t)&many[i], 2, 0};
    struct timespec soon = from_now(CLOCK_MONOTONIC, 20);
    printf("limit %s", error(syscall(SYS_futex_waitv, words, 3, 0, &soon, CLOCK_MONOTONIC)));
    soon = from_now(CLOCK_REALTIME, 20);
    printf(" %s", error(syscall(SYS_futex_waitv, words, 3, 0, &soon, CLOCK_REALTIME)));
    printf(" %s\n", error(syscall(SYS_futex_waitv, words, 3, 0, &soon, CLOCK_PROCESS_CPUTIME_ID)));
    printf("none %s", error(syscall(SYS_futex_waitv, words, 0, 0, 0L, 0)));
    printf(", too many %s", error(syscall(SYS_futex_waitv, words, 129, 0, 0L, 0)));
    printf(", flags %s\n", error(syscall(SYS_futex_waitv, words, 3, 1, 0L, 0)));
    printf("bad list %s\n", error(syscall(SYS_futex_waitv, 8L, 3, 0, 0L, 0)));
    words[1].value = 7;
    printf("another value %s", error(syscall(SYS_futex_waitv, words, 3, 0, 0L, 0)));
    words[1].value = 1ull << 32;
    printf(", too great %s", error(syscall(SYS_futex_waitv, words, 3, 0, 0L, 0)));
    words[1] = (struct several){0, (uintptr_t)&many[1], 2, 1};
    printf(", reserved %s", error(syscall(SYS_futex_waitv, words, 3, 0, 0L, 0)));
    words[1] = (struct several){0, (uintptr_t)&many[1], 1, 0};
    printf(", another size %s", error(syscall(SYS_futex_waitv, words, 3, 0, 0L, 0)));
    words[1] = (struct several){0, 8, 2, 0};
    printf(", bad address %s\n", error(syscall(SYS_futex_waitv, words, 3, 0, 0L, 0)));
    for (int i = 0; i < 3; i++) {
        void *index;
        pthread_t thread = start(wait_for_any, 0);
        while (futex(&many[i], FUTEX_WAKE, 1, 0, 0, 0) == 0) pause_ms(1);
        pthread_join(thread, &index);
        printf("woken by %ld\n", (long)index);
    }
    void *index;
    word other = 0;
    pthread_t thread = start(wait_for_any, 0);
    while (futex(&many[1], FUTEX_REQUEUE, 0, (void *)1, &other, 0) == 0) pause_ms(1);
    printf("moved: woken %ld there, ", futex(&many[1], FUTEX_WAKE, 1, 0, 0, 0));
    printf("%ld here\n", futex(&other, FUTEX_WAKE, 1, 0, 0, 0));
    pthread_join(thread, &index);
    printf("woken by %ld\n", (long)index);
}

// Many threads that own a lock by turns, with and without time limits and signals.
static struct {
    word lock;
    long count, inside;
} shared;
static void *contend(void *seed) {
    uint32_t me = self(), random = (uintptr_t)seed;
    long wrong = 0;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525 + 1013904223;
        uint32_t none = 0;
        if (!atomic_compare_exchange_strong(&shared.lock, &none, me)) {
            struct timespec soon = from_now(CLOCK_REALTIME, random >> 28);
            while (futex(&shared.lock, FUTEX_LOCK_PI | FUTEX_PRIVATE_FLAG, 0, random & 1024 ? &soon : 0, 0, 0) != 0) {
                wrong += errno != ETIMEDOUT;
                soon = from_now(CLOCK_REALTIME, 1000);
            }
        }
        wrong += (shared.lock & FUTEX_TID_MASK) != me || shared.inside++ != 0;
        if (random % 64 == 0) sched_yield();
        shared.inside--;
        shared.count++;
        uint32_t mine = me;
        if (!atomic_compare_exchange_strong(&shared.lock, &mine, 0)) wrong += futex(&shared.lock, FUTEX_UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0) != 0;
    }
    return (void *)wrong;
}
static void contended(void) {
    pthread_t threads[6];
    long wrong = 0;
    for (long i = 0; i < 6; i++) threads[i] = start(contend, (void *)(i + 1));
    for (int i = 0; i < 6; i++) {
        void *bad;
        pthread_join(threads[i], &bad);
        wrong += (long)bad;
    }
    printf("%ld turns, %ld wrong, %s\n", shared.count, wrong, shared.lock & FUTEX_TID_MASK ? "held" : "free");
}

int main(void) {
    setvbuf(stdout, 0, _IOLBF, 0);
    alone();
    two();
    interrupted();
    ended();
    any();
    contended();
    requeued();
}
