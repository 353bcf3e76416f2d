//! `osvrun symbols`: every export, one a line: name, library, level, note, and with `--tested` whether a program of the
//! tests calls it. `osvrun syscalls`: every system call: number, name, level, note.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::ExitCode;

use abi_core::exports::{self, Export, Level};
use abi_core::syscalls;

use crate::options::SymbolsOptions;
use crate::output;

/// What the programs of `tests/` call, one name a line; `tests/tested.rs` keeps it true.
const TESTED: &str = include_str!("../../tests/tested.txt");

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
pub(crate) fn run(options: &SymbolsOptions) -> ExitCode {
    let mut rows: Vec<Export> = exports::all().collect();
    rows.sort_by_key(|row| row.name);
    let tested: BTreeSet<&str> = TESTED.lines().collect();
    let (mut text, mut tested_count) = (String::new(), 0);
    for row in &rows {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}\t{}\t{}\t{}", row.name, row.library, level_name(row.level), row.note);
        if options.tested {
            let is_tested = tested.contains(row.name);
            tested_count += usize::from(is_tested);
            text.push_str(if is_tested { "\ttested" } else { "\tuntested" });
        }
        text.push('\n');
    }
    output::print(&text);
    if options.tested {
        output::error(&format!("{tested_count} of {} symbols tested", rows.len()));
    }
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
