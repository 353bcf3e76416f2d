//! `fenv.h`: both the x87's and SSE's rounding and exceptions.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::c_int;

use crate::libc::math::control::{
    Environment, control_word, environment, mxcsr, set_control_word, set_environment, set_mxcsr,
};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// All exceptions of `fenv.h`.
const ALL: u32 = 0x3d;
/// Rounding directions, as the x87's control word has them.
const ROUNDING: u16 = 0xc00;
/// The index of the status word in the x87 environment.
const STATUS: usize = 1;

/// `fenv_t`
#[repr(C)]
#[derive(Clone, Copy)]
struct Fenv {
    x87: Environment,
    mxcsr: u32,
}

/// The environment a program starts with.
const DEFAULT: Fenv =
    Fenv { x87: [0xffff_037f, 0xffff_0000, 0xffff_ffff, 0, 0, 0, 0xffff_0000], mxcsr: 0x1f80 };

extern "C" fn fegetround() -> c_int {
    c_int::from(control_word() & ROUNDING)
}

extern "C" fn fesetround(direction: c_int) -> c_int {
    if direction & !c_int::from(ROUNDING) != 0 {
        return 1;
    }
    set_control_word(control_word() & !ROUNDING | direction as u16);
    set_mxcsr(mxcsr() & !0x6000 | (direction as u32) << 3);
    0
}

extern "C" fn feclearexcept(exceptions: c_int) -> c_int {
    let cleared = exceptions as u32 & ALL;
    let mut x87 = environment();
    x87[STATUS] &= !cleared;
    set_environment(&x87);
    set_mxcsr(mxcsr() & !cleared);
    0
}

extern "C" fn fetestexcept(exceptions: c_int) -> c_int {
    (exceptions as u32 & ALL & (environment()[STATUS] | mxcsr())) as c_int
}

/// Raising an unmasked exception traps at the next x87 instruction.
extern "C" fn feraiseexcept(exceptions: c_int) -> c_int {
    let raised = exceptions as u32 & ALL;
    let mut x87 = environment();
    x87[STATUS] |= raised;
    set_environment(&x87);
    // SAFETY: it only waits for the exception that may be pending.
    unsafe { core::arch::asm!("fwait") };
    0
}

extern "C" fn fesetexcept(exceptions: c_int) -> c_int {
    set_mxcsr(mxcsr() | (exceptions as u32 & ALL));
    0
}

unsafe extern "C" fn fegetexceptflag(flags: *mut u16, exceptions: c_int) -> c_int {
    *flags = fetestexcept(exceptions) as u16;
    0
}

unsafe extern "C" fn fesetexceptflag(flags: *const u16, exceptions: c_int) -> c_int {
    let mask = exceptions as u32 & ALL;
    feclearexcept(mask as c_int);
    fesetexcept((u32::from(*flags) & mask) as c_int)
}

fn current() -> Fenv {
    Fenv { x87: environment(), mxcsr: mxcsr() }
}

unsafe extern "C" fn fegetenv(to: *mut Fenv) -> c_int {
    *to = current();
    0
}

/// `FE_DFL_ENV` is -1, `FE_NOMASK_ENV` -2.
unsafe extern "C" fn fesetenv(from: *const Fenv) -> c_int {
    let mut wanted = match from as isize {
        -1 => DEFAULT,
        -2 => Fenv { mxcsr: 0, ..DEFAULT },
        _ => *from,
    };
    if from as isize == -2 {
        wanted.x87[0] &= !ALL;
    }
    set_environment(&wanted.x87);
    set_mxcsr(wanted.mxcsr & 0xffff);
    0
}

unsafe extern "C" fn feholdexcept(to: *mut Fenv) -> c_int {
    *to = current();
    let mut quiet = *to;
    quiet.x87[0] |= ALL;
    quiet.x87[STATUS] &= !ALL;
    set_environment(&quiet.x87);
    set_mxcsr((quiet.mxcsr | 0x1f80) & !0x3f);
    0
}

unsafe extern "C" fn feupdateenv(from: *const Fenv) -> c_int {
    let raised = fetestexcept(ALL as c_int);
    fesetenv(from);
    feraiseexcept(raised)
}

extern "C" fn fegetexcept() -> c_int {
    (!u32::from(control_word()) & ALL) as c_int
}

extern "C" fn feenableexcept(exceptions: c_int) -> c_int {
    let (old, mask) = (fegetexcept(), exceptions as u32 & ALL);
    set_control_word(control_word() & !(mask as u16));
    set_mxcsr(mxcsr() & !(mask << 7));
    old
}

extern "C" fn fedisableexcept(exceptions: c_int) -> c_int {
    let (old, mask) = (fegetexcept(), exceptions as u32 & ALL);
    set_control_word(control_word() | mask as u16);
    set_mxcsr(mxcsr() | mask << 7);
    old
}

/// `femode_t`
#[repr(C)]
struct Mode {
    control_word: u16,
    unused: u16,
    mxcsr: u32,
}

unsafe extern "C" fn fegetmode(to: *mut Mode) -> c_int {
    *to = Mode { control_word: control_word(), unused: 0, mxcsr: mxcsr() };
    0
}

/// `FE_DFL_MODE` is -1. The exceptions that were raised stay.
unsafe extern "C" fn fesetmode(from: *const Mode) -> c_int {
    let default = Mode { control_word: 0x37f, unused: 0, mxcsr: DEFAULT.mxcsr };
    let wanted = if from as isize == -1 { &default } else { &*from };
    set_control_word(wanted.control_word);
    set_mxcsr(mxcsr() & 0x3f | wanted.mxcsr & 0xffc0);
    0
}

unsafe extern "C" fn fetestexceptflag(flags: *const u16, exceptions: c_int) -> c_int {
    c_int::from(*flags) & exceptions & ALL as c_int
}

pure_exports! { "libm.so.6";
    full fegetround = fegetround;
    full fesetround = fesetround;
    full feclearexcept = feclearexcept;
    full fetestexcept = fetestexcept;
    full feraiseexcept = feraiseexcept;
    full fesetexcept = fesetexcept;
    full fegetexceptflag = fegetexceptflag;
    full fesetexceptflag = fesetexceptflag;
    full fegetenv = fegetenv;
    full fesetenv = fesetenv;
    full feholdexcept = feholdexcept;
    full feupdateenv = feupdateenv;
    full fegetmode = fegetmode;
    full fesetmode = fesetmode;
    full fetestexceptflag = fetestexceptflag;
    full fegetexcept = fegetexcept;
    full feenableexcept = feenableexcept;
    full fedisableexcept = fedisableexcept;
}
