//! `regex.h`: POSIX regular expressions (GNU's older calls: `regex_gnu.rs`)

use core::ffi::{c_char, c_int, c_uint};
use core::ptr::null_mut;

use crate::libc::guest_heap::{free, malloc};
use crate::libc::guest_vec::GuestVec;
use crate::libc::multibyte;
use crate::libc::regex::compile::compile;
use crate::libc::regex::exec::{Anchor, search};
use crate::libc::regex::program::{Program, Subject};
use crate::libc::regex::{MESSAGES, syntax};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `regex_t`, glibc's `struct re_pattern_buffer`.
#[repr(C)]
pub struct Regex {
    pub(super) program: *mut Program,
    allocated: usize,
    used: usize,
    syntax: usize,
    pub(super) fastmap: *mut u8,
    pub(super) translate: *mut u8,
    groups: usize,
    /// `can_be_null`, `regs_allocated` 2 bits, `fastmap_accurate`, `no_sub`, `not_bol`, `not_eol`, `newline_anchor`.
    pub(super) bits: c_uint,
}

pub(super) const CAN_BE_NULL: c_uint = 1;
pub(super) const REGS_SHIFT: u32 = 1;
pub(super) const FASTMAP_ACCURATE: c_uint = 1 << 3;
pub(super) const NO_SUB: c_uint = 1 << 4;
pub(super) const NOT_BOL: c_uint = 1 << 5;
pub(super) const NOT_EOL: c_uint = 1 << 6;
pub(super) const NEWLINE_ANCHOR: c_uint = 1 << 7;

const REG_NOMATCH: c_int = 1;
pub(super) const REG_ESPACE: c_int = 12;

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
    pub(super) unsafe fn compile(&mut self, pattern: &[u8], syntax: usize) -> c_int {
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

    pub(super) unsafe fn release(&mut self) {
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
            stop: len,
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

const _: () = assert!(size_of::<Regex>() == 64);

pure_exports! { "libc.so.6";
    full regcomp = regcomp;
    full regexec = regexec;
    full regerror = regerror;
    full regfree = regfree;
}
