//! Jumps that stand for `syscall` instructions when hosted: that they come to be where they can, and only there.
//! `guests/syscall_sites.c` checks that nobody notices.

use std::path::{Path, PathBuf};

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{guest, paths};

fn program(name: &str, flags: &[&str]) -> PathBuf {
    let source = paths::tests().join("guests").join("syscall_sites.c");
    let flags = [&["-O1", "-g", "-Wall", "-pthread"], flags].concat();
    guest::compile(&source, &flags, name).expect("it compiles")
}

fn run_in(column: Column, program: &Path, env: &[(&str, &str)]) -> Outcome {
    let env: Vec<(String, String)> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let folder = paths::fresh_folder("syscall-sites");
    run(&mut column.command(program, &["changed".to_owned()], &env, &folder), b"").expect("it runs")
}

fn check(outcome: &Outcome, last_line: &str) {
    let said = text(&outcome.stdout);
    assert_eq!(outcome.status, 0, "{outcome:?}");
    assert_eq!(said.lines().last(), Some(last_line), "{outcome:?}");
}

const CHANGED: &str = "load 1 padding 1 alone 0 shared 1";

fn is_hosted_asked_for() -> bool {
    Column::chosen().contains(&Column::Hosted)
}

#[test]
fn code_at_a_fixed_address_is_changed() {
    let program = program("sites.fixed", &["-fno-pie", "-no-pie", "-static"]);
    check(&run_in(Column::Native, &program, &[]), "load 0 padding 0 alone 0 shared 0");
    if is_hosted_asked_for() {
        check(&run_in(Column::Hosted, &program, &[]), CHANGED);
    }
}

#[test]
fn code_anywhere_is_changed() {
    if is_hosted_asked_for() {
        let program = program("sites.anywhere", &["-fPIE", "-static-pie"]);
        check(&run_in(Column::Hosted, &program, &[]), CHANGED);
    }
}

#[test]
fn it_works_where_a_filter_catches_the_calls() {
    if is_hosted_asked_for() {
        let program = program("sites.filtered", &["-fno-pie", "-no-pie", "-static"]);
        check(&run_in(Column::Hosted, &program, &[("OSVRUN_FILTER_SYSCALLS", "1")]), CHANGED);
    }
}
