//! Event counters, eventfd(2).

use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::WaitQueue;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::sync::Mutex;

/// Numbers of event counters, as `/proc/self/fdinfo` shows them.
static NEXT_ID: AtomicU64 = AtomicU64::new(0);

/// An event counter.
pub struct EventFile {
    id: u64,
    count: Mutex<u64>,
    is_semaphore: bool,
    queue: WaitQueue,
}

impl EventFile {
    fn take(&self) -> Result<u64> {
        let mut count = self.count.lock();
        if *count == 0 {
            return Err(Errno::EAGAIN);
        }
        let taken = if self.is_semaphore { 1 } else { *count };
        *count -= taken;
        drop(count);
        self.queue.notify();
        Ok(taken)
    }

    fn add(&self, value: u64) -> Result<()> {
        let mut count = self.count.lock();
        match count.checked_add(value) {
            Some(sum) if sum < u64::MAX => *count = sum,
            _ => return Err(Errno::EAGAIN),
        }
        drop(count);
        self.queue.notify();
        Ok(())
    }
}

impl EventFile {
    /// Adds one, if there is room: nobody waits who signals so.
    pub fn signal(&self) {
        let _ = self.add(1);
    }
}

impl File for EventFile {
    fn as_event(&self) -> Option<&EventFile> {
        Some(self)
    }
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() < 8 {
            return Err(Errno::EINVAL);
        }
        let taken = match self.take() {
            Err(Errno::EAGAIN) if !open.is_nonblocking() => {
                self.queue.wait_until(cx, None, || self.take())?
            }
            other => other?,
        };
        buf.put(&taken.to_ne_bytes()).map(drop)
    }
    fn describe(&self, _cx: Context<'_>, out: &mut String) {
        let (count, is_semaphore) = (*self.count.lock(), i32::from(self.is_semaphore));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "eventfd-count: {count:16x}\neventfd-id: {}", self.id);
        let _ = writeln!(out, "eventfd-semaphore: {is_semaphore}");
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        let mut bytes = [0; 8];
        if buf.left() < 8 {
            return Err(Errno::EINVAL);
        }
        buf.peek(&mut bytes)?;
        let value = u64::from_ne_bytes(bytes);
        if value == u64::MAX {
            return Err(Errno::EINVAL);
        }
        match self.add(value) {
            Err(Errno::EAGAIN) if !open.is_nonblocking() => {
                self.queue.wait_until(cx, None, || self.add(value))?;
            }
            other => other?,
        }
        buf.advance(8);
        Ok(())
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[eventfd]".to_vec()
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        let count = *self.count.lock();
        let readable = if count > 0 { abi::POLLIN | abi::POLLRDNORM } else { 0 };
        let writable = if count < u64::MAX - 1 { abi::POLLOUT | abi::POLLWRNORM } else { 0 };
        readable | writable
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.queue)
    }
}

impl Context<'_> {
    /// eventfd2(2)
    pub fn sys_eventfd(self, initial: u32, flags: i32) -> Result<i32> {
        if flags & !(abi::EFD_CLOEXEC | abi::EFD_NONBLOCK | abi::EFD_SEMAPHORE) != 0 {
            return Err(Errno::EINVAL);
        }
        let file = Arc::new(EventFile {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            count: Mutex::new(u64::from(initial)),
            is_semaphore: flags & abi::EFD_SEMAPHORE != 0,
            queue: WaitQueue::new(),
        });
        let open = OpenFile::new(file, abi::O_RDWR | (flags & abi::O_NONBLOCK));
        self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0)
    }
}
