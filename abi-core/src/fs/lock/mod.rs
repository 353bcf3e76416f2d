//! Advisory locks: flock(2), the record locks of fcntl(2), lockf(3).
//!
//! All locks are in one book ([`Locks`]). Those of files in folders of the host that are shown as they are (`--mount`)
//! are the host's too ([`outer`]); others are this machine's own.

mod outer;
mod record;

pub use record::{Kind, Owner, Record, Records, Span};

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use super::attributes::Attributes;
use super::file::OpenFile;
use super::inode::Identity;
use crate::abi::{self, Errno, PID, Result};
use crate::backend::WaitOutcome;
use crate::backend::folders::FolderLock;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;
use outer::Outer;

/// The locks of one file.
struct FileLocks {
    file: Identity,
    /// Locks of flock(2): whole files, by open file description.
    whole: Records,
    /// Locks of fcntl(2), which those of flock(2) don't see.
    records: Records,
    /// What the host's programs see of them, once one was asked for.
    outer: Option<Outer>,
    /// The open file, by its address, by which the process took its last lock.
    by: usize,
}

/// Every lock of the machine.
pub struct Locks {
    files: Mutex<Vec<FileLocks>>,
    /// Notified when a lock was given up.
    released: WaitQueue,
}

/// Which of a file's two books of locks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Book {
    Whole,
    Records,
}

impl FileLocks {
    /// Takes a lock; `EAGAIN` if another's stands in the way, here or on the host.
    fn take(&mut self, open: &OpenFile, book: Book, owner: Owner, kind: Kind, span: Span) -> Result<()> {
        let records = if book == Book::Whole { &mut self.whole } else { &mut self.records };
        if records.conflict(owner, kind, span).is_some() {
            return Err(Errno::EAGAIN);
        }
        let outer = self.outer.get_or_insert_with(|| Outer::new(open));
        match book {
            Book::Whole => outer.lock_whole(kind)?,
            Book::Records => outer.lock_bytes(kind, span)?,
        }
        records.set(owner, kind, span)?;
        if owner == Owner::Process {
            self.by = core::ptr::from_ref(open).addr();
        }
        Ok(())
    }

    fn clear(&mut self, book: Book, owner: Owner, span: Span) {
        let records = if book == Book::Whole { &mut self.whole } else { &mut self.records };
        records.clear(owner, span);
        match (&self.outer, book) {
            (Some(outer), Book::Whole) => outer.update_whole(records),
            (Some(outer), Book::Records) => outer.update_bytes(records, span),
            (None, _) => {}
        }
    }
}

impl Locks {
    /// Makes an empty book.
    pub const fn new() -> Self {
        Self { files: Mutex::new(Vec::new()), released: WaitQueue::new() }
    }

    /// Runs `f` on a file's books and forgets the file if nothing is locked afterwards.
    fn with<T>(&self, file: Identity, f: impl FnOnce(&mut FileLocks) -> T) -> T {
        let mut files = self.files.lock();
        let index = files.iter().position(|locks| locks.file == file).unwrap_or_else(|| {
            files.push(FileLocks {
                file,
                whole: Records::new(),
                records: Records::new(),
                outer: None,
                by: 0,
            });
            files.len() - 1
        });
        let result = f(&mut files[index]);
        if files[index].whole.is_empty() && files[index].records.is_empty() {
            files.swap_remove(index);
        }
        result
    }

    fn unlock(&self, file: Identity, book: Book, owner: Owner, span: Span) {
        self.with(file, |locks| locks.clear(book, owner, span));
        self.released.notify();
    }

    /// Appends a line for each lock that was taken by an open file with these attributes, as `/proc/self/fdinfo` does.
    pub fn describe(&self, open: &OpenFile, attributes: &Attributes, out: &mut String) {
        let Owner::Description(address) = Owner::of(open) else { return };
        let mut files = self.files.lock();
        let identity = identity_of(open);
        let Some(locks) = files.iter_mut().find(|locks| locks.file == identity) else { return };
        let whole = locks.whole.iter().map(|record| ("FLOCK ", record));
        let records = locks.records.iter().map(|record| match record.owner {
            Owner::Process => ("POSIX ", record),
            Owner::Description(_) => ("OFDLCK", record),
        });
        let by = locks.by;
        let is_own = |(_, record): &(&str, &Record)| match record.owner {
            Owner::Process => by == address,
            Owner::Description(owner) => owner == address,
        };
        for (number, (what, record)) in whole.chain(records).filter(is_own).enumerate() {
            let access = if record.kind == Kind::Exclusive { "WRITE" } else { "READ " };
            let pid = if what == "OFDLCK" { -1 } else { PID };
            let (first, last) = record.span.ends();
            let last = last.map_or_else(|| "EOF".into(), |last| alloc::format!("{last}"));
            let (major, minor) = (abi::major(attributes.dev), abi::minor(attributes.dev));
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "lock:\t{}: {what} ADVISORY  {access} {pid} {major:02x}:{minor:02x}:{} {first} {last}",
                number + 1,
                attributes.ino,
            );
        }
    }

    /// The last descriptor of an open file description was closed.
    pub fn forget_description(&self, open: &OpenFile) {
        let (file, owner) = (identity_of(open), Owner::of(open));
        self.with(file, |locks| locks.clear(Book::Whole, owner, Span::ALL));
        self.unlock(file, Book::Records, owner, Span::ALL);
    }

    /// The process closed a descriptor of a file: its record locks there go, whichever descriptor made them.
    pub fn forget_process(&self, open: &OpenFile) {
        self.unlock(identity_of(open), Book::Records, Owner::Process, Span::ALL);
    }
}

impl Default for Locks {
    fn default() -> Self {
        Self::new()
    }
}

fn identity_of(open: &OpenFile) -> Identity {
    match open.file.inode() {
        Some(inode) => inode.identity(),
        None => (u64::MAX - 1, Arc::as_ptr(&open.file).addr() as u64),
    }
}

fn is_of_host(open: &OpenFile) -> bool {
    open.file.inode().is_some_and(|inode| inode.clone().as_host_node().is_some())
}

/// How long a thread sleeps between two looks at a lock of the host.
const HOST_STEP: Duration = Duration::from_millis(5);

/// How a request says whether to wait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    Wait,
    Fail,
}

/// Returns what a `struct flock` is about.
fn span_of(open: &OpenFile, lock: &abi::flock) -> Result<Span> {
    let base = match i32::from(lock.l_whence) {
        abi::SEEK_SET => 0,
        abi::SEEK_CUR => i64::try_from(*open.position.lock()).map_err(|_| Errno::EOVERFLOW)?,
        abi::SEEK_END => i64::try_from(open.file.attributes()?.size).map_err(|_| Errno::EOVERFLOW)?,
        _ => return Err(Errno::EINVAL),
    };
    Span::from_request(base.checked_add(lock.l_start).ok_or(Errno::EOVERFLOW)?, lock.l_len)
}

impl Context<'_> {
    fn take_lock(
        self,
        open: &OpenFile,
        book: Book,
        (owner, kind, span): (Owner, Kind, Span),
        patience: Patience,
    ) -> Result<i32> {
        let (locks, file) = (&self.kernel.fs.locks, identity_of(open));
        if book == Book::Records && owner == Owner::Process {
            self.kernel.fs.locks_of_process.store(true, Ordering::Relaxed);
        } else {
            open.has_locks.store(true, Ordering::Relaxed);
        }
        if book == Book::Records && patience == Patience::Wait {
            self.begin_point()?;
        }
        let attempt = || locks.with(file, |locks| locks.take(open, book, owner, kind, span));
        match patience {
            Patience::Wait if is_of_host(open) => self.take_from_host(attempt)?,
            Patience::Wait => locks.released.wait_until(self, None, attempt)?,
            Patience::Fail => attempt()?,
        }
        // An exclusive lock that became a shared one lets others in.
        locks.released.notify();
        Ok(0)
    }

    /// Waits for a lock that programs of the host may hold: they do not say when they give it up.
    fn take_from_host(self, attempt: impl Fn() -> Result<()>) -> Result<()> {
        let never = AtomicU32::new(0);
        loop {
            match attempt() {
                Err(Errno::EAGAIN) => {}
                other => return other,
            }
            let look = self.kernel.backend.monotonic().saturating_add(HOST_STEP);
            if self.sleep_until_look(&never, 0, look) == WaitOutcome::Interrupted {
                return Err(Errno::EINTR);
            }
        }
    }

    /// flock(2)
    pub fn sys_flock(self, fd: i32, operation: i32) -> Result<i32> {
        let open = self.open_file(fd)?;
        let kind = match operation & !abi::LOCK_NB {
            abi::LOCK_SH => Some(Kind::Shared),
            abi::LOCK_EX => Some(Kind::Exclusive),
            abi::LOCK_UN => None,
            _ => return Err(Errno::EINVAL),
        };
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        let owner = Owner::of(&open);
        let Some(kind) = kind else {
            self.kernel.fs.locks.unlock(identity_of(&open), Book::Whole, owner, Span::ALL);
            return Ok(0);
        };
        // A change of kind is not one step: the old lock is gone first, flock(2).
        let held = self.kernel.fs.locks.with(identity_of(&open), |locks| locks.whole.kind_of(owner));
        if held == Some(kind) {
            return Ok(0);
        }
        if held.is_some() {
            self.kernel.fs.locks.unlock(identity_of(&open), Book::Whole, owner, Span::ALL);
        }
        let patience = if operation & abi::LOCK_NB != 0 { Patience::Fail } else { Patience::Wait };
        self.take_lock(&open, Book::Whole, (owner, kind, Span::ALL), patience)
    }

    /// `F_SETLK` and its like, fcntl(2).
    pub(super) fn set_record_lock(self, open: &OpenFile, command: i32, argument: usize) -> Result<i32> {
        let lock = UserPtr::<abi::flock>::new(argument).read()?;
        let is_of_description = matches!(command, abi::F_OFD_SETLK | abi::F_OFD_SETLKW);
        if is_of_description && lock.l_pid != 0 {
            return Err(Errno::EINVAL);
        }
        let span = span_of(open, &lock)?;
        let owner = if is_of_description { Owner::of(open) } else { Owner::Process };
        let kind = match i32::from(lock.l_type) {
            abi::F_RDLCK if open.is_readable() => Kind::Shared,
            abi::F_WRLCK if open.is_writable() => Kind::Exclusive,
            abi::F_RDLCK | abi::F_WRLCK => return Err(Errno::EBADF),
            abi::F_UNLCK => {
                self.kernel.fs.locks.unlock(identity_of(open), Book::Records, owner, span);
                return Ok(0);
            }
            _ => return Err(Errno::EINVAL),
        };
        let waits = matches!(command, abi::F_SETLKW | abi::F_OFD_SETLKW);
        let patience = if waits { Patience::Wait } else { Patience::Fail };
        self.take_lock(open, Book::Records, (owner, kind, span), patience)
    }

    /// `F_GETLK` and `F_OFD_GETLK`, fcntl(2).
    pub(super) fn get_record_lock(self, open: &OpenFile, command: i32, argument: usize) -> Result<i32> {
        let out = UserPtr::<abi::flock>::new(argument);
        let mut lock = out.read()?;
        let is_of_description = command == abi::F_OFD_GETLK;
        if is_of_description && lock.l_pid != 0 {
            return Err(Errno::EINVAL);
        }
        let kind = match i32::from(lock.l_type) {
            abi::F_RDLCK => Kind::Shared,
            abi::F_WRLCK => Kind::Exclusive,
            _ => return Err(Errno::EINVAL),
        };
        let span = span_of(open, &lock)?;
        let owner = if is_of_description { Owner::of(open) } else { Owner::Process };
        let find = |locks: &mut FileLocks| match locks.records.conflict(owner, kind, span) {
            Some(found) => (Some(found), None),
            None => (None, locks.outer.get_or_insert_with(|| Outer::new(open)).conflict(kind, span)),
        };
        match self.kernel.fs.locks.with(identity_of(open), find) {
            (None, None) => lock.l_type = abi::F_UNLCK as i16,
            (None, Some(other)) => {
                let is_shared = other.lock == FolderLock::Shared;
                lock.l_type = if is_shared { abi::F_RDLCK } else { abi::F_WRLCK } as i16;
                lock.l_whence = abi::SEEK_SET as i16;
                (lock.l_start, lock.l_len) = (other.start as i64, other.len as i64);
                lock.l_pid = other.pid;
            }
            (Some(other), _) => {
                lock.l_type = other.kind.to_abi() as i16;
                lock.l_whence = abi::SEEK_SET as i16;
                (lock.l_start, lock.l_len) = other.span.to_abi();
                lock.l_pid = if other.owner == Owner::Process { PID } else { -1 };
            }
        }
        out.write(lock).map(|()| 0)
    }

    /// lockf(3): exclusive record locks from the position on.
    pub fn sys_lockf(self, fd: i32, command: i32, len: i64) -> Result<i32> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        let start = i64::try_from(*open.position.lock()).map_err(|_| Errno::EOVERFLOW)?;
        let span = Span::from_request(start, len)?;
        let file = identity_of(&open);
        let lock = (Owner::Process, Kind::Exclusive, span);
        match command {
            abi::F_ULOCK => {
                self.kernel.fs.locks.unlock(file, Book::Records, Owner::Process, span);
                Ok(0)
            }
            abi::F_LOCK | abi::F_TLOCK if !open.is_writable() => Err(Errno::EBADF),
            abi::F_LOCK => self.take_lock(&open, Book::Records, lock, Patience::Wait),
            abi::F_TLOCK => self.take_lock(&open, Book::Records, lock, Patience::Fail),
            abi::F_TEST => {
                let is_held = |locks: &mut FileLocks| {
                    locks.records.conflict(Owner::Process, Kind::Shared, span).is_some()
                        || locks
                            .outer
                            .get_or_insert_with(|| Outer::new(&open))
                            .conflict(Kind::Shared, span)
                            .is_some()
                };
                if self.kernel.fs.locks.with(file, is_held) { Err(Errno::EACCES) } else { Ok(0) }
            }
            _ => Err(Errno::EINVAL),
        }
    }

    /// The process gave up descriptors of these files.
    pub(super) fn descriptors_closed(self, closed: &[Arc<OpenFile>]) {
        if self.kernel.fs.locks_of_process.load(Ordering::Relaxed) {
            for open in closed {
                self.kernel.fs.locks.forget_process(open);
            }
        }
        if self.kernel.fs.watches.is_active() {
            self.kernel.fs.watches.notices.descriptors_closed(closed);
        }
        self.queues_closed(closed);
    }
}
