//! The dynamic linker: parse, map, relocate, bind, initialise.

pub mod tls;

/// A program's objects, symbol scope and TLS layout.
#[derive(Default)]
pub struct Namespace {}
