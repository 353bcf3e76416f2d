// kind: pie
// exit: 7
// env: LC_ALL=C
// Messages to standard error: err(3), error(3), perror and the system log's, with numbers, names of files and lines.
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <error.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

extern char *__progname, *__progname_full;
extern void __syslog_chk(int, int, const char *, ...), __vsyslog_chk(int, int, const char *, va_list);

static void with_list(void (*call)(const char *, va_list), const char *format, ...) {
    va_list list;
    va_start(list, format);
    call(format, list);
    va_end(list);
}
static void log_list(int flag, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (flag)
        __vsyslog_chk(LOG_ERR, 1, format, list);
    else
        vsyslog(LOG_INFO, format, list);
    va_end(list);
}

static void name(void) { fprintf(stderr, "(name)"); }

static void logs(void) {
    printf("mask %#x", setlogmask(LOG_UPTO(LOG_WARNING)));
    printf(" %#x", setlogmask(0));
    printf(" %#x\n", setlogmask(0xff));
    // Nobody need listen; what is printed beside is the program's.
    openlog("logger", LOG_PERROR, LOG_USER);
    syslog(LOG_ERR, "plain %d", 5);
    errno = ENOENT;
    syslog(LOG_INFO, "because: %m");
    syslog(LOG_NOTICE | LOG_LOCAL3, "ends with a newline\n");
    setlogmask(LOG_UPTO(LOG_WARNING));
    syslog(LOG_INFO, "not let through");
    setlogmask(0xff);
    __syslog_chk(LOG_WARNING, 1, "%s %s", "fortified", "too");
    log_list(0, "%c%c", 'v', 'a');
    log_list(1, "%d%%", 100);
    syslog(0x12345678, "of what");
    closelog();
    openlog(NULL, LOG_PERROR | LOG_NDELAY, 0);
    syslog(LOG_ERR, "by the program's name");
    closelog();
}

static void ends(int how, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (how == 1) err(7, "never");
    if (how == 2) errx(7, "never");
    if (how == 3) verr(7, format, list);
    verrx(7, format, list);
}

int main(int argc, char **argv) {
    char *base = strrchr(argv[0], '/');
    printf("names %d %d", !strcmp(program_invocation_short_name, base ? base + 1 : argv[0]), !strcmp(program_invocation_name, argv[0]));
    printf(" %d %d\n", __progname == program_invocation_short_name || !strcmp(__progname, program_invocation_short_name), !strcmp(__progname_full, argv[0]));
    program_invocation_name = "prog", program_invocation_short_name = "prog";
    fflush(stdout);
    errno = EACCES;
    warn("warn %d", 1);
    errno = EPERM;
    warn(NULL);
    warnx("warnx %s", "two");
    warnx(NULL);
    errno = EIO;
    with_list(vwarn, "vwarn %d", 3);
    with_list(vwarnx, "vwarnx %d", 4);
    errno = 0;
    warn("no error");
    errno = 12345;
    warn("unknown");

    error(0, 0, "plain");
    error(0, ENOENT, "number %d", 5);
    error(0, 99999, "unknown");
    error_at_line(0, EINVAL, "file.c", 17, "here");
    error_at_line(0, 0, NULL, 17, "no file");
    error_one_per_line = 1;
    error_at_line(0, 0, "file.c", 18, "first of the line");
    error_at_line(0, 0, "file.c", 18, "not again");
    error_at_line(0, 0, "other.c", 18, "another file");
    printf("count %u\n", error_message_count);
    error_print_progname = name;
    error(0, 0, "by a name of its own");
    error_print_progname = NULL;
    errno = EBADF;
    perror("perror");
    perror("");
    perror(NULL);
    fflush(stdout);
    logs();
    fflush(stdout);
    errno = ENOSPC;
    ends(argc + 2, "the end, %s", "really");
}
