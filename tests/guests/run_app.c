// kind: pie
// own libc: no: it is about the kernel
// A program runs itself inside itself: statuses, own libc data, shared descriptors, memory that does not grow. On Linux
// a process of its own stands for the second program.
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((weak)) int osv_run_app(const char *path, char *const argv[], int argc);
#pragma weak fork

static char own_path[4096];

static int run(char *const argv[], int argc) {
    fflush(stdout);
    if (osv_run_app)
        return osv_run_app(own_path, argv, argc);
    pid_t pid = fork();
    if (pid == 0) {
        execv("/proc/self/exe", argv);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static int counter = 5;
static __thread int local = 7;

static void at_end(void) { printf("atexit in the inner one, counter %d\n", counter); }

static void *spin(void *unused) {
    (void)unused;
    for (;;)
        local++;
}

static void *say(void *text) {
    printf("thread says %s, local %d\n", (char *)text, local);
    return NULL;
}

static void on_signal(int number) { (void)number; }

static volatile int handled, saw_own;

// What the libc of the program knows: that of the other one has no such variable.
static void on_process_signal(int number) {
    (void)number;
    saw_own = getenv("ONLY_THE_INNER_ONE") != NULL;
    handled = 1;
}

static void exit_in_handler(int number) {
    (void)number;
    exit(5);
}

static volatile int stays_inside, about_to_raise;

static void stay(int number) {
    (void)number;
    stays_inside = 1;
    for (;;)
        pause();
}

static void *raise_one(void *waits_for_other) {
    while (waits_for_other && !stays_inside)
        usleep(500);
    about_to_raise = waits_for_other != NULL;
    raise(SIGUSR1);
    return NULL;
}

static int inner(int argc, char **argv) {
    if (!strcmp(argv[1], "status"))
        return atoi(argv[2]);
    if (!strcmp(argv[1], "exit")) {
        atexit(at_end);
        counter++;
        printf("no newline at the end");
        exit(300);
    }
    if (!strcmp(argv[1], "threads")) {
        pthread_t thread;
        for (int i = 0; i < 3; i++)
            pthread_create(&thread, NULL, spin, NULL);
        pthread_create(&thread, NULL, say, "hello");
        pthread_join(thread, NULL);
        signal(SIGUSR1, on_signal);
        return 4; // with threads that run
    }
    if (!strcmp(argv[1], "memory")) {
        fclose(stdout);
        char *block = malloc(1 << 20);
        memset(block, 1, 1 << 20);
        return block[500];
    }
    if (!strcmp(argv[1], "timer")) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
        struct itimerspec soon = {{0, 10000000}, {0, 30000000}};
        timer_t timer;
        signal(SIGRTMIN, on_signal);
        if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &soon, NULL))
            return 1;
        return 6; // before the timer expires
    }
    if (!strcmp(argv[1], "handler")) {
        sigset_t set;
        setenv("ONLY_THE_INNER_ONE", "yes", 1);
        signal(SIGUSR2, on_process_signal);
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        sigprocmask(SIG_BLOCK, &set, NULL);
        kill(getpid(), SIGUSR2); // a thread of the outer program takes it, where there is one
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        while (!handled)
            usleep(500);
        return saw_own;
    }
    if (!strcmp(argv[1], "exits")) {
        signal(SIGUSR1, exit_in_handler);
        raise(SIGUSR1);
        write(1, "it went on\n", 11);
        return 9;
    }
    if (!strcmp(argv[1], "held")) {
        pthread_t thread;
        signal(SIGUSR1, stay);
        pthread_create(&thread, NULL, raise_one, NULL);
        pthread_create(&thread, NULL, raise_one, &stays_inside);
        while (!about_to_raise)
            usleep(500);
        usleep(10000);
        return 3; // with a thread whose signal waits for another's handler
    }
    if (!strcmp(argv[1], "notice")) {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
        return mq_notify(mq_open(argv[2], O_RDWR), &event) ? 1 : 8; // with the queue open
    }
    if (!strcmp(argv[1], "write")) {
        dprintf(60, "written by the inner one\n");
        return argc;
    }
    return 99;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return inner(argc, argv);
    ssize_t n = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    own_path[n > 0 ? n : 0] = 0;
    char *status[] = {"run_app", "status", "42", NULL};
    printf("status: %d\n", run(status, 3));
    char *exits[] = {"run_app", "exit", NULL};
    int ended = run(exits, 2);
    printf("\nexit: %d, counter here %d\n", ended, counter);
    char *threads[] = {"run_app", "threads", NULL};
    printf("threads: %d\n", run(threads, 2));
    struct sigaction action;
    sigaction(SIGUSR1, NULL, &action);
    printf("handler gone: %d\n", action.sa_handler == SIG_DFL);
    char *handler[] = {"run_app", "handler", NULL};
    printf("handler of its own program: %d\n", run(handler, 2));
    char *ends[] = {"run_app", "exits", NULL};
    for (int i = 0; i < 5; i++)
        printf("exit in a handler: %d\n", run(ends, 2));
    char *held[] = {"run_app", "held", NULL};
    printf("held back: %d\n", run(held, 2));
    char *timer[] = {"run_app", "timer", NULL};
    printf("timer: %d\n", run(timer, 2));
    usleep(80000); // a timer that had stayed would end this program
    char queue[64];
    snprintf(queue, sizeof queue, "/osvrun-run-app-%d", getpid());
    mqd_t opened = mq_open(queue, O_RDWR | O_CREAT, 0600, NULL);
    char *notice[] = {"run_app", "notice", queue, NULL};
    printf("notice: %d\n", run(notice, 3));
    printf("sent to nobody: %d\n", mq_send(opened, "text", 4, 0)); // a notice that had stayed would end this program
    printf("own notice: %d\n", mq_notify(opened, &(struct sigevent){.sigev_notify = SIGEV_NONE}));
    mq_close(opened);
    mq_unlink(queue);
    struct itimerval own = {{0, 0}, {0, 20000}};
    signal(SIGALRM, on_signal);
    setitimer(ITIMER_REAL, &own, NULL);
    printf("own timer: %d\n", pause());
    int fds[2];
    pipe(fds);
    dup2(fds[1], 60);
    char *writes[] = {"run_app", "write", NULL};
    printf("arguments: %d\n", run(writes, 2));
    char text[64];
    ssize_t got = read(fds[0], text, sizeof text);
    printf("%.*s", (int)got, text);
    char *memory[] = {"run_app", "memory", NULL};
    int sum = 0;
    for (int i = 0; i < 200; i++)
        sum += run(memory, 2);
    printf("two hundred: %d\n", sum);
    errno = ENOENT;
    int missing = osv_run_app ? osv_run_app("/nonexistent", status, 3) : -1;
    printf("missing: %d %s\n", missing, strerror(errno));
    return 0;
}
