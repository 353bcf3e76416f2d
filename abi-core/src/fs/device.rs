//! Character devices, and the tree of `/dev`.

use alloc::sync::Arc;

use super::attributes::Attributes;
use super::console::{CONSOLE_DEVICE, ConsoleFile};
use super::disk;
use super::file::{File, OpenFile};
use super::inode::{FileSystemInfo, Inode, InodeRef, NewFile};
use super::terminal::control::Own;
use super::terminal::pty;
use super::tree::{Node, Tree};
use crate::abi::{self, Errno, Result};
use crate::backend::{Backend, Stream};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::kernel::Context;
use crate::mux::WaitQueue;

/// A device number with this major and a small minor.
pub(super) const fn number(major: u64, minor: u64) -> u64 {
    (major << 8) | minor
}

const NULL: u64 = number(1, 3);
const ZERO: u64 = number(1, 5);
const FULL: u64 = number(1, 7);
const RANDOM: u64 = number(1, 8);
const URANDOM: u64 = number(1, 9);
const TTY: u64 = number(5, 0);
/// The master of a new pseudo-terminal.
pub const MULTIPLEXER: u64 = number(5, 2);

const DEVTMPFS: FileSystemInfo = FileSystemInfo { name: "devtmpfs", magic: 0x0102_1994, is_read_only: false };

/// Makes the tree of `/dev`.
pub fn new_tree(backend: &'static dyn Backend) -> Result<Arc<Node>> {
    let root = Tree::new_root(backend, DEVTMPFS);
    let devices: [(&[u8], u64); 8] = [
        (b"null", NULL),
        (b"zero", ZERO),
        (b"full", FULL),
        (b"random", RANDOM),
        (b"urandom", URANDOM),
        (b"tty", TTY),
        (b"ptmx", MULTIPLEXER),
        (b"console", CONSOLE_DEVICE),
    ];
    for (name, rdev) in devices {
        let mode = if rdev == CONSOLE_DEVICE { 0o600 } else { 0o666 };
        root.create(name, NewFile::Special(abi::S_IFCHR, rdev), mode)?;
    }
    for (disk, _) in disk::all(backend).enumerate() {
        let name = alloc::format!("{}{disk}", disk::NAME);
        root.create(name.as_bytes(), NewFile::Special(abi::S_IFBLK, disk::device_number(disk)), 0o660)?;
    }
    let links: [(&[u8], &[u8]); 4] = [
        (b"fd", b"/proc/self/fd"),
        (b"stdin", b"/proc/self/fd/0"),
        (b"stdout", b"/proc/self/fd/1"),
        (b"stderr", b"/proc/self/fd/2"),
    ];
    for (name, target) in links {
        root.create(name, NewFile::Symlink(target), 0o777)?;
    }
    root.create(b"shm", NewFile::Directory, 0o1777)?;
    root.create(b"pts", NewFile::Directory, 0o755)?;
    Ok(root)
}

/// Opens a character device.
pub fn open(cx: Context<'_>, rdev: u64, node: Arc<Node>, flags: i32) -> Result<Arc<dyn File>> {
    let node: InodeRef = node;
    match rdev {
        NULL | ZERO | FULL | RANDOM | URANDOM => Ok(Arc::new(MemoryDevice { rdev, node })),
        CONSOLE_DEVICE => Ok(ConsoleFile::new(cx, Stream::Error, node)),
        MULTIPLEXER => pty::open_master(cx, node),
        TTY => match cx.kernel.fs.own_terminal(cx.kernel) {
            Some(Own::Console) => {
                let terminal = [Stream::Input, Stream::Output, Stream::Error]
                    .into_iter()
                    .find(|stream| cx.kernel.backend.is_terminal(*stream));
                Ok(ConsoleFile::new(cx, terminal.ok_or(Errno::ENXIO)?, node))
            }
            Some(Own::Pty(own)) => pty::open_slave(cx, &own.upgrade().ok_or(Errno::ENXIO)?, flags),
            _ => Err(Errno::ENXIO),
        },
        _ => Err(Errno::ENXIO),
    }
}

/// The devices of major number 1, mem(4), null(4), random(4).
struct MemoryDevice {
    rdev: u64,
    node: InodeRef,
}

/// What `zero` and `full` give, a page of it.
static ZEROS: [u8; 4096] = [0; 4096];

impl MemoryDevice {
    /// Fills `buf` with what the device gives without end.
    fn fill(&self, cx: Context<'_>, buf: &mut UserBufMut) -> Result<()> {
        match self.rdev {
            NULL => return Ok(()),
            RANDOM | URANDOM => return cx.random_bytes(buf, 0),
            _ => {}
        }
        while buf.left() > 0 {
            let len = ZEROS.len().min(buf.left());
            if buf.put_some(&ZEROS[..len])? < len {
                break;
            }
        }
        Ok(())
    }
}

impl File for MemoryDevice {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if self.rdev == RANDOM && open.is_nonblocking() {
            return cx.random_bytes(buf, abi::GRND_NONBLOCK);
        }
        self.fill(cx, buf)
    }
    fn write(&self, cx: Context<'_>, _open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        match self.rdev {
            FULL => return Err(Errno::ENOSPC),
            RANDOM | URANDOM => {
                let mut piece = [0; 256];
                while buf.left() > 0 {
                    let n = buf.take(&mut piece)?;
                    cx.kernel.random.mix(&piece[..n]);
                }
            }
            _ => buf.advance(buf.left()),
        }
        Ok(())
    }
    fn read_at(&self, cx: Context<'_>, _open: &OpenFile, _offset: u64, buf: &mut UserBufMut) -> Result<()> {
        self.fill(cx, buf)
    }
    fn write_at(&self, cx: Context<'_>, open: &OpenFile, _offset: u64, buf: &mut UserBuf) -> Result<()> {
        self.write(cx, open, buf)
    }
    fn is_spliceable(&self) -> bool {
        self.rdev != NULL
    }
    fn write_kernel(&self, cx: Context<'_>, _open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        match self.rdev {
            FULL => return Err(Errno::EINVAL),
            RANDOM | URANDOM => cx.kernel.random.mix(bytes),
            _ => {}
        }
        Ok(bytes.len())
    }
    fn seek(&self, _open: &OpenFile, _offset: i64, _whence: i32) -> Result<u64> {
        Ok(0)
    }
    fn has_zeroes(&self) -> bool {
        self.rdev == ZERO
    }
    fn poll(&self, cx: Context<'_>) -> i16 {
        match self.rdev {
            RANDOM => cx.poll_random(),
            _ => abi::POLLIN | abi::POLLOUT | abi::POLLRDNORM | abi::POLLWRNORM,
        }
    }
    fn wait_queue<'a>(&'a self, cx: Context<'a>) -> Option<&'a WaitQueue> {
        (self.rdev == RANDOM).then(|| cx.kernel.random.wait_queue())
    }
    fn ioctl(&self, cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        match self.rdev {
            RANDOM | URANDOM => cx.random_ioctl(request, argument),
            _ => Err(Errno::ENOTTY),
        }
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
}
