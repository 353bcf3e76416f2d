//! `fmtmsg.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int, c_long};
use core::ptr::null_mut;

use super::stdio_printf::print_to_stderr;
use super::stdlib_env::getenv;
use super::string::strndup;
use super::syslog;
use crate::abi;
use crate::libc::files::text_of;
use crate::libc::malloc::{free, malloc};
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const MM_PRINT: c_long = 0x100;
const MM_CONSOLE: c_long = 0x200;
const MM_NOTOK: c_int = -1;
const MM_OK: c_int = 0;

/// What severities have for a name until a program says otherwise, from `MM_NOSEV` to `MM_INFO`.
const NAMES: [&CStr; 5] = [c"", c"HALT", c"ERROR", c"WARNING", c"INFO"];

/// A severity that the environment or the program has added: a block of the program's heap.
struct Severity {
    level: c_int,
    name: *const c_char,
    next: *mut Self,
}

/// What the environment says when a function is called first: a block of the program's heap.
struct Known {
    /// The parts to show: label, severity, text, action, tag.
    shown: [bool; 5],
    added: *mut Severity,
}

/// Returns what is known; null without memory.
unsafe fn known() -> *mut Known {
    let own = &state().misc.message_format;
    if own.get().is_null() {
        let known = malloc(size_of::<Known>()).cast::<Known>();
        if known.is_null() {
            return null_mut();
        }
        known.write(Known { shown: shown(text_of(getenv(c"MSGVERB".as_ptr()))), added: null_mut() });
        own.set(known.cast());
        // DESCRIPTION,LEVEL,NAME:...
        for field in text_of(getenv(c"SEV_LEVEL".as_ptr())).split(|&byte| byte == b':') {
            let mut parts = field.splitn(3, |&byte| byte == b',');
            if let (Some(_), Some(level), Some(name)) =
                (parts.next(), parts.next().and_then(number), parts.next())
                && level >= NAMES.len() as c_int
            {
                set(known, level, strndup(name.as_ptr().cast(), name.len()));
            }
        }
    }
    own.get().cast()
}

/// The parts that `MSGVERB` names; all if it names what is none.
fn shown(wanted: &[u8]) -> [bool; 5] {
    const PARTS: [&[u8]; 5] = [b"label", b"severity", b"text", b"action", b"tag"];
    let wanted = wanted.strip_suffix(b":").unwrap_or(wanted);
    let mut shown = [false; 5];
    for word in wanted.split(|&byte| byte == b':') {
        match PARTS.iter().position(|part| *part == word) {
            Some(part) => shown[part] = true,
            None => return [true; 5],
        }
    }
    shown
}

/// Reads a level as strtol(3) does with base 0.
fn number(text: &[u8]) -> Option<c_int> {
    let (digits, radix) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (digits, 16),
        [b'0', digits @ ..] if !digits.is_empty() => (digits, 8),
        digits => (digits, 10),
    };
    c_int::from_str_radix(core::str::from_utf8(digits).ok()?, radix).ok()
}

/// Gives a level a name, or takes it away; false if there is none to be taken, or no memory.
unsafe fn set(known: *mut Known, level: c_int, name: *const c_char) -> bool {
    let mut link = &raw mut (*known).added;
    while let Some(here) = (*link).as_mut() {
        if here.level != level {
            link = &raw mut here.next;
            continue;
        }
        if name.is_null() {
            let gone = core::mem::replace(&mut *link, here.next);
            free(gone.cast());
        } else {
            here.name = name;
        }
        return true;
    }
    if name.is_null() {
        return false;
    }
    let new = malloc(size_of::<Severity>()).cast::<Severity>();
    if !new.is_null() {
        new.write(Severity { level, name, next: null_mut() });
        *link = new;
    }
    !new.is_null()
}

/// addseverity(3)
unsafe extern "C" fn addseverity(level: c_int, name: *const c_char) -> c_int {
    let known = known();
    let is_own = level >= NAMES.len() as c_int && !known.is_null();
    if is_own && set(known, level, name) { MM_OK } else { MM_NOTOK }
}

unsafe fn name_of<'a>(known: &Known, level: c_int) -> Option<&'a [u8]> {
    if let Some(name) = usize::try_from(level).ok().and_then(|level| NAMES.get(level)) {
        return Some(name.to_bytes());
    }
    let mut here = known.added;
    while let Some(severity) = here.as_ref() {
        if severity.level == level {
            return Some(text_of(severity.name));
        }
        here = severity.next;
    }
    None
}

/// A label's two parts have at most ten and fourteen letters.
fn is_label(label: &[u8]) -> bool {
    let colon = label.iter().position(|&byte| byte == b':');
    colon.is_some_and(|colon| colon <= 10 && label.len() - colon - 1 <= 14)
}

/// What a message is made of.
struct Parts<'a> {
    label: *const c_char,
    name: &'a [u8],
    text: *const c_char,
    action: *const c_char,
    tag: *const c_char,
}

impl Parts<'_> {
    /// Prints the parts that there are: label, severity, text, action, tag.
    #[inline(never)]
    unsafe fn print(&self, [has_label, has_severity, has_text, has_action, has_tag]: [bool; 5]) {
        let part = |is_there: bool, text: *const c_char| if is_there { text_of(text) } else { b"" };
        let between = |is_there: bool, text: &'static [u8]| if is_there { text } else { b"" };
        let has_end = has_action || has_tag;
        print_to_stderr(&[
            part(has_label, self.label),
            between(has_label && (has_severity || has_text || has_end), b": "),
            if has_severity { self.name } else { b"" },
            between(has_severity && (has_text || has_end), b": "),
            part(has_text, self.text),
            between(has_text && has_end, b"\n"),
            between(has_action, b"TO FIX: "),
            part(has_action, self.action),
            between(has_action && has_tag, b"  "),
            part(has_tag, self.tag),
            b"\n",
        ]);
    }
}

/// fmtmsg(3)
unsafe extern "C" fn fmtmsg(
    classification: c_long,
    label: *const c_char,
    severity: c_int,
    text: *const c_char,
    action: *const c_char,
    tag: *const c_char,
) -> c_int {
    if !label.is_null() && !is_label(text_of(label)) {
        return MM_NOTOK;
    }
    let Some(known) = known().as_ref() else { return MM_NOTOK };
    let Some(name) = name_of(known, severity) else { return MM_NOTOK };
    let parts = Parts { label, name, text, action, tag };
    let is_there = [!label.is_null(), severity != 0, !text.is_null(), !action.is_null(), !tag.is_null()];
    if classification & MM_PRINT != 0 {
        parts.print(core::array::from_fn(|part| is_there[part] && known.shown[part]));
    }
    if classification & MM_CONSOLE != 0 {
        syslog::show(abi::LOG_ERR, || parts.print(is_there), true);
    }
    MM_OK
}

pure_exports! { "libc.so.6";
    full fmtmsg = fmtmsg;
    full addseverity = addseverity;
}
