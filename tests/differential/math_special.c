// The gamma, error and Bessel functions of math.h, in ulps of libquadmath's results.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm

// Those of `double` are as quick as the host's where they are no worse than it: with the orders an error grows.
#define LESS_PROMISED {"erfc", 2}, {"lgamma", 2.5}, {"gamma", 2.5}, {"j0", 4}, {"j1", 4}, {"y0", 4}, {"y1", 4}, {"jn", 100}, {"yn", 100}
#include "math_inexact.h"

// lgammaq writes here, so that this is a shared object's own. signgam itself is math_exact's matter.
__asm__(".pushsection .bss; .globl signgam, __signgam; .hidden signgam, __signgam; signgam: __signgam: .zero 4; .popsection");

static __float128 scale_of_bessel(__float128 x) {
    x = fabsq(x);
    return x < 0.5Q ? 0 : 0.5Q / sqrtq(x > 1 ? x : 1);
}

#define ORDERED(name, exact, bound_f, bound_, bound_l, scale)                                                           \
    SUFFIXES(ONE_ORDERED, name, exact, bound_f, bound_, bound_l, scale)
#define ONE_ORDERED(suffix, ty, type, name, exact, bound_f, bound_, bound_l, scale)                                     \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        int n = one_in(8) ? between(-300, 300) : between(-12, 12);                                                      \
        ty x = one_in(2) ? rounded_to(type, 40 * unit()) : draw(type, 0, 100), result;                                  \
        given_int("n", n);                                                                                              \
        given_argument(type, "x", x);                                                                                   \
        CALL(result = JOIN(name, suffix)(n, x));                                                                        \
        __float128 reference = exact(n, x);                                                                             \
        double error = isnan(x) ? 0 : error_of(type, result, reference, isfinite(x) ? scale(x) : 0);                                     \
        MEASURED(#name #suffix, error, x, n);                                                                           \
        say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                                                               \
        /* Whether what is nearly nothing becomes zero depends on the last bit. */                                      \
        if (reference != 0 && fabsq(reference) < least_normal(type)) return;                                            \
        say_int("class", class_of(result));                                                                             \
        if (isfinite(result)) exceptions &= ~FE_OVERFLOW;                                                               \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#define UNARIES(row) \
    row(erf, erfq, 1.5, 1.5, 1.5, -6, 6, no_scale) \
    row(erfc, erfcq, 3.5, 3.5, 3.5, -6, 120, no_scale) \
    row(tgamma, tgammaq, 12, 12, 12, -180, 175, no_scale) \
    row(lgamma, lgammaq, 4.5, 5.5, 7, -40, 100, no_scale) \
    row(gamma, lgammaq, 4.5, 5, 6.5, -40, 100, no_scale) \
    row(j0, j0q, 6.5, 6, 6, -100, 100, scale_of_bessel) \
    row(j1, j1q, 6.5, 6, 7, -100, 100, scale_of_bessel) \
    row(y0, y0q, 6.5, 11, 13, 0, 100, scale_of_bessel) \
    row(y1, y1q, 7, 6, 7, 0, 100, scale_of_bessel)
#define ORDEREDS(row) \
    row(jn, jnq, 1000, 1000, 1000, scale_of_bessel) \
    row(yn, ynq, 1000, 1000, 1000, scale_of_bessel)

UNARIES(UNARY)
ORDEREDS(ORDERED)

#define LISTED(name, ...) FAMILY(name##f) FAMILY(name) FAMILY(name##l)
int main(int argc, char **argv) {
    static const struct family families[] = {UNARIES(LISTED) ORDEREDS(LISTED)};
    return differ(argc, argv, families, COUNT(families));
}
