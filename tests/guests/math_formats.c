// The functions of _Float32, _Float64, _Float32x, _Float64x and _Float128, by all of their names.
// kind: so
// flags: -fno-builtin -lm
#define _GNU_SOURCE
#include <complex.h>
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

// How many digits are shown: fewer than a format has, since the last one may differ.
enum { f32 = 5, f64 = 14, f32x = 14, f64x = 17, f128 = 31 };

static void put(const char *name, _Float128 value, int digits) {
    char format[8], text[64];
    snprintf(format, sizeof format, "%%.%dg", digits);
    strfromf128(text, sizeof text, format, value);
    printf("%s %s\n", name, text);
}

static locale_t locale;

#define EACH(M, ...) M(f32, _Float32, __VA_ARGS__) M(f64, _Float64, __VA_ARGS__) M(f32x, _Float32x, __VA_ARGS__) \
    M(f64x, _Float64x, __VA_ARGS__) M(f128, _Float128, __VA_ARGS__)

#define VALUE(F, ty, name, ...) put(#name #F, name##F(__VA_ARGS__), F);
#define INTEGER(F, ty, name, ...) printf("%s %lld\n", #name #F, (long long)name##F(__VA_ARGS__));
#define POINTED(F, ty, name) { ty x = 0.625, y = 1.25; printf("%s %d\n", #name #F, name##F(&x, &y)); }
#define COMPLEX(F, ty, name) { _Complex ty z = name##F(CMPLX(0.5f, 1.25f)); put(#name #F, creal##F(z), F); put("", cimag##F(z), F); }
#define PART(F, ty, name) put(#name #F, name##F(CMPLX(3, 4)), F);
#define POWER(F, ty) { _Complex ty z = cpow##F(CMPLX(0.5f, 1.25f), CMPLX(1.5f, -0.5f)); put("cpow" #F, creal##F(z), F); put("", cimag##F(z), F); }
#define OTHERS(F, ty) {                                                                                                 \
    int i = 0; ty part = 0, other = 0, nan = nan##F("12");                                                              \
    put("frexp" #F, frexp##F(20.5f, &i), F); put("", i, F);                                                             \
    put("modf" #F, modf##F(-7.25f, &part), F); put("", part, F);                                                        \
    put("remquo" #F, remquo##F(29.5f, 3, &i), F); put("", i, F);                                                        \
    put("lgamma_r" #F, lgamma##F##_r(-2.5f, &i), F); put("", i, F);                                                     \
    sincos##F(0.625f, &part, &other); put("sincos" #F, part, F); put("", other, F);                                     \
    put("getpayload" #F, getpayload##F(&nan), F);                                                                       \
    i = setpayload##F(&part, 77); put("setpayload" #F, getpayload##F(&part), F); put("", i, F);                         \
    i = setpayloadsig##F(&part, 78); put("setpayloadsig" #F, getpayload##F(&part), F); put("", i, F);                   \
    i = canonicalize##F(&other, &part); put("canonicalize" #F, getpayload##F(&other), F); put("", i, F);                \
    errno = 0; feclearexcept(FE_ALL_EXCEPT); put("pole" #F, log##F(0), F);                                              \
    printf("%d %x\n", errno, fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW));                     \
    errno = 0; feclearexcept(FE_ALL_EXCEPT); put("overflow" #F, exp##F(1e6f), F);                                       \
    printf("%d %x\n", errno, fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW));                     \
    errno = 0; feclearexcept(FE_ALL_EXCEPT); printf("domain " #F " %d", isnan(sqrt##F(-1)) != 0);                       \
    printf(" %d %x\n", errno, fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW)); }
#define TEXT(F, ty) {                                                                                                   \
    char *end, text[128]; wchar_t *wide_end;                                                                            \
    ty value = strto##F(" 3.14159265358979323846264338327950288419716939937510x", &end);                                \
    put("strto" #F, value, F); printf("%s\n", end);                                                                     \
    put("wcsto" #F, wcsto##F(L"-0x1.8p-3", &wide_end), F); printf("%ls\n", wide_end);                                   \
    errno = 0; put("strto_l" #F, strto##F##_l("1e-5000", &end, locale), F); printf("%d\n", errno);                           \
    put("wcsto_l" #F, wcsto##F##_l(L"infinity", &wide_end, locale), F);                                                   \
    for (int i = 0; i < 6; i++) {                                                                                       \
        static const char *const formats[] = {"%a", "%.3A", "%.40f", "%.20e", "%g", "%.0f"};                            \
        int length = strfrom##F(text, sizeof text, formats[i], value);                                                  \
        printf("strfrom" #F " %s %d\n", text, length);                                                                  \
    } }
#define NARROW(to, from) {                                                                                              \
    put(#to "add" #from, to##add##from(1, 1e-30), to); put("sub", to##sub##from(1, 0.1), to);                           \
    put("mul", to##mul##from(1.1, 1.3), to); put("div", to##div##from(1, 3), to);                                       \
    put("sqrt", to##sqrt##from(2), to); put("fma", to##fma##from(1.1, 1.3, -1.43), to);                                 \
    errno = 0; feclearexcept(FE_ALL_EXCEPT); put("over", to##div##from(1, 0), to);                                      \
    printf("%d %x\n", errno, fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW)); }

// A static libc has none.
extern __attribute__((weak)) int __isnanf128(_Float128);
extern int __finitef128(_Float128), __isinff128(_Float128), __signbitf128(_Float128),
    __fpclassifyf128(_Float128), __issignalingf128(_Float128), __iseqsigf128(_Float128, _Float128),
    __issignaling(double), __issignalingf(float), __issignalingl(long double);
extern _Float128 __strtof128_internal(const char *, char **, int), __wcstof128_internal(const wchar_t *, wchar_t **, int);

static void classes(_Float128 x) {
    printf("%d %d %d %d %d %d %d\n", __finitef128(x), __isinff128(x), __isnanf128 ? __isnanf128(x) : __builtin_isnan(x), !!__signbitf128(x), __fpclassifyf128(x),
           __issignalingf128(x), __iseqsigf128(x, 1));
}

static _Float128 quad(uint64_t high, uint64_t low) {
    union { uint64_t words[2]; _Float128 value; } bits = {{low, high}};
    return bits.value;
}

int main(void) {
    locale = newlocale(LC_ALL_MASK, "C", 0);
#define ONE(name) EACH(VALUE, name, 0.625f)
    ONE(acos) ONE(asin) ONE(asinh) ONE(atan) ONE(atanh) ONE(cbrt) ONE(ceil) ONE(cos) ONE(cosh) ONE(erf) ONE(erfc) ONE(exp) ONE(exp10)
    ONE(exp2) ONE(expm1) ONE(fabs) ONE(floor) ONE(j0) ONE(j1) ONE(lgamma) ONE(log) ONE(log10) ONE(log1p) ONE(log2) ONE(logb)
    ONE(nearbyint) ONE(nextdown) ONE(nextup) ONE(rint) ONE(round) ONE(roundeven) ONE(sin) ONE(sinh) ONE(sqrt) ONE(tan) ONE(tanh)
    ONE(tgamma) ONE(trunc) ONE(y0) ONE(y1)
    EACH(VALUE, acosh, 1.625f)
#define TWO(name) EACH(VALUE, name, 5.75f, -1.5f)
    TWO(atan2) TWO(copysign) TWO(fdim) TWO(fmax) TWO(fmaximum) TWO(fmaximum_mag) TWO(fmaximum_mag_num) TWO(fmaximum_num) TWO(fmaxmag)
    TWO(fmin) TWO(fminimum) TWO(fminimum_mag) TWO(fminimum_mag_num) TWO(fminimum_num) TWO(fminmag) TWO(fmod) TWO(hypot)
    TWO(nextafter) TWO(pow) TWO(remainder)
    EACH(VALUE, fma, 1.25f, 3, 0.5f) EACH(VALUE, jn, 3, 2.5f) EACH(VALUE, yn, 3, 2.5f) EACH(VALUE, ldexp, 1.25f, 7)
    EACH(VALUE, scalbn, 1.25f, -7) EACH(VALUE, scalbln, 1.25f, 9)
    EACH(INTEGER, ilogb, 40.5f) EACH(INTEGER, llogb, 40.5f) EACH(INTEGER, lrint, 40.5f) EACH(INTEGER, llrint, 41.5f)
    EACH(INTEGER, lround, -40.5f) EACH(INTEGER, llround, 40.5f) EACH(INTEGER, fromfp, -3.5f, FP_INT_UPWARD, 8)
    EACH(INTEGER, fromfpx, -3.5f, FP_INT_DOWNWARD, 8) EACH(INTEGER, ufromfp, 3.5f, FP_INT_TONEAREST, 8)
    EACH(INTEGER, ufromfpx, 3.25f, FP_INT_TONEARESTFROMZERO, 8)
    EACH(POINTED, totalorder) EACH(POINTED, totalordermag)
#define OF_COMPLEX(name) EACH(COMPLEX, name)
    OF_COMPLEX(cacos) OF_COMPLEX(cacosh) OF_COMPLEX(casin) OF_COMPLEX(casinh) OF_COMPLEX(catan) OF_COMPLEX(catanh) OF_COMPLEX(ccos)
    OF_COMPLEX(ccosh) OF_COMPLEX(cexp) OF_COMPLEX(clog) OF_COMPLEX(clog10) OF_COMPLEX(conj) OF_COMPLEX(cproj) OF_COMPLEX(csin)
    OF_COMPLEX(csinh) OF_COMPLEX(csqrt) OF_COMPLEX(ctan) OF_COMPLEX(ctanh)
    EACH(PART, cabs) EACH(PART, carg)
    POWER(f32, _Float32) POWER(f64, _Float64) POWER(f32x, _Float32x) POWER(f64x, _Float64x) POWER(f128, _Float128)
    OTHERS(f32, _Float32) OTHERS(f64, _Float64) OTHERS(f32x, _Float32x) OTHERS(f64x, _Float64x) OTHERS(f128, _Float128)
    TEXT(f32, _Float32) TEXT(f64, _Float64) TEXT(f32x, _Float32x) TEXT(f64x, _Float64x) TEXT(f128, _Float128)
    NARROW(f32, f32x) NARROW(f32, f64) NARROW(f32, f64x) NARROW(f32, f128) NARROW(f32x, f64) NARROW(f32x, f64x) NARROW(f32x, f128)
    NARROW(f64, f64x) NARROW(f64, f128) NARROW(f64x, f128)

    const _Float128 signaling = quad(0x7fff000000000000, 1), quiet = quad(0x7fff800000000000, 0);
    const _Float128 all[] = {0, -0.0f, 1, -2.5f, INFINITY, -INFINITY, quiet, signaling, quad(1, 0)};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) classes(all[i]);
    const union { uint64_t bits; double value; } twice = {0x7ff0000000000001};
    const union { uint32_t bits; float value; } single = {0x7f800001};
    const union { uint64_t bits[2]; long double value; } extended = {{0x8000000000000001, 0x7fff}};
    printf("%d %d %d\n", __issignaling(NAN), __issignalingf(NAN), __issignalingl(NAN));
    printf("%d %d %d\n", __issignaling(twice.value), __issignalingf(single.value), extended.bits[1] != 0);
    char *end;
    wchar_t *wide_end;
    put("internal", __strtof128_internal("2.5e-3", &end, 0), f128);
    put("internal", __wcstof128_internal(L"1e4000", &wide_end, 0), f128);
    return 0;
}
