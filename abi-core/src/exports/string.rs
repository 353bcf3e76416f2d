//! `string.h`: strings, errors' and signals' texts. The block functions are in [`crate::libc::string::mem`].
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::abi::{EINVAL, ERANGE};
use crate::libc::malloc::malloc;
use crate::libc::string::mem::{
    self, common_prefix, find_byte, find_last_byte, memcmp, memcpy, memmove, memset, strchr, strcmp, strlen,
    strstr,
};
use crate::libc::string::{errors, search, set::ByteSet};
use crate::libc::tcb::tcb;
use crate::libc::{errno, set_errno};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE, super::string_chk::PURE];

#[inline]
unsafe fn bytes<'a>(string: *const c_char) -> &'a [u8] {
    core::slice::from_raw_parts(string.cast(), strlen(string))
}

pub unsafe extern "C" fn mempcpy(to: *mut c_void, from: *const c_void, count: usize) -> *mut c_void {
    memcpy(to, from, count);
    to.add(count)
}

pub unsafe extern "C" fn memccpy(
    to: *mut c_void,
    from: *const c_void,
    byte: c_int,
    count: usize,
) -> *mut c_void {
    let at = find_byte(from.cast(), byte as u8, count);
    let copied = (at + 1).min(count);
    memcpy(to, from, copied);
    if at < count { to.add(copied) } else { null_mut() }
}

pub unsafe extern "C" fn memchr(block: *const c_void, byte: c_int, count: usize) -> *mut c_void {
    let at = find_byte(block.cast(), byte as u8, count);
    if at < count { block.add(at).cast_mut() } else { null_mut() }
}

pub unsafe extern "C" fn memrchr(block: *const c_void, byte: c_int, count: usize) -> *mut c_void {
    find_last_byte(block.cast(), byte as u8, count).map_or(null_mut(), |at| block.add(at).cast_mut())
}

pub unsafe extern "C" fn rawmemchr(block: *const c_void, byte: c_int) -> *mut c_void {
    mem::rawmemchr(block.cast(), byte as u8).cast_mut().cast()
}

pub unsafe extern "C" fn memmem(
    haystack: *const c_void,
    haystack_len: usize,
    needle: *const c_void,
    needle_len: usize,
) -> *mut c_void {
    if needle_len == 0 {
        return haystack.cast_mut();
    }
    if needle_len > haystack_len {
        return null_mut();
    }
    let text = core::slice::from_raw_parts(haystack.cast(), haystack_len);
    let wanted = core::slice::from_raw_parts(needle.cast(), needle_len);
    search::find(text, wanted).map_or(null_mut(), |at| haystack.add(at).cast_mut())
}

pub unsafe extern "C" fn explicit_bzero(block: *mut c_void, count: usize) {
    memset(block, 0, count);
}

pub unsafe extern "C" fn strnlen(string: *const c_char, limit: usize) -> usize {
    find_byte(string.cast(), 0, limit)
}

pub unsafe extern "C" fn strcpy(to: *mut c_char, from: *const c_char) -> *mut c_char {
    memcpy(to.cast(), from.cast(), strlen(from) + 1).cast()
}

pub unsafe extern "C" fn stpcpy(to: *mut c_char, from: *const c_char) -> *mut c_char {
    let len = strlen(from);
    memcpy(to.cast(), from.cast(), len + 1);
    to.add(len)
}

pub unsafe extern "C" fn stpncpy(to: *mut c_char, from: *const c_char, count: usize) -> *mut c_char {
    let len = strnlen(from, count);
    memcpy(to.cast(), from.cast(), len);
    memset(to.add(len).cast(), 0, count - len);
    to.add(len)
}

pub unsafe extern "C" fn strncpy(to: *mut c_char, from: *const c_char, count: usize) -> *mut c_char {
    stpncpy(to, from, count);
    to
}

pub unsafe extern "C" fn strcat(to: *mut c_char, from: *const c_char) -> *mut c_char {
    strcpy(to.add(strlen(to)), from);
    to
}

pub unsafe extern "C" fn strncat(to: *mut c_char, from: *const c_char, count: usize) -> *mut c_char {
    let end = to.add(strlen(to));
    let len = strnlen(from, count);
    memcpy(end.cast(), from.cast(), len);
    *end.add(len) = 0;
    to
}

pub unsafe extern "C" fn strncmp(a: *const c_char, b: *const c_char, count: usize) -> c_int {
    let (a, b) = (a.cast::<u8>(), b.cast::<u8>());
    let at = common_prefix(a, b, count);
    if at == count { 0 } else { c_int::from(*a.add(at)) - c_int::from(*b.add(at)) }
}

pub unsafe extern "C" fn strchrnul(string: *const c_char, byte: c_int) -> *mut c_char {
    mem::strchrnul(string.cast(), byte as u8).cast_mut().cast()
}

pub unsafe extern "C" fn strrchr(string: *const c_char, byte: c_int) -> *mut c_char {
    memrchr(string.cast(), byte, strlen(string) + 1).cast()
}

pub unsafe extern "C" fn strspn(string: *const c_char, accepted: *const c_char) -> usize {
    let set = ByteSet::new(bytes(accepted));
    let mut at = 0;
    while set.contains(*string.add(at) as u8) {
        at += 1;
    }
    at
}

pub unsafe extern "C" fn strcspn(string: *const c_char, rejected: *const c_char) -> usize {
    let rejected = bytes(rejected);
    match *rejected {
        [] => return strlen(string),
        [only] => return mem::strchrnul(string.cast(), only).offset_from_unsigned(string.cast()),
        [a, b] => {
            return mem::find_any_or_end(string.cast(), [a, b, b, b]).offset_from_unsigned(string.cast());
        }
        [a, b, c] => {
            return mem::find_any_or_end(string.cast(), [a, b, c, c]).offset_from_unsigned(string.cast());
        }
        [a, b, c, d] => {
            return mem::find_any_or_end(string.cast(), [a, b, c, d]).offset_from_unsigned(string.cast());
        }
        _ => {}
    }
    let set = ByteSet::new(rejected).with(0);
    let mut at = 0;
    while !set.contains(*string.add(at) as u8) {
        at += 1;
    }
    at
}

pub unsafe extern "C" fn strpbrk(string: *const c_char, wanted: *const c_char) -> *mut c_char {
    let found = string.add(strcspn(string, wanted));
    if *found == 0 { null_mut() } else { found.cast_mut() }
}

pub unsafe extern "C" fn strcasestr(haystack: *const c_char, needle: *const c_char) -> *mut c_char {
    search::find_folded(bytes(haystack), bytes(needle)).map_or(null_mut(), |at| haystack.cast_mut().add(at))
}

pub unsafe extern "C" fn strtok_r(
    string: *mut c_char,
    delimiters: *const c_char,
    rest: *mut *mut c_char,
) -> *mut c_char {
    let start = if string.is_null() { *rest } else { string };
    if start.is_null() {
        return null_mut();
    }
    let token = start.add(strspn(start, delimiters));
    if *token == 0 {
        *rest = token;
        return null_mut();
    }
    let end = token.add(strcspn(token, delimiters));
    if *end == 0 {
        *rest = end;
    } else {
        *end = 0;
        *rest = end.add(1);
    }
    token
}

pub unsafe extern "C" fn strtok(string: *mut c_char, delimiters: *const c_char) -> *mut c_char {
    strtok_r(string, delimiters, &raw mut (*tcb()).locale.strtok)
}

pub unsafe extern "C" fn strsep(string: *mut *mut c_char, delimiters: *const c_char) -> *mut c_char {
    let token = *string;
    if token.is_null() {
        return token;
    }
    let end = token.add(strcspn(token, delimiters));
    if *end == 0 {
        *string = null_mut();
    } else {
        *end = 0;
        *string = end.add(1);
    }
    token
}

pub unsafe extern "C" fn strndup(string: *const c_char, limit: usize) -> *mut c_char {
    let len = strnlen(string, limit);
    let copy = malloc(len + 1).cast::<c_char>();
    if !copy.is_null() {
        memcpy(copy.cast(), string.cast(), len);
        *copy.add(len) = 0;
    }
    copy
}

pub unsafe extern "C" fn strdup(string: *const c_char) -> *mut c_char {
    strndup(string, usize::MAX)
}

/// Compares with digits by value: a run of digits with leading zeros is a fraction.
pub unsafe extern "C" fn strverscmp(a: *const c_char, b: *const c_char) -> c_int {
    crate::libc::string::version::compare(bytes(a), bytes(b))
}

/// All locales here collate by byte.
pub unsafe extern "C" fn strcoll_l(a: *const c_char, b: *const c_char, _locale: *mut c_void) -> c_int {
    strcmp(a, b)
}

pub unsafe extern "C" fn strxfrm(to: *mut c_char, from: *const c_char, room: usize) -> usize {
    let len = strlen(from);
    if room != 0 {
        stpncpy(to, from, room.min(len + 1));
    }
    len
}

pub unsafe extern "C" fn strxfrm_l(
    to: *mut c_char,
    from: *const c_char,
    room: usize,
    _locale: *mut c_void,
) -> usize {
    strxfrm(to, from, room)
}

/// Writes `prefix` and a number into the thread's buffer.
unsafe fn numbered(prefix: &[u8], number: c_int) -> *mut c_char {
    let buffer = &raw mut (*tcb()).locale.text;
    let text = buffer.cast::<c_char>();
    crate::libc::string::number_text(&mut *buffer, prefix, number);
    text
}

pub unsafe extern "C" fn strerror(number: c_int) -> *mut c_char {
    match errors::error_text(number) {
        Some(text) => text.as_ptr().cast_mut(),
        None => numbered(b"Unknown error ", number),
    }
}

pub unsafe extern "C" fn strerror_l(number: c_int, _locale: *mut c_void) -> *mut c_char {
    strerror(number)
}

/// The GNU form: returns the text, not necessarily in the buffer.
pub unsafe extern "C" fn strerror_r(number: c_int, buffer: *mut c_char, room: usize) -> *mut c_char {
    if let Some(text) = errors::error_text(number) {
        return text.as_ptr().cast_mut();
    }
    let text = numbered(b"Unknown error ", number);
    if room != 0 {
        let len = strlen(text).min(room - 1);
        memcpy(buffer.cast(), text.cast(), len);
        *buffer.add(len) = 0;
    }
    buffer
}

/// The POSIX form: returns an error number.
pub unsafe extern "C" fn xpg_strerror_r(number: c_int, buffer: *mut c_char, room: usize) -> c_int {
    let text = strerror(number);
    let len = strlen(text);
    if room != 0 {
        let copied = len.min(room - 1);
        memcpy(buffer.cast(), text.cast(), copied);
        *buffer.add(copied) = 0;
    }
    if errors::error_text(number).is_none() {
        EINVAL
    } else if len >= room {
        ERANGE
    } else {
        0
    }
}

fn text_or_null(text: Option<&'static CStr>) -> *const c_char {
    text.map_or(core::ptr::null(), CStr::as_ptr)
}

pub extern "C" fn strerrorname_np(number: c_int) -> *const c_char {
    text_or_null(errors::error_name(number))
}

pub extern "C" fn strerrordesc_np(number: c_int) -> *const c_char {
    text_or_null(errors::error_text(number))
}

pub unsafe extern "C" fn strsignal(signal: c_int) -> *mut c_char {
    match errors::signal_text(signal) {
        Some(text) => text.as_ptr().cast_mut(),
        None if (34..=64).contains(&signal) => numbered(b"Real-time signal ", signal - 34),
        None => numbered(b"Unknown signal ", signal),
    }
}

pub extern "C" fn sigabbrev_np(signal: c_int) -> *const c_char {
    text_or_null(errors::signal_abbreviation(signal))
}

pub extern "C" fn sigdescr_np(signal: c_int) -> *const c_char {
    text_or_null(errors::signal_text(signal))
}

/// Copies with neighbouring bytes exchanged; an odd last byte is left out.
pub unsafe extern "C" fn swab(from: *const c_void, to: *mut c_void, count: isize) {
    let (from, to) = (from.cast::<u8>(), to.cast::<u8>());
    let mut at = 0;
    while at + 1 < count {
        let pair = (*from.offset(at), *from.offset(at + 1));
        *to.offset(at) = pair.1;
        *to.offset(at + 1) = pair.0;
        at += 2;
    }
}

pub unsafe extern "C" fn memfrob(block: *mut c_void, count: usize) -> *mut c_void {
    for at in 0..count {
        *block.cast::<u8>().add(at) ^= 0x2a;
    }
    block
}

/// Shuffles a string's bytes.
pub unsafe extern "C" fn strfry(string: *mut c_char) -> *mut c_char {
    let len = strlen(string);
    let saved = errno();
    for at in 1..len {
        let other = super::stdlib_random::rand() as usize % (at + 1);
        let byte = *string.add(at);
        *string.add(at) = *string.add(other);
        *string.add(other) = byte;
    }
    set_errno(saved);
    string
}

pure_exports! { "libc.so.6";
    full memcpy = memcpy;
    full memmove = memmove;
    full memset = memset;
    full memcmp = memcmp;
    full bcmp = memcmp;
    full __memcmpeq = memcmp;
    full strlen = strlen;
    full mempcpy = mempcpy;
    full __mempcpy = mempcpy;
    full memccpy = memccpy;
    full memchr = memchr;
    full memrchr = memrchr;
    full rawmemchr = rawmemchr;
    full __rawmemchr = rawmemchr;
    full memmem = memmem;
    full explicit_bzero = explicit_bzero;
    full strnlen = strnlen;
    full strcpy = strcpy;
    full stpcpy = stpcpy;
    full __stpcpy = stpcpy;
    full stpncpy = stpncpy;
    full __stpncpy = stpncpy;
    full strncpy = strncpy;
    full strcat = strcat;
    full strncat = strncat;
    full strcmp = strcmp;
    full strncmp = strncmp;
    full strchr = strchr;
    full strchrnul = strchrnul;
    full strrchr = strrchr;
    full strspn = strspn;
    full strcspn = strcspn;
    full strpbrk = strpbrk;
    full strstr = strstr;
    full strcasestr = strcasestr;
    full __strcasestr = strcasestr;
    full strtok = strtok;
    full strtok_r = strtok_r;
    full __strtok_r = strtok_r;
    full strsep = strsep;
    full __strsep_g = strsep;
    full strdup = strdup;
    full __strdup = strdup;
    full strndup = strndup;
    full __strndup = strndup;
    full strverscmp = strverscmp;
    full __strverscmp = strverscmp;
    full strcoll = strcmp;
    full strcoll_l = strcoll_l;
    full __strcoll_l = strcoll_l;
    full strxfrm = strxfrm;
    full strxfrm_l = strxfrm_l;
    full __strxfrm_l = strxfrm_l;
    full strerror = strerror;
    full __strerror_l = strerror_l;
    full strerror_l = strerror_l;
    full strerror_r = strerror_r;
    full __strerror_r = strerror_r;
    full __xpg_strerror_r = xpg_strerror_r;
    full strerrorname_np = strerrorname_np;
    full strerrordesc_np = strerrordesc_np;
    full strsignal = strsignal;
    full sigabbrev_np = sigabbrev_np;
    full sigdescr_np = sigdescr_np;
    full swab = swab;
    full memfrob = memfrob;
    full strfry = strfry;
}
