//! Writing to the person who started osvrun. A reader who went away is no error.

use std::io::Write;

/// Writes one `osvrun: …` line to standard error.
pub(crate) fn error(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "osvrun: {message}");
}

/// Writes text to standard output, in one piece.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
