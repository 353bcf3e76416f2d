//! Saying how two outcomes differ.

use std::fmt::Write;

use crate::run::{Outcome, text};

/// Fails with a description unless `got` is `expected`.
pub fn same(expected: &Outcome, got: &Outcome) -> Result<(), String> {
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
