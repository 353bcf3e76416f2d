//! Finds the paths of a pattern without braces.

use core::ffi::{c_char, c_int, c_void};

use super::{
    ABORTED, ERR, Functions, MARK, NOESCAPE, NOSPACE, ONLYDIR, OnError, PERIOD, Wildcards, wildcards,
};
use crate::abi::{DT_DIR, DT_LNK, DT_UNKNOWN, ENOTDIR, S_IFDIR, S_IFMT, dirent, stat};
use crate::boundary::user::{UserPtr, UserStr};
use crate::exports::sys_stat;
use crate::libc::files::{directory, text_of};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};
use crate::libc::{errno, fnmatch, multibyte, set_errno};

/// Components of a pattern, at most: each may need a call of its own on the stack.
const COMPONENTS_MAX: usize = 1024;

unsafe extern "C" fn our_opendir(path: *const c_char) -> *mut c_void {
    // SAFETY: a C string.
    unsafe { directory::opendir(path) }.cast()
}
unsafe extern "C" fn our_readdir(stream: *mut c_void) -> *mut dirent {
    // SAFETY: an open stream.
    unsafe { directory::readdir(stream.cast()) }
}
unsafe extern "C" fn our_closedir(stream: *mut c_void) {
    // SAFETY: an open stream, used for the last time.
    unsafe { directory::closedir(stream.cast()) };
}
unsafe extern "C" fn our_stat(path: *const c_char, out: *mut stat) -> c_int {
    // SAFETY: a kernel row takes any arguments.
    unsafe { sys_stat::stat(UserStr::new(path.addr()), UserPtr::new(out.addr())) }
}
unsafe extern "C" fn our_lstat(path: *const c_char, out: *mut stat) -> c_int {
    // SAFETY: a kernel row takes any arguments.
    unsafe { sys_stat::lstat(UserStr::new(path.addr()), UserPtr::new(out.addr())) }
}

/// The functions used without `GLOB_ALTDIRFUNC`.
pub(super) const OURS: Functions = Functions {
    closedir: Some(our_closedir),
    readdir: Some(our_readdir),
    opendir: Some(our_opendir),
    lstat: Some(our_lstat),
    stat: Some(our_stat),
};

/// The paths found.
pub(super) struct Found {
    flags: c_int,
    functions: Functions,
    on_error: OnError,
    /// Their bytes, one after the other.
    text: GuestVec<u8>,
    /// Where each starts and ends.
    ranges: GuestVec<(usize, usize)>,
    /// There was a folder to look for the last component in.
    pub(super) has_looked: bool,
}

const fn no_space(_: OutOfMemory) -> c_int {
    NOSPACE
}

impl Found {
    pub(super) const fn new(flags: c_int, functions: Functions, on_error: OnError) -> Self {
        Self { flags, functions, on_error, text: GuestVec::new(), ranges: GuestVec::new(), has_looked: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &[u8]> {
        self.ranges.iter().map(|&(start, end)| &self.text[start..end])
    }

    pub(super) fn sort(&mut self) {
        let text = &self.text;
        self.ranges.sort_unstable_by(|&(a, a_end), &(b, b_end)| text[a..a_end].cmp(&text[b..b_end]));
    }

    /// Finds the paths of a whole pattern.
    pub(super) fn run(&mut self, pattern: &[u8]) -> Result<(), c_int> {
        let trimmed = pattern.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
        let (names, wants_folders) = if trimmed == 0 {
            (&pattern[..pattern.len().min(1)], false)
        } else {
            (&pattern[..trimmed], trimmed < pattern.len())
        };
        self.descend(&mut GuestVec::new(), names, wants_folders, false, 0)
    }

    /// Takes a path as it is.
    pub(super) fn take(&mut self, path: &[u8]) -> Result<(), c_int> {
        let mut copy = GuestVec::new();
        copy.extend(path).map_err(no_space)?;
        self.push(&mut copy, false, true)
    }

    /// Goes on below `path` with the components left.
    fn descend(
        &mut self,
        path: &mut GuestVec<u8>,
        rest: &[u8],
        wants_folder: bool,
        was_magic: bool,
        depth: usize,
    ) -> Result<(), c_int> {
        if depth > COMPONENTS_MAX {
            return Err(NOSPACE);
        }
        let slashes = rest.iter().take_while(|&&byte| byte == b'/').count();
        path.extend(&rest[..slashes]).map_err(no_space)?;
        let rest = &rest[slashes..];
        if rest.is_empty() {
            return self.accept(path, wants_folder);
        }
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let (mut component, after) = rest.split_at(end);
        let escapes = component.iter().rev().take_while(|&&byte| byte == b'\\').count();
        if !after.is_empty() && self.flags & NOESCAPE == 0 && escapes % 2 == 1 {
            // An escaped slash is a slash.
            component = &component[..end - 1];
        }
        let before = path.len();
        let has_wildcards = wildcards(component, self.flags & NOESCAPE == 0) != Wildcards::None;
        if has_wildcards {
            // For glibc, a pattern of one wildcard and a slash is a folder's, and what is in it nothing.
            let is_last = after.is_empty() && !(wants_folder && before == 0 && component.len() == 1);
            let is_folder_needed = !after.is_empty() || wants_folder || self.flags & ONLYDIR != 0;
            let names = self.names(path, component, is_folder_needed, is_last)?;
            let mut start = 0;
            while let Some(len) = names[start..].iter().position(|&byte| byte == 0) {
                path.truncate(before);
                path.extend(&names[start..start + len]).map_err(no_space)?;
                start += len + 1;
                if is_folder_needed && !self.is_folder(path) {
                    continue;
                }
                if after.is_empty() {
                    self.push(path, wants_folder, true)?;
                } else {
                    self.descend(path, after, wants_folder, true, depth + 1)?;
                }
            }
        } else {
            let mut at = 0;
            while let Some(&byte) = component.get(at) {
                let is_escape = byte == b'\\' && self.flags & NOESCAPE == 0 && at + 1 < component.len();
                at += usize::from(is_escape);
                path.push(component[at]).map_err(no_space)?;
                at += 1;
            }
            if after.is_empty() {
                self.has_looked = true;
                // glibc looks for a name with an escape in its folder.
                let is_looked_for = path.len() - before < component.len();
                if !is_looked_for || self.flags & ONLYDIR == 0 || self.is_folder(path) {
                    self.accept(path, wants_folder)?;
                }
            } else if !was_magic || self.is_folder(path) {
                self.descend(path, after, wants_folder, was_magic, depth + 1)?;
            }
        }
        path.truncate(before);
        Ok(())
    }

    /// Takes a path that had no wildcards at its end, if there is such a file.
    fn accept(&mut self, path: &mut GuestVec<u8>, wants_folder: bool) -> Result<(), c_int> {
        if wants_folder && self.is_folder(path) {
            return self.push(path, true, path.len() == 1);
        }
        // For glibc, a slash behind what is no folder is nothing, unless there is but one letter before it.
        if self.exists(path) && (!wants_folder || path.len() > 1) {
            self.push(path, false, true)
        } else {
            Ok(())
        }
    }

    /// Takes a path; for glibc, a mark may come behind a slash.
    fn push(
        &mut self,
        path: &mut GuestVec<u8>,
        wants_folder: bool,
        may_be_marked: bool,
    ) -> Result<(), c_int> {
        let is_marked = may_be_marked && self.flags & MARK != 0 && self.is_folder(path);
        let start = self.text.len();
        self.text.extend(path).map_err(no_space)?;
        for _ in 0..usize::from(wants_folder) + usize::from(is_marked) {
            self.text.push(b'/').map_err(no_space)?;
        }
        self.ranges.push((start, self.text.len())).map_err(no_space)
    }

    fn exists(&self, path: &mut GuestVec<u8>) -> bool {
        Self::stat_with(path, self.functions.lstat.or(self.functions.stat)).is_some()
    }

    fn is_folder(&self, path: &mut GuestVec<u8>) -> bool {
        Self::stat_with(path, self.functions.stat).is_some_and(|stat| stat.st_mode & S_IFMT == S_IFDIR)
    }

    fn stat_with(
        path: &mut GuestVec<u8>,
        function: Option<unsafe extern "C" fn(*const c_char, *mut stat) -> c_int>,
    ) -> Option<stat> {
        let before = errno();
        path.push(0).ok()?;
        // SAFETY: all-zero is a value; the path ends with a NUL.
        let result = unsafe {
            let mut out: stat = core::mem::zeroed();
            (function?(path.as_ptr().cast(), &raw mut out) == 0).then_some(out)
        };
        path.pop();
        set_errno(before);
        result
    }

    /// Reads the names of a folder that match, each ended by a NUL. A wildcard takes a period at the start only in the last
    /// ones.
    fn names(
        &mut self,
        path: &mut GuestVec<u8>,
        pattern: &[u8],
        wants_folders: bool,
        is_last: bool,
    ) -> Result<GuestVec<u8>, c_int> {
        let mut names = GuestVec::new();
        let (Some(opendir), Some(readdir), Some(closedir)) =
            (self.functions.opendir, self.functions.readdir, self.functions.closedir)
        else {
            return Ok(names);
        };
        // The folder is opened without the slashes at its end, unless it is the root.
        let whole = path.len();
        let bare = path.iter().rposition(|&byte| byte != b'/').map_or(whole.min(1), |last| last + 1);
        let slashes = whole - bare;
        path.truncate(bare);
        path.push(0).map_err(no_space)?;
        let folder: *const c_char = if bare == 0 { c".".as_ptr() } else { path.as_ptr().cast() };
        // SAFETY: a C string.
        let stream = unsafe { opendir(folder) };
        if stream.is_null() {
            let error = errno();
            // SAFETY: the caller's function and a C string.
            let is_fatal = error != ENOTDIR
                && (self.on_error.is_some_and(|tell| unsafe { tell(folder, error) } != 0)
                    || self.flags & ERR != 0);
            return if is_fatal { Err(ABORTED) } else { Ok(names) };
        }
        self.has_looked |= is_last;
        path.pop();
        for _ in 0..slashes {
            path.push(b'/').map_err(no_space)?;
        }
        let fnmatch_flags = if self.flags & NOESCAPE == 0 { 0 } else { fnmatch::NOESCAPE }
            | if self.flags & PERIOD == 0 || !is_last { fnmatch::PERIOD } else { 0 };
        let is_wide = multibyte::is_multibyte();
        let mut result = Ok(());
        loop {
            // SAFETY: an open stream, whose entries live until the next call.
            let entry = unsafe { readdir(stream) };
            if entry.is_null() || result.is_err() {
                break;
            }
            // SAFETY: a name ends with a NUL.
            let (name, kind) = unsafe { (text_of((&raw const (*entry).d_name).cast()), (*entry).d_type) };
            if wants_folders && !matches!(kind, DT_DIR | DT_LNK | DT_UNKNOWN) {
                continue;
            }
            if fnmatch::matches(pattern, name, fnmatch_flags, is_wide) {
                result = names.extend(name).and_then(|()| names.push(0));
            }
        }
        // SAFETY: used for the last time.
        unsafe { closedir(stream) };
        result.map_err(no_space)?;
        Ok(names)
    }
}
