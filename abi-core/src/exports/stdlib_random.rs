//! `stdlib.h`: `rand`, `random` and `drand48`, with their reentrant forms.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int, c_long, c_uint};
use core::ptr::null_mut;

use crate::abi::EINVAL;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdlib::random::{self, Generator, Rand48, as_fraction};
use crate::pure_exports;

pub extern "C" fn random() -> c_long {
    // SAFETY: the generator has state.
    c_long::from(state().stdlib.random.with(|generator| unsafe { generator.next() }))
}

pub extern "C" fn rand() -> c_int {
    random() as c_int
}

extern "C" fn srandom(seed: c_uint) {
    // SAFETY: the generator has state.
    state().stdlib.random.with(|generator| unsafe { generator.seed(seed) });
}

unsafe extern "C" fn initstate(seed: c_uint, buffer: *mut c_char, len_bytes: usize) -> *mut c_char {
    state().stdlib.random.with(|generator| {
        generator.save();
        let old = generator.state.sub(1).cast();
        if generator.init(seed, buffer.cast(), len_bytes) { old } else { invalid(null_mut()) }
    })
}

unsafe extern "C" fn setstate(buffer: *mut c_char) -> *mut c_char {
    state().stdlib.random.with(|generator| {
        generator.save();
        let old = generator.state.sub(1).cast();
        if generator.resume(buffer.cast()) { old } else { invalid(null_mut()) }
    })
}

fn invalid<T>(result: T) -> T {
    set_errno(EINVAL);
    result
}

unsafe extern "C" fn random_r(generator: *mut Generator, result: *mut i32) -> c_int {
    if generator.is_null() || result.is_null() || (*generator).state.is_null() {
        return invalid(-1);
    }
    *result = (*generator).next();
    0
}

unsafe extern "C" fn srandom_r(seed: c_uint, generator: *mut Generator) -> c_int {
    if generator.is_null() || !(0..5).contains(&(*generator).kind) || (*generator).state.is_null() {
        return -1;
    }
    (*generator).seed(seed);
    0
}

unsafe extern "C" fn initstate_r(
    seed: c_uint,
    buffer: *mut c_char,
    len_bytes: usize,
    generator: *mut Generator,
) -> c_int {
    if generator.is_null() {
        return invalid(-1);
    }
    if !(*generator).state.is_null() {
        (*generator).save();
    }
    if (*generator).init(seed, buffer.cast(), len_bytes) { 0 } else { invalid(-1) }
}

unsafe extern "C" fn setstate_r(buffer: *mut c_char, generator: *mut Generator) -> c_int {
    if buffer.is_null() || generator.is_null() {
        return invalid(-1);
    }
    if !(*generator).state.is_null() {
        (*generator).save();
    }
    if (*generator).resume(buffer.cast()) { 0 } else { invalid(-1) }
}

unsafe extern "C" fn rand_r(seed: *mut c_uint) -> c_int {
    random::rand_r(&mut *seed)
}

fn rand48<T>(body: impl FnOnce(&mut Rand48) -> T) -> T {
    // SAFETY: C leaves the order of concurrent calls to the program.
    body(unsafe { &mut *state().stdlib.rand48.get() })
}

extern "C" fn drand48() -> f64 {
    as_fraction(rand48(Rand48::advance))
}

unsafe extern "C" fn erand48(x: *mut [u16; 3]) -> f64 {
    as_fraction(rand48(|generator| generator.step(&mut *x)))
}

extern "C" fn lrand48() -> c_long {
    (rand48(Rand48::advance) >> 17) as c_long
}

unsafe extern "C" fn nrand48(x: *mut [u16; 3]) -> c_long {
    (rand48(|generator| generator.step(&mut *x)) >> 17) as c_long
}

extern "C" fn mrand48() -> c_long {
    c_long::from((rand48(Rand48::advance) >> 16) as i32)
}

unsafe extern "C" fn jrand48(x: *mut [u16; 3]) -> c_long {
    c_long::from((rand48(|generator| generator.step(&mut *x)) >> 16) as i32)
}

extern "C" fn srand48(seed: c_long) {
    rand48(|generator| generator.seed(seed as u32));
}

unsafe extern "C" fn seed48(seed: *const [u16; 3]) -> *mut u16 {
    rand48(|generator| {
        generator.seed48(*seed);
        generator.old_x.as_mut_ptr()
    })
}

unsafe extern "C" fn lcong48(parameters: *const [u16; 7]) {
    rand48(|generator| generator.lcong48(*parameters));
}

unsafe extern "C" fn drand48_r(generator: *mut Rand48, result: *mut f64) -> c_int {
    *result = as_fraction((*generator).advance());
    0
}

unsafe extern "C" fn lrand48_r(generator: *mut Rand48, result: *mut c_long) -> c_int {
    *result = ((*generator).advance() >> 17) as c_long;
    0
}

unsafe extern "C" fn mrand48_r(generator: *mut Rand48, result: *mut c_long) -> c_int {
    *result = c_long::from(((*generator).advance() >> 16) as i32);
    0
}

unsafe extern "C" fn erand48_r(x: *mut [u16; 3], generator: *mut Rand48, result: *mut f64) -> c_int {
    *result = as_fraction((*generator).step(&mut *x));
    0
}

unsafe extern "C" fn nrand48_r(x: *mut [u16; 3], generator: *mut Rand48, result: *mut c_long) -> c_int {
    *result = ((*generator).step(&mut *x) >> 17) as c_long;
    0
}

unsafe extern "C" fn jrand48_r(x: *mut [u16; 3], generator: *mut Rand48, result: *mut c_long) -> c_int {
    *result = c_long::from(((*generator).step(&mut *x) >> 16) as i32);
    0
}

unsafe extern "C" fn srand48_r(seed: c_long, generator: *mut Rand48) -> c_int {
    (*generator).seed(seed as u32);
    0
}

unsafe extern "C" fn seed48_r(seed: *const [u16; 3], generator: *mut Rand48) -> c_int {
    (*generator).seed48(*seed);
    0
}

unsafe extern "C" fn lcong48_r(parameters: *const [u16; 7], generator: *mut Rand48) -> c_int {
    (*generator).lcong48(*parameters);
    0
}

pure_exports! { "libc.so.6";
    full rand = rand;
    full srand = srandom;
    full rand_r = rand_r;
    full random = random;
    full srandom = srandom;
    full initstate = initstate;
    full setstate = setstate;
    full random_r = random_r;
    full srandom_r = srandom_r;
    full initstate_r = initstate_r;
    full setstate_r = setstate_r;
    full drand48 = drand48;
    full erand48 = erand48;
    full lrand48 = lrand48;
    full nrand48 = nrand48;
    full mrand48 = mrand48;
    full jrand48 = jrand48;
    full srand48 = srand48;
    full seed48 = seed48;
    full lcong48 = lcong48;
    full drand48_r = drand48_r;
    full erand48_r = erand48_r;
    full lrand48_r = lrand48_r;
    full nrand48_r = nrand48_r;
    full mrand48_r = mrand48_r;
    full jrand48_r = jrand48_r;
    full srand48_r = srand48_r;
    full seed48_r = seed48_r;
    full lcong48_r = lcong48_r;
}
