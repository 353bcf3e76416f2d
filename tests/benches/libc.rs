//! What libc's commonest functions cost with the host's libc and hosted with ours, and how long programs take: how often ours
//! does what the host's does once. Rows below their aim have a mark.
//!
//! On a machine that others use, `chrt -f 10` keeps them out of the figures.
//! usage: cargo bench --bench libc [-- [-r RUNS] [ROW...]]
#![expect(clippy::print_stdout, reason = "what it prints is its result")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use osvrun_tests::bench::{Figures, Side, Wanted, compiled};
use osvrun_tests::paths;

/// Row, program, its arguments; those that are not installed are left out.
const PROGRAMS: &[(&str, &str, &[&str])] = &[
    ("program_lua", "/usr/bin/lua5.4", &["loop.lua"]),
    ("program_sqlite3", "/usr/bin/sqlite3", &[":memory:", ".read loop.sql"]),
    ("program_xz", "/usr/bin/xz", &["-1", "-k", "-c", "-T1"]),
    ("program_python3", "/usr/bin/python3", &["-S", "loop.py"]),
];

/// How often ours shall do what the host's does once.
fn aim(row: &str) -> f64 {
    match row {
        _ if row.starts_with("malloc") => 1.0,
        _ if row.starts_with("create") => 1.0 / 1.3,
        _ if row.starts_with("program") => 1.0 / 1.05,
        _ => 0.8,
    }
}

/// Numbers to be compressed.
fn numbers() -> std::path::PathBuf {
    let file = paths::target().join("bench/loop.txt");
    let mut text = String::new();
    for i in 1..=1_500_000 {
        writeln!(text, "{i}").expect("a string takes all");
    }
    std::fs::write(&file, text).expect("the build folder can be written");
    file
}

fn main() {
    let wanted = Wanted::read();
    let program = compiled("libc");
    let numbers = numbers();
    let mut figures = Figures::default();
    for _ in 0..wanted.runs {
        for side in Side::BOTH {
            figures.add_rows(side, &program, &wanted.rows);
            for (row, path, args) in PROGRAMS {
                if !wanted.has(row) || !Path::new(path).exists() {
                    continue;
                }
                let mut command: Command = side.command(Path::new(path));
                command.args(*args).current_dir(paths::tests().join("bench"));
                if *row == "program_xz" {
                    command.arg(&numbers);
                }
                figures.add_run(side, row, command);
            }
        }
    }
    println!("{:26} {:>14} {:>14} {:>8} {:>8}", "", "native ns", "hosted ns", "speed", "aim");
    for (row, native, hosted) in figures.rows() {
        let (speed, aim) = (native / hosted, aim(row));
        let mark = if speed < aim { " *" } else { "" };
        println!("{row:26} {native:14.1} {hosted:14.1} {speed:8.2} {aim:8.2}{mark}");
    }
}
