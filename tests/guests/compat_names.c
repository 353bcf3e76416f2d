// kind: pie
// flags: -Wno-deprecated-declarations
// own libc: no: a static libc has none of its names
// Names that glibc keeps for programs linked long ago, by the versions they were linked with.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OLD(result, name, symbol, version, ...) \
    extern result name(__VA_ARGS__); \
    __asm__(".symver " #name ", " #symbol "@" #version)

OLD(int, old_mutex_init, __pthread_mutex_init, GLIBC_2.2.5, pthread_mutex_t *, const pthread_mutexattr_t *);
OLD(int, old_mutex_destroy, __pthread_mutex_destroy, GLIBC_2.2.5, pthread_mutex_t *);
OLD(int, old_mutex_lock, __pthread_mutex_lock, GLIBC_2.2.5, pthread_mutex_t *);
OLD(int, old_mutex_trylock, __pthread_mutex_trylock, GLIBC_2.2.5, pthread_mutex_t *);
OLD(int, old_mutex_unlock, __pthread_mutex_unlock, GLIBC_2.2.5, pthread_mutex_t *);
OLD(int, old_mutexattr_init, __pthread_mutexattr_init, GLIBC_2.2.5, pthread_mutexattr_t *);
OLD(int, old_mutexattr_destroy, __pthread_mutexattr_destroy, GLIBC_2.2.5, pthread_mutexattr_t *);
OLD(int, old_mutexattr_settype, __pthread_mutexattr_settype, GLIBC_2.2.5, pthread_mutexattr_t *, int);
OLD(int, old_mutexattr_setkind, pthread_mutexattr_setkind_np, GLIBC_2.2.5, pthread_mutexattr_t *, int);
OLD(int, old_mutexattr_getkind, pthread_mutexattr_getkind_np, GLIBC_2.2.5, const pthread_mutexattr_t *, int *);
OLD(int, old_mutexattr_setrobust, pthread_mutexattr_setrobust_np, GLIBC_2.4, pthread_mutexattr_t *, int);
OLD(int, old_mutexattr_getrobust, pthread_mutexattr_getrobust_np, GLIBC_2.4, const pthread_mutexattr_t *, int *);
OLD(int, old_mutex_consistent, pthread_mutex_consistent_np, GLIBC_2.4, pthread_mutex_t *);
OLD(int, old_rwlock_init, __pthread_rwlock_init, GLIBC_2.2.5, pthread_rwlock_t *, const pthread_rwlockattr_t *);
OLD(int, old_rwlock_destroy, __pthread_rwlock_destroy, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_rwlock_rdlock, __pthread_rwlock_rdlock, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_rwlock_wrlock, __pthread_rwlock_wrlock, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_rwlock_tryrdlock, __pthread_rwlock_tryrdlock, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_rwlock_trywrlock, __pthread_rwlock_trywrlock, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_rwlock_unlock, __pthread_rwlock_unlock, GLIBC_2.2.5, pthread_rwlock_t *);
OLD(int, old_once, __pthread_once, GLIBC_2.2.5, pthread_once_t *, void (*)(void));
OLD(void *, old_getspecific, __pthread_getspecific, GLIBC_2.2.5, pthread_key_t);
OLD(int, old_setspecific, __pthread_setspecific, GLIBC_2.2.5, pthread_key_t, const void *);
OLD(int, old_yield, pthread_yield, GLIBC_2.2.5, void);
OLD(int, old_atfork, pthread_atfork, GLIBC_2.2.5, void (*)(void), void (*)(void), void (*)(void));
OLD(void, old_cfree, cfree, GLIBC_2.2.5, void *);
OLD(char *, old_getenv, __secure_getenv, GLIBC_2.2.5, const char *);
extern int __pthread_key_create(pthread_key_t *, void (*)(void *));

static int calls;
static void called(void) { calls++; }

static void mutexes(void) {
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    int value = -1;
    printf("%d", old_mutexattr_init(&attr));
    printf("%d", old_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK));
    printf(" %d", old_mutexattr_getkind(&attr, &value));
    printf(" %d\n", value == PTHREAD_MUTEX_ERRORCHECK);
    old_mutex_init(&mutex, &attr);
    printf("%d", old_mutex_lock(&mutex));
    printf(" %d", old_mutex_lock(&mutex));
    printf(" %d", old_mutex_trylock(&mutex));
    printf(" %d", old_mutex_unlock(&mutex));
    printf(" %d", old_mutex_unlock(&mutex));
    printf(" %d\n", old_mutex_destroy(&mutex));
    printf("%d", old_mutexattr_setkind(&attr, PTHREAD_MUTEX_RECURSIVE));
    printf(" %d", old_mutexattr_setkind(&attr, 77));
    printf(" %d", old_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
    printf(" %d", old_mutexattr_getrobust(&attr, &value));
    printf(" %d", value);
    pthread_mutex_init(&mutex, &attr);
    printf(" %d", old_mutex_consistent(&mutex));
    printf(" %d\n", old_mutexattr_destroy(&attr));
}

int main(void) {
    mutexes();
    pthread_rwlock_t lock;
    printf("%d", old_rwlock_init(&lock, NULL));
    printf("%d", old_rwlock_rdlock(&lock));
    printf("%d", old_rwlock_tryrdlock(&lock));
    printf(" %d", old_rwlock_trywrlock(&lock));
    printf(" %d", old_rwlock_unlock(&lock));
    printf("%d", old_rwlock_unlock(&lock));
    printf("%d", old_rwlock_wrlock(&lock));
    printf("%d", old_rwlock_unlock(&lock));
    printf("%d\n", old_rwlock_destroy(&lock));
    pthread_once_t once = PTHREAD_ONCE_INIT;
    printf("%d%d %d\n", old_once(&once, called), old_once(&once, called), calls);
    pthread_key_t key;
    printf("%d", __pthread_key_create(&key, NULL));
    printf("%d", old_setspecific(key, &key));
    printf(" %d\n", old_getspecific(key) == &key);
    printf("%d %d\n", old_yield(), old_atfork(called, NULL, NULL));
    old_cfree(malloc(10));
    setenv("NAME", "value", 1);
    printf("%s\n", old_getenv("NAME"));
    return 0;
}
