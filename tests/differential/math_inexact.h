// Families of functions whose results are compared with those of libquadmath, in ulps.
#ifndef MATH_INEXACT_H
#define MATH_INEXACT_H

#include "math_cases.h"

static __float128 no_scale(__float128 x) { return 0 * x; }

// name, libquadmath's name, bounds of float, double and long double, the range of interest, what small results are held against
#define UNARY(name, exact, bound_f, bound_, bound_l, least, most, scale)                                                \
    SUFFIXES(ONE_UNARY, name, exact, bound_f, bound_, bound_l, least, most, scale)
#define ONE_UNARY(suffix, ty, type, name, exact, bound_f, bound_, bound_l, least, most, scale)                          \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty x = draw(type, least, most), result;                                                                         \
        given_argument(type, "x", x);                                                                                   \
        CALL(result = JOIN(name, suffix)(x));                                                                           \
        if (isnan(x)) exceptions = 0;                                                                                   \
        __float128 reference = exact(x);                                                                                \
        double error = isnan(x) ? 0 : error_of(type, result, reference, isfinite(x) ? scale(x) : 0);                                   \
        MEASURED(#name #suffix, error, x, 0);                                                                           \
        say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                                                               \
        say_int("class", class_of(result));                                                                             \
        if (isfinite(result)) exceptions &= ~FE_OVERFLOW;                                                               \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#define BINARY(name, exact, bound_f, bound_, bound_l, least, most, low, high)                                           \
    SUFFIXES(ONE_BINARY, name, exact, bound_f, bound_, bound_l, least, most, low, high)
#define ONE_BINARY(suffix, ty, type, name, exact, bound_f, bound_, bound_l, least, most, low, high)                     \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty x = draw(type, least, most), y = draw(type, low, high), result;                                              \
        given_argument(type, "x", x);                                                                                   \
        given_argument(type, "y", y);                                                                                   \
        CALL(result = JOIN(name, suffix)(x, y));                                                                        \
        double error = isnan(x) || isnan(y) ? 0 : error_of(type, result, exact(x, y), 0);                                                          \
        MEASURED(#name #suffix, error, x, y);                                                                           \
        /* glibc raises it on the way to large results, and for x to the power of 1. */                                 \
        if (y == 1 || fabsl(result) >= 2 * least_normal(type)) exceptions &= ~FE_UNDERFLOW;                           \
        say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                                                               \
        say_int("class", class_of(result));                                                                             \
        if (isfinite(result)) exceptions &= ~FE_OVERFLOW;                                                               \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#endif
