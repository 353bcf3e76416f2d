//! What our libc promises of its inexact functions: an error of at most one unit in the last place, but for some of a
//! `double` in math_special.c, which says how much. The programs of `differential/` that know results of twice the
//! precision are built to hold it to that, and fail where it does not.

use std::process::ExitCode;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use osvrun_tests::column::Column;
use osvrun_tests::run::{run_within, text};
use osvrun_tests::{differential, is_thorough, paths};

/// Only against hangs.
const LIMIT: Duration = Duration::from_mins(20);

const PROGRAMS: [&str; 4] = ["math_real", "math_special", "math_complex", "math_other"];

/// How many cases of each function a column runs: QEMU translates what metal runs.
fn cases(column: Column) -> &'static str {
    match (column, is_thorough()) {
        (Column::Metal, _) => "1000",
        (Column::Native | Column::Hosted, false) => "5000",
        (Column::Native | Column::Hosted, true) => "20000",
    }
}

fn test(name: &str, column: Column) -> Result<(), Failed> {
    let source = paths::tests().join("differential").join(format!("{name}.c"));
    let path = differential::build(&source, &["-DPROMISE"])?;
    let folder = paths::fresh_folder(&format!("promise.{name}.{}", column.name()));
    let args = [cases(column).to_owned()];
    let outcome = run_within(LIMIT, &mut column.command(&path, &args, &[], &folder), b"")?;
    if outcome.status == 0 {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&outcome.stdout);
    let broken: Vec<&str> = said.lines().filter(|line| line.contains("is wrong by")).collect();
    Err(format!("exit status {}\n{}\n{}", outcome.status, broken.join("\n"), text(&outcome.stderr)).into())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // The host's libc promises less.
    let columns = || Column::chosen().into_iter().filter(|&column| column != Column::Native);
    let trials = PROGRAMS
        .iter()
        .flat_map(|&name| {
            columns().map(move |column| {
                Trial::test(format!("{name}::{}", column.name()), move || test(name, column))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
