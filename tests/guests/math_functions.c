// kind: so
// flags: -lm
#define _GNU_SOURCE
#include <complex.h>
#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <stdio.h>

#define SHOW(f) for (int i = 0; i < 8; i++) { errno = 0; double r = f(x[i]); printf(#f "(%g) = %.11g %d\n", x[i], fabs(r) < 1e-15 ? 0.0 : r, errno); }
#define SHOWL(f) for (int i = 0; i < 8; i++) { long double r = f((long double)x[i]); printf(#f "(%g) = %.15Lg\n", x[i], fabsl(r) < 1e-17L ? 0.0L : r); }

int main(void) {
    volatile double x[8] = {-2.5, -1, -0.5, 0, 0.25, 1, 3.75, 800};
    SHOW(sin) SHOW(cos) SHOW(tan) SHOW(exp) SHOW(log) SHOW(log2) SHOW(log10) SHOW(sqrt) SHOW(cbrt) SHOW(floor)
    SHOW(ceil) SHOW(round) SHOW(rint) SHOW(trunc) SHOW(asin) SHOW(atan) SHOW(sinh) SHOW(tanh) SHOW(log1p) SHOW(expm1)
    SHOW(erf) SHOW(exp2) SHOW(acosh) SHOW(atanh)
    SHOWL(floorl) SHOWL(ceill) SHOWL(roundl) SHOWL(sqrtl) SHOWL(expl) SHOWL(cosl) SHOWL(atanl) SHOWL(cbrtl) SHOWL(fabsl)
    for (int i = 0; i < 8; i++) {
        int e;
        double f = frexp(x[i], &e), whole, part = modf(x[i], &whole);
        printf("%g %d %g %g %g %d %ld %ld\n", f, e, whole, part, ldexp(x[i], 3), ilogb(x[i] ? x[i] : 1), lround(x[i]), lrint(x[i]));
        long double lw, lf = frexpl(x[i], &e), lp = modfl(x[i], &lw);
        printf("%Lg %d %Lg %Lg %Lg\n", lf, e, lw, lp, ldexpl(x[i], -2));
        printf("%.11g %.11g %.11g %.11Lg %.11Lg\n", fmod(x[i], 0.7), remainder(x[i], 0.7), hypot(x[i], 3), fmodl(x[i], 0.7L), powl(2.0L, x[i] / 100));
    }
    printf("%.15g %.15g %.15Lg\n", pow(2, 0.5), pow(-8, 3), powl(10.0L, -5));
    errno = 0;
    double r = pow(0, -1);
    printf("%g %d\n", r, errno);
    int directions[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 4; i++) {
        fesetround(directions[i]);
        printf("%d %g %g %ld\n", fegetround() == directions[i], rint(2.5), rint(-1.2), lrint(1.7));
    }
    fesetround(FE_TONEAREST);
    feclearexcept(FE_ALL_EXCEPT);
    volatile double zero = 0;
    volatile double q = 1 / zero;
    printf("%d %g\n", fetestexcept(FE_DIVBYZERO) != 0, q);
    double complex z = csqrt(-4.0) + cexp(I * M_PI) + clog(I);
    printf("%.10f %.10f %.10f %.10f\n", creal(z), cimag(z), cabs(3 + 4 * I), carg(-1.0));
    printf("%d %d %d\n", fpclassify(zero), !!isnan(nan("")), signbit(-zero) != 0);
    return 0;
}
