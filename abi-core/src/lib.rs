//! The Linux x86-64 ABI as the OSv unikernel defines it, in one crate for two worlds.
//!
//! Programs enter through [`exports`] (libc symbols called as functions) or [`syscalls`] (the instruction). All behaviour lives in the subsystems
//! below the doors ([`task`], [`mm`], [`fs`], …), gathered in one [`kernel::Kernel`] value and written against the
//! [`backend::Backend`] floor. `host-backend` and `metal-backend` implement that floor and call back through
//! [`upcall`]. The crate is `no_std`, has no thread-locals and allocates only from its own [`heap`].
#![no_std]

extern crate alloc;
#[cfg(any(test, fuzzing))]
extern crate std;

pub mod abi;
pub mod backend;
pub mod boot;
pub mod boundary;
pub mod exports;
pub mod few;
pub mod fs;
pub mod heap;
pub mod ipc;
pub mod kernel;
pub mod libc;
pub mod loader;
pub mod log;
pub mod mm;
pub mod mux;
pub mod net;
pub mod panic;
pub mod random;
pub mod signal;
pub mod sync;
pub mod syscalls;
pub mod task;
pub mod time;
pub mod trace;
pub mod upcall;
