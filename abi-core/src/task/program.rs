//! One program: its libraries, symbol scope and libc data.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use alloc::vec::Vec;

use crate::loader::Namespace;
use crate::sync::Mutex;

/// The next program's number.
static NEXT_NUMBER: AtomicU32 = AtomicU32::new(1);

/// A program as it was loaded.
pub struct Program {
    /// Names it in the books of what it owns.
    pub number: u32,
    /// Absolute path of the executable.
    pub path: Vec<u8>,
    /// The file name it was started by, which `/proc/self/comm` shows.
    pub name: Vec<u8>,
    /// What it was started with: `argv`.
    pub args: Vec<Vec<u8>>,
    /// What it was started with: `environ`.
    pub env: Vec<Vec<u8>>,
    /// Its objects, symbol scope and TLS layout.
    pub namespace: Mutex<Namespace>,
    /// Its `libc::LibcState` (guest memory), 0 until made.
    pub libc: AtomicUsize,
    /// Where its auxiliary vector is (guest memory), 0 until made.
    pub auxv: AtomicUsize,
    /// Whether another one replaces it: none of its threads may start.
    pub is_ending: AtomicBool,
}

impl Program {
    /// Makes a program with nothing loaded, the file `path` started by the name of `invoked`.
    pub fn new(path: Vec<u8>, invoked: &[u8], args: Vec<Vec<u8>>, env: Vec<Vec<u8>>) -> Self {
        Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            path,
            name: invoked.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec(),
            args,
            env,
            namespace: Mutex::new(Namespace::default()),
            libc: AtomicUsize::new(0),
            auxv: AtomicUsize::new(0),
            is_ending: AtomicBool::new(false),
        }
    }
}
