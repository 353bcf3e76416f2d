// kind: so pie
// flags: -pthread
// A handler of an asynchronous signal has a thread of its own, new in all that it can see. Linux runs it on the thread that is
// there: what only holds here is taken as given there.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

extern int osv_run_app(const char *, char *const *, int) __attribute__((weak));
extern int __cxa_thread_atexit_impl(void (*)(void *), void *, void *);
#define HERE(condition) (osv_run_app == NULL || (condition))

static pthread_t main_thread;
static pid_t main_tid;
static pthread_key_t key;
static _Thread_local int initial = 7;
static _Thread_local char zeroed[3000];
static volatile int runs, failures, tasks_inside, key_ends, object_ends, last_tid, tids_differ = 1, depth, deepest;
static volatile sig_atomic_t info_is_right;
static char *main_stack;

static void check(int condition, const char *what)
{
    if (!condition) {
        failures++;
        fprintf(stderr, "not so: %s\n", what);
    }
}

static int count_tasks(int wanted)
{
    DIR *folder = opendir("/proc/self/task");
    struct dirent *entry;
    int count = 0, found = 0;
    while ((entry = readdir(folder)) != NULL) {
        count += entry->d_name[0] != '.';
        found |= atoi(entry->d_name) == wanted;
    }
    closedir(folder);
    return found ? count : -1;
}

static void count_key_end(void *value) { key_ends += (long)value; }
static void count_object_end(void *object) { object_ends += *(int *)object; }

static int is_zero(const char *bytes, size_t size)
{
    while (size--)
        if (bytes[size])
            return 0;
    return 1;
}

static sigjmp_buf back;
static void jumps(int number, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    siglongjmp(back, number);
}

static void newcomer(int number, siginfo_t *info, void *context)
{
    static int one = 1;
    char here;
    struct timespec used;
    stack_t stack;
    sigset_t mask;
    int tid = (int)syscall(SYS_gettid);
    (void)info;
    runs++;
    check(context != NULL, "a context");
    check(HERE(!pthread_equal(pthread_self(), main_thread)), "pthread_self is new");
    check(HERE(tid != main_tid), "gettid is new");
    if (tid == last_tid)
        tids_differ = HERE(0);
    last_tid = tid;
    check(HERE(&here < main_stack - 8192 || &here > main_stack + 8192), "the stack is another");
    check(HERE(errno == 0), "errno is 0");
    errno = 99;
    check(HERE(initial == 7 && is_zero(zeroed, sizeof zeroed)), "thread-local objects are new");
    initial = 8;
    memset(zeroed, 1, sizeof zeroed);
    check(HERE(pthread_getspecific(key) == NULL), "no values of keys");
    if (osv_run_app)
        pthread_setspecific(key, (void *)1), __cxa_thread_atexit_impl(count_object_end, &one, NULL);
    tasks_inside = count_tasks(tid);
    sigaltstack(NULL, &stack);
    check(stack.ss_flags & SS_DISABLE, "no alternate stack");
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    check(sigismember(&mask, number) && sigismember(&mask, SIGUSR2) && sigismember(&mask, SIGWINCH), "the mask");
    check(!sigismember(&mask, SIGTERM), "no more than the mask");
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    check(HERE(used.tv_sec == 0 && used.tv_nsec < 100000000), "its own processor time");
    /* Faults of this thread, answered by memory and by a handler. */
    static struct sigaction fault = {.sa_sigaction = jumps, .sa_flags = SA_SIGINFO};
    char *fresh = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 1 << 20; i += 4096)
        fresh[i] = (char)runs;
    munmap(fresh, 1 << 20);
    sigaction(SIGSEGV, &fault, NULL);
    volatile int came_back = 0;
    if (sigsetjmp(back, 1) == 0)
        fresh[0] = 1;
    else
        came_back = 1;
    check(came_back, "a fault in a handler");
    double root = 2;
    __asm__ volatile("fsqrt" : "+t"(root));
    check(root > 1.41 && root < 1.42, "the floating-point unit");
}

static void nested(int number)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (number < SIGRTMIN + 12)
        raise(number + 1);
    depth--;
}

static void again(int number)
{
    if (++runs < 20)
        raise(number);
}

static void leaves(int number)
{
    (void)number;
    runs++;
    if (osv_run_app)
        pthread_exit(NULL);
}

static void look(int number, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    info_is_right = info->si_signo == number && info->si_pid == getpid() && info->si_uid == getuid() &&
                    u->uc_mcontext.gregs[REG_RIP] != 0 && u->uc_mcontext.gregs[REG_RSP] != 0;
    printf("signal code %d value %d right %d\n", info->si_code, info->si_code == SI_QUEUE ? info->si_value.sival_int : 0,
           (int)info_is_right);
}

/* Handlers of one signal run one at a time, and what the mask names is held back everywhere. */
static volatile int inside, overlaps, senders_run = 1, others;
static void alone(int number)
{
    (void)number;
    if (__atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST) != 1)
        overlaps++;
    for (volatile int i = 0; i < 3000; i++)
        ;
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&runs, 1, __ATOMIC_SEQ_CST);
}
static void also(int number)
{
    (void)number;
    if (osv_run_app && inside)
        overlaps++;
    others++;
}
static pthread_barrier_t all_there, all_sent;
static void *sender(void *to)
{
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < 200; i++) {
        pthread_kill(*(pthread_t *)to, SIGRTMIN);
        pthread_kill(pthread_self(), SIGUSR2);
    }
    /* The others may still send to this one. */
    pthread_barrier_wait(&all_sent);
    return NULL;
}

/* From a timer and from another thread: neither the sender's thread nor the one it is for. */
static volatile int async_tid, async_runs;
static pthread_t sends;
static void asynchronous(int number)
{
    (void)number;
    async_tid = (int)syscall(SYS_gettid);
    check(HERE(!pthread_equal(pthread_self(), main_thread) && !pthread_equal(pthread_self(), sends)), "another thread");
    check(HERE(async_tid != main_tid), "another number");
    check(HERE(initial == 7), "new objects");
    async_runs++;
}
static void *sends_one(void *unused)
{
    pthread_kill(main_thread, SIGUSR2);
    /* The handler's thread could have the name of one that has ended. */
    while (async_runs < 1)
        usleep(1000);
    return unused;
}
static void run_asynchronous(void)
{
    struct itimerval soon = {{0, 0}, {0, 2000}};
    failures = 0;
    pthread_create(&sends, NULL, sends_one, NULL);
    pthread_join(sends, NULL);
    sends = main_thread;
    setitimer(ITIMER_REAL, &soon, NULL);
    while (async_runs < 2)
        usleep(1000);
    printf("asynchronous %d failures %d\n", async_runs, failures);
}

/* kill: the caller, or the first thread, or another that does not block the signal. */
static pthread_t taker;
static volatile int taken, is_ready;
static void takes(int number)
{
    (void)number;
    taken++;
}
static void *sleeper(void *unused)
{
    struct timespec t = {20, 0};
    (void)unused;
    is_ready = 1;
    int slept = nanosleep(&t, NULL);
    return (void *)(long)(slept == -1 && errno == EINTR);
}

/* While one handler runs, another thread's own signal waits for its turn. The handler sends that thread one more, or the
   signal is ignored from then on: neither may keep anybody waiting. */
static pthread_t raiser;
static volatile int in_first, about_to_raise, has_raised, let_go, first_is_done;
static void sends_on(int number)
{
    if (__atomic_exchange_n(&in_first, 1, __ATOMIC_SEQ_CST))
        return;
    while (!about_to_raise)
        usleep(500);
    usleep(20000); /* it is in raise */
    pthread_kill(raiser, number);
    first_is_done = 1;
}
static void stays(int number)
{
    (void)number;
    if (__atomic_exchange_n(&in_first, 1, __ATOMIC_SEQ_CST))
        return;
    while (!let_go)
        usleep(500);
    first_is_done = 1;
}
static void *raises_first(void *unused)
{
    raise(SIGUSR1);
    return unused;
}
static void *raises_second(void *unused)
{
    while (!in_first)
        usleep(500);
    about_to_raise = 1;
    raise(SIGUSR1);
    has_raised = 1;
    while (!let_go)
        usleep(500);
    return unused;
}
static void run_in_turn(int is_ignored)
{
    pthread_t first;
    struct sigaction action = {.sa_handler = is_ignored ? stays : sends_on};
    in_first = about_to_raise = has_raised = let_go = first_is_done = 0;
    sigaction(SIGUSR1, &action, NULL);
    pthread_create(&raiser, NULL, raises_second, NULL);
    pthread_create(&first, NULL, raises_first, NULL);
    while (!about_to_raise)
        usleep(500);
    usleep(20000);
    if (is_ignored)
        signal(SIGUSR1, SIG_IGN);
    for (int i = 0; !(has_raised && (is_ignored || first_is_done)) && i < 5000; i++)
        usleep(1000);
    printf("%s: raised %d", is_ignored ? "ignored meanwhile" : "sent on", has_raised);
    if (!has_raised) {
        printf("\n");
        exit(1);
    }
    let_go = 1;
    pthread_join(first, NULL);
    pthread_join(raiser, NULL);
    printf(" first done %d\n", first_is_done);
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = newcomer, .sa_flags = SA_SIGINFO};
    char here;
    main_stack = &here;
    setvbuf(stdout, NULL, _IOLBF, 0);
    main_thread = pthread_self();
    main_tid = (int)syscall(SYS_gettid);
    last_tid = main_tid;
    pthread_key_create(&key, count_key_end);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    initial = 70;
    for (int i = 0; i < 30; i++) {
        errno = 5;
        if (i % 3 == 0)
            raise(SIGUSR1);
        else if (i % 3 == 1)
            kill(getpid(), SIGUSR1);
        else
            pthread_kill(pthread_self(), SIGUSR1);
        check(HERE(errno == 5), "errno is kept");
    }
    printf("runs %d failures %d tids differ %d\n", runs, failures, tids_differ);
    printf("tasks %d %d\n", HERE(tasks_inside == 2), HERE(count_tasks(last_tid) == -1));
    printf("ends %d %d own %d\n", HERE(key_ends == 30), HERE(object_ends == 30), HERE(initial == 70 && is_zero(zeroed, 1)));
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    printf("mask %d %d\n", sigismember(&set, SIGWINCH), sigismember(&set, SIGUSR1));

    action.sa_flags = 0;
    sigemptyset(&action.sa_mask);
    action.sa_handler = nested;
    for (int i = 0; i <= 12; i++)
        sigaction(SIGRTMIN + i, &action, NULL);
    raise(SIGRTMIN);
    printf("nested %d left %d\n", deepest, depth);
    action.sa_handler = again;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGUSR2, &action, NULL);
    runs = 0;
    raise(SIGUSR2);
    printf("not deferred %d\n", runs);
    action.sa_handler = leaves;
    action.sa_flags = 0;
    sigaction(SIGUSR2, &action, NULL);
    runs = 0;
    raise(SIGUSR2), raise(SIGUSR2);
    printf("left by pthread_exit %d\n", runs);

    action.sa_sigaction = look;
    action.sa_flags = SA_SIGINFO | SA_RESETHAND;
    sigaction(SIGUSR2, &action, NULL);
    raise(SIGUSR2);
    sigaction(SIGUSR2, &action, NULL);
    kill(getpid(), SIGUSR2);
    sigaction(SIGUSR2, &action, NULL);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 1234});
    struct sigaction old;
    sigaction(SIGUSR2, NULL, &old);
    printf("reset %d\n", old.sa_handler == SIG_DFL);

    runs = 0;
    action.sa_handler = alone;
    action.sa_flags = 0;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGRTMIN, &action, NULL);
    action.sa_handler = also;
    sigaddset(&action.sa_mask, SIGRTMIN); /* it looks whether the other one runs */
    sigaction(SIGUSR2, &action, NULL);
    pthread_t senders[4];
    pthread_barrier_init(&all_there, NULL, 5);
    pthread_barrier_init(&all_sent, NULL, 4);
    for (int i = 0; i < 4; i++)
        pthread_create(&senders[i], NULL, sender, &senders[(i + 1) % 2]);
    pthread_barrier_wait(&all_there);
    for (int i = 0; i < 4; i++)
        pthread_join(senders[i], NULL);
    printf("one at a time %d some %d %d\n", HERE(overlaps == 0), runs > 0, others > 0);

    action.sa_handler = asynchronous;
    sigaction(SIGUSR2, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    run_asynchronous();

    action.sa_handler = takes;
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_create(&taker, NULL, sleeper, NULL);
    while (!is_ready)
        sched_yield();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    usleep(20000);
    kill(getpid(), SIGTERM);
    void *interrupted;
    pthread_join(taker, &interrupted);
    printf("taken by the other %d interrupted %ld\n", taken, (long)interrupted);

    run_in_turn(0);
    run_in_turn(1);
    return 0;
}
