//! scanf(3): one engine over bytes or wide characters.
//!
//! [`engine`] walks the format, [`number`] reads numbers, [`text`] strings, characters and sets; all take characters from
//! a [`source::Source`].

pub mod directive;
pub mod engine;
pub mod number;
pub mod source;
pub mod text;

#[cfg(test)]
mod tests;

pub use directive::Dialect;
pub use engine::scan;
