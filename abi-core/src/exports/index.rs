//! Every export, and the index by name: made at compile time, with no pointer but each export's address.
//!
//! A pointer in a static has to be relocated when a position-independent program starts, which writes to its page. With
//! names and notes as places in one text, starting osvrun touches a few pages of this table instead of all of it.

use super::{Export, FILES, Kind, Level};
use crate::libc::string::mem::{chosen, exported};

/// Slots of the index: a power of two, at least twice the number of exports.
const SLOTS: usize = 8192;
/// How many exports there are, and how many bytes their texts have.
const SIZES: (usize, usize) = sizes();
const COUNT: usize = SIZES.0;

const _: () = assert!(COUNT * 2 < SLOTS, "double SLOTS");

/// A part of [`TEXT`].
#[derive(Clone, Copy)]
struct Text {
    start: u16,
    len_bytes: u8,
}

/// An [`Export`] but for its address.
#[derive(Clone, Copy)]
struct Row {
    name: Text,
    library: Text,
    note: Text,
    kind: Kind,
    level: Level,
}

/// An export's address. Not an integer, since a function's is not known at compile time.
#[repr(transparent)]
struct Address(*const ());

// SAFETY: never written, and not dereferenced here.
unsafe impl Sync for Address {}

#[allow(long_running_const_eval, reason = "one step per letter of each row, at compile time")]
const PACKED: ([u8; SIZES.1], [Row; COUNT]) = pack();
#[allow(long_running_const_eval, reason = "one step per letter of each name, at compile time")]
static INDEX: [u16; SLOTS] = build_index();

static BYTES: [u8; SIZES.1] = PACKED.0;
static ROWS: [Row; COUNT] = PACKED.1;
static ADDRESSES: [Address; COUNT] = addresses();
const TEXT: &str = match core::str::from_utf8(&BYTES) {
    Ok(text) => text,
    Err(_) => panic!("the rows' texts are strings"),
};

/// Runs a body for every row of every file.
macro_rules! for_each_row {
    (|$row:ident| $body:block) => {
        let mut file = 0;
        while file < FILES.len() {
            let mut table = 0;
            while table < FILES[file].len() {
                let mut index = 0;
                while index < FILES[file][table].len() {
                    let $row = &FILES[file][table][index];
                    $body
                    index += 1;
                }
                table += 1;
            }
            file += 1;
        }
    };
}

const fn sizes() -> (usize, usize) {
    let (mut count, mut text_bytes, mut library) = (0, 0, "");
    for_each_row!(|row| {
        count += 1;
        text_bytes += row.name.len() + row.note.len();
        if !is_same(library, row.library) {
            library = row.library;
            text_bytes += library.len();
        }
    });
    (count, text_bytes)
}

const fn is_same(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a.as_bytes()[i] != b.as_bytes()[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Puts `text` at `end`.
const fn append(bytes: &mut [u8], end: usize, text: &str) -> Text {
    let mut i = 0;
    while i < text.len() {
        bytes[end + i] = text.as_bytes()[i];
        i += 1;
    }
    assert!(end <= u16::MAX as usize && text.len() <= u8::MAX as usize, "widen Text");
    Text { start: end as u16, len_bytes: text.len() as u8 }
}

#[expect(clippy::large_stack_arrays, reason = "runs in the compiler only")]
const fn pack() -> ([u8; SIZES.1], [Row; COUNT]) {
    const EMPTY: Text = Text { start: 0, len_bytes: 0 };
    const NONE: Row =
        Row { name: EMPTY, library: EMPTY, note: EMPTY, kind: Kind::Pure, level: Level::Unsupported };
    let (mut bytes, mut rows) = ([0; SIZES.1], [NONE; COUNT]);
    let (mut end, mut count) = (0, 0);
    // A file's rows are of one library, so most share their text with the row before.
    let (mut library, mut library_text) = ("", EMPTY);
    for_each_row!(|row| {
        let name = append(&mut bytes, end, row.name);
        end += row.name.len();
        let note = append(&mut bytes, end, row.note);
        end += row.note.len();
        if !is_same(library, row.library) {
            library = row.library;
            library_text = append(&mut bytes, end, library);
            end += library.len();
        }
        rows[count] = Row { name, library: library_text, note, kind: row.kind, level: row.level };
        count += 1;
    });
    (bytes, rows)
}

#[expect(clippy::large_stack_arrays, reason = "runs in the compiler only")]
const fn addresses() -> [Address; COUNT] {
    let mut addresses = [const { Address(core::ptr::null()) }; COUNT];
    let mut count = 0;
    for_each_row!(|row| {
        addresses[count] = Address(row.address);
        count += 1;
    });
    addresses
}

/// FNV-1a, folded.
const fn hash(name: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    hash ^ (hash >> 15)
}

/// For each slot the number of a row plus one, or 0.
const fn build_index() -> [u16; SLOTS] {
    let mut index = [0; SLOTS];
    let mut count = 0;
    for_each_row!(|row| {
        let mut slot = hash(row.name.as_bytes()) as usize % SLOTS;
        while index[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        count += 1;
        index[slot] = count;
    });
    index
}

fn text(place: Text) -> &'static str {
    let start = usize::from(place.start);
    TEXT.get(start..start + usize::from(place.len_bytes)).unwrap_or_default()
}

fn export(number: usize) -> Export {
    let row = &ROWS[number];
    Export {
        name: text(row.name),
        library: text(row.library),
        kind: row.kind,
        level: row.level,
        note: text(row.note),
        address: ADDRESSES[number].0,
    }
}

/// Finds an export by name; its address is of the code that is best on this processor.
pub fn find(name: &[u8]) -> Option<Export> {
    let mut slot = hash(name) as usize % SLOTS;
    loop {
        let number = usize::from(INDEX[slot].checked_sub(1)?);
        if text(ROWS[number].name).as_bytes() == name {
            let export = export(number);
            return Some(Export { address: chosen(export.address), ..export });
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Returns every export, in the order of the files.
pub fn all() -> impl Iterator<Item = Export> {
    (0..COUNT).map(export)
}

/// Returns the place in [`all`] of the function at `address`; of its names, one without a leading underscore if there is.
pub fn number_at(address: usize) -> Option<usize> {
    let address = exported(address as *const ()) as usize;
    let is_there = |number: &usize| {
        ADDRESSES[*number].0 as usize == address
            && matches!(ROWS[*number].kind, Kind::Pure | Kind::Kernel)
            && ROWS[*number].level != Level::Unsupported
    };
    (0..COUNT).filter(is_there).min_by_key(|number| text(ROWS[*number].name).starts_with('_'))
}
