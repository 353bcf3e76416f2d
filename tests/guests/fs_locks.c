// kind: pie
// Locks: flock between descriptions, record locks of descriptions against each other and the process, waiting.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static void say(const char *what, int result) {
    printf("%s: %d errno %d\n", what, result, result < 0 ? errno : 0);
}

static int record(int fd, int command, short type, off_t start, off_t len) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
    int result = fcntl(fd, command, &lock);
    if (command == F_GETLK || command == F_OFD_GETLK)
        printf("  found type %d from %ld len %ld pid %s\n", lock.l_type, (long)lock.l_start, (long)lock.l_len,
               lock.l_pid == -1 ? "-1" : lock.l_pid == getpid() ? "own" : "0");
    return result;
}

static int waiter_fd, got;
static pthread_barrier_t barrier;

static void *wait_flock(void *unused) {
    (void)unused;
    pthread_barrier_wait(&barrier);
    int result = flock(waiter_fd, LOCK_EX);
    __atomic_store_n(&got, 1, __ATOMIC_SEQ_CST);
    return (void *)(long)result;
}

static void *wait_record(void *unused) {
    (void)unused;
    pthread_barrier_wait(&barrier);
    int result = record(waiter_fd, F_OFD_SETLKW, F_WRLCK, 5, 5);
    __atomic_store_n(&got, 1, __ATOMIC_SEQ_CST);
    return (void *)(long)result;
}

static void on_signal(int number) { (void)number; }

static void *interrupted(void *unused) {
    (void)unused;
    pthread_barrier_wait(&barrier);
    int result = flock(waiter_fd, LOCK_EX);
    return (void *)(long)(result < 0 ? errno : 0);
}

int main(void) {
    char path[] = "/tmp/osvrun-XXXXXX";
    int a = mkstemp(path);
    int b = open(path, O_RDWR), r = open(path, O_RDONLY), w = open(path, O_WRONLY);
    (void)!write(a, "0123456789012345678901234567890123456789", 40);

    say("a shared", flock(a, LOCK_SH));
    say("b shared", flock(b, LOCK_SH | LOCK_NB));
    say("b exclusive", flock(b, LOCK_EX | LOCK_NB));
    say("b unlocks", flock(b, LOCK_UN));
    say("a exclusive", flock(a, LOCK_EX | LOCK_NB));
    say("b shared", flock(b, LOCK_SH | LOCK_NB));
    int a2 = dup(a);
    say("dup of a", flock(a2, LOCK_EX | LOCK_NB));
    close(a2);
    say("b still", flock(b, LOCK_SH | LOCK_NB));
    say("dup unlocks", flock(a, LOCK_UN));
    say("read only takes exclusive", flock(r, LOCK_EX | LOCK_NB));
    say("nonsense", flock(a, 77));
    say("bad fd", flock(99, LOCK_SH));
    int path_fd = open(path, O_PATH);
    say("path fd", flock(path_fd, LOCK_SH));
    close(path_fd);
    say("a after r", flock(a, LOCK_EX | LOCK_NB));
    close(r);
    say("a after close of r", flock(a, LOCK_EX | LOCK_NB));
    flock(a, LOCK_UN);

    // Record locks of the process never stand in its own way, whichever descriptor.
    say("process", record(a, F_SETLK, F_WRLCK, 0, 10));
    say("process again", record(b, F_SETLK, F_WRLCK, 5, 10));
    say("getlk", record(b, F_GETLK, F_WRLCK, 0, 0));
    say("description against process", record(b, F_OFD_SETLK, F_RDLCK, 14, 1));
    say("description beside", record(b, F_OFD_SETLK, F_RDLCK, 15, 1));
    say("ofd getlk", record(b, F_OFD_GETLK, F_RDLCK, 3, 4));
    say("process against description", record(a, F_SETLK, F_WRLCK, 10, 10));
    say("getlk finds description", record(a, F_GETLK, F_WRLCK, 10, 10));
    say("split", record(a, F_SETLK, F_UNLCK, 4, 4));
    say("hole", record(b, F_OFD_GETLK, F_WRLCK, 4, 4));
    say("before hole", record(b, F_OFD_GETLK, F_WRLCK, 0, 0));
    say("read lock on write only", record(w, F_SETLK, F_RDLCK, 0, 1));
    say("negative", record(a, F_SETLK, F_WRLCK, 2, -5));
    say("bad type", record(a, F_SETLK, 17, 0, 1));
    struct flock odd = {.l_type = F_RDLCK, .l_pid = 7};
    say("ofd pid", fcntl(a, F_OFD_SETLK, &odd));
    say("null", fcntl(a, F_SETLK, NULL));
    // Closing any descriptor gives up the process's locks, not those of a description.
    int c = open(path, O_RDWR);
    close(c);
    say("after close", record(b, F_OFD_GETLK, F_WRLCK, 0, 0));
    say("still b's", record(a, F_GETLK, F_WRLCK, 0, 0));
    close(b);
    say("b closed", record(a, F_GETLK, F_WRLCK, 0, 0));

    lseek(a, 10, SEEK_SET);
    b = open(path, O_RDWR);
    say("lockf", lockf(a, F_LOCK, 5));
    say("lockf test own", lockf(b, F_TEST, 100));
    say("ofd at lockf", record(b, F_OFD_GETLK, F_WRLCK, 0, 0));
    say("lockf ulock", lockf(a, F_ULOCK, 0));
    record(b, F_OFD_SETLK, F_WRLCK, 12, 1);
    say("lockf tlock", lockf(a, F_TLOCK, 5));
    say("lockf test", lockf(a, F_TEST, 5));
    say("lockf nonsense", lockf(a, 9, 5));
    record(b, F_OFD_SETLK, F_UNLCK, 0, 0);
    say("whence end", fcntl(b, F_OFD_SETLK, &(struct flock){.l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -4}));
    say("from end", record(a, F_OFD_GETLK, F_WRLCK, 0, 0));
    record(b, F_OFD_SETLK, F_UNLCK, 0, 0);

    // Waiting.
    pthread_t thread;
    void *result;
    pthread_barrier_init(&barrier, NULL, 2);
    flock(a, LOCK_EX);
    waiter_fd = b;
    pthread_create(&thread, NULL, wait_flock, NULL);
    pthread_barrier_wait(&barrier);
    usleep(30000);
    printf("waits %d\n", !__atomic_load_n(&got, __ATOMIC_SEQ_CST));
    flock(a, LOCK_UN);
    pthread_join(thread, &result);
    printf("flock came %ld %d\n", (long)result, got);
    flock(b, LOCK_UN);

    got = 0;
    record(a, F_OFD_SETLK, F_WRLCK, 0, 8);
    pthread_create(&thread, NULL, wait_record, NULL);
    pthread_barrier_wait(&barrier);
    usleep(30000);
    printf("waits %d\n", !__atomic_load_n(&got, __ATOMIC_SEQ_CST));
    close(a);
    pthread_join(thread, &result);
    printf("record came %ld %d\n", (long)result, got);

    a = open(path, O_RDWR);
    record(b, F_OFD_SETLK, F_UNLCK, 0, 0);
    flock(a, LOCK_EX);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);
    pthread_create(&thread, NULL, interrupted, NULL);
    pthread_barrier_wait(&barrier);
    usleep(30000);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, &result);
    printf("interrupted %d\n", (int)(long)result == EINTR);
    unlink(path);
    return 0;
}
