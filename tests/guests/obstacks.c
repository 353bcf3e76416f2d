// kind: so pie
// Obstacks: objects that grow over the ends of chunks, are freed back to any of them, and are as aligned as asked.
#define _GNU_SOURCE
#include <obstack.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int _obstack_allocated_p(struct obstack *, void *);

static int chunks, refuses;
static void *make_chunk(size_t bytes) {
    chunks++;
    return refuses ? NULL : malloc(bytes);
}
static void drop_chunk(void *chunk) {
    chunks--;
    free(chunk);
}
static void *make_with(void *own, size_t bytes) {
    ++*(int *)own;
    return malloc(bytes);
}
static void drop_with(void *own, void *chunk) {
    --*(int *)own;
    free(chunk);
}
#define obstack_chunk_alloc make_chunk
#define obstack_chunk_free drop_chunk

static jmp_buf failed;
static void fails(void) { longjmp(failed, 1); }

static void grows(struct obstack *stack) {
    for (int i = 0; i < 3000; i++) obstack_1grow(stack, 'a' + i % 26);
    printf("size %d", (int)obstack_object_size(stack));
    obstack_blank(stack, -2990);
    obstack_grow0(stack, "end", 3);
    char *object = obstack_finish(stack);
    printf(" %s, again %d\n", object, (int)obstack_object_size(stack));
    int numbers[100];
    for (int i = 0; i < 100; i++) {
        obstack_int_grow(stack, i);
        numbers[i] = i;
    }
    int *kept = obstack_finish(stack);
    printf("numbers %d aligned %d\n", memcmp(kept, numbers, sizeof numbers), (uintptr_t)kept % sizeof(int) == 0);
}

int main(void) {
    struct obstack stack;
    printf("init %d", obstack_init(&stack));
    printf(" chunks %d size %d\n", chunks, (int)obstack_chunk_size(&stack));
    grows(&stack);
    char *first = obstack_copy0(&stack, "first", 5), *second = obstack_copy(&stack, "second", 7);
    printf("%s %s in it %d %d\n", first, second, _obstack_allocated_p(&stack, first), _obstack_allocated_p(&stack, &stack));
    char *large = obstack_alloc(&stack, 100000);
    memset(large, 'x', 100000);
    printf("used %d chunks %d\n", (int)obstack_memory_used(&stack) > 100000, chunks);
    obstack_free(&stack, large);
    printf("freed chunks %d, %s\n", chunks, second);
    // What comes next takes the place of what was freed.
    obstack_free(&stack, second);
    printf("place %d\n", obstack_copy(&stack, "third", 6) == (void *)second);
    (obstack_free)(&stack, first);
    printf("place %d\n", obstack_alloc(&stack, 10) == (void *)first);
    printf("printf %d", obstack_printf(&stack, "%d-%s", 42, "text"));
    obstack_1grow(&stack, 0);
    printf(" %s\n", (char *)obstack_finish(&stack));
    obstack_alignment_mask(&stack) = 63;
    obstack_1grow(&stack, 'x');
    obstack_finish(&stack);
    printf("aligned %d\n", (uintptr_t)obstack_alloc(&stack, 1) % 64 == 0);
    printf("room %d", (int)obstack_room(&stack) > 0);
    obstack_make_room(&stack, 200);
    printf(" %d", (int)obstack_room(&stack) >= 200);
    obstack_1grow_fast(&stack, 'f');
    printf(" %c", *(char *)obstack_base(&stack));
    printf(" %d\n", (int)((char *)obstack_next_free(&stack) - (char *)obstack_base(&stack)));
    obstack_free(&stack, NULL);
    printf("all freed %d\n", chunks);

    obstack_alloc_failed_handler = fails;
    refuses = 1;
    if (setjmp(failed) == 0) {
        obstack_init(&stack);
        printf("never\n");
    } else {
        printf("refused\n");
    }
    int own = 0;
    obstack_specify_allocation_with_arg(&stack, 500, 16, make_with, drop_with, &own);
    obstack_alloc(&stack, 2000);
    printf("own chunks %d size %d\n", own, (int)obstack_chunk_size(&stack));
    obstack_free(&stack, NULL);
    printf("own chunks %d, exit status %d\n", own, obstack_exit_failure);
    return 0;
}
