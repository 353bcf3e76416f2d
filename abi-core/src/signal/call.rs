//! `SIGEV_THREAD` of sigevent(7): a function of the program that is called in a new thread.

use core::mem::offset_of;
use core::sync::atomic::Ordering;

use crate::abi::Result;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::pthread::PthreadState;
use crate::libc::pthread::attr::{Attr, Defaults};
use crate::libc::state::Initial;

/// What is called, and in what kind of thread.
#[derive(Debug, Clone, Copy)]
pub struct ThreadCall {
    /// The function.
    pub function: usize,
    /// Its argument.
    pub value: u64,
    /// Size of the thread's stack.
    pub stack_bytes: usize,
    /// Size of the guard below.
    pub guard_bytes: usize,
}

/// The sizes where the program's libc says nothing.
const USUAL: (usize, usize) = (8 << 20, 4096);

impl Context<'_> {
    /// Reads it from a `struct sigevent`. The thread's attributes count as they are now.
    pub fn thread_call(self, event: UserPtr<u64>) -> Result<ThreadCall> {
        let value = event.read()?;
        let function = event.add(2).read()? as usize;
        let (stack_bytes, guard_bytes) = self.thread_size(event.add(3).read()? as usize)?;
        Ok(ThreadCall { function, value, stack_bytes, guard_bytes })
    }

    /// Returns the sizes of stack and guard that the attributes at an address ask for, or the program's usual ones.
    fn thread_size(self, attributes: usize) -> Result<(usize, usize)> {
        let libc = self.thread.program.libc.load(Ordering::Relaxed);
        if libc == 0 || self.thread.program.has_own_libc() {
            return Ok(USUAL);
        }
        let word = |address: usize| UserPtr::<usize>::new(address).read();
        let defaults = libc + offset_of!(Initial, pthread) + offset_of!(PthreadState, defaults);
        let usual = match word(defaults + offset_of!(Defaults, stack_bytes))? {
            0 => USUAL.0,
            bytes => bytes,
        };
        if attributes == 0 {
            return Ok((usual, word(defaults + offset_of!(Defaults, guard_bytes))?));
        }
        let own = word(attributes.wrapping_add(offset_of!(Attr, stack_bytes)))?;
        let guard = word(attributes.wrapping_add(offset_of!(Attr, guard_bytes)))?;
        Ok((if own == 0 { usual } else { own }, guard))
    }
}
