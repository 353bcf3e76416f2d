//! Files: descriptors, the mount table, and the file systems.
//!
//! A program has descriptors and a working directory ([`mod@files`]). A descriptor ([`table`]) names an open file ([`mod@file`]): something with the behaviour of its kind (regular files and
//! directories in [`regular`], the console, devices, pipes and the like in [`crate::mux`]), a position and flags. Paths
//! are resolved ([`walk`], as far as [`ways`] let) over [`inode`]s of the file systems: memory and overlay ([`tree`]), host folders ([`host`]),
//! the boot archive ([`archive`], [`mod@carried`] over the host's), [`proc`]. Terminals are in [`terminal`] and
//! [`console`]. The calls are in files named after what they are about.

pub mod archive;
pub mod attributes;
mod carried;
mod change;
pub mod console;
pub(crate) mod copy;
mod cwd;
mod descriptor;
pub mod device;
pub mod disk;
mod dnotify;
pub mod file;
pub mod files;
mod handle;
pub mod host;
pub mod inode;
pub mod lease;
pub mod lock;
pub mod mount;
mod names;
mod open;
mod opened;
pub mod owner;
pub mod proc;
mod read;
pub mod regular;
pub mod scratch;
mod standard;
mod stat;
pub mod table;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod tree;
pub mod uname;
pub mod walk;
pub mod watch;
pub mod ways;
mod write;
pub mod xattr;

pub use crate::boundary::user::MAX_TRANSFER_BYTES;
pub use descriptor::WRITE_SEALS;
pub use stat::StatFs;

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};
use crate::backend::{Backend, Stream, StreamKind};
use crate::kernel::{Context, Kernel};
use crate::mm::PageSource;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

use console::{ConsoleFile, ConsoleState};
use file::OpenFile;
use mount::{Mount, Mounted};
use scratch::ScratchPool;
use standard::StandardFile;
use table::OnExec;
use terminal::control::Own;
use terminal::pty::Ptys;
use tree::Tree;
use ways::Ways;

/// Bytes moved and calls made by read(2), write(2) and their relatives.
pub struct IoCounters {
    /// Bytes read.
    pub bytes_read: AtomicU64,
    /// Bytes written.
    pub bytes_written: AtomicU64,
    /// Calls that read.
    pub reads: AtomicU64,
    /// Calls that write.
    pub writes: AtomicU64,
}

impl IoCounters {
    const fn new() -> Self {
        Self {
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            writes: AtomicU64::new(0),
        }
    }

    fn count_read(&self, result: Result<isize>) -> Result<isize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes_read.fetch_add(result.map_or(0, |n| n as u64), Ordering::Relaxed);
        result
    }

    fn count_write(&self, result: Result<isize>) -> Result<isize> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.bytes_written.fetch_add(result.map_or(0, |n| n as u64), Ordering::Relaxed);
        result
    }
}

/// Files and mounts of the machine.
pub struct Fs {
    /// The standard streams.
    pub console: ConsoleState,
    /// The pseudo-terminals.
    pub ptys: Ptys,
    /// The session's terminal.
    own_terminal: Mutex<Own>,
    /// Files of the host that are mapped shared.
    pub caches: Arc<host::Caches>,
    /// Held by who writes to a disk.
    disk_writing: Arc<Mutex<()>>,
    /// Advisory locks.
    pub locks: lock::Locks,
    /// Who is told before others open files.
    pub leases: lease::Leases,
    /// Whether the process ever took a record lock, which closing a descriptor gives up.
    locks_of_process: AtomicBool,
    /// How many requests of io_submit(2) there may be.
    pub requests: crate::mux::aio::Allowance,
    /// Who watches which files.
    pub watches: watch::Watches,
    /// What `/proc/loadavg` says.
    pub load: proc::LoadAverage,
    /// What `/proc/self/io` counts.
    pub io: IoCounters,
    /// When the program started, in nanoseconds of the monotonic clock.
    pub started_ns: AtomicU64,
    /// The processors' APIC numbers, once somebody asked for them.
    apic_numbers: Mutex<Vec<u32>>,
    /// Buffers for transfers.
    pub scratch: ScratchPool,
    /// The root directory of the process.
    root: Mutex<Option<Mounted>>,
    mounts: Mutex<mount::Table>,
    /// File systems that are the same wherever they are mounted.
    only_ones: Mutex<Vec<Arc<mount::FileSystem>>>,
    /// Where files without a name live.
    memory_files: Mutex<Option<Arc<Mount>>>,
    /// Notified when a signal becomes pending.
    pub signals: WaitQueue,
    /// The machine's name, as `sethostname(2)` sets it.
    hostname: Mutex<Vec<u8>>,
    /// Its NIS domain, as `setdomainname(2)` sets it.
    domainname: Mutex<Vec<u8>>,
    /// `/proc/sys/kernel/random/boot_id`.
    boot_id: Mutex<Option<[u8; 16]>>,
}

impl Fs {
    /// Makes a machine without files.
    pub fn new(backend: &'static dyn Backend) -> Self {
        Self {
            console: ConsoleState::new(),
            ptys: Ptys::new(),
            own_terminal: Mutex::new(Own::Console),
            caches: host::Caches::new(backend),
            disk_writing: Arc::new(Mutex::new(())),
            locks: lock::Locks::new(),
            leases: lease::Leases::new(),
            locks_of_process: AtomicBool::new(false),
            requests: crate::mux::aio::Allowance::new(),
            watches: watch::Watches::new(),
            load: proc::LoadAverage::new(),
            io: IoCounters::new(),
            started_ns: AtomicU64::new(0),
            apic_numbers: Mutex::new(Vec::new()),
            scratch: ScratchPool::new(),
            root: Mutex::new(None),
            mounts: Mutex::new(mount::Table::new()),
            only_ones: Mutex::new(Vec::new()),
            memory_files: Mutex::new(None),
            signals: WaitQueue::new(),
            hostname: Mutex::new(Vec::new()),
            domainname: Mutex::new(Vec::new()),
            boot_id: Mutex::new(None),
        }
    }

    /// Console input arrived: wakes its readers.
    pub fn console_ready(&self) {
        self.console.input.notify();
    }

    /// Returns the file system of `memfd_create(2)`.
    fn memory_files(&self, kernel: &Kernel) -> Arc<Mount> {
        let mut mount = self.memory_files.lock();
        let make = || Mount::internal(Tree::new_root(kernel.backend, mount::TMPFS));
        mount.get_or_insert_with(make).clone()
    }
}

/// Whether a file must have an execute bit to be opened by [`Context::open_image`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// A program: `EACCES` without an execute bit.
    Program,
    /// A library.
    Library,
}

impl Context<'_> {
    /// Opens descriptors 0 to 2.
    fn open_standard_streams(self) -> Result<()> {
        self.kernel.fs.hostname.lock().extend_from_slice(b"osvrun");
        self.kernel.fs.domainname.lock().extend_from_slice(b"(none)");
        for (fd, stream) in (0..).zip([Stream::Input, Stream::Output, Stream::Error]) {
            let flags = if stream == Stream::Input { abi::O_RDONLY } else { abi::O_WRONLY };
            let open = match self.kernel.backend.kind(stream) {
                StreamKind::Absent => continue,
                StreamKind::Nothing => self.open_path(abi::AT_FDCWD, b"/dev/null", flags, 0, Ways::ANY)?,
                StreamKind::Terminal => OpenFile::new(ConsoleFile::inherited(self, stream)?, abi::O_RDWR),
                StreamKind::File => StandardFile::open(self, stream)?,
                StreamKind::Bytes => OpenFile::new(ConsoleFile::inherited(self, stream)?, flags),
            };
            self.files().descriptors.lock().insert(open, OnExec::Keep, fd)?;
        }
        Ok(())
    }

    /// Returns what a mapping of the descriptor shows, `None` for zeroes of its own (zero(4)), and its open flags (`O_RDWR` …).
    /// `ENODEV` for what has no pages.
    pub fn fd_page_source(self, fd: i32) -> Result<(Option<Arc<dyn PageSource>>, i32)> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        if open.file.has_zeroes() {
            return Ok((None, open.flags()));
        }
        Ok((Some(open.file.pages(&open)?), open.flags()))
    }
}
