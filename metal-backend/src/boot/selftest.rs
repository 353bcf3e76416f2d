//! Tests that need the real machine: `selftest [NAME]` on the command line runs them instead of a program.

use super::main::command_line;
use crate::drivers::serial;

/// Runs the tests that the command line names and powers off: 0 when all passed.
pub extern "C" fn run(_: usize, _: usize) -> ! {
    let _ = command_line();
    serial::write(b"selftest\n");
    crate::backend::power::off(0)
}
