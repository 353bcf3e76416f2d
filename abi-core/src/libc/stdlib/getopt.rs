//! getopt(3), with GNU's permutation of arguments and its messages.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use crate::libc::state::{DataObject, state};
use crate::libc::string::mem::strlen;

/// `struct option`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct LongOption {
    /// The name; null ends a list.
    pub name: *const c_char,
    has_arg: c_int,
    flag: *mut c_int,
    /// What is returned for it.
    pub value: c_int,
}

impl LongOption {
    /// Makes one that returns `value`.
    pub const fn new(name: *const c_char, has_arg: c_int, value: c_int) -> Self {
        Self { name, has_arg, flag: null_mut(), value }
    }
}

/// How long options begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dashes {
    /// `--name`
    Two,
    /// `-name` too
    One,
}

/// A call's arguments.
pub struct Options {
    /// Number of arguments.
    pub argc: c_int,
    /// The arguments.
    pub argv: *mut *mut c_char,
    /// Short options.
    pub short: *const c_char,
    /// Long options, up to one without a name; null for none.
    pub long: *const LongOption,
    /// Where the number of the long option found goes.
    pub index: *mut c_int,
    /// How long options begin.
    pub dashes: Dashes,
    /// Where options end, unless the short options or the environment say so.
    pub end: End,
}

/// Where options end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At the first argument that is none, as in POSIX.
    FirstOther,
    /// Behind the last one, which the others are moved for.
    Last,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Permute,
    Require,
    Return,
}

#[derive(Clone, Copy)]
struct Position {
    is_started: bool,
    order: Order,
    /// The rest of a group of short options.
    rest: *mut c_char,
    /// The arguments skipped, which are not options.
    first_skipped: usize,
    end_skipped: usize,
    /// The option that was last wrong: every call leaves it in `optopt`.
    wrong: c_int,
}

/// getopt's data, the program's part and its own.
#[repr(C)]
pub struct GetoptState {
    /// `optarg`
    pub argument: DataObject<*mut c_char>,
    /// `optind`
    pub index: DataObject<c_int>,
    /// `opterr`
    pub reports: DataObject<c_int>,
    /// `optopt`
    pub option: DataObject<c_int>,
    /// `optreset`, of other systems: anew with the next call.
    pub reset: DataObject<c_int>,
    position: UnsafeCell<Position>,
}

impl GetoptState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            argument: DataObject::new(null_mut()),
            index: DataObject::new(1),
            reports: DataObject::new(1),
            option: DataObject::new(b'?' as c_int),
            reset: DataObject::new(0),
            position: UnsafeCell::new(Position {
                is_started: false,
                order: Order::Permute,
                rest: null_mut(),
                first_skipped: 0,
                end_skipped: 0,
                wrong: 0,
            }),
        }
    }

    /// Sets what calls leave in `optopt` that find nothing wrong.
    pub fn set_wrong(&self, option: c_int) {
        // SAFETY: as in `restart`.
        unsafe { (*self.position.get()).wrong = option };
    }

    /// Makes the next call begin with new arguments.
    pub fn restart(&self) {
        // SAFETY: these calls are not for several threads at once.
        unsafe { (*self.position.get()).is_started = false };
    }
}

impl Default for GetoptState {
    fn default() -> Self {
        Self::new()
    }
}

unsafe fn is_option(argument: *const c_char) -> bool {
    *argument == b'-' as c_char && *argument.add(1) != 0
}

/// Moves the options `[end_skipped, index)` before the skipped arguments, keeping both orders.
unsafe fn exchange(argv: *mut *mut c_char, position: &mut Position, index: usize) {
    let arguments = core::slice::from_raw_parts_mut(
        argv.add(position.first_skipped),
        index.saturating_sub(position.first_skipped),
    );
    arguments.rotate_left((position.end_skipped - position.first_skipped).min(arguments.len()));
    position.first_skipped += index - position.end_skipped;
    position.end_skipped = index;
}

struct Run<'a> {
    call: &'a Options,
    short: *const c_char,
    is_silent: bool,
    wants_colon: bool,
}

impl Run<'_> {
    /// Prints `program: ` and the parts to standard error.
    unsafe fn report(&self, parts: &[&[u8]]) {
        if self.is_silent {
            return;
        }
        let program = *self.call.argv;
        let program = core::slice::from_raw_parts(program.cast::<u8>(), strlen(program));
        let mut pieces: [&[u8]; 112] = [b""; 112];
        let all =
            [program, b": "].into_iter().chain(parts.iter().copied().take(100)).chain([b"\n".as_slice()]);
        for (piece, part) in pieces.iter_mut().zip(all) {
            *piece = part;
        }
        let stream = state().stdio.stderr.get();
        // It is no cancellation point.
        crate::libc::pthread::cancel::held_off(|| crate::exports::stdio_printf::print_to(stream, &pieces));
    }

    unsafe fn missing_argument(&self) -> c_int {
        c_int::from(if self.wants_colon { b':' } else { b'?' })
    }

    unsafe fn argument(&self, index: usize) -> *mut c_char {
        *self.call.argv.add(index)
    }

    unsafe fn find_short(&self, byte: u8) -> Option<*const c_char> {
        let mut here = self.short;
        while *here != 0 {
            if *here as u8 == byte {
                return Some(here);
            }
            here = here.add(1);
        }
        None
    }

    /// Takes the long option at `name`, which stands behind `prefix`. `None`: it may be a short option.
    unsafe fn long(&self, name: *mut c_char, prefix: &[u8], position: &mut Position) -> Option<c_int> {
        let getopt = &state().stdlib.getopt;
        let text = crate::libc::c_str(name).to_bytes();
        let name_len = text.iter().position(|&byte| byte == b'=').unwrap_or(text.len());
        let shown = &text[..name_len];
        let at = |index: usize| &*self.call.long.add(index);
        let count = (0..usize::MAX).take_while(|&index| !at(index).name.is_null()).count();
        let names = |index: usize| crate::libc::c_str(at(index).name).to_bytes();
        let mut found = (0..count).find(|&index| names(index) == shown);
        if found.is_none() {
            let mut is_ambiguous = false;
            // With two dashes, options that mean the same are one.
            let differs = |first: usize, index: usize| {
                let (a, b) = (at(first), at(index));
                self.call.dashes == Dashes::One
                    || a.has_arg != b.has_arg
                    || a.flag != b.flag
                    || a.value != b.value
            };
            for index in (0..count).filter(|&index| names(index).starts_with(shown)) {
                match found {
                    None => found = Some(index),
                    Some(first) => is_ambiguous |= differs(first, index),
                }
            }
            if is_ambiguous {
                let is_possible = |index: usize| {
                    names(index).starts_with(shown)
                        && found.is_none_or(|first| index == first || differs(first, index))
                };
                self.report_ambiguous(text, prefix, (0..count).filter(|&index| is_possible(index)));
                position.rest = null_mut();
                getopt.index.set(getopt.index.get() + 1);
                position.wrong = 0;
                return Some(c_int::from(b'?'));
            }
        }
        let Some(found) = found else {
            // With one dash, what is a short option is one.
            if self.call.dashes == Dashes::One && prefix == b"-" && self.find_short(text[0]).is_some() {
                return None;
            }
            self.report(&[b"unrecognized option '", prefix, text, b"'"]);
            position.rest = null_mut();
            getopt.index.set(getopt.index.get() + 1);
            position.wrong = 0;
            return Some(c_int::from(b'?'));
        };
        let option = at(found);
        getopt.index.set(getopt.index.get() + 1);
        position.rest = null_mut();
        if name_len < text.len() {
            if option.has_arg == 0 {
                self.report(&[b"option '", prefix, names(found), b"' doesn't allow an argument"]);
                position.wrong = option.value;
                return Some(c_int::from(b'?'));
            }
            getopt.argument.set(name.add(name_len + 1));
        } else if option.has_arg == 1 {
            let index = getopt.index.get();
            if index >= self.call.argc {
                self.report(&[b"option '", prefix, names(found), b"' requires an argument"]);
                position.wrong = option.value;
                return Some(self.missing_argument());
            }
            getopt.argument.set(self.argument(index as usize));
            getopt.index.set(index + 1);
        }
        if !self.call.index.is_null() {
            *self.call.index = found as c_int;
        }
        if option.flag.is_null() {
            Some(option.value)
        } else {
            *option.flag = option.value;
            Some(0)
        }
    }

    unsafe fn report_ambiguous(&self, text: &[u8], prefix: &[u8], possible: impl Iterator<Item = usize>) {
        if self.is_silent {
            return;
        }
        let mut parts: [&[u8]; 100] = [b""; 100];
        let mut len = 0;
        let mut push = |part| {
            if len < parts.len() {
                parts[len] = part;
                len += 1;
            }
        };
        for part in [b"option '", prefix, text, b"' is ambiguous; possibilities:"] {
            push(part);
        }
        for index in possible {
            let name = crate::libc::c_str((*self.call.long.add(index)).name).to_bytes();
            for part in [b" '", prefix, name, b"'"] {
                push(part);
            }
        }
        self.report(&parts[..len]);
    }

    /// Takes the next short option of a group.
    unsafe fn short(&self, position: &mut Position) -> c_int {
        let getopt = &state().stdlib.getopt;
        let byte = *position.rest as u8;
        position.rest = position.rest.add(1);
        let is_last = *position.rest == 0;
        if is_last {
            getopt.index.set(getopt.index.get() + 1);
        }
        let found = self.find_short(byte).filter(|_| byte != b':' && byte != b';');
        let Some(found) = found else {
            self.report(&[b"invalid option -- '", &[byte], b"'"]);
            position.wrong = c_int::from(byte);
            return c_int::from(b'?');
        };
        let wrong = &mut position.wrong;
        let mut next_argument = || -> Option<*mut c_char> {
            let index = getopt.index.get();
            if index >= self.call.argc {
                self.report(&[b"option requires an argument -- '", &[byte], b"'"]);
                *wrong = c_int::from(byte);
                return None;
            }
            Some(self.argument(index as usize))
        };
        if byte == b'W' && *found.add(1) == b';' as c_char && !self.call.long.is_null() {
            let name = if is_last {
                match next_argument() {
                    Some(argument) => argument,
                    None => return self.missing_argument(),
                }
            } else {
                position.rest
            };
            return self.long(name, b"-W ", position).unwrap_or(c_int::from(b'?'));
        }
        if *found.add(1) == b':' as c_char {
            let is_optional = *found.add(2) == b':' as c_char;
            if !is_last {
                getopt.argument.set(position.rest);
                getopt.index.set(getopt.index.get() + 1);
            } else if is_optional {
                getopt.argument.set(null_mut());
            } else {
                if let Some(argument) = next_argument() {
                    getopt.argument.set(argument);
                } else {
                    position.rest = null_mut();
                    return self.missing_argument();
                }
                getopt.index.set(getopt.index.get() + 1);
            }
            position.rest = null_mut();
        }
        c_int::from(byte)
    }
}

fn is_posix() -> bool {
    // SAFETY: a literal.
    unsafe { !crate::exports::stdlib_env::getenv(c"POSIXLY_CORRECT".as_ptr()).is_null() }
}

/// Returns the next option, or -1.
///
/// # Safety
/// The call's pointers are those of getopt(3).
pub unsafe fn next(call: &Options) -> c_int {
    if call.argc < 1 {
        return -1;
    }
    let getopt = &state().stdlib.getopt;
    let position = &mut *getopt.position.get();
    let found = next_from(call, getopt, position);
    getopt.option.set(position.wrong);
    found
}

unsafe fn next_from(call: &Options, getopt: &GetoptState, position: &mut Position) -> c_int {
    getopt.argument.set(null_mut());
    let mut short = call.short;
    if getopt.reset.get() != 0 {
        getopt.reset.set(0);
        getopt.index.set(0);
    }
    if getopt.index.get() == 0 || !position.is_started {
        if getopt.index.get() == 0 {
            getopt.index.set(1);
        }
        let index = getopt.index.get() as usize;
        *position = Position {
            is_started: true,
            order: match *short as u8 {
                b'-' => Order::Return,
                b'+' => Order::Require,
                _ if call.end == End::FirstOther || is_posix() => Order::Require,
                _ => Order::Permute,
            },
            rest: null_mut(),
            first_skipped: index,
            end_skipped: index,
            wrong: position.wrong,
        };
    }
    if matches!(*short as u8, b'-' | b'+') {
        short = short.add(1);
    }
    let wants_colon = *short == b':' as c_char;
    let run = Run { call, short, is_silent: wants_colon || getopt.reports.get() == 0, wants_colon };
    if position.rest.is_null() || *position.rest == 0 {
        let mut index = getopt.index.get() as usize;
        let argc = call.argc as usize;
        position.end_skipped = position.end_skipped.min(index);
        position.first_skipped = position.first_skipped.min(index);
        if position.order == Order::Permute {
            if position.first_skipped != position.end_skipped && position.end_skipped != index {
                exchange(call.argv, position, index);
            } else if position.end_skipped != index {
                position.first_skipped = index;
            }
            while index < argc && !is_option(run.argument(index)) {
                index += 1;
            }
            position.end_skipped = index;
        }
        if index < argc && crate::libc::c_str(run.argument(index)) == c"--" {
            index += 1;
            if position.first_skipped != position.end_skipped && position.end_skipped != index {
                exchange(call.argv, position, index);
            } else if position.first_skipped == position.end_skipped {
                position.first_skipped = index;
            }
            position.end_skipped = argc;
            index = argc;
        }
        if index >= argc {
            if position.first_skipped != position.end_skipped {
                index = position.first_skipped;
            }
            getopt.index.set(index as c_int);
            return -1;
        }
        getopt.index.set(index as c_int);
        let argument = run.argument(index);
        if !is_option(argument) {
            if position.order == Order::Require {
                return -1;
            }
            getopt.argument.set(argument);
            getopt.index.set(index as c_int + 1);
            return 1;
        }
        if !call.long.is_null() {
            if *argument.add(1) == b'-' as c_char {
                if let Some(result) = run.long(argument.add(2), b"--", position) {
                    return result;
                }
            } else if call.dashes == Dashes::One
                && (*argument.add(2) != 0 || run.find_short(*argument.add(1) as u8).is_none())
                && let Some(result) = run.long(argument.add(1), b"-", position)
            {
                return result;
            }
        }
        position.rest = argument.add(1);
    }
    run.short(position)
}
