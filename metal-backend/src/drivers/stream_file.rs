//! Files that the standard streams lead to: osvrun does with them what it is told over the control channel.

use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderError, FolderFile, FolderStat, Result, StreamFile, Whence};
use abi_core::backend::{Stream, StreamKind};
use abi_core::boot::control::Kind;
use abi_core::boot::stream_file::{DATA_BYTES, FileOrder, decode_answer, decode_stat};
use abi_core::few::FewMap;
use abi_core::sync::Mutex;
use alloc::vec::Vec;

use super::{channel, terminal};
use crate::sched::{self, Wait};

/// The orders under way by their numbers, with their answers once they are there, and the number given last.
struct Orders {
    last: u32,
    under_way: FewMap<u32, Option<Vec<u8>>>,
}

static ORDERS: Mutex<Orders> = Mutex::new(Orders { last: 0, under_way: FewMap::new() });
/// Counts the orders that were answered.
static DONE: AtomicU32 = AtomicU32::new(0);

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
    let Some((number, answer)) = payload.split_first_chunk() else { return };
    let mut orders = ORDERS.lock();
    let Some(order) = orders.under_way.get_mut(&u32::from_le_bytes(*number)) else { return };
    *order = Some(answer.to_vec());
    drop(orders);
    DONE.fetch_add(1, Ordering::SeqCst);
    sched::wake((&raw const DONE) as usize, usize::MAX);
}

impl File {
    /// Has osvrun carry out an order, and waits until it has.
    fn order<T>(&self, order: &FileOrder<'_>, take: impl FnOnce(&[u8]) -> Option<T>) -> Result<T> {
        let number = {
            let mut orders = ORDERS.lock();
            while orders.under_way.contains_key(&orders.last) {
                orders.last = orders.last.wrapping_add(1);
            }
            let number = orders.last;
            orders.under_way.insert(number, None);
            number
        };
        let mut payload = Vec::from(number.to_le_bytes());
        payload.push(self.0 as u8);
        order.encode(&mut payload);
        if !channel::is_attached() || !channel::send(Kind::File, &payload) {
            ORDERS.lock().under_way.remove(&number);
            return Err(LOST);
        }
        let answer = loop {
            let seen = DONE.load(Ordering::SeqCst);
            let mut orders = ORDERS.lock();
            if let Some(Some(answer)) = orders.under_way.get_mut(&number).map(Option::take) {
                orders.under_way.remove(&number);
                break answer;
            }
            drop(orders);
            // Any outcome means: look again.
            let _ = sched::wait(&DONE, seen, None, Wait::SleepingDeep);
        };
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
        self.read_by(&FileOrder::ReadAt(offset, buf.len().min(DATA_BYTES) as u32), buf)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        self.write_by(&FileOrder::WriteAt(offset, start(bytes)))
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
