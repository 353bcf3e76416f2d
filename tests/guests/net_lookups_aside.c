// kind: so pie
// own libc: no: the static libc of Debian crashes in it on Linux
// Looking names up beside the program (getaddrinfo_a): waiting or not, told by a signal or a thread, several at once.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static sem_t called;
static int value;
static void tell(union sigval with) {
    value = with.sival_int;
    sem_post(&called);
}

static void show(const char *what, struct gaicb *request) {
    char text[64] = "-";
    struct addrinfo *found = request->ar_result;
    if (gai_error(request) == 0) {
        struct sockaddr_in *at = (void *)found->ai_addr;
        snprintf(text, sizeof text, "%s:%d", inet_ntoa(at->sin_addr), ntohs(at->sin_port));
        freeaddrinfo(found);
    }
    printf("%s: %d %s\n", what, gai_error(request), text);
}

int main(void) {
    struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST, .ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo wrong = {.ai_flags = 1 << 20};
    struct gaicb one = {.ar_name = "127.0.0.1", .ar_service = "80", .ar_request = &numeric},
                 two = {.ar_name = "not a number", .ar_request = &numeric}, three = {.ar_name = "10.0.0.3", .ar_request = &numeric},
                 four = {.ar_name = "1.2.3.4", .ar_request = &wrong};
    struct gaicb *list[] = {&one, NULL, &two, &four}, *next[] = {&three};
    printf("waits %d\n", getaddrinfo_a(GAI_WAIT, list, 4, NULL));
    show("one", &one);
    show("two", &two);
    show("four", &four);
    printf("cancel %d\n", gai_cancel(&one));
    const struct gaicb *done[] = {&one, NULL, &two}, *running[] = {&three};
    printf("suspend %d", gai_suspend(done, 3, NULL));
    printf(" of none %d\n", gai_suspend(NULL, 0, NULL));
    errno = 0;
    printf("how %d", getaddrinfo_a(9, list, 1, NULL));
    printf(" %d\n", errno);

    printf("goes on %d\n", getaddrinfo_a(GAI_NOWAIT, next, 1, NULL));
    while (gai_error(&three) == EAI_INPROGRESS) gai_suspend(running, 1, NULL);
    show("three", &three);

    sem_init(&called, 0, 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell, .sigev_value.sival_int = 77};
    printf("by a thread %d\n", getaddrinfo_a(GAI_NOWAIT, list, 3, &event));
    sem_wait(&called);
    printf("value %d\n", value);
    show("one", &one);
    show("two", &two);

    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 5};
    printf("by a signal %d\n", getaddrinfo_a(GAI_NOWAIT, next, 1, &event));
    printf("came %d", sigwaitinfo(&set, &info) == SIGRTMIN);
    printf(" %d\n", info.si_value.sival_int);
    show("three", &three);
    return 0;
}
