//! `--metal`: boots QEMU with our kernel.

use std::process::ExitCode;

use crate::options::RunOptions;

/// Runs the program in QEMU.
pub(crate) fn run_metal(_options: &RunOptions) -> ExitCode {
    crate::complain("--metal is not written yet")
}
