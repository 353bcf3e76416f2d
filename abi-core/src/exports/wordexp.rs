//! `wordexp.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

use crate::libc::files::text_of;
use crate::libc::glob::{Glob, glob, globfree};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::malloc::{free, malloc};
use crate::libc::wordexp::{Failure, NO_SPACE, Words, expand};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `WRDE_DOOFFS`
const WITH_OFFSET: c_int = 1;
/// `WRDE_APPEND`
const APPEND: c_int = 2;
/// `WRDE_REUSE`
const REUSE: c_int = 8;

/// `wordexp_t`
#[repr(C)]
pub struct WordList {
    count: usize,
    words: *mut *mut c_char,
    offset: usize,
}

/// Words as C strings of the heap, which go with the list unless it is given away.
struct Collected(GuestVec<*mut c_char>);

impl Collected {
    fn push(&mut self, text: &[u8]) -> Result<(), OutOfMemory> {
        // SAFETY: a new block of that size.
        unsafe {
            let block = malloc(text.len() + 1).cast::<u8>();
            if block.is_null() {
                return Err(OutOfMemory);
            }
            block.copy_from_nonoverlapping(text.as_ptr(), text.len());
            block.add(text.len()).write(0);
            self.0.push(block.cast()).inspect_err(|_| free(block.cast()))
        }
    }
}

impl Drop for Collected {
    fn drop(&mut self) {
        for &word in self.0.iter() {
            // SAFETY: a block of `push`.
            unsafe { free(word.cast()) };
        }
    }
}

impl Words for Collected {
    fn add(&mut self, text: &[u8], pattern: Option<&CStr>) -> Result<(), OutOfMemory> {
        let Some(pattern) = pattern else { return self.push(text) };
        // SAFETY: a C string, and a list of ours.
        unsafe {
            let mut found: Glob = core::mem::zeroed();
            let result = match glob(pattern.as_ptr(), 0, None, &raw mut found) {
                0 => found.paths().iter().try_for_each(|&path| self.push(text_of(path))),
                // What matches nothing stays as it is.
                _ => self.push(text),
            };
            globfree(&raw mut found);
            result
        }
    }
}

/// wordexp(3)
unsafe extern "C" fn wordexp(text: *const c_char, out: *mut WordList, flags: c_int) -> c_int {
    let out = &mut *out;
    if flags & REUSE != 0 {
        wordfree(out);
    }
    let mut collected = Collected(GuestVec::new());
    match expand(text_of(text), flags, &mut collected) {
        Ok(()) => {}
        Err(Failure(error)) => {
            if flags & APPEND == 0 {
                (out.count, out.words) = (0, null_mut());
            }
            return error;
        }
    }
    let offset = if flags & WITH_OFFSET != 0 { out.offset } else { 0 };
    let mut list = GuestVec::new();
    let made = if flags & APPEND != 0 && !out.words.is_null() {
        list.extend(core::slice::from_raw_parts(out.words, offset + out.count))
    } else {
        out.count = 0;
        (0..offset).try_for_each(|_| list.push(null_mut()))
    };
    let made = made.and_then(|()| list.extend(&collected.0)).and_then(|()| list.push(null_mut()));
    if made.is_err() {
        return NO_SPACE;
    }
    if flags & APPEND != 0 {
        free(out.words.cast());
    }
    out.count += collected.0.len();
    out.words = list.into_raw();
    out.offset = offset;
    // The words are the caller's now.
    collected.0.truncate(0);
    0
}

/// wordfree(3)
unsafe extern "C" fn wordfree(list: *mut WordList) {
    let list = &mut *list;
    if list.words.is_null() {
        return;
    }
    for index in list.offset..list.offset + list.count {
        free((*list.words.add(index)).cast());
    }
    free(list.words.cast());
    list.words = null_mut();
}

pure_exports! { "libc.so.6";
    partial("no command substitution: WRDE_NOSYS") wordexp = wordexp;
    full wordfree = wordfree;
}
