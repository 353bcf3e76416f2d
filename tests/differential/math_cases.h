// Arguments for functions of mathematics, and how far a result is from one of twice the precision.
//
// A case of an inexact function says how the result is classified, the exceptions and errno; how large the error may be is
// the family's bound, and a case beyond it shows as a line of its own.
#ifndef MATH_CASES_H
#define MATH_CASES_H

#include "differ.h"
#include <complex.h>
#include <fenv.h>
#include <math.h>
#include <quadmath.h>
#include <stdlib.h>

enum type { SINGLE, DOUBLE, LONG };

static const struct {
    int digits, least, most;
} FORMATS[] = {{24, -126, 127}, {53, -1022, 1023}, {64, -16382, 16383}};

UNUSED static long double least_normal(enum type type) { return ldexpl(1, FORMATS[type].least); }

#define EXCEPTIONS (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW)

static long double random_bits(enum type type) {
    union { uint32_t bits; float value; } single = {.bits = any()};
    union { uint64_t bits; double value; } twice = {.bits = any()};
    union { struct { uint64_t low; uint16_t top; } bits; long double value; } extended = {.bits = {any(), any()}};
    if (extended.bits.top << 1 & 0xffff) extended.bits.low |= 1ull << 63;
    else extended.bits.low &= ~(1ull << 63);
    return type == SINGLE ? single.value : type == DOUBLE ? twice.value : extended.value;
}

static double unit(void) { return (any() >> 11) * 0x1p-53; }

// From -1 to 1, with the digits of a long double.
static long double both_signs(void) { return (int64_t)any() * 0x1p-63L; }

static long double rounded_to(enum type type, long double value) {
    return type == SINGLE ? (float)value : type == DOUBLE ? (double)value : value;
}

static long double special(enum type type) {
    static const long double few[] = {0, -0.0L, 1, -1, 2, -2, 0.5L, -0.5L, 3, 10, -10, 0.25L, 1.5L, -1.5L, 100, 1e6L};
    int exponent = FORMATS[type].most;
    long double most = ldexpl(2 - ldexpl(1, 1 - FORMATS[type].digits), exponent);
    long double least = ldexpl(1, FORMATS[type].least), tiny = ldexpl(1, FORMATS[type].least - FORMATS[type].digits + 1);
    switch (below(12)) {
    case 0: return INFINITY;
    case 1: return -INFINITY;
    case 2: return NAN;
    case 3: return most;
    case 4: return -most;
    case 5: return one_in(2) ? least : -least;
    case 6: return one_in(2) ? tiny : -tiny;
    case 7: return least - tiny;
    default: return PICK(few);
    }
}

// A number for a function that is interesting from `least` to `most`.
static long double draw(enum type type, long double least, long double most) {
    int digits = FORMATS[type].digits;
    long double value = 0;
    switch (below(12)) {
    case 0:
    case 1: return random_bits(type);
    case 2: return special(type);
    case 3:
    case 4:
    case 5:
    case 6: value = least + (most - least) * (0.5L + both_signs() / 2); break;
    case 7: value = ldexpl(both_signs(), -(int)below(digits)); break;
    case 8: value = (one_in(2) ? 1 : -1) * (1 + ldexpl(both_signs(), -(int)below(digits))); break;
    case 9: value = between(-1, 1) * ldexpl(1 + unit(), below(one_in(2) ? 8 : digits)) + (one_in(2) ? 0 : any_long() * M_PI_2l); break;
    case 10: value = between(-40, 40) * 0.5L + (one_in(2) ? 0 : ldexpl(both_signs(), -(int)below(digits))); break;
    default: value = ldexpl(both_signs(), between(-30, 30)); break;
    }
    return rounded_to(type, value);
}

static __float128 ulp_of(enum type type, __float128 value) {
    int exponent = value == 0 ? FORMATS[type].least : ilogbq(value);
    if (exponent < FORMATS[type].least) exponent = FORMATS[type].least;
    return ldexpq(1, exponent - FORMATS[type].digits + 1);
}

// In units in the last place of the exact value, or of `scale` where that is larger.
UNUSED static double error_of(enum type type, long double result, __float128 exact, __float128 scale) {
    __float128 limit = ldexpq(1, FORMATS[type].most + 1), near = exact;
    if (isnanq(exact) || isnan(result)) return isnanq(exact) && isnan(result) ? 0 : INFINITY;
    if (isinfq(exact) && isinf(result)) return (exact > 0) == (result > 0) ? 0 : INFINITY;
    if (isinfq(exact)) return INFINITY;
    __float128 got = result;
    if (isinf(result)) got = result > 0 ? limit : -limit;
    if (fabsq(near) > limit) near = near > 0 ? limit : -limit;
    if (fabsq(near) == limit && fabsq(got) == limit) return near == got ? 0 : INFINITY;
    __float128 ulp = ulp_of(type, fabsq(near) > scale ? near : scale);
    return (double)(fabsq(got - near) / ulp);
}

UNUSED static int class_of(long double value) {
    if (isnan(value)) return signbit(value) ? 1 : 2;
    if (isinf(value)) return signbit(value) ? 3 : 4;
    if (value == 0) return signbit(value) ? 5 : 6;
    return 7;
}

#ifdef PROMISE
// What ours promises: one unit in the last place, or what the program says of a function.
#ifndef LESS_PROMISED
#define LESS_PROMISED {"", 1}
#endif
static double promised(const char *name) {
    static const struct { const char *name; double bound; } less[] = {LESS_PROMISED};
    for (size_t i = 0; i < COUNT(less); i++)
        if (!__builtin_strcmp(less[i].name, name)) return less[i].bound;
    return 1;
}

static int is_kept = 1;
__attribute__((destructor)) static void fail_unless_kept(void) {
    if (!is_kept) _exit(1);
}
#endif

UNUSED static void show_ulps(double error) {
    if (error > 1e15) {
        show_text("inf");
        return;
    }
    show_number((uint64_t)error, 10);
    show_byte('.');
    show_number((uint64_t)(error * 10) % 10, 10);
    show_number((uint64_t)(error * 100) % 10, 10);
}

#ifdef MEASURE
// Built with MEASURE, a program ends with the worst error of each family.
#include <stdio.h>
static struct { const char *name; double error; long double at, and; } worst[1000];
static long double given_at, given_and;
UNUSED static void measure(const char *name, double error) {
    int i = 0;
    while (worst[i].name && worst[i].name != name) i++;
    worst[i].name = name;
    if (error > worst[i].error) worst[i].error = error, worst[i].at = given_at, worst[i].and = given_and;
}
__attribute__((destructor)) static void show_worst(void) {
    for (int i = 0; worst[i].name; i++)
        fprintf(stderr, "%s %.3f at %La %La (%Lg %Lg)\n", worst[i].name, worst[i].error, worst[i].at, worst[i].and, worst[i].at, worst[i].and);
}
#define MEASURED(name, error, x, y) (given_at = (x), given_and = (y), measure(name, error))
#else
#define MEASURED(name, error, x, y) ((void)0)
#endif

// Says how a result is wrong, if it is by more than `bound`, which is what the host's libc keeps. A program built with
// PROMISE holds ours to what it promises, says where it does not keep it, and then fails.
UNUSED static void say_error(const char *name, double error, double bound) {
    (void)name;
#ifdef PROMISE
    if (error <= promised(name)) return;
    static const char *said;
    is_kept = 0;
    if (said == name) return;
    said = name;
    show_text(name);
    show_text(" is wrong by ");
    show_ulps(error);
    show_byte('\n');
#else
    if (error <= bound) return;
    say_int("beyond", (long)bound);
    if (!is_shown) return;
    show_text(" by ");
    show_ulps(error);
#endif
}

static int exceptions, error_number;

#define CALL(assignment) (errno = 0, feclearexcept(FE_ALL_EXCEPT), (assignment), exceptions = fetestexcept(EXCEPTIONS), error_number = errno)

UNUSED static void say_exceptions(void) {
    say_hex("exceptions", exceptions);
    say_int("errno", error_number);
}

UNUSED static void given_argument(enum type type, const char *name, long double value) {
    if (!is_shown) return;
    char text[64];
    static const char *const formats[] = {"%.6Qa", "%.13Qa", "%.16Qa"};
    quadmath_snprintf(text, sizeof text, formats[type], (__float128)value);
    show_name(name);
    show_text(text);
}

#define SUFFIXES(make, ...) make(f, float, SINGLE, __VA_ARGS__) make(, double, DOUBLE, __VA_ARGS__) make(l, long double, LONG, __VA_ARGS__)
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define FAMILY(name) {#name, run_##name, 1},

#endif
