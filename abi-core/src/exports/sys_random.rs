//! `sys/random.h`, and `arc4random(3)` of `stdlib.h`

use core::ffi::{c_int, c_uint, c_void};

use crate::abi::Errno;
use crate::boundary::user::UserBufMut;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

/// The most `getentropy(3)` gives.
const GETENTROPY_MAX_BYTES: usize = 256;

kernel_exports! { "libc.so.6";
    /// getrandom(2)
    full fn getrandom(cx, buf: *mut c_void, len: usize, flags: c_uint) -> isize {
        cx.sys_getrandom(UserBufMut::new(buf as usize, len.min(i32::MAX as usize)), flags)
    }
    /// getentropy(3)
    full fn getentropy(cx, buf: *mut c_void, len: usize) -> c_int {
        if len > GETENTROPY_MAX_BYTES {
            return Err(Errno::EIO);
        }
        cx.sys_getrandom(UserBufMut::new(buf as usize, len), 0).map(|_| 0)
    }
}

/// arc4random(3)
pub unsafe extern "C" fn arc4random() -> u32 {
    let mut value = 0u32;
    // SAFETY: four bytes of ours.
    unsafe { getrandom((&raw mut value).cast(), 4, 0) };
    value
}

/// arc4random_buf(3)
pub unsafe extern "C" fn arc4random_buf(buf: *mut c_void, len: usize) {
    let mut done = 0;
    while done < len {
        // SAFETY: the rest of the caller's buffer.
        let n = unsafe { getrandom(buf.byte_add(done), len - done, 0) };
        done += usize::try_from(n).unwrap_or(len);
    }
}

/// arc4random_uniform(3)
pub unsafe extern "C" fn arc4random_uniform(bound: u32) -> u32 {
    if bound < 2 {
        return 0;
    }
    // Numbers below this would make small results likelier.
    let unfair = bound.wrapping_neg() % bound;
    loop {
        // SAFETY: takes no pointer.
        let value = unsafe { arc4random() };
        if value >= unfair {
            return value % bound;
        }
    }
}

pure_exports! { "libc.so.6";
    full arc4random = arc4random;
    full arc4random_buf = arc4random_buf;
    full arc4random_uniform = arc4random_uniform;
}
