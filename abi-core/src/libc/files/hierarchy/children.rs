//! The entries of a folder, read and sorted.

use core::ptr::null_mut;

use super::entry::{DNR, DP, ERR, Entry, NOSTAT, NSOK, PHYSICAL, SEEDOT, STOP, entry, free_list};
use super::{Hierarchy, bytes_of, directory};
use crate::abi;
use crate::exports::stdlib_sort::qsort;
use crate::exports::unistd;
use crate::libc::guest_vec::GuestVec;
use crate::libc::{errno, set_errno};

/// What a folder's entries are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// To go on with them.
    Next,
    /// To show them, with their status.
    Children,
    /// To show their names.
    Names,
}

impl Hierarchy {
    /// Sorts a list as the program wants it.
    pub unsafe fn sort(&self, list: *mut Entry) -> *mut Entry {
        let Some(compare) = self.compare else { return list };
        let mut array = GuestVec::new();
        // SAFETY: entries of ours, and the program's function.
        unsafe {
            let mut entry = list;
            while !entry.is_null() {
                if array.push(entry).is_err() {
                    return list;
                }
                entry = (*entry).link;
            }
            if array.len() > 1 {
                qsort(array.as_mut_ptr().cast(), array.len(), size_of::<*mut Entry>(), compare);
            }
            let mut next = null_mut();
            for &entry in array.iter().rev() {
                (*entry).link = next;
                next = entry;
            }
            next
        }
    }

    /// Reads the current folder's entries; NULL if there are none. To go on, its `fts_info` then says why.
    pub unsafe fn build(&mut self, reads: Reads) -> *mut Entry {
        let folder = self.current;
        let (mut first, mut last) = (null_mut::<Entry>(), null_mut::<Entry>());
        // SAFETY: the current entry, which is a folder of ours.
        unsafe {
            let stream = directory::opendir((*folder).accpath);
            if stream.is_null() {
                if reads == Reads::Next {
                    ((*folder).info, (*folder).error) = (DNR, errno());
                }
                return null_mut();
            }
            let changes = reads != Reads::Names && self.root >= 0;
            if changes && unistd::fchdir(directory::dirfd(stream)) != 0 {
                (*folder).error = errno();
                directory::closedir(stream);
                if reads == Reads::Next {
                    (*folder).info = ERR;
                }
                return null_mut();
            }
            let mut path = GuestVec::new();
            let above = bytes_of((*folder).path);
            let slash: &[u8] = if above.last() == Some(&b'/') { b"" } else { b"/" };
            let mut failed =
                if path.extend(above).is_err() || path.extend(slash).is_err() { abi::ENOMEM } else { 0 };
            let start = path.len();
            while failed == 0 {
                let found = directory::readdir(stream);
                if found.is_null() {
                    break;
                }
                let name = bytes_of((&raw const (*found).d_name).cast());
                if !self.has(SEEDOT) && matches!(name, b"." | b"..") {
                    continue;
                }
                path.truncate(start);
                // The header's field has no room for a longer path's length.
                if start + name.len() >= usize::from(u16::MAX) {
                    failed = abi::ENAMETOOLONG;
                    break;
                }
                let new = if path.extend(name).is_ok() {
                    entry(name, &path, (*folder).level + 1)
                } else {
                    null_mut()
                };
                if new.is_null() {
                    failed = abi::ENOMEM;
                    break;
                }
                (*new).parent = folder;
                if changes {
                    (*new).accpath = (&raw mut (*new).name).cast();
                }
                let is_plain = !matches!((*found).d_type, abi::DT_DIR | abi::DT_UNKNOWN);
                let needs_none =
                    reads == Reads::Names || (self.has(NOSTAT) && self.has(PHYSICAL) && is_plain);
                (*new).info = if needs_none { NSOK } else { self.status(new, false) };
                if last.is_null() {
                    first = new;
                } else {
                    (*last).link = new;
                }
                last = new;
            }
            directory::closedir(stream);
            if failed != 0 {
                free_list(first);
                ((*folder).info, (*folder).error) = (ERR, failed);
                self.options |= STOP;
                set_errno(failed);
                return null_mut();
            }
            if first.is_null() {
                if reads == Reads::Next {
                    (*folder).info = DP;
                    self.back(folder);
                }
                return null_mut();
            }
            self.sort(first)
        }
    }
}
