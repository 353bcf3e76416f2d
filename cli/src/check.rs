//! `osvrun check`: what a program needs, and how much of it is there.

use std::process::ExitCode;

use crate::options::{CheckOptions, RunOptions};

/// Prints each needed symbol that is not full.
pub(crate) fn run(check: &CheckOptions, _options: &RunOptions) -> ExitCode {
    crate::complain(&format!("check of {} is not written yet", check.program.display()))
}
