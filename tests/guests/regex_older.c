// kind: so pie
// flags: -D_GNU_SOURCE
// The older interfaces to regular expressions: BSD's re_comp and GNU's buffers, with texts in two pieces, registers of the
// program's, fastmaps and translations.
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char *re_comp(const char *);
extern int re_exec(const char *);

static void bsd(void) {
    char *said = re_comp(NULL);
    printf("%s\n", said ? said : "fine");
    static const char *const patterns[] = {"a.c", "^b*$", "\\(x\\)\\1", "[", "a{2}", "a\\{2\\}", "*x", "\\(", "[[:digit:]]+", "\\<w"};
    static const char *const texts[] = {"abc", "bbb", "", "xx", "aa", "a{2}", "*x", "7+", "two words"};
    for (int i = 0; i < 10; i++) {
        said = re_comp(patterns[i]);
        printf("%s: %s", patterns[i], said ? said : "fine");
        for (int j = 0; !said && j < 9; j++) printf(" %d", re_exec(texts[j]));
        printf("\n");
    }
    // Nothing keeps the last one, and one that failed replaces it as well.
    re_comp("b");
    said = re_comp("");
    printf("%s %d %d\n", said ? said : "fine", re_exec("abc"), re_exec("a"));
}

static void registers(const struct re_registers *regs) {
    for (unsigned i = 0; i < regs->num_regs; i++) printf(" %d-%d", (int)regs->start[i], (int)regs->end[i]);
}

static void in_pieces(void) {
    struct re_pattern_buffer buffer = {0};
    struct re_registers regs = {0};
    re_set_syntax(RE_SYNTAX_POSIX_EXTENDED);
    printf("%s\n", re_compile_pattern("(b+)(c|d)$", 10, &buffer) ? "wrong" : "fine");
    static const char *const firsts[] = {"aab", "", "abbd", "xbc", "ab"}, *const seconds[] = {"bcx", "bbc", "", "bc", "bd\n"};
    for (int i = 0; i < 5; i++) {
        int one = strlen(firsts[i]), two = strlen(seconds[i]);
        for (int stop = one + two; stop >= 0; stop--)
            printf(" %d", (int)re_search_2(&buffer, firsts[i], one, seconds[i], two, 0, one + two, &regs, stop));
        printf(" |");
        for (int start = 0; start <= one + two; start++)
            printf(" %d", (int)re_match_2(&buffer, firsts[i], one, seconds[i], two, start, &regs, one + two));
        printf(" | %d", (int)re_search_2(&buffer, firsts[i], one, seconds[i], two, one + two, -(one + two), &regs, one + two));
        registers(&regs);
        printf(" | %d", (int)re_search_2(&buffer, firsts[i], one, seconds[i], two, 0, 1, NULL, one + two));
        printf(" %d\n", (int)re_search_2(&buffer, firsts[i], one, seconds[i], two, one + two + 1, 1, NULL, one + two));
    }
    free(regs.start), free(regs.end);
    regfree(&buffer);
}

static void own_registers(void) {
    struct re_pattern_buffer buffer = {0};
    regoff_t *starts = malloc(6 * sizeof *starts), *ends = malloc(6 * sizeof *ends);
    struct re_registers regs;
    re_set_syntax(RE_SYNTAX_EMACS);
    printf("%s\n", re_compile_pattern("\\(a\\)\\(b\\)?", 11, &buffer) ? "wrong" : "fine");
    for (int i = 0; i < 6; i++) starts[i] = ends[i] = -7;
    re_set_registers(&buffer, &regs, 6, starts, ends);
    printf("%d", (int)re_search(&buffer, "xxab", 4, 0, 4, &regs));
    registers(&regs);
    printf(" %d", (int)re_search(&buffer, "a", 1, 0, 1, &regs));
    registers(&regs);
    // More than there is room for makes room.
    re_set_registers(&buffer, &regs, 1, starts, ends);
    printf(" %d", (int)re_search(&buffer, "ab", 2, 0, 2, &regs));
    registers(&regs);
    free(regs.start), free(regs.end);
    re_set_registers(&buffer, &regs, 0, NULL, NULL);
    printf(" %d %d %d\n", (int)re_search(&buffer, "ab", 2, 0, 2, &regs), regs.num_regs >= 3, (int)buffer.regs_allocated);
    free(regs.start), free(regs.end);
    buffer.no_sub = 1;
    regs.num_regs = 0;
    printf("%d\n", (int)re_match(&buffer, "ab", 2, 0, &regs));
    regfree(&buffer);
}

static void maps(void) {
    struct re_pattern_buffer buffer = {0};
    static const char *const patterns[] = {"abc", "[x-z]*q", "a*", "^.b", "(foo|bar)", "\\w", "[^a-y]"};
    for (int i = 0; i < 7; i++) {
        memset(&buffer, 0, sizeof buffer);
        buffer.fastmap = malloc(256);
        re_set_syntax(RE_SYNTAX_POSIX_EXTENDED);
        re_compile_pattern(patterns[i], strlen(patterns[i]), &buffer);
        printf("%s %d", patterns[i], (int)re_compile_fastmap(&buffer));
        printf(" %d %d ", buffer.fastmap_accurate, buffer.can_be_null);
        for (int c = 'a'; c <= 'z'; c++) printf("%d", !!buffer.fastmap[c]);
        printf(" %d%d\n", !!buffer.fastmap['\n'], !!buffer.fastmap[0]);
        regfree(&buffer);
    }
    memset(&buffer, 0, sizeof buffer);
    unsigned char *upper = malloc(256);
    for (int c = 0; c < 256; c++) upper[c] = c >= 'a' && c <= 'z' ? c - 32 : c;
    buffer.translate = upper;
    re_set_syntax(RE_SYNTAX_POSIX_BASIC);
    printf("%s", re_compile_pattern("wOrD", 4, &buffer) ? "wrong" : "fine");
    printf(" %d %d\n", (int)re_search(&buffer, "a WoRd", 6, 0, 6, NULL), (int)re_match(&buffer, "word", 4, 0, NULL));
    regfree(&buffer);
}

static void syntaxes(void) {
    reg_syntax_t before = re_set_syntax(RE_SYNTAX_AWK);
    printf("%d %d", re_syntax_options == RE_SYNTAX_AWK, before == RE_SYNTAX_POSIX_BASIC);
    re_syntax_options = RE_SYNTAX_EGREP;
    printf(" %d\n", re_set_syntax(0) == RE_SYNTAX_EGREP);
    static const reg_syntax_t all[] = {RE_SYNTAX_EMACS, RE_SYNTAX_AWK, RE_SYNTAX_GREP, RE_SYNTAX_EGREP, RE_SYNTAX_POSIX_MINIMAL_BASIC, RE_SYNTAX_POSIX_EXTENDED, RE_SYNTAX_ED | RE_NO_EMPTY_RANGES};
    static const char *const patterns[] = {"a|b", "a\\|b", "(a)", "a+", "a\\+", "a\nb", "x{1,2}", "\\d", "[b-a]", ")", "a**", "{1}"};
    for (int i = 0; i < 7; i++) {
        re_set_syntax(all[i]);
        for (int j = 0; j < 12; j++) {
            struct re_pattern_buffer buffer = {0};
            const char *said = re_compile_pattern(patterns[j], strlen(patterns[j]), &buffer);
            if (said) {
                printf(" [%s]", said);
            } else {
                static const char text[] = "x(a)a|b+ a+b {1} d)";
                struct re_registers regs = {0};
                int at = re_search(&buffer, text, sizeof text - 1, 0, sizeof text - 1, &regs);
                printf(" %d-%d", at, at < 0 ? -1 : (int)regs.end[0]);
                free(regs.start), free(regs.end);
            }
            regfree(&buffer);
        }
        printf("\n");
    }
}

// Where nothing stands before an operator, where an interval is empty, and where a bracket is not closed.
static void odd_ones(void) {
    static const reg_syntax_t all[] = {RE_SYNTAX_EGREP, RE_SYNTAX_GREP, RE_SYNTAX_POSIX_EXTENDED, RE_SYNTAX_POSIX_BASIC, RE_SYNTAX_GNU_AWK};
    static const char *const patterns[] = {"a{}", "a\\{\\}", "a{x}", "a[1-", "a[a-", "a[a-]", "(*)b", "(+)b", "(*b)", "(a|*)b", "(**)b", "(^*)b", "(*"};
    for (int i = 0; i < 5; i++) {
        re_set_syntax(all[i]);
        for (int j = 0; j < 13; j++) {
            struct re_pattern_buffer buffer = {0};
            const char *said = re_compile_pattern(patterns[j], strlen(patterns[j]), &buffer);
            printf(" %s: %s", patterns[j], said ? said : "fine");
            if (!said) printf(" %d", (int)re_search(&buffer, "xb)bb{}a{x}", 11, 0, 11, NULL));
            printf("\n");
            regfree(&buffer);
        }
    }
}

int main(void) {
    bsd();
    in_pieces();
    own_registers();
    maps();
    syntaxes();
    odd_ones();
    return 0;
}
