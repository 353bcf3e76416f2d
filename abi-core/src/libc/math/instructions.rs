//! What newer processors do in one instruction: rounding to whole numbers, and multiplying and adding at once.

use core::arch::asm;
use core::arch::x86_64::__cpuid;
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::exact::Direction;
use crate::boundary::vectors::xsave_components;

const ROUNDS: u8 = 1;
const FUSES: u8 = 2;
const KNOWN: u8 = 4;

/// What the processor can do.
static ABILITIES: AtomicU8 = AtomicU8::new(0);

/// Tells whether the processor has an ability.
#[inline]
fn has(ability: u8) -> bool {
    let known = ABILITIES.load(Relaxed);
    (if known == 0 { abilities() } else { known }) & ability != 0
}

/// Asks the processor: SSE4.1, and FMA where the system keeps its registers (SDM 1 14.5.3).
#[cold]
fn abilities() -> u8 {
    let features = __cpuid(1).ecx;
    let rounds = if features & 1 << 19 != 0 { ROUNDS } else { 0 };
    let fuses = if features & 1 << 12 != 0 && xsave_components() & 6 == 6 { FUSES } else { 0 };
    let known = KNOWN | rounds | fuses;
    ABILITIES.store(known, Relaxed);
    known
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
