//! A program on a terminal: `terminal/guest.c` asks `terminal/driver.c` at the terminal's other end to type and to look.

use std::path::{Path, PathBuf};
use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn compiled(name: &str) -> PathBuf {
    let source = paths::tests().join("terminal").join(format!("{name}.c"));
    guest::compile(&source, &["-O1", "-lutil", "-pthread"], name).expect("it compiles")
}

/// Runs the guest on a terminal in one of the columns.
fn on_a_terminal(column: Column, arguments: &[&str]) -> Outcome {
    ran_on_a_terminal(column, &[], &compiled("guest"), arguments)
}

fn ran_on_a_terminal(column: Column, options: &[&str], program: &Path, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(compiled("driver"));
    if column != Column::Native {
        let world = format!("--{}", column.name());
        command.arg(paths::osvrun()).args([&world, "--timeout", "50"]).args(options).arg("--");
    }
    run(command.arg(program).args(arguments), b"").expect("the driver runs")
}

fn worlds() -> impl Iterator<Item = Column> {
    Column::chosen().into_iter().filter(|column| *column != Column::Native)
}

#[test]
fn a_terminal_does_what_the_program_asks() {
    let native = text(&on_a_terminal(Column::Native, &[]).stdout);
    assert!(native.contains("\nstatus 7\n"), "{native}");
    for world in worlds() {
        assert_eq!(text(&on_a_terminal(world, &[]).stdout), native, "{}", world.name());
    }
}

#[test]
fn the_terminal_is_as_before_however_the_program_ends() {
    for world in worlds() {
        for (end, status) in [("exit", 3), ("signal", 143), ("crash", 139)] {
            let said = text(&on_a_terminal(world, &[end]).stdout);
            let (before, after) = said.split_once(&format!("\nstatus {status}\n")).expect(&said);
            assert!(before.contains("-isig -icanon -echo"), "{}, {end}: {said}", world.name());
            assert!(after.contains(" isig icanon echo"), "{}, {end}: {said}", world.name());
        }
    }
}

/// A C library finds a terminal's name by looking for the device that a descriptor is.
#[test]
fn the_terminal_has_a_name() {
    for world in worlds() {
        for libc in ["--libc=native", "--libc=own"] {
            let said = text(&ran_on_a_terminal(world, &["-q", libc], Path::new("/usr/bin/tty"), &[]).stdout);
            assert!(said.starts_with("/dev/console\n"), "{}, {libc}: {said}", world.name());
        }
    }
}

/// Says through `/dev/tty` which of the streams are terminals.
const WHICH: &str = r#"
#include <stdio.h>
#include <unistd.h>
int main(void) {
    FILE *terminal = fopen("/dev/tty", "w");
    if (!terminal)
        return 1;
    fprintf(terminal, "terminals: %d %d %d\n", isatty(0), isatty(1), isatty(2));
    return 0;
}"#;

#[test]
fn each_stream_is_a_terminal_if_it_is_one() {
    let source = paths::fresh_folder("terminal-which").join("which.c");
    std::fs::write(&source, WHICH).expect("the build folder can be written");
    let program = guest::compile(&source, &["-O1"], "which").expect("it compiles");
    for (redirected, is_terminal) in [
        ("", "1 1 1"),
        ("< /dev/null", "0 1 1"),
        ("> /dev/null", "1 0 1"),
        ("2> /dev/null", "1 1 0"),
        ("< /dev/null > /dev/null", "0 0 1"),
        ("< /dev/null 2>&1 | cat", "0 0 0"),
    ] {
        for column in Column::chosen() {
            let mut command = Command::new(compiled("driver"));
            command.args(["/bin/sh", "-c", &format!("\"$@\" {redirected}"), "sh"]);
            if column != Column::Native {
                command.arg(paths::osvrun()).args([&format!("--{}", column.name()), "--timeout", "50", "--"]);
            }
            let said = text(&run(command.arg(&program), b"").expect("the driver runs").stdout);
            // With no stream on it, a machine knows of no terminal.
            if is_terminal != "0 0 0" || column == Column::Native {
                assert!(
                    said.starts_with(&format!("terminals: {is_terminal}\n")),
                    "{redirected} {}: {said}",
                    column.name()
                );
            }
        }
    }
}
