// kind: pie
// sysconf(3) and confstr(3): what the system says of its limits and options.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

#define ROW(name) { #name, _SC_##name }

static const struct {
    const char *text;
    int name;
} rows[] = {
    ROW(ASYNCHRONOUS_IO), ROW(PRIORITIZED_IO), ROW(MESSAGE_PASSING), ROW(SHARED_MEMORY_OBJECTS), ROW(SEMAPHORES),
    ROW(THREAD_PRIORITY_SCHEDULING), ROW(THREAD_PRIO_INHERIT), ROW(THREAD_PRIO_PROTECT), ROW(ADVISORY_INFO),
    ROW(SPAWN), ROW(IPV6), ROW(RAW_SOCKETS), ROW(2_C_BIND), ROW(2_C_DEV), ROW(2_FORT_DEV), ROW(2_LOCALEDEF),
    ROW(XOPEN_UNIX), ROW(XOPEN_VERSION), ROW(XOPEN_XCU_VERSION), ROW(XOPEN_SHM), ROW(XOPEN_REALTIME_THREADS),
    ROW(V6_LP64_OFF64), ROW(V7_ILP32_OFF32), ROW(V7_LP64_OFF64), ROW(TRACE), ROW(STREAMS), ROW(TYPED_MEMORY_OBJECTS),
    ROW(CHAR_BIT), ROW(CHAR_MIN), ROW(SHRT_MAX), ROW(INT_MAX), ROW(UINT_MAX), ROW(LONG_BIT), ROW(WORD_BIT),
    ROW(MB_LEN_MAX), ROW(NZERO), ROW(NL_ARGMAX), ROW(NL_LANGMAX), ROW(NL_TEXTMAX), ROW(PASS_MAX), ROW(RTSIG_MAX),
    ROW(TZNAME_MAX), ROW(CHARCLASS_NAME_MAX), ROW(AIO_PRIO_DELTA_MAX), ROW(MQ_PRIO_MAX), ROW(IOV_MAX), ROW(LINE_MAX),
    ROW(EQUIV_CLASS_MAX), ROW(SS_REPL_MAX),
};

int main(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        errno = 0;
        long value = sysconf(rows[i].name);
        printf("%s %ld%s\n", rows[i].text, value, errno ? " unknown" : "");
    }
    errno = 0;
    printf("none %ld %d, before the first %ld\n", sysconf(4711), errno == EINVAL, sysconf(-1));
    long least = sysconf(_SC_MINSIGSTKSZ), usual = sysconf(_SC_SIGSTKSZ);
    printf("stack of signals %d %d %d\n", least == (long)getauxval(AT_MINSIGSTKSZ), usual >= 8192, usual >= 4 * least);
    stack_t stack = { .ss_sp = malloc(usual), .ss_size = usual };
    printf("sigaltstack %d\n", sigaltstack(&stack, NULL));
    printf("pending %d, caches %d\n", sysconf(_SC_SIGQUEUE_MAX) > 0, sysconf(_SC_LEVEL1_DCACHE_LINESIZE) >= 0);
    for (int name = 0; name < 1150; name++) {
        char text[64] = "";
        size_t len = confstr(name, text, sizeof text);
        // Of what the libc and its threads are called only that it is told.
        int is_version = name == _CS_GNU_LIBC_VERSION || name == _CS_GNU_LIBPTHREAD_VERSION;
        if (len > 1)
            printf("confstr %d: %s\n", name, is_version ? "" : text);
    }
    return 0;
}
