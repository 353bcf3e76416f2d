//! Open files: what a descriptor names.

use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::attributes::Attributes;
use super::inode::InodeRef;
use super::mount::{Mount, Mounted};
use super::owner::Owner;
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mm::PageSource;
use crate::mux::epoll::Epoll;
use crate::mux::event::EventFile;
use crate::mux::pipe::Pipe;
use crate::mux::signal::SignalFile;
use crate::mux::timer::TimerFile;
use crate::mux::{Listener, WaitQueue};
use crate::net::socket::Socket;
use crate::sync::Mutex;

/// Status flags that `F_SETFL` can change.
pub const SETTABLE_FLAGS: i32 =
    abi::O_APPEND | abi::O_NONBLOCK | abi::O_DIRECT | abi::O_NOATIME | abi::O_ASYNC;

/// The offset of a write that goes to the end of the file, wherever that is.
pub const AT_END: u64 = u64::MAX;

/// The behaviour of one kind of open file (a regular file, a pipe's end, the console).
pub trait File: Send + Sync {
    /// Stores into `buf` what can be read now, at least one byte unless at the end; blocks as the file does.
    fn read(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Takes from `buf` what can be written; blocks as the file does.
    fn write(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBuf) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Writes bytes of the kernel, as `write` does; returns how many went.
    fn write_kernel(&self, _cx: Context<'_>, _open: &OpenFile, _bytes: &[u8]) -> Result<usize> {
        Err(Errno::EINVAL)
    }
    /// Tells whether splice(2) reads from it: what it gives is what `read` does. Regular files are read by way of their
    /// inodes.
    fn is_spliceable(&self) -> bool {
        false
    }
    /// Reads for splice(2); one that `is_hasty` asks not to wait, which not every file heeds.
    fn splice_read(
        &self,
        cx: Context<'_>,
        open: &OpenFile,
        buf: &mut UserBufMut,
        _is_hasty: bool,
    ) -> Result<()> {
        self.read(cx, open, buf)
    }
    /// Says what `fstat(2)` says.
    fn attributes(&self) -> Result<Attributes>;
    /// Moves the position; `ESPIPE` where there is none.
    fn seek(&self, _open: &OpenFile, _offset: i64, _whence: i32) -> Result<u64> {
        Err(Errno::ESPIPE)
    }
    /// Tells whether it is a terminal.
    fn is_terminal(&self) -> bool {
        false
    }
    /// Tells whether a mapping of it is new zeroes.
    fn has_zeroes(&self) -> bool {
        false
    }
    /// Returns the bytes for mappings of this file, opened as `open`; `ENODEV` where there can be none.
    fn pages(&self, _open: &Arc<OpenFile>) -> Result<Arc<dyn PageSource>> {
        Err(Errno::ENODEV)
    }
    /// Tells whether it stands for a process.
    fn is_process(&self) -> bool {
        false
    }
    /// Reads at an offset; `ESPIPE` where there is none.
    fn read_at(&self, _cx: Context<'_>, _open: &OpenFile, _offset: u64, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::ESPIPE)
    }
    /// Writes at an offset; `ESPIPE` where there is none.
    fn write_at(&self, _cx: Context<'_>, _open: &OpenFile, _offset: u64, _buf: &mut UserBuf) -> Result<()> {
        Err(Errno::ESPIPE)
    }
    /// Returns the inode it was opened from.
    fn inode(&self) -> Option<&InodeRef> {
        None
    }
    /// Appends directory entries (`struct dirent`) to `out`, at most `max_bytes` in all.
    fn read_entries(
        &self,
        _cx: Context<'_>,
        _open: &OpenFile,
        _out: &mut Vec<u8>,
        _max_bytes: usize,
    ) -> Result<()> {
        Err(Errno::ENOTDIR)
    }
    /// Appends what `/proc/self/fdinfo` says of its kind of file, in lines.
    fn describe(&self, _cx: Context<'_>, _out: &mut String) {}
    /// Returns what `/proc/self/fd` shows for a file without a path.
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[file]".to_vec()
    }
    /// Returns what poll(2) would say now, of `POLLIN POLLOUT POLLPRI POLLERR POLLHUP POLLRDHUP`.
    fn poll(&self, _cx: Context<'_>) -> i16 {
        abi::POLLIN | abi::POLLOUT
    }
    /// Returns the queue that is notified when `poll` may say something new; `None` if it never does.
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        None
    }
    /// Adds a listener to every queue that tells of changes of `poll`; returns false if there is none.
    fn listen(&self, cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) -> bool {
        self.wait_queue(cx).inspect(|queue| queue.listen(listener, token)).is_some()
    }
    /// Undoes `listen`.
    fn unlisten(&self, cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) {
        if let Some(queue) = self.wait_queue(cx) {
            queue.unlisten(listener, token);
        }
    }
    /// ioctl(2)
    fn ioctl(&self, _cx: Context<'_>, _open: &OpenFile, _request: u64, _argument: usize) -> Result<i32> {
        Err(Errno::ENOTTY)
    }
    /// Returns when it becomes ready by itself, if it does.
    fn deadline(&self) -> Option<Monotonic> {
        None
    }
    /// Makes durable what was written (fsync(2)).
    fn sync(&self, _cx: Context<'_>) -> Result<()> {
        Err(Errno::EINVAL)
    }
    /// Does what waits before the last descriptor is gone.
    fn before_close(&self, _cx: Context<'_>) {}
    /// Returns the pipe whose end it is.
    fn as_pipe(&self) -> Option<&Arc<Pipe>> {
        None
    }
    /// Returns the message queue it is.
    fn as_message_queue(&self) -> Option<&Arc<crate::ipc::mq::Queue>> {
        None
    }
    /// Returns the epoll instance it is.
    fn as_epoll(&self) -> Option<&Epoll> {
        None
    }
    /// Returns the event counter it is.
    fn as_event(&self) -> Option<&EventFile> {
        None
    }
    /// Returns the signals' descriptor it is.
    fn as_signals(&self) -> Option<&SignalFile> {
        None
    }
    /// Returns the inotify instance it is.
    fn as_inotify(&self) -> Option<&super::watch::Inotify> {
        None
    }
    /// Returns the socket it is.
    fn as_socket(&self) -> Option<&Arc<Socket>> {
        None
    }
    /// Returns the timer it is.
    fn as_timer(&self) -> Option<&TimerFile> {
        None
    }
}

/// Returns the attributes of files that are in no file system.
pub fn anonymous_attributes() -> Attributes {
    Attributes { mode: 0o600, dev: 0xe, ino: 1, nlink: 1, block_size: 4096, ..Attributes::default() }
}

/// Where a file was opened, or was moved since: a directory and a name in it.
#[derive(Clone)]
pub struct Location {
    /// The directory.
    pub directory: Mounted,
    /// The name.
    pub name: Vec<u8>,
}

/// An open file description: a file with its position and status flags, shared by descriptors made with `dup(2)`.
pub struct OpenFile {
    /// What is open.
    pub file: Arc<dyn File>,
    /// Access mode and status flags (`O_…`).
    flags: AtomicI32,
    /// The position. Never held while guest memory is touched.
    pub position: Mutex<u64>,
    /// Where it was opened, if by a path.
    pub location: Mutex<Option<Location>>,
    /// The mount by way of which it was found, which is in use while it is open.
    pub mount: Option<Arc<Mount>>,
    /// Whether it ever took a lock of its own, which its end gives up.
    pub has_locks: AtomicBool,
    /// Who is told of it by signals.
    pub owner: Owner,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let Some(kernel) = crate::kernel::try_kernel() else { return };
        if *self.has_locks.get_mut() {
            kernel.fs.locks.forget_description(self);
        }
        kernel.fs.leases.forget(self);
        let mask = if self.is_writable() { abi::IN_CLOSE_WRITE } else { abi::IN_CLOSE_NOWRITE };
        kernel.tell_open(self, mask);
        if let Some(inode) = self.file.inode() {
            kernel.tell_if_gone(inode);
        }
    }
}

impl OpenFile {
    /// Opens `file` with the flags of `open(2)`.
    pub fn new(file: Arc<dyn File>, flags: i32) -> Arc<Self> {
        Self::at(file, flags, None, None)
    }
    /// Opens `file`, found at `location` by way of `mount`.
    pub fn at(
        file: Arc<dyn File>,
        flags: i32,
        location: Option<Location>,
        mount: Option<Arc<Mount>>,
    ) -> Arc<Self> {
        let kept = flags & !(abi::O_CREAT | abi::O_EXCL | abi::O_NOCTTY | abi::O_TRUNC | abi::O_CLOEXEC);
        let (flags, has_locks) = (AtomicI32::new(kept), AtomicBool::new(false));
        let (owner, location) = (Owner::new(), Mutex::new(location));
        Arc::new(Self { file, flags, position: Mutex::new(0), location, mount, has_locks, owner })
    }
    /// Returns access mode and status flags.
    pub fn flags(&self) -> i32 {
        self.flags.load(Ordering::Relaxed)
    }
    /// Sets the status flags that may be set, as `F_SETFL` does.
    pub fn set_flags(&self, flags: i32) {
        let kept = self.flags() & !SETTABLE_FLAGS;
        self.flags.store(kept | (flags & SETTABLE_FLAGS), Ordering::Relaxed);
    }
    /// Tells whether calls that would wait fail with `EAGAIN`.
    pub fn is_nonblocking(&self) -> bool {
        self.flags() & abi::O_NONBLOCK != 0
    }
    /// Returns where it is, which not every file keeps in the description; 0 where it is nowhere.
    pub fn position(&self) -> u64 {
        self.file.seek(self, 0, abi::SEEK_CUR).unwrap_or(0)
    }
    /// Tells whether it can be read and written at offsets.
    pub fn has_places(&self) -> bool {
        self.file.seek(self, 0, abi::SEEK_CUR).is_ok()
    }
    /// Tells whether it was opened for reading.
    pub fn is_readable(&self) -> bool {
        matches!(self.flags() & abi::O_ACCMODE, abi::O_RDONLY | abi::O_RDWR)
            && self.flags() & abi::O_PATH == 0
    }
    /// Tells whether it was opened for writing.
    pub fn is_writable(&self) -> bool {
        matches!(self.flags() & abi::O_ACCMODE, abi::O_WRONLY | abi::O_RDWR)
            && self.flags() & abi::O_PATH == 0
    }
}
