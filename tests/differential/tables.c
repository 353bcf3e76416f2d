// Sorting, searching, and numbers that look random: stdlib.h, search.h, argz.h, envz.h, obstack.h.
#include "differ.h"
#include <argz.h>
#include <envz.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

extern int old_random_r(struct random_data *, int32_t *) SYMBOL(random_r);

static int by_low_byte(const void *one, const void *other) {
    return (*(const unsigned *)one & 255) - (*(const unsigned *)other & 255);
}

static int by_mask(const void *one, const void *other, void *mask) {
    unsigned left = *(const unsigned *)one & *(unsigned *)mask, right = *(const unsigned *)other & *(unsigned *)mask;
    return (left > right) - (left < right);
}

static void sorting(long number) {
    unsigned words[80], mask = one_in(2) ? 0xff : 0xffff0f;
    size_t count = one_in(8) ? below(80) : below(14);
    for (size_t i = 0; i < count; i++) words[i] = one_in(2) ? any() : below(20) | any() << 8;
    given_bytes("words", words, count * 4);
    if (number & 1) qsort(words, count, sizeof *words, by_low_byte);
    else qsort_r(words, count, sizeof *words, by_mask, &mask);
    // Equal ones keep their order with glibc.
    say_bytes("sorted", words, count * 4);
    if (!(number & 1)) return;
    unsigned key = count && one_in(2) ? words[below(count)] : any();
    unsigned *found = bsearch(&key, words, count, sizeof *words, by_low_byte);
    say_int("bsearch", found ? (*found & 255) == (key & 255) : -1);
    size_t more = count;
    say_at("lfind", words, lfind(&key, words, &more, sizeof *words, by_low_byte));
    if (count < 80) say_at("lsearch", words, lsearch(&key, words, &more, sizeof *words, by_low_byte)), say_int("more", more);
}

static void odd_sizes(long number) {
    unsigned char bytes[600];
    size_t size = between(4, 24), count = below(24);
    for (size_t i = 0; i < size * count; i++) bytes[i] = one_in(3) ? below(4) : any();
    given_int("size", size), given_bytes("bytes", bytes, size * count);
    qsort(bytes, count, size, by_low_byte);
    say_bytes("sorted", bytes, size * count);
}

static void visit(const void *node, VISIT order, int depth) {
    // How high the tree is, is the implementation's.
    if (order == postorder || order == leaf) say_int("node", **(int *const *)node);
}

static void visit_r(const void *node, VISIT order, void *sum) {
    if (order == postorder || order == leaf) *(long *)sum = *(long *)sum * 31 + **(int *const *)node;
}

static int by_value(const void *one, const void *other) { return *(const int *)one - *(const int *)other; }

static void drop(void *key) {}

static void trees(long number) {
    void *root = NULL;
    static int keys[64];
    for (int i = 0; i < 64; i++) keys[i] = i;
    long sum = 0;
    for (int i = below(40); i > 0; i--) {
        int *key = &keys[below(one_in(2) ? 64 : 8)];
        given_int("key", *key);
        if (one_in(3)) say_int("tdelete", tdelete(key, &root, by_value) != NULL);
        else if (one_in(4)) say_int("tfind", tfind(key, &root, by_value) != NULL);
        else say_int("tsearch", **(int **)tsearch(key, &root, by_value));
    }
    twalk(root, visit);
    twalk_r(root, visit_r, &sum), say_int("sum", sum);
    tdestroy(root, drop);
}

static void hashes(long number) {
    static char names[40][4];
    struct hsearch_data table = {0};
    for (int i = 0; i < 40; i++) names[i][0] = 'a' + i % 26, names[i][1] = 'a' + i / 26;
    size_t size = below(20);
    given_int("size", size);
    say_int("hcreate_r", hcreate_r(size, &table));
    int stored = 0;
    for (int i = below(30); i > 0; i--) {
        ENTRY item = {names[below(40)], (void *)(long)i}, *found = NULL;
        // How many more than it was made for a table holds is the implementation's.
        ACTION action = one_in(2) && stored < (int)size ? ENTER : FIND;
        given_text("key", item.key), given_int("action", action);
        int result = hsearch_r(item, action, &found, &table);
        stored += result && action == ENTER;
        say_int("hsearch_r", result), say_int("data", found ? (long)found->data : -1), say_errno();
    }
    hdestroy_r(&table);
    if (number % 8 == 0) {
        say_int("hcreate", hcreate(30));
        for (int i = 0; i < 10; i++) {
            ENTRY item = {names[below(40)], (void *)(long)i}, *found = hsearch(item, one_in(2) ? ENTER : FIND);
            say_int("hsearch", found ? (long)found->data : -1), say_errno();
        }
        hdestroy();
    }
}

static void random_numbers(long number) {
    static char room[256];
    static const size_t sizes[] = {8, 16, 31, 32, 63, 64, 100, 128, 200, 256};
    unsigned seed = one_in(4) ? below(4) : any();
    size_t size = PICK(sizes);
    given_int("seed", seed), given_int("size", size);
    srand(seed);
    for (int i = below(6); i > 0; i--) say_int("rand", rand());
    unsigned state = seed;
    for (int i = 3; i > 0; i--) say_int("rand_r", rand_r(&state));
    char *before = initstate(seed, room, size);
    for (int i = below(6); i > 0; i--) say_int("random", random());
    srandom(any());
    say_int("random", random());
    if (before) setstate(before);
    say_int("after", random());
    struct random_data data = {0};
    int32_t value = -1;
    static char other[256];
    // Fewer bytes than a state needs are an error; how many of them are used is not.
    say_int("initstate_r", initstate_r(seed, other, size, &data));
    for (int i = below(5); i > 0; i--) say_int("random_r", old_random_r(&data, &value)), say_int("value", value);
    say_int("srandom_r", srandom_r(seed ^ 5, &data)), say_int("random_r", random_r(&data, &value)), say_int("value", value);
    say_int("setstate_r", setstate_r(other, &data)), say_int("random_r", random_r(&data, &value)), say_int("value", value);
}

static void drand48_numbers(long number) {
    unsigned short state[3], other[7];
    fill_bytes(state, sizeof state), fill_bytes(other, sizeof other);
    given_bytes("state", state, 6), given_bytes("other", other, 14);
    say_double("erand48", erand48(state)), say_int("nrand48", nrand48(state)), say_int("jrand48", jrand48(state));
    say_bytes("state", state, 6);
    if (one_in(2)) srand48(any());
    else say_bytes("seed48", seed48(other), 6);
    if (one_in(4)) lcong48(other);
    say_double("drand48", drand48()), say_int("lrand48", lrand48()), say_int("mrand48", mrand48());
    struct drand48_data data;
    double real;
    long integer;
    memset(&data, 0, sizeof data);
    say_int("srand48_r", srand48_r(any(), &data));
    say_int("drand48_r", drand48_r(&data, &real)), say_double("real", real);
    say_int("lrand48_r", lrand48_r(&data, &integer)), say_int("integer", integer);
    say_int("mrand48_r", mrand48_r(&data, &integer)), say_int("integer", integer);
    say_int("erand48_r", erand48_r(state, &data, &real)), say_double("real", real);
}

static char *any_word(char *to) { return fill(to, below(5), one_in(2) ? "ab" : "ab=,"); }

static void vectors(long number) {
    char *argz = NULL, word[16], other[16], *entry = NULL;
    size_t length = 0;
    any_word(word), any_word(other);
    char joined[40];
    fill(joined, below(16), "ab,,=");
    given_text("joined", joined);
    say_int("create_sep", argz_create_sep(joined, ',', &argz, &length));
    for (int i = below(6); i > 0; i--) {
        any_word(word), any_word(other);
        char *before = length ? argz + below(length) : NULL;
        given_text("word", word), given_text("other", other), given_int("before", before ? before - argz : -1);
        unsigned replaced = 7;
        switch (below(6)) {
        case 0: say_int("add", argz_add(&argz, &length, word)); break;
        case 1: say_int("add_sep", argz_add_sep(&argz, &length, word, '=')); break;
        case 2: say_int("append", argz_append(&argz, &length, other, strlen(other) + 1)); break;
        case 3: say_int("insert", argz_insert(&argz, &length, before, word)); break;
        case 4: if (*word) say_int("replace", argz_replace(&argz, &length, word, other, &replaced)), say_int("replaced", replaced); break;
        case 5: if (length) argz_delete(&argz, &length, argz_next(argz, length, NULL)); break;
        }
        say_bytes("argz", length ? argz : "", length);
    }
    say_int("count", argz_count(argz, length));
    while ((entry = argz_next(argz, length, entry))) say_text("next", entry);
    char *parts[60] = {0};
    if (argz_count(argz, length) < 60) {
        argz_extract(argz, length, parts);
        for (int i = 0; parts[i]; i++) say_text("part", parts[i]);
    }
    if (length) argz_stringify(argz, length, '+'), say_bytes("stringified", argz, length);
    free(argz);
}

static void environments(long number) {
    char *envz = NULL, name[8], value[8];
    size_t length = 0;
    for (int i = below(8); i > 0; i--) {
        fill(name, between(1, 2), "ab"), fill(value, below(3), "xy");
        given_text("name", name), given_text("value", value);
        switch (below(6)) {
        case 0:
        case 1: say_int("add", envz_add(&envz, &length, name, one_in(5) ? NULL : value)); break;
        case 2: say_text("get", envz_get(envz, length, name)); break;
        case 3: say_text("entry", envz_entry(envz, length, name)); break;
        case 4: envz_remove(&envz, &length, name); break;
        case 5: {
            char *more = NULL;
            size_t size = 0;
            argz_create_sep("a=1,ab=2,b", ',', &more, &size);
            say_int("merge", envz_merge(&envz, &length, more, size, one_in(2)));
            free(more);
        }
        }
        say_bytes("envz", length ? envz : "", length);
    }
    envz_strip(&envz, &length);
    say_bytes("stripped", length ? envz : "", length);
    free(envz);
}

static void queues(long number) {
    struct node { struct node *next, *previous; } nodes[6] = {{0}};
    for (int i = 0; i < 12; i++) {
        int which = below(6), after = below(6);
        given_int("which", which), given_int("after", after);
        if (one_in(3)) remque(&nodes[which]), nodes[which].next = nodes[which].previous = NULL;
        else if (!nodes[which].next && !nodes[which].previous && which != after) insque(&nodes[which], one_in(6) ? NULL : &nodes[after]);
    }
    for (int i = 0; i < 6; i++) say_at("next", nodes, nodes[i].next), say_at("previous", nodes, nodes[i].previous);
}

DIFFER({"sorting", sorting}, {"odd_sizes", odd_sizes}, {"trees", trees}, {"hashes", hashes},
       {"random_numbers", random_numbers, 5}, {"drand48_numbers", drand48_numbers}, {"vectors", vectors},
       {"environments", environments}, {"queues", queues})
