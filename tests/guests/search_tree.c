// kind: so pie
// Trees of tsearch(3): what twalk(3) shows of their shape while keys come and go in order, backwards and mixed.
// Beside it: strcasestr(3) over long texts, and texts of unknown errors, which strerror(3) keeps.
#define _GNU_SOURCE
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 2000 };
static int keys[COUNT];
static int deepest;
static unsigned long shape;

static int compare(const void *a, const void *b)
{
    return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

static void note(const void *node, VISIT visit, int level)
{
    shape = shape * 1000003 + **(int *const *)node * 8 + visit + level * 16384;
    if (level > deepest)
        deepest = level;
}

static void print(const void *node, VISIT visit, int level)
{
    if (visit == preorder || visit == leaf)
        printf(" %d@%d", **(int *const *)node, level);
}

static void tell(const char *what, const void *root)
{
    deepest = 0;
    shape = 0;
    twalk(root, note);
    printf("%s: %d levels, %lx\n", what, deepest + 1, shape);
}

static unsigned next(void)
{
    static unsigned seed = 1;
    return (seed = seed * 1103515245 + 12345) >> 16;
}

static void nothing(void *key)
{
    (void)key;
}

static void trees(void)
{
    void *root = NULL;
    for (int i = 0; i < COUNT; i++)
        keys[i] = i;
    for (int i = 0; i < 20; i++)
        tsearch(&keys[i], &root, compare);
    twalk(root, print);
    puts("");
    for (int i = 0; i < 20; i += 3)
        printf("%s", tdelete(&keys[i], &root, compare) ? "." : "!");
    printf("%s\n", tdelete(&keys[0], &root, compare) ? "!" : ".");
    twalk(root, print);
    puts("");

    for (int i = 0; i < COUNT; i++)
        tsearch(&keys[i], &root, compare);
    tell("in order", root);
    for (int i = COUNT - 1; i >= COUNT / 2; i--)
        tdelete(&keys[i], &root, compare);
    tell("half gone from the end", root);
    for (int i = COUNT - 1; i >= 0; i--)
        tsearch(&keys[i], &root, compare);
    tell("backwards", root);
    for (int i = 0; i < 20 * COUNT; i++) {
        int *key = &keys[next() % COUNT];
        if (next() % 2)
            tsearch(key, &root, compare);
        else
            tdelete(key, &root, compare);
        if (i % 5000 == 0)
            tell("mixed", root);
    }
    for (int i = 0; i < COUNT; i++)
        tdelete(&keys[i], &root, compare);
    printf("empty: %d\n", root == NULL);
    for (int i = 0; i < 1000; i++)
        tsearch(&keys[i * 7 % COUNT], &root, compare);
    tell("again", root);
    tdestroy(root, nothing);
}

static void texts(void)
{
    size_t len = 1 << 20;
    char *text = malloc(len), *wanted = malloc(len / 2 + 1);
    memset(text, 'a', len - 1);
    text[len - 2] = 'B';
    text[len - 1] = 0;
    memset(wanted, 'A', len / 2);
    wanted[len / 2 - 1] = 'b';
    wanted[len / 2] = 0;
    /* One comparison of each place with the whole would take minutes. */
    printf("found at %td from the end\n", text + len - strcasestr(text, wanted));
    text[len - 2] = 'c';
    printf("not found: %d\n", strcasestr(text, wanted) == NULL);
    printf("%s %d %d\n", strcasestr("one TWO three", "two T"), strcasestr("x", "") != NULL, strcasestr("", "x") == NULL);
    printf("%s\n", strcasestr("the quick brown fox jumps OVER the lazy dog", "Jumps Over The"));
    free(text);
    free(wanted);

    const char *kept = strerror(4711);
    errno = -5;
    perror("");
    puts(kept);
    errno = 1234;
    printf("%m, %s\n", kept);
}

int main(void)
{
    trees();
    texts();
    return 0;
}
