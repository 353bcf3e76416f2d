//! The table of mounted file systems, `mntent.h`.

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::bytes_of;
use crate::exports::stdio::{fclose, fgets, fopen};
use crate::libc::stdio::file::File;
use crate::libc::tcb::tcb;

/// `struct mntent`
#[repr(C)]
pub struct MountEntry {
    name: *mut c_char,
    folder: *mut c_char,
    kind: *mut c_char,
    options: *mut c_char,
    frequency: c_int,
    pass: c_int,
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

/// Cuts the next word off a line and turns `\040` and its like back.
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
            let octal = bytes_of(*at);
            let code = match octal {
                [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                    Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
                }
                _ => None,
            };
            to.write(code.map_or(at.read(), |code| code as c_char));
            to = to.add(1);
            *at = at.add(if code.is_some() { 4 } else { 1 });
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
            let mut at = line;
            let name = word(&mut at);
            if matches!(name.read() as u8, 0 | b'#') {
                continue;
            }
            let (folder, kind, options) = (word(&mut at), word(&mut at), word(&mut at));
            let (frequency, pass) = (number(word(&mut at)), number(word(&mut at)));
            entry.write(MountEntry { name, folder, kind, options, frequency, pass });
            return entry;
        }
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
