//! Names and addresses of the network that need no sockets.

pub mod address;
pub mod addrinfo;
pub mod errors;
pub mod lookup;
pub mod nameinfo;
