//! `F_NOTIFY` of fcntl(2): telling of what happens in a directory by signals.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::file::OpenFile;
use super::inode::Identity;
use crate::abi::{self, Errno, Result};
use crate::kernel::{Context, try_kernel};
use crate::sync::Mutex;

/// What of a directory is told (`DN_…`).
const DN_ACCESS: u32 = 0x01;
const DN_MODIFY: u32 = 0x02;
const DN_CREATE: u32 = 0x04;
const DN_DELETE: u32 = 0x08;
const DN_RENAME: u32 = 0x10;
const DN_ATTRIB: u32 = 0x20;
/// Not only once.
const DN_MULTISHOT: u32 = 1 << 31;

/// Each with the events of inotify(7) that it means.
const MEANINGS: [(u32, u32); 6] = [
    (DN_ACCESS, abi::IN_ACCESS),
    (DN_MODIFY, abi::IN_MODIFY),
    (DN_CREATE, abi::IN_CREATE | abi::IN_MOVED_TO),
    (DN_DELETE, abi::IN_DELETE | abi::IN_MOVED_FROM),
    (DN_RENAME, abi::IN_MOVED_FROM),
    (DN_ATTRIB, abi::IN_ATTRIB),
];

/// An open directory of which its owner is told.
struct Noticed {
    open: Weak<OpenFile>,
    fd: i32,
    directory: Identity,
    wanted: u32,
}

impl Noticed {
    fn is_of(&self, open: &Arc<OpenFile>) -> bool {
        core::ptr::eq(self.open.as_ptr(), Arc::as_ptr(open))
    }
}

/// Every such directory.
#[derive(Default)]
pub(super) struct Notices(Mutex<Vec<Noticed>>);

impl Notices {
    /// Makes an empty list.
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> usize {
        let mut list = self.0.lock();
        list.retain(|noticed| noticed.open.strong_count() > 0);
        list.len()
    }

    /// The process gave up descriptors of these files, and is told no more by others that it has of them.
    pub(super) fn descriptors_closed(&self, closed: &[Arc<OpenFile>]) {
        self.0.lock().retain(|noticed| !closed.iter().any(|open| noticed.is_of(open)));
    }

    /// Something happened in a directory, or to it.
    pub(super) fn tell(&self, directory: Identity, event: u32) {
        let mut told = Vec::new();
        self.0.lock().retain(|noticed| {
            let meant =
                MEANINGS.iter().filter(|(name, events)| noticed.wanted & name != 0 && events & event != 0);
            let times = if noticed.directory == directory { meant.count() } else { 0 };
            // What is held here is dropped after the lock: the end of a file is told, too.
            if times > 0
                && let Some(open) = noticed.open.upgrade()
            {
                told.push((open, noticed.fd, times));
                return noticed.wanted & DN_MULTISHOT != 0;
            }
            noticed.open.strong_count() > 0
        });
        let Some(kernel) = try_kernel().filter(|_| !told.is_empty()) else { return };
        let cx = Context { kernel, thread: crate::task::current() };
        for (open, fd, times) in told {
            (0..times).for_each(|_| open.owner.tell_message(cx, fd));
        }
    }
}

impl Context<'_> {
    /// `F_NOTIFY`; nothing wanted ends it.
    pub(super) fn set_notice(self, open: &Arc<OpenFile>, fd: i32, wanted: u32) -> Result<i32> {
        let watches = &self.kernel.fs.watches;
        let known = wanted & MEANINGS.iter().fold(DN_MULTISHOT, |all, (name, _)| all | name);
        if wanted & !DN_MULTISHOT == 0 {
            watches.notices.0.lock().retain(|noticed| !noticed.is_of(open));
            return Ok(0);
        }
        let inode = open.file.inode().filter(|inode| inode.is_directory()).ok_or(Errno::ENOTDIR)?;
        open.owner.be_process(self)?;
        let mut list = watches.notices.0.lock();
        match list.iter_mut().find(|noticed| noticed.is_of(open)) {
            Some(noticed) => (noticed.fd, noticed.wanted) = (fd, noticed.wanted | known),
            None => list.push(Noticed {
                open: Arc::downgrade(open),
                fd,
                directory: inode.identity(),
                wanted: known,
            }),
        }
        drop(list);
        watches.note_count();
        Ok(0)
    }
}
