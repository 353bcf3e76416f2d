// kind: so pie
// Random numbers that nobody can foretell, within their bounds, and those of a seed in the caller's state.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    unsigned seen[64], equal = 0, bound = 0, ones = 0;
    for (int i = 0; i < 64; i++) {
        seen[i] = arc4random();
        for (int j = 0; j < i; j++) equal += seen[i] == seen[j];
        ones |= seen[i];
        bound += arc4random_uniform(7) < 7;
    }
    printf("arc4random %d %d\n", equal < 2, ones == ~0u);
    printf("uniform %u %u %u\n", bound, arc4random_uniform(1), arc4random_uniform(0));
    int reached = 0;
    for (int i = 0; i < 2000; i++) reached |= 1 << arc4random_uniform(10);
    printf("all of them %#x\n", reached);
    unsigned char one[300], two[300];
    memset(one, 0, sizeof one), memset(two, 0, sizeof two);
    arc4random_buf(one, 299), arc4random_buf(two, 299);
    printf("buffers %d %d\n", memcmp(one, two, 299) != 0, one[299] == 0 && two[299] == 0);

    struct drand48_data data;
    unsigned short state[3] = {1, 2, 3}, seven[7] = {9, 8, 7, 6, 5, 4, 3};
    double real;
    long whole;
    srand48_r(5, &data);
    printf("erand48_r %d", erand48_r(state, &data, &real));
    printf(" %.12f", real);
    printf(" nrand48_r %d", nrand48_r(state, &data, &whole));
    printf(" %ld", whole);
    printf(" jrand48_r %d", jrand48_r(state, &data, &whole));
    printf(" %ld %u %u %u\n", whole, state[0], state[1], state[2]);
    printf("seed48_r %d", seed48_r(state, &data));
    lrand48_r(&data, &whole);
    printf(" %ld", whole);
    printf(" lcong48_r %d", lcong48_r(seven, &data));
    lrand48_r(&data, &whole);
    printf(" %ld\n", whole);
    static char first[128], second[64];
    struct random_data random;
    memset(&random, 0, sizeof random);
    int number;
    printf("initstate_r %d", initstate_r(1, first, sizeof first, &random));
    random_r(&random, &number);
    printf(" %d\n", number);
    struct random_data other;
    memset(&other, 0, sizeof other);
    initstate_r(7, second, sizeof second, &other);
    printf("setstate_r %d", setstate_r(second, &random));
    random_r(&random, &number);
    printf(" %d", number);
    printf(" %d", setstate_r(first, &random));
    random_r(&random, &number);
    printf(" %d\n", number);
    return 0;
}
