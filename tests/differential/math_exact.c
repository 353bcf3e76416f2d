// The functions of math.h whose results are exact or rounded once, in all directions of rounding: bit for bit.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm
#include "math_cases.h"

#define ALL_EXCEPTIONS (EXCEPTIONS | FE_INEXACT)

static const int directions[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
static int shown_exceptions;

// Any value: a signalling NaN, a payload, halves, and those of the inexact functions.
static long double draw_any(enum type type) {
    switch (below(6)) {
    case 0: return random_bits(type);
    case 1: return rounded_to(type, between(-100, 100) * 0.25L);
    case 2: return rounded_to(type, any_long() + between(-2, 2) * 0.25L);
    default: return draw(type, -10, 10);
    }
}

// A number of the type, whose NaNs may be signalling: as an argument only in memory, since loading a long double quiets it.
#define DRAWN(ty, type, name)                                                                                           \
    ty name = draw_any(type);                                                                                           \
    if (one_in(40)) make_signaling(type, &name);                                                                        \
    given_value(type, #name, &name);

static void given_value(enum type type, const char *name, const void *value);

static void make_signaling(enum type type, void *value) {
    static const uint64_t singles[] = {0x7f800001, 0xffa00000, 0x7fc00123}, doubles[] = {0x7ff0000000000001, 0xfff4000000000000, 0x7ff8000000000321};
    uint64_t single = PICK(singles), twice = PICK(doubles), low = one_in(2) ? 0x8000000000000001 : 0xa000000000000000;
    uint16_t top = one_in(2) ? 0x7fff : 0xffff;
    if (type == SINGLE) __builtin_memcpy(value, &single, 4);
    else if (type == DOUBLE) __builtin_memcpy(value, &twice, 8);
    else __builtin_memcpy(value, &low, 8), __builtin_memcpy((char *)value + 8, &top, 2);
}

static int is_canonical(enum type type, const void *value) {
    if (type != LONG) return 1;
    uint64_t low;
    uint16_t top;
    __builtin_memcpy(&low, value, 8);
    __builtin_memcpy(&top, (const char *)value + 8, 2);
    return !(top & 0x7fff) == !(low >> 63);
}

static void given_value(enum type type, const char *name, const void *value) {
    uint64_t bits[2] = {0, 0};
    __builtin_memcpy(bits, value, type == SINGLE ? 4 : type == DOUBLE ? 8 : 10);
    if (!is_shown) return;
    show_name(name);
    if (type == LONG) {
        show_number(bits[1], 16);
        show_byte(':');
    }
    show_number(bits[0], 16);
    if (type == SINGLE && !isnan(*(const float *)value)) given_argument(type, "", *(const float *)value);
    if (type == DOUBLE && !isnan(*(const double *)value)) given_argument(type, "", *(const double *)value);
    if (type == LONG && is_canonical(type, value) && !isnan(*(const long double *)value)) given_argument(type, "", *(const long double *)value);
}

static void say_value(enum type type, const char *name, const void *value) {
    feed(value, type == SINGLE ? 4 : type == DOUBLE ? 8 : 10);
    given_value(type, name, value);
}

static int is_nearest_only;

// Which NaN comes of two, or of a signalling one, is the processor's choice; QEMU's is another.
#define IS_CHOSEN(x, y) ((__builtin_isnan(x) && __builtin_isnan(y)) || issignaling(x) || issignaling(y))

// Calls in a drawn direction of rounding, and says exceptions, the result and errno.
#define DIRECTED(assignment)                                                                                            \
    do {                                                                                                                \
        int direction = one_in(2) || is_nearest_only ? FE_TONEAREST : PICK(directions);                                                    \
        given_int("direction", direction);                                                                              \
        fesetround(direction);                                                                                          \
        errno = 0;                                                                                                      \
        feclearexcept(FE_ALL_EXCEPT);                                                                                   \
        assignment;                                                                                                     \
        shown_exceptions = fetestexcept(ALL_EXCEPTIONS);                                                                \
        error_number = errno;                                                                                           \
        fesetround(FE_TONEAREST);                                                                                       \
    } while (0)
#define SAY_ERRORS() (say_hex("exceptions", shown_exceptions), say_int("errno", error_number), (void)number)

#define UNARY(name) SUFFIXES(ONE_UNARY, name)
#define ONE_UNARY(suffix, ty, type, name)                                                                               \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        ty result;                                                                                                      \
        DIRECTED(result = JOIN(name, suffix)(x));                                                                       \
        say_value(type, "result", &result);                                                                             \
        SAY_ERRORS();                                                                                                   \
    }

#define TO_INTEGER(name) SUFFIXES(ONE_TO_INTEGER, name)
#define ONE_TO_INTEGER(suffix, ty, type, name)                                                                          \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        long result;                                                                                                    \
        DIRECTED(result = JOIN(name, suffix)(x));                                                                       \
        /* isnan says yes in many ways. */                                                                                   \
        say_int("result", #name[1] == 's' ? #name[2] == 'n' ? !!result : (result > 0) - (result < 0) : result);         \
        SAY_ERRORS();                                                                                                   \
    }

#define BINARY(name) SUFFIXES(ONE_BINARY, name)
#define ONE_BINARY(suffix, ty, type, name)                                                                              \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        DRAWN(ty, type, y)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        if (!is_canonical(type, &y)) y = 1;                                                                             \
        if (one_in(8)) y = x;                                                                                           \
        if (one_in(50)) y = -x;                                                                                         \
        if (one_in(50)) x = one_in(2) ? 0.0 : -0.0, y = one_in(2) ? 0.0 : -0.0;                                         \
        /* glibc's zeros of remainder have the sign of the direction, or of a very small divisor. */                    \
        is_nearest_only = #name[0] == 'r' || #name[0] == 'd';                                                           \
        ty result;                                                                                                      \
        DIRECTED(result = JOIN(name, suffix)(x, y));                                                                    \
        if (is_nearest_only && result == 0) result = 0;                                                                 \
        if (__builtin_isnan(result) && (#name[0] == 's' || IS_CHOSEN(x, y))) result = NAN;                              \
        say_value(type, "result", &result);                                                                             \
        is_nearest_only = 0;                                                                                            \
        SAY_ERRORS();                                                                                                   \
    }

#define SCALE(name, count) SUFFIXES(ONE_SCALE, name, count)
#define ONE_SCALE(suffix, ty, type, name, count)                                                                        \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        count n = one_in(4) ? any_long() : one_in(2) ? between(-20, 20) : between(-33000, 33000);                       \
        if (type != LONG && one_in(2)) n %= type == DOUBLE ? 2200 : 300;                                                \
        given_int("n", n);                                                                                              \
        ty result;                                                                                                      \
        DIRECTED(result = JOIN(name, suffix)(x, n));                                                                    \
        say_value(type, "result", &result);                                                                             \
        SAY_ERRORS();                                                                                                   \
    }

#define FUSED(name) SUFFIXES(ONE_FUSED, name)
#define ONE_FUSED(suffix, ty, type, name)                                                                               \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        DRAWN(ty, type, y)                                                                                              \
        DRAWN(ty, type, z)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        if (!is_canonical(type, &y)) y = 1;                                                                             \
        if (!is_canonical(type, &z)) z = 1;                                                                             \
        /* Sums that cancel, lie half way, or are far apart. */                                                         \
        if (one_in(3)) z = -x * y;                                                                                      \
        if (one_in(3)) z = rounded_to(type, ldexpl(x * y, between(-70, 70)));                                           \
        ty result;                                                                                                      \
        DIRECTED(result = JOIN(name, suffix)(x, y, z));                                                                 \
        if (__builtin_isnan(result) && (IS_CHOSEN(x, y) || IS_CHOSEN(y, z) || IS_CHOSEN(x, z))) result = NAN;           \
        say_value(type, "result", &result);                                                                             \
        SAY_ERRORS();                                                                                                   \
    }

// A result and another one through a pointer.
#define ONE_MODF(suffix, ty, type, name)                                                                                \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        ty result, second = 7;                                                                                          \
        DIRECTED(result = JOIN(name, suffix)(x, &second));                                                              \
        say_value(type, "result", &result);                                                                             \
        say_value(type, "second", &second);                                                                             \
        SAY_ERRORS();                                                                                                   \
    }
#define ONE_FREXP(suffix, ty, type, name)                                                                               \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        ty result;                                                                                                      \
        int second = 7;                                                                                                 \
        DIRECTED(result = JOIN(name, suffix)(x, &second));                                                              \
        say_value(type, "result", &result);                                                                             \
        if (isfinite(x)) say_int("second", second);                                                                     \
        SAY_ERRORS();                                                                                                   \
    }
#define ONE_REMQUO(suffix, ty, type, name)                                                                              \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        DRAWN(ty, type, y)                                                                                              \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        if (!is_canonical(type, &y)) y = 1;                                                                             \
        ty result;                                                                                                      \
        int second = 7;                                                                                                 \
        DIRECTED(result = JOIN(name, suffix)(x, y, &second));                                                           \
        if (__builtin_isnan(result) && IS_CHOSEN(x, y)) result = NAN;                                                   \
        say_value(type, "result", &result);                                                                             \
        if (!isnan(result)) say_int("second", second);                                                                  \
        SAY_ERRORS();                                                                                                   \
    }
#define ONE_TOWARD(suffix, ty, type, name)                                                                              \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        DRAWN(ty, type, x)                                                                                              \
        DRAWN(long double, LONG, y)                                                                                     \
        if (!is_canonical(type, &x)) x = 1;                                                                             \
        if (!is_canonical(LONG, &y)) y = 1;                                                                             \
        if (one_in(3)) y = x;                                                                                           \
        ty result;                                                                                                      \
        DIRECTED(result = JOIN(name, suffix)(x, y));                                                                    \
        if (__builtin_isnan(result)) result = NAN;                                                                      \
        say_value(type, "result", &result);                                                                             \
        SAY_ERRORS();                                                                                                   \
    }

#define ROUNDINGS(row) row(ceil) row(floor) row(trunc) row(round) row(roundeven) row(rint) row(nearbyint)
#define OTHERS(row) row(fabs) row(sqrt) row(logb) row(significand) row(nextup) row(nextdown)
#define INTEGERS(row) row(lrint) row(llrint) row(lround) row(llround) row(ilogb) row(llogb) row(isnan) row(isinf) row(finite)
#define BINARIES(row)                                                                                                   \
    row(fmod) row(remainder) row(drem) row(fdim) row(fmax) row(fmin) row(copysign) row(nextafter) row(scalb)             \
    row(fmaxmag) row(fminmag) row(fmaximum) row(fminimum) row(fmaximum_num) row(fminimum_num) row(fmaximum_mag)         \
    row(fminimum_mag) row(fmaximum_mag_num) row(fminimum_mag_num)
#define SCALES(row) row(ldexp, int) row(scalbn, int) row(scalbln, long)

// glibc's headers have macros of these names.
#undef isnan
#undef isinf
int isnan(double), isinf(double);

ROUNDINGS(UNARY)
OTHERS(UNARY)
INTEGERS(TO_INTEGER)
BINARIES(BINARY)
SCALES(SCALE)
FUSED(fma)
SUFFIXES(ONE_MODF, modf)
SUFFIXES(ONE_FREXP, frexp)
SUFFIXES(ONE_REMQUO, remquo)
SUFFIXES(ONE_TOWARD, nexttoward)

#define LISTED(name, ...) FAMILY(name##f) FAMILY(name) FAMILY(name##l)
int main(int argc, char **argv) {
    static const struct family families[] = {
        ROUNDINGS(LISTED) OTHERS(LISTED) INTEGERS(LISTED) BINARIES(LISTED) SCALES(LISTED) LISTED(fma) LISTED(modf)
        LISTED(frexp) LISTED(remquo) LISTED(nexttoward)
    };
    return differ(argc, argv, families, COUNT(families));
}
