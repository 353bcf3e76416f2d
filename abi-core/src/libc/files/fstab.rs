//! The file systems of `/etc/fstab`, `fstab.h`.

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::bytes_of;
use super::mounts::{MountEntry, endmntent, getmntent_r, hasmntopt, setmntent};
use crate::exports::stdio::rewind;
use crate::libc::malloc::calloc;
use crate::libc::state::state;
use crate::libc::stdio::file::File;

const PATH: &core::ffi::CStr = c"/etc/fstab";
/// The longest line that is read whole, as in glibc.
const LINE_BYTES: usize = 0x1fc0;

/// `struct fstab`
#[repr(C)]
pub struct FileSystem {
    special: *mut c_char,
    folder: *mut c_char,
    kind: *mut c_char,
    options: *mut c_char,
    access: *const c_char,
    frequency: c_int,
    pass: c_int,
}

/// The program's place in the file, in a block of its heap.
#[repr(C)]
pub struct Table {
    stream: *mut File,
    entry: MountEntry,
    answer: FileSystem,
    line: [c_char; LINE_BYTES],
}

/// Returns the table with its file open, at the start if `from_start`; null without a file or memory.
unsafe fn open(from_start: bool) -> *mut Table {
    let own = &state().misc.file_systems;
    // SAFETY: a block of the heap that all zeros are a value for; its stream is open or null.
    unsafe {
        if own.get().is_null() {
            own.set(calloc(1, size_of::<Table>()).cast());
        }
        let table: *mut Table = own.get().cast();
        if table.is_null() {
            return null_mut();
        }
        if (*table).stream.is_null() {
            (*table).stream = setmntent(PATH.as_ptr(), c"r".as_ptr());
        } else if from_start {
            rewind((*table).stream);
        }
        if (*table).stream.is_null() { null_mut() } else { table }
    }
}

/// Reads the next file system.
unsafe fn next(table: *mut Table) -> *mut FileSystem {
    const ACCESS: [&core::ffi::CStr; 5] = [c"rw", c"rq", c"ro", c"sw", c"xx"];
    // SAFETY: an open table.
    unsafe {
        let entry = &raw mut (*table).entry;
        if getmntent_r((*table).stream, entry, (&raw mut (*table).line).cast(), LINE_BYTES as c_int).is_null()
        {
            return null_mut();
        }
        let access = ACCESS.into_iter().find(|access| !hasmntopt(entry, access.as_ptr()).is_null());
        let MountEntry { name, folder, kind, options, frequency, pass } = *entry;
        let access = access.unwrap_or(c"??").as_ptr();
        (*table).answer = FileSystem { special: name, folder, kind, options, access, frequency, pass };
        &raw mut (*table).answer
    }
}

/// Returns the first file system for which `text` is `wanted`.
unsafe fn find(wanted: *const c_char, text: impl Fn(&FileSystem) -> *const c_char) -> *mut FileSystem {
    // SAFETY: the caller's string, and strings of the table.
    unsafe {
        let table = open(true);
        if table.is_null() {
            return null_mut();
        }
        loop {
            let found = next(table);
            if found.is_null() || bytes_of(text(&*found)) == bytes_of(wanted) {
                return found;
            }
        }
    }
}

/// setfsent(3)
pub unsafe extern "C" fn setfsent() -> c_int {
    // SAFETY: of the program's own table.
    c_int::from(unsafe { !open(true).is_null() })
}

/// getfsent(3)
pub unsafe extern "C" fn getfsent() -> *mut FileSystem {
    // SAFETY: of the program's own table.
    unsafe {
        let table = open(false);
        if table.is_null() { null_mut() } else { next(table) }
    }
}

/// getfsspec(3)
pub unsafe extern "C" fn getfsspec(special: *const c_char) -> *mut FileSystem {
    // SAFETY: the caller's string.
    unsafe { find(special, |found| found.special) }
}

/// getfsfile(3)
pub unsafe extern "C" fn getfsfile(folder: *const c_char) -> *mut FileSystem {
    // SAFETY: the caller's string.
    unsafe { find(folder, |found| found.folder) }
}

/// endfsent(3): what was returned last stays.
pub unsafe extern "C" fn endfsent() {
    let table: *mut Table = state().misc.file_systems.get().cast();
    // SAFETY: the program's own table.
    unsafe {
        if !table.is_null() {
            endmntent(core::mem::replace(&mut (*table).stream, null_mut()));
        }
    }
}
