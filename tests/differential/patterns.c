// Patterns: fnmatch(3), regex(3) and GNU's older interface, rpmatch(3).
#include "differ.h"
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static void fnmatch_case(long number) {
    static const char *const pieces[] = {
        "a", "b", "/", ".", "*", "?", "[ab]", "[!a]", "[^b]", "[a-c]", "[[:alpha:]]", "[[:digit:]x]", "\\", "\\*", "]", "[]a]", "[!]b]",
        "*a", "**", "*/", "[[.a.]]", "[[=b=]]", "?(a|b)", "*(ab)", "+(a)", "@(a|bc)", "\xc3\xa4", "[\xc3\xa4]", "A", "-"};
    static const int flags[] = {FNM_NOESCAPE, FNM_PATHNAME, FNM_PERIOD, FNM_LEADING_DIR, FNM_CASEFOLD, FNM_EXTMATCH};
    char pattern[80] = "", text[30];
    int chosen = 0;
    for (int i = below(7); i > 0; i--) strcat(pattern, PICK(pieces));
    fill(text, below(8), one_in(3) ? "ab/.*[]" : "abc");
    // Where bytes are no characters, glibc 2.36 takes all of them one by one, and after a star at times else.
    if (one_in(6) && !strpbrk(pattern, "*(")) strcat(text, "\xc3\xa4"), strcat(text, one_in(2) ? "a" : "\xc3\xa4");
    while (one_in(2)) chosen |= PICK(flags);
    locale_t before = uselocale(locale_of(number & 1));
    given_text("pattern", pattern), given_text("text", text), given_hex("flags", chosen), given_int("utf8", number & 1);
    say_int("fnmatch", fnmatch(pattern, text, chosen));
    uselocale(before);
}

// Which of several empty matches a group keeps is not said.
static int is_vague(const char *pattern) {
    static const char *const parts[] = {"*){", "*)?", "*\\)\\{", "*\\)\\?", "(){", "()?", "()+", "()*", "){", "\\)\\{", "*)+", "**", "*\\)\\+", "||", "\\|\\|", "(|", "|)", "\\(\\|", "\\|\\)", "^|", "|^", "^\\|"};
    size_t length = strlen(pattern);
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(pattern, parts[i])) return 1;
    return *pattern == '|' || !strncmp(pattern, "\\|", 2) || (length && pattern[length - 1] == '|');
}

static void any_regex(char *to, int is_extended) {
    static const char *const basic[] = {
        "a", "b", "c", ".", "a*", "b*", ".*", "[ab]", "[^a]", "[a-c]*", "\\(a\\)", "\\(", "\\)", "\\1", "^", "$", "\\{1,2\\}", "\\{0\\}", "\\|",
        "\\+", "\\?", "[[:alpha:]]", "*", "\\<", "\\>", "\\b", "\\w", "\\(a*\\)", "\\(ab\\|b\\)", "[]a]", "\\{2,\\}", "\\W"};
    static const char *const extended[] = {
        "a", "b", "c", ".", "a*", "b+", "c?", ".*", "[ab]", "[^a]", "[a-c]+", "(a)", "(", ")", "(a|b)", "|", "^", "$", "{1,2}", "{0}", "*", "+", "?",
        "[[:alpha:]]", "\\1", "(a*)", "(ab|b)*", "\\.", "{2,}", "{,2}", "()", "\\<", "\\>", "\\b", "\\B", "\\w", "(a|ab)(c|bcd)", "[b-a]", "a{2}"};
    *to = 0;
    do {
        *to = 0;
        for (int i = between(1, 6); i > 0; i--) strcat(to, is_extended ? PICK(extended) : PICK(basic));
    } while (is_vague(to));
}

static void regex_case(long number) {
    char pattern[120], text[40], message[60];
    int is_extended = number & 1, flags = is_extended ? REG_EXTENDED : 0;
    any_regex(pattern, is_extended);
    if (one_in(6)) flags |= REG_ICASE;
    if (one_in(6)) flags |= REG_NEWLINE;
    // In glibc 2.36 a ^ within a pattern may match behind a newline without REG_NEWLINE.
    fill(text, below(12), one_in(4) && (flags & REG_NEWLINE) ? "abc\n_ " : one_in(4) ? "abc_ " : "abc");
    if (one_in(9)) flags |= REG_NOSUB;
    int exec = one_in(5) ? REG_NOTBOL : one_in(5) ? REG_NOTEOL : 0;
    regex_t compiled;
    regmatch_t matches[5];
    given_text("pattern", pattern), given_text("text", text), given_hex("flags", flags), given_int("exec", exec);
    int result = regcomp(&compiled, pattern, flags);
    say_int("regcomp", result);
    say_int("regerror", regerror(result, &compiled, message, sizeof message)), say_text("message", message);
    if (result) return;
    say_int("groups", compiled.re_nsub);
    memset(matches, 0x55, sizeof matches);
    result = regexec(&compiled, text, COUNT(matches), matches, exec);
    say_int("regexec", result);
    for (size_t i = 0; !result && !(flags & REG_NOSUB) && i < COUNT(matches); i++)
        say_int("from", matches[i].rm_so), say_int("to", matches[i].rm_eo);
    regfree(&compiled);
}

static void gnu_regex(long number) {
    static const reg_syntax_t syntaxes[] = {RE_SYNTAX_GREP, RE_SYNTAX_EGREP, RE_SYNTAX_POSIX_EXTENDED, RE_SYNTAX_AWK, RE_SYNTAX_POSIX_BASIC};
    char pattern[120], text[40];
    struct re_pattern_buffer compiled;
    struct re_registers registers = {0};
    // Only these need to be set before: the flags may be what the stack held.
    memset(&compiled, below(256), sizeof compiled);
    compiled.buffer = NULL, compiled.allocated = 0, compiled.fastmap = NULL, compiled.translate = NULL;
    int which = below(COUNT(syntaxes));
    do any_regex(pattern, one_in(2));
    // Not an error in some of these syntaxes, and no character either.
    while (strstr(pattern, "[b-a]"));
    fill(text, below(12), "abc ");
    re_set_syntax(syntaxes[which]);
    given_int("syntax", which), given_text("pattern", pattern), given_text("text", text);
    const char *error = re_compile_pattern(pattern, strlen(pattern), &compiled);
    say_text("error", error);
    if (!error) {
        int length = strlen(text), start = below(length + 1);
        given_int("start", start);
        say_int("re_match", re_match(&compiled, text, length, start, &registers));
        int found = re_search(&compiled, text, length, start, between(-start, length - start), &registers);
        say_int("re_search", found);
        for (unsigned i = 0; found >= 0 && i <= compiled.re_nsub && i < registers.num_regs; i++)
            say_int("from", registers.start[i]), say_int("to", registers.end[i]);
        if (registers.num_regs) free(registers.start), free(registers.end);
    }
    regfree(&compiled);
}

static void answers(long number) {
    char text[6];
    fill(text, below(4), "yYnNxjo01 ");
    given_text("text", text);
    say_int("rpmatch", rpmatch(text));
}

DIFFER({"fnmatch", fnmatch_case}, {"regex", regex_case, 4}, {"gnu_regex", gnu_regex, 10}, {"answers", answers, 20})
