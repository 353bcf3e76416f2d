//! What a signal does that nobody handles, what a handler must not do, and signals from outside.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

/// Compiles a program of this text.
fn program(name: &str, source_text: &str) -> PathBuf {
    let folder = paths::fresh_folder(&format!("signals-{name}"));
    let source = folder.join(format!("{name}.c"));
    std::fs::write(&source, source_text).expect("the build folder can be written");
    guest::compile(&source, &["-O1", "-g", "-fPIE", "-pie", "-pthread"], name).expect("it compiles")
}

fn run_in(column: Column, program: &std::path::Path, args: &[&str]) -> Outcome {
    let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
    let folder = paths::fresh_folder("signals-run");
    run(&mut column.command(program, &args, &[], &folder), b"").expect("it runs")
}

/// The columns but Linux.
fn worlds() -> impl Iterator<Item = Column> {
    Column::chosen().into_iter().filter(|column| *column != Column::Native)
}

const RAISES: &str = r#"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    printf("before\n");
    fflush(stdout);
    for (int i = 1; i < argc; i++) {
        signal(atoi(argv[i]), SIG_DFL); // whatever ran the tests may have ignored it
        raise(atoi(argv[i]));
    }
    printf("after\n");
    return 0;
}"#;

/// Signals that stop a process on Linux.
const STOPS: [i32; 4] = [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
/// Signals that leave a core on Linux.
const CORES: [i32; 10] = [
    libc::SIGQUIT,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGSYS,
];

#[test]
fn every_signal_does_what_it_does_on_linux_when_nobody_handles_it() {
    let program = program("raises", RAISES);
    for column in worlds() {
        let all = (1..=64).filter(|number| !STOPS.contains(number) && !matches!(number, 32 | 33));
        // A machine takes its time; these are of each kind.
        let few = [libc::SIGKILL, libc::SIGTERM, libc::SIGCHLD, libc::SIGQUIT, libc::SIGSYS, 34];
        for number in all.filter(|number| column == Column::Hosted || few.contains(number)) {
            let expected = run_in(Column::Native, &program, &[&number.to_string()]);
            let got = run_in(column, &program, &[&number.to_string()]);
            assert_eq!(
                (expected.status, &expected.stdout),
                (got.status, &got.stdout),
                "signal {number}: {got:?}"
            );
            let has_report = text(&got.stderr).contains("backtrace:");
            assert_eq!(has_report, CORES.contains(&number), "signal {number}: {}", text(&got.stderr));
        }
    }
}

#[test]
fn stop_signals_are_ignored_with_one_warning() {
    let program = program("stops", RAISES);
    let numbers = STOPS.map(|number| number.to_string());
    for column in worlds() {
        let got = run_in(column, &program, &numbers.each_ref().map(String::as_str));
        assert_eq!((got.status, text(&got.stdout).as_str()), (0, "before\nafter\n"));
        let warning = "stop signals are ignored";
        assert_eq!(text(&got.stderr).matches(warning).count(), 1, "{}", text(&got.stderr));
    }
}

#[test]
fn a_handler_that_jumps_out_of_its_thread_ends_the_program() {
    let source = r#"
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/time.h>
static sigjmp_buf back;
static void jumps(int number) { siglongjmp(back, number); }
int main(int argc, char **argv) {
    signal(SIGUSR1, jumps);
    signal(SIGALRM, jumps);
    if (sigsetjmp(back, 1) != 0) {
        printf("jumped\n");
        return 0;
    }
    if (argc > 1)
        raise(SIGUSR1);
    struct itimerval soon = {{0, 0}, {0, 1000}};
    setitimer(ITIMER_REAL, &soon, NULL);
    for (;;)
        pause();
}"#;
    let program = program("jumps", source);
    for column in worlds() {
        for args in [&["raise"][..], &[]] {
            let got = run_in(column, &program, args);
            assert_eq!((got.status, text(&got.stdout).as_str()), (134, ""));
            assert!(text(&got.stderr).contains("longjmp out of a signal handler"), "{}", text(&got.stderr));
        }
    }
}

#[test]
fn abort_ends_the_program_after_its_handler() {
    let source = r#"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
static void note(int number) { printf("handler %d\n", number == SIGABRT), fflush(stdout); }
int main(int argc, char **argv) {
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGABRT, argc > 1 ? SIG_IGN : note);
    abort();
}"#;
    let program = program("aborts", source);
    for column in worlds() {
        for args in [&[][..], &["ignored"]] {
            let expected = run_in(Column::Native, &program, args);
            let got = run_in(column, &program, args);
            assert_eq!((expected.status, &expected.stdout), (got.status, &got.stdout));
            assert!(text(&got.stderr).contains("backtrace:"), "{}", text(&got.stderr));
        }
    }
}

/// Starts a program, with a pipe for its input, and waits for its first line.
fn start(column: Column, program: &std::path::Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let folder = paths::fresh_folder("signals-start");
    let mut command: Command = column.command(program, &[], &[], &folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("osvrun starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it says when it is there");
    assert_eq!(line, "ready\n");
    (child, output)
}

/// Sends a signal to osvrun, by the shell: not every Debian has a program `kill`.
fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
    assert!(sent.expect("sh runs").success());
}

#[test]
fn a_signal_from_outside_interrupts_a_read_of_the_console() {
    let source = r#"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t handled;
static void note(int number) { handled = number; }
int main(void) {
    struct sigaction action = {.sa_handler = note};
    char byte = 0;
    sigaction(SIGINT, &action, NULL);
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, NULL);
    printf("ready\n"), fflush(stdout);
    ssize_t got = read(0, &byte, 1);
    printf("%zd %s %d\n", got, strerror(errno), handled == SIGINT), fflush(stdout);
    got = read(0, &byte, 1);
    printf("%zd %c %d\n", got, byte, handled == SIGTERM), fflush(stdout);
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
}"#;
    let program = program("console", source);
    for column in Column::chosen() {
        let (mut child, mut output) = start(column, &program);
        // The program is about to read, or reads.
        std::thread::sleep(std::time::Duration::from_millis(300));
        send("INT", &child);
        let mut line = String::new();
        output.read_line(&mut line).expect("it goes on");
        assert_eq!(line, "-1 Interrupted system call 1\n", "{}", column.name());
        std::thread::sleep(std::time::Duration::from_millis(300));
        send("TERM", &child);
        std::thread::sleep(std::time::Duration::from_millis(300));
        child.stdin.take().expect("a pipe").write_all(b"x").expect("it reads");
        line.clear();
        output.read_line(&mut line).expect("it goes on");
        assert_eq!(line, "1 x 1\n", "{}", column.name());
        use std::os::unix::process::ExitStatusExt;
        let status = child.wait().expect("it ends");
        assert_eq!(status.code().or(status.signal().map(|signal| 128 + signal)), Some(130));
    }
}

#[test]
fn a_program_finds_ignored_and_blocked_what_osvrun_does() {
    let source = r#"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static volatile sig_atomic_t handled;
static void note(int number) { handled = number; }
int main(void) {
    struct sigaction action;
    sigset_t set;
    sigprocmask(SIG_BLOCK, NULL, &set);
    for (int i = 1; i < 65; i++) {
        int is_ignored = !sigaction(i, NULL, &action) && action.sa_handler == SIG_IGN;
        int is_blocked = sigismember(&set, i) == 1;
        if (is_ignored || is_blocked)
            printf("%d%s%s\n", i, is_ignored ? " ignored" : "", is_blocked ? " blocked" : "");
    }
    raise(SIGHUP), raise(SIGINT);
    int ends[2];
    if (pipe(ends) || close(ends[0]))
        return 1;
    ssize_t n = write(ends[1], "x", 1);
    printf("write %zd %s\n", n, strerror(errno));
    signal(SIGUSR1, note);
    kill(getpid(), SIGUSR1);
    printf("blocked %d\n", !handled);
    sigemptyset(&set), sigaddset(&set, SIGUSR1), sigprocmask(SIG_UNBLOCK, &set, NULL);
    printf("handled %d\n", handled == SIGUSR1);
    signal(SIGTERM, SIG_DFL);
    printf("as by default\n"), fflush(stdout);
    raise(SIGTERM);
    return 0;
}"#;
    let program = program("inherited", source);
    for given in [
        &["--ignore-signal=HUP,INT,PIPE,TERM,CHLD", "--block-signal=USR1,ALRM,HUP"][..],
        &["--ignore-signal=1,2,13,15,39", "--block-signal=10,50"],
    ] {
        let run_in = |column: Column| {
            let folder = paths::fresh_folder("signals-inherited");
            let plain = column.command(&program, &[], &[], &folder);
            let mut command = Command::new("env");
            command.args(given).arg(plain.get_program()).args(plain.get_args()).current_dir(&*folder);
            run(&mut command, b"").expect("it runs")
        };
        let native = run_in(Column::Native);
        assert!(text(&native.stdout).contains("\n13 ignored\n"), "{native:?}");
        for column in worlds() {
            let got = run_in(column);
            assert_eq!(
                (got.status, text(&got.stdout)),
                (native.status, text(&native.stdout)),
                "{}: {got:?}",
                column.name()
            );
        }
    }
}

const ON_WHICH_THREAD: &str = r#"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
static volatile int handled, spins;
static pthread_t busy, on;
static void handler(int number) { (void)number; on = pthread_self(); handled++; }
static void *spin(void *p) { while (handled < 2) spins++; return p; }
int main(void) {
    signal(SIGUSR1, handler);
    pthread_create(&busy, 0, spin, 0);
    while (!spins);
    for (int i = 1; i <= 2; i++) {
        pthread_kill(busy, SIGUSR1);
        while (handled < i);
    }
    pthread_join(busy, 0);
    puts(pthread_equal(on, busy) ? "on it" : "elsewhere");
    return 0;
}"#;

#[test]
fn handlers_run_where_it_was_asked_for() {
    let program = program("where", ON_WHICH_THREAD);
    let note = "osvrun: signal 10 was sent to one thread; its handler runs in a thread of its own";
    for column in worlds() {
        let world = format!("--{}", column.name());
        for (option, says, notes) in [("--signals=osv", "elsewhere\n", 1), ("--signals=linux", "on it\n", 0)]
        {
            let outcome =
                run(Command::new(paths::osvrun()).args([world.as_str(), option]).arg(&program), b"")
                    .expect("it runs");
            assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (0, says), "{world} {option}");
            assert_eq!(text(&outcome.stderr).matches(note).count(), notes, "{world} {option}");
        }
        // Programs with their own libc have it in any case; the option says nothing of their calls.
        let mut command = Command::new(paths::osvrun());
        command.args([world.as_str(), "--libc=own", "--signals=linux"]).arg(&program);
        let outcome = run(&mut command, b"").expect("it runs");
        assert_eq!(
            (text(&outcome.stdout).as_str(), text(&outcome.stderr).as_str()),
            ("on it\n", ""),
            "{world}"
        );
    }
}

const WHOM_AN_ALARM_INTERRUPTS: &str = r#"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static void handler(int number) { (void)number; }
static int is_interrupted(void) {
    struct timespec long_time = {20, 0};
    return nanosleep(&long_time, 0) < 0;
}
static void *sets(void *first) {
    struct itimerval soon = {{0, 0}, {0, 100000}};
    setitimer(ITIMER_REAL, &soon, 0);
    if (is_interrupted()) {
        puts("who set it");
        pthread_kill(*(pthread_t *)first, SIGUSR1);
    }
    return 0;
}
int main(void) {
    struct sigaction action = {.sa_handler = handler};
    pthread_t first = pthread_self(), setter;
    sigaction(SIGALRM, &action, 0);
    sigaction(SIGUSR1, &action, 0);
    pthread_create(&setter, 0, sets, &first);
    is_interrupted();
    // The other one is not waited for where it was not interrupted.
    fflush(stdout);
    _exit(0);
}"#;

/// "by `alarm`: the thread that set it", where Linux and who asks for its way take the first thread.
#[test]
fn an_alarm_interrupts_who_set_it() {
    let program = program("alarm", WHOM_AN_ALARM_INTERRUPTS);
    for column in worlds() {
        let world = format!("--{}", column.name());
        for (options, says) in
            [("--signals=osv", "who set it\n"), ("--signals=linux", ""), ("--libc=own", "")]
        {
            let mut command = Command::new(paths::osvrun());
            let outcome = run(command.args(["-q", &world, options]).arg(&program), b"").expect("it runs");
            assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (0, says), "{world} {options}");
        }
    }
}

const CRASHES_IN_HANDLER: &str = r#"
#include <signal.h>
#include <unistd.h>
__attribute__((noinline)) static int crashes(int x) { *(volatile int *)16 = x; return x + 1; }
static void handler(int number) { (void)!write(1, "", crashes(number) - number - 1); }
__attribute__((noinline)) static int interrupted(void) { return kill(getpid(), SIGUSR1) + 1; }
int main(void) {
    signal(SIGUSR1, handler);
    return interrupted() + 1;
}"#;

#[test]
fn a_report_shows_what_a_handler_on_the_thread_interrupted() {
    let dynamic = program("crashes-in-handler", CRASHES_IN_HANDLER);
    let source = paths::fresh_folder("signals-crashes-static").join("crashes-static.c");
    std::fs::write(&source, CRASHES_IN_HANDLER).expect("the build folder can be written");
    let fixed = guest::compile(&source, &["-O1", "-g", "-static"], "crashes-static").expect("it compiles");
    for column in worlds() {
        let world = format!("--{}", column.name());
        for (option, program) in
            [("--libc=own", &dynamic), ("--libc=auto", &fixed), ("--signals=linux", &dynamic)]
        {
            let got = run(Command::new(paths::osvrun()).args([world.as_str(), option]).arg(program), b"")
                .expect("it runs");
            let report = text(&got.stderr);
            assert_eq!(got.status, 139, "{report}");
            for name in ["(crashes)", "(handler)", "(interrupted)", "(main)"] {
                assert!(report.contains(name), "{world} {option}: no {name} in {report}");
            }
        }
    }
}
