//! Disks as block devices: `/dev/vblk0` and so on.

use alloc::sync::Arc;

use super::attributes::Attributes;
use super::device::number;
use super::file::{AT_END, File, OpenFile};
use super::inode::{InodePages, InodeRef, Name};
use super::opened::OpenedNode;
use super::regular::RegularFile;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::{FolderError, FolderFile, FolderStat, Result as FolderResult};
use crate::backend::{Backend, BackendError, Disk};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::kernel::{Context, Kernel};
use crate::mm::PageSource;
use crate::sync::Mutex;

/// The major number of disks; the minor one is the disk's.
pub const MAJOR: u64 = 254;
/// The name of disks, before their numbers.
pub const NAME: &str = "vblk";
/// The unit of sizes that Linux gives in sectors, whatever a disk's own are.
const UNIT_BYTES: u64 = 512;
const PAGE_BYTES: u64 = 4096;

// ioctl(2) requests of block devices.
const BLKROGET: u64 = 0x125e;
const BLKGETSIZE: u64 = 0x1260;
const BLKFLSBUF: u64 = 0x1261;
const BLKSSZGET: u64 = 0x1268;
const BLKIOMIN: u64 = 0x1278;
const BLKPBSZGET: u64 = 0x127b;
const BLKBSZGET: u64 = 0x8008_1270;
const BLKGETSIZE64: u64 = 0x8008_1272;

/// Returns the disks there are, in the order of their numbers.
pub fn all(backend: &'static dyn Backend) -> impl Iterator<Item = &'static dyn Disk> {
    (0..).map_while(|number| backend.disk(number))
}

/// Returns a disk's length.
pub fn len_bytes(disk: &dyn Disk) -> u64 {
    let geometry = disk.geometry();
    geometry.sectors * u64::from(geometry.sector_bytes)
}

/// Returns the device number of a disk.
pub const fn device_number(disk: usize) -> u64 {
    number(MAJOR, disk as u64)
}

/// Opens a block device.
pub fn open(cx: Context<'_>, rdev: u64, node: InodeRef) -> Result<Arc<dyn File>> {
    let found = all(cx.kernel.backend).enumerate().find(|(number, _)| device_number(*number) == rdev);
    let (_, disk) = found.ok_or(Errno::ENXIO)?;
    let writing = cx.kernel.fs.disk_writing.clone();
    let identity = (u64::MAX - 1, rdev);
    let content = Arc::new(Content { disk, writing });
    let inode: InodeRef = OpenedNode::new(content, Some(node.clone()), identity, &cx.kernel.fs.caches);
    let file = RegularFile::new(inode.clone());
    Ok(Arc::new(DiskFile { disk, node, inode, file }))
}

/// Carries what disks were given to what they lie on.
pub fn flush_all(kernel: &Kernel) -> Result<()> {
    all(kernel.backend).try_for_each(|disk| Ok(disk.flush()?))
}

/// A disk's bytes, whatever its sectors are.
struct Content {
    disk: &'static dyn Disk,
    /// Held by who writes, since who writes a part of a sector writes the rest of it again.
    writing: Arc<Mutex<()>>,
}

fn failed(error: BackendError) -> FolderError {
    FolderError(Errno::from(error).0)
}

/// A part of a range: whole sectors, or some bytes of one.
enum Part {
    Whole(usize),
    Within { skipped: usize, len: usize },
}

impl Content {
    /// Returns the first part of a range, and its sector.
    fn first_part(&self, offset: u64, len: usize) -> (u64, Part) {
        let sector_bytes = u64::from(self.disk.geometry().sector_bytes);
        let (sector, skipped) = (offset / sector_bytes, (offset % sector_bytes) as usize);
        let sector_bytes = sector_bytes as usize;
        if skipped == 0 && len >= sector_bytes {
            (sector, Part::Whole(len - len % sector_bytes))
        } else {
            (sector, Part::Within { skipped, len: len.min(sector_bytes - skipped) })
        }
    }

    /// Returns how many of `len` bytes from `offset` the disk has.
    fn clamp(&self, offset: u64, len: usize) -> usize {
        let left = len_bytes(self.disk).saturating_sub(offset);
        usize::try_from(left).unwrap_or(usize::MAX).min(len)
    }
}

impl FolderFile for Content {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> FolderResult<usize> {
        let wanted = self.clamp(offset, buf.len());
        let mut done = 0;
        while done < wanted {
            let (sector, part) = self.first_part(offset + done as u64, wanted - done);
            done += match part {
                Part::Whole(len) => {
                    self.disk.read(sector, &mut buf[done..done + len]).map_err(failed)?;
                    len
                }
                Part::Within { skipped, len } => {
                    let mut bytes = [0; PAGE_BYTES as usize];
                    let size = self.disk.geometry().sector_bytes as usize;
                    self.disk.read(sector, &mut bytes[..size]).map_err(failed)?;
                    buf[done..done + len].copy_from_slice(&bytes[skipped..skipped + len]);
                    len
                }
            };
        }
        Ok(wanted)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> FolderResult<usize> {
        let wanted = self.clamp(offset, bytes.len());
        let _writing = self.writing.lock();
        let mut done = 0;
        while done < wanted {
            let (sector, part) = self.first_part(offset + done as u64, wanted - done);
            done += match part {
                Part::Whole(len) => {
                    self.disk.write(sector, &bytes[done..done + len]).map_err(failed)?;
                    len
                }
                Part::Within { skipped, len } => {
                    let mut whole = [0; PAGE_BYTES as usize];
                    let size = self.disk.geometry().sector_bytes as usize;
                    self.disk.read(sector, &mut whole[..size]).map_err(failed)?;
                    whole[skipped..skipped + len].copy_from_slice(&bytes[done..done + len]);
                    self.disk.write(sector, &whole[..size]).map_err(failed)?;
                    len
                }
            };
        }
        Ok(wanted)
    }

    fn set_len(&self, _len: u64) -> FolderResult<()> {
        Err(FolderError(abi::EINVAL))
    }
    fn sync(&self) -> FolderResult<()> {
        self.disk.flush().map_err(failed)
    }
    fn stat(&self) -> FolderResult<FolderStat> {
        Ok(FolderStat { size: len_bytes(self.disk), ..FolderStat::default() })
    }
}

/// An open block device.
struct DiskFile {
    disk: &'static dyn Disk,
    node: InodeRef,
    /// Its bytes, as a regular file's.
    inode: InodeRef,
    file: Arc<RegularFile>,
}

impl DiskFile {
    /// Fails with `EINVAL` if what is to reach the disk as it is (`O_DIRECT`) is not whole sectors.
    fn check_direct(&self, open: &OpenFile, offset: u64, alignment: usize) -> Result<()> {
        let mask = u64::from(self.disk.geometry().sector_bytes) - 1;
        let is_whole = (offset | alignment as u64) & mask == 0;
        if open.flags() & abi::O_DIRECT != 0 && !is_whole { Err(Errno::EINVAL) } else { Ok(()) }
    }

    fn check_write(&self, offset: u64) -> Result<()> {
        if self.disk.geometry().is_read_only {
            return Err(Errno::EPERM);
        }
        if offset >= len_bytes(self.disk) { Err(Errno::ENOSPC) } else { Ok(()) }
    }

    fn write_from(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBuf) -> Result<()> {
        if buf.left() > 0 || self.disk.geometry().is_read_only {
            self.check_write(offset)?;
        }
        self.check_direct(open, offset, buf.alignment())?;
        cx.kernel.fs.scratch.with(buf.left(), |piece| {
            while buf.left() > 0 {
                let len = buf.peek_some(piece)?;
                let n = self.inode.write_at(offset + buf.done() as u64, &piece[..len])?;
                buf.advance(n);
                if n < len {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Returns the block size that Linux gives a disk when it finds it: of the powers of two up to a page's the largest
    /// that divides its length.
    fn block_bytes(&self) -> u64 {
        let mut block = u64::from(self.disk.geometry().sector_bytes);
        while block < PAGE_BYTES && len_bytes(self.disk) & block == 0 {
            block <<= 1;
        }
        block
    }
}

impl File for DiskFile {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        self.check_direct(open, *open.position.lock(), buf.alignment())?;
        self.file.read(cx, open, buf)
    }
    fn read_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBufMut) -> Result<()> {
        self.check_direct(open, offset, buf.alignment())?;
        self.file.read_at(cx, open, offset, buf)
    }
    fn is_spliceable(&self) -> bool {
        true
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let at = *open.position.lock();
        let result = self.write_from(cx, open, at, buf);
        *open.position.lock() += buf.done() as u64;
        result
    }
    fn write_at(&self, cx: Context<'_>, open: &OpenFile, offset: u64, buf: &mut UserBuf) -> Result<()> {
        let at = if offset == AT_END { *open.position.lock() } else { offset };
        self.write_from(cx, open, at, buf)
    }
    fn write_kernel(&self, _cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let mut position = open.position.lock();
        self.check_write(*position)?;
        let n = self.inode.write_at(*position, bytes)?;
        *position += n as u64;
        Ok(n)
    }
    fn seek(&self, open: &OpenFile, offset: i64, whence: i32) -> Result<u64> {
        let (end, mut position) = (len_bytes(self.disk), open.position.lock());
        let from = |base: u64| base.checked_add_signed(offset).filter(|new| *new <= end).ok_or(Errno::EINVAL);
        *position = match whence {
            abi::SEEK_SET => from(0)?,
            abi::SEEK_CUR => from(*position)?,
            abi::SEEK_END => from(end)?,
            abi::SEEK_DATA | abi::SEEK_HOLE => match u64::try_from(offset).ok().filter(|at| *at < end) {
                None => return Err(Errno::ENXIO),
                Some(at) if whence == abi::SEEK_DATA => at,
                Some(_) => end,
            },
            _ => return Err(Errno::EINVAL),
        };
        Ok(*position)
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        abi::POLLIN | abi::POLLOUT | abi::POLLRDNORM | abi::POLLWRNORM
    }
    fn ioctl(&self, cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        let (geometry, len) = (self.disk.geometry(), len_bytes(self.disk));
        match request {
            BLKROGET => UserPtr::<i32>::new(argument).write(i32::from(geometry.is_read_only))?,
            BLKGETSIZE => UserPtr::<u64>::new(argument).write(len / UNIT_BYTES)?,
            BLKGETSIZE64 => UserPtr::<u64>::new(argument).write(len)?,
            BLKSSZGET | BLKPBSZGET | BLKIOMIN => {
                UserPtr::<u32>::new(argument).write(geometry.sector_bytes)?;
            }
            BLKBSZGET => UserPtr::<u32>::new(argument).write(self.block_bytes() as u32)?,
            BLKFLSBUF => self.sync(cx)?,
            _ => return Err(Errno::ENOTTY),
        }
        Ok(0)
    }
    fn sync(&self, cx: Context<'_>) -> Result<()> {
        cx.kernel.write_back_file(&self.inode)?;
        self.inode.sync()
    }
    fn pages(&self, open: &Arc<OpenFile>) -> Result<Arc<dyn PageSource>> {
        Ok(Arc::new(InodePages { inode: self.inode.clone(), name: Name::Of(open.clone()) }))
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
}
