// kind: so
// flags: -lm
#define _GNU_SOURCE
#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>

#define SHOW(call) do { errno = 0; long double r = call; if (isnan(r)) r = NAN; printf("%s = %.17Lg%s\n", #call, r, errno == EDOM ? " EDOM" : errno == ERANGE ? " ERANGE" : ""); } while (0)

int main(void) {
    long double pi = M_PIl;
    volatile long double zero = 0, one = 1, huge = 1e4000L;
    SHOW(sinl(pi));
    SHOW(cosl(pi / 2));
    SHOW(tanl(pi));
    SHOW(sinl(1000 * pi));
    SHOW(sinl(1e9L));
    SHOW(cosl(123456.789L));
    SHOW(tanl(1.5L));
    SHOW(sinl(INFINITY));
    SHOW(sinl(-zero));
    SHOW(asinl(0.999L));
    SHOW(acosl(-0.5L));
    SHOW(asinl(2 * one));
    SHOW(atanl(3.0L));
    SHOW(atan2l(-1.0L, -zero));
    SHOW(expl(1.0L));
    SHOW(expl(11356.0L));
    SHOW(expl(huge));
    SHOW(expm1l(1e-10L));
    SHOW(exp2l(0.5L));
    SHOW(logl(2.0L));
    SHOW(logl(1.0000000001L));
    SHOW(logl(zero));
    SHOW(logl(-one));
    SHOW(log10l(1000.0L));
    SHOW(log2l(10.0L));
    SHOW(log1pl(1e-15L));
    SHOW(sqrtl(2.0L));
    SHOW(sqrtl(-one));
    SHOW(cbrtl(2.0L));
    SHOW(powl(2.0L, 0.5L));
    SHOW(powl(1.1L, 100.0L));
    SHOW(powl(10.0L, 4000.0L));
    SHOW(powl(huge, 2.0L));
    SHOW(powl(-2 * one, 0.5L));
    SHOW(sinhl(1.0L));
    SHOW(coshl(1.0L));
    SHOW(tanhl(0.25L));
    SHOW(asinhl(10.0L));
    SHOW(acoshl(1.75L));
    SHOW(atanhl(0.5L));
    SHOW(hypotl(3e4000L, 4e4000L));
    SHOW(fmodl(1e30L, 7.0L));
    SHOW(fmodl(-7.5L, 2.0L));
    SHOW(fmodl(one, zero));
    SHOW(remainderl(7.5L, 2.0L));
    SHOW(remainderl(one, zero));
    SHOW(floorl(-2.5L));
    SHOW(roundl(2.5L));
    SHOW(rintl(2.5L));
    SHOW(nextafterl(1.0L, 2.0L) - 1);
    SHOW(ldexpl(1.0L, -16445));
    SHOW(cabsl(3 + 4 * I));
    SHOW(cargl(-1 + 0 * I));
    SHOW(cimagl(conjl(0.1L + 0.2L * I)));
    SHOW(creall(cprojl(0.1L + 0.2L * I)));
    long double s, c;
    sincosl(1e6L, &s, &c);
    printf("%.17Lg %.17Lg\n", s, c);
    return 0;
}
