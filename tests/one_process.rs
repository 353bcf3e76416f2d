//! What a program finds otherwise than on Linux because there is one process and one user: sections 2, 3 and 5 of what
//! osvrun promises. Each test names its sentence.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, run_within, text};
use osvrun_tests::{guest, paths};

/// Only against hangs: a machine without a processor of its own is slow.
const LIMIT: Duration = Duration::from_mins(10);

/// Compiles a program of this text.
fn program(name: &str, source_text: &str, flags: &[&str]) -> PathBuf {
    let source = paths::fresh_folder(&format!("one-process-{name}")).join(format!("{name}.c"));
    std::fs::write(&source, source_text).expect("the build folder can be written");
    guest::compile(&source, flags, name).expect("it compiles")
}

fn osvrun(args: &[&str], program: &Path, more: &[&str]) -> Outcome {
    run(Command::new(paths::osvrun()).args(args).arg(program).args(more), b"").expect("it runs")
}

const STARTS_ANOTHER: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static char stack[65536];
static int child(void *none) { return none != 0; }
int main(int argc, char **argv) {
    (void)argc;
    setvbuf(stdout, 0, _IOLBF, 0);
    puts(getpid() == gettid() ? "one" : "two");
    long pid = !strcmp(argv[1], "fork") ? fork() : !strcmp(argv[1], "vfork") ? vfork()
        : clone(child, stack + sizeof stack, SIGCHLD, 0);
    if (pid == 0)
        _exit(0);
    printf("%ld %s\n", pid, strerrorname_np(errno));
    errno = 0;
    printf("%d", wait(0));
    printf(" %s\n", strerrorname_np(errno));
    return 0;
}"#;

/// "`fork`, `vfork` and `clone` without `CLONE_THREAD` are unsupported: at the symbol door a missing symbol; at the syscall
/// door ENOSYS, traced."
#[test]
fn there_is_no_second_process() {
    let object = program("starts.so", STARTS_ANOTHER, &["-g", "-w", "-shared", "-fPIC"]);
    let fixed = program("starts", STARTS_ANOTHER, &["-g", "-w", "-static"]);
    for world in Column::worlds() {
        for call in ["fork", "vfork", "clone"] {
            let outcome = osvrun(&[world], &object, &[call]);
            let report = text(&outcome.stderr);
            assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (134, "one\n"), "{world}: {report}");
            let begins = format!("osvrun: missing symbol: {call} (called from starts.so+0x");
            assert!(report.starts_with(&begins) && report.contains(" in main)\n"), "{world}: {report}");
            for part in ["with --missing=enosys", "backtrace:", "(main)", "last kernel calls, newest first: "]
            {
                assert!(report.contains(part), "{world}: {report}");
            }
            let said = "one\n-1 ENOSYS\n-1 ECHILD\n";
            for (options, file) in [("--missing=enosys", &object), ("--libc=own", &fixed)] {
                let outcome = osvrun(&["-q", world, options], file, &[call]);
                let errors = text(&outcome.stderr);
                assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (0, said), "{world}: {errors}");
            }
            let traced = text(&osvrun(&[world, "--trace"], &fixed, &[call]).stderr);
            let is_told = traced.lines().any(|line| line.contains("fork(") || line.contains("clone("));
            assert!(is_told && traced.contains("= -1 ENOSYS"), "{world}: {traced}");
        }
    }
}

const REPORTS_BESIDE: &str = r#"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>
static void *look(void *unused) {
    static _Thread_local char bytes[1 << 16];
    for (;;) {
        int fd = open("/bin/bash", O_RDONLY);
        for (int i = 0; i < 16; i++) (void)!read(fd, bytes, sizeof bytes);
        close(fd);
    }
    return unused;
}
static int frame(void *context, void *unused) { return context == unused ? 0 : fork(); }
int main(void) {
    pthread_t thread;
    for (int i = 0; i < 6; i++) pthread_create(&thread, 0, look, 0);
    int (*walk)(int (*)(void *, void *), void *) = dlsym(dlopen("libgcc_s.so.1", RTLD_NOW), "_Unwind_Backtrace");
    usleep(100000);
    return walk(frame, 0);
}"#;

/// "A missing symbol … prints one report": also where other threads have what its names are read with, such as a lock.
#[test]
fn a_report_reads_files_while_others_do() {
    let program = program("beside", REPORTS_BESIDE, &["-O1", "-w", "-pthread", "-ldl"]);
    for world in Column::worlds() {
        for _ in 0..5 {
            let outcome = osvrun(&[world, "--cpus", "2"], &program, &[]);
            let report = text(&outcome.stderr);
            assert_eq!(outcome.status, 134, "{world}: {report}");
            for part in
                ["(frame)\n", "(_Unwind_Backtrace)\n", "(main)\n", "last kernel calls, newest first: "]
            {
                assert!(report.contains(part), "{world}: {report}");
            }
        }
    }
}

const EXECS: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
static long resident(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    (void)!fscanf(file, "%*d %ld", &pages);
    return fclose(file), pages;
}
/* How many mappings there are, or -1 if the other program still has one. */
static long mappings(const char *other) {
    char line[512];
    long count = 0;
    FILE *file = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, file))
        count = strstr(line, strrchr(other, '/')) || count < 0 ? -1 : count + 1;
    return fclose(file), count;
}
int main(int argc, char **argv) {
    char left[24], pages[24], maps[24];
    long count = mappings(argv[2]), after = resident(), turn = atoi(argv[1]);
    char *block = mmap(0, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *heap = malloc(1 << 20);
    memset(block, 1, 4 << 20), memset(heap, 1, 1 << 20);
    if (count < 0 || gettid() != getpid())
        return printf("turn %ld: mappings %ld, thread %d of %d\n", turn, count, gettid(), getpid()), 1;
    if (turn == 0)
        return printf("grown %d %d\n", after > atoi(argv[4]) + 16, count > atoi(argv[5])), 0;
    /* What the tenth has is what the last may have. */
    sprintf(left, "%ld", turn - 1), sprintf(pages, "%ld", after), sprintf(maps, "%ld", count);
    int is_first = argc < 6 || turn >= 990;
    execl(argv[2], argv[2], left, argv[3], argv[2], is_first ? pages : argv[4], is_first ? maps : argv[5], (char *)0);
    return perror("execl"), 2;
}"#;

/// "The old image, heap and TLS go … and the new program starts on the same thread id … An `ET_EXEC` may replace one at the
/// same addresses", a thousand times.
#[test]
fn a_thousand_programs_replace_one_another() {
    let flags = ["-w", "-no-pie", "-fno-pie"];
    let other = [&flags[..], &["-O2"]].concat();
    let (one, two) = (program("execs-one", EXECS, &flags), program("execs-two", EXECS, &other));
    let fixed = program("execs-static", EXECS, &["-w", "-static"]);
    for world in Column::worlds() {
        for (one, two) in [(&one, &two), (&fixed, &one)] {
            let mut command = Command::new(paths::osvrun());
            command.args([world, "-q"]).arg(one).arg("1000").arg(two).arg(one);
            let outcome = run_within(LIMIT, &mut command, b"").expect("it runs");
            let errors = text(&outcome.stderr);
            let said = text(&outcome.stdout);
            assert_eq!((outcome.status, said.as_str()), (0, "grown 0 0\n"), "{world}: {errors}");
        }
    }
}

const RUNS: &str = r#"
#include <stdio.h>
#include <stdlib.h>
extern int osv_run_app(const char *path, char *const argv[], int argc);
static long free_kib(void) {
    char line[100];
    long kib = 0;
    FILE *file = fopen("/proc/meminfo", "r");
    while (kib == 0 && fgets(line, sizeof line, file))
        sscanf(line, "MemFree: %ld", &kib);
    return fclose(file), kib;
}
static long resident(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    (void)!fscanf(file, "%*d %ld", &pages);
    return fclose(file), pages;
}
int main(int argc, char **argv) {
    char *args[] = {argv[1], "argument", 0};
    long pages = 0, kib = 0, sum = 0, runs = atoi(argv[2]);
    for (long i = 0; i < runs; i++) {
        /* Looking takes some memory itself, the first times. */
        if (i <= runs / 5 && i % 100 == 0)
            pages = resident(), kib = free_kib();
        sum += osv_run_app(argv[1], args, 2);
    }
    printf("%d grown %d", sum == 7 * runs, resident() > pages + 16);
    if (argc > 3)
        printf(" %d", free_kib() < kib - 256);
    return puts("") < 0;
}"#;

const IS_RUN: &str = r#"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
static _Thread_local char local[5000];
static void *fills(void *none) { return memset(local, 1, sizeof local), none; }
int main(int argc, char **argv) {
    pthread_t thread;
    char *block = malloc(300000);
    memset(block, 1, 300000);
    pthread_create(&thread, 0, fills, 0), pthread_join(thread, 0);
    return strcmp(argv[1], "argument") || argc < 2 ? 1 : 7;
}"#;

/// "`osv_run_app` … its status, unload it and free what it held. Ten thousand runs do not grow memory."
#[test]
fn ten_thousand_programs_run_one_after_another() {
    let runs = program("runs.so", RUNS, &["-w", "-shared", "-fPIC"]);
    for column in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        let world = format!("--{}", column.name());
        for (name, flags) in [("is-run.so", ["-shared", "-fPIC"]), ("is-run", ["-pie", "-fPIE"])] {
            let inner = program(name, IS_RUN, &[&flags[..], &["-w", "-pthread"]].concat());
            let mut command = Command::new(paths::osvrun());
            // On metal it takes half a minute.
            let is_thorough = column == Column::Hosted || osvrun_tests::is_thorough();
            command.arg(&world).arg(&runs).arg(&inner).arg(if is_thorough { "10000" } else { "1500" });
            // Others take and give back the host's memory meanwhile.
            let (shows_free, said): (&[&str], _) =
                if column == Column::Metal { (&["free"], "1 grown 0 0\n") } else { (&[], "1 grown 0\n") };
            let outcome = run_within(LIMIT, command.args(shows_free), b"").expect("it runs");
            let errors = text(&outcome.stderr);
            assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (0, said), "{world}: {errors}");
        }
    }
}

const ONE_USER: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>
static int failed;
#define ALL_0(call) expect(#call, (call) == 0)
#define REFUSED(call) expect(#call, (errno = 0, (call) == -1 && errno == EPERM))
static void expect(const char *what, int holds) {
    if (!holds)
        failed = 1, printf("not so: %s, errno %d\n", what, errno);
}
int main(void) {
    gid_t groups[4] = {7}, other[1] = {5};
    ALL_0(getuid() | geteuid() | getgid() | getegid());
    expect("one group", getgroups(4, groups) == 1 && groups[0] == 0);
    ALL_0(setuid(0) | seteuid(0) | setreuid(0, 0) | setresuid(0, -1, 0));
    ALL_0(setgid(0) | setegid(0) | setregid(0, 0) | setresgid(0, -1, 0));
    ALL_0(initgroups("root", 0) | setgroups(1, groups) | setgroups(0, 0));
    REFUSED(setuid(1)), REFUSED(seteuid(1)), REFUSED(setreuid(0, 1)), REFUSED(setreuid(1, -1)), REFUSED(setresuid(0, 0, 1));
    REFUSED(setgid(1)), REFUSED(setegid(1)), REFUSED(setregid(0, 1)), REFUSED(setregid(1, -1)), REFUSED(setresgid(1, 0, 0));
    REFUSED(setgroups(1, other));
    ALL_0(setfsuid(1) | setfsuid(-1) | setfsgid(1) | setfsgid(-1));

    struct stat is;
    const char *file = "/tmp/one-user", *folder = "/tmp/one-user-folder", *inside = "/tmp/one-user-folder/file";
    unlink(file);
    expect("a file that nobody may use", close(open(file, O_CREAT | O_RDWR, 0)) == 0);
    ALL_0(stat(file, &is));
    expect("mode 0", (is.st_mode & 07777) == 0 && is.st_uid == 0 && is.st_gid == 0);
    int fd = open(file, O_RDWR);
    expect("it is written", write(fd, "x", 1) == 1);
    ALL_0(close(fd) | access(file, R_OK | W_OK));
    expect("not run", access(file, X_OK) == -1 && errno == EACCES);
    execl(file, file, (char *)0);
    expect("nor started", errno == EACCES);
    ALL_0(chmod(file, 0641) | stat(file, &is));
    expect("its mode is kept", (is.st_mode & 07777) == 0641);
    ALL_0(access(file, X_OK));
    execl(file, file, (char *)0);
    expect("one x bit will do", errno == ENOEXEC);
    ALL_0(chown(file, 1000, 2000) | stat(file, &is));
    expect("its owner is remembered", is.st_uid == 1000 && is.st_gid == 2000);
    fd = open(file, O_RDONLY);
    ALL_0(fchown(fd, -1, 3) | lchown(file, 4, -1) | fstat(fd, &is));
    expect("in parts", is.st_uid == 4 && is.st_gid == 3);
    expect("read all the same", pread(open(file, O_RDONLY), &is, 1, 0) == 1);
    ALL_0(unlink(file));
    ALL_0(mkdir(folder, 0));
    expect("a folder that nobody may use", open(inside, O_CREAT | O_WRONLY, 0) >= 0);
    ALL_0(unlink(inside) | rmdir(folder));

    struct passwd *user = getpwnam("root");
    expect("root", user && user->pw_uid == 0 && getpwuid(0) && getgrnam("root") && getgrgid(0));
    printf("daemon %s %s\n", getpwnam("daemon") ? "known" : "unknown", getgrgid(1) ? "known" : "unknown");
    return failed;
}"#;

/// "uid = euid = gid = egid = 0, one group. `set*id(0)` succeeds, any other id fails with EPERM … with a built-in root.
/// Permission bits are stored and reported and never refuse reading or writing … executing a file needs one x bit. `chown`
/// succeeds and is remembered."
#[test]
fn there_is_one_user() {
    let object = program("user.so", ONE_USER, &["-w", "-shared", "-fPIC"]);
    let fixed = program("user", ONE_USER, &["-w", "-static"]);
    for world in Column::worlds() {
        for (options, file, daemon) in [
            ("--root=host", &object, "known known"),
            ("--root=none", &object, "unknown unknown"),
            ("--root=host", &fixed, "known known"),
        ] {
            let outcome = osvrun(&[world, options], file, &[]);
            let said = text(&outcome.stdout);
            assert_eq!(
                (outcome.status, said.as_str()),
                (0, format!("daemon {daemon}\n").as_str()),
                "{world}"
            );
        }
    }
}

/// Files that programs look for, which need not be on Linux either: without control groups, SELinux, huge pages that come
/// unasked, files of the memory of programs that have ended, and the memory of the machine.
const ABSENT: [&str; 8] = [
    "/sys/fs/cgroup",
    "/proc/self/cgroup",
    "/sys/fs/selinux",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
    "/proc/self/coredump_filter",
    "/dev/mem",
    "/proc/kcore",
];

/// "`/sys/fs/cgroup` and `/sys/fs/selinux` do not \[exist\] … Anything else: ENOENT, visible in the trace."
#[test]
fn what_is_left_out_is_not_there_and_shows_in_the_trace() {
    let asks = "#include <fcntl.h>\n#include <errno.h>\nint main(int argc, char **argv) {\n    int absent = 0;\n\
        for (int i = 1; i < argc; i++) absent += open(argv[i], O_RDONLY) < 0 && errno == ENOENT;\n    return absent; }\n";
    let object = program("asks.so", asks, &["-shared", "-fPIC"]);
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--trace=file"], &object, &ABSENT);
        let trace = text(&outcome.stderr);
        assert_eq!(outcome.status, ABSENT.len() as i32, "{world}: {trace}");
        for path in ABSENT {
            let begins = format!("open(\"{path}\"");
            let is_told = |line: &str| line.starts_with(&begins) && line.contains("= -1 ENOENT");
            assert!(trace.lines().any(is_told), "{world}: {path}: {trace}");
        }
    }
}

/// "`system`, `popen`, `posix_spawn`: documented errno, nothing half done."
#[test]
fn there_is_no_shell() {
    let asks = "#include <errno.h>\n#include <stdlib.h>\nint main(void) {\n    if (system(NULL)) return 1;\n    \
        errno = 0;\n    return system(\"exit 3\") == -1 && errno == ENOSYS ? 7 : 2; }\n";
    let object = program("shell.so", asks, &["-shared", "-fPIC"]);
    for world in Column::worlds() {
        let outcome = osvrun(&[world], &object, &[]);
        assert_eq!(outcome.status, 7, "{world}: {}", text(&outcome.stderr));
    }
}
