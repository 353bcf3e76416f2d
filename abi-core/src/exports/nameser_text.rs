//! `arpa/nameser.h`: records as the lines of a master file (RFC 1035, section 5), and what types, classes, answers and times
//! to live are called.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int};
use core::fmt::Write;

use super::nameser::{between, room};
use crate::abi::{EINVAL, ENOSPC};
use crate::libc::files::text_of;
use crate::libc::net::address::Text;
use crate::libc::net::resolver::line::{Data, Failure, Line, Record, write_record};
use crate::libc::net::resolver::message::{CRecord, Message};
use crate::libc::net::resolver::words::{
    answer_name, class_name, parse_date, parse_ttl, type_name, write_ttl,
};
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Returns a name, or the number as text that stays until the next call.
fn or_number(name: Option<&'static CStr>, number: c_int) -> *const c_char {
    if let Some(name) = name {
        return name.as_ptr();
    }
    let mut text = Text::EMPTY;
    // The number fits.
    let _ = write!(text, "{number}\0");
    own_text(&text)
}

fn own_text(text: &Text) -> *const c_char {
    let own = state().room.inet_text.get().cast::<u8>();
    // SAFETY: the program's room for eighteen bytes; its callers' texts are shorter.
    unsafe { own.copy_from_nonoverlapping(text.as_bytes().as_ptr(), text.as_bytes().len()) };
    own.cast()
}

/// `p_type`
extern "C" fn __p_type(kind: c_int) -> *const c_char {
    or_number(type_name(kind), kind)
}

/// `p_class`
extern "C" fn __p_class(class: c_int) -> *const c_char {
    or_number(class_name(class), class)
}

/// `p_rcode`
extern "C" fn __p_rcode(answer: c_int) -> *const c_char {
    or_number(answer_name(answer), answer)
}

/// `p_time`
extern "C" fn __p_time(seconds: u32) -> *const c_char {
    let mut text = Text::EMPTY;
    // The longest has fifteen letters.
    let _ = write_ttl(&mut text, seconds.into());
    let _ = text.write_str("\0");
    own_text(&text)
}

unsafe fn text_or_none<'a>(text: *const c_char) -> Option<&'a [u8]> {
    (!text.is_null()).then(|| text_of(text))
}

/// `ns_sprintrrf`
unsafe extern "C" fn ns_sprintrrf(
    message: *const u8,
    message_bytes: usize,
    name: *const c_char,
    class: c_int,
    kind: c_int,
    ttl: u64,
    data: *const u8,
    data_bytes: usize,
    context: *const c_char,
    origin: *const c_char,
    out: *mut c_char,
    out_bytes: usize,
) -> c_int {
    let message = between(message, message.add(message_bytes));
    let offset = data.addr().checked_sub(message.as_ptr().addr()).filter(|offset| *offset <= message.len());
    let data = between(data, data.add(data_bytes));
    let mut data = Data::new(message, data, offset);
    let mut line = Line::new(room(out.cast(), out_bytes), text_or_none(origin));
    let record = Record { name: text_of(name), kind, class, ttl };
    match write_record(&mut line, &mut data, &record, text_or_none(context)) {
        Ok(()) => line.len_bytes() as c_int,
        Err(Failure::RoomForTime) => -1,
        Err(_) => {
            set_errno(ENOSPC);
            -1
        }
    }
}

/// `ns_sprintrr`
unsafe extern "C" fn ns_sprintrr(
    handle: *const Message,
    record: *const CRecord,
    context: *const c_char,
    origin: *const c_char,
    out: *mut c_char,
    out_bytes: usize,
) -> c_int {
    let (handle, record) = (&*handle, &*record);
    let message_bytes = handle.end.addr() - handle.start.addr();
    let (class, kind) = (record.class.into(), record.kind.into());
    ns_sprintrrf(
        handle.start,
        message_bytes,
        record.name.as_ptr().cast(),
        class,
        kind,
        record.ttl.into(),
        record.data,
        record.len.into(),
        context,
        origin,
        out,
        out_bytes,
    )
}

/// `ns_format_ttl`
unsafe extern "C" fn ns_format_ttl(seconds: u64, out: *mut c_char, out_bytes: usize) -> c_int {
    let mut line = Line::new(room(out.cast(), out_bytes), None);
    line.ttl(seconds).map_or(-1, |len| len as c_int)
}

/// `ns_parse_ttl`
unsafe extern "C" fn ns_parse_ttl(text: *const c_char, out: *mut u64) -> c_int {
    if let Some(seconds) = parse_ttl(text_of(text)) {
        out.write(seconds);
        0
    } else {
        set_errno(EINVAL);
        -1
    }
}

/// `ns_datetosecs`
unsafe extern "C" fn ns_datetosecs(text: *const c_char, error: *mut c_int) -> u32 {
    let seconds = parse_date(text_of(text));
    error.write(c_int::from(seconds.is_none()));
    seconds.unwrap_or(0)
}

pure_exports! { "libresolv.so.2";
    full __p_type = __p_type;
    full __p_class = __p_class;
    full __p_rcode = __p_rcode;
    full __p_time = __p_time;
    partial("WKS, LOC, KEY, SIG, NXT, CERT, TKEY, TSIG and A6 as types that are not known") ns_sprintrr = ns_sprintrr;
    partial("WKS, LOC, KEY, SIG, NXT, CERT, TKEY, TSIG and A6 as types that are not known") ns_sprintrrf = ns_sprintrrf;
    full ns_format_ttl = ns_format_ttl;
    full ns_parse_ttl = ns_parse_ttl;
    full ns_datetosecs = ns_datetosecs;
}
