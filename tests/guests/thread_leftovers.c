// kind: so pie
// flags: -pthread
// What is and what is no cancellation point, threads that have ended and were not joined, mutexes that a wait will take
// again, default attributes.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static sem_t gate, full;
static int reached;

static struct timespec in_a_minute(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec += 60;
    return time;
}

// The calls are made with a cancellation pending.
static void *timed_waiter(void *unused) {
    struct timespec time = in_a_minute();
    sem_timedwait(&full, &time);
    reached = 1;
    return NULL;
}
static void *clock_waiter(void *unused) {
    struct timespec time = in_a_minute();
    sem_clockwait(&full, CLOCK_REALTIME, &time);
    reached = 1;
    return NULL;
}
static void *shm_opener(void *unused) {
    int fd = shm_open("/osvrun-leftovers", O_CREAT | O_RDWR, 0600);
    reached = fd >= 0;
    shm_unlink("/osvrun-leftovers");
    return NULL;
}
static void *sem_opener(void *unused) {
    sem_t *sem = sem_open("/osvrun-leftovers", O_CREAT, 0600, 1);
    reached = sem != SEM_FAILED && sem_close(sem) == 0;
    sem_unlink("/osvrun-leftovers");
    return NULL;
}
static void *statistician(void *unused) {
    malloc_stats();
    reached = 1;
    return NULL;
}

static void *with_pending(void *body) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_wait(&gate);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    void *result = ((void *(*)(void *))body)(NULL);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    return result;
}

static void cancelled_in(const char *what, void *(*body)(void *)) {
    pthread_t thread;
    void *result;
    reached = 0;
    pthread_create(&thread, NULL, with_pending, body);
    pthread_cancel(thread);
    sem_post(&gate);
    pthread_join(thread, &result);
    printf("%s: cancelled %d, done %d\n", what, result == PTHREAD_CANCELED, reached);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static int cleaned;

static void clean(void *unused) { cleaned = 1; }

static void *asynchronous(void *unused) {
    pthread_cleanup_push(clean, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_mutex_lock(&held);
    pthread_cleanup_pop(0);
    return NULL;
}

static void waiting_for_mutex(void) {
    pthread_t thread;
    void *result;
    pthread_mutex_lock(&held);
    pthread_create(&thread, NULL, asynchronous, NULL);
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("waiting for a mutex: cancelled %d, cleaned up %d\n", result == PTHREAD_CANCELED, cleaned);
    pthread_mutex_unlock(&held);
}

static void times(void) {
    struct timespec bad = {0, 1000000000}, past = {1, 0};
    printf("bad time %d", sem_timedwait(&full, &bad));
    printf(" %s", strerror(errno));
    printf(", by the clock %d", sem_clockwait(&full, CLOCK_MONOTONIC, &bad));
    printf(" %s", strerror(errno));
    printf(", bad clock %d", sem_clockwait(&full, CLOCK_PROCESS_CPUTIME_ID, &past));
    printf(" %s\n", strerror(errno));
    printf("past times %d", sem_timedwait(&full, &past));
    printf(" %d\n", sem_clockwait(&full, CLOCK_MONOTONIC, &past));
    sem_post(&full);
    sem_post(&full);
}

static void *nothing(void *unused) { return NULL; }

static int listed(void) {
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void ended(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL);
    while (listed() > 1)
        usleep(1000);
    FILE *status = fopen("/proc/self/status", "r");
    char line[200];
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "Threads:", 8))
            printf("%s", line);
    fclose(status);
    printf("ended: kill %d, probe %d, bad signal %d, cancel %d", pthread_kill(thread, SIGTERM), pthread_kill(thread, 0),
           pthread_kill(thread, 32), pthread_cancel(thread));
    printf(", join %d\n", pthread_join(thread, NULL));
}

static pthread_mutex_t mutex;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int is_waiting, may_go;

static void *waiter(void *unused) {
    pthread_mutex_lock(&mutex);
    is_waiting = 1;
    while (!may_go)
        pthread_cond_wait(&cond, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void waited_for(int type) {
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    pthread_mutex_init(&mutex, &attr);
    is_waiting = may_go = 0;
    pthread_t thread;
    pthread_create(&thread, NULL, waiter, NULL);
    for (int seen = 0; !seen; usleep(1000)) {
        pthread_mutex_lock(&mutex);
        seen = is_waiting;
        pthread_mutex_unlock(&mutex);
    }
    printf("type %d: destroyed while waited for %d", type, pthread_mutex_destroy(&mutex));
    pthread_mutex_lock(&mutex);
    may_go = 1;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    printf(", after %d\n", pthread_mutex_destroy(&mutex));
}

static void *describe(void *what) {
    pthread_attr_t attr;
    size_t stack = 0, guard = 0;
    int state = -1, inherit = -1, policy = -1;
    struct sched_param param;
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstacksize(&attr, &stack);
    pthread_attr_getguardsize(&attr, &guard);
    pthread_attr_getdetachstate(&attr, &state);
    pthread_attr_getinheritsched(&attr, &inherit);
    pthread_attr_getschedpolicy(&attr, &policy);
    pthread_attr_getschedparam(&attr, &param);
    // A stack may be one that a larger thread left.
    printf("%s: 512 KiB of stack %d, guard %zu, detached %d, explicit %d, policy %d, priority %d\n", (char *)what, stack + guard >= 512 << 10, guard, state, inherit,
           policy, param.sched_priority);
    pthread_attr_destroy(&attr);
    sem_post(&gate);
    return NULL;
}

static void started(const char *what, const pthread_attr_t *attr) {
    pthread_t thread;
    pthread_create(&thread, attr, describe, (void *)what);
    sem_wait(&gate);
    int state = PTHREAD_CREATE_JOINABLE;
    pthread_attr_t kept;
    pthread_getattr_default_np(&kept);
    pthread_attr_getdetachstate(attr ? attr : &kept, &state);
    if (state == PTHREAD_CREATE_JOINABLE)
        pthread_join(thread, NULL);
    pthread_attr_destroy(&kept);
}

static void defaults(void) {
    pthread_attr_t first, attr, plain;
    pthread_getattr_default_np(&first);
    pthread_attr_init(&plain);
    pthread_attr_setstacksize(&plain, 768 << 10);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 512 << 10);
    pthread_attr_setguardsize(&attr, 0);
    pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
    printf("set %d\n", pthread_setattr_default_np(&attr));
    started("by default", NULL);
    started("own", &plain);
    pthread_attr_setinheritsched(&attr, PTHREAD_INHERIT_SCHED);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setguardsize(&attr, 8192);
    printf("set detached %d\n", pthread_setattr_default_np(&attr));
    started("by default", NULL);
    started("own", &plain);
    pthread_attr_t bad;
    pthread_attr_init(&bad);
    pthread_attr_setstack(&bad, (void *)0x100000, 1 << 20);
    printf("with a stack %d\n", pthread_setattr_default_np(&bad));
    printf("back %d\n", pthread_setattr_default_np(&first));
    started("own", &plain);
}

int main(void) {
    sem_init(&gate, 0, 0);
    sem_init(&full, 0, 2);
    cancelled_in("sem_timedwait", timed_waiter);
    cancelled_in("sem_clockwait", clock_waiter);
    sem_post(&full);
    cancelled_in("shm_open", shm_opener);
    cancelled_in("sem_open", sem_opener);
    int out = dup(2), none = open("/dev/null", O_WRONLY);
    dup2(none, 2);
    cancelled_in("malloc_stats", statistician);
    dup2(out, 2);
    printf("shm_open of a folder %d", mkdir("/dev/shm/osvrun-folder", 0700) ? 9 : shm_open("/osvrun-folder", O_RDWR, 0));
    printf(" %s\n", strerror(errno));
    rmdir("/dev/shm/osvrun-folder");
    waiting_for_mutex();
    times();
    ended();
    waited_for(PTHREAD_MUTEX_NORMAL);
    waited_for(PTHREAD_MUTEX_RECURSIVE);
    waited_for(PTHREAD_MUTEX_ERRORCHECK);
    defaults();
    return 0;
}
