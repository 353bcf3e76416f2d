// kind: so
#define _GNU_SOURCE
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static void show(const struct tm *tm) {
    printf("%d-%02d-%02d %02d:%02d:%02d wday %d yday %d dst %d off %ld", tm->tm_year, tm->tm_mon, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec, tm->tm_wday, tm->tm_yday, tm->tm_isdst, tm->tm_gmtoff);
}

static void formats(void) {
    time_t times[] = {0, 1700000000, -62135596800, 253402300799, 1704067199, 1230768000};
    const char *all = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%+";
    for (int t = 0; t < 6; t++) {
        struct tm tm;
        gmtime_r(&times[t], &tm);
        for (const char *c = all; *c; c++) {
            char plain[4] = {'%', *c, 0}, text[100];
            size_t n = strftime(text, sizeof text, plain, &tm);
            printf("%c[%.*s]", *c, (int)n, text);
        }
        puts("");
    }
    struct tm tm;
    gmtime_r(&times[1], &tm);
    const char *flagged[] = {"%-d", "%_d", "%05d", "%^a", "%#Z", "%#a", "%#p", "%10Y", "%-10Y|", "%_10Y", "%Ey", "%Od", "%EY", "%^B", "%010e", "%_H", "%-j", "%+4Y", "%+F", "%12F", "%:z", "%::z", "%_5S", "%^#b", "%Q", "%E", "%20c", "%-m/%-d/%y", "%O", "%_z", "%-z", "%^c", "%-N"};
    for (int i = 0; i < 33; i++) {
        char text[100] = "";
        size_t n = strftime(text, sizeof text, flagged[i], &tm);
        printf("%s -> %zu [%s]\n", flagged[i], n, text);
    }
    char small[5] = "????";
    printf("%zu %zu ", strftime(small, 5, "%Y", &tm), strftime(small, 4, "%Y", &tm));
    printf("%zu\n", strftime(small, 5, "", &tm));
    wchar_t wide[40];
    printf("%zu %ls\n", wcsftime(wide, 40, L"%A, %d %B %Y %H:%M", &tm), wide);
    char text[26];
    printf("%s%s", asctime(&tm), ctime_r(&times[1], text));
}

static void parsing(void) {
    struct { const char *text, *template; } tries[] = {
        {"2024-02-29 13:14:15", "%Y-%m-%d %H:%M:%S"}, {"2024-02-29T01:02:03Z", "%FT%TZ"}, {"12/31/99", "%D"}, {"31 december 1999", "%d %B %Y"},
        {"Mon Jan  2 15:04:05 2006", "%c"}, {"Tue", "%a"}, {"Wednesday", "%a"}, {"11:30 PM", "%I:%M %p"}, {"12:00 am", "%I:%M %p"}, {"03:04:05 AM", "%r"},
        {"23:59", "%R"}, {"1700000000", "%s"}, {"69", "%y"}, {"68", "%y"}, {"20 24", "%C %y"}, {"2024 060", "%Y %j"}, {"2024 10 1", "%Y %U %w"}, {"2024 10 1", "%Y %W %u"},
        {"+0530", "%z"}, {"-08:00", "%z"}, {"Z", "%z"}, {"+05", "%z"}, {"GMT", "%Z"}, {"100%", "%S0%%"}, {" 7", "%e"}, {"60", "%S"}, {"61", "%S"}, {"62", "%S"}, {"24", "%H"}, {"13", "%m"}, {"0", "%d"}, {"32", "%d"},
        {"2024-02-30", "%F"}, {"  x  y", "x y"}, {"\t2024", " %Y"}, {"20240229", "%Y%m%d"}, {"2024", "%G"}, {"10", "%V"}, {"24", "%g"}, {"12", "%l"}, {"9", "%k"}, {"a\nb", "a%nb"}, {"a b", "a%tb"}, {"Sept 1", "%b %d"}, {"may 1", "%B %d"},
        {"-2024", "%Y"}, {"99999", "%Y"}, {"1/2/03", "%x"}, {"04:05:06", "%X"}, {"Monday 5", "%A %Ed"}, {"5", "%Od"}, {"12", "%y%"}, {"", ""}, {"", "%Y"}, {"junk", "%Y"},
    };
    for (int i = 0; i < (int)(sizeof tries / sizeof *tries); i++) {
        struct tm tm = {0};
        tm.tm_isdst = -1;
        char *end = strptime(tries[i].text, tries[i].template, &tm);
        printf("%s %s: ", tries[i].text, tries[i].template);
        if (end) {
            printf("+%d ", (int)(end - tries[i].text));
            show(&tm);
        } else printf("no");
        puts("");
    }
}

static void zones(void) {
    const char *names[] = {"UTC0", "EST5EDT,M3.2.0,M11.1.0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0545>-5:45", "NZST-12NZDT,M9.5.0,M4.1.0/3", "AAA3BBB,J60/1:30,300/25", "XXX-14:30:15", "", "Nonsense", ":UTC", "IST-2IDT,M3.4.4/26,M10.5.0", "<-03>3", "ABC-25", "WGT3WGST,M3.5.0/-2,M10.5.0/-1", "Z"};
    time_t times[] = {1704067200, 1710054000, 1710054001, 1711846800, 1720000000, 1730595600, 1730599200, 0};
    for (int z = 0; z < 15; z++) {
        setenv("TZ", names[z], 1);
        tzset();
        printf("%s: %s %s %ld %d\n", names[z], tzname[0], tzname[1], timezone, daylight);
        for (int i = 0; i < 8; i++) {
            struct tm tm;
            localtime_r(&times[i], &tm);
            show(&tm);
            char text[40];
            strftime(text, 40, "%Z %z", &tm);
            struct tm back = tm;
            printf(" %s %d", text, mktime(&back) == times[i]);
            back = tm;
            back.tm_isdst = -1;
            back.tm_mon += 14;
            back.tm_mday -= 40;
            back.tm_sec += 100000;
            printf(" %ld ", (long)mktime(&back));
            show(&back);
            puts("");
        }
    }
    setenv("TZ", "EST5EDT,M3.2.0,M11.1.0", 1);
    // In the gap, and both times in the overlap.
    struct tm gap = {.tm_year = 124, .tm_mon = 2, .tm_mday = 10, .tm_hour = 2, .tm_min = 30, .tm_isdst = -1};
    printf("%ld ", (long)mktime(&gap));
    show(&gap);
    for (int dst = 0; dst < 2; dst++) {
        struct tm twice = {.tm_year = 124, .tm_mon = 10, .tm_mday = 3, .tm_hour = 1, .tm_min = 30, .tm_isdst = dst};
        printf(" | %ld ", (long)mktime(&twice));
        show(&twice);
    }
    struct tm far = {.tm_year = 2147483647, .tm_mon = 12};
    printf("\n%ld\n", (long)mktime(&far));
    struct tm odd = {.tm_year = 100, .tm_mon = -13, .tm_mday = 400, .tm_hour = -30, .tm_min = 70, .tm_sec = -1};
    printf("%ld ", (long)timegm(&odd));
    show(&odd);
    printf("\n%d %g\n", dysize(2000), difftime(100, 40));
    time_t huge = 1L << 60;
    struct tm tm;
    printf("%d\n", gmtime_r(&huge, &tm) != 0);
}

int main(void) {
    setenv("TZ", "UTC0", 1);
    formats();
    parsing();
    zones();
    unsetenv("DATEMSK");
    struct tm tm;
    printf("%d ", getdate("x") != 0);
    printf("%d ", getdate_err);
    setenv("DATEMSK", "/nonexistent", 1);
    printf("%d ", getdate_r("x", &tm));
    FILE *f = fopen("/tmp/osvrun-datemsk", "w");
    fputs("%Y-%m-%d\n%d %B %Y\n%H:%M\n", f);
    fclose(f);
    setenv("DATEMSK", "/tmp/osvrun-datemsk", 1);
    printf("%d ", getdate_r("3 May 2023", &tm));
    printf("%d-%d-%d ", tm.tm_year, tm.tm_mon, tm.tm_mday);
    printf("%d %d %d ", getdate_r("2024-02-29", &tm), tm.tm_yday, tm.tm_wday);
    printf("%d %d:%d ", getdate_r("13:45", &tm), tm.tm_hour, tm.tm_min);
    printf("%d %d\n", getdate_r("nothing", &tm), getdate_r("2023-02-30", &tm));
    remove("/tmp/osvrun-datemsk");
    return 0;
}
