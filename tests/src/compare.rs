//! Saying how two outcomes differ.

use std::fmt::Write;

use crate::run::{Outcome, text};

/// Removes what a program with osvrun's libc is told of signals that it sends its threads: "a handler reached by a
/// thread-directed signal warns once and names the option". Linux has nothing to tell.
fn without_signal_note(mut outcome: Outcome) -> Outcome {
    const NOTE: &[u8] = b" was sent to one thread; its handler runs in a thread of its own (--signals=linux";
    let is_note = |line: &[u8]| {
        line.starts_with(b"osvrun: signal ") && line.windows(NOTE.len()).any(|part| part == NOTE)
    };
    let lines = outcome.stderr.split_inclusive(|&byte| byte == b'\n');
    outcome.stderr = lines.filter(|line| !is_note(line)).flatten().copied().collect();
    outcome
}

/// Fails with a description unless `got` is `expected`.
pub fn same(expected: &Outcome, got: &Outcome) -> Result<(), String> {
    let got = &without_signal_note(got.clone());
    if expected == got {
        return Ok(());
    }
    let mut difference = String::new();
    if expected.status != got.status {
        let _ = writeln!(difference, "exit status {} instead of {}", got.status, expected.status);
    }
    for (name, expected, got) in
        [("stdout", &expected.stdout, &got.stdout), ("stderr", &expected.stderr, &got.stderr)]
    {
        if expected != got {
            let at =
                expected.iter().zip(got).position(|(a, b)| a != b).unwrap_or(expected.len().min(got.len()));
            let _ = writeln!(
                difference,
                "{name} differs from byte {at} on\n--- expected\n{}\n--- got\n{}",
                text(expected),
                text(got)
            );
        }
    }
    if expected.stderr == got.stderr && !got.stderr.is_empty() {
        let _ = writeln!(difference, "stderr was\n{}", text(&got.stderr));
    }
    Err(difference)
}
