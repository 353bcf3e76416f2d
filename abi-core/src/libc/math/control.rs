//! What the floating-point control registers decide.

use core::arch::asm;

/// Rounds to an integer in the current direction.
pub fn round_to_integer(x: f64) -> f64 {
    if x.abs() >= 4_503_599_627_370_496.0 || x.is_nan() {
        return x;
    }
    (to_integer(x) as f64).copysign(x)
}

/// Converts to an integer in the current direction; what does not fit gives the least integer.
pub fn to_integer(x: f64) -> i64 {
    let result;
    // SAFETY: only registers are touched.
    unsafe {
        asm!("cvtsd2si {}, {}", out(reg) result, in(xmm_reg) x, options(nomem, nostack, preserves_flags));
    };
    result
}

/// Reads the SSE control and status register.
pub fn mxcsr() -> u32 {
    let mut value = 0u32;
    // SAFETY: writes four bytes.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
    value
}

/// Writes the SSE control and status register.
pub fn set_mxcsr(value: u32) {
    // SAFETY: reads four bytes; the caller passes no reserved bits.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const value, options(nostack, preserves_flags)) };
}

/// Reads the x87 control word.
pub fn control_word() -> u16 {
    let mut value = 0u16;
    // SAFETY: writes two bytes.
    unsafe { asm!("fnstcw [{}]", in(reg) &raw mut value, options(nostack, preserves_flags)) };
    value
}

/// Writes the x87 control word.
pub fn set_control_word(value: u16) {
    // SAFETY: reads two bytes.
    unsafe { asm!("fldcw [{}]", in(reg) &raw const value, options(nostack, preserves_flags)) };
}

/// The x87 environment (`fenv_t` without its last word).
pub type Environment = [u32; 7];

/// Reads the x87 environment, leaving its exceptions unmasked as they were.
pub fn environment() -> Environment {
    let mut value = [0; 7];
    // SAFETY: writes 28 bytes; fnstenv masks all exceptions, fldenv undoes that.
    unsafe {
        asm!("fnstenv [{0}]", "fldenv [{0}]", in(reg) &raw mut value, options(nostack));
    }
    value
}

/// Writes the x87 environment.
pub fn set_environment(value: &Environment) {
    // SAFETY: reads 28 bytes.
    unsafe { asm!("fldenv [{}]", in(reg) value, options(nostack)) };
}
