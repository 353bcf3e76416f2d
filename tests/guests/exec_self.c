// kind: pie exec
// A program that replaces itself again and again: what stays, what goes, what failing changes.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static const char *self = "/proc/self/exe";
static char real_path[4096];
static void *volatile nowhere = (void *)8;

static void *spin(void *unused) {
    (void)unused;
    volatile unsigned long count = 0;
    for (;;)
        count++;
}

static void *sleep_long(void *unused) {
    (void)unused;
    for (;;)
        sleep(1000);
}

static void *run_locked(void *mutex) {
    pthread_mutex_lock(mutex);
    return NULL;
}

static void *fill_memory(void *unused) {
    (void)unused;
    for (;;) {
        char *block = malloc(5000);
        memset(block, 1, 5000);
        free(block);
        char *map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        map[4096] = 1;
        munmap(map, 1 << 20);
    }
}

static void on_signal(int number) { (void)number; }

static void *raise_on(void *unused) {
    (void)unused;
    for (;;)
        raise(SIGUSR1);
}

static void exec_in_handler(int number) {
    (void)number;
    execl(self, "prog", "from-handler", NULL);
    printf("execl failed: %s\n", strerror(errno));
    exit(1);
}

static void *exec_from_thread(void *unused) {
    (void)unused;
    char *args[] = {"prog", "from-thread", NULL};
    execv(self, args);
    printf("execv failed: %s\n", strerror(errno));
    exit(1);
}

static void step(const char *name, const char *next) {
    char *args[] = {"prog", (char *)next, NULL};
    printf("%s done\n", name);
    fflush(stdout);
    execv(self, args);
    printf("execv failed: %s\n", strerror(errno));
    exit(1);
}

static void failures(void) {
    char *args[] = {"x", NULL};
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC);
    signal(SIGUSR1, on_signal);
    execv("/nonexistent/program", args);
    printf("missing: %s\n", strerror(errno));
    execv("", args);
    printf("empty: %s\n", strerror(errno));
    execv("/tmp", args);
    printf("folder: %s\n", strerror(errno));
    int fd = open("/tmp/exec_self_text", O_CREAT | O_TRUNC | O_WRONLY, 0644);
    write(fd, "no program\n", 11);
    close(fd);
    execv("/tmp/exec_self_text", args);
    printf("no x bit: %s\n", strerror(errno));
    chmod("/tmp/exec_self_text", 0755);
    execv("/tmp/exec_self_text", args);
    printf("no format: %s\n", strerror(errno));
    unlink("/tmp/exec_self_text");
    execve(self, (char **)nowhere, environ);
    printf("bad argv: %s\n", strerror(errno));
    execve((char *)nowhere, args, environ);
    printf("bad path: %s\n", strerror(errno));
    char *big = malloc(200 << 10);
    memset(big, 'a', 200 << 10);
    big[(200 << 10) - 1] = 0;
    char *big_args[] = {"x", big, NULL};
    execv(self, big_args);
    printf("long argument: %s\n", strerror(errno));
    setenv("PATH", "/nonexistent:/tmp", 1);
    execlp("no-such-program", "x", NULL);
    printf("execlp: %s\n", strerror(errno));
    printf("descriptor still open: %d\n", fcntl(before, F_GETFD) == FD_CLOEXEC);
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    printf("handler still there: %d\n", action.sa_handler == on_signal);
    fflush(stdout);
}

static void queue_name(char *name, int kind) { sprintf(name, "/osvrun-exec-self-%d-%d", getpid(), kind); }

static void never_called(union sigval none) {
    (void)none;
    printf("called\n");
}

// Asks three queues for notices; the descriptor of the first closes with the program.
static void ask_queues(void) {
    char name[64];
    struct mq_attr small = {.mq_maxmsg = 2, .mq_msgsize = 16};
    for (int kind = 0; kind < 3; kind++) {
        struct sigevent event = {.sigev_notify = kind == 2 ? SIGEV_THREAD : SIGEV_SIGNAL, .sigev_signo = SIGUSR2};
        event.sigev_notify_function = never_called;
        queue_name(name, kind);
        mqd_t q = mq_open(name, O_RDWR | O_CREAT, 0600, &small);
        fcntl(q, F_SETFD, kind == 0 ? FD_CLOEXEC : 0);
        printf("asked: %d\n", mq_notify(q, &event));
    }
}

static void check_queues(void) {
    char name[64];
    for (int kind = 0; kind < 3; kind++) {
        queue_name(name, kind);
        mqd_t q = mq_open(name, O_RDWR);
        struct sigevent none = {.sigev_notify = SIGEV_NONE};
        if (kind == 2)
            printf("told nobody: %d\n", mq_send(q, "text", 4, 0));
        printf("queue %d: %s\n", kind, mq_notify(q, &none) ? strerror(errno) : "free");
        mq_close(q);
        q = mq_open(name, O_RDWR);
        printf("closed: %s\n", mq_notify(q, &none) ? strerror(errno) : "free");
        mq_close(q);
        mq_unlink(name);
    }
}

static void check_state(void) {
    check_queues();

    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    printf("SIGUSR1 default: %d\n", action.sa_handler == SIG_DFL);
    sigaction(SIGUSR2, NULL, &action);
    printf("SIGUSR2 ignored: %d\n", action.sa_handler == SIG_IGN);
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("SIGTERM blocked: %d\n", sigismember(&set, SIGTERM));
    sigpending(&set);
    printf("SIGTERM pending: %d\n", sigismember(&set, SIGTERM));
    stack_t stack;
    sigaltstack(NULL, &stack);
    printf("alternate stack off: %d\n", (stack.ss_flags & SS_DISABLE) != 0);
    char name[16];
    for (int fd = 50; fd < 53; fd++)
        printf("descriptor %d: %s\n", fd, fcntl(fd, F_GETFD) < 0 ? "closed" : "open");
    printf("gettid is getpid: %d\n", (int)syscall(SYS_gettid) == getpid());
    printf("environment: %s\n", getenv("EXEC_SELF") ? getenv("EXEC_SELF") : "none");
    int fd = open("/proc/self/comm", O_RDONLY);
    ssize_t len = read(fd, name, sizeof name);
    printf("comm: %.*s", (int)len, name);
    close(fd);
    char line[256];
    fd = open("/proc/self/cmdline", O_RDONLY);
    len = read(fd, line, sizeof line);
    for (ssize_t i = 0; i < len; i++)
        if (!line[i])
            line[i] = ' ';
    printf("cmdline: %.*s\n", (int)len, line);
    close(fd);
    ssize_t n = readlink(self, line, sizeof line);
    printf("exe the same: %d\n", n > 0 && (size_t)n == strlen(getenv("REAL")) && !memcmp(line, getenv("REAL"), n));
    fflush(stdout);
}

static int count_maps(void) {
    char line[512];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        count++;
    fclose(maps);
    return count;
}

int main(int argc, char **argv) {
    const char *phase = argc > 1 ? argv[1] : "first";
    if (!strcmp(phase, "first")) {
        printf("argc %d\n", argc);
        failures();
        ssize_t n = readlink(self, real_path, sizeof real_path - 1);
        real_path[n > 0 ? n : 0] = 0;
        setenv("REAL", real_path, 1);
        signal(SIGUSR1, on_signal);
        signal(SIGUSR2, SIG_IGN);
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGTERM);
        static char alternate[65536];
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
        sigaltstack(&stack, NULL);
        int fd = open("/dev/null", O_RDONLY);
        dup2(fd, 50);
        dup3(fd, 51, O_CLOEXEC);
        dup2(fd, 52);
        fcntl(52, F_SETFD, FD_CLOEXEC);
        ask_queues();
        fflush(stdout);
        printf("never seen");
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
        timer_t timer;
        timer_create(CLOCK_MONOTONIC, &event, &timer);
        struct itimerspec soon = {.it_value = {.tv_nsec = 1}, .it_interval = {.tv_nsec = 50000000}};
        signal(SIGALRM, on_signal);
        timer_settime(timer, 0, &soon, NULL);
        char *args[] = {"prog", "state", "with spaces", NULL};
        char *env[] = {"EXEC_SELF=yes", strdup(""), NULL};
        env[1] = malloc(strlen(real_path) + 6);
        sprintf(env[1], "REAL=%s", real_path);
        execve(self, args, env);
        return 1;
    }
    if (!strcmp(phase, "state")) {
        check_state();
        usleep(120000); // a timer that had stayed would end the program
        step("state", "threads");
    }
    if (!strcmp(phase, "threads")) {
        static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        pthread_mutex_lock(&mutex);
        pthread_t thread;
        signal(SIGUSR1, on_signal);
        pthread_create(&thread, NULL, raise_on, NULL);
        for (int i = 0; i < 3; i++) {
            pthread_create(&thread, NULL, spin, NULL);
            pthread_create(&thread, NULL, sleep_long, NULL);
            pthread_create(&thread, NULL, run_locked, &mutex);
            pthread_create(&thread, NULL, fill_memory, NULL);
        }
        usleep(20000);
        step("threads", "thread");
    }
    if (!strcmp(phase, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, exec_from_thread, NULL);
        for (;;)
            pause();
    }
    if (!strcmp(phase, "from-thread")) {
        printf("gettid is getpid: %d\n", (int)syscall(SYS_gettid) == getpid());
        step("from-thread", "raises");
    }
    if (!strcmp(phase, "raises")) {
        signal(SIGUSR1, exec_in_handler);
        raise(SIGUSR1);
        write(1, "it went on\n", 11);
        for (;;)
            pause();
    }
    if (!strcmp(phase, "from-handler")) {
        // On Linux the signal is still blocked.
        sigset_t set;
        sigemptyset(&set);
        sigprocmask(SIG_SETMASK, &set, NULL);
        step("from-handler", "again");
    }
    if (!strcmp(phase, "again")) {
        // Many times, with memory and a growing break that must not add up.
        int left = argc > 2 ? atoi(argv[2]) : 100;
        int maps = argc > 3 ? atoi(argv[3]) : 0;
        void *start = sbrk(0);
        sbrk(100000);
        memset(start, 1, 100000);
        char *block = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(block, 1, 8 << 20);
        if (left == 99)
            maps = count_maps();
        if (left == 1) {
            int now = count_maps();
            printf("maps grew: %d\n", now > maps + 3);
            step("again", "by-path");
        }
        char next[16], count[16];
        sprintf(next, "%d", left - 1);
        sprintf(count, "%d", maps);
        execl(self, "prog", "again", next, count, NULL);
        return 1;
    }
    if (!strcmp(phase, "by-path")) {
        // A folder that is not there and a file that may not be run are passed over.
        mkdir("/tmp/exec_self_a", 0755);
        mkdir("/tmp/exec_self_b", 0755);
        close(open("/tmp/exec_self_a/link", O_CREAT | O_WRONLY, 0644));
        setenv("PATH", "/tmp/exec_self_a", 1);
        execlp("link", "prog", NULL);
        printf("may not be run: %s\n", strerror(errno));
        symlink(self, "/tmp/exec_self_b/link");
        setenv("PATH", "/nonexistent:/tmp/exec_self_a:/tmp/exec_self_b", 1);
        char *args[] = {"prog", "found", NULL};
        fflush(stdout);
        execvp("link", args);
        printf("execvp: %s\n", strerror(errno));
        return 1;
    }
    if (!strcmp(phase, "found")) {
        printf("found by PATH\n");
        unlink("/tmp/exec_self_a/link");
        unlink("/tmp/exec_self_b/link");
        rmdir("/tmp/exec_self_a");
        rmdir("/tmp/exec_self_b");
        char *env[] = {"ONLY=this", NULL};
        fflush(stdout);
        execle(self, "prog", "with-env", NULL, env);
        return 1;
    }
    if (!strcmp(phase, "with-env")) {
        printf("ONLY=%s PATH=%s\n", getenv("ONLY"), getenv("PATH") ? "kept" : "gone");
        char *args[] = {"prog", "last", NULL}, *env[] = {"ONLY=that", NULL};
        fflush(stdout);
        execvpe(self, args, env);
        return 1;
    }
    if (!strcmp(phase, "last")) {
        printf("ONLY=%s\n", getenv("ONLY"));
        fflush(stdout);
        // By descriptor.
        int fd = open(self, O_RDONLY);
        char *args[] = {"prog", "end", NULL};
        fexecve(fd, args, environ);
        printf("fexecve: %s\n", strerror(errno));
        return 1;
    }
    printf("%s: %s\n", phase, argv[0]);
    return 0;
}
