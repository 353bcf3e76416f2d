// kind: so
// stdin: first line\nsecond\n\nlast without newline
#include <stdio.h>
#include <string.h>

int main(void) {
    char line[64];
    int number = 0;
    while (fgets(line, sizeof line, stdin))
        printf("%d %zu %s|\n", ++number, strlen(line), line);
    printf("eof %d error %d\n", feof(stdin) != 0, ferror(stdin) != 0);
    return 0;
}
