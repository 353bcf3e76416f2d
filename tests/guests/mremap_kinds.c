// kind: pie
// mremap of every kind of mapping: shared ones shown twice, ones that stay mapped where they were, and the errors.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf out;
static void on_fault(int signal) { siglongjmp(out, signal); }

/* What a load there does: the byte, or the signal. */
static const char *look(const char *at) {
    static char text[4][32];
    static int next;
    char *line = text[next++ % 4];
    int signal = sigsetjmp(out, 1);
    if (signal)
        return signal == SIGBUS ? "SIGBUS" : "SIGSEGV";
    int byte = *(volatile const char *)at;
    sprintf(line, byte > ' ' ? "%c" : "%d", byte);
    return line;
}

static char *map(int pages, int flags, int fd) {
    char *at = mmap(NULL, pages * PAGE, RW, flags, fd, 0);
    if (at == MAP_FAILED)
        perror("mmap"), exit(1);
    return at;
}

static void fails(const char *what, void *at) {
    printf("%s: %s\n", what, at == MAP_FAILED ? strerrorname_np(errno) : "done");
}

int main(void) {
    struct sigaction action = {.sa_handler = on_fault};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);

    puts("shared anonymous, twice");
    char *one = map(4, MAP_SHARED | MAP_ANONYMOUS, -1);
    strcpy(one, "abc"), strcpy(one + PAGE, "second");
    char *two = mremap(one, 0, 4 * PAGE, MREMAP_MAYMOVE);
    two[1] = 'X';
    printf("%d %s %s\n", two != one, one, two + PAGE);
    char *from_second = mremap(one + PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE);
    munmap(one, 4 * PAGE);
    printf("%s %s, the first is gone: %s\n", from_second, two, look(one));
    char *place = map(8, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *fixed = mremap(two, 0, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + PAGE);
    printf("fixed %d %s %s\n", fixed == place + PAGE, fixed, look(place + 3 * PAGE));

    puts("shared anonymous, longer than it is");
    char *longer = mremap(two, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    printf("%s %s %s %s\n", longer, longer + PAGE, look(longer + 3 * PAGE), look(longer + 4 * PAGE));
    char *beyond = mremap(longer + PAGE, 0, 6 * PAGE, MREMAP_MAYMOVE);
    printf("%s %s %s\n", beyond, look(beyond + 2 * PAGE), look(beyond + 3 * PAGE));

    puts("a file, twice");
    int fd = memfd_create("file", 0);
    ftruncate(fd, 3 * PAGE);
    pwrite(fd, "file", 5, 0), pwrite(fd, "next", 5, PAGE);
    char *file = map(2, MAP_SHARED, fd);
    char *again = mremap(file + PAGE, 0, 2 * PAGE, MREMAP_MAYMOVE);
    again[0] = 'N', again[PAGE] = 'z';
    char text[8] = "";
    pread(fd, text, 5, PAGE);
    printf("%s %s %s\n", file + PAGE, text, look(again + 2 * PAGE - 1));

    puts("old mappings that stay");
    char *private = map(3, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    strcpy(private, "mine"), strcpy(private + 2 * PAGE, "third");
    char *moved = mremap(private, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("private %s %s, old %s %s\n", moved, moved + 2 * PAGE, look(private), look(private + 2 * PAGE));
    private[1] = 'y';
    printf("apart %s %s\n", look(moved + 1), look(private + 1));
    char *part = mremap(moved + PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("part %s, old %s %s\n", part + PAGE, moved, look(moved + 2 * PAGE));
    char *shared = mremap(longer, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    shared[2] = 'S';
    printf("shared %s, old %s\n", shared, longer);
    char *copy = map(3, MAP_PRIVATE, fd);
    copy[0] = 'C', copy[2 * PAGE] = 'D';
    char *copied = mremap(copy, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("copy %s %s %s, old %s %s %s\n", copied, copied + PAGE, copied + 2 * PAGE, copy, copy + PAGE, copy + 2 * PAGE);
    place = map(3, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    strcpy(place, "gone");
    char *there = mremap(copied, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, place);
    printf("fixed %d %s, old %s\n", there == place, there, copied);
    char *guarded = mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *guard = mremap(guarded, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    printf("without access %s %s\n", look(guarded), look(guard));

    puts("smaller and elsewhere");
    place = map(4, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    char *large = map(4, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    strcpy(large, "large");
    mprotect(large + 2 * PAGE, PAGE, PROT_READ);
    char *small = mremap(large, 4 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place);
    printf("%d %s %s %s\n", small == place, small, look(large), look(large + 3 * PAGE));

    puts("errors");
    char *hole = map(4, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    munmap(hole + PAGE, PAGE);
    fails("private twice", mremap(hole, 0, PAGE, MREMAP_MAYMOVE));
    fails("shared twice in place", mremap(shared, 0, PAGE, 0));
    fails("length 0", mremap(shared, PAGE, 0, MREMAP_MAYMOVE));
    fails("hole", mremap(hole + PAGE, PAGE, PAGE, MREMAP_MAYMOVE));
    fails("hole shrunk", mremap(hole + PAGE, 2 * PAGE, PAGE, MREMAP_MAYMOVE));
    fails("across a hole", mremap(hole, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));
    fails("resized and kept", mremap(hole, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL));
    fails("kept, not moved", mremap(hole, PAGE, PAGE, MREMAP_DONTUNMAP, NULL));
    fails("fixed, not moved", mremap(hole, PAGE, PAGE, MREMAP_FIXED, place));
    fails("overlapping", mremap(hole + 2 * PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, hole + 3 * PAGE));
    fails("not a page", mremap(hole + 8, PAGE, PAGE, MREMAP_MAYMOVE));
    fails("to no page", mremap(hole, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 8));
    fails("unknown flag", mremap(hole, PAGE, PAGE, MREMAP_MAYMOVE | 8));
    fails("same length", mremap(hole + 2 * PAGE, 2 * PAGE, 2 * PAGE, 0));
    return 0;
}
