//! The slave's end of a pseudo-terminal: a terminal.

use alloc::sync::Arc;

use super::{PIECE_BYTES, Pty, write_pieces};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::fs::inode::InodeRef;
use crate::fs::terminal::read_by_rules;
use crate::kernel::Context;
use crate::mux::WaitQueue;

/// The slave's end.
pub(super) struct SlaveEnd {
    pub(super) pty: Arc<Pty>,
    pub(super) node: InodeRef,
}

impl Drop for SlaveEnd {
    fn drop(&mut self) {
        self.pty.state.lock().slaves -= 1;
        self.pty.master.notify();
    }
}

impl SlaveEnd {
    fn take(&self, buf: &mut [u8]) -> Result<usize> {
        let mut state = self.pty.state.lock();
        let taken = state.discipline.take(buf);
        let has_master = state.has_master;
        drop(state);
        match taken {
            _ if !has_master => Ok(0),
            None => Err(Errno::EAGAIN),
            Some(n) => {
                self.pty.master.notify();
                Ok(n)
            }
        }
    }
    fn put(&self, bytes: &[u8]) -> Result<usize> {
        let mut state = self.pty.state.lock();
        if !state.has_master {
            return Err(Errno::EIO);
        }
        let n = state.discipline.write(bytes);
        drop(state);
        if n == 0 {
            return Err(Errno::EAGAIN);
        }
        self.pty.master.notify();
        Ok(n)
    }
}

impl File for SlaveEnd {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() == 0 {
            return Ok(());
        }
        cx.kernel.fs.scratch.with(buf.left().min(PIECE_BYTES), |piece| {
            let rules = self.pty.state.lock().discipline.modes().key_rules();
            let take = |buf: &mut [u8]| self.take(buf);
            let n = read_by_rules(cx, &self.pty.slave, rules, !open.is_nonblocking(), piece, take)?;
            buf.put(&piece[..n]).map(drop)
        })
    }
    fn is_spliceable(&self) -> bool {
        true
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        write_pieces(cx, buf, |bytes| self.write_kernel(cx, open, bytes))
    }
    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        let put = || self.put(bytes);
        if open.is_nonblocking() { put() } else { self.pty.slave.wait_until(cx, None, put) }
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        let state = self.pty.state.lock();
        let (reads, writes) = (abi::POLLIN | abi::POLLRDNORM, abi::POLLOUT | abi::POLLWRNORM);
        if !state.has_master {
            return reads | writes | abi::POLLERR | abi::POLLHUP;
        }
        let least = match state.discipline.modes().key_rules() {
            Some(rules) if rules.time.is_none() => rules.least,
            _ => 1,
        };
        let mut events = 0;
        if state.discipline.is_readable(least) {
            events |= reads;
        }
        if state.discipline.is_writable() {
            events |= writes;
        }
        events
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.pty.slave)
    }
    fn ioctl(&self, cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        if !self.pty.has_master() {
            return Err(Errno::EIO);
        }
        match request {
            abi::FIONREAD => {
                let n = self.pty.state.lock().discipline.available();
                UserPtr::<i32>::new(argument).write(n as i32)?;
            }
            abi::TIOCOUTQ => UserPtr::<i32>::new(argument).write(0)?,
            abi::TCFLSH => {
                let queues = match argument as i32 {
                    abi::TCIFLUSH => (true, false),
                    abi::TCOFLUSH => (false, true),
                    abi::TCIOFLUSH => (true, true),
                    _ => return Err(Errno::EINVAL),
                };
                self.pty.tell(cx, |state| {
                    let input = if queues.0 { state.discipline.flush_input() } else { 0 };
                    input | if queues.1 { state.discipline.flush_output() } else { 0 }
                });
            }
            _ => return self.pty.control(cx, request, argument),
        }
        Ok(0)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(*self.pty.attributes.lock())
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
    fn is_terminal(&self) -> bool {
        true
    }
}
