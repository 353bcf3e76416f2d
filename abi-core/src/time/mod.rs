//! Clocks, sleeps and timers.
//!
//! [`timers`] holds what expires later; a thread of the kernel waits for the next of them.

mod adjust;
mod clocks;
mod counted;
pub mod timers;
pub mod wall;

pub use clocks::{
    alarm_seconds, duration, resolution_nanos, timespec_of, to_timespec, to_timeval, usual_clock,
};
pub use timers::Timers;
pub use wall::realtime;
