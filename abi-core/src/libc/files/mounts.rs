//! The table of mounted file systems, `mntent.h`.

use core::ffi::{c_char, c_int};
use core::fmt::Write;
use core::ptr::null_mut;

use super::bytes_of;
use super::names::ShortName;
use crate::abi;
use crate::exports::stdio::{fclose, ferror, fflush, fgetc, fgets, fopen, fseek, fwrite};
use crate::libc::stdio::file::File;
use crate::libc::tcb::tcb;

const NEWLINE: c_int = b'\n' as c_int;

/// `struct mntent`
#[repr(C)]
pub struct MountEntry {
    pub(super) name: *mut c_char,
    pub(super) folder: *mut c_char,
    pub(super) kind: *mut c_char,
    pub(super) options: *mut c_char,
    pub(super) frequency: c_int,
    pub(super) pass: c_int,
}

/// A thread's own entry and line, for getmntent.
#[repr(C)]
pub struct MountFields {
    entry: MountEntry,
    line: [c_char; 1024],
}

/// setmntent(3)
pub unsafe extern "C" fn setmntent(path: *const c_char, mode: *const c_char) -> *mut File {
    // SAFETY: the caller's promise.
    unsafe { fopen(path, mode) }
}

/// endmntent(3)
pub unsafe extern "C" fn endmntent(stream: *mut File) -> c_int {
    if !stream.is_null() {
        // SAFETY: the caller's stream.
        unsafe { fclose(stream) };
    }
    1
}

/// getmntent(3)
pub unsafe extern "C" fn getmntent(stream: *mut File) -> *mut MountEntry {
    // SAFETY: the thread's control block lives as long as the thread.
    unsafe {
        let own = &raw mut (*tcb()).mounts;
        getmntent_r(stream, &raw mut (*own).entry, (&raw mut (*own).line).cast(), 1024)
    }
}

/// Cuts the next word off a line and turns back what stands for a space, a tab, the end of a line and a backslash.
unsafe fn word(at: &mut *mut c_char) -> *mut c_char {
    let is_space = |letter: c_char| matches!(letter as u8, b' ' | b'\t' | b'\n');
    // SAFETY: stays inside the string, which ends with a NUL.
    unsafe {
        while is_space(at.read()) {
            *at = at.add(1);
        }
        let start = *at;
        let mut to = start;
        while at.read() != 0 && !is_space(at.read()) {
            // Only what addmntent(3) writes is a code.
            let (letter, len) = match bytes_of(*at) {
                [b'\\', b'0', b'4', b'0', ..] => (b' ', 4),
                [b'\\', b'0', b'1', b'1', ..] => (b'\t', 4),
                [b'\\', b'0', b'1', b'2', ..] => (b'\n', 4),
                [b'\\', b'1', b'3', b'4', ..] => (b'\\', 4),
                [b'\\', b'\\', ..] => (b'\\', 2),
                _ => (at.read() as u8, 1),
            };
            to.write(letter as c_char);
            to = to.add(1);
            *at = at.add(len);
        }
        let has_more = at.read() != 0;
        to.write(0);
        if has_more {
            *at = at.add(1);
        }
        start
    }
}

unsafe fn number(text: *const c_char) -> c_int {
    // SAFETY: a string.
    let digits = unsafe { bytes_of(text) }.iter().take_while(|b| b.is_ascii_digit());
    digits.fold(0i32, |value, digit| value.wrapping_mul(10).wrapping_add(i32::from(digit - b'0')))
}

/// Reads on to the end of a line that there was no room for.
unsafe fn skip_line(stream: *mut File) {
    // SAFETY: the caller's stream.
    while !matches!(unsafe { fgetc(stream) }, abi::EOF | NEWLINE) {}
}

/// getmntent_r(3)
pub unsafe extern "C" fn getmntent_r(
    stream: *mut File,
    entry: *mut MountEntry,
    line: *mut c_char,
    size: c_int,
) -> *mut MountEntry {
    // SAFETY: the caller's stream and buffers.
    unsafe {
        loop {
            if fgets(line, size, stream).is_null() {
                return null_mut();
            }
            if !bytes_of(line).ends_with(b"\n") {
                skip_line(stream);
            }
            let mut at = line;
            let name = word(&mut at);
            if matches!(name.read() as u8, 0 | b'#') {
                continue;
            }
            let (folder, kind, options) = (word(&mut at), word(&mut at), word(&mut at));
            let (frequency, pass) = (number(word(&mut at)), number(word(&mut at)));
            entry.write(MountEntry { name, folder, kind, options, frequency, pass });
            // One that wants to stay unseen.
            let is_hidden = bytes_of(kind) == b"autofs" && !hasmntopt(entry, c"ignore".as_ptr()).is_null();
            if !is_hidden {
                return entry;
            }
        }
    }
}

/// addmntent(3)
pub unsafe extern "C" fn addmntent(stream: *mut File, entry: *const MountEntry) -> c_int {
    // SAFETY: the caller's stream, entry and its strings.
    unsafe {
        if fseek(stream, 0, abi::SEEK_END) != 0 {
            return 1;
        }
        let entry = &*entry;
        let put = |text: &[u8]| {
            fwrite(text.as_ptr().cast(), 1, text.len(), stream);
        };
        for text in [entry.name, entry.folder, entry.kind, entry.options] {
            for &byte in bytes_of(text) {
                // What would end a word, or look like a written code, is written as one.
                let (plain, octal) =
                    ([byte], [b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
                let must_be_octal = matches!(byte, b' ' | b'\t' | b'\n' | b'\\');
                put(if must_be_octal { &octal } else { &plain });
            }
            put(b" ");
        }
        let mut numbers = ShortName::default();
        // Two numbers of 11 letters fit.
        let _ = writeln!(numbers, "{} {}", entry.frequency, entry.pass);
        put(numbers.bytes());
        c_int::from(ferror(stream) != 0 || fflush(stream) != 0)
    }
}

/// hasmntopt(3)
pub unsafe extern "C" fn hasmntopt(entry: *const MountEntry, option: *const c_char) -> *mut c_char {
    // SAFETY: the caller's entry and string.
    unsafe {
        let (options, wanted) = (bytes_of((*entry).options), bytes_of(option));
        let mut start = 0;
        for part in options.split(|&b| b == b',') {
            let is_it = part.strip_prefix(wanted).is_some_and(|rest| matches!(rest, [] | [b'=', ..]));
            if is_it {
                return (*entry).options.add(start);
            }
            start += part.len() + 1;
        }
    }
    null_mut()
}
