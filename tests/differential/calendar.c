// Time: time.h with zones of all kinds, and difftime(3).
#include "differ.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

extern size_t old_strftime_l(char *, size_t, const char *, const struct tm *, locale_t) SYMBOL(__strftime_l);
extern char *const *zone_names(void);
extern char *names[2] SYMBOL(__tzname);
extern long seconds_west SYMBOL(__timezone);
extern int has_summer SYMBOL(__daylight);

// None with leap seconds, which glibc counts in timegm, too; none with summer time without rules, which glibc has from a file.
static const char *const zones[] = {
    "UTC", "UTC0", "Europe/Berlin", "America/New_York", "Asia/Kolkata",
    "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "AAA-3:30BBB-4:30:15,J60/2,J300/2", "XXX5YYY,59,299/26", "<+0330>-3:30", "<-03>3<-02>,M10.3.0,M2.3.0",
    "", ":Asia/Tokyo", "Nowhere/There", "ABC", "A1", "ABC25", "ABC-24:59:59", "America/Sao_Paulo",
    "Europe/Dublin", "EST5EDT4,M3.2.0/-1,M11.1.0/-2", "Pacific/Apia", "GMT-0"};

static int is_by_rule;

static void any_zone(void) {
    static const char *set;
    const char *zone = PICK(zones);
    given_text("zone", zone);
    is_by_rule = !strchr(zone, '/') || strchr(zone, ',');
    if (zone == set) return;
    set = zone;
    setenv("TZ", zone, 1);
    tzset();
    errno = 0;
}

static time_t any_time(void) {
    if (one_in(2)) return between(-3000000000, 6000000000);
    if (one_in(3)) return between(1600000000, 1800000000);
    // Beyond the year 10 000 glibc's rules are late or early.
    return any_long() % 250000000000;
}

static void say_tm(const char *name, const struct tm *tm) {
    say_int(name, tm != NULL);
    if (!tm) return;
    say_int("year", tm->tm_year), say_int("mon", tm->tm_mon), say_int("mday", tm->tm_mday), say_int("hour", tm->tm_hour);
    say_int("min", tm->tm_min), say_int("sec", tm->tm_sec), say_int("wday", tm->tm_wday), say_int("yday", tm->tm_yday);
    say_int("isdst", tm->tm_isdst), say_int("gmtoff", tm->tm_gmtoff), say_text("zone", tm->tm_zone);
}

static void to_tm(long number) {
    time_t time = any_time();
    struct tm tm;
    char text[40];
    any_zone();
    given_int("time", time);
    say_tm("gmtime", gmtime(&time)), say_errno();
    say_tm("localtime", localtime(&time)), say_errno();
    if (gmtime_r(&time, &tm)) {
        say_tm("gmtime_r", &tm);
        say_text("asctime", asctime(&tm)), say_errno(), say_text("asctime_r", asctime_r(&tm, text)), say_errno();
        say_text("ctime", ctime(&time)), say_errno(), say_text("ctime_r", ctime_r(&time, text)), say_errno();
    }
    if (localtime_r(&time, &tm)) say_tm("localtime_r", &tm);
    say_text("name", tzname[0]), say_text("summer", tzname[1]);
    // With a file of changes glibc keeps what held at the time asked about last.
    if (is_by_rule) {
        say_int("west", timezone), say_int("has", daylight);
        say_text("name", names[0]), say_int("west", seconds_west), say_int("has", has_summer);
    }
    say_double("difftime", difftime(time, any_time()));
}

static struct tm any_tm(void) {
    struct tm tm = {0};
    tm.tm_year = one_in(2) ? between(60, 140) : between(-400, 2400), tm.tm_mon = between(0, 11), tm.tm_mday = between(1, 31);
    tm.tm_hour = between(0, 23), tm.tm_min = between(0, 59), tm.tm_sec = between(0, 60);
    tm.tm_wday = between(0, 6), tm.tm_yday = between(0, 365), tm.tm_isdst = between(-1, 1);
    if (one_in(3)) tm.tm_mon = between(-30, 30), tm.tm_mday = between(-50, 400), tm.tm_hour = between(-100, 100);
    if (one_in(3)) tm.tm_min = between(-500, 500), tm.tm_sec = between(-100, 200);
    return tm;
}

static void from_tm(long number) {
    struct tm tm = any_tm(), copy = tm;
    any_zone();
    given_int("year", tm.tm_year), given_int("mon", tm.tm_mon), given_int("mday", tm.tm_mday), given_int("hour", tm.tm_hour);
    given_int("min", tm.tm_min), given_int("sec", tm.tm_sec), given_int("isdst", tm.tm_isdst);
    time_t time = timegm(&copy);
    say_int("timegm", time), say_errno(), say_tm("tm", time == -1 ? NULL : &copy);
    copy = tm;
    // With summer time asked for where there is none, or the other way round, glibc looks for a time nearby that has it.
    // A rule has no changes before 1970.
    if (one_in(2) || (is_by_rule && tm.tm_year < 90)) copy.tm_isdst = -1;
    time = one_in(4) ? timelocal(&copy) : mktime(&copy);
    // Around a change a time may be there twice, or not at all.
    time_t before = time - 14400, after = time + 14400;
    if (localtime(&before)->tm_gmtoff != localtime(&after)->tm_gmtoff) return;
    say_int("mktime", time), say_errno(), say_tm("tm", time == -1 ? NULL : &copy);
}

static void formats(long number) {
    static const char *const flags[] = {"", "", "", "_", "-", "0", "^", "#", "+", "E", "O", "10", "_5", "-3", "05", "^#"};
    static const char letters[] = "aAbBcCdDeFgGhHIjklmMnNpPrRStTuUvVwWxXyYzZ%+Qfi";
    struct tm tm = any_tm();
    char format[80] = "", room[200];
    any_zone();
    if (one_in(2)) {
        time_t time = between(-3000000000, 6000000000);
        localtime_r(&time, &tm);
    } else {
        // Out of their range, the fields have no names that both libcs read from.
        tm = (struct tm){.tm_year = between(-2000, 9000), .tm_mon = between(0, 11), .tm_mday = between(1, 31), .tm_hour = between(0, 23),
                         .tm_min = between(0, 59), .tm_sec = between(0, 60), .tm_wday = between(0, 6), .tm_yday = between(0, 365),
                         .tm_isdst = between(-1, 1), .tm_gmtoff = between(-50000, 50000), .tm_zone = "ZONE"};
    }
    for (int i = between(1, 3); i > 0; i--) {
        strcat(format, "%");
        strcat(format, PICK(flags));
        char letter = letters[below(sizeof letters - 1)];
        // Seconds since the epoch only of a time that there is.
        if (letter == 's' && tm.tm_zone && *tm.tm_zone == 'Z') letter = 'S';
        // A percent sign has no alternative, though glibc 2.36 shows it so.
        if (letter == '%' && strpbrk(format, "EO")) letter = 'n';
        strncat(format, &letter, 1);
        if (one_in(3)) strcat(format, PICK(((const char *[]){" ", "-", "x", "\xc3\xa4"})));
    }
    size_t size = one_in(3) ? below(30) : sizeof room;
    memset(room, '#', sizeof room);
    given_text("format", format), given_int("size", size);
    given_int("year", tm.tm_year), given_int("yday", tm.tm_yday), given_int("wday", tm.tm_wday), given_int("hour", tm.tm_hour);
    given_int("mon", tm.tm_mon), given_int("mday", tm.tm_mday), given_int("gmtoff", tm.tm_gmtoff), given_int("isdst", tm.tm_isdst);
    size_t length = one_in(2) ? strftime(room, size, format, &tm) : one_in(2) ? strftime_l(room, size, format, &tm, locale_of(0)) : old_strftime_l(room, size, format, &tm, locale_of(0));
    say_int("length", length), say_errno();
    if (length) say_text("room", room);
    wchar_t wide_format[80], wide[200];
    int i = -1;
    do i++, wide_format[i] = (unsigned char)format[i];
    while (format[i]);
    size_t wide_length = wcsftime(wide, 200, wide_format, &tm);
    say_int("wide", wide_length);
    if (wide_length) say_wide("wide", wide, wide_length + 1);
}

static void parsing(long number) {
    // From %U and %W without a year glibc 2.36 makes dates that are none.
    static const char *const pieces[] = {"%d", "%m", "%Y", "%y", "%H", "%M", "%S", "%a", "%A", "%b", "%B", "%j", "%p", "%I", "%e", "%D", "%T", "%R", "%F",
        "%s", "%z", "%Z", "%n", "%t", "%%", "%u", "%w", "%V", "%G", "%g", "%h", "%k", "%l", "%c", "%r", "%x", "%X", "-", " ", ":", "x"};
    char format[80] = "", text[200];
    struct tm tm = {0}, from = {.tm_year = between(-100, 300), .tm_mon = between(0, 11), .tm_mday = between(1, 28), .tm_hour = between(0, 23),
                                .tm_min = between(0, 59), .tm_sec = between(0, 59)};
    any_zone();
    timegm(&from);
    for (int i = between(1, 4); i > 0; i--) {
        strcat(format, PICK(pieces));
        if (one_in(2)) strcat(format, " ");
    }
    if (!strftime(text, sizeof text, format, &from)) *text = 0;
    if (one_in(3) && *text) text[below(strlen(text))] = "0 9-aJx:+"[below(9)];
    if (one_in(5)) strcat(text, "Z");
    given_text("format", format), given_text("text", text);
    char *end = strptime(text, format, &tm);
    say_at("strptime", text, end);
    if (!end) return;
    say_int("year", tm.tm_year), say_int("mon", tm.tm_mon), say_int("mday", tm.tm_mday), say_int("hour", tm.tm_hour), say_int("min", tm.tm_min);
    say_int("sec", tm.tm_sec), say_int("wday", tm.tm_wday), say_int("yday", tm.tm_yday), say_int("gmtoff", tm.tm_gmtoff);
}

DIFFER({"to_tm", to_tm, 2}, {"from_tm", from_tm, 2}, {"formats", formats}, {"parsing", parsing})
