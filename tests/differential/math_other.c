// What else math.h and fenv.h have: classes and payloads of NaNs, conversions, operations that round to a narrower format,
// second results, names of old, and the floating-point environment.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm
#include "math_cases.h"

// Any bits: as an argument only by its address, since a copy may make a signalling NaN quiet.
static void draw_bits(enum type type, void *value) {
    uint64_t low = any(), top = any();
    int is_number = one_in(3), is_nan = one_in(3);
    long double drawn = draw(type, -10, 10);
    float single = drawn;
    double twice = drawn;
    if (type == SINGLE) {
        uint32_t bits = is_nan ? low | 0x7f800000 : low;
        if (is_number) __builtin_memcpy(&bits, &single, 4);
        __builtin_memcpy(value, &bits, 4);
    } else if (type == DOUBLE) {
        if (is_nan) low |= 0x7ff0000000000000;
        if (is_number) __builtin_memcpy(&low, &twice, 8);
        __builtin_memcpy(value, &low, 8);
    } else {
        if (is_nan) top |= 0x7fff;
        low = top & 0x7fff ? low | 1ull << 63 : low & ~(1ull << 63);
        __builtin_memcpy(value, &low, 8);
        __builtin_memcpy((char *)value + 8, &top, 2);
        if (is_number) __builtin_memcpy(value, &drawn, 10);
    }
}

static size_t size_of(enum type type) { return type == SINGLE ? 4 : type == DOUBLE ? 8 : 10; }

#define GIVE(type, value) given_bytes(#value, &value, size_of(type))
#define SAY(type, value) say_bytes(#value, &value, size_of(type))
#define SAY_CALL(expression) (CALL(result = (expression)), say_int(#expression, result), say_hex("exceptions", exceptions), say_int("errno", error_number))

int __issignalingf(float), __issignaling(double), __issignalingl(long double);
int __finitef(float), __finite(double), __finitel(long double);
int __isnanf(float), __isnan(double), __isnanl(long double);
int __isinff(float), __isinf(double), __isinfl(long double);
int __fpclassifyf(float), __fpclassify(double), __fpclassifyl(long double);
int __signbitf(float), __signbit(double), __signbitl(long double);
int __iseqsigf(float, float), __iseqsig(double, double), __iseqsigl(long double, long double);

#define CLASSES(suffix, ty, type, ...)                                                                                  \
    static void JOIN(run_classes, suffix)(long number) {                                                                \
        ty x;                                                                                                           \
        int result;                                                                                                     \
        draw_bits(type, &x);                                                                                            \
        GIVE(type, x);                                                                                                  \
        SAY_CALL(JOIN(__issignaling, suffix)(x));                                                                       \
        SAY_CALL(JOIN(__finite, suffix)(x));                                                                            \
        SAY_CALL(!!JOIN(__isnan, suffix)(x));                                                                           \
        SAY_CALL(JOIN(__isinf, suffix)(x));                                                                             \
        SAY_CALL(JOIN(__fpclassify, suffix)(x));                                                                        \
        SAY_CALL(!!JOIN(__signbit, suffix)(x));                                                                         \
        (void)number;                                                                                                   \
    }
SUFFIXES(CLASSES, )

#define PAYLOADS(suffix, ty, type, ...)                                                                                 \
    static void JOIN(run_payloads, suffix)(long number) {                                                               \
        ty x, y, value = 0, payload;                                                                                    \
        int result;                                                                                                     \
        draw_bits(type, &x);                                                                                            \
        draw_bits(type, &y);                                                                                            \
        if (one_in(8)) y = x;                                                                                           \
        GIVE(type, x);                                                                                                  \
        GIVE(type, y);                                                                                                  \
        SAY_CALL(JOIN(totalorder, suffix)(&x, &y));                                                                     \
        SAY_CALL(JOIN(totalordermag, suffix)(&x, &y));                                                                  \
        CALL(value = JOIN(getpayload, suffix)(&x));                                                                     \
        SAY(type, value);                                                                                               \
        SAY_CALL(JOIN(canonicalize, suffix)(&value, &x));                                                               \
        SAY(type, value);                                                                                               \
        SAY_CALL(!!JOIN(__iseqsig, suffix)(x, y));                                                                      \
        payload = one_in(2) ? rounded_to(type, below(1ul << 62 >> below(62))) : draw(type, 0, 100);                     \
        GIVE(type, payload);                                                                                            \
        SAY_CALL(JOIN(setpayload, suffix)(&value, payload));                                                            \
        SAY(type, value);                                                                                               \
        SAY_CALL(JOIN(setpayloadsig, suffix)(&value, payload));                                                         \
        SAY(type, value);                                                                                               \
        (void)number;                                                                                                   \
    }
SUFFIXES(PAYLOADS, )

#define TAGS(suffix, ty, type, ...)                                                                                     \
    static void JOIN(run_nan, suffix)(long number) {                                                                    \
        char tag[24];                                                                                                   \
        static const char *const prefixes[] = {"", "0x", "0", "0X", "1"};                                               \
        fill(tag, below(19), one_in(8) ? "0123456789abcdefg_)" : one_in(2) ? "0123456789abcdef" : "01234567");          \
        char text[32] = {0};                                                                                            \
        const char *prefix = PICK(prefixes);                                                                            \
        __builtin_strcpy(text, prefix);                                                                                 \
        __builtin_strcpy(text + __builtin_strlen(prefix), tag);                                                         \
        given_text("tag", text);                                                                                        \
        ty value = JOIN(nan, suffix)(text);                                                                             \
        SAY(type, value);                                                                                               \
        (void)number;                                                                                                   \
    }
SUFFIXES(TAGS, )

int __iscanonicall(long double);
static void run_iscanonicall(long number) {
    long double x;
    uint64_t low = any() & (one_in(3) ? 0x8000000000000000 : -1);
    uint16_t top = one_in(3) ? 0 : any();
    __builtin_memcpy(&x, &low, 8);
    __builtin_memcpy((char *)&x + 8, &top, 2);
    GIVE(LONG, x);
    say_int("canonical", __iscanonicall(x));
    long double value = 0;
    say_int("result", canonicalizel(&value, &x));
    (void)number;
}

#define ONE_CONVERSION(name, suffix, ty, type)                                                                          \
    static void JOIN(run_##name, suffix)(long number) {                                                                 \
        ty x = one_in(2) ? rounded_to(type, ldexpl(both_signs(), between(0, 66))) : draw(type, -20, 20);                \
        int direction = between(0, 4);                                                                                  \
        unsigned width = one_in(8) ? between(0, 70) : between(1, 64);                                                   \
        long result;                                                                                                    \
        GIVE(type, x);                                                                                                  \
        given_int("direction", direction);                                                                              \
        given_int("width", width);                                                                                      \
        errno = 0;                                                                                                      \
        feclearexcept(FE_ALL_EXCEPT);                                                                                   \
        result = JOIN(name, suffix)(x, direction, width);                                                               \
        int raised = fetestexcept(EXCEPTIONS | FE_INEXACT);                                                             \
        if (!(raised & FE_INVALID)) say_int("result", result);                                                          \
        say_int("errno", errno);                                                                                        \
        say_hex("exceptions", raised);                                                                                  \
        (void)number;                                                                                                   \
    }
#define CONVERSIONS(suffix, ty, type, ...)                                                                              \
    ONE_CONVERSION(fromfp, suffix, ty, type) ONE_CONVERSION(fromfpx, suffix, ty, type)                                  \
    ONE_CONVERSION(ufromfp, suffix, ty, type) ONE_CONVERSION(ufromfpx, suffix, ty, type)
SUFFIXES(CONVERSIONS, )

static const int directions[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

// Arguments of the wider format, whose result may lie half way between two of the narrower one.
#define NARROWED(name, ty, type, result_ty, result_type, call)                                                          \
    static void run_##name(long number) {                                                                               \
        int is_wide = one_in(4);                                                                                        \
        ty x = is_wide ? draw(type, -10, 10) : rounded_to(type, draw(result_type, -10, 10));                            \
        ty y = is_wide ? draw(type, -10, 10) : rounded_to(type, draw(result_type, -10, 10));                            \
        ty z = one_in(2) ? rounded_to(type, -x * y + ldexpl(both_signs(), -60)) : draw(type, -10, 10);                  \
        int direction = PICK(directions);                                                                               \
        result_ty result;                                                                                               \
        GIVE(type, x);                                                                                                  \
        GIVE(type, y);                                                                                                  \
        GIVE(type, z);                                                                                                  \
        given_int("direction", direction);                                                                              \
        fesetround(direction);                                                                                          \
        CALL(result = call);                                                                                            \
        fesetround(FE_TONEAREST);                                                                                       \
        if (isnan(result)) result = NAN;                                                                                \
        SAY(result_type, result);                                                                                       \
        say_exceptions();                                                                                               \
        (void)number, (void)z;                                                                                          \
    }
#define NARROWINGS(row)                                                                                                 \
    row(fadd, double, DOUBLE, float, SINGLE, fadd(x, y)) row(fsub, double, DOUBLE, float, SINGLE, fsub(x, y))           \
    row(fmul, double, DOUBLE, float, SINGLE, fmul(x, y)) row(fdiv, double, DOUBLE, float, SINGLE, fdiv(x, y))           \
    row(fsqrt, double, DOUBLE, float, SINGLE, fsqrt(x)) row(ffma, double, DOUBLE, float, SINGLE, ffma(x, y, z))         \
    row(faddl, long double, LONG, float, SINGLE, faddl(x, y)) row(fsubl, long double, LONG, float, SINGLE, fsubl(x, y)) \
    row(fmull, long double, LONG, float, SINGLE, fmull(x, y)) row(fdivl, long double, LONG, float, SINGLE, fdivl(x, y)) \
    row(fsqrtl, long double, LONG, float, SINGLE, fsqrtl(x))                                                            \
    row(ffmal, long double, LONG, float, SINGLE, ffmal(x, y, z))                                                        \
    row(daddl, long double, LONG, double, DOUBLE, daddl(x, y)) row(dsubl, long double, LONG, double, DOUBLE, dsubl(x, y)) \
    row(dmull, long double, LONG, double, DOUBLE, dmull(x, y)) row(ddivl, long double, LONG, double, DOUBLE, ddivl(x, y)) \
    row(dsqrtl, long double, LONG, double, DOUBLE, dsqrtl(x))                                                           \
    row(dfmal, long double, LONG, double, DOUBLE, dfmal(x, y, z))
NARROWINGS(NARROWED)

#define SINCOS(suffix, ty, type, ...)                                                                                   \
    static void JOIN(run_sincos, suffix)(long number) {                                                                 \
        ty x = draw(type, -10, 10), sine, cosine;                                                                       \
        GIVE(type, x);                                                                                                  \
        CALL(JOIN(sincos, suffix)(x, &sine, &cosine));                                                                  \
        say_error("sincos" #suffix, error_of(type, sine, sinq(x), 0), 1.3);                                                               \
        say_error("sincos" #suffix, error_of(type, cosine, cosq(x), 0), 1.3);                                                             \
        say_int("sine", class_of(sine));                                                                                \
        say_int("cosine", class_of(cosine));                                                                            \
        say_exceptions();                                                                                               \
        (void)number;                                                                                                   \
    }
SUFFIXES(SINCOS, )

#define SIGNS(suffix, ty, type, ...)                                                                                    \
    static void JOIN(run_signs, suffix)(long number) {                                                                  \
        ty x = draw(type, -20, 5), value;                                                                               \
        int sign = 7;                                                                                                   \
        GIVE(type, x);                                                                                                  \
        signgam = 7;                                                                                                    \
        CALL(value = JOIN(JOIN(lgamma, suffix), _r)(x, &sign));                                                         \
        say_int("class", class_of(value));                                                                              \
        if (exceptions & FE_DIVBYZERO) exceptions &= ~FE_OVERFLOW;                                                      \
        say_exceptions();                                                                                               \
        int is_whole = x <= 0 && floorl(x) == x;                                                                        \
        if (!isnan(x) && !is_whole) say_int("sign", sign);                                                              \
        CALL(value = JOIN(lgamma, suffix)(x));                                                                          \
        if (!isnan(x) && !is_whole) say_int("signgam", signgam);                                                        \
        (void)number;                                                                                                   \
    }
SUFFIXES(SIGNS, )

// The functions that -ffast-math called once, on what it promised: arguments they are defined for, without errno.
#define UNARY_OLD(row)                                                                                                  \
    row(acos, -1, 1) row(acosh, 1, 100) row(asin, -1, 1) row(atanh, -1, 1) row(cosh, -80, 80) row(exp, -80, 80)         \
    row(exp2, -100, 100) row(exp10, -30, 30) row(j0, -30, 30) row(j1, -30, 30) row(y0, 0, 30) row(y1, 0, 30)            \
    row(log, 0, 100) row(log10, 0, 100) row(log2, 0, 100) row(sinh, -80, 80) row(sqrt, 0, 100)
#define BINARY_OLD(row) row(atan2) row(fmod) row(hypot) row(pow) row(remainder)

#define ONE_OLD(suffix, ty, type, name, least, most)                                                                    \
    ty JOIN(old_##name, suffix)(ty);                                                                                    \
    __asm__(".symver old_" #name #suffix ", __" #name #suffix "_finite@GLIBC_2.15");                                    \
    static void JOIN(run_old_##name, suffix)(long number) {                                                             \
        ty x = rounded_to(type, least + (most - least) * (0.5L + both_signs() / 2));                                    \
        GIVE(type, x);                                                                                                  \
        say_int("same", JOIN(old_##name, suffix)(x) == JOIN(name, suffix)(x));                                          \
        (void)number;                                                                                                   \
    }
#define ONE_OLD_BINARY(suffix, ty, type, name)                                                                          \
    ty JOIN(old_##name, suffix)(ty, ty);                                                                                \
    __asm__(".symver old_" #name #suffix ", __" #name #suffix "_finite@GLIBC_2.15");                                    \
    static void JOIN(run_old_##name, suffix)(long number) {                                                             \
        ty x = rounded_to(type, 1 + 9 * unit()), y = rounded_to(type, 1 + 9 * unit());                                  \
        GIVE(type, x);                                                                                                  \
        GIVE(type, y);                                                                                                  \
        say_int("same", JOIN(old_##name, suffix)(x, y) == JOIN(name, suffix)(x, y));                                    \
        (void)number;                                                                                                   \
    }
#define OLD_UNARY(name, least, most) SUFFIXES(ONE_OLD, name, least, most)
#define OLD_BINARY(name) SUFFIXES(ONE_OLD_BINARY, name)
UNARY_OLD(OLD_UNARY)
BINARY_OLD(OLD_BINARY)

// The others, whose first argument or second result is a number.
#define ONE_OLD_OTHER(suffix, ty, type, ...)                                                                            \
    ty JOIN(old_jn, suffix)(int, ty), JOIN(old_yn, suffix)(int, ty), JOIN(old_scalb, suffix)(ty, ty);                   \
    ty JOIN(JOIN(old_lgamma, suffix), _r)(ty, int *), JOIN(JOIN(old_gamma, suffix), _r)(ty, int *);                     \
    __asm__(".symver old_jn" #suffix ", __jn" #suffix "_finite@GLIBC_2.15");                                            \
    __asm__(".symver old_yn" #suffix ", __yn" #suffix "_finite@GLIBC_2.15");                                            \
    __asm__(".symver old_scalb" #suffix ", __scalb" #suffix "_finite@GLIBC_2.15");                                      \
    __asm__(".symver old_gamma" #suffix "_r, __gamma" #suffix "_r_finite@GLIBC_2.15");                                  \
    __asm__(".symver old_lgamma" #suffix "_r, __lgamma" #suffix "_r_finite@GLIBC_2.15");                                \
    static void JOIN(run_old_others, suffix)(long number) {                                                             \
        ty x = rounded_to(type, 1 + 9 * unit()), y = between(-20, 20);                                                  \
        int n = between(-5, 5), sign, old_sign;                                                                         \
        GIVE(type, x);                                                                                                  \
        given_int("n", n);                                                                                              \
        say_int("jn", JOIN(old_jn, suffix)(n, x) == JOIN(jn, suffix)(n, x));                                            \
        say_int("yn", JOIN(old_yn, suffix)(n, x) == JOIN(yn, suffix)(n, x));                                            \
        say_int("scalb", JOIN(old_scalb, suffix)(x, y) == JOIN(scalb, suffix)(x, y));                                   \
        say_int("lgamma_r", JOIN(JOIN(old_lgamma, suffix), _r)(x, &old_sign) == JOIN(JOIN(lgamma, suffix), _r)(x, &sign)); \
        say_int("sign", sign == old_sign);                                                                              \
        say_int("gamma_r", JOIN(JOIN(old_gamma, suffix), _r)(x, &old_sign) == JOIN(tgamma, suffix)(x));                 \
        ty complex JOIN(__clog10, suffix)(ty complex);                                                                  \
        say_int("clog10", JOIN(creal, suffix)(JOIN(__clog10, suffix)(x)) == JOIN(creal, suffix)(JOIN(clog10, suffix)(x))); \
        (void)number;                                                                                                   \
    }
SUFFIXES(ONE_OLD_OTHER, )

#define ONE_POW10(suffix, ty, type, ...)                                                                                \
    ty JOIN(old_pow10, suffix)(ty);                                                                                     \
    __asm__(".symver old_pow10" #suffix ", pow10" #suffix "@GLIBC_2.2.5");                                              \
    static void JOIN(run_pow10, suffix)(long number) {                                                                  \
        ty x = rounded_to(type, 30 * both_signs());                                                                     \
        GIVE(type, x);                                                                                                  \
        say_int("same", JOIN(old_pow10, suffix)(x) == JOIN(exp10, suffix)(x));                                          \
        (void)number;                                                                                                   \
    }
SUFFIXES(ONE_POW10, )

static volatile double zero, one = 1, three = 3;

// Sequences of changes of the environment, and what is left of them.
static void run_environment(long number) {
    static fenv_t kept[2];
    static femode_t modes[2];
    static fexcept_t flags[2];
    fesetenv(FE_DFL_ENV);
    fegetenv(&kept[0]), fegetenv(&kept[1]);
    fegetmode(&modes[0]), fegetmode(&modes[1]);
    fegetexceptflag(&flags[0], FE_ALL_EXCEPT), fegetexceptflag(&flags[1], 0);
    for (int step = 0; step < 12; step++) {
        int which = below(2), some = any() & FE_ALL_EXCEPT, direction = PICK(directions);
        given_int("which", which);
        given_hex("some", some);
        switch (below(18)) {
        case 0: say_int("feclearexcept", feclearexcept(some)); break;
        case 1: say_int("feraiseexcept", feraiseexcept(some)); break;
        case 2: say_int("fesetexcept", fesetexcept(some)); break;
        case 3: say_int("fegetexceptflag", fegetexceptflag(&flags[which], some)); break;
        case 4: say_int("fesetexceptflag", fesetexceptflag(&flags[which], some)); break;
        case 5: say_int("fetestexceptflag", fetestexceptflag(&flags[which], some)); break;
        case 6: say_int("fesetround", fesetround(one_in(8) ? 5 : direction)); break;
        case 7: say_int("fegetenv", fegetenv(&kept[which])); break;
        case 8: say_int("fesetenv", fesetenv(one_in(4) ? FE_DFL_ENV : &kept[which])); break;
        case 9: say_int("feholdexcept", feholdexcept(&kept[which])); break;
        case 10: say_int("feupdateenv", feupdateenv(one_in(4) ? FE_DFL_ENV : &kept[which])); break;
        case 11: say_int("fegetmode", fegetmode(&modes[which])); break;
        case 12: say_int("fesetmode", fesetmode(one_in(4) ? FE_DFL_MODE : &modes[which])); break;
        case 13: say_double("quotient", one / three); break;
        case 14: say_double("infinity", one / zero); break;
        case 15: say_long_double("long", (long double)one / three); break;
        case 16: say_double("nothing", sqrt(-one) == 0); break;
        default: say_long_double("rounded", rintl(one / 2)); break;
        }
        say_int("round", fegetround());
        say_hex("raised", fetestexcept(FE_ALL_EXCEPT));
        say_hex("enabled", fegetexcept());
    }
    // What traps is only enabled, never raised.
    feclearexcept(FE_ALL_EXCEPT);
    int some = any() & FE_ALL_EXCEPT & ~FE_INEXACT, others = any() & FE_ALL_EXCEPT;
    given_hex("some", some);
    say_hex("feenableexcept", feenableexcept(some));
    say_hex("enabled", fegetexcept());
    say_hex("fedisableexcept", fedisableexcept(others));
    say_hex("enabled", fegetexcept());
    fesetenv(FE_DFL_ENV);
    say_hex("enabled", fegetexcept());
    (void)number;
}

#define LISTED(name) FAMILY(name##f) FAMILY(name) FAMILY(name##l)
#define LISTED_OLD(name, ...) LISTED(old_##name)
#define LISTED_NARROW(name, ...) FAMILY(name)
int main(int argc, char **argv) {
    static const struct family families[] = {
        LISTED(classes) LISTED(payloads) LISTED(nan) FAMILY(iscanonicall) LISTED(fromfp) LISTED(fromfpx) LISTED(ufromfp)
        LISTED(ufromfpx) NARROWINGS(LISTED_NARROW) LISTED(sincos) LISTED(signs) UNARY_OLD(LISTED_OLD)
        BINARY_OLD(LISTED_OLD) LISTED(old_others) LISTED(pow10) {"environment", run_environment, 10},
    };
    return differ(argc, argv, families, COUNT(families));
}
