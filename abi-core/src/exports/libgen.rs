//! `libgen.h`, and `string.h`'s other `basename`.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::c_char;

use super::string::strrchr;
use crate::libc::string::mem::strlen;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const SLASH: c_char = b'/' as c_char;
const DOT: *mut c_char = c".".as_ptr().cast_mut();

/// The GNU form: what follows the last slash.
unsafe extern "C" fn basename(path: *mut c_char) -> *mut c_char {
    let slash = strrchr(path, b'/'.into());
    if slash.is_null() { path } else { slash.add(1) }
}

/// The POSIX form: without trailing slashes, which are cut off in place.
unsafe extern "C" fn xpg_basename(path: *mut c_char) -> *mut c_char {
    if path.is_null() || *path == 0 {
        return DOT;
    }
    let mut end = strlen(path);
    while end > 1 && *path.add(end - 1) == SLASH {
        end -= 1;
    }
    if end == 1 && *path == SLASH {
        // Only slashes: the last one.
        return path.add(strlen(path) - 1);
    }
    *path.add(end) = 0;
    basename(path)
}

unsafe extern "C" fn dirname(path: *mut c_char) -> *mut c_char {
    if path.is_null() {
        return DOT;
    }
    let mut end = strlen(path);
    while end > 0 && *path.add(end - 1) == SLASH {
        end -= 1;
    }
    let had_name = end > 0;
    while end > 0 && *path.add(end - 1) != SLASH {
        end -= 1;
    }
    let is_rooted = end > 0 || (!had_name && *path == SLASH);
    while end > 0 && *path.add(end - 1) == SLASH {
        end -= 1;
    }
    if end == 0 {
        if !is_rooted {
            return DOT;
        }
        // Two slashes exactly are kept, as POSIX allows.
        end = if *path.add(1) == SLASH && *path.add(2) != SLASH { 2 } else { 1 };
    }
    *path.add(end) = 0;
    path
}

pure_exports! { "libc.so.6";
    full basename = basename;
    full __xpg_basename = xpg_basename;
    full dirname = dirname;
}
