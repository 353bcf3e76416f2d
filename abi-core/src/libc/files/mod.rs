//! What `unistd.h`, `stdlib.h`, `dirent.h`, `ftw.h` and `fts.h` do with files without the kernel: buffers, names, directory
//! streams, walks.

pub mod directory;
pub mod fstab;
pub mod hierarchy;
pub mod logins;
pub mod mounts;
pub mod names;
pub mod paths;
pub mod tree;

use core::ffi::{c_char, c_int, c_void};

use super::malloc::malloc;
use super::set_errno;
use crate::abi::Errno;

/// The longest path with its NUL.
pub(super) const PATH_MAX: usize = 4096;

/// Fails as calls that return -1 do.
pub(super) fn fail(error: Errno) -> c_int {
    set_errno(error.0);
    -1
}

/// Fails as calls that return NULL do.
pub(super) fn fail_null<T>(error: Errno) -> *mut T {
    set_errno(error.0);
    core::ptr::null_mut()
}

/// Returns the bytes of a C string without its NUL.
pub(super) unsafe fn bytes_of<'a>(string: *const c_char) -> &'a [u8] {
    let mut len = 0;
    // SAFETY: the caller gives a string that ends with a NUL.
    unsafe {
        while string.add(len).read() != 0 {
            len += 1;
        }
        core::slice::from_raw_parts(string.cast(), len)
    }
}

/// Returns the bytes of a C string without its NUL; NULL has none.
///
/// # Safety
/// `string` is NULL, or ends with a NUL and lives for `'a`.
pub unsafe fn text_of<'a>(string: *const c_char) -> &'a [u8] {
    // SAFETY: the caller's promise.
    if string.is_null() { b"" } else { unsafe { super::c_str(string) }.to_bytes() }
}

/// Copies bytes and a NUL to memory that the program frees.
pub(super) unsafe fn duplicate(bytes: &[u8]) -> *mut c_char {
    // SAFETY: a new block of that size.
    unsafe {
        let block = malloc(bytes.len() + 1).cast::<u8>();
        if !block.is_null() {
            store(block.cast(), bytes);
        }
        block.cast()
    }
}

/// Copies bytes and a NUL to `to`, which has room.
pub(super) unsafe fn store(to: *mut c_char, bytes: &[u8]) {
    // SAFETY: the caller's promise.
    unsafe {
        core::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast(), bytes.len());
        to.add(bytes.len()).write(0);
    }
}

/// Gives memory of [`malloc`] back.
pub(super) unsafe fn release<T>(block: *mut T) {
    // SAFETY: the caller's promise.
    unsafe { super::malloc::free(block.cast::<c_void>()) };
}
