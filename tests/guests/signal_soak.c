// kind: pie signals
// flags: -pthread
// args: 24000
// Eight threads send so many signals in all to one another and to the program: standard ones, each of which is acknowledged
// before the next, and real-time ones with values, several under way. None is lost, and nothing hangs.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define UNDER_WAY 16
#define PATIENCE_SECONDS 60

static const int standard[THREADS] = {SIGUSR1, SIGUSR2, SIGHUP, SIGTERM, SIGWINCH, SIGURG, SIGIO, SIGPIPE};
static long rounds;
static struct player {
    pthread_t thread;
    sem_t acknowledged, arrived;
    atomic_long sum, count, wrong;
    long sent, sent_sum;
} players[THREADS];
static pthread_barrier_t all_are_there;
static atomic_int ended;

static void standard_handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    for (int i = 0; i < THREADS; i++)
        if (standard[i] == number) {
            players[i].wrong += info->si_signo != number;
            players[i].count++;
            sem_post(&players[i].acknowledged);
        }
}

static void queued_handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    long value = (long)info->si_value.sival_ptr;
    struct player *from = &players[value % THREADS];
    from->wrong += number != SIGRTMIN + (int)(value % THREADS) || info->si_code != SI_QUEUE;
    from->sum += value;
    from->count++;
    sem_post(&from->arrived);
}

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0)
        ;
}

static void *play(void *argument)
{
    struct player *this = argument;
    int index = (int)(this - players);
    for (int i = 0; i < UNDER_WAY; i++)
        sem_post(&this->arrived);
    pthread_barrier_wait(&all_are_there);
    pthread_t next = players[(index + 1) % THREADS].thread;
    for (long round = 0; round < rounds; round++) {
        pthread_kill(next, standard[index]);
        for (int kind = 0; kind < 2; kind++) {
            union sigval value = {.sival_ptr = (void *)((2 * round + kind) * THREADS + index)};
            wait_for(&this->arrived);
            for (;;) {
                int error = kind ? pthread_sigqueue(next, SIGRTMIN + index, value)
                                 : sigqueue(getpid(), SIGRTMIN + index, value) ? errno : 0;
                if (error == 0)
                    break;
                sched_yield(); /* the queue is full */
            }
            this->sent_sum += (long)value.sival_ptr;
        }
        wait_for(&this->acknowledged);
        this->sent += 3;
    }
    for (int i = 0; i < UNDER_WAY; i++)
        wait_for(&this->arrived);
    ended++;
    /* Signals for this thread may still come. */
    pthread_barrier_wait(&all_are_there);
    return NULL;
}

static long handled(void)
{
    long sum = 0;
    for (int i = 0; i < THREADS; i++)
        sum += players[i].count;
    return sum;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO};
    sigset_t set;
    rounds = (argc > 1 ? atol(argv[1]) : 24000) / (3 * THREADS);
    for (int i = 0; i < THREADS; i++) {
        action.sa_flags = SA_SIGINFO | (i % 2 ? SA_RESTART : 0);
        action.sa_sigaction = standard_handler;
        sigaction(standard[i], &action, NULL);
        action.sa_sigaction = queued_handler;
        sigaction(SIGRTMIN + i, &action, NULL);
        sem_init(&players[i].acknowledged, 0, 0);
        sem_init(&players[i].arrived, 0, 0);
    }
    pthread_barrier_init(&all_are_there, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&players[i].thread, NULL, play, &players[i]);
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    pthread_barrier_wait(&all_are_there);
    long before = -1;
    for (int quiet = 0; ended < THREADS; quiet++) {
        long now = handled();
        if (now != before)
            quiet = 0;
        before = now;
        if (quiet > PATIENCE_SECONDS * 10) {
            printf("hangs after %ld signals\n", now);
            return 1;
        }
        usleep(100000);
    }
    pthread_barrier_wait(&all_are_there);
    long sent = 0, lost = 0, wrong = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(players[i].thread, NULL);
        sent += players[i].sent;
        lost += players[i].sent_sum != players[i].sum;
        wrong += players[i].wrong;
    }
    printf("sent %ld handled %ld threads that lost some %ld wrong %ld\n", sent, handled(), lost, wrong);
    return 0;
}
