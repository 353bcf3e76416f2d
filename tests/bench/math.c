/*
 * math [NAME...]: what the functions of math.h and complex.h cost. Prints "name<TAB>nanoseconds per call" for each, or for
 * those named: the least of some rounds over the same arguments, which are spread over what the function is used for.
 */
#define _GNU_SOURCE
#include <complex.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ARGUMENTS 256
#define ROUNDS 7
/* How long a round takes at least. */
#define ROUND_NS 400000L

static double spread[ARGUMENTS];
static float x_f[ARGUMENTS], y_f[ARGUMENTS];
static double x_[ARGUMENTS], y_[ARGUMENTS];
static long double x_l[ARGUMENTS], y_l[ARGUMENTS];

static long now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void fill(double least, double most)
{
    for (int i = 0; i < ARGUMENTS; i++) {
        x_l[i] = x_[i] = x_f[i] = least + (most - least) * spread[i];
        y_l[i] = y_[i] = y_f[i] = least + (most - least) * spread[ARGUMENTS - 1 - i];
    }
}

static int is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name)) return 1;
    return argc < 2;
}

static double measure(void (*round)(long))
{
    long repeats = 1, least;
    for (;; repeats *= 2) {
        long start = now_ns();
        round(repeats);
        least = now_ns() - start;
        if (least >= ROUND_NS) break;
    }
    for (int i = 1; i < ROUNDS; i++) {
        long start = now_ns();
        round(repeats);
        long took = now_ns() - start;
        if (took < least) least = took;
    }
    return (double)least / repeats / ARGUMENTS;
}

#define REAL(name, least, most, single, twice, extended)                    \
    ROW(name##f, float, single, least, most)                                \
    ROW(name, double, twice, least, most)                                   \
    ROW(name##l, long double, extended, least, most)
#define ONE(name, least, most) REAL(name, least, most, name##f(x_f[i]), name(x_[i]), name##l(x_l[i]))
#define TWO(name, least, most) REAL(name, least, most, name##f(x_f[i], y_f[i]), name(x_[i], y_[i]), name##l(x_l[i], y_l[i]))
#define ORDER(name, least, most) REAL(name, least, most, name##f(i & 7, x_f[i]), name(i & 7, x_[i]), name##l(i & 7, x_l[i]))
#define COMPLEX(name, least, most)                                          \
    ROW(name##f, float complex, name##f(CMPLXF(x_f[i], y_f[i])), least, most) \
    ROW(name, double complex, name(CMPLX(x_[i], y_[i])), least, most)         \
    ROW(name##l, long double complex, name##l(CMPLXL(x_l[i], y_l[i])), least, most)

#define ROWS                                                                                                         \
    ONE(sin, -10, 10) ONE(cos, -10, 10) ONE(tan, -10, 10) ONE(asin, -1, 1) ONE(acos, -1, 1) ONE(atan, -10, 10)       \
    TWO(atan2, -10, 10) ONE(sinh, -20, 20) ONE(cosh, -20, 20) ONE(tanh, -5, 5) ONE(asinh, -100, 100)                 \
    ONE(acosh, 1, 100) ONE(atanh, -1, 1) ONE(exp, -30, 30) ONE(exp2, -30, 30) ONE(exp10, -30, 30)                    \
    ONE(expm1, -10, 10) ONE(log, 0, 100) ONE(log2, 0, 100) ONE(log10, 0, 100) ONE(log1p, -1, 100)                    \
    TWO(pow, 0, 20) ONE(sqrt, 0, 100) ONE(cbrt, -100, 100) TWO(hypot, -100, 100) ONE(erf, -4, 4) ONE(erfc, -4, 8)    \
    ONE(lgamma, -10, 50) ONE(tgamma, -10, 30) ONE(j0, -50, 50) ONE(j1, -50, 50) ONE(y0, 0, 50) ONE(y1, 0, 50)        \
    ORDER(jn, 0, 50) ORDER(yn, 0, 50)                                                                                \
    ONE(ceil, -100, 100) ONE(floor, -100, 100) ONE(trunc, -100, 100) ONE(round, -100, 100) ONE(roundeven, -100, 100) \
    ONE(rint, -100, 100) ONE(nearbyint, -100, 100) ONE(lrint, -100, 100) ONE(lround, -100, 100) ONE(logb, -100, 100) \
    ONE(ilogb, -100, 100) ONE(fabs, -100, 100) TWO(fmod, -100, 100) TWO(remainder, -100, 100) TWO(fdim, -100, 100)   \
    TWO(fmax, -100, 100) TWO(fmin, -100, 100) TWO(nextafter, -100, 100) TWO(copysign, -100, 100)                     \
    TWO(fmaximum, -100, 100) ONE(nextup, -100, 100)                                                                  \
    REAL(fma, -100, 100, fmaf(x_f[i], y_f[i], x_f[i]), fma(x_[i], y_[i], x_[i]), fmal(x_l[i], y_l[i], x_l[i]))       \
    REAL(ldexp, -100, 100, ldexpf(x_f[i], i), ldexp(x_[i], i), ldexpl(x_l[i], i))                                    \
    REAL(frexp, -100, 100, frexpf(x_f[i], &whole), frexp(x_[i], &whole), frexpl(x_l[i], &whole))                     \
    REAL(modf, -100, 100, modff(x_f[i], &part_f), modf(x_[i], &part), modfl(x_l[i], &part_l))                        \
    REAL(remquo, -100, 100, remquof(x_f[i], y_f[i], &whole), remquo(x_[i], y_[i], &whole), remquol(x_l[i], y_l[i], &whole)) \
    REAL(sincos, -10, 10, (sincosf(x_f[i], &part_f, &other_f), part_f), (sincos(x_[i], &part, &other), part),        \
         (sincosl(x_l[i], &part_l, &other_l), part_l))                                                               \
    COMPLEX(cabs, -10, 10) COMPLEX(carg, -10, 10) COMPLEX(cexp, -10, 10) COMPLEX(clog, -10, 10)                      \
    COMPLEX(clog10, -10, 10) COMPLEX(csqrt, -10, 10) COMPLEX(csin, -10, 10) COMPLEX(ccos, -10, 10)                   \
    COMPLEX(ctan, -10, 10) COMPLEX(csinh, -10, 10) COMPLEX(ccosh, -10, 10) COMPLEX(ctanh, -10, 10)                   \
    COMPLEX(casin, -10, 10) COMPLEX(cacos, -10, 10) COMPLEX(catan, -10, 10) COMPLEX(casinh, -10, 10)                 \
    COMPLEX(cacosh, -10, 10) COMPLEX(catanh, -10, 10)                                                                \
    ROW(cpowf, float complex, cpowf(CMPLXF(x_f[i], y_f[i]), CMPLXF(y_f[i], x_f[i])), -3, 3)                          \
    ROW(cpow, double complex, cpow(CMPLX(x_[i], y_[i]), CMPLX(y_[i], x_[i])), -3, 3)                                 \
    ROW(cpowl, long double complex, cpowl(CMPLXL(x_l[i], y_l[i]), CMPLXL(y_l[i], x_l[i])), -3, 3)

static int whole;
static float part_f, other_f;
static double part, other;
static long double part_l, other_l;

#define ROW(name, ty, call, least, most)                                    \
    static void repeat_##name(long repeats)                                  \
    {                                                                       \
        while (repeats--)                                                   \
            for (int i = 0; i < ARGUMENTS; i++) {                           \
                ty result = call;                                           \
                __asm__ volatile("" : : "m"(result));                       \
            }                                                               \
    }
ROWS
#undef ROW

int main(int argc, char **argv)
{
    uint64_t state = 1;
    for (int i = 0; i < ARGUMENTS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        spread[i] = (state >> 11) * 0x1p-53;
    }
#define ROW(name, ty, call, least, most)                                    \
    if (is_wanted(#name, argc, argv)) {                                     \
        fill(least, most);                                                  \
        printf("%s\t%.1f\n", #name, measure(repeat_##name));                 \
    }
    ROWS
    return 0;
}
