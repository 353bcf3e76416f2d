//! Text with margins whose lines are broken at blanks.

use crate::exports::stdio::fwrite;
use crate::libc::guest_vec::GuestVec;
use crate::libc::stdio::file::File;

/// Collects text.
pub(super) struct Wrapped {
    text: GuestVec<u8>,
    /// Where the last line starts.
    line: usize,
    /// The column that no word reaches into.
    right: usize,
    /// How many columns new lines are indented, and those after a break.
    left: usize,
    after_break: usize,
}

impl Wrapped {
    /// Starts an empty one whose words do not reach into a column.
    pub(super) const fn new(right: usize) -> Self {
        Self { text: GuestVec::new(), line: 0, right, left: 0, after_break: 0 }
    }

    /// Returns the column that comes next.
    pub(super) fn column(&self) -> usize {
        self.text.len() - self.line
    }

    /// Returns the left margin.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Sets the left margin.
    pub(super) const fn set_left(&mut self, columns: usize) {
        self.left = columns;
    }

    /// Sets the margin of lines after a break; returns the one before.
    pub(super) const fn set_after_break(&mut self, columns: usize) -> usize {
        core::mem::replace(&mut self.after_break, columns)
    }

    fn push(&mut self, byte: u8) {
        // Without memory the text is cut.
        let _ = self.text.push(byte);
    }

    /// Adds text.
    pub(super) fn put(&mut self, text: &[u8]) {
        for &byte in text {
            if self.column() == 0 {
                for _ in 0..self.left {
                    self.push(b' ');
                }
            }
            if byte == b'\n' && self.column() >= self.right {
                self.break_line();
            }
            self.push(byte);
            if byte == b'\n' {
                self.line = self.text.len();
            } else if self.column() > self.right && byte != b' ' {
                self.break_line();
            }
        }
    }

    /// Breaks the last line at its last blank; a word alone stays long.
    fn break_line(&mut self) {
        let line = &self.text[self.line..];
        let first = line.iter().position(|byte| *byte != b' ').unwrap_or(line.len());
        let Some(blank) = line.iter().rposition(|byte| *byte == b' ').filter(|&blank| blank > first) else {
            return;
        };
        let end = line[..blank].iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
        let mut rest = GuestVec::new();
        if rest.extend(&line[blank + 1..]).is_err() {
            return;
        }
        self.text.truncate(self.line + end);
        self.push(b'\n');
        self.line = self.text.len();
        for _ in 0..self.after_break {
            self.push(b' ');
        }
        let _ = self.text.extend(&rest);
    }

    /// Adds blanks up to a column.
    pub(super) fn indent_to(&mut self, column: usize) {
        while self.column() < column {
            self.push(b' ');
        }
    }

    /// Adds a blank, or a new line where there is no room for `columns` more.
    pub(super) fn space(&mut self, columns: usize) {
        if self.column() + columns >= self.right {
            self.put(b"\n");
        } else {
            self.put(b" ");
        }
    }

    /// Writes the text to a stream.
    pub(super) unsafe fn write(&self, stream: *mut File) {
        // SAFETY: the caller's stream.
        unsafe { fwrite(self.text.as_ptr().cast(), 1, self.text.len(), stream) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_long_words_stay() {
        let mut text = Wrapped::new(79);
        text.set_after_break(4);
        for _ in 0..20 {
            text.put(b"abcdef ");
        }
        text.put(b"\n");
        let lines: std::vec::Vec<&[u8]> = text.text.split(|&byte| byte == b'\n').collect();
        assert!(lines.iter().all(|line| line.len() <= 79));
        assert_eq!(lines[0].len(), 11 * 7 - 1);
        assert!(lines[1].starts_with(b"    abcdef"));
        let mut text = Wrapped::new(79);
        text.put(&[b'x'; 200]);
        assert_eq!(text.text.len(), 200);
    }
}
