//! Mathematics beyond what the `libm` crate has: `long double`, and the control registers.

pub mod complex;
pub mod control;
pub mod exact;
pub mod inexact;
pub mod long;
pub mod long_exact;
pub mod modern;
pub mod parts;
pub mod real;
pub mod wide;

use super::state::DataObject;

/// A program's data of math.h.
#[repr(C)]
pub struct MathState {
    /// `signgam`
    pub signgam: DataObject<core::ffi::c_int>,
}

impl MathState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self { signgam: DataObject::new(0) }
    }
}

impl Default for MathState {
    fn default() -> Self {
        Self::new()
    }
}
