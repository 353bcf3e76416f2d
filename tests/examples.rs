//! The programs of `examples/`: the same on Linux, hosted and on metal, and hello on the least backend.

use std::path::{Path, PathBuf};
use std::process::Command;

use osvrun_tests::column::Column;
use osvrun_tests::run::{Outcome, run, text};
use osvrun_tests::{compare, guest, paths};

fn example(name: &str) -> PathBuf {
    paths::workspace().join("examples").join(name)
}

fn compiled(source: &str, name: &str) -> PathBuf {
    guest::compile(&example(source), &["-O2", "-shared", "-fPIC", "-pthread"], name).expect("it compiles")
}

/// Runs a program in each column and compares; returns what Linux said.
fn same_everywhere(program: &Path, args: &[&str]) -> Outcome {
    let args: Vec<String> = args.iter().map(|&arg| arg.to_owned()).collect();
    let folder =
        paths::fresh_folder(&format!("example-{}", program.file_name().unwrap_or_default().display()));
    let outcome = |column: Column| run(&mut column.command(program, &args, &[], &folder), b"");
    let native = outcome(Column::Native).expect("it runs on Linux");
    for column in Column::chosen().into_iter().filter(|&column| column != Column::Native) {
        if let Err(difference) = outcome(column).and_then(|got| compare::same(&native, &got)) {
            panic!("{}: {difference}", column.name());
        }
    }
    native
}

#[test]
fn hello_in_c() {
    assert_eq!(
        text(&same_everywhere(&compiled("hello-c/hello.c", "hello-c.so"), &[]).stdout),
        "hello from user space\n"
    );
}

#[test]
fn threads_in_c() {
    assert_eq!(same_everywhere(&compiled("threads/threads.c", "threads.so"), &[]).status, 0);
}

#[test]
fn hello_in_rust() {
    let said = same_everywhere(&paths::built("libhello_rust.so"), &["ada", "grace", "alan", "barbara"]);
    assert_eq!(text(&said.stdout), "hello from Rust\n3: ada\n4: alan\n5: grace\n7: barbara\n");
}

#[test]
fn hello_in_c_on_the_least_backend() {
    let hello = compiled("hello-c/hello.c", "hello-c.so");
    let outcome = run(Command::new(paths::built("tiny-backend")).arg(hello), b"");
    let outcome = outcome.expect("it runs");
    assert_eq!((text(&outcome.stdout).as_ref(), outcome.status), ("hello from user space\n", 0));
}
