//! `ARGP_HELP_FMT`: where the parts of a help text stand.

use core::ffi::c_uint;

use super::State;
use super::help::{error_stream, name_of};
use crate::exports::stdio_printf::print_to;
use crate::libc::net::resolver::config::environment;

/// The columns of a help text, and what is said twice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    /// Whether all names of an option have its argument.
    pub(super) repeats_arguments: bool,
    /// Whether a note says that they have not.
    pub(super) notes_arguments: bool,
    pub(super) short_column: usize,
    pub(super) long_column: usize,
    /// Of options that are documentation only.
    pub(super) doc_option_column: usize,
    /// Of what options do.
    pub(super) doc_column: usize,
    pub(super) header_column: usize,
    pub(super) usage_indent: usize,
    /// The column that no word reaches into.
    pub(super) right: usize,
}

impl Format {
    /// What holds where nothing is said.
    pub(super) const USUAL: Self = Self {
        repeats_arguments: false,
        notes_arguments: true,
        short_column: 2,
        long_column: 6,
        doc_option_column: 2,
        doc_column: 29,
        header_column: 1,
        usage_indent: 12,
        right: 79,
    };

    /// Reads the variable; what is wrong with it is said in the name of a state.
    pub(super) unsafe fn of_environment(state: *mut State) -> Self {
        let mut format = Self::USUAL;
        let mut rest = environment(c"ARGP_HELP_FMT").unwrap_or_default();
        while let Some(&first) = rest.first() {
            if first.is_ascii_whitespace() {
                rest = rest.trim_ascii_start();
            } else if first.is_ascii_alphabetic() {
                // SAFETY: the caller's promise.
                rest = unsafe { format.take_word(rest, state) };
            } else {
                // SAFETY: as above.
                unsafe { complain(state, &[b"Garbage in ARGP_HELP_FMT: ", rest]) };
                break;
            }
        }
        format
    }

    /// Sets what a word says, with its value; returns what is behind them.
    unsafe fn take_word<'a>(&mut self, text: &'a [u8], state: *mut State) -> &'a [u8] {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let len = text.iter().position(|byte| !is_name(byte)).unwrap_or(text.len());
        let (mut name, rest) = text.split_at(len);
        let mut rest = rest.trim_ascii_start();
        let mut value = 0;
        let has_value = !matches!(rest.first(), None | Some(b','));
        if has_value {
            rest = rest.strip_prefix(b"=").map_or(rest, <[u8]>::trim_ascii_start);
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            value = rest[..digits].iter().fold(0usize, |value, digit| {
                value.saturating_mul(10).saturating_add(usize::from(digit - b'0')).min(MOST)
            });
            if digits > 0 {
                rest = rest[digits..].trim_ascii_start();
            }
        } else if let Some(positive) = name.strip_prefix(b"no-") {
            name = positive;
        } else {
            value = 1;
        }
        // SAFETY: the caller's promise.
        unsafe {
            match self.place(name) {
                Some(Place::Switch(place)) => *place = value != 0,
                Some(Place::Column(_)) if !has_value => {
                    complain(state, &[name, b": ARGP_HELP_FMT parameter requires a value"]);
                }
                Some(Place::Column(place)) => *place = value,
                None => complain(state, &[name, b": Unknown ARGP_HELP_FMT parameter"]),
            }
        }
        rest.strip_prefix(b",").unwrap_or(rest)
    }

    fn place(&mut self, name: &[u8]) -> Option<Place<'_>> {
        Some(match name {
            b"dup-args" => Place::Switch(&mut self.repeats_arguments),
            b"dup-args-note" => Place::Switch(&mut self.notes_arguments),
            b"short-opt-col" => Place::Column(&mut self.short_column),
            b"long-opt-col" => Place::Column(&mut self.long_column),
            b"doc-opt-col" => Place::Column(&mut self.doc_option_column),
            b"opt-doc-col" => Place::Column(&mut self.doc_column),
            b"header-col" => Place::Column(&mut self.header_column),
            b"usage-indent" => Place::Column(&mut self.usage_indent),
            b"rmargin" => Place::Column(&mut self.right),
            _ => return None,
        })
    }
}

/// More columns than these are none.
const MOST: usize = c_uint::MAX as usize >> 1;

/// Where a word's value goes.
enum Place<'a> {
    Switch(&'a mut bool),
    Column(&'a mut usize),
}

/// Prints a message that ends nothing.
unsafe fn complain(state: *mut State, parts: &[&[u8]]) {
    // SAFETY: a state of `parse`, or NULL.
    unsafe {
        if let Some(stream) = error_stream(state) {
            print_to(stream, &[name_of(state), b": "]);
            print_to(stream, parts);
            print_to(stream, &[b"\n"]);
        }
    }
}
