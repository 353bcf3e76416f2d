//! printf(3): one engine over bytes or wide characters.
//!
//! [`format`] walks the format: [`spec`] parses one conversion, [`args`] takes its arguments (in order, or by position),
//! [`integer`], [`float`] (with [`decimal`]'s exact digits), [`hexfloat`] and [`text`] write it to a [`sink::Sink`].
//! Where the program has registered conversions of its own, [`custom`] walks the format.

pub mod args;
pub mod custom;
pub mod decimal;
pub mod engine;
pub mod float;
pub mod hexfloat;
pub mod integer;
pub mod parse;
pub mod sink;
pub mod spec;
pub mod text;

#[cfg(test)]
mod tests;

pub use args::Value;
pub use engine::{Fortify, format, format_number};
pub use sink::{Sink, Unit};
