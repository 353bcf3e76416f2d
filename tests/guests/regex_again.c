// kind: so pie
// Searches with the same expression again and again: what later ones know from earlier ones changes nothing. Texts are short
// and long, ASCII and not, with flags that change from one search to the next, and from several threads at once.
#include <locale.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const patterns[] = {
    "fox|dog|cat", "[0-9]+-[0-9]+", "(ab|cd)+[x-z]", "^a*$", "^", "$", "\\<w[a-z]*\\>", "\\bo", "\\Bo", "x*", ".*b", "a|ab|abc",
    "(a*)(ab)*(b*)", "[^a-m]+$", "^line", "é+", ".é", "[[:alpha:]]+[[:digit:]]", "(a|b)*c|(a|ab)*c", "a{2,3}",
};
static const char *const texts[] = {
    "", "a", "ab", "aab", "the dog and the fox", "call 555-1234 now", "abcdabw abx", "two words", "no one", "lineage\nline two",
    "caf\xc3\xa9 \xc3\xa9\xc3\xa9t\xc3\xa9", "abc1", "aaaa", "\xe9 alone", "ababc", "hello world of dogs",
};

static void show(const regex_t *regex, const char *text, int flags) {
    regmatch_t m[3];
    if (regexec(regex, text, 3, m, flags)) {
        printf(" -");
        return;
    }
    printf(" %d-%d", (int)m[0].rm_so, (int)m[0].rm_eo);
    if (m[1].rm_so >= 0) printf("(%d-%d)", (int)m[1].rm_so, (int)m[1].rm_eo);
}

static const regex_t *shared;
static const char *shared_text;
static void *search_often(void *argument) {
    long *same = argument;
    regmatch_t m;
    for (int i = 0; i < 2000; i++)
        *same += regexec(shared, shared_text, 1, &m, 0) == 0 && m.rm_so == 4 && m.rm_eo == 7;
    return NULL;
}

int main(void) {
    setlocale(LC_ALL, "C.UTF-8");
    for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++)
        for (int newline = 0; newline < 2; newline++) {
            regex_t regex;
            if (regcomp(&regex, patterns[p], REG_EXTENDED | (newline ? REG_NEWLINE : 0))) return 1;
            printf("%s%s:", patterns[p], newline ? " by lines" : "");
            for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
                for (int again = 0; again < 3; again++) show(&regex, texts[t], again == 1 ? REG_NOTBOL : again == 2 ? REG_NOTEOL : 0);
            printf("\n");
            regfree(&regex);
        }
    // Long ones: a match at the end, one that is tried from everywhere in vain, and very many states.
    static char text[4000];
    memset(text, 'a', sizeof text - 1);
    static const char *const hard[] = {"a*b", "(a|b)*a(a|b){9}$", ".*x|.*y", "aa*$"};
    for (int i = 0; i < 4; i++)
        for (int again = 0; again < 2; again++) {
            regex_t regex;
            if (regcomp(&regex, hard[i], REG_EXTENDED)) return 1;
            if (again)
                for (int j = 0; j < 3999; j += 3 + j % 11) text[j] = 'b';
            printf("%s:", hard[i]);
            show(&regex, text + 2500 * (i != 3), 0);
            show(&regex, text + 2500, 0);
            printf("\n");
            regfree(&regex);
            memset(text, 'a', sizeof text - 1);
        }
    regex_t regex;
    regcomp(&regex, "cat|dog|fox", REG_EXTENDED);
    shared = &regex;
    shared_text = "the dog and the cat";
    pthread_t threads[4];
    long same[4] = {0};
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, search_often, &same[i]);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("%ld %ld %ld %ld\n", same[0], same[1], same[2], same[3]);
    regfree(&regex);
    return 0;
}
