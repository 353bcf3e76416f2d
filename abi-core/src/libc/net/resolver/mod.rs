//! The stub resolver: names of the DNS, its messages, and the servers of `/etc/resolv.conf`.
//!
//! [`name`] and [`message`] take messages apart and put them together; [`config`] is `res_init(3)`; [`client`] asks the
//! servers; [`search`] tries the domains of the search list, or an [`alias`]; [`answer`] looks hosts up for `getaddrinfo(3)` and its like,
//! in the order that `sort` puts them in.

pub mod alias;
pub mod answer;
pub mod client;
pub mod config;
pub mod line;
pub mod message;
pub mod name;
pub mod search;
mod sort;
mod state;
pub mod words;

pub use state::{MAX_SERVERS, ResState, own, release_own};

use core::ffi::c_int;

/// `NO_RECOVERY`: the server or the question is at fault.
pub const NO_RECOVERY: c_int = 3;
/// `NO_DATA`: the name is there, but has no such record.
pub const NO_DATA: c_int = 4;
/// The class of the internet.
pub const CLASS_IN: u16 = 1;
/// A host's IPv4 address.
pub const TYPE_A: u16 = 1;
/// An alias.
pub const TYPE_CNAME: u16 = 5;
/// A pointer to another name.
pub const TYPE_PTR: u16 = 12;
/// A host's IPv6 address.
pub const TYPE_AAAA: u16 = 28;
