// kind: so pie
// C++ exceptions cross the library functions that call the program back.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <link.h>
#include <mutex>
#include <pthread.h>
#include <search.h>
#include <stdexcept>
#include <string>
#include <thread>

static int calls;

struct Guard {
    const char *name;
    explicit Guard(const char *n) : name(n) {}
    ~Guard() { printf("  ~%s\n", name); }
};

[[noreturn]] static void fail(const char *what) {
    Guard guard("in the callback");
    throw std::runtime_error(what);
}

static int at_fifth(const void *a, const void *b) {
    if (++calls == 5)
        fail("comparison");
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static int at_fifth_with(const void *a, const void *b, void *name) {
    if (++calls == 5)
        fail(static_cast<const char *>(name));
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

template <typename F> static void expect(const char *what, F call) {
    calls = 0;
    try {
        Guard guard("around the call");
        call();
        printf("%s: nothing thrown\n", what);
    } catch (const std::exception &error) {
        printf("%s: caught %s after %d calls\n", what, error.what(), calls);
    }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_runs;
static void once_routine() {
    calls++;
    if (++once_runs < 3)
        fail("once");
    puts("  once has run");
}

static int compare(const void *a, const void *b) {
    return *static_cast<const int *>(a) - *static_cast<const int *>(b);
}

static void walk(const void *, VISIT, int) {
    if (++calls == 4)
        fail("walk");
}

static ssize_t cookie_write(void *, const char *, size_t) {
    calls++;
    fail("write");
}

int main() {
    setvbuf(stdout, nullptr, _IOFBF, 1 << 16);
    int numbers[64];
    for (int i = 0; i < 64; i++)
        numbers[i] = i * 37 % 64;
    expect("qsort", [&] { qsort(numbers, 64, sizeof *numbers, at_fifth); });
    expect("qsort_r", [&] {
        qsort_r(numbers, 64, sizeof *numbers, at_fifth_with, const_cast<char *>("with an argument"));
    });
    std::sort(numbers, numbers + 64);
    int key = 1;
    expect("bsearch", [&] { bsearch(&key, numbers, 64, sizeof *numbers, at_fifth); });
    size_t count = 64;
    key = 99;
    expect("lfind", [&] { lfind(&key, numbers, &count, sizeof *numbers, at_fifth); });

    void *root = nullptr;
    for (int &number : numbers)
        tsearch(&number, &root, compare);
    expect("twalk", [&] { twalk(root, walk); });
    expect("tfind", [&] { calls = 4, tfind(&key, &root, at_fifth); });

    for (int i = 0; i < 4; i++)
        expect("pthread_once", [] { pthread_once(&once, once_routine); });
    std::once_flag flag;
    expect("std::call_once", [&] { std::call_once(flag, [] { calls++, fail("call_once"); }); });
    expect("std::call_once", [&] { std::call_once(flag, [] { puts("  called once"); }); });

    expect("scandir", [] {
        dirent **names;
        scandir("/", &names, [](const dirent *) -> int { calls++, fail("filter"); }, alphasort);
    });
    expect("dl_iterate_phdr", [] {
        dl_iterate_phdr([](dl_phdr_info *, size_t, void *) -> int { calls++, fail("phdr"); }, nullptr);
    });
    cookie_io_functions_t functions{nullptr, cookie_write, nullptr, nullptr};
    FILE *stream = fopencookie(nullptr, "w", functions);
    setvbuf(stream, nullptr, _IONBF, 0);
    expect("fprintf to a cookie", [&] { fprintf(stream, "%d", 42); });
    expect("fputs to it again", [&] { fputs("text", stream); });

    // In a thread too, and rethrown in this one.
    std::exception_ptr thrown;
    std::thread([&] {
        try {
            calls = 0;
            qsort(numbers, 64, sizeof *numbers, at_fifth);
        } catch (...) {
            thrown = std::current_exception();
        }
    }).join();
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception &error) {
        printf("from the thread: %s\n", error.what());
    }
    return 0;
}
