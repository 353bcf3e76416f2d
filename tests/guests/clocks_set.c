// kind: so pie
// Clocks: how fine they are, what they cannot be set to, and those of processes; the older ways to ask for the time.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

extern int __clock_gettime(clockid_t, struct timespec *), __gettimeofday(struct timeval *, void *), __nanosleep(const struct timespec *, struct timespec *);

static void say(const char *what, long result) {
    if (result == -1)
        printf("%s: -1 errno %d\n", what, errno);
    else
        printf("%s: %ld\n", what, result);
    errno = 0;
}

int main(void) {
    struct timespec at = {-1, -1}, wrong = {5, 1000000000}, before = {-5, 0};
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                                       CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME, CLOCK_TAI};
    for (int i = 0; i < 9; i++) {
        int result = clock_getres(clocks[i], &at);
        printf("%d: %d %d", clocks[i], result, at.tv_sec == 0 && at.tv_nsec > 0 && at.tv_nsec < 20000000);
        result = clock_gettime(clocks[i], &at);
        printf(" %d %d\n", result, at.tv_sec >= 0 && at.tv_nsec < 1000000000);
    }
    say("getres into nothing", clock_getres(CLOCK_MONOTONIC, NULL));
    say("getres what", clock_getres(99, &at));
    say("gettime what", clock_gettime(99, &at));
    say("__clock_gettime", __clock_gettime(CLOCK_MONOTONIC, &at));
    // What could be set only by root is asked for so that it is wrong for anybody.
    say("settime", clock_settime(CLOCK_REALTIME, &wrong));
    say("settime before 1970", clock_settime(CLOCK_REALTIME, &before));
    say("settime of a counting one", clock_settime(CLOCK_MONOTONIC, &at));
    say("settime of the processor's", clock_settime(CLOCK_PROCESS_CPUTIME_ID, &at));
    say("settime what", clock_settime(99, &at));
    struct timeval tv = {5, 2000000};
    say("settimeofday", settimeofday(&tv, NULL));
    tv.tv_usec = -1;
    say("settimeofday", settimeofday(&tv, NULL));
    struct timezone zone = {0, 0};
    say("settimeofday of both", settimeofday(&tv, &zone));
    say("gettimeofday", gettimeofday(&tv, &zone));
    printf("%d %d %d\n", tv.tv_sec > 1600000000, zone.tz_minuteswest, zone.tz_dsttime);
    say("__gettimeofday", __gettimeofday(&tv, NULL));
    struct timespec since;
    int base = timespec_get(&since, TIME_UTC);
    printf("timespec_get %d %d\n", base, since.tv_sec - tv.tv_sec < 5);
    printf("time %d\n", time(NULL) - tv.tv_sec < 5);

    struct timex timex;
    memset(&timex, 0, sizeof timex);
    int state = adjtimex(&timex);
    printf("adjtimex %d %d\n", state >= 0, timex.time.tv_sec > 1600000000);
    printf("tick %d\n", timex.tick > 9000 && timex.tick < 11000);
    memset(&timex, 0, sizeof timex);
    state = clock_adjtime(CLOCK_REALTIME, &timex);
    printf("clock_adjtime %d\n", state >= 0);
    say("clock_adjtime of a counting one", clock_adjtime(CLOCK_MONOTONIC, &timex));
    say("clock_adjtime what", clock_adjtime(99, &timex));
    memset(&timex, 0, sizeof timex);
    state = ntp_adjtime(&timex);
    printf("ntp_adjtime %d\n", state >= 0);
    struct timeval left = {-1, -1};
    say("adjtime asks", adjtime(NULL, &left));
    printf("%d\n", left.tv_sec == 0);
    struct timeval far = {INT_MAX, 0};
    say("adjtime too far", adjtime(&far, NULL));

    clockid_t own;
    printf("clock_getcpuclockid %d", clock_getcpuclockid(0, &own));
    printf(" %d", clock_gettime(own, &at));
    printf(" %d", clock_getcpuclockid(getpid(), &own));
    printf(" %d\n", clock_getcpuclockid(9999999, &own));
    clock_t start = clock();
    volatile unsigned long sum = 0;
    for (unsigned long i = 0; i < 3000000; i++) sum += i;
    printf("clock %d\n", clock() >= start && start != -1);
    struct timespec little = {0, 1000}, rest;
    say("__nanosleep", __nanosleep(&little, &rest));
    say("nanosleep", nanosleep(&wrong, NULL));
    say("nanosleep", nanosleep(&before, NULL));
    printf("clock_nanosleep %d", clock_nanosleep(CLOCK_MONOTONIC, 0, &little, NULL));
    printf(" %d", clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &little, NULL));
    printf(" %d", clock_nanosleep(99, 0, &little, NULL));
    printf(" %d", clock_nanosleep(CLOCK_REALTIME, 0, &wrong, NULL));
    printf(" %d\n", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &little, NULL));
    return 0;
}
