// kind: so static
// Leases of fcntl(2), and what F_NOTIFY tells of a folder.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_NAME "/tmp/lease-file"
#define FOLDER "/tmp/lease-folder"
static sigset_t set;

static void say(const char *what, int got) {
    int error = errno;
    printf("%s %d %s\n", what, got, got < 0 ? strerrorname_np(error) : "");
}

static const char *lease(int fd) {
    int kind = fcntl(fd, F_GETLEASE);
    return kind == F_RDLCK ? "read" : kind == F_WRLCK ? "write" : kind == F_UNLCK ? "none" : "failed";
}

// Waits a moment for the signal that tells of a descriptor.
static int told(const char *what, int fd, int milliseconds) {
    siginfo_t info;
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (sigtimedwait(&set, &info, &time) < 0) {
        printf("%s: nothing\n", what);
        return 0;
    }
    printf("%s: %s, code %d, %s, band %lx\n", what, info.si_signo == SIGIO ? "SIGIO" : "SIGRTMIN", info.si_code,
           info.si_fd == fd ? "its descriptor" : "another", info.si_band);
    return 1;
}

// Not opened, but cut by its name.
#define CUTS -1
struct opening { int flags, result, error; };

static void *open_it(void *given) {
    struct opening *opening = given;
    opening->result = opening->flags == CUTS ? truncate(FILE_NAME, 0) : open(FILE_NAME, opening->flags);
    opening->error = errno;
    return 0;
}

// Has another thread open the file, and answers when told.
static void broken(int fd, const char *what, int flags, int answer) {
    pthread_t thread;
    struct opening opening = {flags, 0, 0};
    pthread_create(&thread, 0, open_it, &opening);
    told(what, fd, 20000);
    printf("lease now: %s\n", lease(fd));
    say("answered", fcntl(fd, F_SETLEASE, answer));
    pthread_join(thread, 0);
    printf("opened %d, lease %s\n", opening.result >= 0, lease(fd));
    close(opening.result);
}

static void leases(void) {
    int fd = open(FILE_NAME, O_CREAT | O_TRUNC | O_RDWR, 0600), reader = open(FILE_NAME, O_RDONLY);
    printf("at first %s\n", lease(reader));
    say("read, with a writer", fcntl(reader, F_SETLEASE, F_RDLCK));
    say("write, with a reader", fcntl(fd, F_SETLEASE, F_WRLCK));
    say("no such", fcntl(fd, F_SETLEASE, 77));
    int folder = open("/tmp", O_RDONLY), ends[2];
    say("of a folder", fcntl(folder, F_SETLEASE, F_RDLCK));
    close(folder);
    (void)!pipe(ends);
    say("of a pipe", fcntl(ends[0], F_SETLEASE, F_RDLCK));
    say("none to end", fcntl(fd, F_SETLEASE, F_UNLCK));
    close(fd);
    say("read", fcntl(reader, F_SETLEASE, F_RDLCK));
    printf("now %s\n", lease(reader));
    say("signal", fcntl(reader, F_SETSIG, SIGRTMIN));
    int another = open(FILE_NAME, O_RDONLY);
    say("another reads", another >= 0);
    told("of a reader", reader, 10);
    say("write, with another reader", fcntl(reader, F_SETLEASE, F_WRLCK));
    say("the other's, too", fcntl(another, F_SETLEASE, F_RDLCK));
    say("and ended", fcntl(another, F_SETLEASE, F_UNLCK));
    close(another);
    say("a writer that does not wait", open(FILE_NAME, O_WRONLY | O_NONBLOCK));
    told("of it", reader, 20000);
    printf("to become %s\n", lease(reader));
    say("ended", fcntl(reader, F_SETLEASE, F_UNLCK));
    say("again", fcntl(reader, F_SETLEASE, F_RDLCK));
    broken(reader, "a writer", O_WRONLY, F_UNLCK);
    say("again", fcntl(reader, F_SETLEASE, F_RDLCK));
    int cut = open(FILE_NAME, O_RDONLY | O_TRUNC | O_NONBLOCK);
    say("cut by who opens it", cut >= 0);
    close(cut);
    told("of that", reader, 10);
    broken(reader, "who cuts it by name", CUTS, F_UNLCK);
    say("write", fcntl(reader, F_SETLEASE, F_WRLCK));
    broken(reader, "a reader", O_RDONLY, F_RDLCK);
    say("write again", fcntl(reader, F_SETLEASE, F_WRLCK));
    broken(reader, "another reader", O_RDONLY, F_UNLCK);
    say("write again", fcntl(reader, F_SETLEASE, F_WRLCK));
    close(reader);
    say("after its end", open(FILE_NAME, O_RDWR | O_NONBLOCK) >= 0);
    unlink(FILE_NAME);
}

static void touch(const char *name, int flags) {
    int fd = open(name, flags | O_CREAT | O_WRONLY, 0600);
    (void)!write(fd, "x", 1);
    close(fd);
}

static void notices(void) {
    mkdir(FOLDER, 0700);
    touch(FOLDER "/there", 0);
    int fd = open(FOLDER, O_RDONLY), file = open(FOLDER "/there", O_RDONLY);
    say("of a file", fcntl(file, F_NOTIFY, DN_MODIFY));
    say("nothing", fcntl(fd, F_NOTIFY, 0));
    say("signal", fcntl(fd, F_SETSIG, SIGRTMIN));
    say("once", fcntl(fd, F_NOTIFY, DN_CREATE));
    touch(FOLDER "/new", 0);
    told("created", fd, 20000);
    touch(FOLDER "/new2", 0);
    told("created again", fd, 10);
    say("many times", fcntl(fd, F_NOTIFY, DN_CREATE | DN_DELETE | DN_ATTRIB | DN_MULTISHOT));
    touch(FOLDER "/new3", 0);
    told("created", fd, 20000);
    chmod(FOLDER "/new3", 0640);
    told("changed", fd, 20000);
    unlink(FOLDER "/new3");
    told("removed", fd, 20000);
    mkdir(FOLDER "/folder", 0700);
    told("a folder made", fd, 20000);
    rmdir(FOLDER "/folder");
    told("a folder removed", fd, 20000);
    touch(FOLDER "/new2", 0);
    told("written", fd, 10);
    say("written counts", fcntl(fd, F_NOTIFY, DN_MODIFY | DN_MULTISHOT));
    touch(FOLDER "/new2", 0);
    told("written", fd, 20000);
    say("no more", fcntl(fd, F_NOTIFY, 0));
    touch(FOLDER "/new2", 0);
    unlink(FOLDER "/new2");
    told("after the end", fd, 10);
    say("renames", fcntl(fd, F_NOTIFY, DN_RENAME | DN_MULTISHOT));
    rename(FOLDER "/new", FOLDER "/other");
    told("renamed", fd, 20000);
    say("without details", fcntl(fd, F_SETSIG, 0));
    rename(FOLDER "/other", FOLDER "/new");
    siginfo_t info;
    printf("renamed: %d\n", sigwaitinfo(&set, &info) == SIGIO);
    fcntl(fd, F_SETSIG, SIGRTMIN);
    int twin = dup(fd);
    say("with a twin", fcntl(fd, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
    close(twin);
    unlink(FOLDER "/new");
    told("after the twin's end", fd, 10);
    unlink(FOLDER "/there");
    rmdir(FOLDER);
}

int main(void) {
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGIO);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    leases();
    notices();
    return 0;
}
