//! The C library behind the exports: what a libc does without asking the kernel.
//!
//! Code here is *pure*: it is the program's own code for faults, signals and unwinding, holds no kernel state, and
//! calls the kernel the way a program does, through the functions of [`crate::exports`]. It allocates with
//! [`malloc`], never from the kernel's heap. Its data is per program ([`state::LibcState`]) or per thread
//! ([`tcb::Tcb`]), both in guest memory.
#![expect(unsafe_code, reason = "C strings, the thread control block and libc's data are raw guest memory")]
#![allow(
    clippy::multiple_unsafe_ops_per_block,
    reason = "a C function's pointers all carry the same promise"
)]
#![allow(clippy::missing_safety_doc, reason = "the safety of a C function is its man page")]

pub mod aio;
pub mod argp;
pub mod arithmetic;
pub mod bracket;
pub mod crypt;
pub mod database;
pub mod dl;
pub mod exec;
pub mod exit;
pub mod fault;
pub mod files;
pub mod fnmatch;
pub mod glob;
pub mod guest_heap;
pub mod guest_vec;
pub mod locale;
pub mod malloc;
pub mod math;
pub mod misc;
pub mod multibyte;
pub mod net;
pub mod pthread;
pub mod regex;
pub mod search_tree;
pub mod sigevent;
pub mod signal;
pub mod startup;
pub mod state;
pub mod stdio;
pub mod stdlib;
pub mod string;
pub mod tcb;
pub mod time;
pub mod wordexp;

pub use tcb::{errno, set_errno};

/// Returns the C string at `text`, measured by our own strlen: `CStr::from_ptr` would call the host's.
///
/// # Safety
/// `text` is NUL-terminated and lives for `'a`.
pub unsafe fn c_str<'a>(text: *const core::ffi::c_char) -> &'a core::ffi::CStr {
    // SAFETY: the caller's promise.
    let len_bytes = unsafe { string::mem::strlen(text) };
    // SAFETY: so many bytes and the NUL are there.
    let bytes = unsafe { core::slice::from_raw_parts(text.cast(), len_bytes + 1) };
    // SAFETY: the first NUL is the last byte.
    unsafe { core::ffi::CStr::from_bytes_with_nul_unchecked(bytes) }
}
