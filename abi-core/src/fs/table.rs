//! The descriptor table.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::file::OpenFile;
use crate::abi::{Errno, Result};

/// Whether `execve` closes a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnExec {
    /// It stays open.
    Keep,
    /// It is closed (`FD_CLOEXEC`).
    Close,
}

impl OnExec {
    /// Reads `O_CLOEXEC`, which is also `EFD_CLOEXEC` and its like.
    pub fn from_flags(flags: i32) -> Self {
        if flags & crate::abi::O_CLOEXEC != 0 { Self::Close } else { Self::Keep }
    }
}

/// Descriptors 0 to 2 as they were.
pub struct StandardStreams([Option<Entry>; 3]);

/// One descriptor.
#[derive(Clone)]
struct Entry {
    open: Arc<OpenFile>,
    on_exec: OnExec,
}

/// The descriptors of a program.
#[derive(Clone)]
pub struct DescriptorTable {
    entries: Vec<Option<Entry>>,
    /// No free descriptor is below this one.
    lowest_free: usize,
    /// `RLIMIT_NOFILE`: descriptors are below this.
    limit: usize,
}

impl DescriptorTable {
    /// Makes an empty table.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), lowest_free: 0, limit: 1024 }
    }

    /// Returns the soft limit of descriptors.
    pub fn limit(&self) -> usize {
        self.limit
    }
    /// Sets the soft limit of descriptors; those above stay open.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Returns how many descriptors the table has room for, as Linux's grows: select(2) looks no further.
    pub fn capacity(&self) -> usize {
        match self.entries.len() {
            0..=64 => 64,
            len => len.next_power_of_two().max(256),
        }
    }

    /// Returns the open file of `fd`.
    pub fn get(&self, fd: i32) -> Result<&Arc<OpenFile>> {
        self.entry(fd).map(|entry| &entry.open)
    }
    /// Returns what `execve` does with `fd`.
    pub fn on_exec(&self, fd: i32) -> Result<OnExec> {
        self.entry(fd).map(|entry| entry.on_exec)
    }
    /// Sets what `execve` does with `fd`.
    pub fn set_on_exec(&mut self, fd: i32, on_exec: OnExec) -> Result<()> {
        let slot = usize::try_from(fd).ok().and_then(|fd| self.entries.get_mut(fd)).and_then(Option::as_mut);
        slot.ok_or(Errno::EBADF)?.on_exec = on_exec;
        Ok(())
    }

    fn entry(&self, fd: i32) -> Result<&Entry> {
        usize::try_from(fd)
            .ok()
            .and_then(|fd| self.entries.get(fd))
            .and_then(Option::as_ref)
            .ok_or(Errno::EBADF)
    }

    /// Puts `open` at the lowest free descriptor not below `from`.
    pub fn insert(&mut self, open: Arc<OpenFile>, on_exec: OnExec, from: usize) -> Result<i32> {
        let start = from.max(self.lowest_free);
        let fd = (start..self.entries.len()).find(|&fd| self.entries[fd].is_none());
        let fd = fd.unwrap_or_else(|| start.max(self.entries.len()));
        if fd >= self.limit {
            return Err(Errno::EMFILE);
        }
        if fd >= self.entries.len() {
            self.entries.resize(fd + 1, None);
        }
        self.entries[fd] = Some(Entry { open, on_exec });
        if from <= self.lowest_free {
            self.lowest_free = fd + 1;
        }
        Ok(fd as i32)
    }

    /// Puts `open` at `fd`; returns what was there, to be dropped without the table's lock.
    pub fn replace(
        &mut self,
        fd: i32,
        open: Arc<OpenFile>,
        on_exec: OnExec,
    ) -> Result<Option<Arc<OpenFile>>> {
        let fd = usize::try_from(fd).map_err(|_| Errno::EBADF)?;
        if fd >= self.limit {
            return Err(Errno::EBADF);
        }
        if fd >= self.entries.len() {
            self.entries.resize(fd + 1, None);
        }
        let old = self.entries[fd].replace(Entry { open, on_exec });
        Ok(old.map(|entry| entry.open))
    }

    /// Takes `fd` out; the caller drops the file without the table's lock.
    pub fn remove(&mut self, fd: i32) -> Result<Arc<OpenFile>> {
        let index = usize::try_from(fd).map_err(|_| Errno::EBADF)?;
        let slot = self.entries.get_mut(index).ok_or(Errno::EBADF)?;
        let entry = slot.take().ok_or(Errno::EBADF)?;
        self.lowest_free = self.lowest_free.min(index);
        Ok(entry.open)
    }

    /// Takes out every descriptor from `first` to `last` for which `wanted` holds.
    pub fn remove_range(
        &mut self,
        first: usize,
        last: usize,
        wanted: impl Fn(OnExec) -> bool,
    ) -> Vec<Arc<OpenFile>> {
        let mut removed = Vec::new();
        for fd in first..self.entries.len().min(last.saturating_add(1)) {
            if self.entries[fd].as_ref().is_some_and(|entry| wanted(entry.on_exec)) {
                removed.extend(self.remove(fd as i32));
            }
        }
        removed
    }

    /// Remembers descriptors 0 to 2.
    pub fn standard_streams(&self) -> StandardStreams {
        StandardStreams([0, 1, 2].map(|fd| self.entry(fd).ok().cloned()))
    }
    /// Opens those of descriptors 0 to 2 again that have been closed.
    pub fn reopen(&mut self, streams: StandardStreams) {
        for (slot, stream) in self.entries.iter_mut().zip(streams.0) {
            if slot.is_none() {
                *slot = stream;
            }
        }
        self.lowest_free = 0;
    }

    /// Returns the open descriptors in ascending order.
    pub fn open_descriptors(&self) -> impl Iterator<Item = i32> + '_ {
        (0..self.entries.len()).filter(|&fd| self.entries[fd].is_some()).map(|fd| fd as i32)
    }
}

impl Default for DescriptorTable {
    fn default() -> Self {
        Self::new()
    }
}
