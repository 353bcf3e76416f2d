//! Mathematics beyond what the `libm` crate has: `long double`, and the control registers.

/// Functions of one `long double`, as `MODULE::NAME` of values has them: argument and result are in memory.
macro_rules! unary {
    ($module:ident: $($name:ident)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, to: &mut Long) {
                *to = $module::$name(*x);
            }
        )*
    };
}

/// The same of two.
macro_rules! binary {
    ($module:ident: $($name:ident)*) => {
        $(
            #[doc = concat!(stringify!($name), "l(3)")]
            pub unsafe extern "C" fn $name(x: &Long, y: &Long, to: &mut Long) {
                *to = $module::$name(*x, *y);
            }
        )*
    };
}

pub mod complex;
pub mod control;
pub mod exact;
pub mod inexact;
pub mod instructions;
pub mod long;
pub mod long_exact;
pub mod modern;
pub mod pair;
pub mod parts;
pub mod quad;
pub mod quick;
pub mod real;
pub mod special;
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
