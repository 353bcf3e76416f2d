// kind: so pie
// C11's threads: locks of each kind, conditions, storage with destructors, ends and answers.
#include <stdio.h>
#include <threads.h>
#include <time.h>

static mtx_t lock;
static cnd_t changed, counted;
static int stage, waiting, destroyed, calls;
static tss_t key;
static once_flag once = ONCE_FLAG_INIT;

static struct timespec after_ms(int ms) {
    struct timespec at;
    timespec_get(&at, TIME_UTC);
    at.tv_nsec += ms * 1000000L;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void called(void) { calls++; }
static void destroy(void *value) { destroyed += *(int *)value; }

static int waits(void *arg) {
    static thread_local int own;
    own = *(int *)arg;
    tss_set(key, arg);
    call_once(&once, called);
    mtx_lock(&lock);
    waiting++;
    cnd_signal(&counted);
    while (stage == 0) cnd_wait(&changed, &lock);
    mtx_unlock(&lock);
    if (own == 3) thrd_exit(33);
    return *(int *)tss_get(key) * 10;
}

static int tries(void *arg) {
    struct timespec soon = after_ms(20);
    (void)arg;
    printf("try %d", mtx_trylock(&lock) == thrd_busy);
    printf(" timed %d\n", mtx_timedlock(&lock, &soon) == thrd_timedout);
    return -5;
}

static int detached(void *arg) {
    mtx_lock(&lock);
    *(int *)arg = 1;
    cnd_broadcast(&changed);
    mtx_unlock(&lock);
    return 0;
}

static int (*volatile equal)(thrd_t, thrd_t) = thrd_equal;
static int same(void *arg) { return equal(thrd_current(), *(thrd_t *)arg) != 0; }

int main(void) {
    thrd_t threads[4];
    int numbers[4] = {1, 2, 3, 4}, result;
    printf("init %d%d%d%d\n", mtx_init(&lock, mtx_timed) == thrd_success, cnd_init(&changed) == thrd_success,
           cnd_init(&counted) == thrd_success, tss_create(&key, destroy) == thrd_success);
    for (int i = 0; i < 4; i++) printf("create %d\n", thrd_create(&threads[i], waits, &numbers[i]) == thrd_success);
    mtx_lock(&lock);
    while (waiting < 4) cnd_wait(&counted, &lock);
    stage = 1;
    cnd_broadcast(&changed);
    mtx_unlock(&lock);
    for (int i = 0; i < 4; i++) {
        printf("join %d", thrd_join(threads[i], &result) == thrd_success);
        printf(" %d\n", result);
    }
    printf("destroyed %d, once %d\n", destroyed, calls);
    mtx_lock(&lock);
    thrd_create(&threads[0], tries, NULL);
    thrd_join(threads[0], &result);
    printf("join %d\n", result);
    struct timespec soon = after_ms(20);
    printf("nobody signals %d\n", cnd_timedwait(&changed, &lock, &soon) == thrd_timedout);
    mtx_unlock(&lock);

    mtx_t again;
    printf("recursive %d", mtx_init(&again, mtx_plain | mtx_recursive) == thrd_success);
    printf(" %d%d", mtx_lock(&again) == thrd_success, mtx_trylock(&again) == thrd_success);
    printf(" %d%d\n", mtx_unlock(&again) == thrd_success, mtx_unlock(&again) == thrd_success);
    mtx_destroy(&again);
    printf("what kind %d\n", mtx_init(&again, 99) == thrd_error);
    int done = 0;
    printf("detach %d", thrd_create(&threads[0], detached, &done) == thrd_success);
    printf(" %d\n", thrd_detach(threads[0]) == thrd_success);
    mtx_lock(&lock);
    while (!done) cnd_wait(&changed, &lock);
    mtx_unlock(&lock);
    thrd_t self = thrd_current();
    thrd_create(&threads[0], same, &self);
    thrd_join(threads[0], &result);
    printf("equal %d %d\n", equal(self, thrd_current()) != 0, result);
    struct timespec little = {0, 1000000}, wrong = {0, 1000000000}, rest;
    printf("sleep %d", thrd_sleep(&little, &rest));
    printf(" %d\n", thrd_sleep(&wrong, NULL) < -1);
    thrd_yield();
    struct timespec now;
    printf("timespec_get %d %d\n", timespec_get(&now, TIME_UTC) == TIME_UTC && now.tv_sec > 1600000000, timespec_get(&now, 77));
    tss_delete(key);
    cnd_destroy(&changed);
    cnd_destroy(&counted);
    mtx_destroy(&lock);
    return 0;
}
