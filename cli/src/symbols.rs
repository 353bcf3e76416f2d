//! `osvrun symbols`: every export, one a line: name, library, level, note. `osvrun syscalls`: every system call: number,
//! name, level, note.

use std::fmt::Write;
use std::process::ExitCode;

use abi_core::exports::{self, Export, Level};
use abi_core::syscalls;

use crate::output;

/// Returns a level's name.
pub(crate) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Full => "full",
        Level::Partial => "partial",
        Level::Stub => "stub",
        Level::Unsupported => "unsupported",
    }
}

/// Prints the table, sorted by name.
pub(crate) fn run() -> ExitCode {
    let mut rows: Vec<Export> = exports::all().collect();
    rows.sort_by_key(|row| row.name);
    let mut text = String::new();
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}\t{}\t{}\t{}", row.name, row.library, level_name(row.level), row.note);
    }
    output::print(&text);
    ExitCode::SUCCESS
}

/// Prints the system calls, by number.
pub(crate) fn run_syscalls() -> ExitCode {
    let mut text = String::new();
    for call in syscalls::TABLE {
        let (level, note) = call.level();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}\t{}\t{}\t{note}", call.number, call.name, level_name(level));
    }
    output::print(&text);
    ExitCode::SUCCESS
}
