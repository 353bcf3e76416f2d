//! The metal backend: our own kernel on x86-64 under QEMU.
//!
//! [`boot`] brings the machine up, [`arch`] drives the processor, [`paging`] holds memory, [`sched`] runs threads,
//! `drivers` talk to devices, [`ninep`] has the host's folders, and `backend` is abi-core's floor over them, one file per trait. Without the
//! feature `kernel` the crate holds only what the host can test: page tables over an emulated memory, queues, timers.
#![no_std]
#![cfg_attr(not(feature = "kernel"), allow(dead_code, reason = "the kernel alone uses all of it"))]

extern crate alloc;
#[cfg(test)]
#[macro_use]
extern crate std;

pub mod arch;
#[cfg(feature = "kernel")]
pub mod backend;
pub mod boot;
#[cfg(feature = "kernel")]
pub mod drivers;
pub mod ninep;
pub mod paging;
#[cfg(feature = "kernel")]
pub mod panic;
pub mod sched;
pub mod time;
