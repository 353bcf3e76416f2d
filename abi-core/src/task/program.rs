//! One program: its libraries, symbol scope and libc data.

use core::sync::atomic::AtomicUsize;

use alloc::vec::Vec;

use crate::loader::Namespace;
use crate::sync::Mutex;

/// A program as it was loaded.
pub struct Program {
    /// Absolute path of the executable.
    pub path: Vec<u8>,
    /// Its objects, symbol scope and TLS layout.
    pub namespace: Mutex<Namespace>,
    /// Its `libc::LibcState` (guest memory), 0 until made.
    pub libc: AtomicUsize,
}

impl Program {
    /// Makes a program with nothing loaded.
    pub fn new(path: Vec<u8>) -> Self {
        Self { path, namespace: Mutex::new(Namespace::default()), libc: AtomicUsize::new(0) }
    }
}
