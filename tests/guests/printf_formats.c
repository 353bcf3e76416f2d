// kind: so
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <wchar.h>

int main(void) {
    printf("|%d|%5d|%-5d|%05d|%+d|% d|\n", 42, 42, 42, 42, 42, 42);
    printf("|%x|%#x|%X|%o|%#o|%u|\n", 255, 255, 255, 8, 8, UINT_MAX);
    printf("|%hhd|%hd|%ld|%lld|%zd|%jd|%td|\n", 300, 70000, LONG_MIN, LLONG_MAX, (size_t)7, (intmax_t)-7, (ptrdiff_t)9);
    printf("|%s|%10s|%-10s|%.2s|%c|%%|\n", "text", "right", "left", "cut", 'c');
    printf("|%*d|%-*d|%.*f|%.*s|\n", 6, 1, 6, 2, 3, M_PI, 2, "abcdef");
    printf("|%f|%.0f|%.10f|%e|%E|%g|%G|\n", M_PI, 2.5, 0.1, 12345.678, 0.00012, 1e-5, 1e20);
    printf("|%g|%g|%g|%#g|%a|\n", 100000.0, 1000000.0, 0.0001, 1.0, 1.0);
    printf("|%f|%f|%F|%e|\n", INFINITY, -INFINITY, NAN, 0.0);
    printf("|%.17g|%.17g|%.17g|\n", 0.1, DBL_MAX, DBL_MIN);
    printf("|%.30f|%.3e|%.15g|\n", 1.0 / 3, 9.9995, 123456789.123456789);
    printf("|%Lf|%Lg|%.20Lf|\n", 1.5L, 1e4000L, 0.1L);
    printf("|%2$s %1$s|\n", "world", "hello");
    printf("|%ls|%lc|\n", L"wide", (wint_t)L'w');
    printf("|%p|%p|\n", (void *)0, (void *)0x1234);
    int n;
    printf("12345%n", &n);
    printf(" %d\n", n);
    printf("|%'d|%" PRIu64 "|%m|\n", 1234567, UINT64_MAX);
    char buf[8];
    printf("%d ", snprintf(buf, sizeof buf, "%s", "too long for it"));
    puts(buf);
    return 0;
}
