//! The three-column harness: a program runs on Linux, hosted and on metal, and what it says must be the same.
//!
//! [`mod@column`] knows the three ways to run, [`run`] runs a command under a limit against hangs, [`guest`] reads and
//! compiles the programs of `guests/`, [`differential`] those of `differential/`, [`compare`] compares, with the
//! differences that [`deviation`] lists. [`damage`] makes damaged ELF files; [`host_calls`] counts what a program asks of
//! this Linux; [`model`] is a second implementation of the generator of random numbers. [`mod@bench`] is what the benches share.

pub mod bench;
pub mod column;
pub mod compare;
pub mod damage;
pub mod deviation;
pub mod differential;
pub mod guest;
pub mod host_calls;
pub mod model;
pub mod paths;
pub mod pending;
pub mod run;

/// Whether the long tests ask, which have more time (`OSVRUN_THOROUGH`).
pub fn is_thorough() -> bool {
    std::env::var_os("OSVRUN_THOROUGH").is_some()
}
