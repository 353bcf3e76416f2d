//! What newer processors do in one instruction: rounding to whole numbers, and multiplying and adding at once.

use core::arch::asm;

use super::exact::Direction;
use crate::boundary::processor::{FUSES, ROUNDS, has};

/// x × y + z: rounded once by the instruction if `FUSED`, else rounded twice.
///
/// # Safety
/// With `FUSED`, the processor has FMA.
#[inline(always)]
pub unsafe fn multiply_add<const FUSED: bool>(x: f64, y: f64, z: f64) -> f64 {
    if !FUSED {
        return x * y + z;
    }
    let mut result = x;
    // SAFETY: there is such an instruction; only registers are touched.
    unsafe {
        asm!("vfmadd213sd {0}, {1}, {2}", inout(xmm_reg) result, in(xmm_reg) y, in(xmm_reg) z,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// The same number. The instruction waits for what its register held before, unless that has just become zero.
#[inline(always)]
pub fn widened(x: f32) -> f64 {
    let result;
    // SAFETY: every x86-64 has the instructions; only registers are touched.
    unsafe {
        asm!("xorps {1}, {1}", "cvtss2sd {1}, {0}", in(xmm_reg) x, out(xmm_reg) result,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// The same number, for what is computed of a result that may not be there: the compiler computes nothing of it before it is
/// known to be. It would otherwise take what a register happens to hold, and that raises exceptions.
#[inline(always)]
pub fn known(x: f64) -> f64 {
    let mut same = x;
    // SAFETY: no instruction.
    unsafe { asm!("/* {0} */", inout(xmm_reg) same, options(nomem, nostack, preserves_flags)) };
    same
}

macro_rules! instructions {
    ($($ty:ty: $multiply_add:ident $fma:literal, $rounded:ident $round:literal;)*) => {
        $(
            /// x × y + z, rounded once, if there is an instruction for it.
            #[inline]
            pub fn $multiply_add(x: $ty, y: $ty, z: $ty) -> Option<$ty> {
                if !has(FUSES) {
                    return None;
                }
                let mut result = x;
                // SAFETY: there is such an instruction; only registers are touched.
                unsafe {
                    asm!(concat!($fma, " {0}, {1}, {2}"), inout(xmm_reg) result, in(xmm_reg) y, in(xmm_reg) z,
                        options(pure, nomem, nostack, preserves_flags));
                }
                Some(result)
            }

            /// The whole number in a direction, without FE_INEXACT, if there is an instruction for it; in the current
            /// direction where none is given.
            #[inline]
            pub fn $rounded(x: $ty, direction: Option<Direction>) -> Option<$ty> {
                /// Executes the instruction with its last operand.
                macro_rules! to {
                    ($mode:literal) => {{
                        let result;
                        // SAFETY: there is such an instruction; only registers are touched.
                        unsafe {
                            asm!(concat!($round, " {0}, {1}, ", $mode), out(xmm_reg) result, in(xmm_reg) x,
                                options(nomem, nostack, preserves_flags));
                        }
                        result
                    }};
                }
                if !has(ROUNDS) {
                    return None;
                }
                Some(match direction {
                    Some(Direction::NearestEven) => to!("8"),
                    Some(Direction::Downward) => to!("9"),
                    Some(Direction::Upward) => to!("10"),
                    Some(Direction::TowardZero) => to!("11"),
                    None => to!("12"),
                    Some(Direction::NearestAway) => return None,
                })
            }
        )*
    };
}
instructions! {
    f64: multiply_add_f64 "vfmadd213sd", rounded_f64 "roundsd";
    f32: multiply_add_f32 "vfmadd213ss", rounded_f32 "roundss";
}
