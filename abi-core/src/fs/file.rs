//! Open files: what a descriptor names.

use core::sync::atomic::{AtomicI32, Ordering};

use alloc::sync::Arc;

use super::attributes::Attributes;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mm::PageSource;
use crate::sync::Mutex;

/// Status flags that `F_SETFL` can change.
pub const SETTABLE_FLAGS: i32 =
    abi::O_APPEND | abi::O_NONBLOCK | abi::O_DIRECT | abi::O_NOATIME | abi::O_ASYNC;

/// The behaviour of one kind of open file (a regular file, a pipe's end, the console).
pub trait File: Send + Sync {
    /// Stores into `buf` what can be read now, at least one byte unless at the end; blocks as the file does.
    fn read(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Takes from `buf` what can be written; blocks as the file does.
    fn write(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBuf) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Says what `fstat(2)` says.
    fn attributes(&self) -> Result<Attributes>;
    /// Moves the position; `ESPIPE` where there is none.
    fn seek(&self, _open: &OpenFile, _offset: i64, _whence: i32) -> Result<u64> {
        Err(Errno::ESPIPE)
    }
    /// Tells whether it is a terminal.
    fn is_terminal(&self) -> bool {
        false
    }
    /// Returns the bytes for mappings; `ENODEV` where there can be none.
    fn pages(&self) -> Result<Arc<dyn PageSource>> {
        Err(Errno::ENODEV)
    }
}

/// An open file description: a file with its position and status flags, shared by descriptors made with `dup(2)`.
pub struct OpenFile {
    /// What is open.
    pub file: Arc<dyn File>,
    /// Access mode and status flags (`O_…`).
    flags: AtomicI32,
    /// The position. Never held while guest memory is touched.
    pub position: Mutex<u64>,
}

impl OpenFile {
    /// Opens `file` with the flags of `open(2)`.
    pub fn new(file: Arc<dyn File>, flags: i32) -> Arc<Self> {
        let kept = flags & !(abi::O_CREAT | abi::O_EXCL | abi::O_NOCTTY | abi::O_TRUNC | abi::O_CLOEXEC);
        Arc::new(Self { file, flags: AtomicI32::new(kept), position: Mutex::new(0) })
    }
    /// Returns access mode and status flags.
    pub fn flags(&self) -> i32 {
        self.flags.load(Ordering::Relaxed)
    }
    /// Sets the status flags that may be set, as `F_SETFL` does.
    pub fn set_flags(&self, flags: i32) {
        let kept = self.flags() & !SETTABLE_FLAGS;
        self.flags.store(kept | (flags & SETTABLE_FLAGS), Ordering::Relaxed);
    }
    /// Tells whether calls that would wait fail with `EAGAIN`.
    pub fn is_nonblocking(&self) -> bool {
        self.flags() & abi::O_NONBLOCK != 0
    }
    /// Tells whether it was opened for reading.
    pub fn is_readable(&self) -> bool {
        matches!(self.flags() & abi::O_ACCMODE, abi::O_RDONLY | abi::O_RDWR)
            && self.flags() & abi::O_PATH == 0
    }
    /// Tells whether it was opened for writing.
    pub fn is_writable(&self) -> bool {
        matches!(self.flags() & abi::O_ACCMODE, abi::O_WRONLY | abi::O_RDWR)
            && self.flags() & abi::O_PATH == 0
    }
}
