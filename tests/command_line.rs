//! osvrun's own behaviour at the command line.

use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn osvrun(args: &[&str]) -> Outcome {
    run(Command::new(paths::osvrun()).args(args), b"").expect("osvrun runs")
}

#[test]
fn a_program_that_is_not_found_is_127_and_one_line() {
    let outcome = osvrun(&["no-such-program-anywhere"]);
    assert_eq!(outcome.status, 127);
    assert_eq!(text(&outcome.stderr).lines().count(), 1);
    assert!(text(&outcome.stderr).contains("no-such-program-anywhere"));
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

fn text_of_all(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
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
    assert!(rows.contains("symbol\tno_such_function\tmissing\t\n"), "{rows}");
    assert_eq!(outcome.status, 1);
    assert_eq!(osvrun(&["check", &source.to_string_lossy()]).status, 126);
    assert_eq!(osvrun(&["check", "no-such-program-anywhere"]).status, 127);
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
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("osvrun runs");
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().expect("a pipe"), &mut ready).expect("it says ready");
    let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
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
fn a_program_that_takes_all_memory_is_told_who_has_it() {
    let folder = paths::fresh_folder("out-of-memory");
    let source = folder.join("greedy.c");
    let text = "#include <stdlib.h>\n#include <string.h>\n\
        int main(void) { for (int i = 0; i < 4096; i++) memset(malloc(1 << 20), 1, 1 << 20); return 0; }";
    std::fs::write(&source, text).expect("the build folder can be written");
    let object = guest::compile(&source, &["-shared", "-fPIC"], "greedy.so").expect("it compiles");
    for world in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        let outcome = osvrun(&[&format!("--{}", world.name()), "--memory", "64M", &object.to_string_lossy()]);
        let report = text_of_all(&outcome.stderr);
        assert_eq!(outcome.status, 137, "{report}");
        assert!(report.starts_with("osvrun: out of memory: no page is left"), "{report}");
        assert!(report.contains("greedy.so+0x"), "{report}");
    }
}
