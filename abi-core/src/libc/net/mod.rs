//! Names and addresses of the network and its interfaces.

pub mod address;
pub mod addrinfo;
pub mod errors;
pub mod interfaces;
pub mod later;
pub mod lookup;
pub mod nameinfo;
pub mod resolver;
