//! The list of options in a help text.

use core::ffi::{CStr, c_char, c_int};

use super::entries::{Entries, Entry};
use super::format::Format;
use super::help::input_of;
use super::wrap::Wrapped;
use super::{Argp, ArgpOption, State, key, option};
use crate::libc::files::text_of;

/// What is said of arguments that only one name has.
const NOTE: &CStr = c"Mandatory or optional arguments to long options are also mandatory or optional for any corresponding short options.";

/// A text after its table's filter; a block of the heap if the filter made it.
pub(super) struct Filtered {
    pub(super) text: *const c_char,
    is_own: bool,
}

impl Filtered {
    pub(super) unsafe fn of(text: *const c_char, key: c_int, argp: &Argp, state: *mut State) -> Self {
        let Some(filter) = argp.filter else { return Self { text, is_own: false } };
        // SAFETY: the program's filter.
        let new = unsafe { filter(key, text, input_of(argp, state)) }.cast_const();
        Self { text: new, is_own: new != text }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: a string, or NULL.
        unsafe { text_of(self.text) }
    }
}

impl Drop for Filtered {
    fn drop(&mut self) {
        if self.is_own {
            // SAFETY: argp_help(3): a filter's new text is from malloc.
            unsafe { crate::libc::malloc::free(self.text.cast_mut().cast()) };
        }
    }
}

/// Lists all entries.
pub(super) unsafe fn put_list(
    argp: &Argp,
    state: *mut State,
    entries: &Entries,
    format: Format,
    out: Wrapped,
) -> Wrapped {
    let mut progress = Progress {
        entries,
        state,
        format,
        out,
        previous: None,
        separates_groups: false,
        leaves_arguments_out: false,
    };
    // SAFETY: the program's tables.
    unsafe {
        for entry in entries.list.iter() {
            progress.put_entry(entry);
        }
        if progress.leaves_arguments_out && format.notes_arguments {
            let note = Filtered::of(NOTE.as_ptr(), key::DUP_ARGS_NOTE, argp, state);
            if !note.bytes().is_empty() {
                progress.out.put(b"\n");
                progress.out.put(note.bytes());
                progress.out.put(b"\n");
            }
        }
    }
    progress.out
}

/// What is kept from one entry to the next.
struct Progress<'a> {
    entries: &'a Entries,
    state: *mut State,
    format: Format,
    out: Wrapped,
    previous: Option<Entry>,
    separates_groups: bool,
    leaves_arguments_out: bool,
}

impl Progress<'_> {
    unsafe fn put_header(&mut self, text: *const c_char, argp: &Argp) {
        // SAFETY: the program's table.
        let text = unsafe { Filtered::of(text, key::HEADER, argp, self.state) };
        if text.text.is_null() {
            return;
        }
        if !text.bytes().is_empty() {
            if self.previous.is_some() {
                self.out.put(b"\n");
            }
            self.out.indent_to(self.format.header_column);
            self.out.set_left(self.format.header_column);
            self.out.set_after_break(self.format.header_column);
            self.out.put(text.bytes());
            self.out.set_left(0);
            self.out.put(b"\n");
        }
        self.separates_groups = true;
    }

    /// Begins one more name of an entry at a column.
    unsafe fn next_name(&mut self, entry: &Entry, is_first: &mut bool, column: usize) {
        if !core::mem::take(is_first) {
            self.out.put(b", ");
            self.out.indent_to(column);
            return;
        }
        let is_new_group = self.previous.is_some_and(|previous| previous.group != entry.group);
        if self.separates_groups && is_new_group {
            self.out.put(b"\n");
        }
        if let Some(cluster) = entry.cluster {
            let previous = self.previous.map(|previous| previous.cluster);
            let is_new = previous.is_none_or(|previous| {
                previous != Some(cluster) && !self.entries.is_within(previous, cluster)
            });
            let Cluster { header, argp, is_empty } = Cluster::of(self.entries, cluster);
            if is_new && !is_empty {
                let margin = self.out.set_after_break(0);
                // SAFETY: the program's table.
                unsafe { self.put_header(header, &*argp) };
                self.out.set_after_break(margin);
            }
        }
        self.out.indent_to(column);
    }

    /// Lists an entry.
    unsafe fn put_entry(&mut self, entry: &Entry) {
        let real = entry.real();
        let has_long = entry.options.iter().any(|option| option.is_visible() && option.long().is_some());
        let is_doc = real.has(option::DOC);
        let mut is_first = true;
        self.out.set_after_break(self.format.short_column);
        // SAFETY: the program's tables.
        unsafe {
            for (short, _) in self.entries.visible_shorts(entry) {
                self.next_name(entry, &mut is_first, self.format.short_column);
                self.out.put(&[b'-', short]);
                if !has_long || is_doc || self.format.repeats_arguments {
                    put_argument(&mut self.out, real, b" ", b"[");
                } else if !real.arg.is_null() {
                    self.leaves_arguments_out = true;
                }
            }
            let column = if is_doc { self.format.doc_option_column } else { self.format.long_column };
            self.out.set_after_break(column);
            for long in entry.options.iter().filter(|option| option.is_visible()).filter_map(ArgpOption::long)
            {
                self.next_name(entry, &mut is_first, column);
                if is_doc {
                    self.out.put(long);
                    continue;
                }
                self.out.put(b"--");
                self.out.put(long);
                put_argument(&mut self.out, real, b"=", b"[=");
            }
            self.out.set_left(0);
            if is_first {
                if real.short().is_some() || !real.name.is_null() {
                    // Hidden.
                    self.out.set_after_break(0);
                    return;
                }
                self.put_header(real.doc, &*entry.argp);
            } else {
                self.put_doc(entry);
            }
        }
        self.previous = Some(*entry);
        self.out.set_left(0);
        self.out.set_after_break(0);
    }

    /// Says what an entry does.
    unsafe fn put_doc(&mut self, entry: &Entry) {
        let real = entry.real();
        // SAFETY: the program's table.
        let doc = unsafe { Filtered::of(real.doc, real.key, &*entry.argp, self.state) };
        if !doc.bytes().is_empty() {
            let column = self.out.column();
            self.out.set_left(self.format.doc_column);
            self.out.set_after_break(self.format.doc_column);
            if column > self.format.doc_column + 3 {
                self.out.put(b"\n");
            } else if column >= self.format.doc_column {
                self.out.put(b"   ");
            } else {
                self.out.indent_to(self.format.doc_column);
            }
            self.out.put(doc.bytes());
        }
        self.out.set_left(0);
        self.out.put(b"\n");
    }
}

/// A cluster's header.
struct Cluster {
    header: *const c_char,
    argp: *const Argp,
    is_empty: bool,
}

impl Cluster {
    fn of(entries: &Entries, index: usize) -> Self {
        let cluster = &entries.clusters[index];
        Self { header: cluster.header, argp: cluster.argp, is_empty: cluster.header().is_empty() }
    }
}

pub(super) fn put_argument(out: &mut Wrapped, real: &ArgpOption, before: &[u8], before_optional: &[u8]) {
    if real.arg.is_null() {
        return;
    }
    // SAFETY: a string of the program's.
    let argument = unsafe { text_of(real.arg) };
    let is_optional = real.has(option::ARG_OPTIONAL);
    out.put(if is_optional { before_optional } else { before });
    out.put(argument);
    if is_optional {
        out.put(b"]");
    }
}
