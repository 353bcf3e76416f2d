//! `regex.h`: GNU's own calls, and BSD's re_comp(3) (POSIX: `regex.rs`)

use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null_mut;

use super::regex::{
    CAN_BE_NULL, FASTMAP_ACCURATE, NEWLINE_ANCHOR, NO_SUB, NOT_BOL, NOT_EOL, REG_ESPACE, REGS_SHIFT, Regex,
};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::regex::exec::{Anchor, fastmap, search};
use crate::libc::regex::program::Subject;
use crate::libc::regex::{MESSAGES, syntax};
use crate::libc::state::state;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

pub extern "C" fn re_set_syntax(bits: usize) -> usize {
    let options = &state().misc.re_syntax_options;
    let before = options.get();
    options.set(bits);
    before
}

/// Applies a translation table, if there is one, to a copy.
unsafe fn translate(regex: *const Regex, bytes: &[u8]) -> Result<Option<GuestVec<u8>>, OutOfMemory> {
    // SAFETY: a pattern buffer, whose table is NULL or has 256 bytes.
    let table = unsafe { (*regex).translate };
    if table.is_null() {
        return Ok(None);
    }
    let mut translated = GuestVec::new();
    for &byte in bytes {
        // SAFETY: as above.
        translated.push(unsafe { *table.add(byte.into()) })?;
    }
    Ok(Some(translated))
}

/// Returns NULL, or a message.
pub unsafe extern "C" fn re_compile_pattern(
    pattern: *const c_char,
    len: usize,
    regex: *mut Regex,
) -> *const c_char {
    let bits = state().misc.re_syntax_options.get();
    // SAFETY: a pattern buffer whose program is NULL or compiled, and `len` bytes.
    unsafe {
        (*regex).release();
        // The bits need not be set before: grep(1) leaves them as its stack had them.
        (*regex).bits = NEWLINE_ANCHOR;
        if bits & syntax::NO_SUB != 0 {
            (*regex).bits |= NO_SUB;
        }
        let pattern = core::slice::from_raw_parts(pattern.cast(), len);
        let Ok(translated) = translate(regex, pattern) else { return MESSAGES[REG_ESPACE as usize].as_ptr() };
        let error = (*regex).compile(translated.as_deref().unwrap_or(pattern), bits);
        match usize::try_from(error).ok().and_then(|i| MESSAGES.get(i)) {
            Some(message) if error != 0 => message.as_ptr(),
            _ => core::ptr::null(),
        }
    }
}

/// Shows what a program knows of itself: the bytes it can start with, and whether it matches nothing at all.
pub unsafe extern "C" fn re_compile_fastmap(regex: *mut Regex) -> c_int {
    // SAFETY: a compiled pattern buffer; a fastmap, if there is one, has 256 bytes.
    unsafe {
        if let (Some(program), false) = ((*regex).program.as_ref(), (*regex).fastmap.is_null()) {
            let Ok((bytes, can_be_empty)) = fastmap(program) else { return -2 };
            for (i, &can) in bytes.iter().enumerate() {
                *(*regex).fastmap.add(i) = u8::from(can);
            }
            (*regex).bits |= FASTMAP_ACCURATE | if can_be_empty { CAN_BE_NULL } else { 0 };
        }
    }
    0
}

/// `struct re_registers`
#[repr(C)]
pub struct Registers {
    count: c_uint,
    start: *mut c_int,
    end: *mut c_int,
}

/// Stores groups' places, in arrays of ours or of the program's.
unsafe fn store_registers(
    regex: *mut Regex,
    registers: *mut Registers,
    groups: usize,
    slots: &[usize],
) -> bool {
    // SAFETY: arrays of kind 1 are malloc's, of kind 2 the program's, each with `count` places.
    unsafe {
        if registers.is_null() || (*regex).bits & NO_SUB != 0 {
            return true;
        }
        let needed = groups + 2;
        let kind = (*regex).bits >> REGS_SHIFT & 3;
        // 0: none yet; 1: ours, may grow; 2: the program's, fixed.
        if kind == 0 || kind == 1 && ((*registers).count as usize) < needed {
            let (old_start, old_end) =
                if kind == 0 { (null_mut(), null_mut()) } else { ((*registers).start, (*registers).end) };
            let start = crate::libc::guest_heap::realloc(old_start.cast(), needed * 4).cast::<c_int>();
            let end = crate::libc::guest_heap::realloc(old_end.cast(), needed * 4).cast::<c_int>();
            if start.is_null() || end.is_null() {
                return false;
            }
            (*registers).start = start;
            (*registers).end = end;
            (*registers).count = needed as c_uint;
            (*regex).bits = (*regex).bits & !(3 << REGS_SHIFT) | 1 << REGS_SHIFT;
        }
        for i in 0..(*registers).count as usize {
            let place = |slot: usize| slots.get(slot).map_or(-1, |&at| at as c_int);
            *(*registers).start.add(i) = place(2 * i);
            *(*registers).end.add(i) = place(2 * i + 1);
        }
        true
    }
}

/// Runs a search; returns the place and length of a match, or -1 (none), -2 (error).
unsafe fn run(
    regex: *mut Regex,
    text: *const c_char,
    len: c_int,
    start: c_int,
    range: c_int,
    stop: c_int,
    registers: *mut Registers,
    is_here: bool,
) -> Result<(c_int, c_int), c_int> {
    // SAFETY: a compiled pattern buffer, `len` bytes of text, and a table of 256 bytes or NULL.
    unsafe {
        let (Ok(len), Ok(start)) = (usize::try_from(len), usize::try_from(start)) else { return Err(-1) };
        let Ok(stop) = usize::try_from(stop).map(|stop| stop.min(len)) else { return Err(-2) };
        if start > len || start > stop && range >= 0 {
            return Err(-1);
        }
        if (*regex).bits & FASTMAP_ACCURATE == 0 && !(*regex).fastmap.is_null() {
            re_compile_fastmap(regex);
        }
        let Some(program) = (*regex).program.as_ref() else { return Err(-2) };
        let bytes = core::slice::from_raw_parts(text.cast::<u8>(), len);
        let Ok(translated) = translate(regex, bytes) else { return Err(-2) };
        let bits = (*regex).bits;
        let subject = Subject {
            text: translated.as_deref().unwrap_or(bytes),
            stop,
            not_bol: bits & NOT_BOL != 0,
            not_eol: bits & NOT_EOL != 0,
            newline_anchor: bits & NEWLINE_ANCHOR != 0,
        };
        let Ok(mut slots) = GuestVec::filled(usize::MAX, 2 * (program.groups + 1)) else { return Err(-2) };
        let found = if range >= 0 || is_here {
            let anchor =
                if is_here { Anchor::Here } else { Anchor::UpTo(start.saturating_add(range as usize)) };
            search(program, &subject, start, anchor, &mut slots)
        } else {
            // Backwards: the first place, going left, where a match starts.
            let least = start.saturating_sub(range.unsigned_abs() as usize);
            let mut result = Ok(None);
            for at in (least..=start.min(stop)).rev() {
                result = search(program, &subject, at, Anchor::Here, &mut slots);
                if !matches!(result, Ok(None)) {
                    break;
                }
            }
            result
        };
        match found {
            Ok(Some((start, end))) => {
                if store_registers(regex, registers, program.groups, &slots) {
                    Ok((start as c_int, (end - start) as c_int))
                } else {
                    Err(-2)
                }
            }
            Ok(None) => Err(-1),
            Err(_) => Err(-2),
        }
    }
}

pub unsafe extern "C" fn re_search(
    regex: *mut Regex,
    text: *const c_char,
    len: c_int,
    start: c_int,
    range: c_int,
    registers: *mut Registers,
) -> c_int {
    // SAFETY: re_search(3)'s pattern buffer and text.
    unsafe {
        run(regex, text, len, start, range, len, registers, false).map_or_else(|error| error, |(at, _)| at)
    }
}

pub unsafe extern "C" fn re_match(
    regex: *mut Regex,
    text: *const c_char,
    len: c_int,
    start: c_int,
    registers: *mut Registers,
) -> c_int {
    // SAFETY: re_match(3)'s pattern buffer and text.
    unsafe {
        run(regex, text, len, start, 0, len, registers, true).map_or_else(|error| error, |(_, len)| len)
    }
}

/// Joins two texts.
unsafe fn joined(texts: [(*const c_char, c_int); 2]) -> Option<GuestVec<u8>> {
    let mut joined = GuestVec::new();
    for (text, len) in texts {
        let len = usize::try_from(len).ok()?;
        if len > 0 {
            // SAFETY: the caller's text of that length.
            joined.extend(unsafe { core::slice::from_raw_parts(text.cast(), len) }).ok()?;
        }
    }
    Some(joined)
}

pub unsafe extern "C" fn re_search_2(
    regex: *mut Regex,
    first: *const c_char,
    first_len: c_int,
    second: *const c_char,
    second_len: c_int,
    start: c_int,
    range: c_int,
    registers: *mut Registers,
    stop: c_int,
) -> c_int {
    // SAFETY: re_search_2(3)'s pattern buffer and texts.
    unsafe {
        let Some(text) = joined([(first, first_len), (second, second_len)]) else { return -2 };
        let (text, len) = (text.as_ptr().cast(), text.len() as c_int);
        run(regex, text, len, start, range, stop, registers, false).map_or_else(|error| error, |(at, _)| at)
    }
}

pub unsafe extern "C" fn re_match_2(
    regex: *mut Regex,
    first: *const c_char,
    first_len: c_int,
    second: *const c_char,
    second_len: c_int,
    start: c_int,
    registers: *mut Registers,
    stop: c_int,
) -> c_int {
    // SAFETY: re_match_2(3)'s pattern buffer and texts.
    unsafe {
        let Some(text) = joined([(first, first_len), (second, second_len)]) else { return -2 };
        let (text, len) = (text.as_ptr().cast(), text.len() as c_int);
        run(regex, text, len, start, 0, stop, registers, true).map_or_else(|error| error, |(_, len)| len)
    }
}

/// Compiles the pattern [`re_exec`] uses; returns NULL, or a message.
pub unsafe extern "C" fn re_comp(pattern: *const c_char) -> *const c_char {
    let regex = state().misc.re_comp.get();
    // SAFETY: the program's one pattern buffer, empty or compiled, and a string or NULL.
    unsafe {
        if pattern.is_null() {
            let message = c"No previous regular expression".as_ptr();
            return if (*regex).program.is_null() { message } else { core::ptr::null() };
        }
        re_compile_pattern(pattern, crate::libc::c_str(pattern).to_bytes().len(), regex)
    }
}

pub unsafe extern "C" fn re_exec(text: *const c_char) -> c_int {
    let regex = state().misc.re_comp.get();
    // SAFETY: the program's one pattern buffer, and a string.
    unsafe {
        let len = crate::libc::c_str(text).to_bytes().len() as c_int;
        c_int::from(re_search(regex, text, len, 0, len, null_mut()) >= 0)
    }
}

pub unsafe extern "C" fn re_set_registers(
    regex: *mut Regex,
    registers: *mut Registers,
    count: c_uint,
    starts: *mut c_int,
    ends: *mut c_int,
) {
    // SAFETY: a pattern buffer and registers, whose arrays have `count` places.
    unsafe {
        let kind = u32::from(count > 0);
        (*regex).bits = (*regex).bits & !(3 << REGS_SHIFT) | kind << REGS_SHIFT;
        registers.write(Registers { count, start: starts, end: ends });
    }
}

pure_exports! { "libc.so.6";
    full re_set_syntax = re_set_syntax;
    full re_compile_pattern = re_compile_pattern;
    full re_compile_fastmap = re_compile_fastmap;
    full re_search = re_search;
    full re_match = re_match;
    full re_set_registers = re_set_registers;
    full re_search_2 = re_search_2;
    full re_match_2 = re_match_2;
    full re_comp = re_comp;
    full re_exec = re_exec;
}

data_exports! { "libc.so.6";
    full re_syntax_options = misc.re_syntax_options: usize;
}
