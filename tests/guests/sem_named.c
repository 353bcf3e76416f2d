// kind: so pie
// Named semaphores: opening, sharing, unlinking, and their errors.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void show(const char *what, sem_t *sem) {
    int value = -1;
    if (sem == SEM_FAILED)
        printf("%s: %s\n", what, strerror(errno));
    else
        printf("%s: value %d\n", what, sem_getvalue(sem, &value) ? -1 : value);
}

static void *poster(void *sem) {
    usleep(10000);
    sem_post(sem);
    return NULL;
}

static void *opener(void *unused) {
    return sem_open("/osvrun-race", O_CREAT, 0600, 7);
}

int main(void) {
    const char *name = "/osvrun-named";
    sem_unlink(name);
    sem_unlink("/osvrun-race");
    show("missing", sem_open(name, 0));
    sem_t *one = sem_open(name, O_CREAT | O_EXCL, 0640, 3);
    show("made", one);
    show("made again", sem_open(name, O_CREAT | O_EXCL, 0600, 3));
    sem_t *same = sem_open(name, O_CREAT, 0600, 9);
    show("opened", same);
    printf("same address %d\n", one == same);
    struct stat st;
    int found = stat("/dev/shm/sem.osvrun-named", &st);
    printf("file %d, %ld bytes, mode %o\n", found, (long)st.st_size, st.st_mode & 0777);
    sem_wait(one);
    sem_post(same);
    sem_post(same);
    show("after", one);

    printf("close %d", sem_close(same));
    printf(" %d", sem_close(one));
    sem_t *again = sem_open(name, O_RDWR);
    show(", kept", again);
    printf("unlink %d\n", sem_unlink("osvrun-named"));
    printf("unlink again %d", sem_unlink(name));
    printf(" %s\n", strerror(errno));
    show("after unlink", sem_open(name, 0));
    sem_t *other = sem_open(name, O_CREAT, 0600, 0);
    show("another", other);
    printf("distinct %d\n", other != again);
    sem_post(again);
    show("first", again);
    show("second", other);

    pthread_t thread;
    pthread_create(&thread, NULL, poster, other);
    printf("waited %d\n", sem_wait(other));
    pthread_join(thread, NULL);
    struct timespec soon;
    clock_gettime(CLOCK_MONOTONIC, &soon);
    soon.tv_nsec += 5000000;
    soon.tv_sec += soon.tv_nsec / 1000000000;
    soon.tv_nsec %= 1000000000;
    printf("clockwait %d", sem_clockwait(other, CLOCK_MONOTONIC, &soon));
    printf(" %s\n", strerror(errno));
    soon.tv_nsec = 1000000000;
    printf("bad time %d", sem_timedwait(other, &soon));
    printf(" %s\n", strerror(errno));
    sem_close(other);
    sem_close(again);
    sem_unlink(name);

    show("empty", sem_open("/", O_CREAT, 0600, 0));
    show("with a slash", sem_open("/a/b", O_CREAT, 0600, 0));
    show("too large", sem_open(name, O_CREAT, 0600, 0x80000000u));
    char longest[300];
    memset(longest, 'n', sizeof longest);
    longest[299] = 0;
    show("too long", sem_open(longest, O_CREAT, 0600, 0));
    printf("unlink too long %d", sem_unlink(longest));
    printf(" %s\n", strerror(errno));
    printf("unlink with a slash %d", sem_unlink("a/b"));
    printf(" %s\n", strerror(errno));
    pthread_t threads[8];
    void *opened[8];
    int different = 0;
    for (int i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, opener, NULL);
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], &opened[i]);
        different += opened[i] != opened[0];
    }
    show("race", opened[0]);
    printf("different %d\n", different);
    sem_unlink("/osvrun-race");
    return 0;
}
