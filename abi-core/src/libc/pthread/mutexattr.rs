//! Attributes of mutexes, condition variables, barriers and read-write locks.
//!
//! Objects come as references: a C caller promises what they ask for.

use core::ffi::c_int;

use crate::abi;

/// Robust flag of a `pthread_mutexattr_t`.
pub const ROBUST: u32 = 0x4000_0000;
/// Process-shared flag of a `pthread_mutexattr_t`.
pub const SHARED: u32 = 0x8000_0000;
const PROTOCOL_SHIFT: u32 = 28;
const CEILING_SHIFT: u32 = 12;
const CEILING_MASK: u32 = 0xfff << CEILING_SHIFT;

/// Sets all attributes to their defaults: pthread_mutexattr_init(3), condattr, barrierattr.
pub unsafe extern "C" fn init(attr: &mut u32) -> c_int {
    *attr = 0;
    0
}
/// pthread_mutexattr_destroy(3) and its like: nothing to do.
pub extern "C" fn destroy(_attr: &mut u32) -> c_int {
    0
}

fn set_bits(attr: &mut u32, mask: u32, bits: u32) -> c_int {
    *attr = *attr & !mask | bits;
    0
}

/// pthread_mutexattr_settype(3)
pub unsafe extern "C" fn set_type(attr: &mut u32, kind: c_int) -> c_int {
    if !(0..=3).contains(&kind) {
        return abi::EINVAL;
    }
    set_bits(attr, 3, kind as u32)
}
/// pthread_mutexattr_gettype(3)
pub unsafe extern "C" fn get_type(attr: &u32, kind: &mut c_int) -> c_int {
    *kind = (*attr & 3) as c_int;
    0
}
/// pthread_mutexattr_setrobust(3)
pub unsafe extern "C" fn set_robust(attr: &mut u32, robust: c_int) -> c_int {
    match robust {
        0 => set_bits(attr, ROBUST, 0),
        1 => set_bits(attr, ROBUST, ROBUST),
        _ => abi::EINVAL,
    }
}
/// pthread_mutexattr_getrobust(3)
pub unsafe extern "C" fn get_robust(attr: &u32, robust: &mut c_int) -> c_int {
    *robust = c_int::from(*attr & ROBUST != 0);
    0
}
/// pthread_mutexattr_setpshared(3)
pub unsafe extern "C" fn set_shared(attr: &mut u32, shared: c_int) -> c_int {
    match shared {
        0 => set_bits(attr, SHARED, 0),
        1 => set_bits(attr, SHARED, SHARED),
        _ => abi::EINVAL,
    }
}
/// pthread_mutexattr_getpshared(3)
pub unsafe extern "C" fn get_shared(attr: &u32, shared: &mut c_int) -> c_int {
    *shared = c_int::from(*attr & SHARED != 0);
    0
}
/// pthread_mutexattr_setprotocol(3)
pub unsafe extern "C" fn set_protocol(attr: &mut u32, protocol: c_int) -> c_int {
    if !(0..=2).contains(&protocol) {
        return abi::EINVAL;
    }
    set_bits(attr, 3 << PROTOCOL_SHIFT, (protocol as u32) << PROTOCOL_SHIFT)
}
/// pthread_mutexattr_getprotocol(3)
pub unsafe extern "C" fn get_protocol(attr: &u32, protocol: &mut c_int) -> c_int {
    *protocol = ((*attr >> PROTOCOL_SHIFT) & 3) as c_int;
    0
}
/// pthread_mutexattr_setprioceiling(3)
pub unsafe extern "C" fn set_ceiling(attr: &mut u32, ceiling: c_int) -> c_int {
    if !(1..=99).contains(&ceiling) {
        return abi::EINVAL;
    }
    set_bits(attr, CEILING_MASK, (ceiling as u32) << CEILING_SHIFT)
}
/// pthread_mutexattr_getprioceiling(3)
pub unsafe extern "C" fn get_ceiling(attr: &u32, ceiling: &mut c_int) -> c_int {
    *ceiling = (((*attr & CEILING_MASK) >> CEILING_SHIFT) as c_int).max(1);
    0
}

/// pthread_condattr_setclock(3): bit 1 of a `pthread_condattr_t` chooses the monotonic clock.
pub unsafe extern "C" fn cond_set_clock(attr: &mut u32, clock: c_int) -> c_int {
    match clock {
        abi::CLOCK_REALTIME => set_bits(attr, 2, 0),
        abi::CLOCK_MONOTONIC => set_bits(attr, 2, 2),
        _ => abi::EINVAL,
    }
}
/// pthread_condattr_getclock(3)
pub unsafe extern "C" fn cond_get_clock(attr: &u32, clock: &mut c_int) -> c_int {
    *clock = if *attr & 2 == 0 { abi::CLOCK_REALTIME } else { abi::CLOCK_MONOTONIC };
    0
}
/// pthread_condattr_setpshared(3), pthread_barrierattr_setpshared(3)
pub unsafe extern "C" fn word_set_shared(attr: &mut u32, shared: c_int) -> c_int {
    match shared {
        0 | 1 => set_bits(attr, 1, shared as u32),
        _ => abi::EINVAL,
    }
}
/// pthread_condattr_getpshared(3), pthread_barrierattr_getpshared(3)
pub unsafe extern "C" fn word_get_shared(attr: &u32, shared: &mut c_int) -> c_int {
    *shared = (*attr & 1) as c_int;
    0
}

/// A `pthread_rwlockattr_t`: lock kind, shared.
pub type RwlockAttr = [c_int; 2];

/// pthread_rwlockattr_init(3)
pub unsafe extern "C" fn rwlock_init(attr: &mut RwlockAttr) -> c_int {
    *attr = [0, 0];
    0
}
/// pthread_rwlockattr_destroy(3)
pub extern "C" fn rwlock_destroy(_attr: &mut RwlockAttr) -> c_int {
    0
}
/// pthread_rwlockattr_setkind_np(3)
pub unsafe extern "C" fn rwlock_set_kind(attr: &mut RwlockAttr, kind: c_int) -> c_int {
    if !(0..=2).contains(&kind) {
        return abi::EINVAL;
    }
    attr[0] = kind;
    0
}
/// pthread_rwlockattr_getkind_np(3)
pub unsafe extern "C" fn rwlock_get_kind(attr: &RwlockAttr, kind: &mut c_int) -> c_int {
    *kind = attr[0];
    0
}
/// pthread_rwlockattr_setpshared(3)
pub unsafe extern "C" fn rwlock_set_shared(attr: &mut RwlockAttr, shared: c_int) -> c_int {
    if !(0..=1).contains(&shared) {
        return abi::EINVAL;
    }
    attr[1] = shared;
    0
}
/// pthread_rwlockattr_getpshared(3)
pub unsafe extern "C" fn rwlock_get_shared(attr: &RwlockAttr, shared: &mut c_int) -> c_int {
    *shared = attr[1];
    0
}
