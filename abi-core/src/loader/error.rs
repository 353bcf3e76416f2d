//! Why something could not be loaded.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use crate::abi::Errno;

/// The exit status of a file that can't be run.
pub const STATUS_BAD_FILE: u8 = 126;
/// The exit status when the file, a library or a symbol was not found.
pub const STATUS_NOT_FOUND: u8 = 127;

/// Why something could not be loaded, as one line, with the exit status that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// 126 or 127, as shells use them.
    pub status: u8,
    /// What `execve(2)` returns for it.
    pub errno: Errno,
    /// One line (several for a list of symbols), without a newline at its end.
    pub text: String,
    /// The file that was not found.
    pub absent: Option<Vec<u8>>,
    /// Whether the file is for another machine: the right one may lie elsewhere.
    pub is_foreign: bool,
}

/// The result of loading.
pub type LoadResult<T> = Result<T, LoadError>;

impl LoadError {
    /// Makes an error.
    pub const fn new(status: u8, errno: Errno, text: String) -> Self {
        Self { status, errno, text, absent: None, is_foreign: false }
    }

    /// Makes the error of a damaged or unfit file.
    pub fn bad_file(path: &[u8], what: &dyn fmt::Display) -> Self {
        Self::new(STATUS_BAD_FILE, Errno::ENOEXEC, format!("{}: {what}", shown(path)))
    }

    /// Makes the error of a file that can't be read or memory that can't be had.
    pub fn failed(path: &[u8], doing: &str, errno: Errno) -> Self {
        let status = if errno == Errno::ENOENT { STATUS_NOT_FOUND } else { STATUS_BAD_FILE };
        Self::new(status, errno, format!("{}: {doing}: {errno}", shown(path)))
    }

    /// Makes the error of something that is not there.
    pub fn not_found(text: String) -> Self {
        Self::new(STATUS_NOT_FOUND, Errno::ENOENT, text)
    }
}

/// Shows bytes that are mostly text.
pub fn shown(bytes: &[u8]) -> impl fmt::Display + '_ {
    bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
        text
    })
}

/// What is wrong in an ELF file: the field, where it is in the file, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElfError {
    /// The field's name in the ELF specification.
    pub field: &'static str,
    /// Where it is in the file.
    pub offset: u64,
    /// What is wrong with it.
    pub what: String,
}

impl ElfError {
    /// Makes an error.
    pub fn new(field: &'static str, offset: u64, what: impl Into<String>) -> Self {
        Self { field, offset, what: what.into() }
    }
}

impl fmt::Display for ElfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {:#x}: {}", self.field, self.offset, self.what)
    }
}
