//! Where raw guest values become checked ones, and results become C returns.
//!
//! [`door`] is the way into the kernel for calls by symbol, [`syscall`] for the instruction, [`register`] what the latter
//! returns; [`ended_call`] makes a call by symbol again that a signal has ended; [`user`] copies between kernel and guest
//! memory and turns a bad pointer into `EFAULT`, [`atomic`] does so for futex words; [`guest`] enters guest code;
//! [`variadic`] reads C variable arguments; [`vectors`] keeps vector registers; [`block`] moves blocks of memory;
//! [`processor`] knows what the processor can do.
#![expect(unsafe_code, reason = "raw guest pointers, stack switches and fixups live here")]

pub mod atomic;
pub mod block;
mod buffer;
pub mod door;
pub mod ended_call;
pub mod guest;
mod moves;
pub mod processor;
pub mod register;
pub mod syscall;
pub mod user;
pub mod variadic;
pub mod vectors;
