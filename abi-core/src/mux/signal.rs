//! Signals read from a descriptor, signalfd(2).

use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::WaitQueue;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::signal::{Info, UNBLOCKABLE};

/// Size of `struct signalfd_siginfo`.
const RECORD_BYTES: usize = 128;

/// A descriptor for signals of a set.
pub struct SignalFile {
    set: AtomicU64,
}

/// Makes `struct signalfd_siginfo`.
fn record(info: Info) -> [u8; RECORD_BYTES] {
    let mut record = [0; RECORD_BYTES];
    record[0..4].copy_from_slice(&info.number.to_ne_bytes());
    record[8..12].copy_from_slice(&info.code.to_ne_bytes());
    match info.code {
        abi::SI_USER | abi::SI_TKILL | abi::SI_QUEUE => {
            record[12..16].copy_from_slice(&abi::PID.to_ne_bytes());
        }
        abi::SI_TIMER => {
            record[24..28].copy_from_slice(&info.timer.to_ne_bytes());
            record[32..36].copy_from_slice(&info.overruns.to_ne_bytes());
        }
        _ => {}
    }
    record[44..48].copy_from_slice(&(info.value as u32).to_ne_bytes());
    record[48..56].copy_from_slice(&info.value.to_ne_bytes());
    record
}

impl File for SignalFile {
    fn describe(&self, _cx: Context<'_>, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "sigmask:\t{:016x}", self.set.load(Ordering::Relaxed));
    }
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() < RECORD_BYTES {
            return Err(Errno::EINVAL);
        }
        let take = || cx.take_pending(self.set.load(Ordering::Relaxed)).ok_or(Errno::EAGAIN);
        let mut next = match take() {
            Err(Errno::EAGAIN) if !open.is_nonblocking() => cx.kernel.fs.signals.wait_until(cx, None, take),
            other => other,
        }?;
        loop {
            buf.put(&record(next))?;
            if buf.left() < RECORD_BYTES {
                return Ok(());
            }
            let Ok(another) = take() else { return Ok(()) };
            next = another;
        }
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[signalfd]".to_vec()
    }
    fn poll(&self, cx: Context<'_>) -> i16 {
        let is_ready = cx.pending_set() & self.set.load(Ordering::Relaxed) != 0;
        if is_ready { abi::POLLIN | abi::POLLRDNORM } else { 0 }
    }
    fn wait_queue<'a>(&'a self, cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&cx.kernel.fs.signals)
    }
    fn as_signals(&self) -> Option<&SignalFile> {
        Some(self)
    }
}

impl Context<'_> {
    /// signalfd4(2)
    pub fn sys_signalfd(self, fd: i32, set: UserPtr<u64>, flags: i32) -> Result<i32> {
        if flags & !(abi::SFD_CLOEXEC | abi::SFD_NONBLOCK) != 0 {
            return Err(Errno::EINVAL);
        }
        let set = set.read()? & !UNBLOCKABLE;
        if fd != -1 {
            let open = self.open_file(fd)?;
            open.file.as_signals().ok_or(Errno::EINVAL)?.set.store(set, Ordering::Relaxed);
            self.kernel.fs.signals.notify();
            return Ok(fd);
        }
        let file = Arc::new(SignalFile { set: AtomicU64::new(set) });
        let open = OpenFile::new(file, abi::O_RDWR | (flags & abi::O_NONBLOCK));
        self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0)
    }
}
