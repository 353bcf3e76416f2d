//! The databases kept as text files of lines: users and groups (`passwd`, `group`, `shadow`) and names of the network
//! (`services`, `protocols`, `networks`).
//!
//! A [`Record`] says how a line reads. From that come its four kinds of calls: look one up into the caller's buffer
//! ([`find_into`]) or the database's own ([`find`]), and go through all of them, again in both ways ([`next_into`],
//! [`next`]). `hosts` has several answers to one question and is read by [`hosts`] itself.

pub mod ethers;
pub mod group;
pub mod gshadow;
pub mod hosts;
pub mod netgroup;
pub mod network;
pub mod packer;
pub mod passwd;
pub mod rpc;
pub mod shadow;

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

pub use packer::Packer;

use super::guest_heap::{free, realloc};
use super::state::DataObject;
use super::stdio::file::File;
use super::{errno, set_errno};
use crate::abi::{EINVAL, ENOENT, ENOMEM, ERANGE};
use crate::exports::stdio::{fclose, fopen, fseek, ftell, getline};

/// The state of one database's calls without a buffer.
#[derive(Debug, Clone, Copy)]
pub struct Database {
    /// The open file, or null.
    file: *mut File,
    /// Where the next line of the built-in text starts, when there is no file.
    at: Option<usize>,
    /// The record returned last.
    record: [usize; 9],
    /// What it points to.
    text: *mut u8,
    /// How much room that has.
    text_room: usize,
}

impl Database {
    /// Nothing open.
    pub const EMPTY: Self =
        Self { file: null_mut(), at: None, record: [0; 9], text: null_mut(), text_room: 0 };
    /// The first room for a record's text.
    const FIRST_ROOM: usize = 1024;
}

/// How the lines of one database read.
pub trait Record {
    /// A line taken apart.
    type View<'a>: Copy;
    /// The C struct.
    type Struct: Copy;
    /// The file.
    const PATH: &'static CStr;
    /// What stands for the file where there is none.
    const BUILT_IN: &'static [u8];
    /// Takes a line without its newline apart; `None` if it is no record.
    fn view(line: &[u8]) -> Option<Self::View<'_>>;
    /// Makes the C struct, with its text in `packer`; `None` if there is no room.
    fn pack(view: Self::View<'_>, packer: &mut Packer) -> Option<Self::Struct>;
}

/// The lines of a file, or of the text that stands for it.
pub struct Lines {
    file: *mut File,
    is_own: bool,
    built_in: &'static [u8],
    at: usize,
    line: *mut c_char,
    room: usize,
}

impl Lines {
    /// Opens a file; if there is none, the text stands for it. `Err` has the error number.
    pub fn open(path: &CStr, built_in: &'static [u8]) -> Result<Self, c_int> {
        let before = errno();
        // SAFETY: two C strings.
        let file = unsafe { fopen(path.as_ptr(), c"re".as_ptr()) };
        if file.is_null() && errno() != ENOENT {
            return Err(errno());
        }
        set_errno(before);
        Ok(Self { file, is_own: true, built_in, at: 0, line: null_mut(), room: 0 })
    }

    /// Goes on with a stream that stays open.
    pub fn of_stream(file: *mut File) -> Self {
        Self { file, is_own: false, built_in: b"", at: 0, line: null_mut(), room: 0 }
    }

    /// Returns the next line without its newline.
    pub fn next_line(&mut self) -> Option<&[u8]> {
        if self.file.is_null() {
            let rest = self.built_in.get(self.at..).filter(|rest| !rest.is_empty())?;
            let len = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            self.at += len + 1;
            return Some(&rest[..len]);
        }
        // SAFETY: an open stream; the line is a block of the heap or null.
        let len = unsafe { getline(&raw mut self.line, &raw mut self.room, self.file) };
        let len = usize::try_from(len).ok()?;
        // SAFETY: so many bytes were read.
        let line = unsafe { core::slice::from_raw_parts(self.line.cast::<u8>(), len) };
        Some(line.strip_suffix(b"\n").unwrap_or(line))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // SAFETY: the stream, if it is ours, and the block are used for the last time.
        unsafe {
            free(self.line.cast());
            if self.is_own && !self.file.is_null() {
                fclose(self.file);
            }
        }
    }
}

/// Cuts a line that may have a comment into its words.
pub fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let end = line.iter().position(|&byte| byte == b'#').unwrap_or(line.len());
    line[..end].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// Reads a decimal number that fills the whole text.
pub fn number(text: &[u8]) -> Option<u32> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    if !is_number {
        return None;
    }
    text.iter().try_fold(0u32, |value, digit| value.checked_mul(10)?.checked_add(u32::from(digit - b'0')))
}

/// Looks a record up: the shape of `getpwnam_r(3)`, which returns the error number. Nothing found is no error, and a
/// null `*result`.
///
/// # Safety
/// `out`, `buf` (`len` bytes) and `result` are the caller's to be written.
pub unsafe fn find_into<R: Record>(
    is_wanted: impl Fn(R::View<'_>) -> bool,
    out: *mut R::Struct,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut R::Struct,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { result.write(null_mut()) };
    let mut lines = match Lines::open(R::PATH, R::BUILT_IN) {
        Ok(lines) => lines,
        Err(error) => return error,
    };
    while let Some(line) = lines.next_line() {
        let Some(view) = R::view(line).filter(|&view| is_wanted(view)) else { continue };
        // SAFETY: the caller's promise.
        return unsafe { deliver::<R>(view, out, buf, len, result) };
    }
    0
}

/// Packs a record into the caller's buffer.
unsafe fn deliver<R: Record>(
    view: R::View<'_>,
    out: *mut R::Struct,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut R::Struct,
) -> c_int {
    // SAFETY: the caller's promise.
    let mut packer = unsafe { Packer::new(buf.cast(), len) };
    let Some(record) = R::pack(view, &mut packer) else {
        set_errno(ERANGE);
        return ERANGE;
    };
    // SAFETY: the caller's promise.
    unsafe {
        out.write(record);
        result.write(out);
    }
    0
}

/// Runs a call with the database's own room, which grows as needed.
///
/// # Safety
/// `call` keeps to the room it is given.
pub unsafe fn with_own_room<T>(
    database: &DataObject<Database>,
    call: impl Fn(*mut T, *mut c_char, usize, *mut *mut T) -> c_int,
) -> *mut T {
    const { assert!(size_of::<T>() <= size_of::<[usize; 9]>()) };
    let own = database.address();
    // SAFETY: the program's database; calls without a buffer are not for several threads at once.
    unsafe {
        loop {
            if (*own).text.is_null() {
                (*own).text_room = Database::FIRST_ROOM.max((*own).text_room);
                (*own).text = realloc(null_mut(), (*own).text_room).cast();
                if (*own).text.is_null() {
                    set_errno(ENOMEM);
                    return null_mut();
                }
            }
            let mut result = null_mut();
            let out = (&raw mut (*own).record).cast();
            let error = call(out, (*own).text.cast(), (*own).text_room, &raw mut result);
            if error == ERANGE {
                free((*own).text.cast());
                (*own).text = null_mut();
                (*own).text_room *= 2;
                continue;
            }
            if error != 0 && error != ENOENT {
                set_errno(error);
            }
            return result;
        }
    }
}

/// Looks a record up: the shape of `getpwnam(3)`.
pub fn find<R: Record>(
    database: &DataObject<Database>,
    is_wanted: impl Fn(R::View<'_>) -> bool,
) -> *mut R::Struct {
    let call = |out, buf, len, result: *mut *mut R::Struct| {
        // SAFETY: the database's own room.
        unsafe { find_into::<R>(&is_wanted, out, buf, len, result) }
    };
    // SAFETY: it keeps to its room.
    unsafe { with_own_room(database, call) }
}

/// Goes back to the first record: `setpwent(3)`.
pub fn rewind(database: &DataObject<Database>) {
    let own = database.address();
    // SAFETY: the program's database.
    unsafe {
        (*own).at = None;
        if !(*own).file.is_null() {
            fseek((*own).file, 0, 0);
        }
    }
}

/// Closes the file: `endpwent(3)`.
pub fn end(database: &DataObject<Database>) {
    let own = database.address();
    // SAFETY: the program's database.
    unsafe {
        (*own).at = None;
        if !(*own).file.is_null() {
            fclose((*own).file);
            (*own).file = null_mut();
        }
    }
}

/// Reads the next record: the shape of `getpwent_r(3)`, which returns `ENOENT` at the end.
///
/// # Safety
/// As for [`find_into`].
pub unsafe fn next_into<R: Record>(
    database: &DataObject<Database>,
    out: *mut R::Struct,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut R::Struct,
) -> c_int {
    let own = database.address();
    // SAFETY: the program's database.
    unsafe {
        result.write(null_mut());
        if (*own).file.is_null() && (*own).at.is_none() {
            let before = errno();
            (*own).file = fopen(R::PATH.as_ptr(), c"re".as_ptr());
            if (*own).file.is_null() {
                if errno() != ENOENT {
                    return errno();
                }
                (*own).at = Some(0);
            }
            set_errno(before);
        }
        if let Some(at) = (*own).at {
            let mut lines = Lines::of_stream(null_mut());
            (lines.built_in, lines.at) = (R::BUILT_IN, at);
            let error = next_of::<R>(&mut lines, out, buf, len, result);
            if error != ERANGE {
                (*own).at = Some(lines.at);
            }
            return error;
        }
        next_of::<R>(&mut Lines::of_stream((*own).file), out, buf, len, result)
    }
}

/// Reads the next record of a stream: the shape of `fgetpwent_r(3)`. A record with no room is read again next time.
///
/// # Safety
/// As for [`find_into`].
pub unsafe fn next_of<R: Record>(
    lines: &mut Lines,
    out: *mut R::Struct,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut R::Struct,
) -> c_int {
    // SAFETY: the caller's promise; the stream is open.
    unsafe {
        result.write(null_mut());
        let file = lines.file;
        loop {
            let start = if file.is_null() { 0 } else { ftell(file) };
            let Some(line) = lines.next_line() else { return ENOENT };
            let Some(view) = R::view(line) else { continue };
            let error = deliver::<R>(view, out, buf, len, result);
            if error == ERANGE && start >= 0 && !file.is_null() {
                fseek(file, start, 0);
            }
            return error;
        }
    }
}

/// Reads the next record: the shape of `getpwent(3)`.
pub fn next<R: Record>(database: &DataObject<Database>) -> *mut R::Struct {
    // SAFETY: the database's own room.
    let call = |out, buf, len, result| unsafe { next_into::<R>(database, out, buf, len, result) };
    // SAFETY: it keeps to its room.
    unsafe { with_own_room(database, call) }
}

/// Reads the next record of a stream: the shape of `fgetpwent(3)`.
pub fn next_from<R: Record>(database: &DataObject<Database>, file: *mut File) -> *mut R::Struct {
    // SAFETY: the database's own room and the caller's stream.
    let call =
        |out, buf, len, result| unsafe { next_of::<R>(&mut Lines::of_stream(file), out, buf, len, result) };
    // SAFETY: it keeps to its room.
    unsafe { with_own_room(database, call) }
}

/// Takes a string for a record apart: the shape of `sgetspent(3)`.
pub fn from_text<R: Record>(database: &DataObject<Database>, line: &[u8]) -> *mut R::Struct {
    let Some(view) = R::view(line) else {
        set_errno(EINVAL);
        return null_mut();
    };
    // SAFETY: the database's own room.
    let call = |out, buf, len, result| unsafe { deliver::<R>(view, out, buf, len, result) };
    // SAFETY: it keeps to its room.
    unsafe { with_own_room(database, call) }
}
