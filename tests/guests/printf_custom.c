// kind: so pie
// flags: -Wno-format -Wno-deprecated-declarations
// Conversions, modifiers and types of the program's own.
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <printf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct widget {
    const char *name;
    int number;
};
struct point {
    double x, y;
};
static int arginfo_calls;

static int one_pointer(const struct printf_info *info, size_t n, int *types, int *sizes) {
    (void)info;
    arginfo_calls++;
    if (n > 0) types[0] = PA_POINTER, sizes[0] = sizeof(void *);
    return 1;
}

static int print_widget(FILE *stream, const struct printf_info *info, const void *const *args) {
    const struct widget *w = *(const struct widget *const *)args[0];
    char *text;
    int len = asprintf(&text, "<%s %d>", w->name, w->number);
    len = fprintf(stream, "%*s", info->left ? -info->width : info->width, text);
    free(text);
    return len;
}

static void tell(FILE *stream, const struct printf_info *info, int *count) {
    *count += fprintf(stream, "{%lc w%d p%d%s%s%s%s%s%s%s%s%s%s%s%s user%x pad%c}", info->spec, info->width, info->prec, info->is_long_double ? " LD" : "", info->is_short ? " short" : "", info->is_long ? " long" : "",
                      info->alt ? " alt" : "", info->space ? " space" : "", info->left ? " left" : "", info->showsign ? " sign" : "", info->group ? " group" : "", info->extra ? " extra" : "", info->is_char ? " char" : "",
                      info->wide ? " wide" : "", info->i18n ? " i18n" : "", info->user, (char)info->pad);
}

static int no_argument(const struct printf_info *info, size_t n, int *types, int *sizes) {
    (void)info, (void)n, (void)types, (void)sizes;
    return 0;
}

static int print_info(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)args;
    int count = 0;
    tell(stream, info, &count);
    return count;
}

static int many(const struct printf_info *info, size_t n, int *types, int *sizes) {
    (void)info, (void)sizes;
    static const int all[] = {PA_INT, PA_DOUBLE, PA_STRING, PA_INT | PA_FLAG_LONG, PA_CHAR, PA_INT | PA_FLAG_SHORT, PA_FLOAT, PA_DOUBLE | PA_FLAG_LONG_DOUBLE, PA_WCHAR, PA_WSTRING, PA_INT | PA_FLAG_PTR};
    for (size_t i = 0; i < n && i < sizeof all / sizeof *all; i++) types[i] = all[i];
    return sizeof all / sizeof *all;
}

static int print_many(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)info;
    return fprintf(stream, "[%d %g %s %ld %c %hd %g %Lg %lc %ls %d]", *(const int *)args[0], *(const double *)args[1], *(const char *const *)args[2], *(const long *)args[3], *(const char *)args[4],
                   *(const short *)args[5], *(const double *)args[6], *(const long double *)args[7], *(const wint_t *)args[8], *(const wchar_t *const *)args[9], **(const int *const *)args[10]);
}

static int ones_default(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)args;
    return info->alt ? fprintf(stream, "mine") : -2;
}
static int fails(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)info, (void)args, (void)stream;
    errno = EIO;
    return -1;
}
static int one_int(const struct printf_info *info, size_t n, int *types, int *sizes) {
    if (info->showsign) return -1;
    if (n > 0) types[0] = PA_INT, sizes[0] = sizeof(int);
    return 1;
}
static int lies(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)info, (void)args;
    fputs("abc", stream);
    return 10;
}

static int point_type;
static int point_info(const struct printf_info *info, size_t n, int *types, int *sizes) {
    (void)info;
    if (n > 0) types[0] = point_type, sizes[0] = sizeof(struct point);
    return 1;
}
static void take_point(void *memory, va_list *ap) { *(struct point *)memory = va_arg(*ap, struct point); }
static int print_point(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)info;
    const struct point *p = *(const struct point *const *)args[0];
    return fprintf(stream, "(%g, %g)", p->x, p->y);
}

static int old_info(const struct printf_info *info, size_t n, int *types) {
    (void)info;
    if (n > 0) types[0] = PA_STRING;
    return 1;
}
static int print_old(FILE *stream, const struct printf_info *info, const void *const *args) {
    (void)info;
    return fprintf(stream, "old-%s", *(const char *const *)args[0]);
}

static void show_types(const char *format) {
    int types[16];
    memset(types, 0xee, sizeof types);
    size_t count = parse_printf_format(format, 16, types);
    printf("%s: %zu:", format, count);
    for (size_t i = 0; i < 16 && types[i] != (int)0xeeeeeeee; i++) printf(" %x", types[i]);
    printf("\n");
}

static int wide_widget(FILE *stream, const struct printf_info *info, const void *const *args) {
    const struct widget *w = *(const struct widget *const *)args[0];
    return info->wide ? fwprintf(stream, L"<%s %d>", w->name, w->number) : fprintf(stream, "narrow");
}

int main(void) {
    struct widget w = {"gear", 7};
    struct point p = {1.5, -2};
    char buffer[64];
    int n;

    printf("%d %d %d\n", register_printf_specifier(-1, print_widget, one_pointer), errno == EINVAL, register_printf_specifier(256, print_widget, one_pointer));
    printf("%d\n", register_printf_specifier('W', print_widget, one_pointer));
    printf("%W|%-14W|%14W|%s\n", &w, &w, &w, "after");
    printf("%2$s %1$W %3$*4$d\n", &w, "first", 42, 6);
    n = snprintf(buffer, sizeof buffer, "%d:%W:%g", 3, &w, 2.5);
    printf("%d %s\n", n, buffer);
    n = snprintf(buffer, 6, "%d:%W:%g", 3, &w, 2.5);
    printf("%d %s\n", n, buffer);
    char *text;
    n = asprintf(&text, "%W%W", &w, &w);
    printf("%d %s\n", n, text);
    free(text);
    fflush(stdout);
    dprintf(1, "dprintf %W\n", &w);
    n = fprintf(stderr, "to stderr %W\n", &w);
    printf("%d\n", n);

    register_printf_specifier('Q', print_info, no_argument);
    printf("%Q %5.3Q %-#8Q %+Q % Q %'Q %IQ %05Q %-05Q\n");
    printf("%hQ %hhQ %lQ %llQ %LQ %qQ %jQ %zQ %tQ %ZQ\n");
    printf("%*Q %*Q %.*Q %.*Q %.Q %*.*Q\n", 5, -5, 3, -3, 7, 9);
    printf("%2$*1$.*3$d %Q\n", 6, 42, 4);

    register_printf_specifier('Y', print_many, many);
    int target = 77;
    printf("%s %Y %s\n", "before", 1, 2.5, "three", 4L, 'c', 6, 7.5, 8.5L, (wint_t)L'w', L"wide", &target, "behind");

    register_printf_specifier('u', ones_default, one_int);
    printf("%u %#u %5u %+u\n", 12, 13, 14, 15);
    register_printf_specifier('u', NULL, NULL);
    register_printf_specifier('v', ones_default, one_int);
    printf("%v %#v %5v %+v %d\n", 12, 13, 14, 16);
    register_printf_specifier('!', fails, no_argument);
    errno = 0;
    n = printf("ends %d here %! not here\n", 5);
    printf("\n%d %s\n", n, strerror(errno));
    register_printf_specifier('K', lies, no_argument);
    n = printf("%K%n\n", &target);
    printf("%d %d\n", n, target);

    int a = register_printf_modifier(L"abc"), b = register_printf_modifier(L"ab"), h = register_printf_modifier(L"h");
    printf("%x %x %x\n", a, b, h);
    errno = 0;
    n = register_printf_modifier(L"");
    printf("%d %s\n", n, strerror(errno));
    errno = 0;
    n = register_printf_modifier(L"\x3b1");
    printf("%d %s\n", n, strerror(errno));
    printf("%abcQ %abQ %5abQ %hQ %hhQ %lQ\n");
    printf("%a %abd %hd\n", 1.0, 5, 70000);
    for (n = 0; register_printf_modifier(L"zz") != -1; n++) {}
    printf("%d more, %s\n", n, strerror(errno));

    point_type = register_printf_type(take_point);
    printf("%d\n", point_type - PA_LAST);
    register_printf_specifier('P', print_point, point_info);
    printf("%d %P %s %P\n", 1, p, "s", (struct point){3, 4});
    printf("%2$s %1$P\n", p, "swapped");
    int next = register_printf_type(take_point);
    printf("%d\n", next - point_type);
    for (n = 0; register_printf_type(take_point) != -1; n++) {}
    printf("%d more, %s\n", n, strerror(errno));

    printf("%d\n", register_printf_function('O', print_old, (printf_arginfo_function *)old_info));
    printf("%O %d\n", "x", 3);

    show_types("%W %d");
    show_types("%Y%d");
    show_types("%P %s");
    show_types("%*.*W %Q %+u %u");
    show_types("%2$W %1$d");
    show_types("%abQ %abd %hd %ld %lld %Lf");

    wchar_t wide[64];
    register_printf_specifier('W', wide_widget, one_pointer);
    n = swprintf(wide, 64, L"%d %W %ls", 1, &w, L"end");
    printf("%d %ls\n", n, wide);
    FILE *memory = open_wmemstream((wchar_t **)&text, &(size_t){0});
    n = fwprintf(memory, L"%W-%Q", &w);
    fclose(memory);
    printf("%d %ls\n", n, (wchar_t *)text);
    free(text);

    register_printf_specifier('W', NULL, NULL);
    printf("%W %d\n", 5);
    printf("%d\n", arginfo_calls > 0);
    printf("%d %", 3);
    printf("\n%k %5.2k %d %m\n", 4);
    return 0;
}
