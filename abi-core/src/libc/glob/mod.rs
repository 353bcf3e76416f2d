//! glob(3): the paths that match a pattern.
//!
//! [`glob`] deals with braces, the tilde and the caller's list; [`walk`] finds the paths, one component at a time.

mod brace;
mod walk;

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use super::files::text_of;
use super::guest_heap::{free, malloc, realloc};
use super::guest_vec::{GuestVec, OutOfMemory};
use crate::abi::{dirent, stat};
use crate::exports::{pwd, stdlib_env};

/// `GLOB_ERR`
const ERR: c_int = 1;
/// `GLOB_MARK`
const MARK: c_int = 1 << 1;
/// `GLOB_NOSORT`
const NOSORT: c_int = 1 << 2;
/// `GLOB_DOOFFS`
const DOOFFS: c_int = 1 << 3;
/// `GLOB_NOCHECK`
const NOCHECK: c_int = 1 << 4;
/// `GLOB_APPEND`
const APPEND: c_int = 1 << 5;
/// `GLOB_NOESCAPE`
const NOESCAPE: c_int = 1 << 6;
/// `GLOB_PERIOD`
const PERIOD: c_int = 1 << 7;
/// `GLOB_MAGCHAR`
const MAGCHAR: c_int = 1 << 8;
/// `GLOB_ALTDIRFUNC`
const ALTDIRFUNC: c_int = 1 << 9;
/// `GLOB_BRACE`
const BRACE: c_int = 1 << 10;
/// `GLOB_NOMAGIC`
const NOMAGIC: c_int = 1 << 11;
/// `GLOB_TILDE`
const TILDE: c_int = 1 << 12;
/// `GLOB_ONLYDIR`
const ONLYDIR: c_int = 1 << 13;
/// `GLOB_TILDE_CHECK`
const TILDE_CHECK: c_int = 1 << 14;
/// All of them.
const ALL_FLAGS: c_int = (1 << 15) - 1;

/// `GLOB_NOSPACE`
const NOSPACE: c_int = 1;
/// `GLOB_ABORTED`
const ABORTED: c_int = 2;
/// `GLOB_NOMATCH`
const NOMATCH: c_int = 3;

/// The caller's functions about directories.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Functions {
    closedir: Option<unsafe extern "C" fn(*mut c_void)>,
    readdir: Option<unsafe extern "C" fn(*mut c_void) -> *mut dirent>,
    opendir: Option<unsafe extern "C" fn(*const c_char) -> *mut c_void>,
    lstat: Option<unsafe extern "C" fn(*const c_char, *mut stat) -> c_int>,
    stat: Option<unsafe extern "C" fn(*const c_char, *mut stat) -> c_int>,
}

/// `glob_t`
#[repr(C)]
pub struct Glob {
    count: usize,
    paths: *mut *mut c_char,
    reserved: usize,
    flags: c_int,
    functions: Functions,
}

impl Glob {
    /// Returns the paths found.
    pub fn paths(&self) -> &[*mut c_char] {
        if self.count == 0 {
            return &[];
        }
        // SAFETY: a list of glob(3) without an offset.
        unsafe { core::slice::from_raw_parts(self.paths, self.count) }
    }
}

/// The caller's function for errors: a path and an error number.
pub type OnError = Option<unsafe extern "C" fn(*const c_char, c_int) -> c_int>;

impl Glob {
    fn first(&self, flags: c_int) -> usize {
        if flags & DOOFFS == 0 { 0 } else { self.reserved }
    }

    /// Makes room for `more` paths and the NULL at the end.
    unsafe fn reserve(&mut self, flags: c_int, more: usize) -> Result<(), c_int> {
        let first = self.first(flags);
        let slots = first.checked_add(self.count + more + 1).ok_or(NOSPACE)?;
        let bytes = slots.checked_mul(size_of::<usize>()).ok_or(NOSPACE)?;
        // SAFETY: the list is a block of the heap, or null.
        unsafe {
            let is_new = self.paths.is_null();
            let paths = realloc(self.paths.cast(), bytes).cast::<*mut c_char>();
            if paths.is_null() {
                return Err(NOSPACE);
            }
            self.paths = paths;
            if is_new {
                (0..first).for_each(|slot| paths.add(slot).write(null_mut()));
            }
            paths.add(first + self.count).write(null_mut());
        }
        Ok(())
    }

    /// Appends a path, which it then owns.
    unsafe fn push(&mut self, flags: c_int, path: &[u8]) -> Result<(), c_int> {
        // SAFETY: room is made before it is written.
        unsafe {
            self.reserve(flags, 1)?;
            let copy = malloc(path.len() + 1).cast::<u8>();
            if copy.is_null() {
                return Err(NOSPACE);
            }
            copy.copy_from_nonoverlapping(path.as_ptr(), path.len());
            copy.add(path.len()).write(0);
            let end = self.paths.add(self.first(flags) + self.count);
            end.write(copy.cast());
            end.add(1).write(null_mut());
            self.count += 1;
        }
        Ok(())
    }
}

/// Does a pattern have wildcards?
pub fn has_magic(pattern: &[u8], is_escaping: bool) -> bool {
    wildcards(pattern, is_escaping) == Wildcards::Some
}

/// What a pattern has of wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wildcards {
    None,
    /// A bracket that is not closed.
    Half,
    Some,
}

fn wildcards(pattern: &[u8], is_escaping: bool) -> Wildcards {
    let (mut at, mut found) = (0, Wildcards::None);
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'*' | b'?' => return Wildcards::Some,
            b'\\' if is_escaping => at += 1,
            b'[' => found = Wildcards::Half,
            b']' if found == Wildcards::Half => return Wildcards::Some,
            _ => {}
        }
        at += 1;
    }
    found
}

/// glob(3)
///
/// # Safety
/// As glob(3): a C string, and a `glob_t` that is either new or one to append to.
pub unsafe fn glob(pattern: *const c_char, flags: c_int, on_error: OnError, out: *mut Glob) -> c_int {
    if pattern.is_null() || out.is_null() || flags & !ALL_FLAGS != 0 {
        crate::libc::set_errno(crate::abi::EINVAL);
        return -1;
    }
    // SAFETY: the caller's promise.
    let (pattern, out) = unsafe { (text_of(pattern), &mut *out) };
    if flags & APPEND == 0 {
        (out.count, out.paths) = (0, null_mut());
        if flags & DOOFFS == 0 {
            out.reserved = 0;
        }
    }
    out.flags = flags;
    // SAFETY: the caller's promise.
    match unsafe { expand(pattern, flags, on_error, out) } {
        Ok(()) => 0,
        Err(error) => error,
    }
}

/// Expands braces first, then everything else.
unsafe fn expand(pattern: &[u8], flags: c_int, on_error: OnError, out: &mut Glob) -> Result<(), c_int> {
    let before = out.count;
    if flags & BRACE != 0
        && let Some(braces) = brace::first(pattern, flags & NOESCAPE == 0)
    {
        for alternative in braces.alternatives() {
            let mut one = GuestVec::new();
            let built = one
                .extend(&pattern[..braces.start])
                .and_then(|()| one.extend(alternative))
                .and_then(|()| one.extend(&pattern[braces.end + 1..]));
            built.map_err(|OutOfMemory| NOSPACE)?;
            // SAFETY: the caller's promise.
            match unsafe { expand(&one, flags & !(NOCHECK | NOMAGIC), on_error, out) } {
                Ok(()) | Err(NOMATCH) => {}
                error => return error,
            }
        }
        if out.count != before {
            return Ok(());
        }
        if flags & (NOCHECK | NOMAGIC) == 0 {
            return Err(NOMATCH);
        }
        // What no alternative matches is taken as it stands.
    }
    let mut home = GuestVec::new();
    // SAFETY: the caller's promise.
    let path = unsafe { without_tilde(pattern, flags, &mut home)? };
    let has_tilde = flags & (TILDE | TILDE_CHECK) != 0 && pattern.starts_with(b"~");
    if has_tilde && !without_slashes(pattern).contains(&b'/') {
        // Nobody looks whether it is there.
        let mark = if pattern.ends_with(b"/") { MARK } else { 0 };
        let mut found = walk::Found::new(flags | mark, walk::OURS, on_error);
        found.take(without_slashes(path))?;
        // SAFETY: the caller's promise.
        return found.paths().try_for_each(|path| unsafe { out.push(flags, path) });
    }
    let functions = if flags & ALTDIRFUNC == 0 { walk::OURS } else { out.functions };
    let mut found = walk::Found::new(flags, functions, on_error);
    found.run(path)?;
    if flags & NOSORT == 0 {
        found.sort();
    }
    // glibc looks at the last component only, and takes an escape or half a bracket for a wildcard.
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let at = path[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let (folder, last) = path[..end].split_at(at);
    let is_special =
        |byte: &u8| matches!(byte, b'*' | b'?' | b'[') || *byte == b'\\' && flags & NOESCAPE == 0;
    let is_magic = last.iter().any(is_special);
    if is_magic && found.has_looked && !path.ends_with(b"/") {
        out.flags |= MAGCHAR;
    }
    if found.is_empty() {
        let is_given_back = flags & NOCHECK != 0
            || flags & NOMAGIC != 0
                && !pattern.is_empty()
                && core::ptr::eq(path, pattern)
                && !is_magic
                && !folder.iter().any(is_special);
        return if is_given_back {
            out.flags |= if is_magic && found.has_looked { MAGCHAR } else { 0 };
            let bare = without_slashes(pattern);
            // glibc keeps a slash behind one letter.
            let end = if bare.len() == 1 { pattern.len().min(2) } else { bare.len() };
            // SAFETY: the caller's promise.
            unsafe { out.push(flags, &pattern[..end]) }
        } else {
            Err(NOMATCH)
        };
    }
    for path in found.paths() {
        // SAFETY: the caller's promise.
        unsafe { out.push(flags, path)? };
    }
    Ok(())
}

/// Cuts the slashes at the end off, unless there is nothing else.
fn without_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(path.len(), |last| last + 1);
    &path[..end]
}

/// Puts the home folder in the place of `~` or `~name`.
unsafe fn without_tilde<'a>(
    pattern: &'a [u8],
    flags: c_int,
    room: &'a mut GuestVec<u8>,
) -> Result<&'a [u8], c_int> {
    if flags & (TILDE | TILDE_CHECK) == 0 || pattern.first() != Some(&b'~') {
        return Ok(pattern);
    }
    let end = pattern.iter().position(|&byte| byte == b'/').unwrap_or(pattern.len());
    // SAFETY: pure calls with C strings.
    let is_found = unsafe { append_home(&pattern[1..end], room) }.map_err(|OutOfMemory| NOSPACE)?;
    if !is_found {
        return if flags & TILDE_CHECK == 0 { Ok(pattern) } else { Err(NOMATCH) };
    }
    if room.last() == Some(&b'/') && end < pattern.len() {
        room.truncate(room.len() - 1);
    }
    room.extend(&pattern[end..]).map_err(|OutOfMemory| NOSPACE)?;
    Ok(room)
}

/// Appends the home folder of a user, or of this one if the name is empty. `false` if there is none.
///
/// # Safety
/// Calls the user database, which is not for several threads at once.
pub unsafe fn append_home(name: &[u8], to: &mut GuestVec<u8>) -> Result<bool, OutOfMemory> {
    // SAFETY: C strings, and records that live until the next call.
    unsafe {
        let user = if name.is_empty() {
            let home = text_of(stdlib_env::getenv(c"HOME".as_ptr()));
            if !home.is_empty() {
                to.extend(home)?;
                return Ok(true);
            }
            pwd::getpwuid(0)
        } else {
            let mut text = GuestVec::new();
            text.extend(name)?;
            text.push(0)?;
            pwd::getpwnam(text.as_ptr().cast())
        };
        if user.is_null() {
            return Ok(false);
        }
        to.extend(text_of((*user).pw_dir))?;
        Ok(true)
    }
}

/// globfree(3)
///
/// # Safety
/// As globfree(3).
pub unsafe fn globfree(out: *mut Glob) {
    // SAFETY: the caller's promise: the paths are blocks of the heap.
    unsafe {
        let out = &mut *out;
        if !out.paths.is_null() {
            let first = out.first(out.flags);
            (first..first + out.count).for_each(|slot| free(out.paths.add(slot).read().cast()));
            free(out.paths.cast());
        }
        out.paths = null_mut();
    }
}
