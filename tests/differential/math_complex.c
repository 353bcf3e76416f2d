// The functions of complex.h, in ulps of libquadmath's results.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm
#include "math_cases.h"

// Made of its parts: a product with I would turn infinities into NaNs.
#define MAKE_f(x, y) CMPLXF(x, y)
#define MAKE_(x, y) CMPLX(x, y)
#define MAKE_l(x, y) CMPLXL(x, y)

static __complex128 made(long double re, long double im) {
    __complex128 z;
    __real__ z = re;
    __imag__ z = im;
    return z;
}

// A part's class, in which a number that is rounded to zero or up from it is its sign alone, and so is not that of a NaN.
static int class_of_part(enum type type, long double part) {
    int class = class_of(part);
    if (class < 3) return 1;
    return fabsl(part) < ldexpl(1.001L, FORMATS[type].least) ? signbit(part) ? 5 : 6 : class;
}

static void say_parts(enum type type, long double re, long double im) {
    say_int("re", class_of_part(type, re));
    say_int("im", class_of_part(type, im));
}

static int is_small(enum type type, __float128 part) { return part != 0 && fabsq(part) < ldexpq(0.999Q, FORMATS[type].least); }

#define UNARY(name, bound_f, bound_, bound_l, kept) SUFFIXES(ONE_UNARY, name, bound_f, bound_, bound_l, kept)
#define ONE_UNARY(suffix, ty, type, name, bound_f, bound_, bound_l, kept)                                                     \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty re = draw(type, -4, 4), im = draw(type, -4, 4);                                                              \
        given_argument(type, "re", re);                                                                                 \
        given_argument(type, "im", im);                                                                                 \
        ty complex z = MAKE_##suffix(re, im), result;                                                                   \
        CALL(result = JOIN(name, suffix)(z));                                                                           \
        ty real = JOIN(creal, suffix)(result), imaginary = JOIN(cimag, suffix)(result);                                 \
        if (isfinite(re) && isfinite(im)) {                                                                             \
            __complex128 reference = name##q(made(re, im));                                                             \
            double error = error_of(type, real, crealq(reference), 0);                                                  \
            double other = error_of(type, imaginary, cimagq(reference), 0);                                             \
            if (other > error) error = other;                                                                           \
            MEASURED(#name #suffix, error, re, im);                                                                     \
            say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                       \
            /* A zero times something small may underflow on the way. */                                                \
            if (!is_small(type, crealq(reference)) && !is_small(type, cimagq(reference))) exceptions &= ~FE_UNDERFLOW;  \
        }                                                                                                               \
        exceptions &= kept;                                                                                             \
        say_parts(type, real, imaginary);                                                                                     \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#define TO_REAL(name, exact, bound_f, bound_, bound_l) SUFFIXES(ONE_TO_REAL, name, exact, bound_f, bound_, bound_l)
#define ONE_TO_REAL(suffix, ty, type, name, exact, bound_f, bound_, bound_l)                                            \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty re = draw(type, -4, 4), im = draw(type, -4, 4), result;                                                      \
        given_argument(type, "re", re);                                                                                 \
        given_argument(type, "im", im);                                                                                 \
        CALL(result = JOIN(name, suffix)(MAKE_##suffix(re, im)));                                                       \
        double error = isnan(re) || isnan(im) ? 0 : error_of(type, result, exact(made(re, im)), 0);                                                  \
        MEASURED(#name #suffix, error, re, im);                                                                         \
        say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                           \
        /* Which of two NaNs wins is the processor's choice, and QEMU's another one. */                                 \
        say_int("class", isnan(re) && isnan(im) ? isnan(result) : class_of(result));                                    \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#define EXACT(name, ...) SUFFIXES(ONE_EXACT, name)
#define ONE_EXACT(suffix, ty, type, name)                                                                               \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty re = draw(type, -4, 4), im = draw(type, -4, 4);                                                              \
        given_argument(type, "re", re);                                                                                 \
        given_argument(type, "im", im);                                                                                 \
        ty complex result;                                                                                              \
        CALL(result = JOIN(name, suffix)(MAKE_##suffix(re, im)));                                                       \
        say_long_double("real", creall(result));                                                                        \
        say_long_double("imaginary", cimagl(result));                                                                   \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }

#define POWER(name, bound_f, bound_, bound_l, ...) SUFFIXES(ONE_POWER, name, bound_f, bound_, bound_l)
#define ONE_POWER(suffix, ty, type, name, bound_f, bound_, bound_l)                                                     \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty a = rounded_to(type, 4 * both_signs()), b = rounded_to(type, 4 * both_signs());                              \
        ty c = rounded_to(type, 4 * both_signs()), d = one_in(2) ? 0 : rounded_to(type, 4 * both_signs());              \
        given_argument(type, "a", a);                                                                                   \
        given_argument(type, "b", b);                                                                                   \
        given_argument(type, "c", c);                                                                                   \
        given_argument(type, "d", d);                                                                                   \
        ty complex result = JOIN(name, suffix)(MAKE_##suffix(a, b), MAKE_##suffix(c, d));                               \
        __complex128 reference = cpowq(made(a, b), made(c, d));                                                         \
        __float128 size = cabsq(reference);                                                                             \
        double error = error_of(type, creall(result), crealq(reference), size);                                         \
        double other = error_of(type, cimagl(result), cimagq(reference), size);                                         \
        if (other > error) error = other;                                                                               \
        MEASURED(#name #suffix, error, a, b);                                                                           \
        say_error(#name #suffix, error, ((const double[]){bound_f, bound_, bound_l})[type]);                                           \
        (void)number;                                                                                                   \
    }

#define UNARIES(row)                                                                                                    \
    row(cexp, 2.5, 2.5, 3.5, EXCEPTIONS)                                                                                                  \
    row(clog, 4, 4, 4, EXCEPTIONS)                                                                                                  \
    row(clog10, 4.5, 4.5, 6, ~FE_UNDERFLOW)                                                                                                \
    row(csqrt, 3, 3, 3, EXCEPTIONS)                                                                                                 \
    row(csin, 4, 4, 5, EXCEPTIONS)                                                                                                  \
    row(ccos, 4, 3.5, 4.5, EXCEPTIONS)                                                                                                  \
    row(ctan, 8, 7.5, 7.5, EXCEPTIONS)                                                                                                  \
    row(csinh, 3.5, 3.5, 4.5, EXCEPTIONS)                                                                                                 \
    row(ccosh, 4, 3.5, 4.5, EXCEPTIONS)                                                                                                 \
    row(ctanh, 8, 8, 9, EXCEPTIONS)                                                                                                 \
    row(casin, 5, 5, 4.5, EXCEPTIONS)                                                                                                 \
    row(cacos, 5, 5, 4.5, EXCEPTIONS)                                                                                                 \
    row(catan, 6.5, 5.5, 6.5, EXCEPTIONS)                                                                                                 \
    row(casinh, 5, 6, 5.5, EXCEPTIONS)                                                                                                \
    row(cacosh, 6.5, 4.5, 5, EXCEPTIONS)                                                                                                \
    row(catanh, 5.5, 5.5, 6.5, EXCEPTIONS)
#define REALS(row)                                                                                                      \
    row(cabs, cabsq, 1, 1, 1)                                                                                           \
    row(carg, cargq, 2, 1, 1)                                                                                           \
    row(creal, crealq, 0, 0, 0)                                                                                         \
    row(cimag, cimagq, 0, 0, 0)
#define EXACTS(row) row(conj) row(cproj)
#define POWERS(row) row(cpow, 31.5, 37, 36)

#define clog10q(z) (clogq(z) * 0.43429448190325182765112891891660508Q)

UNARIES(UNARY)
REALS(TO_REAL)
EXACTS(EXACT)
POWERS(POWER)

#define LISTED(name, ...) FAMILY(name##f) FAMILY(name) FAMILY(name##l)
int main(int argc, char **argv) {
    static const struct family families[] = {UNARIES(LISTED) REALS(LISTED) EXACTS(LISTED) POWERS(LISTED)};
    return differ(argc, argv, families, COUNT(families));
}
