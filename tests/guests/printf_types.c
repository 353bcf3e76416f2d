// kind: so pie
// flags: -Wno-format
// The arguments that formats ask for, as parse_printf_format tells them.
#define _GNU_SOURCE
#include <printf.h>
#include <stdio.h>

static void show(const char *format) {
    int types[12];
    for (int i = 0; i < 12; i++) types[i] = -77;
    size_t count = parse_printf_format(format, 12, types), few = parse_printf_format(format, 1, types), none = parse_printf_format(format, 0, NULL);
    parse_printf_format(format, 12, types);
    printf("[%s] %zu %zu %zu:", format, count, few, none);
    for (size_t i = 0; i < 12 && types[i] != -77; i++) {
        static const char *const names[] = {"int", "char", "wchar", "string", "wstring", "pointer", "float", "double"};
        int base = types[i] & ~PA_FLAG_MASK;
        printf(" %s", base >= 0 && base < PA_LAST ? names[base] : "?");
        if (types[i] & PA_FLAG_PTR) printf("*");
        if (types[i] & PA_FLAG_SHORT) printf("/short");
        if (types[i] & PA_FLAG_LONG) printf("/long");
        if (types[i] & PA_FLAG_LONG_LONG) printf("/longlong");
    }
    printf("\n");
}

int main(void) {
    static const char *const formats[] = {
        "", "plain", "%%", "%d", "%i%u%o%x%X", "%c%s%p", "%lc %ls %C %S", "%hd %hhd %hu %hhx", "%ld %lld %qd %jd %zd %td %Zd", "%f %e %g %a %F %E %G %A", "%Lf %Le %Lg %La %LF",
        "%n %hn %hhn %ln %lln %jn %zn", "%m %m", "%*d", "%.*f", "%*.*s", "%-+ #0'5.3d", "%2$d %1$s", "%3$*1$.*2$f", "%1$d %1$d", "%2$d", "%1$s %3$lld", "%5$c", "%d %", "%", "%k", "%lk %d", "%ll", "%y %s",
        "%hs %hc", "%lf %lld %Ld %Li", "%b %B", "%v", "%I d", "%5", "%.d", "%d%d%d%d%d%d%d%d%d%d%d%d%d%d", "%hhs", "%lp", "%jf", "%1$*2$d", "%*2$d", "%0$d", "%llc", "%Ls"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) show(formats[i]);
    // Only an argument can be a negative precision: the dash behind the dot is no conversion.
    printf("%.-5d|%5.-*x|%.*d\n", 1, 2, -3, 42);
    return 0;
}
