// kind: so
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(void) {
    time_t times[] = {0, 951782400, 1700000000, -1, 4102444800};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct tm tm;
        char text[128];
        gmtime_r(&times[i], &tm);
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %A %b %j %U %W %u %w %G-W%V %y %p %I %Z %%", &tm);
        printf("%ld: %s back %ld\n", (long)times[i], text, (long)timegm(&tm));
    }
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    struct tm tm;
    time_t summer = 1720000000;
    localtime_r(&summer, &tm);
    printf("%02d:%02d dst %d %s %ld back %d\n", tm.tm_hour, tm.tm_min, tm.tm_isdst, tm.tm_zone, tm.tm_gmtoff, mktime(&tm) == summer);
    struct timespec before, after, nap = {0, 2000000};
    clock_gettime(CLOCK_MONOTONIC, &before);
    nanosleep(&nap, NULL);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long took = (after.tv_sec - before.tv_sec) * 1000000000L + after.tv_nsec - before.tv_nsec;
    printf("slept %s\n", took >= 2000000 && took < 2000000000 ? "as asked" : "wrongly");
    return 0;
}
