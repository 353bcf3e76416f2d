//! Thread-local storage: static blocks below the thread control block, dynamic ones by the DTV.

use alloc::sync::Arc;

use crate::abi::{Errno, Result};
use crate::kernel::Context;
use crate::libc::tcb::Tcb;
use crate::task::Program;

/// A thread's own part of the loader's book-keeping. All zero at the start.
#[repr(C)]
pub struct TlsFields {}

/// Makes a thread's static TLS area and control block (guest memory), with canary, guard, DTV and libc state set.
pub fn allocate(_cx: Context<'_>, _program: &Arc<Program>) -> Result<*mut Tcb> {
    Err(Errno::ENOSYS)
}

/// Gives back what [`allocate`] made, once the thread no longer runs on it.
pub fn release(_cx: Context<'_>, _tcb: *mut Tcb) {}
