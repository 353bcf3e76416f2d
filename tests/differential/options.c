// getopt(3) and its long forms: what is found, what is moved, what is said; glob(3) over a folder of its own; crypt(3).
// flags: -lcrypt
#include "differ.h"
#include <crypt.h>
#include <fcntl.h>
#include <getopt.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../guests/scratch.h"

// --- Options -------------------------------------------------------------------------------------------------------------

static char messages[4096];

// Has what is written to stderr in `messages`.
static void catch_messages(void) {
    memset(messages, 0, sizeof messages);
    stderr = fmemopen(messages, sizeof messages, "w");
}

static void say_messages(FILE *before) {
    fclose(stderr);
    stderr = before;
    say_text("said", messages);
}

static int flag;
static const struct option longs[][6] = {
    {{"alpha", no_argument, NULL, 'a'}, {"beta", required_argument, NULL, 'b'}, {"gamma", optional_argument, NULL, 300}, {"al", no_argument, &flag, 7}, {0, 0, 0, 0}},
    {{"alpha", no_argument, NULL, 'A'}, {"alphabet", no_argument, NULL, 'A'}, {"alpine", required_argument, NULL, 'p'}, {"b", no_argument, NULL, 1}, {0, 0, 0, 0}},
    {{"verbose", no_argument, &flag, 1}, {"version", no_argument, &flag, 1}, {"very", optional_argument, NULL, 0}, {"x", required_argument, NULL, 'x'}, {0, 0, 0, 0}}};

static void options(long number) {
    static const char *const specifications[] = {"abc", "ab:c::", "+ab:c", "-ab:c::", ":ab:c", "+:a:b", "-:ab", "aW;b:", "", "a:b:c:", "x::v", ":", "-", "W;x"};
    static char words[][20] = {"-a", "-b", "-bvalue", "-c", "-cvalue", "-abc", "-ab", "-z", "--", "-", "word", "other", "--alpha", "--al", "--alp", "--alph", "--beta", "--beta=value", "--beta=", "--gamma", "--gamma=5",
        "--nothing", "--alpha=bad", "--ver", "--verb", "--very", "-W", "alpha", "-Walpha", "-x", "-alpha", "-beta", "-al", "-verbose", "--x", "--a", "--b", "-b=3", "---", "--=", "-Wbeta=3", "-gamma=1"};
    char *argv[14] = {"prog"}, *const first = argv[0];
    int argc = 1 + below(7), way = below(3), index = -1, chosen = below(COUNT(longs)), result;
    const char *specification = PICK(specifications);
    for (int i = 1; i < argc; i++) argv[i] = PICK(words);
    given_text("options", specification), given_int("way", way), given_int("longs", chosen);
    for (int i = 1; i < argc; i++) given_text("arg", argv[i]);
    if (one_in(8)) setenv("POSIXLY_CORRECT", "1", 1), given_text("POSIXLY_CORRECT", "1");
    else unsetenv("POSIXLY_CORRECT");
    FILE *before = stderr;
    catch_messages();
    optind = 0, opterr = !one_in(6), optopt = '?', flag = 0, optarg = NULL;
    for (int i = 0; i < 12; i++) {
        index = -1;
        if (way == 0) result = getopt(argc, argv, specification);
        else if (way == 1) result = getopt_long(argc, argv, specification, longs[chosen], &index);
        else result = getopt_long_only(argc, argv, specification, longs[chosen], &index);
        say_int("result", result), say_int("optind", optind), say_int("index", index), say_int("flag", flag);
        if (result == '?' || result == ':') say_int("optopt", optopt);
        else if (result != -1) say_text("optarg", optarg);
        if (result == -1) break;
    }
    say_messages(before);
    for (int i = 0; i < argc; i++) say_text("left", argv[i]);
    say_int("name", argv[0] == first);
}

// What suboptions there are in a text.
static void suboptions(long number) {
    static char *const tokens[] = {"ro", "rw", "size", "mode", NULL};
    static const char *const pieces[] = {"ro", "rw", "size=5", "mode=", "mode", "unknown", "unknown=3", "", "r", "size=a=b", "rwx"};
    char text[100] = "", *at = text, *value;
    for (int i = below(5); i > 0; i--) {
        strcat(text, PICK(pieces));
        if (i > 1 || one_in(5)) strcat(text, ",");
    }
    given_text("text", text);
    for (int i = 0; *at && i < 12; i++) {
        value = "untouched";
        say_int("getsubopt", getsubopt(&at, tokens, &value)), say_text("value", value), say_at("at", text, at);
    }
}

// --- Names of files ------------------------------------------------------------------------------------------------------

static void make_folder(void) {
    static const char *const folders[] = {"dir", "dir/sub", "dira", "{a}", "B"};
    static const char *const files[] = {"a", "b", "ab", "abc", "a,b", ".hidden", "dir/x", "dir/y.c", "dir/.z", "dir/sub/x", "dira/x", "{a}/x", "a*b", "[x]", "a b", "\\q", "B/x", "{}", "a-c"};
    static int is_made;
    if (is_made++) return;
    static char path[] = "/tmp/globXXXXXX";
    scratch(path);
    for (size_t i = 0; i < COUNT(folders); i++) mkdir(folders[i], 0755);
    for (size_t i = 0; i < COUNT(files); i++) close(open(files[i], O_CREAT | O_WRONLY, 0644));
    symlink("nowhere", "dangling"), symlink("dir", "link");
    setenv("HOME", "/tmp", 1);
}

static void globbing(long number) {
    static const char *const pieces[] = {"a", "b", "*", "?", "[ab]", "[!a]", "dir", "/", "{a,b}", "{a,b,}", "{,c}", "{dir,dira}", "{a}", "{", "}", ",", ".", "\\*", "\\{", "x", "{a{b,c},d}", "*/", "{dir/,B/}x", "[x", "[[]x]", "{}", "dir/*", "link", "dangling", "..", "~", "~root", "~nobody/", "\\q", "\\\\q", "[a-c]"};
    static const int flags[] = {GLOB_MARK, GLOB_NOSORT, GLOB_DOOFFS, GLOB_NOCHECK, GLOB_NOESCAPE, GLOB_PERIOD, GLOB_BRACE, GLOB_BRACE, GLOB_BRACE, GLOB_NOMAGIC, GLOB_TILDE, GLOB_ONLYDIR, GLOB_TILDE_CHECK, GLOB_ERR};
    make_folder();
    char pattern[100] = "";
    glob_t found = {.gl_offs = below(3)};
    int chosen = 0;
    for (int i = between(1, 4); i > 0; i--) strcat(pattern, PICK(pieces));
    for (int i = below(5); i > 0; i--) chosen |= PICK(flags);
    // What there is outside of the folder is each world's own; an escape before a slash is taken twice, and slashes are kept.
    if (*pattern == '/' || strstr(pattern, "}/") || strstr(pattern, "..") || strstr(pattern, "q/") || strstr(pattern, "//") || (strchr(pattern, '~') && strchr(pattern, '/'))) return;
    // For what has an escape glibc reads the folder, which may be missing.
    if (strchr(pattern, '\\')) chosen &= ~(GLOB_ERR | GLOB_ONLYDIR);
    // Behind a wildcard alone glibc marks what has a slash already; what it gives back has lost it.
    if (*pattern && pattern[strlen(pattern) - 1] == '/') chosen &= ~(GLOB_MARK | GLOB_NOCHECK | GLOB_NOMAGIC);
    // The order of a folder is its own.
    if (strpbrk(pattern, "*?[")) chosen &= ~GLOB_NOSORT;
    given_text("pattern", pattern), given_hex("flags", chosen), given_int("offs", found.gl_offs);
    int result = glob(pattern, chosen, NULL, &found);
    say_int("glob", result), say_int("count", result ? -1 : (long)found.gl_pathc);
    size_t offset = chosen & GLOB_DOOFFS ? found.gl_offs : 0;
    for (size_t i = 0; !result && i < found.gl_pathc + offset && i < 60; i++) say_text("path", found.gl_pathv[i]);
    // What it says of folders on the way is its own.
    if (!result && !strpbrk(pattern, "/~")) say_int("magic", !!(found.gl_flags & GLOB_MAGCHAR));
    if (!result && one_in(4)) {
        result = glob("dir/{x,y.c}", (chosen & GLOB_DOOFFS) | GLOB_APPEND | GLOB_BRACE, NULL, &found);
        say_int("append", result), say_int("count", found.gl_pathc);
        for (size_t i = 0; i < found.gl_pathc + offset && i < 60; i++) say_text("path", found.gl_pathv[i]);
    }
    if (!result) globfree(&found);
}

// --- Passwords -----------------------------------------------------------------------------------------------------------

static void passwords(long number) {
    static const char *const settings[] = {"$1$", "$5$", "$6$", "$5$rounds=1000$", "$6$rounds=1000$", "$6$rounds=999$", "$5$rounds=01000$", "$5$rounds=$", "$2a$04$", "$2b$04$", "$2y$04$", "$2b$3$", "$2b$04", "$2$", "$9$", "*0", "*1", "", "", "_/...", "_J9..", "$3$", "$2x$04$", "$sha1$7$", "$md5$", "$md5,rounds=3$", "$y$j/5$", "$y$.1.$", "$y$/1.$", "$y$j1./.$", "$y$j2...$", "$gy$j/5$", "$7$0/..../...."};
    char setting[100], phrase[140], salt[40];
    size_t length = one_in(4) ? below(130) : below(20);
    for (size_t i = 0; i < length; i++) phrase[i] = one_in(6) ? between(128, 255) : between(1, 127);
    phrase[length] = 0;
    fill(salt, one_in(3) ? 22 : below(24), one_in(8) ? "./09AZaz$:!* \n\\;" : "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    strcat(strcpy(setting, PICK(settings)), salt);
    if (one_in(4)) strcat(setting, "$rest");
    given_bytes("phrase", phrase, length), given_text("setting", setting);
    say_text("crypt", crypt(phrase, setting)), say_errno();
    struct crypt_data *data = calloc(1, sizeof *data);
    say_text("crypt_rn", crypt_rn(phrase, setting, data, one_in(5) ? 100 : sizeof *data)), say_errno();
    say_text("crypt_r", crypt_r(phrase, setting, data)), say_errno();
    free(data);
    say_int("checksalt", crypt_checksalt(setting));
}

static void salts(long number) {
    static const char *const prefixes[] = {"$1$", "$5$", "$6$", "$2a$", "$2b$", "$2y$", "$2x$", "$y$", "$gy$", "$7$", "$sha1", "$md5", "_", "", "ab", "$3$", "$6$rest", "$5", "$2b", "$9$", "*0"};
    static const unsigned long counts[] = {0, 1, 4, 5, 31, 32, 999, 1000, 5000, 999999999, 1000000000, -1};
    char bytes[70], room[200];
    size_t length = one_in(3) ? 16 : below(70);
    fill_bytes(bytes, sizeof bytes);
    const char *prefix = PICK(prefixes);
    unsigned long count = PICK(counts);
    // libxcrypt has an assertion that some sizes fail.
    static const int sizes[] = {0, 1, 2, 3, sizeof room};
    int size = one_in(3) ? PICK(sizes) : (int)sizeof room;
    memset(room, '#', sizeof room);
    given_text("prefix", prefix), given_int("count", count), given_int("length", length), given_int("size", size);
    char *made = crypt_gensalt_rn(prefix, count, bytes, length, room, size);
    say_int("gensalt", made == room), say_errno();
    say_text("room", strnlen(room, sizeof room) < sizeof room ? room : "none");
    say_text("plain", crypt_gensalt(prefix, count, bytes, length)), say_errno();
    say_int("preferred", *crypt_preferred_method());
}

DIFFER({"options", options}, {"suboptions", suboptions, 10}, {"globbing", globbing, 10}, {"passwords", passwords, 50}, {"salts", salts, 10})
