// kind: so pie
// flags: -fno-builtin -D_GNU_SOURCE -Wno-deprecated-declarations
// own libc: no: a static libc has few of these names
// Functions by the names that glibc's own libraries have for them: strings, tables, the process, memory, locale.
#include <argz.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <monetary.h>
#include <netinet/in.h>
#include <obstack.h>
#include <search.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AS(result, name, symbol, ...) extern result name(__VA_ARGS__) __asm__(#symbol);
AS(void, old_bzero, __bzero, void *, size_t) AS(void *, old_mempcpy, __mempcpy, void *, const void *, size_t) AS(void *, old_rawmemchr, __rawmemchr, const void *, int)
AS(char *, old_stpcpy, __stpcpy, char *, const char *) AS(char *, old_stpncpy, __stpncpy, char *, const char *, size_t) AS(char *, old_strcasestr, __strcasestr, const char *, const char *)
AS(char *, old_strsep, __strsep_g, char **, const char *) AS(int, old_strverscmp, __strverscmp, const char *, const char *) AS(char *, old_strerror_r, __strerror_r, int, char *, size_t)
AS(int, old_strcasecmp, __strcasecmp_l, const char *, const char *, locale_t) AS(int, old_strncasecmp, __strncasecmp_l, const char *, const char *, size_t, locale_t)
AS(ssize_t, old_strfmon, __strfmon_l, char *, size_t, locale_t, const char *, ...)
AS(void *, old_tsearch, __tsearch, const void *, void **, __compar_fn_t) AS(void *, old_tfind, __tfind, const void *, void *const *, __compar_fn_t) AS(void *, old_tdelete, __tdelete, const void *, void **, __compar_fn_t) AS(void, old_twalk, __twalk, const void *, __action_fn_t)
AS(size_t, old_argz_count, __argz_count, const char *, size_t) AS(char *, old_argz_next, __argz_next, const char *, size_t, const char *) AS(void, old_argz_stringify, __argz_stringify, char *, size_t, int)
AS(char *, plain_argz_next, argz_next, const char *, size_t, const char *)
AS(pid_t, old_getpid, __getpid, void) AS(pid_t, old_getpgid, __getpgid, pid_t) AS(pid_t, old_wait, __wait, int *) AS(pid_t, old_waitpid, __waitpid, pid_t, int *, int) AS(int, old_yield, __sched_yield, void)
AS(int, old_sigaction, __sigaction, int, const struct sigaction *, struct sigaction *) AS(int, old_sigsuspend, __sigsuspend, const sigset_t *) AS(int, old_connect, __connect, int, const struct sockaddr *, socklen_t)
AS(void *, old_mmap, __mmap, void *, size_t, int, int, int, off_t) AS(int, old_mprotect, __mprotect, void *, size_t, int) AS(int, old_munmap, __munmap, void *, size_t) AS(int, old_getrlimit, __getrlimit, int, struct rlimit *)
AS(unsigned long, old_getauxval, __getauxval, unsigned long) AS(struct tm *, old_gmtime, __gmtime_r, const time_t *, struct tm *)
AS(void *, old_valloc, __libc_valloc, size_t) AS(void *, old_pvalloc, __libc_pvalloc, size_t) AS(struct mallinfo, old_mallinfo, __libc_mallinfo, void) AS(int, old_mallopt, __libc_mallopt, int, int)
AS(int, aton_exact, __inet_aton_exact, const char *, struct in_addr *)
AS(void, free_obstack, _obstack_free, struct obstack *, void *) AS(void *, plain_bsearch, bsearch, const void *, const void *, size_t, size_t, __compar_fn_t)
AS(void, flush_lines, _flushlbf, void)
extern char __libc_single_threaded;
extern char *program_invocation_short_name, *program_invocation_name;

static char text[200];
static int shown;

static void strings(locale_t locale) {
    strcpy(text, "0123456789");
    old_bzero(text + 2, 3);
    printf("%d%d%d%c", text[2], text[3], text[4], text[5]);
    printf(" %d", (int)((char *)old_mempcpy(text, "abcdef", 6) - text));
    printf(" %d", (int)((char *)old_rawmemchr(text, 'e') - text));
    printf(" %d", (int)(old_stpcpy(text, "xyz") - text));
    printf(" %d %d %s", (int)(old_stpncpy(text + 3, "uv", 5) - text), text[7], text);
    printf(" %s %d\n", old_strcasestr("one TWO three", "two"), old_strcasestr("one", "four") == NULL);
    char fields[] = "a,b;;c", *rest = fields;
    for (char *field; (field = old_strsep(&rest, ",;"));) printf("[%s]", field);
    printf(" %d", old_strsep(&rest, ",") == NULL);
    static const char *const versions[] = {"1.9", "1.10", "1.09", "1.010", "a", "a0", "000", "00", "1.1a"};
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            int order = old_strverscmp(versions[i], versions[j]);
            printf("%s%c", j ? "" : " ", order < 0 ? '<' : order > 0 ? '>' : '=');
        }
    printf(" %s", old_strerror_r(ENOENT, text, sizeof text));
    printf(" %s", old_strerror_r(12345, text, sizeof text));
    printf(" %s\n", old_strerror_r(12345, text, 5));
    printf("%d %d %d", old_strcasecmp("ABC", "abc", locale), old_strcasecmp("ABC", "abd", locale) < 0, old_strcasecmp("\xc4", "\xe4", locale) < 0);
    printf(" %d %d", old_strncasecmp("ABC", "abd", 2, locale), old_strncasecmp("ABC", "abd", 0, locale));
    printf(" %zd", old_strfmon(text, sizeof text, locale, "%n|%i", 12.5, -3.0));
    printf(" %s", text);
    strcpy(text, "fried");
    strfry(text);
    int sum = 0;
    for (char *c = text; *c; c++) sum += *c;
    printf(" %zu %d\n", strlen(text), sum == 'f' + 'r' + 'i' + 'e' + 'd');
}

static int by_text(const void *one, const void *other) { return strcmp(one, other); }
static void show(const void *node, VISIT which, int depth) {
    if (which == postorder || which == leaf) printf(" %s", *(char **)node), shown++;
    if (depth > 3) printf("!");
}

static void tables(void) {
    static const char *const words[] = {"pear", "apple", "fig", "plum", "date", "apple"};
    void *root = NULL;
    for (int i = 0; i < 6; i++) printf("%d", *(const char **)old_tsearch(words[i], &root, by_text) == words[i]);
    old_twalk(root, show);
    printf(" %s %d", *(char **)old_tfind("fig", &root, by_text), old_tfind("kiwi", &root, by_text) == NULL);
    printf(" %d %d", old_tdelete("fig", &root, by_text) != NULL, old_tdelete("kiwi", &root, by_text) == NULL);
    old_twalk(root, show);
    printf(" %d\n", shown);
    tdestroy(root, (void (*)(void *))strlen);
    static const int sorted[] = {1, 3, 5, 7, 9};
    int by_int(const void *one, const void *other) { return *(const int *)one - *(const int *)other; }
    for (int key = 0; key < 11; key++) {
        const int *found = plain_bsearch(&key, sorted, 5, sizeof *sorted, by_int);
        printf(" %d", found ? (int)(found - sorted) : -1);
    }
    printf(" %d\n", plain_bsearch(text, sorted, 0, sizeof *sorted, by_int) == NULL);
    char *argz = NULL, *argv[] = {"one", "", "three", NULL};
    size_t length = 0;
    printf("%d", argz_create(argv, &argz, &length));
    printf(" %zu %zu", length, old_argz_count(argz, length));
    for (char *entry = NULL; (entry = old_argz_next(argz, length, entry));) printf(" <%s>", entry);
    printf(" %d", plain_argz_next(argz, length, argz + 5) == NULL);
    old_argz_stringify(argz, length, '+');
    printf(" %s", argz);
    free(argz);
    argv[0] = NULL;
    printf(" %d", argz_create(argv, &argz, &length));
    printf(" %d %zu\n", argz == NULL, length);
}

static void handled(int number) { shown = number; }

static void process(void) {
    printf("%d %d %d", old_getpid() == getpid(), old_getpgid(0) == getpgrp(), old_getpgid(getpid()) == getpgrp());
    errno = 0;
    printf(" %d", old_wait(NULL));
    printf(" %d", errno);
    errno = 0;
    printf(" %d", old_waitpid(-1, NULL, WNOHANG));
    printf(" %d", errno);
    printf(" %d", old_yield());
    struct sigaction action = {.sa_handler = handled}, before;
    printf(" %d", old_sigaction(SIGALRM, &action, &before));
    printf(" %d", before.sa_handler == SIG_DFL);
    printf(" %d", old_sigaction(SIGKILL, &action, NULL));
    printf(" %d", old_sigaction(999, NULL, NULL));
    sigset_t none, set;
    sigemptyset(&none), sigemptyset(&set), sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    kill(getpid(), SIGALRM);
    shown = 0, errno = 0;
    printf(" %d", old_sigsuspend(&none));
    printf(" %d %d\n", errno, shown);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    printf("%d", old_connect(fd, (void *)&nobody, sizeof nobody));
    printf(" %d", errno);
    printf(" %d", old_connect(fd, (void *)&nobody, 3));
    printf(" %d", errno);
    printf(" %d", old_connect(-1, (void *)&nobody, sizeof nobody));
    printf(" %d\n", errno);
    struct rlimit limit = {0};
    printf("%d", old_getrlimit(RLIMIT_NOFILE, &limit));
    printf(" %d", limit.rlim_cur > 0 && limit.rlim_cur <= limit.rlim_max);
    printf(" %d", old_getrlimit(99, &limit));
    printf(" %d", errno);
    printf(" %lu %d", old_getauxval(AT_PAGESZ), (int)old_getauxval(AT_SECURE));
    errno = 0;
    printf(" %lu", old_getauxval(12345));
    printf(" %d", errno);
    time_t when = 86400 * 365;
    struct tm tm;
    printf(" %d", old_gmtime(&when, &tm) == &tm);
    printf(" %d-%d-%d", tm.tm_year, tm.tm_mon, tm.tm_mday);
    when = INT64_MAX;
    errno = 0;
    printf(" %d", old_gmtime(&when, &tm) == NULL);
    printf(" %d\n", errno == EOVERFLOW);
    setenv("NAME", "value", 1);
    printf("%s %d %d\n", secure_getenv("NAME"), secure_getenv("NONE") == NULL, strlen(program_invocation_short_name) < strlen(program_invocation_name));
    // It says that there is one thread only where that can be relied upon.
    printf("%d\n", __libc_single_threaded == 0 || __libc_single_threaded == 1);
}

static void *counted(size_t size) { return malloc(size); }
#define obstack_chunk_alloc counted
#define obstack_chunk_free free

static void memory(void) {
    char *page = old_mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[5000] = 7;
    printf("%d", old_mprotect(page, 4096, PROT_READ));
    printf(" %d", old_mprotect(page + 1, 4096, PROT_READ));
    printf(" %d", errno);
    printf(" %d", old_munmap(page + 4096, 4096));
    printf(" %d", old_mprotect(page + 4096, 4096, PROT_READ));
    printf(" %d", errno);
    printf(" %d", old_munmap(page, 4096));
    printf(" %d", old_mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    printf(" %d\n", errno);
    char *one = old_valloc(100), *two = old_pvalloc(4097);
    printf("%d %d %d", (int)((uintptr_t)one % 4096), (int)((uintptr_t)two % 4096), malloc_usable_size(two) >= 8192);
    free(one), free(two);
    errno = 0;
    printf(" %d", old_valloc((size_t)-4096) == NULL);
    printf(" %d", errno);
    errno = 0;
    printf(" %d", old_pvalloc((size_t)-1) == NULL);
    printf(" %d", errno);
    char *volatile held = malloc(5000);
    struct mallinfo info = old_mallinfo();
    printf(" %d %d\n", info.uordblks >= 5000, old_mallopt(M_MMAP_THRESHOLD, 1 << 20));
    free(held);
    struct obstack heap;
    obstack_init(&heap);
    char *first = obstack_copy0(&heap, "first", 5), *second = obstack_copy0(&heap, "second", 6);
    for (int i = 0; i < 2000; i++) obstack_copy0(&heap, "more of it", 10);
    free_obstack(&heap, second);
    printf("%s %d", first, obstack_base(&heap) == second);
    free_obstack(&heap, NULL);
    printf("\n");
    static const char *const addresses[] = {"1.2.3.4", "1.2.3.4 ", "1.2.3.4 junk", "1.2.3", "0x7f.1", "1.2.3.4x", "", "256.1.1.1", "017.0.0.1"};
    for (int i = 0; i < 9; i++) {
        struct in_addr address = {0};
        printf("%d", aton_exact(addresses[i], &address));
        printf("/%x ", ntohl(address.s_addr));
    }
    printf("\n");
    printf("no newline yet");
    flush_lines();
    printf("\n");
}

int main(void) {
    locale_t locale = newlocale(LC_ALL_MASK, "C", 0);
    strings(locale);
    tables();
    process();
    memory();
    freelocale(locale);
    return 0;
}
