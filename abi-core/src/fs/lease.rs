//! Leases: whoever has one is told by a signal before somebody else opens the file (`F_SETLEASE` of fcntl(2)).

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::file::OpenFile;
use super::inode::{Identity, InodeRef};
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// How long a lease is waited for, at first, in seconds.
const BREAK_SECONDS: u64 = 45;

/// What whoever has a lease is safe from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Those who write.
    Read,
    /// All others.
    Write,
}

impl Kind {
    const fn number(kind: Option<Self>) -> i32 {
        match kind {
            None => abi::F_UNLCK,
            Some(Self::Read) => abi::F_RDLCK,
            Some(Self::Write) => abi::F_WRLCK,
        }
    }
}

/// What a lease is to become, and when it does if nobody makes it.
#[derive(Debug, Clone, Copy)]
struct Breaking {
    to: Option<Kind>,
    deadline: Option<Monotonic>,
}

struct Lease {
    open: Weak<OpenFile>,
    fd: i32,
    inode: Identity,
    kind: Kind,
    breaking: Option<Breaking>,
}

/// Every lease.
pub struct Leases {
    list: Mutex<Vec<Lease>>,
    /// How many there are, to be looked at without the lock.
    count: AtomicU32,
    /// Notified when one has changed.
    changed: WaitQueue,
    /// `/proc/sys/fs/lease-break-time`: seconds, 0 for as long as it takes.
    pub break_seconds: AtomicU64,
}

impl Leases {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self {
            list: Mutex::new(Vec::new()),
            count: AtomicU32::new(0),
            changed: WaitQueue::new(),
            break_seconds: AtomicU64::new(BREAK_SECONDS),
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Lease>) -> T) -> T {
        let mut list = self.list.lock();
        let result = change(&mut list);
        self.count.store(list.len() as u32, Ordering::Release);
        drop(list);
        self.changed.notify();
        result
    }

    /// An open file is gone, and its lease with it.
    pub(super) fn forget(&self, open: &OpenFile) {
        if self.count.load(Ordering::Acquire) > 0 {
            self.change(|list| list.retain(|lease| !core::ptr::eq(lease.open.as_ptr(), open)));
        }
    }
}

impl Default for Leases {
    fn default() -> Self {
        Self::new()
    }
}

fn is_of(lease: &Lease, open: &Arc<OpenFile>) -> bool {
    core::ptr::eq(lease.open.as_ptr(), Arc::as_ptr(open))
}

impl Context<'_> {
    /// `F_GETLEASE`: what a lease is, or is to become.
    pub(super) fn get_lease(self, open: &Arc<OpenFile>) -> i32 {
        let list = self.kernel.fs.leases.list.lock();
        let lease = list.iter().find(|lease| is_of(lease, open));
        Kind::number(lease.and_then(|lease| lease.breaking.map_or(Some(lease.kind), |breaking| breaking.to)))
    }

    /// `F_SETLEASE`
    pub(super) fn set_lease(self, open: &Arc<OpenFile>, fd: i32, wanted: i32) -> Result<i32> {
        let kind = match wanted {
            abi::F_UNLCK => None,
            abi::F_RDLCK => Some(Kind::Read),
            abi::F_WRLCK => Some(Kind::Write),
            _ => return Err(Errno::EINVAL),
        };
        let inode =
            open.file.inode().filter(|inode| inode.file_type() == abi::S_IFREG).ok_or(Errno::EINVAL)?;
        let leases = &self.kernel.fs.leases;
        let Some(kind) = kind else {
            let had_one = leases.change(|list| {
                let before = list.len();
                list.retain(|lease| !is_of(lease, open));
                list.len() < before
            });
            if !had_one {
                return Err(Errno::EAGAIN);
            }
            open.owner.forget();
            return Ok(0);
        };
        self.check_lease(open, inode, kind)?;
        leases.change(|list| {
            let of_others = |lease: &&Lease| lease.inode == inode.identity() && !is_of(lease, open);
            let is_in_the_way = |lease: &Lease| kind == Kind::Write || lease.kind == Kind::Write;
            if list.iter().filter(of_others).any(is_in_the_way) {
                return Err(Errno::EAGAIN);
            }
            if let Some(lease) = list.iter_mut().find(|lease| is_of(lease, open)) {
                // What is to go cannot become more.
                if lease.breaking.is_some_and(|breaking| breaking.to != Some(kind)) {
                    return Err(Errno::EAGAIN);
                }
                (lease.kind, lease.breaking) = (kind, None);
                return Ok(());
            }
            let (open, inode) = (Arc::downgrade(open), inode.identity());
            list.push(Lease { open, fd, inode, kind, breaking: None });
            Ok(())
        })?;
        open.owner.be_process(self)?;
        Ok(0)
    }

    /// Makes sure that nobody has the file open in a way that the lease is to be told of.
    fn check_lease(self, open: &Arc<OpenFile>, inode: &InodeRef, kind: Kind) -> Result<()> {
        let (identity, mut is_in_the_way) = (inode.identity(), false);
        self.kernel.for_each_open(|other| {
            let is_it = || other.file.inode().is_some_and(|inode| inode.identity() == identity);
            let counts = other.flags() & abi::O_PATH == 0 && is_it();
            is_in_the_way |= counts
                && match kind {
                    Kind::Read => other.is_writable(),
                    Kind::Write => !Arc::ptr_eq(other, open),
                };
        });
        if is_in_the_way { Err(Errno::EAGAIN) } else { Ok(()) }
    }

    /// Somebody opens a file, or cuts it: tells those who have leases, and waits until they let it be. `EWOULDBLOCK` for
    /// who does not wait.
    pub(super) fn break_leases(self, inode: &InodeRef, flags: i32, writes: bool) -> Result<()> {
        let leases = &self.kernel.fs.leases;
        if leases.count.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let identity = inode.identity();
        let stands = |lease: &Lease| lease.inode == identity && (writes || lease.kind == Kind::Write);
        let to = if writes { None } else { Some(Kind::Read) };
        let seconds = leases.break_seconds.load(Ordering::Relaxed);
        let now = self.kernel.backend.monotonic().0;
        let deadline =
            (seconds > 0).then(|| Monotonic(now.saturating_add(seconds.saturating_mul(1_000_000_000))));
        let mut told = Vec::new();
        {
            let mut list = leases.list.lock();
            for lease in list.iter_mut().filter(|lease| stands(lease)) {
                let is_news = match lease.breaking {
                    None => true,
                    Some(breaking) => writes && breaking.to.is_some(),
                };
                if is_news {
                    lease.breaking = Some(Breaking { to, deadline });
                    told.extend(lease.open.upgrade().map(|open| (open, lease.fd)));
                }
            }
            if !list.iter().any(stands) {
                return Ok(());
            }
        }
        for (open, fd) in told {
            open.owner.tell_message(self, fd);
        }
        if flags & abi::O_NONBLOCK != 0 {
            return Err(Errno::EAGAIN);
        }
        let is_free = || if leases.list.lock().iter().any(stands) { Err(Errno::EAGAIN) } else { Ok(()) };
        loop {
            let first =
                leases.list.lock().iter().filter(|lease| stands(lease)).map(|lease| lease.breaking).next();
            let deadline = first.flatten().and_then(|breaking| breaking.deadline);
            match leases.changed.wait_until(self, deadline, is_free) {
                Err(Errno::EAGAIN) => self.take_overdue(identity),
                result => return result,
            }
        }
    }

    /// Takes away what has not been given up in time.
    fn take_overdue(self, inode: Identity) {
        let now = self.kernel.backend.monotonic().0;
        let is_overdue = |breaking: &Breaking| breaking.deadline.is_some_and(|deadline| deadline.0 <= now);
        // Dropped after the lock: the last reference gives up the file's lease.
        let mut ended: Vec<Arc<OpenFile>> = Vec::new();
        self.kernel.fs.leases.change(|list| {
            list.retain_mut(|lease| match lease.breaking.filter(is_overdue) {
                Some(breaking) if lease.inode == inode => {
                    lease.breaking = None;
                    lease.kind = breaking.to.unwrap_or(lease.kind);
                    if breaking.to.is_none() {
                        ended.extend(lease.open.upgrade());
                    }
                    breaking.to.is_some()
                }
                _ => true,
            });
        });
        for open in &ended {
            open.owner.forget();
        }
    }
}
