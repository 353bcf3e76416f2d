//! Threads and who runs: preemptive, one queue per processor, no tick while nothing competes.
//!
//! A processor's queue lock is held across a switch, so a thread that others see as parked or ready has left its
//! stack. Lock order: wait bucket, then queue. All of it runs with interrupts disabled.
#![expect(unsafe_code, reason = "threads are linked by raw pointers")]

#[cfg(feature = "kernel")]
mod hold;
#[cfg(feature = "kernel")]
mod placement;
mod queue;
#[cfg(feature = "kernel")]
mod run;
#[cfg(feature = "kernel")]
mod spawn;
mod thread;
mod timers;
#[cfg(feature = "kernel")]
mod wait;

#[cfg(feature = "kernel")]
pub use hold::{hold, hold_interrupt};
#[cfg(feature = "kernel")]
pub use placement::{give_way, set_affinity, set_priority};
pub use queue::RunQueue;
#[cfg(feature = "kernel")]
pub use run::{idle_loop, preempt, reschedule_interrupt, stop_others, timer_interrupt, yield_now};
#[cfg(feature = "kernel")]
pub use spawn::{adopt_idle, exit, find, guest_thread, new_idle, spawn};
pub use thread::{State, Switches, Thread, TimerLinks, Wait};
pub use timers::Timers;
#[cfg(feature = "kernel")]
pub use wait::{interrupt, wait, wake};
