//! The `log` facade over the console's error stream, and notes meant for the person who started the program.

use core::fmt::Write;

use alloc::string::String;

use crate::backend::{Stream, backend};

struct Logger;

impl ::log::Log for Logger {
    fn enabled(&self, _: &::log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &::log::Record<'_>) {
        note(format_args!("{}: {}", record.level().as_str().to_ascii_lowercase(), record.args()));
    }
    fn flush(&self) {}
}

/// Sets up logging with `verbosity` 0 (warnings), 1 (info), 2 (debug) or 3 (trace).
pub fn init(verbosity: u8) {
    // Failing means a logger is set already, which is what we want.
    let _ = ::log::set_logger(&Logger);
    ::log::set_max_level(match verbosity {
        0 => ::log::LevelFilter::Warn,
        1 => ::log::LevelFilter::Info,
        2 => ::log::LevelFilter::Debug,
        _ => ::log::LevelFilter::Trace,
    });
}

/// Writes one `osvrun: …` line to the error stream.
pub fn note(text: core::fmt::Arguments<'_>) {
    let mut line = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(line, "osvrun: {text}");
    let mut rest = line.as_bytes();
    while !rest.is_empty() {
        match backend().write(Stream::Error, rest) {
            Ok(n) => rest = &rest[n.min(rest.len())..],
            Err(_) => return,
        }
    }
}

/// As [`note`], unless the person asked for silence (`--quiet`): for what is good to know and no reason to stop.
pub fn remark(text: core::fmt::Arguments<'_>) {
    if !crate::kernel::try_kernel().is_some_and(|kernel| kernel.boot.is_quiet) {
        note(text);
    }
}
