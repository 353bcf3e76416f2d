//! Files that the standard streams lead to: osvrun does with them what it is told over the control channel.

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderError, FolderFile, FolderStat, Result, StreamFile, Whence};
use abi_core::backend::{Stream, StreamKind};
use abi_core::boot::control::Kind;
use abi_core::boot::stream_file::{DATA_BYTES, FileOrder, decode_answer, decode_stat};
use alloc::vec::Vec;

use super::orders::Orders;
use super::{channel, terminal};

static ORDERS: Orders<(), Vec<u8>> = Orders::new();

/// A stream's file.
struct File(Stream);

/// The most that is written by one order, which goes in one frame with the rest of it.
const WRITE_BYTES: usize = channel::CHUNK_BYTES - 64;

/// What is said when the channel is not there, or damaged.
const LOST: FolderError = FolderError(Errno::EIO.0);

/// Returns the file that a stream leads to, if it is one.
pub fn file(stream: Stream) -> Option<&'static dyn StreamFile> {
    static FILES: [File; 3] = [File(Stream::Input), File(Stream::Output), File(Stream::Error)];
    let is_file = terminal::kind(stream) == StreamKind::File;
    is_file.then_some(&FILES[stream as usize] as &dyn StreamFile)
}

/// Takes osvrun's answer to an order.
pub(super) fn done(payload: &[u8]) {
    ORDERS.answer(payload, |(), answer| answer.to_vec());
}

impl File {
    /// Has osvrun carry out an order, and waits until it has.
    fn order<T>(&self, order: &FileOrder<'_>, take: impl FnOnce(&[u8]) -> Option<T>) -> Result<T> {
        let send = |number: u32| {
            let mut payload = Vec::from(number.to_le_bytes());
            payload.push(self.0 as u8);
            order.encode(&mut payload);
            channel::is_attached() && channel::send(Kind::File, &payload)
        };
        let answer = ORDERS.carry_out((), send).ok_or(LOST)?;
        take(decode_answer(&answer).ok_or(LOST)??).ok_or(LOST)
    }

    fn read_by(&self, order: &FileOrder<'_>, buf: &mut [u8]) -> Result<usize> {
        self.order(order, |bytes| {
            buf.get_mut(..bytes.len())?.copy_from_slice(bytes);
            Some(bytes.len())
        })
    }

    fn write_by(&self, order: &FileOrder<'_>) -> Result<usize> {
        self.order(order, long).map(|n| n as usize)
    }
}

fn long(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_le_bytes)
}

fn nothing(bytes: &[u8]) -> Option<()> {
    bytes.is_empty().then_some(())
}

/// Returns the bytes that one order writes.
fn start(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(WRITE_BYTES)]
}

impl FolderFile for File {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut done = 0;
        while done < buf.len() {
            let piece = &mut buf[done..];
            let len = piece.len().min(DATA_BYTES);
            match self.read_by(&FileOrder::ReadAt(offset + done as u64, len as u32), piece) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.write_by(&FileOrder::WriteAt(offset + done as u64, start(&bytes[done..]))) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(_) if done > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
    fn set_len(&self, len: u64) -> Result<()> {
        self.order(&FileOrder::SetLen(len), nothing)
    }
    fn sync(&self) -> Result<()> {
        self.order(&FileOrder::Sync, nothing)
    }
    fn set_mode(&self, mode: u32) -> Result<()> {
        self.order(&FileOrder::SetMode(mode), nothing)
    }
    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.order(&FileOrder::SetTimes(access_ns, modification_ns), nothing)
    }
    fn stat(&self) -> Result<FolderStat> {
        self.order(&FileOrder::Stat, decode_stat)
    }
}

impl StreamFile for File {
    fn read(&self, buf: &mut [u8]) -> Result<usize> {
        self.read_by(&FileOrder::Read(buf.len().min(DATA_BYTES) as u32), buf)
    }
    fn write(&self, bytes: &[u8]) -> Result<usize> {
        self.write_by(&FileOrder::Write(start(bytes)))
    }
    fn seek(&self, offset: i64, whence: Whence) -> Result<u64> {
        self.order(&FileOrder::Seek(offset, whence), long)
    }
    fn flags(&self) -> Result<i32> {
        self.order(&FileOrder::Flags, long).map(|flags| flags as i32)
    }
    fn path(&self) -> Result<Vec<u8>> {
        self.order(&FileOrder::Path, |path| Some(path.to_vec()))
    }
}
