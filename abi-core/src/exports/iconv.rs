//! `iconv.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use crate::abi::{EBADF, EINVAL, ENOMEM};
use crate::libc::locale::charset_names::by_name;
use crate::libc::locale::conversion::{Converter, Ends};
use crate::libc::locale::is_utf8;
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const INVALID: *mut Converter = usize::MAX as *mut Converter;

unsafe extern "C" fn iconv_open(to: *const c_char, from: *const c_char) -> *mut Converter {
    let (to, from) = (crate::libc::c_str(to).to_bytes(), crate::libc::c_str(from).to_bytes());
    let (Some((to, suffixes)), Some((from, _))) = (by_name(to, is_utf8()), by_name(from, is_utf8())) else {
        set_errno(EINVAL);
        return INVALID;
    };
    let Some(start) = Converter::new(from, to, suffixes) else {
        set_errno(EINVAL);
        return INVALID;
    };
    let converter = malloc(size_of::<Converter>()).cast::<Converter>();
    if converter.is_null() {
        set_errno(ENOMEM);
        return INVALID;
    }
    converter.write(start);
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

unsafe extern "C" fn iconv(
    converter: *mut Converter,
    input: *mut *mut c_char,
    input_left: *mut usize,
    output: *mut *mut c_char,
    output_left: *mut usize,
) -> usize {
    if converter == INVALID || converter.is_null() {
        set_errno(EBADF);
        return usize::MAX;
    }
    let converter = &mut *converter;
    if input.is_null() || (*input).is_null() {
        if output.is_null() || (*output).is_null() {
            return told(converter.reset(None));
        }
        let room = core::slice::from_raw_parts_mut((*output).cast::<u8>(), *output_left);
        let mut ends = Ends { text: &[], room };
        let result = converter.reset(Some(&mut ends));
        *output = (*output).add(*output_left - ends.room.len());
        *output_left = ends.room.len();
        return told(result);
    }
    let (text, room) = ((*input).cast(), (*output).cast());
    let mut ends = Ends {
        text: if *input_left == 0 { &[] } else { core::slice::from_raw_parts(text, *input_left) },
        room: if *output_left == 0 { &mut [] } else { core::slice::from_raw_parts_mut(room, *output_left) },
    };
    let result = converter.run(&mut ends);
    *input = (*input).add(*input_left - ends.text.len());
    *input_left = ends.text.len();
    *output = (*output).add(*output_left - ends.room.len());
    *output_left = ends.room.len();
    told(result)
}

fn told(result: Result<usize, i32>) -> usize {
    result.unwrap_or_else(|error| {
        set_errno(error);
        usize::MAX
    })
}

pure_exports! { "libc.so.6";
    partial("Unicode, ISO-8859, Windows, DOS, KOI8 and the common East Asian sets as on the web; ISO-2022-JP, ISO-2022-KR and UTF-7") iconv_open = iconv_open;
    full iconv = iconv;
    full iconv_close = iconv_close;
}
