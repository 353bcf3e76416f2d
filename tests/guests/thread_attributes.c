// kind: so pie
// flags: -Wno-deprecated-declarations
// Attributes of threads, mutexes, conditions and barriers: what is set is there again, what cannot be is refused; and a
// thread that has what its attributes say.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void *on_stack(void *arg) {
    char here;
    char *stack = arg;
    pthread_attr_t own;
    void *base;
    size_t size = 0, guard = 1;
    int state = -1;
    pthread_getattr_np(pthread_self(), &own);
    pthread_attr_getstack(&own, &base, &size);
    pthread_attr_getguardsize(&own, &guard);
    pthread_attr_getdetachstate(&own, &state);
    printf("  on it %d, says so %d, size %zu, state %d\n", &here > stack && &here < stack + 65536, base == (void *)stack, size, state);
    pthread_attr_destroy(&own);
    return NULL;
}

static void threads(void) {
    pthread_attr_t attr;
    int value = -1;
    size_t size = 7;
    void *at;
    struct sched_param param = {5};
    printf("init %d\n", pthread_attr_init(&attr));
    pthread_attr_getinheritsched(&attr, &value);
    printf("inherit %d", value);
    pthread_attr_getschedpolicy(&attr, &value);
    printf(" policy %d", value);
    pthread_attr_getschedparam(&attr, &param);
    printf(" priority %d", param.sched_priority);
    pthread_attr_getscope(&attr, &value);
    printf(" scope %d", value);
    pthread_attr_getguardsize(&attr, &size);
    printf(" guard %zu\n", size);
    printf("policy %d", pthread_attr_setschedpolicy(&attr, SCHED_RR));
    printf(" %d", pthread_attr_setschedpolicy(&attr, SCHED_BATCH));
    pthread_attr_getschedpolicy(&attr, &value);
    printf(" %d\n", value);
    param.sched_priority = 10;
    printf("priority %d", pthread_attr_setschedparam(&attr, &param));
    param.sched_priority = 100;
    printf(" %d", pthread_attr_setschedparam(&attr, &param));
    param.sched_priority = 0;
    printf(" %d", pthread_attr_setschedparam(&attr, &param));
    pthread_attr_getschedparam(&attr, &param);
    printf(" %d\n", param.sched_priority);
    printf("inherit %d", pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED));
    printf(" %d", pthread_attr_setinheritsched(&attr, 7));
    pthread_attr_getinheritsched(&attr, &value);
    printf(" %d\n", value);
    printf("scope %d", pthread_attr_setscope(&attr, PTHREAD_SCOPE_SYSTEM));
    printf(" %d", pthread_attr_setscope(&attr, PTHREAD_SCOPE_PROCESS));
    printf(" %d\n", pthread_attr_setscope(&attr, 9));
    printf("detach %d", pthread_attr_setdetachstate(&attr, 9));
    printf(" %d", pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
    pthread_attr_getdetachstate(&attr, &value);
    printf(" %d\n", value);
    printf("guard %d", pthread_attr_setguardsize(&attr, 100));
    pthread_attr_getguardsize(&attr, &size);
    printf(" %zu\n", size);
    printf("stack size %d", pthread_attr_setstacksize(&attr, 1000));
    printf(" %d", pthread_attr_setstacksize(&attr, 100000));
    pthread_attr_getstacksize(&attr, &size);
    printf(" %zu\n", size);
    printf("destroy %d\n", pthread_attr_destroy(&attr));

    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pthread_attr_init(&attr);
    printf("stack %d", pthread_attr_setstack(&attr, stack, 100));
    printf(" %d", pthread_attr_setstack(&attr, stack, 65536));
    pthread_attr_getstack(&attr, &at, &size);
    printf(" %d %zu\n", at == (void *)stack, size);
    pthread_t thread;
    int result = pthread_create(&thread, &attr, on_stack, stack);
    pthread_join(thread, NULL);
    printf("create %d\n", result);
    void *top = NULL;
    printf("top %d", pthread_attr_setstackaddr(&attr, stack + 65536));
    printf(" %d", pthread_attr_getstackaddr(&attr, &top));
    printf(" %d\n", top == (void *)(stack + 65536));
    pthread_attr_destroy(&attr);
    cpu_set_t cpus, asked;
    pthread_attr_init(&attr);
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    printf("affinity %d", pthread_attr_setaffinity_np(&attr, sizeof cpus, &cpus));
    printf(" %d", pthread_attr_getaffinity_np(&attr, sizeof asked, &asked));
    printf(" %d", CPU_EQUAL(&cpus, &asked));
    printf(" %d", pthread_attr_getaffinity_np(&attr, 0, &asked));
    printf(" %d", pthread_attr_setaffinity_np(&attr, 0, &cpus));
    printf(" %d", pthread_attr_getaffinity_np(&attr, sizeof asked, &asked));
    printf(" %d\n", CPU_COUNT(&asked));
    pthread_attr_destroy(&attr);

    printf("default %d", pthread_getattr_default_np(&attr));
    pthread_attr_getdetachstate(&attr, &value);
    size_t standard;
    pthread_attr_getstacksize(&attr, &standard);
    printf(" %d %d\n", value, standard >= PTHREAD_STACK_MIN);
    pthread_attr_setstacksize(&attr, 262144);
    printf("set %d", pthread_setattr_default_np(&attr));
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_destroy(&attr);
    pthread_getattr_default_np(&attr);
    pthread_attr_getstacksize(&attr, &size);
    printf(" %zu", size);
    pthread_attr_setstack(&attr, stack, 65536);
    printf(" with a stack %d\n", pthread_setattr_default_np(&attr));
    pthread_attr_destroy(&attr);
}

static void mutexes(void) {
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    int value = -1, old = -1;
    pthread_mutexattr_init(&attr);
    printf("type %d", pthread_mutexattr_gettype(&attr, &value));
    printf(" %d %d", value, pthread_mutexattr_settype(&attr, 4));
    printf(" shared %d", pthread_mutexattr_getpshared(&attr, &value));
    printf(" %d", value);
    printf(" robust %d", pthread_mutexattr_getrobust(&attr, &value));
    printf(" %d", value);
    printf(" protocol %d", pthread_mutexattr_getprotocol(&attr, &value));
    printf(" %d\n", value);
    printf("set %d", pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
    printf(" %d", pthread_mutexattr_setrobust(&attr, 5));
    pthread_mutexattr_getrobust(&attr, &value);
    printf(" %d", value);
    printf(" %d", pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
    printf(" %d", pthread_mutexattr_setpshared(&attr, 5));
    pthread_mutexattr_getpshared(&attr, &value);
    printf(" %d", value);
    printf(" %d", pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT));
    printf(" %d", pthread_mutexattr_setprotocol(&attr, 5));
    pthread_mutexattr_getprotocol(&attr, &value);
    printf(" %d\n", value);
    printf("ceiling %d", pthread_mutexattr_setprioceiling(&attr, 20));
    printf(" %d", pthread_mutexattr_setprioceiling(&attr, 0));
    printf(" %d", pthread_mutexattr_setprioceiling(&attr, 100));
    pthread_mutexattr_getprioceiling(&attr, &value);
    printf(" %d\n", value);
    pthread_mutexattr_destroy(&attr);
    pthread_mutex_init(&mutex, NULL);
    printf("of a plain one %d", pthread_mutex_getprioceiling(&mutex, &value));
    printf(" %d", pthread_mutex_setprioceiling(&mutex, 5, &old));
    printf(" consistent %d\n", pthread_mutex_consistent(&mutex));
    pthread_mutex_destroy(&mutex);
}

static void others(void) {
    pthread_condattr_t cond_attr;
    pthread_barrierattr_t barrier_attr;
    clockid_t clock = -1;
    int value = -1;
    pthread_condattr_init(&cond_attr);
    printf("clock %d", pthread_condattr_getclock(&cond_attr, &clock));
    printf(" %d", clock);
    printf(" %d", pthread_condattr_setclock(&cond_attr, CLOCK_MONOTONIC));
    printf(" %d", pthread_condattr_setclock(&cond_attr, CLOCK_THREAD_CPUTIME_ID));
    pthread_condattr_getclock(&cond_attr, &clock);
    printf(" %d", clock);
    printf(" shared %d", pthread_condattr_getpshared(&cond_attr, &value));
    printf(" %d", value);
    printf(" %d", pthread_condattr_setpshared(&cond_attr, 9));
    printf(" %d", pthread_condattr_setpshared(&cond_attr, PTHREAD_PROCESS_SHARED));
    pthread_condattr_getpshared(&cond_attr, &value);
    printf(" %d %d\n", value, pthread_condattr_destroy(&cond_attr));
    pthread_barrierattr_init(&barrier_attr);
    printf("barrier %d", pthread_barrierattr_getpshared(&barrier_attr, &value));
    printf(" %d", value);
    printf(" %d", pthread_barrierattr_setpshared(&barrier_attr, PTHREAD_PROCESS_SHARED));
    printf(" %d", pthread_barrierattr_setpshared(&barrier_attr, 9));
    pthread_barrierattr_getpshared(&barrier_attr, &value);
    printf(" %d %d\n", value, pthread_barrierattr_destroy(&barrier_attr));
    printf("concurrency %d", pthread_getconcurrency());
    printf(" %d", pthread_setconcurrency(3));
    printf(" %d", pthread_getconcurrency());
    printf(" %d", pthread_setconcurrency(-1));
    printf(" %d\n", pthread_getconcurrency());
    int (*volatile equal)(pthread_t, pthread_t) = pthread_equal;
    printf("equal %d %d\n", equal(pthread_self(), pthread_self()) != 0, equal(pthread_self(), 0));

    // Waiting for a condition by a clock of the caller's choice.
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    struct timespec at, past = {1, 0}, wrong = {1, -1};
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += 1000000;
    if (at.tv_nsec >= 1000000000) at.tv_sec++, at.tv_nsec -= 1000000000;
    pthread_mutex_lock(&mutex);
    printf("clockwait %d", pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &at));
    printf(" %d", pthread_cond_clockwait(&cond, &mutex, CLOCK_REALTIME, &past));
    printf(" %d", pthread_cond_clockwait(&cond, &mutex, CLOCK_PROCESS_CPUTIME_ID, &past));
    printf(" %d\n", pthread_cond_clockwait(&cond, &mutex, CLOCK_REALTIME, &wrong));
    pthread_mutex_unlock(&mutex);
    sem_t sem;
    printf("sem %d", sem_init(&sem, 0, 2));
    printf(" %d", sem_init(&sem, 0, (unsigned)SEM_VALUE_MAX + 1));
    printf(" %d", errno);
    sem_init(&sem, 1, SEM_VALUE_MAX);
    printf(" %d", sem_post(&sem));
    printf(" %d", errno);
    printf(" %d\n", sem_destroy(&sem));
}

static sem_t told;
static void cleaned(void *arg) { printf("  cleaned %s\n", (char *)arg); }
static void *cleans(void *arg) {
    int before = -1;
    pthread_cleanup_push_defer_np(cleaned, "deferred");
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
    printf("  within %d\n", before);
    pthread_cleanup_pop_restore_np(1);
    pthread_cleanup_push(cleaned, "plain");
    pthread_cleanup_pop(arg != NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
    printf("  after %d\n", before);
    return arg;
}
static void *ends(void *arg) { return arg; }
static void *waits(void *arg) {
    (void)arg;
    int before = -1;
    printf("  type %d", pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &before));
    printf(" %d", before);
    printf(" %d", pthread_setcanceltype(7, &before));
    printf(" %d", pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before));
    printf(" %d", before);
    printf(" state %d", pthread_setcancelstate(9, &before));
    printf(" %d\n", pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL));
    sem_post(&told);
    for (;;) pause();
    return NULL;
}

static void joins(void) {
    pthread_t thread;
    struct timespec past = {1, 0}, far = {0, 0};
    void *result = NULL;
    clock_gettime(CLOCK_MONOTONIC, &far);
    far.tv_sec += 50;
    sem_init(&told, 0, 0);
    pthread_create(&thread, NULL, waits, NULL);
    sem_wait(&told);
    printf("still there %d", pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &past));
    printf(" %d\n", pthread_timedjoin_np(thread, &result, &past));
    pthread_cancel(thread);
    printf("join %d", pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &far));
    printf(" %d\n", result == PTHREAD_CANCELED);
    pthread_create(&thread, NULL, ends, &result);
    printf("join %d", pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &far));
    printf(" %d\n", result == &result);
    pthread_create(&thread, NULL, cleans, &result);
    pthread_join(thread, NULL);
    printf("itself %d\n", pthread_join(pthread_self(), NULL));
    printf("yield %d\n", sched_yield());
}

static void before(void) {}
int main(void) {
    threads();
    mutexes();
    others();
    joins();
    printf("atfork %d\n", pthread_atfork(before, NULL, NULL));
    return 0;
}
