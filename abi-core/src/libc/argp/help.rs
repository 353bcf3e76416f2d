//! argp_help(3), argp_error(3) and argp_failure(3).

use core::ffi::{c_char, c_uint, c_void};
use core::ptr::{null, null_mut};

use super::entries::Entries;
use super::format::Format;
use super::list::{Filtered, put_argument, put_list};
use super::parse::Books;
use super::wrap::Wrapped;
use super::{Argp, ArgpOption, State, children, flag, key, option};
use crate::exports::stdio_printf::print_to;
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::state::state as libc_state;
use crate::libc::stdio::file::File;

/// `ARGP_HELP_USAGE`
pub const USAGE: c_uint = 1;
const SHORT_USAGE: c_uint = 2;
const SEE: c_uint = 4;
const LONG: c_uint = 8;
const PRE_DOC: c_uint = 0x10;
const POST_DOC: c_uint = 0x20;
const BUG_ADDRESS: c_uint = 0x40;
const EXIT_ERR: c_uint = 0x100;
/// `ARGP_HELP_EXIT_OK`
pub const EXIT_OK: c_uint = 0x200;
/// `ARGP_HELP_STD_ERR`
pub const STD_ERR: c_uint = SEE | EXIT_ERR;
/// `ARGP_HELP_STD_USAGE`
pub const STD_USAGE: c_uint = SHORT_USAGE | SEE | EXIT_ERR;
/// `ARGP_HELP_STD_HELP`
pub const STD_HELP: c_uint = SHORT_USAGE | LONG | EXIT_OK | PRE_DOC | POST_DOC | BUG_ADDRESS;

/// Returns the input of a table's parser.
///
/// # Safety
/// The table is only compared; the state is one of a parser, or NULL.
pub unsafe fn input_of(argp: *const Argp, state: *mut State) -> *mut c_void {
    // SAFETY: a state of `parse`, or NULL.
    unsafe {
        let Some(state) = state.as_ref() else { return null_mut() };
        let Some(books) = state.books.cast::<Books>().as_ref() else { return null_mut() };
        books.groups.iter().find(|group| group.argp == argp).map_or(null_mut(), |group| group.input)
    }
}

/// Lists all options in short.
fn put_usage(entries: &Entries, out: &mut Wrapped) {
    let all = || {
        entries.list.iter().flat_map(|entry| entries.visible_shorts(entry).map(move |short| (entry, short)))
    };
    let argument = |real: &ArgpOption, own: &ArgpOption| if own.arg.is_null() { real.arg } else { own.arg };
    let flags = |real: &ArgpOption, own: &ArgpOption| real.flags | own.flags;
    let is_plain = |real: &ArgpOption, own: &ArgpOption| {
        argument(real, own).is_null() && flags(real, own) & option::NO_USAGE == 0
    };
    let mut has_plain = false;
    for (_, (short, _)) in all().filter(|(entry, (_, own))| is_plain(entry.real(), own)) {
        if !core::mem::replace(&mut has_plain, true) {
            out.put(b" [-");
        }
        out.put(&[short]);
    }
    if has_plain {
        out.put(b"]");
    }
    for (entry, (short, own)) in all() {
        let (real, argument) = (entry.real(), argument(entry.real(), own));
        if argument.is_null() || flags(real, own) & option::NO_USAGE != 0 {
            continue;
        }
        // SAFETY: a string of the program's.
        let argument = unsafe { text_of(argument) };
        if flags(real, own) & option::ARG_OPTIONAL != 0 {
            out.put(b" [-");
            out.put(&[short, b'[']);
            out.put(argument);
            out.put(b"]]");
        } else {
            // So that no line breaks inside.
            out.space(6 + argument.len());
            out.put(&[b'[', b'-', short, b' ']);
            out.put(argument);
            out.put(b"]");
        }
    }
    for entry in entries.list.iter() {
        let real = entry.real();
        for own in entry.options.iter().filter(|option| option.is_visible()) {
            let Some(long) = own.long().filter(|_| flags(real, own) & option::NO_USAGE == 0) else {
                continue;
            };
            out.put(b" [--");
            out.put(long);
            let argument = ArgpOption { arg: argument(real, own), flags: flags(real, own), ..*real };
            put_argument(out, &argument, b"=", b"[=");
            out.put(b"]");
        }
    }
}

/// Puts what the arguments are called; of tables with several patterns the one that `levels` says. Returns whether there
/// are more.
unsafe fn put_arguments(
    argp: &Argp,
    state: *mut State,
    levels: &mut GuestVec<usize>,
    at: &mut usize,
    mut advance: bool,
    out: &mut Wrapped,
) -> bool {
    let own = *at;
    // SAFETY: the program's table.
    let doc = unsafe { Filtered::of(argp.args_doc, key::ARGS_DOC, argp, state) };
    let (mut is_multiple, mut has_more) = (false, false);
    if !doc.text.is_null() {
        is_multiple = doc.bytes().contains(&b'\n');
        let mut level = 0;
        if is_multiple {
            *at += 1;
            if levels.len() < *at && levels.push(0).is_err() {
                return false;
            }
            level = levels[own];
        }
        let mut lines = doc.bytes().split(|&byte| byte == b'\n').skip(level);
        let line = lines.next().unwrap_or_default();
        has_more = lines.next().is_some();
        out.space(1 + line.len());
        out.put(line);
    }
    for child in children(argp) {
        // SAFETY: as above.
        advance = !unsafe { put_arguments(&*child.argp, state, levels, at, advance, out) };
    }
    if advance && is_multiple {
        if has_more {
            levels[own] += 1;
            advance = false;
        } else if levels[own] > 0 {
            levels[own] = 0;
        }
    }
    !advance
}

/// Which part of a table's text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Before,
    After,
}

/// Puts what tables say before or after the options; returns whether that was anything.
unsafe fn put_docs(
    argp: &Argp,
    state: *mut State,
    part: Part,
    blank: bool,
    only_first: bool,
    out: &mut Wrapped,
) -> bool {
    let mut is_any = false;
    let put = |out: &mut Wrapped, text: &[u8], is_any: &mut bool| {
        if *is_any || blank {
            out.put(b"\n");
        }
        out.put(text);
        if out.column() > out.left() {
            out.put(b"\n");
        }
        *is_any = true;
    };
    // SAFETY: the program's table and filter.
    unsafe {
        let whole = text_of(argp.doc);
        let tab = whole.iter().position(|&byte| byte == 0x0b);
        let text = match (part, tab) {
            _ if argp.doc.is_null() => None,
            (Part::Before, end) => Some(&whole[..end.unwrap_or(whole.len())]),
            (Part::After, Some(tab)) => Some(&whole[tab + 1..]),
            (Part::After, None) => None,
        };
        if argp.filter.is_none() {
            if let Some(text) = text {
                put(out, text, &mut is_any);
            }
        } else {
            let mut copy = GuestVec::new();
            let is_made = text.is_some_and(|text| copy.extend(text).and_then(|()| copy.push(0)).is_ok());
            let own = if is_made { copy.as_ptr().cast() } else { null() };
            let kind = if part == Part::Before { key::PRE_DOC } else { key::POST_DOC };
            let text = Filtered::of(own, kind, argp, state);
            if !text.text.is_null() {
                put(out, text.bytes(), &mut is_any);
            }
            if part == Part::After {
                let extra = Filtered::of(null(), key::EXTRA, argp, state);
                if !extra.text.is_null() {
                    put(out, extra.bytes(), &mut is_any);
                }
            }
        }
        for child in children(argp) {
            if only_first && is_any {
                break;
            }
            is_any |= put_docs(&*child.argp, state, part, is_any || blank, only_first, out);
        }
    }
    is_any
}

unsafe fn put_help(argp: &Argp, state: *mut State, stream: *mut File, mut flags: c_uint, name: &[u8]) {
    // SAFETY: the program's tables.
    let Ok(mut entries) = (unsafe { Entries::of(argp) }) else { return };
    entries.sort();
    // SAFETY: as above.
    let format = unsafe { Format::of_environment(state) };
    let mut out = Wrapped::new(format.right);
    let mut is_any = false;
    if flags & (USAGE | SHORT_USAGE) != 0 {
        let (mut levels, mut is_first) = (GuestVec::new(), true);
        loop {
            let left = out.left();
            let margin = out.set_after_break(format.usage_indent);
            out.put(if is_first { b"Usage:" } else { b"  or: " });
            out.put(b" ");
            out.put(name);
            out.set_left(format.usage_indent);
            if flags & SHORT_USAGE == 0 {
                put_usage(&entries, &mut out);
                flags |= SHORT_USAGE;
            } else if !entries.list.is_empty() {
                out.put(b" [OPTION...]");
            }
            // SAFETY: as above.
            let has_more = unsafe { put_arguments(argp, state, &mut levels, &mut 0, true, &mut out) };
            out.set_after_break(margin);
            out.set_left(left);
            out.put(b"\n");
            (is_any, is_first) = (true, false);
            if !has_more {
                break;
            }
        }
    }
    if flags & PRE_DOC != 0 {
        // SAFETY: as above.
        is_any |= unsafe { put_docs(argp, state, Part::Before, false, true, &mut out) };
    }
    if flags & SEE != 0 {
        for part in [b"Try `", name, b" --help' or `", name, b" --usage' for more information.\n"] {
            out.put(part);
        }
        is_any = true;
    }
    if flags & LONG != 0 && !entries.list.is_empty() {
        if is_any {
            out.put(b"\n");
        }
        // SAFETY: as above.
        out = unsafe { put_list(argp, state, &entries, format, out) };
        is_any = true;
    }
    if flags & POST_DOC != 0 {
        // SAFETY: as above.
        is_any |= unsafe { put_docs(argp, state, Part::After, is_any, false, &mut out) };
    }
    let address = libc_state().argp.program_bug_address();
    if flags & BUG_ADDRESS != 0 && !address.is_null() {
        if is_any {
            out.put(b"\n");
        }
        out.put(b"Report bugs to ");
        // SAFETY: the program's string.
        out.put(unsafe { text_of(address) });
        out.put(b".\n");
    }
    // SAFETY: the caller's stream.
    unsafe { out.write(stream) };
}

/// argp_help(3)
///
/// # Safety
/// As its manual says.
pub unsafe extern "C" fn argp_help(argp: *const Argp, stream: *mut File, flags: c_uint, name: *mut c_char) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(argp) = argp.as_ref() {
            put_help(argp, null_mut(), stream, flags, text_of(name));
        }
    }
}

fn program_name() -> &'static [u8] {
    // SAFETY: a string, or NULL.
    unsafe { text_of(libc_state().exit.short_name.get()) }
}

/// argp_state_help(3)
///
/// # Safety
/// As its manual says.
pub unsafe extern "C" fn show(state: *mut State, stream: *mut File, flags: c_uint) {
    // SAFETY: a state of `parse`, or NULL; the caller's stream.
    unsafe {
        let of = state.as_ref();
        if of.is_some_and(|of| of.flags & flag::NO_ERRS != 0) || stream.is_null() {
            return;
        }
        let name = of.map_or_else(program_name, |of| text_of(of.name));
        const NONE: Argp = Argp {
            options: null(),
            parser: None,
            args_doc: null(),
            doc: null(),
            children: null(),
            filter: None,
            domain: null(),
        };
        let root = of.and_then(|of| of.root.as_ref()).unwrap_or(const { &NONE });
        put_help(root, state, stream, flags, name);
        if of.is_none_or(|of| of.flags & flag::NO_EXIT == 0) {
            if flags & EXIT_ERR != 0 {
                crate::libc::exit::exit(libc_state().argp.error_status());
            }
            if flags & EXIT_OK != 0 {
                crate::libc::exit::exit(0);
            }
        }
    }
}

/// Prints a message, then shows where to find help.
pub(super) unsafe fn error(state: *mut State, parts: &[&[u8]]) {
    // SAFETY: a state of `parse`, or NULL.
    unsafe {
        if let Some(stream) = error_stream(state) {
            print_to(stream, &[name_of(state), b": "]);
            print_to(stream, parts);
            print_to(stream, &[b"\n"]);
            show(state, stream, STD_ERR);
        }
    }
}

/// Returns where a message of a state goes; `None` where it must not be seen.
pub unsafe fn error_stream(state: *mut State) -> Option<*mut File> {
    // SAFETY: a state of `parse`, or NULL.
    let stream = match unsafe { state.as_ref() } {
        Some(of) if of.flags & flag::NO_ERRS != 0 => return None,
        Some(of) => of.err_stream,
        None => libc_state().stdio.stderr.get(),
    };
    (!stream.is_null()).then_some(stream)
}

/// Returns the program's name in messages of a state.
pub unsafe fn name_of(state: *mut State) -> &'static [u8] {
    // SAFETY: a state of `parse`, or NULL.
    unsafe { state.as_ref().map_or_else(program_name, |of| text_of(of.name)) }
}
