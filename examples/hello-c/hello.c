/* A shared object with a main: gcc -shared -fPIC hello.c -o hello-c.so */
#include <stdio.h>

int main(void)
{
    puts("hello from user space");
    return 0;
}
