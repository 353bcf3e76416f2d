// kind: so pie
// What POSIX or glibc say of calls that make little sense: names of shared objects, clocks, threads that are gone.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const char *said(int error)
{
    return error ? strerrorname_np(error) : "ok";
}

static const char *outcome(int result)
{
    return said(result < 0 ? errno : 0);
}

static void names(void)
{
    static char longest[300], longer[300], semaphore[300];
    memset(longest, 'a', 256);
    memset(longer, 'a', 257);
    memset(semaphore, 's', 252);
    longest[0] = longer[0] = semaphore[0] = '/';
    const char *all[] = {"", "/", "//", "/a/b", "a/b", longest, longer, semaphore};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        printf("name %zu: shm_open %s", i, outcome(shm_open(all[i], O_RDONLY, 0)));
        printf(", shm_unlink %s", outcome(shm_unlink(all[i])));
        printf(", sem_open %s", outcome(sem_open(all[i], 0) == SEM_FAILED ? -1 : 0));
        printf(", sem_unlink %s\n", outcome(sem_unlink(all[i])));
    }
}

static void clocks(void)
{
    /* Of a descriptor, of a process that is not there, alarms without a device, and numbers that nobody has. */
    const int none[] = {-1, -5, ~1000000 << 3 | 2, 10, 99};
    struct timespec time;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        printf("clock %zu: %s\n", i, outcome(clock_gettime(none[i], &time)));
    const int there[] = {CLOCK_REALTIME, CLOCK_MONOTONIC_COARSE, CLOCK_THREAD_CPUTIME_ID, -2, -6};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        printf("clock %d: %s,", there[i], outcome(clock_gettime(there[i], &time)));
        printf(" %s\n", outcome(clock_getres(there[i], &time)));
    }
    printf("resolution of none: %s\n", outcome(clock_getres(-1, &time)));
}

static void *body(void *argument)
{
    if (argument)
        pthread_barrier_wait(argument);
    return argument;
}

static void *joins(void *thread)
{
    return (void *)(long)pthread_join(*(pthread_t *)thread, 0);
}

static void threads(void)
{
    pthread_t thread, joiner;
    void *result;
    pthread_create(&thread, 0, body, 0);
    printf("join: %s", said(pthread_join(thread, 0)));
    printf(", again: %s", said(pthread_join(thread, 0)));
    printf(", try: %s", said(pthread_tryjoin_np(thread, 0)));
    printf(", detach: %s\n", said(pthread_detach(thread)));

    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, 0, 2);
    pthread_create(&thread, 0, body, &barrier);
    pthread_create(&joiner, 0, joins, &thread);
    usleep(50000);
    printf("of one that is being joined: detach %s", said(pthread_detach(thread)));
    printf(", join %s", said(pthread_join(thread, 0)));
    pthread_barrier_wait(&barrier);
    pthread_join(joiner, &result);
    printf(", the joiner: %s\n", said((int)(long)result));

    pthread_create(&thread, 0, body, &barrier);
    printf("detach: %s", said(pthread_detach(thread)));
    printf(", again: %s", said(pthread_detach(thread)));
    printf(", join: %s\n", said(pthread_join(thread, 0)));
    pthread_barrier_wait(&barrier);
}

static void signals(void)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    raise(SIGUSR1);
    printf("raised: %d", sigwaitinfo(&set, &info) == SIGUSR1);
    printf(", code %d\n", info.si_code);
    sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 7});
    printf("queued: %d", sigtimedwait(&set, &info, &(struct timespec){5, 0}) == SIGUSR1);
    printf(", code %d, value %d\n", info.si_code, info.si_value.sival_int);
}

static void locked(void)
{
    size_t page = sysconf(_SC_PAGESIZE);
    char *memory = mmap(0, 3 * page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    printf("invalidate: %s", outcome(msync(memory, 3 * page, MS_SYNC | MS_INVALIDATE)));
    mlock(memory + page, page);
    printf(", locked: %s", outcome(msync(memory, 3 * page, MS_SYNC | MS_INVALIDATE)));
    printf(", not asked: %s", outcome(msync(memory, 3 * page, MS_SYNC)));
    printf(", beside it: %s\n", outcome(msync(memory + 2 * page, page, MS_ASYNC | MS_INVALIDATE)));
}

int main(void)
{
    names();
    clocks();
    /* First: a thread that has not blocked the signal may take it. */
    signals();
    threads();
    locked();
    return 0;
}
