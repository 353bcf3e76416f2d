// kind: so pie
// flags: -lm
// The exceptions that strtod(3) and its kin raise, in each direction of rounding.
#define _GNU_SOURCE
#include <errno.h>
#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static const char *const numbers[] = {"1", "0.5", "0.1", "0.50", "1e22", "1e23", "1e400", "-1e400", "1e-400", "-1e-320",
    "0x1p-1022", "0x1p-1074", "0x1p-1075", "0x0.fffffffffffff8p-1022", "0x0.fffffffffffffcp-1022", "0x1.fffffffffffffp1023",
    "0x1.fffffffffffff8p1023", "9007199254740993", "3.518437208883201171875E+013", "0x1.8p3", "0x1p-100000000000", "inf", "nan",
    "0", "-0", "123456789012345678901234567890", "0.3333333333333333333333333333333333333333333333333333333"};

static void flags(void) {
    int raised = fetestexcept(FE_ALL_EXCEPT);
    printf(" %s%s%s%s", raised & FE_INEXACT ? "i" : "-", raised & FE_UNDERFLOW ? "u" : "-", raised & FE_OVERFLOW ? "o" : "-",
        errno == ERANGE ? "E" : "-");
    errno = 0;
    feclearexcept(FE_ALL_EXCEPT);
}

int main(void) {
    const int directions[] = {FE_TONEAREST, FE_DOWNWARD, FE_UPWARD, FE_TOWARDZERO};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        printf("%s:", numbers[i]);
        for (int d = 0; d < 4; d++) {
            fesetround(directions[d]);
            errno = 0;
            feclearexcept(FE_ALL_EXCEPT);
            double wide = strtod(numbers[i], NULL);
            flags();
            float narrow = strtof(numbers[i], NULL);
            flags();
            long double longest = strtold(numbers[i], NULL);
            flags();
            fesetround(FE_TONEAREST);
            printf(" %a %a %La;", wide, narrow, longest);
            feclearexcept(FE_ALL_EXCEPT);
        }
        wcstod(L"0.1", NULL);
        flags();
        printf("\n");
    }
    return 0;
}
