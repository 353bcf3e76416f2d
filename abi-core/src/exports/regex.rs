//! `regex.h`

use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null_mut;

use crate::libc::guest_heap::{free, malloc};
use crate::libc::guest_vec::GuestVec;
use crate::libc::multibyte;
use crate::libc::regex::compile::compile;
use crate::libc::regex::exec::{Anchor, search};
use crate::libc::regex::program::{Program, Subject};
use crate::libc::regex::{MESSAGES, syntax};
use crate::libc::state::state;
use crate::{data_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, DATA];

/// `regex_t`, glibc's `struct re_pattern_buffer`.
#[repr(C)]
pub struct Regex {
    program: *mut Program,
    allocated: usize,
    used: usize,
    syntax: usize,
    fastmap: *mut u8,
    translate: *mut u8,
    groups: usize,
    /// `can_be_null` 2 bits, `regs_allocated` 2, `fastmap_accurate`, `no_sub`, `not_bol`, `not_eol`, `newline_anchor`.
    bits: c_uint,
}

const REGS_SHIFT: u32 = 2;
const REGS: c_uint = 3 << REGS_SHIFT;
const NO_SUB: c_uint = 1 << 5;
const NOT_BOL: c_uint = 1 << 6;
const NOT_EOL: c_uint = 1 << 7;
const NEWLINE_ANCHOR: c_uint = 1 << 8;

const REG_NOMATCH: c_int = 1;
const REG_ESPACE: c_int = 12;

impl Regex {
    /// Nothing compiled.
    pub const EMPTY: Self = Self {
        program: null_mut(),
        allocated: 0,
        used: 0,
        syntax: 0,
        fastmap: null_mut(),
        translate: null_mut(),
        groups: 0,
        bits: 0,
    };

    /// Compiles into the buffer; returns an error number.
    unsafe fn compile(&mut self, pattern: &[u8], syntax: usize) -> c_int {
        match compile(pattern, syntax, multibyte::is_multibyte()) {
            Ok(program) => {
                // SAFETY: a fresh block.
                unsafe {
                    let block = malloc(size_of::<Program>()).cast::<Program>();
                    if block.is_null() {
                        return REG_ESPACE;
                    }
                    self.groups = program.groups;
                    block.write(program);
                    self.program = block;
                }
                self.allocated = size_of::<Program>();
                self.used = self.allocated;
                self.syntax = syntax;
                0
            }
            Err(error) => error as c_int,
        }
    }

    unsafe fn release(&mut self) {
        // SAFETY: the buffer's own program.
        unsafe {
            if !self.program.is_null() {
                core::ptr::drop_in_place(self.program);
                free(self.program.cast());
            }
        }
        self.program = null_mut();
        self.allocated = 0;
        self.used = 0;
    }
}

pub unsafe extern "C" fn regcomp(regex: *mut Regex, pattern: *const c_char, flags: c_int) -> c_int {
    let mut bits = if flags & 1 != 0 { syntax::POSIX_EXTENDED } else { syntax::POSIX_BASIC };
    if flags & 2 != 0 {
        bits |= syntax::ICASE;
    }
    let mut regex_bits = 0;
    if flags & 4 != 0 {
        bits = bits & !syntax::DOT_NEWLINE | syntax::HAT_LISTS_NOT_NEWLINE;
        regex_bits |= NEWLINE_ANCHOR;
    }
    if flags & 8 != 0 {
        regex_bits |= NO_SUB;
    }
    // SAFETY: regcomp(3)'s place, which may hold anything, and string.
    unsafe {
        regex.write(Regex { bits: regex_bits, ..Regex::EMPTY });
        let result = (*regex).compile(crate::libc::c_str(pattern).to_bytes(), bits);
        // glibc has one message for both kinds of stray parentheses here.
        if result == 16 { 8 } else { result }
    }
}

/// `regmatch_t`
#[repr(C)]
pub struct Match {
    start: c_int,
    end: c_int,
}

pub unsafe extern "C" fn regexec(
    regex: *const Regex,
    text: *const c_char,
    count: usize,
    matches: *mut Match,
    flags: c_int,
) -> c_int {
    // SAFETY: a regex that regcomp(3) filled, room for `count` matches, and a string or the range it gives.
    unsafe {
        let has_range = flags & 4 != 0;
        let (from, len) = if has_range {
            ((*matches).start.max(0) as usize, (*matches).end.max(0) as usize)
        } else {
            (0, crate::libc::c_str(text).to_bytes().len())
        };
        let Some(program) = (*regex).program.as_ref() else { return REG_NOMATCH };
        let count = if (*regex).bits & NO_SUB != 0 { 0 } else { count };
        let subject = Subject {
            text: core::slice::from_raw_parts(text.cast(), len),
            not_bol: flags & 1 != 0,
            not_eol: flags & 2 != 0,
            newline_anchor: (*regex).bits & NEWLINE_ANCHOR != 0,
        };
        let mut inline = [usize::MAX; 20];
        let wanted = 2 * count.min(program.groups + 1);
        let mut heap = GuestVec::new();
        let slots = if wanted <= inline.len() {
            &mut inline[..wanted]
        } else {
            let Ok(filled) = GuestVec::filled(usize::MAX, wanted) else { return REG_ESPACE };
            heap = filled;
            &mut heap[..]
        };
        match search(program, &subject, from.min(len), Anchor::UpTo(len), slots) {
            Ok(Some(_)) => {
                for i in 0..count {
                    let place = |slot: usize| slots.get(slot).map_or(-1, |&at| at as c_int);
                    let (start, end) = (place(2 * i), place(2 * i + 1));
                    matches.add(i).write(if end < 0 {
                        Match { start: -1, end: -1 }
                    } else {
                        Match { start, end }
                    });
                }
                drop(heap);
                0
            }
            Ok(None) => REG_NOMATCH,
            Err(_) => REG_ESPACE,
        }
    }
}

pub unsafe extern "C" fn regerror(error: c_int, _regex: *const Regex, to: *mut c_char, room: usize) -> usize {
    let message =
        usize::try_from(error).ok().and_then(|i| MESSAGES.get(i)).copied().unwrap_or(c"Unknown error");
    let bytes = message.to_bytes_with_nul();
    if room > 0 {
        let n = bytes.len().min(room);
        // SAFETY: the program's buffer has `room` bytes, of which `n`, at least one, are written.
        unsafe {
            core::ptr::copy_nonoverlapping(bytes.as_ptr(), to.cast(), n);
            *to.add(n - 1) = 0;
        }
    }
    bytes.len()
}

pub unsafe extern "C" fn regfree(regex: *mut Regex) {
    // SAFETY: a regex that was compiled: its program, fastmap and table are ours or malloc's, or NULL.
    unsafe {
        (*regex).release();
        free((*regex).fastmap.cast());
        (*regex).fastmap = null_mut();
        free((*regex).translate.cast());
        (*regex).translate = null_mut();
    }
}

pub extern "C" fn re_set_syntax(bits: usize) -> usize {
    let options = &state().misc.re_syntax_options;
    let before = options.get();
    options.set(bits);
    before
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
        let error = (*regex).compile(core::slice::from_raw_parts(pattern.cast(), len), bits);
        match usize::try_from(error).ok().and_then(|i| MESSAGES.get(i)) {
            Some(message) if error != 0 => message.as_ptr(),
            _ => core::ptr::null(),
        }
    }
}

/// There is nothing to prepare: a program knows the bytes it can start with.
pub unsafe extern "C" fn re_compile_fastmap(regex: *mut Regex) -> c_int {
    // SAFETY: a compiled pattern buffer; a fastmap, if there is one, has 256 bytes.
    unsafe {
        if let (Some(program), false) = ((*regex).program.as_ref(), (*regex).fastmap.is_null()) {
            for (i, &can) in program.starts.bytes.iter().enumerate() {
                *(*regex).fastmap.add(i) = u8::from(can || program.starts.can_be_empty);
            }
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
            (*regex).bits = (*regex).bits & !REGS | 1 << REGS_SHIFT;
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
    registers: *mut Registers,
    is_here: bool,
) -> Result<(c_int, c_int), c_int> {
    // SAFETY: a compiled pattern buffer, `len` bytes of text, and a table of 256 bytes or NULL.
    unsafe {
        let (Ok(len), Ok(start)) = (usize::try_from(len), usize::try_from(start)) else { return Err(-1) };
        if start > len {
            return Err(-1);
        }
        let Some(program) = (*regex).program.as_ref() else { return Err(-2) };
        let bytes = core::slice::from_raw_parts(text.cast::<u8>(), len);
        // A translation table is applied to a copy.
        let mut translated = GuestVec::new();
        let mut view = bytes;
        if !(*regex).translate.is_null() {
            for &byte in bytes {
                if translated.push(*(*regex).translate.add(byte.into())).is_err() {
                    return Err(-2);
                }
            }
            view = &translated;
        }
        let bits = (*regex).bits;
        let subject = Subject {
            text: view,
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
            for at in (least..=start).rev() {
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
    unsafe { run(regex, text, len, start, range, registers, false).map_or_else(|error| error, |(at, _)| at) }
}

pub unsafe extern "C" fn re_match(
    regex: *mut Regex,
    text: *const c_char,
    len: c_int,
    start: c_int,
    registers: *mut Registers,
) -> c_int {
    // SAFETY: re_match(3)'s pattern buffer and text.
    unsafe { run(regex, text, len, start, 0, registers, true).map_or_else(|error| error, |(_, len)| len) }
}

/// Joins two texts, and cuts what lies behind `stop`.
unsafe fn joined(texts: [(*const c_char, c_int); 2], stop: c_int) -> Option<GuestVec<u8>> {
    let mut joined = GuestVec::new();
    for (text, len) in texts {
        let len = usize::try_from(len).ok()?;
        if len > 0 {
            // SAFETY: the caller's text of that length.
            joined.extend(unsafe { core::slice::from_raw_parts(text.cast(), len) }).ok()?;
        }
    }
    joined.truncate(usize::try_from(stop).ok()?);
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
        let Some(text) = joined([(first, first_len), (second, second_len)], stop) else { return -2 };
        re_search(regex, text.as_ptr().cast(), text.len() as c_int, start, range, registers)
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
        let Some(text) = joined([(first, first_len), (second, second_len)], stop) else { return -2 };
        re_match(regex, text.as_ptr().cast(), text.len() as c_int, start, registers)
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
        (*regex).bits = (*regex).bits & !REGS | kind << REGS_SHIFT;
        registers.write(Registers { count, start: starts, end: ends });
    }
}

const _: () = assert!(size_of::<Regex>() == 64);

pure_exports! { "libc.so.6";
    full regcomp = regcomp;
    full regexec = regexec;
    full regerror = regerror;
    full regfree = regfree;
    full re_set_syntax = re_set_syntax;
    full re_compile_pattern = re_compile_pattern;
    full re_compile_fastmap = re_compile_fastmap;
    full re_search = re_search;
    full re_match = re_match;
    full re_set_registers = re_set_registers;
    partial("`stop` is the text's end to the pattern") re_search_2 = re_search_2;
    partial("`stop` is the text's end to the pattern") re_match_2 = re_match_2;
    full re_comp = re_comp;
    full re_exec = re_exec;
}

data_exports! { "libc.so.6";
    full re_syntax_options = misc.re_syntax_options: usize;
}
