//! osvrun's own behaviour at the command line.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn osvrun(args: &[&str]) -> Outcome {
    run(Command::new(paths::osvrun()).args(args), b"").expect("osvrun runs")
}

/// Sends a signal to osvrun, by the shell: not every Debian has a program `kill`.
fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
    assert!(sent.expect("sh runs").success());
}

#[test]
fn a_program_that_is_not_found_is_127_and_one_line() {
    let outcome = osvrun(&["no-such-program-anywhere"]);
    assert_eq!(outcome.status, 127);
    assert_eq!(text(&outcome.stderr).lines().count(), 1);
    assert!(text(&outcome.stderr).contains("no-such-program-anywhere"));
}

#[test]
fn check_shows_the_interpreter_and_thread_local_storage() {
    let folder = paths::fresh_folder("check-tls");
    let source = folder.join("locals.c");
    let text = "static __thread long local[5] = {1}; extern __thread int shared; __thread int shared;\n\
                long *a(void) { return local; } int *b(void) { return &shared; } int main(void) { return a() == 0; }";
    std::fs::write(&source, text).expect("the build folder can be written");
    let row = |flags: &[&str], name: &str| {
        let object = guest::compile(&source, flags, name).expect("it compiles");
        let rows = text_of_all(&osvrun(&["check", &object.to_string_lossy()]).stdout);
        let tls = rows
            .lines()
            .find_map(|line| line.strip_prefix("tls\t")?.split_once('\t'))
            .map(|row| row.1.to_owned());
        (rows.contains("interpreter\t/lib64/ld-linux-x86-64.so.2\tosvrun\n"), tls.unwrap_or(rows))
    };
    let shared = row(&["-shared", "-fPIC", "-O0"], "locals.so");
    assert_eq!(shared, (false, "44\t8\tgeneral dynamic, local dynamic".to_owned()));
    let descriptors = row(&["-shared", "-fPIC", "-O0", "-mtls-dialect=gnu2"], "locals-desc.so");
    assert_eq!(descriptors, (false, "44\t8\tdescriptors".to_owned()));
    let initial = row(&["-shared", "-fPIC", "-ftls-model=initial-exec"], "locals-ie.so");
    assert_eq!(initial, (false, "44\t8\tinitial exec".to_owned()));
    assert_eq!(row(&["-fPIE", "-pie"], "locals"), (true, "44\t8\tlocal exec".to_owned()));
}

#[test]
fn libraries_are_found_below_the_root_as_its_ld_so_conf_says() {
    let root = paths::fresh_folder("root");
    for folder in ["bin", "etc/ld.so.conf.d", "opt/extra"] {
        std::fs::create_dir_all(root.join(folder)).expect("the build folder can be written");
    }
    let write = |name: &str, text: &str| {
        std::fs::write(root.join(name), text).expect("the build folder can be written");
        root.join(name)
    };
    write("etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
    write("etc/ld.so.conf.d/extra.conf", "/opt/extra\n");
    let gcc = |arguments: &[&str]| {
        let compiled = Command::new("gcc").args(arguments).current_dir(&*root).status().expect("gcc runs");
        assert!(compiled.success());
    };
    write("x.c", "#include <stdio.h>\nvoid say(void) { puts(\"from below the root\"); }");
    write("p.c", "void say(void); int main(void) { say(); return 0; }");
    gcc(&["-shared", "-fPIC", "-Wl,-soname,libextra.so.1", "-o", "opt/extra/libextra.so.1", "x.c"]);
    gcc(&["-o", "bin/p", "p.c", "opt/extra/libextra.so.1"]);
    let at = root.to_string_lossy();
    let rows = text_of_all(&osvrun(&["check", "--root", &at, "/bin/p"]).stdout);
    assert!(rows.contains("library\tlibextra.so.1\t/opt/extra/libextra.so.1\n"), "{rows}");
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--root", &at, "/bin/p"]);
        assert_eq!(text_of_all(&outcome.stdout), "from below the root\n", "{}", text_of_all(&outcome.stderr));
    }
    let without = osvrun(&["check", &root.join("bin/p").to_string_lossy()]);
    assert_eq!(without.status, 127, "the host has no such library");
}

#[test]
fn a_mistake_in_the_options_is_125() {
    assert_eq!(osvrun(&["--bogus", "true"]).status, 125);
    assert_eq!(osvrun(&["--env", "nothing", "true"]).status, 125);
    assert_eq!(osvrun(&[]).status, 125);
}

#[test]
fn symbols_are_sorted_rows_of_four_columns() {
    let outcome = osvrun(&["symbols"]);
    assert_eq!(outcome.status, 0);
    let names: Vec<String> = text_of_all(&outcome.stdout)
        .lines()
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 4, "{line}");
            assert!(["full", "partial", "stub", "unsupported"].contains(&columns[2]), "{line}");
            assert!(columns[2] == "full" || !columns[3].is_empty(), "a level below full says why: {line}");
            columns[0].to_owned()
        })
        .collect();
    assert!(names.is_sorted());
    assert!(names.iter().any(|name| name == "getpid"));
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "each symbol is declared once");
}

#[test]
fn symbols_say_what_is_tested_in_a_fifth_column() {
    let (plain, outcome) = (osvrun(&["symbols"]), osvrun(&["symbols", "--tested"]));
    let (plain, rows) = (text_of_all(&plain.stdout), text_of_all(&outcome.stdout));
    let told = |end: &str| {
        let row = |line: &str| line.ends_with(end) && line.split('\t').count() == 5;
        rows.lines().filter(|line| row(line)).count()
    };
    let (tested, all) = (told("\ttested"), rows.lines().count());
    assert_eq!(tested + told("\tuntested"), all);
    let stripped: String = rows
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .fold(String::new(), |text, row| text + row.0 + "\n");
    assert_eq!(stripped, plain);
    assert!(rows.contains("\nprintf\tlibc.so.6\tfull\t\ttested\n"));
    assert_eq!(text_of_all(&outcome.stderr), format!("osvrun: {tested} of {all} symbols tested\n"));
}

fn text_of_all(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn check_lists_the_system_calls_in_a_static_program() {
    let folder = paths::fresh_folder("check-static");
    let source = folder.join("calls.c");
    let text = "int main(void) { long result; \
        asm volatile(\"mov $334, %%eax; syscall\" : \"=a\"(result) :: \"rcx\", \"r11\"); \
        asm volatile(\"mov $999, %%eax; syscall\" : \"=a\"(result) :: \"rcx\", \"r11\"); return 0; }";
    std::fs::write(&source, text).expect("the build folder can be written");
    let program = guest::compile(&source, &["-O1", "-static"], "calls.static").expect("it compiles");
    let outcome = osvrun(&["check", &program.to_string_lossy()]);
    let rows = text_of_all(&outcome.stdout);
    for row in ["write\tfull\t", "rseq\tunsupported\ta thread may be preempted anywhere", "999\tmissing\t"] {
        assert!(rows.contains(&format!("syscall\t{row}\n")), "{row} is not in\n{rows}");
    }
    assert_eq!(outcome.status, 0);
}

#[test]
fn check_lists_each_library_and_symbol_without_running() {
    let folder = paths::fresh_folder("check");
    let source = folder.join("needs.c");
    let text = "int getpid(void); int no_such_function(void); int main(void) { return getpid() + no_such_function(); }";
    std::fs::write(&source, text).expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "needs.so").expect("it compiles");
    let outcome = osvrun(&["check", &object.to_string_lossy()]);
    let rows = text_of_all(&outcome.stdout);
    assert!(rows.contains("library\tlibc.so.6\tosvrun\n"), "{rows}");
    assert!(rows.contains("symbol\tgetpid\tfull\t\n"), "{rows}");
    assert!(!rows.contains("\ntls\t"), "{rows}");
    assert!(rows.contains("symbol\tno_such_function\tmissing\t\n"), "{rows}");
    assert_eq!(outcome.status, 1);
    assert_eq!(osvrun(&["check", &source.to_string_lossy()]).status, 126);
    assert_eq!(osvrun(&["check", "no-such-program-anywhere"]).status, 127);
}

#[test]
fn a_missing_symbol_is_taken_as_told() {
    let text = r#"
        #include <stdio.h>
        int no_such_function(void);
        int main(int argc, char **argv) {
            puts("started");
            fflush(stdout);
            return argc > 1 && no_such_function() == -1 ? 3 : 0;
        }"#;
    let folder = paths::fresh_folder("missing");
    let compile = |text: &str, name: &str, flags: &[&str]| {
        std::fs::write(folder.join("source.c"), text).expect("the build folder can be written");
        let gcc =
            Command::new("gcc").args(["source.c", "-o", name]).args(flags).current_dir(&*folder).status();
        assert!(gcc.expect("gcc runs").success());
        folder.join(name)
    };
    // The library had the function when the program was linked.
    let library = ["-shared", "-fPIC"];
    compile("int no_such_function(void) { return 1; }", "libmissing.so", &library);
    let file = compile(text, "program", &["-O1", "-L.", "-l:libmissing.so", "-Wl,-rpath,$ORIGIN"]);
    compile("int another(void) { return 1; }", "libmissing.so", &library);
    for world in Column::worlds() {
        let run = |options: &[&str], args: &[&str]| {
            let file = file.to_string_lossy();
            let args = [&[world], options, &["--", &file], args].concat();
            let outcome = osvrun(&args);
            (outcome.status, text_of_all(&outcome.stdout), text_of_all(&outcome.stderr))
        };
        // With no policy, the program runs with its own libc, whose loader can do without the symbol until it is called.
        let (status, out, said) = run(&[], &[]);
        assert_eq!((status, out.as_str()), (0, "started\n"), "{world}: {said}");
        assert!(said.contains("runs with its own libc, since ours lacks no_such_function"), "{said}");
        let (status, out, said) = run(&["--missing=fail"], &[]);
        assert_eq!((status, out.as_str()), (127, ""), "{world}: {said}");
        assert!(said.contains("missing symbol no_such_function"), "{said}");
        let (status, out, said) = run(&["--missing=enosys"], &["call"]);
        assert_eq!((status, out.as_str()), (3, "started\n"), "{world}: {said}");
        let (status, out, said) = run(&["--libc=native"], &["call"]);
        assert_eq!((status, out.as_str()), (134, "started\n"), "{world}: {said}");
        assert!(said.contains("missing symbol: no_such_function (called from"), "{said}");
    }
}

#[test]
fn a_signal_to_osvrun_reaches_the_programs_handler() {
    let folder = paths::fresh_folder("outside");
    let source = folder.join("waits.c");
    let text = r#"
        #include <signal.h>
        #include <unistd.h>
        static volatile int got;
        static void on(int number) { got = number; }
        int main(void) {
            signal(SIGTERM, on);
            if (write(1, "ready\n", 6) != 6) return 1;
            while (!got) pause();
            return got + 100;
        }"#;
    std::fs::write(&source, text).expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "waits.so").expect("it compiles");
    let mut child = Command::new(paths::osvrun())
        .args(["--timeout", "20", "--"])
        .arg(object)
        .stdout(Stdio::piped())
        .spawn()
        .expect("osvrun runs");
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut ready).expect("it says ready");
    send("TERM", &child);
    assert_eq!(child.wait().expect("it ends").code(), Some(115));
}

#[test]
fn the_working_folder_and_named_files_below_tmp_are_shown_and_keep_writes_in_memory() {
    let folder = std::env::temp_dir().join(format!("osvrun-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written");
    std::fs::write(folder.join("lines"), "b\na\n").expect("the temporary folder can be written");
    let inside = |args: &[&str]| {
        run(Command::new(paths::osvrun()).args(args).current_dir(&folder), b"").expect("osvrun runs")
    };
    let listed = inside(&["ls", "."]);
    let sorted = inside(&["sort", "-o", "lines", "lines"]);
    let named = osvrun(&["wc", "-l", &folder.join("lines").to_string_lossy()]);
    let kept = std::fs::read(folder.join("lines")).expect("it is still there");
    std::fs::remove_dir_all(&folder).expect("it is ours");
    assert_eq!(text(&listed.stdout), "lines\n");
    assert_eq!(sorted.status, 0, "{}", text(&sorted.stderr));
    assert_eq!(kept, b"b\na\n", "writes stay in memory");
    assert!(text(&named.stdout).starts_with("2 "), "{}", text(&named.stderr));
}

#[test]
fn programs_are_found_by_every_kind_of_name() {
    let source = paths::workspace().join("examples/hello-c/hello.c");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "hello-named.so").expect("it compiles");
    let folder = object.parent().expect("it lies in a folder");
    let inside = folder.join("inside");
    std::fs::create_dir_all(&inside).expect("the build folder can be written");
    for world in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        for (from, name) in [
            (folder, "hello-named.so"),
            (folder, "./hello-named.so"),
            (folder, ".//inside/./../hello-named.so"),
            (&inside, "../hello-named.so"),
        ] {
            let mut command = Command::new(paths::osvrun());
            command.current_dir(from).args([&format!("--{}", world.name()), name]);
            let outcome = run(&mut command, b"").expect("osvrun runs");
            let said = (text(&outcome.stdout), text(&outcome.stderr), outcome.status);
            assert_eq!(said, ("hello from user space\n".into(), String::new(), 0), "{} {name}", world.name());
        }
    }
}

#[test]
fn output_that_finds_no_room_is_an_error_and_never_lost_in_silence() {
    for world in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
        let mut command = Command::new(paths::osvrun());
        let command = command.args([&format!("--{}", world.name()), "echo", "hello"]);
        let outcome = command.stdin(Stdio::null()).stdout(full).output().expect("it runs");
        let said = text_of_all(&outcome.stderr);
        assert!(said.contains("No space left on device"), "{said}");
        // On metal the machine may have ended before the error came.
        let status = outcome.status.code();
        assert!(status == Some(1) || world == Column::Metal && status == Some(125), "{status:?}");
    }
}

#[test]
fn a_program_that_takes_all_memory_is_told_who_has_it() {
    let folder = paths::fresh_folder("out-of-memory");
    let source = folder.join("greedy.c");
    let text = "#include <stdlib.h>\n#include <string.h>\n\
        __attribute__((noinline)) static void *hoard(void) { return memset(malloc(1 << 20), 1, 1 << 20); }\n\
        int main(void) { for (int i = 0; i < 4096; i++) if (!hoard()) return 1; return 0; }";
    std::fs::write(&source, text).expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "greedy.so").expect("it compiles");
    for world in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        let outcome = osvrun(&[&format!("--{}", world.name()), "--memory", "64M", &object.to_string_lossy()]);
        let report = text_of_all(&outcome.stderr);
        assert_eq!(outcome.status, 137, "{report}");
        assert!(report.starts_with("osvrun: out of memory: no page is left"), "{report}");
        for name in ["(hoard)", "(main)"] {
            let names_it = |line: &str| line.contains("greedy.so+0x") && line.ends_with(name);
            assert!(report.lines().any(names_it), "{name}: {report}");
        }
    }
}

#[test]
fn messages_that_nobody_receives_do_not_take_all_memory() {
    let folder = paths::fresh_folder("messages-unreceived");
    let source = folder.join("messages.c");
    let text = r#"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
static struct { long kind; char text[8192]; } message = {1};
static int fill(int queue, size_t len) {
    struct msqid_ds status;
    int count = 0;
    msgctl(queue, IPC_STAT, &status);
    status.msg_qbytes = 1ul << 40;
    msgctl(queue, IPC_SET, &status);
    while (count < 10000000 && msgsnd(queue, &message, len, IPC_NOWAIT) == 0)
        count++;
    return count;
}
int main(void) {
    int queue = msgget(IPC_PRIVATE, 0600), other = msgget(IPC_PRIVATE, 0600);
    printf("some %d: ", fill(queue, 8192) > 500), printf("%s\n", strerror(errno));
    printf("other %d: ", msgsnd(other, &message, 8192, 0)), printf("%s\n", strerror(errno));
    printf("received %d, ", (int)msgrcv(queue, &message, 8192, 0, 0));
    printf("sent %d\n", msgsnd(other, &message, 8192, 0));
    msgctl(queue, IPC_RMID, NULL);
    printf("empty ones %d: ", fill(other, 0) > 1000), printf("%s\n", strerror(errno));
    return 0;
}"#;
    std::fs::write(&source, text).expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "messages.so").expect("it compiles");
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--memory", "64M", &object.to_string_lossy()]);
        let said = text_of_all(&outcome.stdout);
        let full = "Cannot allocate memory";
        let expected =
            format!("some 1: {full}\nother -1: {full}\nreceived 8192, sent 0\nempty ones 1: {full}\n");
        assert_eq!(said, expected, "{world}: {}", text_of_all(&outcome.stderr));
    }
}

/// Compiles a program from its text.
fn program(folder: &str, text: &str) -> PathBuf {
    let source = paths::fresh_folder(folder).join("program.c");
    std::fs::write(&source, text).expect("the build folder can be written");
    guest::compile(&source, &["-O1", "-g", "-fno-inline", "-pthread", "-rdynamic"], &format!("{folder}.bin"))
        .expect("it compiles")
}

#[test]
fn quit_prints_where_every_thread_is() {
    let text = r#"
        #include <pthread.h>
        #include <unistd.h>
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static volatile long rounds;
        void spins(void) { for (;;) rounds++; }
        void waits(void) { pthread_mutex_lock(&lock); }
        void reads(void) { char byte; rounds += read(0, &byte, 1); }
        static void *one(void *p) { spins(); return p; }
        static void *two(void *p) { waits(); rounds = 0; return p; }
        int main(void) {
            pthread_t a, b;
            pthread_mutex_lock(&lock);
            pthread_create(&a, 0, one, 0);
            pthread_create(&b, 0, two, 0);
            while (!rounds) usleep(1000);
            usleep(50000);
            if (write(1, "ready\n", 6) != 6) return 1;
            reads();
            return rounds < 0;
        }"#;
    let file = program("quit", text);
    for world in Column::worlds() {
        for cpus in ["1", "2"] {
            // A shell without job control starts what runs in its background with SIGQUIT ignored.
            let mut child = Command::new("env")
                .arg("--default-signal=QUIT")
                .arg(paths::osvrun())
                .args([world, "--cpus", cpus, "--timeout", "40", "--"])
                .arg(&file)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("osvrun runs");
            let mut ready = [0; 6];
            std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut ready)
                .expect("it says ready");
            let mut errors = BufReader::new(child.stderr.take().expect("a pipe"));
            send("QUIT", &child);
            let (mut said, mut asked) = (String::new(), 0);
            let wanted = ["(spins)", "(waits)", "(reads)"];
            while !wanted.iter().all(|name| said.contains(name)) {
                let more = errors.read_line(&mut said).expect("text");
                assert!(more > 0, "{world} on {cpus}: a function is not named in:\n{said}");
                let (report, line) = (&said[asked..], &said[said.len() - more..]);
                // At the report's end: the first thread may not have come to its call yet.
                if report.contains("(two)") && line.contains("thread_main") {
                    asked = said.len();
                    send("QUIT", &child);
                }
            }
            assert!(said.contains("(main)"), "{world}: {said}");
            // It goes on: the program ends when its input does.
            drop(child.stdin.take());
            assert_eq!(child.wait().expect("it ends").code(), Some(0), "{world} on {cpus}: {said}");
        }
    }
}

#[test]
fn a_terminals_new_size_reaches_the_program() {
    let source = r#"
        #include <signal.h>
        #include <stdio.h>
        #include <sys/ioctl.h>
        int main(void) {
            sigset_t set;
            sigemptyset(&set);
            sigaddset(&set, SIGWINCH);
            sigprocmask(SIG_BLOCK, &set, 0);
            struct winsize first, now;
            if (ioctl(1, TIOCGWINSZ, &first)) return 1;
            int signal;
            do {
                if (sigwait(&set, &signal) || ioctl(1, TIOCGWINSZ, &now)) return 2;
            } while (now.ws_col == first.ws_col);
            printf("%d: %d rows, then %d rows and more columns: %d\n", signal == SIGWINCH, first.ws_row, now.ws_row,
                   now.ws_col > first.ws_col);
            return 0;
        }"#;
    let file = program("winsize", source);
    for world in Column::worlds() {
        // The size changes until the program, which may start slowly, has seen it change.
        let script = format!(
            "stty rows 40 cols 80; \
             (for columns in $(seq 81 140); do sleep 0.3; stty -F /dev/tty cols $columns; done) & \
             '{}' {world} --timeout 15 -- '{}'; kill $!",
            paths::osvrun().display(),
            file.display()
        );
        let mut terminal = Command::new("script");
        terminal.args(["-qec", &script, "/dev/null"]);
        let outcome = run(&mut terminal, b"").expect("script runs");
        let said = text_of_all(&outcome.stdout);
        assert!(said.contains("1: 40 rows, then 40 rows and more columns: 1"), "{world}: {said}");
    }
}

#[test]
fn no_output_is_lost_while_osvrun_cannot_run() {
    let source = r#"
        #include <stdio.h>
        #include <string.h>
        #include <unistd.h>
        int main(void) {
            write(2, "ready\n", 6);
            char line[16];
            for (int i = 0; i < 30000; ++i)
                write(1, line, snprintf(line, sizeof line, "%d\n", i));
            static char block[300000];
            memset(block, 'x', sizeof block);
            for (size_t done = 0; done < sizeof block; done += write(1, block + done, sizeof block - done)) {}
            return 0;
        }"#;
    let file = program("floods", source);
    let mut wanted: Vec<u8> = (0..30000).flat_map(|i| format!("{i}\n").into_bytes()).collect();
    wanted.resize(wanted.len() + 300_000, b'x');
    for world in Column::worlds() {
        let mut child = Command::new(paths::osvrun())
            .args([world, "--timeout", "60", &file.to_string_lossy()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("osvrun runs");
        let mut ready = [0; 6];
        std::io::Read::read_exact(child.stderr.as_mut().expect("a pipe"), &mut ready).expect("it says ready");
        send("STOP", &child);
        std::thread::sleep(std::time::Duration::from_millis(500));
        send("CONT", &child);
        let outcome = child.wait_with_output().expect("it ends");
        assert_eq!(outcome.status.code(), Some(0), "{world}");
        let differs = outcome.stdout.iter().zip(&wanted).position(|(got, wanted)| got != wanted);
        assert_eq!((differs, outcome.stdout.len()), (None, wanted.len()), "{world}");
    }
}

#[test]
fn a_signal_ends_osvrun_when_nobody_reads_the_rest_of_the_output() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    // More than a pipe holds, and no more than a machine may send ahead: the program is gone before it is read.
    let source = r#"
        #include <signal.h>
        #include <unistd.h>
        static char bytes[200000];
        int main(void) {
            signal(SIGTERM, SIG_IGN);
            write(2, "ready\n", 6);
            write(1, bytes, sizeof bytes);
            return 5;
        }"#;
    let mut child = Command::new(paths::osvrun())
        .args(["--metal", &program("unread", source).to_string_lossy()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("osvrun runs");
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stderr.as_mut().expect("a pipe"), &mut ready).expect("it says ready");
    let ended = (0..300).find_map(|_| {
        send("TERM", &child);
        std::thread::sleep(std::time::Duration::from_millis(100));
        child.try_wait().expect("it is a child")
    });
    let _ = child.kill();
    assert_eq!(ended.and_then(|status| status.code()), Some(5));
}

#[test]
fn a_panic_of_the_kernel_names_its_functions() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let outcome = osvrun(&["--metal", "--kernel-arguments", "panic", "true"]);
    let said = text_of_all(&outcome.stderr);
    assert_eq!(outcome.status, 125, "{said}");
    assert!(said.starts_with("osvrun: kernel panic: "), "{said}");
    assert!(said.contains("asked for by the command line"), "{said}");
    assert!(said.lines().any(|line| line.contains("osvrun+0x") && line.ends_with("run_program)")), "{said}");
}

#[test]
fn a_panic_in_a_call_of_a_thread_with_its_own_locals_is_reported() {
    let source = r"
        #include <pthread.h>
        #include <string.h>
        #include <sys/stat.h>
        static __thread long locals[4096];
        __attribute__((noinline)) long calls_it(void) { return umask(022) + locals[7]; }
        static void *body(void *unused) {
            memset(locals, 0x5a, sizeof locals);
            calls_it();
            return unused;
        }
        int main(void) {
            memset(locals, 0xa5, sizeof locals);
            pthread_t thread;
            pthread_create(&thread, 0, body, 0);
            pthread_join(thread, 0);
            return 0;
        }";
    let file = program("locals", source);
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--panic-in", "umask", &file.to_string_lossy()]);
        let said = text_of_all(&outcome.stderr);
        assert_eq!(outcome.status, 125, "{world}: {said}");
        let door = "abi_core::boundary::door::body_with_arguments";
        let calls = "last kernel calls, newest first: umask";
        for wanted in ["osvrun: kernel panic: ", "asked for by --panic-in", door, " (calls_it)", calls] {
            assert!(said.contains(wanted), "{world}: no {wanted} in {said}");
        }
        assert_eq!(osvrun(&[world, "--panic-in", "rmdir", &file.to_string_lossy()]).status, 0);
    }
}

#[test]
fn an_overflow_of_the_stack_is_reported_as_one() {
    let own = r"
        __attribute__((noinline)) int deep(int n) { volatile char room[4096]; room[0] = n; return deep(n + 1) + room[0]; }
        int main(void) { return deep(0); }";
    let through_libc = r#"
        #include <stdio.h>
        #include <stdlib.h>
        static int compare(const void *a, const void *b) {
            volatile int pair[2] = {2, 1};
            char text[64];
            snprintf(text, sizeof text, "%d %f", pair[0], 1.5);
            qsort((void *)pair, 2, sizeof pair[0], compare);
            return pair[0];
        }
        int main(void) { int pair[2] = {2, 1}; qsort(pair, 2, sizeof pair[0], compare); return 0; }"#;
    for (name, source, function) in [("deep", own, "(deep)"), ("compares", through_libc, "(compare)")] {
        let file = program(name, source);
        for world in Column::worlds() {
            let outcome = osvrun(&[world, &file.to_string_lossy()]);
            let said = text_of_all(&outcome.stderr);
            assert_eq!(outcome.status, 139, "{world}: {said}");
            let first = said.lines().next().unwrap_or_default();
            assert!(first.starts_with("osvrun: SIGSEGV (segmentation fault): cannot "), "{world}: {said}");
            assert!(first.ends_with(": the stack has overflowed"), "{world}: {said}");
            let is_libc = name == "compares";
            for wanted in
                [function, "more times\n", if is_libc { "stdlib_sort::qsort_r)" } else { "backtrace:" }]
            {
                assert!(said.contains(wanted), "{world}: no {wanted} in {said}");
            }
        }
    }
}

#[test]
fn trace_shows_calls_as_strace_does() {
    let source = r#"
        #include <fcntl.h>
        #include <sys/mman.h>
        #include <unistd.h>
        int main(void) {
            char bytes[8];
            int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
            if (read(fd, bytes, 4) != 4 || lseek(fd, 0, SEEK_END) < 4) return 1;
            open("/nowhere", O_WRONLY | O_CREAT | O_EXCL | O_DIRECTORY, 0644);
            close(999);
            mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            return write(2, "a\n\"b", 4) != 4;
        }"#;
    let file = program("trace", source);
    for world in Column::worlds() {
        let outcome = osvrun(&[world, "--trace=file", &file.to_string_lossy()]);
        let said = text_of_all(&outcome.stderr);
        assert_eq!(outcome.status, 0, "{world}: {said}");
        let has = |begin: &str, end: &str| {
            let found = said.lines().any(|line| {
                line.contains(begin) && line.split(" <").next().is_some_and(|line| line.ends_with(end))
            });
            assert!(found, "{world}: no line {begin}…{end} in\n{said}");
        };
        has("open(\"/etc/passwd\", O_RDONLY|O_CLOEXEC, 0) = ", "3");
        has("read(3, \"root\", 4)", " = 4");
        has("lseek(3, 0, SEEK_END)", "");
        has("close(999)", " = -1 EBADF (Bad file descriptor)");
        has("mmap(0, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x", "");
        has("write(2, \"a\\n\\\"b\", 4)", " = 4");
        let all = text_of_all(&osvrun(&[world, "--trace=memory", &file.to_string_lossy()]).stderr);
        assert!(all.contains("mmap(") && !all.contains("read("), "{world}: {all}");
        // Where the program makes the calls itself they have the kernel's names.
        let own = text_of_all(&osvrun(&[world, "--libc=own", "--trace", "sleep", "0"]).stderr);
        for name in ["brk(", "newfstatat(", "clock_nanosleep(", "exit_group("] {
            assert!(own.lines().any(|line| line.starts_with(name)), "{world}: no {name} in\n{own}");
        }
    }
    let refused = osvrun(&["--trace=files", "true"]);
    assert_eq!(refused.status, 125);
    assert!(text(&refused.stderr).contains("file,memory,thread"), "{}", text(&refused.stderr));
}

#[test]
fn a_script_runs_its_interpreter_with_one_argument() {
    let interpreter = program(
        "interpreter",
        r#"
        #include <stdio.h>
        int main(int argc, char **argv) {
            for (int i = 1; i < argc; i++) printf("[%s]", argv[i]);
            puts("");
            return argc;
        }"#,
    );
    let folder = paths::fresh_folder("script");
    let script = folder.join("script");
    let write = |line: &str| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::write(&script, line).expect("the build folder can be written");
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).expect("it is ours");
    };
    let name = script.to_string_lossy().into_owned();
    for world in Column::worlds() {
        write(&format!("#! {}  one and  more \nnothing\n", interpreter.display()));
        let outcome = osvrun(&[world, &name, "last"]);
        assert_eq!(
            text(&outcome.stdout),
            format!("[one and  more][{name}][last]\n"),
            "{}",
            text(&outcome.stderr)
        );
        assert_eq!(outcome.status, 4, "{world}");
        write("#!/no/such/interpreter\n");
        let outcome = osvrun(&[world, &name]);
        assert_eq!(outcome.status, 127, "{world}");
        let said = text(&outcome.stderr);
        assert_eq!(said.lines().count(), 1, "{world}: {said}");
        assert!(said.contains(&name) && said.contains("/no/such/interpreter"), "{world}: {said}");
    }
}

#[test]
fn a_static_program_is_refused_in_one_line_where_it_must_not_have_its_own_libc() {
    let source = paths::fresh_folder("static").join("static.c");
    std::fs::write(&source, "int main(void) { return 0; }").expect("the build folder can be written");
    for flags in [&["-static"][..], &["-static-pie"]] {
        let file = guest::compile(&source, flags, "static.bin").expect("it compiles");
        for world in Column::worlds() {
            let outcome = osvrun(&[world, "--libc=native", &file.to_string_lossy()]);
            let said = text(&outcome.stderr);
            assert_eq!(outcome.status, 126, "{world}: {said}");
            assert_eq!(said.lines().count(), 1, "{world}: {said}");
            assert!(said.contains("static"), "{world}: {said}");
        }
    }
}

#[test]
fn a_program_for_which_the_libc_lacks_something_runs_with_its_own_and_says_so() {
    let source = paths::fresh_folder("lacking").join("lacking.c");
    // A call that glibc has and that fails there too: nobody will miss it.
    let code = "#include <stdio.h>\nint chflags(const char *path, unsigned long flags);\n\
        int main(void) { int answer = chflags(\"x\", 0); puts(\"shown\"); return answer == -1 ? 6 : 0; }\n";
    std::fs::write(&source, code).expect("the build folder can be written");
    let file = guest::compile(&source, &["-w"], "lacking.bin").expect("it compiles");
    let name = file.to_string_lossy();
    for world in Column::worlds() {
        let outcome = osvrun(&[world, &name]);
        let said = text(&outcome.stderr);
        assert_eq!((outcome.status, text(&outcome.stdout).as_str()), (6, "shown\n"), "{world}: {said}");
        assert!(said.contains("its own libc") && said.contains("chflags"), "{world}: {said}");
        assert_eq!(osvrun(&[world, "--libc=native", &name]).status, 134, "{world}");
        assert_eq!(text(&osvrun(&[world, "-q", &name]).stderr), "", "{world}");
    }
}

#[test]
fn a_program_that_fails_for_want_of_fork_or_another_user_says_so() {
    for (call, missed) in [("fork()", "another process"), ("setuid(99)", "another user")] {
        let source = paths::fresh_folder("wants").join("wants.c");
        let code = format!("#include <unistd.h>\nint main(void) {{ return {call} < 0 ? 9 : 0; }}\n");
        std::fs::write(&source, code).expect("the build folder can be written");
        let file = guest::compile(&source, &["-static"], "wants.bin").expect("it compiles");
        for world in Column::worlds() {
            let outcome = osvrun(&[world, &file.to_string_lossy()]);
            let said = text(&outcome.stderr);
            assert_eq!(outcome.status, 9, "{world}: {said}");
            assert!(said.contains(missed) && said.contains("status 9"), "{world}: {said}");
            assert_eq!(said.lines().filter(|line| line.contains("asked")).count(), 1, "{world}: {said}");
        }
    }
}

#[test]
fn a_machine_that_does_not_come_up_on_kvm_is_started_on_tcg() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let folder = paths::fresh_folder("fake-qemu");
    let real = Command::new("sh").args(["-c", "command -v qemu-system-x86_64"]).output().expect("sh runs");
    let real = String::from_utf8(real.stdout).expect("a path");
    for behaviour in ["exec sleep 60", "exit 1"] {
        let fake = folder.join("qemu-system-x86_64");
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *'-accel kvm'*) {behaviour};; esac\nexec {} \"$@\"\n",
            real.trim()
        );
        std::fs::write(&fake, script).expect("the build folder can be written");
        std::fs::set_permissions(&fake, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("it is ours");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(paths::osvrun());
        command.env("PATH", path).args(["--metal", "--accel", "try-kvm", "wc", "-c"]);
        let outcome = run(&mut command, b"12345").expect("osvrun runs");
        assert_eq!(text(&outcome.stdout), "5\n", "{behaviour}: {}", text(&outcome.stderr));
        assert_eq!(outcome.status, 0);
    }
}

/// Tells whether gdb is there; says so if not.
fn has_gdb() -> bool {
    let found = Command::new("gdb").arg("--version").output().is_ok();
    if !found {
        #[expect(clippy::print_stderr, reason = "says which tests are left out")]
        {
            eprintln!("gdb is not installed: its tests are left out");
        }
    }
    found
}

const DEBUGGED: &str = "int computes(int x) { return x * 2; }\n#include <stdlib.h>\nint main(int argc, char **argv) {\n\
    return computes(argc > 1 ? atoi(argv[1]) : 0); }\n";

#[test]
fn gdb_hosted_knows_the_programs_symbols() {
    if !has_gdb() {
        return;
    }
    let file = program("gdb-hosted", DEBUGGED);
    let mut command = Command::new(paths::osvrun());
    command.args(["--hosted", "--gdb", "--"]).arg(&file).arg("21");
    let outcome = run(&mut command, b"hbreak computes\nrun\nbacktrace\ncontinue\nquit\n").expect("gdb runs");
    let said = text_of_all(&outcome.stdout);
    assert!(said.contains("computes (x=21)") && said.contains("in main (argc="), "{said}");
    assert!(said.contains("exited with code 052"), "{said}\n{}", text(&outcome.stderr));
}

#[test]
fn gdb_on_metal_knows_the_programs_symbols_and_the_kernels() {
    if !has_gdb() || !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let file = program("gdb-metal", DEBUGGED);
    let mut child = Command::new(paths::osvrun())
        .args(["--metal", "--gdb", "--timeout", "50", "--"])
        .arg(&file)
        .arg("21")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("osvrun runs");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut line).expect("text");
    let typed = line.trim().split_once("in another terminal: ").expect("the command to type").1;
    let mut words = typed.split_whitespace();
    let mut gdb = Command::new(words.next().expect("gdb"));
    gdb.arg("-batch").args(words);
    for step in
        ["break computes", "continue", "backtrace", "info symbol osvrun_object_loaded", "delete", "continue"]
    {
        gdb.args(["-ex", step]);
    }
    let outcome = run(&mut gdb, b"").expect("gdb runs");
    let said = text_of_all(&outcome.stdout);
    assert!(
        said.contains("computes (x=21)") && said.contains("in main (argc="),
        "{said}\n{}",
        text(&outcome.stderr)
    );
    assert!(said.contains("osvrun_object_loaded in section"), "{said}");
    assert_eq!(child.wait().expect("it ends").code(), Some(42));
}

#[test]
fn doctor_says_what_is_there_and_how_to_install_what_is_not() {
    let outcome = osvrun(&["doctor"]);
    let said = text_of_all(&outcome.stdout);
    for subject in ["hosted", "qemu", "kvm", "gdb"] {
        assert!(said.lines().any(|line| line.starts_with(subject)), "{said}");
    }
    let without =
        run(Command::new(paths::osvrun()).arg("doctor").env("PATH", "/nowhere"), b"").expect("osvrun runs");
    assert!(text(&without.stdout).contains("apt-get install qemu-system-x86"), "{}", text(&without.stdout));
}

#[test]
fn a_boot_chart_names_each_part_of_the_run() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let folder = paths::fresh_folder("bootchart");
    let source = folder.join("says.c");
    std::fs::write(&source, "int puts(const char *); int main(void) { return puts(\"here\") < 0; }")
        .expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "says.so").expect("it compiles");
    let outcome = osvrun(&["--metal", "--bootchart", &object.to_string_lossy()]);
    assert_eq!((outcome.status, text_of_all(&outcome.stdout).as_str()), (0, "here\n"));
    let chart = text_of_all(&outcome.stderr);
    for part in [
        "QEMU starts, archive",
        "QEMU and firmware",
        "devices",
        "file systems",
        "loader",
        "program",
        "QEMU ends",
    ] {
        let row = chart.lines().find(|line| line.trim_start().starts_with(part) || line.contains(part));
        let took = row.and_then(|row| row.split('#').next()?.split_whitespace().last()?.parse::<f64>().ok());
        assert!(took.is_some_and(|millis| millis < 60_000.0), "{part}: {chart}");
    }
}
