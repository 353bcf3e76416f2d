//! The text of a report: a fixed buffer over the console's emergency output.

use core::fmt;

use crate::backend::backend;

/// Gathers text and writes it in large pieces, without the heap.
pub(super) struct Report {
    text: [u8; 2048],
    len: usize,
}

impl Report {
    pub(super) const fn new() -> Self {
        Self { text: [0; 2048], len: 0 }
    }

    /// Writes what was gathered.
    pub(super) fn flush(&mut self) {
        backend().write_emergency(&self.text[..self.len]);
        self.len = 0;
    }
}

impl fmt::Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if self.len == self.text.len() {
                self.flush();
            }
            let n = rest.len().min(self.text.len() - self.len);
            self.text[self.len..self.len + n].copy_from_slice(&rest[..n]);
            self.len += n;
            rest = &rest[n..];
        }
        // A complete line goes out at once, so that a report that fails later has said what it could.
        if text.ends_with('\n') {
            self.flush();
        }
        Ok(())
    }
}
