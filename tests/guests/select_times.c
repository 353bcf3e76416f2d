// kind: pie
// select(2) writes the time left back, pselect(2) does not; sets larger than an fd_set.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static int p[2];

static void say(const char *what, int n, struct timeval left, long low_ms, long high_ms) {
    long ms = left.tv_sec * 1000 + left.tv_usec / 1000;
    printf("%s: %d errno %d, time left %s\n", what, n, n < 0 ? errno : 0, ms >= low_ms && ms <= high_ms ? "as expected" : "wrong");
    if (ms < low_ms || ms > high_ms)
        printf("  %ld ms, not %ld to %ld\n", ms, low_ms, high_ms);
}

static void *late(void *unused) {
    usleep(60000);
    write(p[1], "x", 1);
    return unused;
}

static void nothing(int signal) { (void)signal; }

static void *signals(void *main_thread) {
    usleep(60000);
    pthread_kill(*(pthread_t *)main_thread, SIGUSR1);
    return NULL;
}

int main(void) {
    fd_set set;
    pipe(p);
    FD_ZERO(&set);
    FD_SET(p[0], &set);
    struct timeval tv = {0, 40000};
    int n = select(p[0] + 1, &set, NULL, NULL, &tv);
    say("ran out", n, tv, 0, 0);
    printf("set %d\n", FD_ISSET(p[0], &set) != 0);

    pthread_t thread;
    pthread_create(&thread, NULL, late, NULL);
    FD_SET(p[0], &set);
    tv = (struct timeval){20, 0};
    n = select(p[0] + 1, &set, NULL, NULL, &tv);
    say("ready later", n, tv, 5000, 19950);
    pthread_join(thread, NULL);

    tv = (struct timeval){7, 5000000};
    n = select(p[0] + 1, &set, NULL, NULL, &tv);
    say("ready at once", n, tv, 6000, 12000);
    printf("normalised %d\n", tv.tv_usec < 1000000);

    struct timespec ts = {20, 5}, kept = ts;
    n = pselect(p[0] + 1, &set, NULL, NULL, &ts, NULL);
    printf("pselect %d kept %d\n", n, !memcmp(&ts, &kept, sizeof ts));

    struct sigaction action = {.sa_handler = nothing};
    sigaction(SIGUSR1, &action, NULL);
    pthread_t self = pthread_self();
    pthread_create(&thread, NULL, signals, &self);
    tv = (struct timeval){20, 0};
    n = select(0, NULL, NULL, NULL, &tv);
    say("signal", n, tv, 5000, 19950);
    pthread_join(thread, NULL);

    tv = (struct timeval){3, 0};
    n = select(-1, NULL, NULL, NULL, &tv);
    say("count", n, tv, 2000, 3000);
    int closed = dup(0);
    close(closed);
    FD_ZERO(&set);
    FD_SET(closed, &set);
    tv = (struct timeval){3, 0};
    n = select(closed + 1, &set, NULL, NULL, &tv);
    say("closed", n, tv, 2000, 3000);
    tv = (struct timeval){-1, 0};
    n = select(0, NULL, NULL, NULL, &tv);
    printf("negative %d errno %d\n", n, errno);
    tv = (struct timeval){0, -1};
    n = select(0, NULL, NULL, NULL, &tv);
    printf("negative %d errno %d\n", n, errno);

    // Far beyond the table's end nothing is looked at.
    FD_ZERO(&set);
    FD_SET(1000, &set);
    tv = (struct timeval){0, 0};
    n = select(FD_SETSIZE, &set, NULL, NULL, &tv);
    printf("beyond %d, %d\n", n, FD_ISSET(1000, &set) != 0);

    struct rlimit limit = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &limit);
    int high = dup2(p[0], 3000);
    unsigned long *large = calloc(4096 / 64, sizeof *large);
    large[high / 64] |= 1UL << high % 64;
    large[p[0] / 64] |= 1UL << p[0] % 64;
    n = select(high + 1, (fd_set *)large, NULL, NULL, NULL);
    printf("high %d: %d %d\n", n, (int)(large[high / 64] >> high % 64 & 1), (int)(large[p[0] / 64] >> p[0] % 64 & 1));
    return 0;
}
