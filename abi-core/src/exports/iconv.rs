//! `iconv.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use crate::abi::{E2BIG, EBADF, EILSEQ, EINVAL, ENOMEM};
use crate::libc::locale::charset::{Charset, by_name, transliterate};
use crate::libc::locale::is_utf8;
use crate::libc::locale::multibyte::Decoded;
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// What `iconv_t` points to.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Converter {
    from: Charset,
    /// `from`, once a byte-order mark has told.
    from_now: Charset,
    to: Charset,
    /// No byte has been read; no mark has been written.
    is_at_start: bool,
    needs_mark: bool,
    is_transliterating: bool,
    is_ignoring: bool,
}

const INVALID: *mut Converter = usize::MAX as *mut Converter;

/// Splits a name from its `//` suffixes.
fn split(name: &[u8]) -> (&[u8], &[u8]) {
    let end = name.windows(2).position(|pair| pair == b"//").unwrap_or(name.len());
    name.split_at(end)
}

fn has(suffixes: &[u8], wanted: &[u8]) -> bool {
    suffixes.split(|&byte| matches!(byte, b'/' | b',')).any(|suffix| suffix.eq_ignore_ascii_case(wanted))
}

unsafe extern "C" fn iconv_open(to: *const c_char, from: *const c_char) -> *mut Converter {
    let (to, suffixes) = split(crate::libc::c_str(to).to_bytes());
    let (from, _) = split(crate::libc::c_str(from).to_bytes());
    let (Some(to), Some(from)) = (by_name(to, is_utf8()), by_name(from, is_utf8())) else {
        set_errno(EINVAL);
        return INVALID;
    };
    let converter = malloc(size_of::<Converter>()).cast::<Converter>();
    if converter.is_null() {
        set_errno(ENOMEM);
        return INVALID;
    }
    *converter = Converter {
        from,
        from_now: from,
        to,
        is_at_start: true,
        needs_mark: to.has_mark(),
        is_transliterating: has(suffixes, b"TRANSLIT"),
        is_ignoring: has(suffixes, b"IGNORE"),
    };
    converter
}

unsafe extern "C" fn iconv_close(converter: *mut Converter) -> c_int {
    if converter == INVALID {
        set_errno(EBADF);
        return -1;
    }
    free(converter.cast());
    0
}

fn failed(error: c_int) -> usize {
    set_errno(error);
    usize::MAX
}

unsafe extern "C" fn iconv(
    converter: *mut Converter,
    input: *mut *mut c_char,
    input_left: *mut usize,
    output: *mut *mut c_char,
    output_left: *mut usize,
) -> usize {
    if converter == INVALID || converter.is_null() {
        return failed(EBADF);
    }
    let state = &mut *converter;
    if input.is_null() || (*input).is_null() {
        state.from_now = state.from;
        state.is_at_start = true;
        state.needs_mark = state.to.has_mark();
        return 0;
    }
    let put = |bytes: &[u8]| {
        if bytes.len() > *output_left {
            return false;
        }
        for (i, &byte) in bytes.iter().enumerate() {
            *(*output).add(i) = byte as c_char;
        }
        *output = (*output).add(bytes.len());
        *output_left -= bytes.len();
        true
    };
    let (mut substitutions, mut has_ignored) = (0, false);
    loop {
        if *input_left == 0 {
            return if has_ignored { failed(EILSEQ) } else { substitutions };
        }
        let bytes = core::slice::from_raw_parts((*input).cast::<u8>(), *input_left);
        let take = |count: usize| {
            *input = (*input).add(count);
            *input_left -= count;
        };
        match state.from_now.decode(bytes) {
            Decoded::Incomplete => return failed(EINVAL),
            Decoded::Invalid => {
                if state.is_at_start && state.from.has_mark() && bytes.starts_with(&[0, 0, 0xfe, 0xff]) {
                    state.from_now = state.from.swapped();
                    state.is_at_start = false;
                    take(4);
                    continue;
                }
                if !state.is_ignoring {
                    return failed(EILSEQ);
                }
                has_ignored = true;
                take(1);
            }
            Decoded::Character(c, len) => {
                if state.is_at_start && state.from.has_mark() && matches!(c, 0xfeff | 0xfffe) {
                    if c == 0xfffe {
                        state.from_now = state.from.swapped();
                    }
                    state.is_at_start = false;
                    take(len);
                    continue;
                }
                state.is_at_start = false;
                if state.needs_mark {
                    let Some((mark, mark_len)) = state.to.encode(0xfeff) else { return failed(EILSEQ) };
                    if !put(&mark[..mark_len]) {
                        return failed(E2BIG);
                    }
                    state.needs_mark = false;
                }
                match state.to.encode(c) {
                    Some((encoded, encoded_len)) => {
                        if !put(&encoded[..encoded_len]) {
                            return failed(E2BIG);
                        }
                    }
                    None if state.is_transliterating => {
                        if !put(transliterate(c)) {
                            return failed(E2BIG);
                        }
                        substitutions += 1;
                    }
                    None if state.is_ignoring => has_ignored = true,
                    None => return failed(EILSEQ),
                }
                take(len);
            }
        }
    }
}

pure_exports! { "libc.so.6";
    partial("Unicode, ISO-8859, Windows, KOI8 and the common East Asian sets; none that shifts; EUC-JP writes no JIS X 0212, Big5 has Hong Kong's characters") iconv_open = iconv_open;
    full iconv = iconv;
    full iconv_close = iconv_close;
}
