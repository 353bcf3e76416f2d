// The functions of _Float128, in ulps of libquadmath's results, which has those of the same format.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm
#define _GNU_SOURCE
#include "math_cases.h"

// lgammaq writes here.
__asm__(".pushsection .bss; .globl signgam, __signgam; .hidden signgam, __signgam; signgam: __signgam: .zero 4; .popsection");

// A number with all of its digits where that may matter.
static _Float128 draw_quad(long double least, long double most) {
    _Float128 value = draw(LONG, least, most);
    return one_in(2) || !finiteq(value) ? value : value * (1 + (int64_t)any() * 0x1p-120Q);
}

static double quad_error(_Float128 result, _Float128 exact) {
    if (isnanq(exact) || isnanq(result)) return isnanq(exact) && isnanq(result) ? 0 : INFINITY;
    if (isinfq(exact) || isinfq(result)) return exact == result ? 0 : INFINITY;
    int exponent = exact == 0 ? -16382 : ilogbq(exact);
    return (double)(fabsq(result - exact) / ldexpq(1, (exponent < -16382 ? -16382 : exponent) - 112));
}

static int class_of_quad(_Float128 value) {
    if (isnanq(value)) return 0;
    return (isinfq(value) ? 1 : value == 0 ? 3 : 5) + !!signbitq(value);
}

static void given_quad(const char *name, _Float128 value) {
    if (!is_shown) return;
    char text[64];
    quadmath_snprintf(text, sizeof text, "%.28Qa", value);
    show_name(name);
    show_text(text);
}

// Both have errors, so that only what is far from the other is wrong: glibc's powf128 has up to 14 units. It raises
// underflow on the way to some results.
static void say_quad(double error, _Float128 result) {
    if (error > 20) say_int("beyond", 20);
    say_int("class", class_of_quad(result));
    if (finiteq(result)) exceptions &= ~FE_OVERFLOW;
    if (fabsq(result) >= 0x1p-16381Q) exceptions &= ~FE_UNDERFLOW;
    say_exceptions();
}

#define UNARY(name, least, most)                                                                                        \
    static void run_##name##f128(long number) {                                                                         \
        _Float128 x = draw_quad(least, most), result;                                                                   \
        given_quad("x", x);                                                                                             \
        CALL(result = name##f128(x));                                                                                   \
        if (isnanq(x)) exceptions = 0;                                                                                  \
        say_quad(isnanq(x) ? 0 : quad_error(result, name##q(x)), result);                                               \
        (void)number;                                                                                                   \
    }
#define BINARY(name, least, most)                                                                                       \
    static void run_##name##f128(long number) {                                                                         \
        _Float128 x = draw_quad(least, most), y = draw_quad(-100, 100), result;                                         \
        given_quad("x", x);                                                                                             \
        given_quad("y", y);                                                                                             \
        CALL(result = name##f128(x, y));                                                                                \
        int has_nan = isnanq(x) || isnanq(y);                                                                           \
        if (has_nan) exceptions = 0;                                                                                    \
        say_quad(has_nan ? 0 : quad_error(result, name##q(x, y)), result);                                              \
        (void)number;                                                                                                   \
    }

#define UNARIES(row)                                                                                                    \
    row(acos, -1, 1) row(acosh, 1, 100) row(asin, -1, 1) row(asinh, -100, 100) row(atan, -10, 10) row(atanh, -1, 1)     \
    row(cbrt, -100, 100) row(ceil, -100, 100) row(cos, -10, 10) row(cosh, -100, 100) row(erf, -6, 6) row(erfc, -6, 100) \
    row(exp, -11000, 11000) row(expm1, -60, 11000) row(fabs, -1, 1) row(floor, -100, 100) row(log, 0, 100)              \
    row(log10, 0, 100) row(log1p, -1, 100) row(log2, 0, 100) row(nearbyint, -100, 100) row(rint, -100, 100)             \
    row(round, -100, 100) row(sin, -10, 10) row(sinh, -100, 100) row(sqrt, 0, 100) row(tan, -10, 10) row(tanh, -30, 30) \
    row(trunc, -100, 100)
#define BINARIES(row)                                                                                                   \
    row(atan2, -10, 10) row(copysign, -10, 10) row(fdim, -100, 100) row(fmax, -100, 100) row(fmin, -100, 100)           \
    row(fmod, -1000, 1000) row(hypot, -100, 100) row(nextafter, -10, 10) row(pow, 0, 10) row(remainder, -1000, 1000)

UNARIES(UNARY)
BINARIES(BINARY)

#define LISTED(name, ...) FAMILY(name##f128)
int main(int argc, char **argv) {
    static const struct family families[] = {UNARIES(LISTED) BINARIES(LISTED)};
    return differ(argc, argv, families, COUNT(families));
}
