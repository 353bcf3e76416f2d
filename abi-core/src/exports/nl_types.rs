//! `nl_types.h`: catalogues of messages as gencat(1) makes them.
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{CStr, c_char, c_int};

use super::{fcntl, sys_stat, unistd};
use crate::abi::{
    EBADF, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM, ENOMSG, O_CLOEXEC, O_RDONLY, S_IFMT, S_IFREG, stat,
};
use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::files::text_of;
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::malloc::{free, malloc};
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// What a catalogue begins with.
const MAGIC: u32 = 0x9604_08de;
/// Magic number, size of a plane, number of planes.
const HEADER_WORDS: usize = 3;
/// Set, message, place of the text.
const ENTRY_WORDS: usize = 3;
/// Where catalogues are without `NLSPATH`.
const USUAL: &[u8] = b"/usr/share/locale/%L/%N:/usr/share/locale/%L/LC_MESSAGES/%N:/usr/share/locale/%l/%N:/usr/share/locale/%l/LC_MESSAGES/%N";
/// What catopen(3) gives when it fails.
const FAILED: *mut Catalogue = core::ptr::without_provenance_mut(usize::MAX);

/// An open catalogue: its bytes follow.
#[repr(C)]
struct Catalogue {
    len: usize,
}

/// A table of messages: planes of entries, each message in one of the places that its numbers give, then the texts.
struct Messages<'a> {
    bytes: &'a [u8],
    plane: usize,
    planes: usize,
}

impl<'a> Messages<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let plane = usize::try_from(word(bytes, 1)?).ok()?;
        let planes = usize::try_from(word(bytes, 2)?).ok()?;
        let this = Self { bytes, plane, planes };
        let is_fine = word(bytes, 0)? == MAGIC && plane > 0 && this.texts()? <= bytes.len();
        is_fine.then_some(this)
    }

    /// Where the texts start: after the table in this machine's order of bytes and the one in the other.
    fn texts(&self) -> Option<usize> {
        let words = self.plane.checked_mul(self.planes)?.checked_mul(2 * ENTRY_WORDS)?;
        words.checked_add(HEADER_WORDS)?.checked_mul(4)
    }

    fn find(&self, set: u32, message: u32) -> Option<&'a [u8]> {
        // Sets are counted from 1 in the table.
        let set = set.checked_add(1)?;
        let first = (set.wrapping_mul(message) as usize) % self.plane;
        for plane in 0..self.planes {
            let at = HEADER_WORDS + (plane * self.plane + first) * ENTRY_WORDS;
            if word(self.bytes, at)? == set && word(self.bytes, at + 1)? == message {
                let place = self.texts()?.checked_add(word(self.bytes, at + 2)? as usize)?;
                let text = self.bytes.get(place..)?;
                return text.contains(&0).then_some(text);
            }
        }
        None
    }
}

fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let at = index.checked_mul(4)?;
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Reads a whole file; `Err` has the error number.
unsafe fn load(path: &CStr) -> Result<*mut Catalogue, c_int> {
    let fd = fcntl::open(UserStr::new(path.as_ptr().addr()), O_RDONLY | O_CLOEXEC, 0);
    if fd < 0 {
        return Err(crate::libc::errno());
    }
    let loaded = load_open(fd);
    unistd::close(fd);
    loaded
}

unsafe fn load_open(fd: c_int) -> Result<*mut Catalogue, c_int> {
    let mut status: stat = core::mem::zeroed();
    let is_known = sys_stat::fstat(fd, UserPtr::new((&raw mut status).addr())) == 0;
    if !is_known || status.st_mode & S_IFMT != S_IFREG || status.st_size < 4 * HEADER_WORDS as i64 {
        return Err(EINVAL);
    }
    let len = status.st_size as usize;
    let block = malloc(size_of::<Catalogue>() + len).cast::<Catalogue>();
    if block.is_null() {
        return Err(ENOMEM);
    }
    (*block).len = len;
    let mut done = 0;
    while done < len {
        let count = unistd::read(fd, block.add(1).cast::<u8>().add(done).cast(), len - done);
        if count <= 0 {
            free(block.cast());
            return Err(EINVAL);
        }
        done += count as usize;
    }
    if Messages::of(bytes_of(block)).is_none() {
        free(block.cast());
        return Err(EINVAL);
    }
    Ok(block)
}

unsafe fn bytes_of<'a>(catalogue: *const Catalogue) -> &'a [u8] {
    core::slice::from_raw_parts(catalogue.add(1).cast(), (*catalogue).len)
}

/// Fills in a template of `NLSPATH`.
fn expand(template: &[u8], name: &[u8], locale: &[u8]) -> Result<GuestVec<u8>, OutOfMemory> {
    let (territory, codeset) =
        (locale.iter().position(|&byte| byte == b'_'), locale.iter().position(|&byte| byte == b'.'));
    let end = locale.len();
    let base = codeset.unwrap_or(end);
    let mut path = GuestVec::new();
    let mut letters = template.iter();
    while let Some(&letter) = letters.next() {
        if letter != b'%' {
            path.push(letter)?;
            continue;
        }
        path.extend(match letters.next() {
            Some(b'N') => name,
            Some(b'L') => locale,
            Some(b'l') => &locale[..territory.unwrap_or(base).min(base)],
            Some(b't') => {
                territory.filter(|&at| at < base).map_or(b"".as_slice(), |at| &locale[at + 1..base])
            }
            Some(b'c') => codeset.map_or(b"".as_slice(), |at| &locale[at + 1..]),
            Some(b'%') => b"%",
            _ => b"",
        })?;
    }
    if path.last() == Some(&b'/') || path.is_empty() {
        path.extend(name)?;
    }
    path.push(0)?;
    Ok(path)
}

/// The locale of a catalogue: that of messages, or what `LANG` has, without regard to `LC_ALL` and `LC_MESSAGES`.
unsafe fn locale(flag: c_int) -> &'static [u8] {
    // NL_CAT_LOCALE
    if flag == 1 {
        let name = text_of(super::locale_h::setlocale(crate::abi::LC_MESSAGES, core::ptr::null()));
        return if name.is_empty() { b"C" } else { name };
    }
    let name = text_of(super::stdlib_env::getenv(c"LANG".as_ptr()));
    let leads_away = name.contains(&b'/') && crate::libc::state::state().exit.is_secure.get() != 0;
    if name.is_empty() || leads_away { b"C" } else { name }
}

/// catopen(3)
unsafe extern "C" fn catopen(name: *const c_char, flag: c_int) -> *mut Catalogue {
    let fail = |error| {
        set_errno(error);
        FAILED
    };
    let text = text_of(name);
    if text.contains(&b'/') {
        return load(crate::libc::c_str(name)).unwrap_or_else(fail);
    }
    let path = text_of(super::stdlib_env::secure_getenv(c"NLSPATH".as_ptr()));
    let locale = locale(flag);
    let mut error = ENOENT;
    for template in path.split(|&byte| byte == b':').chain(USUAL.split(|&byte| byte == b':')) {
        if template.is_empty() && path.is_empty() {
            continue;
        }
        let Ok(path) = expand(template, text, locale) else { return fail(ENOMEM) };
        let Ok(path) = CStr::from_bytes_with_nul(&path) else { return fail(ENAMETOOLONG) };
        match load(path) {
            Ok(catalogue) => return catalogue,
            Err(ENOENT) => {}
            Err(other) => error = other,
        }
    }
    fail(error)
}

/// catgets(3): the text given where there is none in the catalogue.
unsafe extern "C" fn catgets(
    catalogue: *mut Catalogue,
    set: c_int,
    message: c_int,
    text: *const c_char,
) -> *mut c_char {
    if catalogue.is_null() || catalogue == FAILED {
        return text.cast_mut();
    }
    let found = Messages::of(bytes_of(catalogue)).and_then(|all| all.find(set as u32, message as u32));
    let Some(found) = found else {
        set_errno(ENOMSG);
        return text.cast_mut();
    };
    found.as_ptr().cast_mut().cast()
}

/// catclose(3)
unsafe extern "C" fn catclose(catalogue: *mut Catalogue) -> c_int {
    if catalogue.is_null() || catalogue == FAILED {
        set_errno(EBADF);
        return -1;
    }
    free(catalogue.cast());
    0
}

pure_exports! { "libc.so.6";
    full catopen = catopen;
    full catgets = catgets;
    full catclose = catclose;
}
