// The inexact functions of math.h, in ulps of libquadmath's results.
// flags: -Wl,-Bsymbolic -Wl,-Bstatic -lquadmath -Wl,-Bdynamic -lm
#include "math_inexact.h"

static __float128 exp10q(__float128 x) { return powq(10, x); }
#define UNARIES(row)                                                                                                    \
    row(acos, acosq, 1.5, 1, 2, -1, 1, no_scale)                                                                          \
    row(acosh, acoshq, 2.5, 2.5, 3.5, 1, 100, no_scale)                                                                       \
    row(asin, asinq, 1.5, 1, 1.5, -1, 1, no_scale)                                                                          \
    row(asinh, asinhq, 2.5, 2, 3.5, -100, 100, no_scale)                                                                    \
    row(atan, atanq, 1.5, 1, 1, -10, 10, no_scale)                                                                        \
    row(atanh, atanhq, 2.5, 2.5, 3.5, -1, 1, no_scale)                                                                        \
    row(cbrt, cbrtq, 1.5, 4.5, 1.5, -1000, 1000, no_scale)                                                                    \
    row(cos, cosq, 1, 1, 2, -10, 10, no_scale)                                                                          \
    row(cosh, coshq, 2.5, 1.5, 2.5, -100, 100, no_scale)                                                                      \
    row(exp, expq, 1, 1, 1.5, -750, 720, no_scale)                                                                        \
    row(exp2, exp2q, 1, 1, 1.5, -1100, 1030, no_scale)                                                                    \
    row(exp10, exp10q, 1, 2.5, 2, -330, 310, no_scale)                                                                    \
    row(expm1, expm1q, 1, 1, 3, -60, 720, no_scale)                                                                     \
    row(log, logq, 1, 1, 1.5, 0, 100, no_scale)                                                                           \
    row(log10, log10q, 2.5, 2.5, 2, 0, 1000, no_scale)                                                                      \
    row(log1p, log1pq, 1, 1, 3, -1, 100, no_scale)                                                                      \
    row(log2, log2q, 1, 1, 1, 0, 100, no_scale)                                                                         \
    row(sin, sinq, 1, 1, 2, -10, 10, no_scale)                                                                          \
    row(sinh, sinhq, 2.5, 2.5, 3, -100, 100, no_scale)                                                                      \
    row(sqrt, sqrtq, 1, 1, 1, 0, 100, no_scale)                                                          \
    row(tan, tanq, 1.5, 1, 2, -10, 10, no_scale)                                                                          \
    row(tanh, tanhq, 2.5, 3, 3.5, -30, 30, no_scale)
#define BINARIES(row)                                                                                                   \
    row(atan2, atan2q, 2, 1, 1, -10, 10, -10, 10)                                                                       \
    row(hypot, hypotq, 1, 1, 1, -100, 100, -100, 100)                                                                   \
    row(pow, powq, 1, 1, 8, 0, 10, -300, 300)

UNARIES(UNARY)
BINARIES(BINARY)

#define LISTED(name, ...) FAMILY(name##f) FAMILY(name) FAMILY(name##l)
int main(int argc, char **argv) {
    static const struct family families[] = {UNARIES(LISTED) BINARIES(LISTED)};
    return differ(argc, argv, families, COUNT(families));
}
