//! Numbers and `repr(C)` structs of the Linux x86-64 ABI with glibc's layouts; no behaviour.
//!
//! The types and constants come from the `libc` crate, of which nothing else is used: the metal kernel links without
//! a C library, so a call of a host function would not link there.

mod errno;

pub use ::libc::*;
pub use errno::{Errno, Result};

/// The one process's number, and its first thread's.
pub const PID: i32 = 2;
/// Its parent's: nobody's of this machine.
pub const PARENT_PID: i32 = 1;
/// io_pgetevents(2), which the `libc` crate does not name.
#[expect(non_upper_case_globals, reason = "named as the others are")]
pub const SYS_io_pgetevents: i64 = 333;
