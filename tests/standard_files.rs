//! Standard streams that are files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{run, text};
use osvrun_tests::{guest, paths};

fn program() -> PathBuf {
    let source = paths::tests().join("standard_files/ends.c");
    guest::compile(&source, &["-O1", "-g", "-Wall", "-Wno-unused-result"], "ends").expect("it compiles")
}

/// Runs a shell's line in which `@` starts the program in a column; returns what it said, and what is in `out` then.
fn shell(column: Column, program: &Path, folder: &Path, line: &str) -> String {
    let _ = fs::remove_file(folder.join("out"));
    fs::write(folder.join("in"), "line 1\nline 2\nline 3\n").expect("the build folder can be written");
    let started = column.command(program, &[], &[], folder);
    let words = started.get_args().map(|word| word.to_string_lossy().into_owned());
    let words: Vec<String> =
        std::iter::once(started.get_program().to_string_lossy().into_owned()).chain(words).collect();
    let mut command = Command::new("sh");
    command.args(["-c", &line.replace('@', &words.join(" "))]).current_dir(folder);
    command.env("COLUMN", column.name());
    let outcome = run(&mut command, b"").expect("it ends");
    let out = fs::read(folder.join("out")).unwrap_or_default();
    let left = fs::read(folder.join("in")).unwrap_or_default();
    format!(
        "status {}\n{}{}--- out\n{}--- in\n{}",
        outcome.status,
        text(&outcome.stdout),
        text(&outcome.stderr),
        text(&out),
        text(&left)
    )
}

/// What the program does is its first argument.
const LINES: [&str; 19] = [
    "@ in < in",
    "@ in <> in",
    "@ map < in",
    "@ again < in",
    "{ @ line; cat; } < in",
    "{ read first; @ line; cat; } < in",
    "@ copy < in > out",
    "@ send < in > out",
    "echo before > out; @ out > out",
    "echo before > out; @ out >> out",
    "{ echo before; @ out; echo after; } > out",
    "{ @ both; echo after; } > out 2>&1",
    "@ append > out",
    "@ size >> out",
    "@ read < .",
    "@ write < in",
    "@ closed 1<&-; echo $?",
    "@ limit > out",
    "printf '1\\n2\\n' | { @ size >> out; cat; }",
];

#[test]
fn a_stream_that_is_a_file_is_one_for_the_program() {
    let (program, folder) = (program(), paths::fresh_folder("standard-files"));
    for line in LINES {
        let native = shell(Column::Native, &program, &folder, line);
        for column in Column::chosen().into_iter().filter(|column| *column != Column::Native) {
            assert_eq!(shell(column, &program, &folder, line), native, "{line} {}", column.name());
        }
    }
}

#[test]
fn many_bytes_go_from_file_to_file() {
    let folder = paths::fresh_folder("standard-many");
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    fs::write(folder.join("in"), &bytes).expect("the build folder can be written");
    for column in Column::chosen() {
        let started = column.command(Path::new("/bin/cat"), &[], &[], &folder);
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$@\" < in > out", "sh"]).arg(started.get_program());
        let outcome = run(command.args(started.get_args()).current_dir(&*folder), b"").expect("it ends");
        assert_eq!(outcome.status, 0, "{}", text(&outcome.stderr));
        assert!(fs::read(folder.join("out")).expect("it is there") == bytes, "{}", column.name());
    }
}
