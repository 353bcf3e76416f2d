// kind: so
// The kernel answers bad pointers with EFAULT.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void show(const char *what, long result) {
    printf("%s: %ld %s\n", what, result, result < 0 ? strerror(errno) : "");
}

int main(void) {
    int ends[2];
    show("pipe", pipe(ends));
    show("write(pipe, 8)", write(ends[1], (void *)8, 4));
    show("write(pipe, kernel)", write(ends[1], (void *)0xffff800000000000, 4));
    show("write(pipe)", write(ends[1], "abcd", 4));
    show("read(pipe, 8)", read(ends[0], (void *)8, 4));
    show("open(8)", open((char *)8, O_RDONLY));
    show("stat(/, 8)", stat("/", (struct stat *)8));
    show("pipe(8)", pipe((int *)8));
    return 0;
}
