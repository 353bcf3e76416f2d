//! The machine seen from outside: its standard streams, and what is left when it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

/// Compiles a program from its text.
fn compile(name: &str, text: &str) -> PathBuf {
    let source = paths::fresh_folder(&format!("outside-{name}")).join("program.c");
    std::fs::write(&source, text).expect("the build folder can be written");
    guest::compile(&source, &["-O1", "-g"], name).expect("it compiles")
}

/// Says of each standard stream, by exit status and error output, what a program finds there.
const STREAMS: &str = r#"
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
static char said[1000];
int main(void) {
    size_t n = 0;
    char byte = 0;
    for (int fd = 0; fd < 3; fd++) {
        struct stat is;
        if (fstat(fd, &is)) {
            n += snprintf(said + n, sizeof said - n, "%d %s\n", fd, strerrorname_np(errno));
            continue;
        }
        int is_null = S_ISCHR(is.st_mode) && is.st_rdev == 0x103, way = fcntl(fd, F_GETFL) & O_ACCMODE;
        struct pollfd look = {fd, POLLIN | POLLOUT, 0};
        int found = is_null ? poll(&look, 1, 0) : 0;
        n += snprintf(said + n, sizeof said - n, "%d null %d way %d poll %d %x\n", fd, is_null, way, found, look.revents);
        if (is_null && fd == 0)
            n += snprintf(said + n, sizeof said - n, "  read %zd seek %ld\n", read(fd, &byte, 1), (long)lseek(fd, 5, SEEK_SET));
    }
    ssize_t written = write(1, "x", 1);
    n += snprintf(said + n, sizeof said - n, "write %zd %s\n", written, written < 0 ? strerrorname_np(errno) : "");
    n += snprintf(said + n, sizeof said - n, "next %d\n", open("/", O_RDONLY));
    int all = open("/proc/self/fd", O_RDONLY | O_DIRECTORY);
    n += snprintf(said + n, sizeof said - n, "folder %d\n", all);
    if (write(2, said, n) != (ssize_t)n)
        return written == 1 ? 7 : 8;
    return 0;
}"#;

#[test]
fn a_standard_stream_that_is_closed_or_leads_nowhere_is_so_for_the_program() {
    let program = compile("streams", STREAMS);
    let folder = paths::fresh_folder("streams-run");
    for streams in
        ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-", "</dev/null", ">/dev/null", "2>/dev/null"]
    {
        let run_in = |column: Column| {
            let plain = column.command(&program, &[], &[], &folder);
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec \"$@\" {streams}"), "sh"]).arg(plain.get_program());
            shell.args(plain.get_args()).current_dir(&*folder);
            run(&mut shell, b"").expect("it runs")
        };
        let native = run_in(Column::Native);
        for column in Column::chosen().into_iter().filter(|column| *column != Column::Native) {
            let got = run_in(column);
            let said = |outcome: &Outcome| (outcome.status, text(&outcome.stdout), text(&outcome.stderr));
            assert_eq!(said(&got), said(&native), "{streams} {}", column.name());
        }
    }
}

const WRITES_ON: &str = r#"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
static void handler(int number) { (void)!write(2, "SIGPIPE\n", number == SIGPIPE ? 8 : 0); }
int main(int argc, char **argv) {
    signal(SIGPIPE, argc == 1 ? SIG_DFL : *argv[1] == 'i' ? SIG_IGN : handler);
    for (;;)
        if (write(1, "a line that nobody reads\n", 25) < 0) {
            const char *why = errno == EPIPE ? "EPIPE\n" : "another error\n";
            (void)!write(2, why, strlen(why));
            return 9;
        }
}"#;

#[test]
fn who_writes_what_nobody_reads_any_more_is_told_as_on_linux() {
    use std::os::unix::process::ExitStatusExt;
    let program = compile("writes-on", WRITES_ON);
    let folder = paths::fresh_folder("writes-on-run");
    for how in [&[][..], &["ignored".to_owned()], &["handled".to_owned()]] {
        let run_in = |column: Column| {
            let mut command = column.command(&program, how, &[], &folder);
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn().expect("it starts");
            let mut line = String::new();
            // The reader goes away with what it has read ahead.
            BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("it writes");
            assert_eq!(line, "a line that nobody reads\n");
            let ended = child.wait_with_output().expect("it ends");
            let status = ended.status.code().or(ended.status.signal().map(|signal| 128 + signal));
            (status, text(&ended.stderr))
        };
        let native = run_in(Column::Native);
        for column in Column::chosen().into_iter().filter(|column| *column != Column::Native) {
            assert_eq!(run_in(column), native, "{how:?} {}", column.name());
        }
    }
}

#[test]
fn streams_carry_every_byte_and_end_where_they_end() {
    let source = r"
#include <unistd.h>
int main(void) {
    static char block[70001];
    ssize_t n;
    while ((n = read(0, block, sizeof block)) > 0)
        for (ssize_t done = 0, some; done < n; done += some) {
            if ((some = write(1, block + done, n - done)) < 0)
                return 1;
            (void)!write(2, block + done, some);
        }
    return n == 0 ? 3 : 2;
}";
    let program = compile("carries", source);
    let folder = paths::fresh_folder("carries-run");
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for column in Column::chosen() {
        let mut command = column.command(&program, &[], &[], &folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut input = child.stdin.take().expect("a pipe");
        let bytes = bytes.clone();
        let given = bytes.clone();
        let writer = std::thread::spawn(move || {
            for piece in given.chunks(77_777) {
                input.write_all(piece).expect("it reads");
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let mut errors = child.stderr.take().expect("a pipe");
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            errors.read_to_end(&mut all).map(|_| all)
        });
        let mut output = Vec::new();
        child.stdout.take().expect("a pipe").read_to_end(&mut output).expect("it writes");
        writer.join().expect("all is written");
        let errors = reader.join().expect("it ends").expect("it writes");
        assert_eq!(child.wait().expect("it ends").code(), Some(3), "{}", column.name());
        assert!(output == bytes && errors == bytes, "{}: {} {}", column.name(), output.len(), errors.len());
    }
}

#[test]
fn streams_that_lead_to_one_pipe_keep_their_order() {
    let source = r#"
#include <stdio.h>
#include <unistd.h>
int main(void) {
    static char line[9000];
    for (int i = 0; i < 2000; i++) {
        int n = snprintf(line, sizeof line, "%*d\n", i % 50 ? 4 : 8000, i);
        if (write(1 + i % 2, line, n) != n)
            return 1;
    }
    return 0;
}"#;
    let program = compile("in-order", source);
    let folder = paths::fresh_folder("in-order-run");
    for column in Column::chosen() {
        let (mut from, to) = std::io::pipe().expect("a pipe");
        let mut command = column.command(&program, &[], &[], &folder);
        command.stdin(Stdio::null()).stdout(to.try_clone().expect("it is open")).stderr(to);
        let mut child = command.spawn().expect("it starts");
        // The command holds the pipe open.
        drop(command);
        let mut output = String::new();
        from.read_to_string(&mut output).expect("it writes");
        assert!(child.wait().expect("it ends").success(), "{}", column.name());
        let wrong = output.lines().zip(0..).find(|(line, n)| line.trim() != n.to_string());
        assert_eq!((wrong, output.lines().count()), (None, 2000), "{}", column.name());
    }
}

/// The processes that a process has started and that are there.
fn children(of: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{of}/task")).expect("it is there");
    let of_thread = |thread: std::io::Result<std::fs::DirEntry>| {
        let list = std::fs::read_to_string(thread.ok()?.path().join("children")).ok()?;
        Some(list.split_whitespace().filter_map(|number| number.parse().ok()).collect::<Vec<u32>>())
    };
    threads.filter_map(of_thread).flatten().collect()
}

fn is_there(process: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // What nobody has waited for yet is no process any more.
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

#[test]
fn a_machine_does_not_outlive_osvrun_and_leaves_no_files() {
    if !Column::chosen().contains(&Column::Metal) {
        return;
    }
    let source = "#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts(\"ready\"); fflush(stdout); for (;;) pause(); }";
    let program = compile("stays", source);
    for signal in ["KILL", "TERM", "HUP", "INT", "ABRT"] {
        let (folder, temporary) = (paths::fresh_folder("stays-run"), paths::fresh_folder("stays-tmp"));
        let osvrun = Column::Metal.command(&program, &[], &[], &folder);
        // Whoever runs this test may have had signals ignored (nohup(1)), which osvrun would leave so.
        let mut command = Command::new("env");
        command.arg("--default-signal=HUP,INT,TERM").arg(osvrun.get_program()).args(osvrun.get_args());
        command
            .envs(osvrun.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(&*folder);
        command.env("TMPDIR", &*temporary).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("osvrun starts");
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        output.read_line(&mut line).expect("it says when it is there");
        assert_eq!(line, "ready\n");
        let machines = children(child.id());
        assert!(!machines.is_empty(), "QEMU runs");
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
        assert!(sent.expect("sh runs").success());
        child.wait().expect("it ends");
        let started = Instant::now();
        while machines.iter().any(|machine| is_there(*machine)) {
            assert!(started.elapsed() < Duration::from_mins(1), "QEMU is still there after SIG{signal}");
            std::thread::sleep(Duration::from_millis(20));
        }
        let left: Vec<_> = std::fs::read_dir(&*temporary).expect("it is there").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// The worlds that were asked for.
fn worlds() -> impl Iterator<Item = Column> {
    Column::chosen().into_iter().filter(|column| *column != Column::Native)
}

const SHARES: &str = r#"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(int argc, char **argv) {
    char line[100], back[100] = "", mine[100];
    int all = open("/data/all", O_CREAT | O_WRONLY | O_APPEND, 0600);
    int own = open("/tmp/own", O_CREAT | O_EXCL | O_RDWR, 0600);
    snprintf(mine, sizeof mine, "/data/run-%s", argv[1]);
    int file = open(mine, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (argc != 2 || all < 0 || own < 0 || file < 0)
        return 2;
    for (int i = 0; i < 50; i++) {
        int n = snprintf(line, sizeof line, "run %s line %d\n", argv[1], i);
        if (write(all, line, n) != n || pwrite(own, line, n, 0) != n || pwrite(file, line, n, 0) != n)
            return 3;
        if (pread(own, back, n, 0) != n || memcmp(back, line, n) || pread(file, back, n, 0) != n || memcmp(back, line, n))
            return 4;
    }
    printf("%s done\n", argv[1]);
    return 0;
}"#;

#[test]
fn eight_runs_at_once_do_not_disturb_one_another() {
    let program = compile("shares", SHARES);
    for world in worlds() {
        let folder = paths::fresh_folder("shares-run");
        let start = |number: u32| {
            let mut command = Command::new(paths::osvrun());
            command.args([&format!("--{}", world.name()), "--timeout", "50", "--mount"]);
            command
                .arg(format!("{}:/data", folder.display()))
                .arg("--")
                .arg(&program)
                .arg(number.to_string());
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("osvrun starts")
        };
        let runs: Vec<_> = (0..8).map(start).collect();
        for (number, run) in runs.into_iter().enumerate() {
            let ended = run.wait_with_output().expect("it ends");
            let said = (ended.status.code(), text(&ended.stdout), text(&ended.stderr));
            assert_eq!(said, (Some(0), format!("{number} done\n"), String::new()), "{}", world.name());
        }
        let all = std::fs::read_to_string(folder.join("all")).expect("it is there");
        let mut lines: Vec<&str> = all.lines().collect();
        lines.sort_unstable();
        let mut expected: Vec<String> =
            (0..8).flat_map(|run| (0..50).map(move |line| format!("run {run} line {line}"))).collect();
        expected.sort_unstable();
        assert_eq!(lines, expected, "{}", world.name());
    }
}

#[test]
fn who_waits_for_a_slow_reader_is_told_when_that_one_goes() {
    let program = compile("writes-on-slowly", WRITES_ON);
    let folder = paths::fresh_folder("writes-on-slowly-run");
    for column in Column::chosen() {
        let mut command = column.command(&program, &["ignored".to_owned()], &[], &folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut output = child.stdout.take().expect("a pipe");
        output.read_exact(&mut [0; 25]).expect("it writes");
        // By then the pipe is full, and it waits in a write.
        std::thread::sleep(Duration::from_millis(700));
        drop(output);
        let ended = child.wait_with_output().expect("it ends");
        assert_eq!(
            (ended.status.code(), text(&ended.stderr)),
            (Some(9), "EPIPE\n".into()),
            "{}",
            column.name()
        );
    }
}

#[test]
fn a_stopped_osvrun_goes_on_where_it_was() {
    let source = "#include <stdio.h>\n#include <unistd.h>\nint main(void) { setvbuf(stdout, 0, _IOLBF, 0);\n\
                  for (int i = 0; i < 40; i++) { printf(\"%d\\n\", i); usleep(20000); } return 5; }";
    let program = compile("counts", source);
    let folder = paths::fresh_folder("counts-run");
    let expected = (0..40).map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    for world in worlds() {
        let mut command = world.command(&program, &[], &[], &folder);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("osvrun starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut said = String::new();
        output.read_line(&mut said).expect("it writes");
        for signal in ["TSTP", "CONT", "STOP", "CONT"] {
            let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
            assert!(sent.expect("sh runs").success());
            std::thread::sleep(Duration::from_millis(100));
        }
        output.read_to_string(&mut said).expect("it writes");
        assert_eq!(
            (child.wait().expect("it ends").code(), said),
            (Some(5), expected.clone()),
            "{}",
            world.name()
        );
    }
}
