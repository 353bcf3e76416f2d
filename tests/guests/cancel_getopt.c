// kind: so pie static
// getopt(3) and malloc_stats(3) say what is wrong without being cancellation points.
#include <getopt.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int seen[8], count;

static void *run(void *which) {
    char *argv[] = {(char *)"program", (char *)"-x", (char *)"--none", (char *)"-a", NULL};
    const struct option longer[] = {{"some", no_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
    pthread_cancel(pthread_self());
    if (which) {
        malloc_stats();
        seen[count++] = 'm';
    } else {
        for (int c; (c = getopt_long(4, argv, "a", longer, NULL)) != -1;) seen[count++] = c;
    }
    pthread_testcancel();
    return "not cancelled";
}

int main(void) {
    // What they say is not compared.
    int kept = dup(2);
    FILE *nowhere = freopen("/dev/null", "w", stderr);
    for (int which = 0; which < 2; which++) {
        pthread_t thread;
        void *result;
        pthread_create(&thread, NULL, run, which ? &count : NULL);
        pthread_join(thread, &result);
        for (int i = 0; i < count; i++) printf("%c", seen[i]);
        printf(" %s\n", result == PTHREAD_CANCELED ? "cancelled" : "not cancelled");
        count = 0;
    }
    fflush(nowhere);
    dup2(kept, fileno(nowhere));
    return 0;
}
