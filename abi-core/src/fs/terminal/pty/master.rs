//! The master's end of a pseudo-terminal.

use alloc::sync::Arc;

use super::{PIECE_BYTES, Pty, open_slave, write_pieces};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, Location, OpenFile};
use crate::fs::inode::InodeRef;
use crate::fs::table::OnExec;
use crate::fs::terminal::control::{Own, Terminal};
use crate::kernel::Context;
use crate::mux::WaitQueue;

/// `TIOCGPTPEER` and others the headers leave out.
const TIOCGPKT: u64 = 0x8004_5438;
const TIOCGPTLCK: u64 = 0x8004_5439;
const TIOCGPTPEER: u64 = 0x5441;
const TIOCSIG: u64 = 0x4004_5436;

/// The master's end.
pub(super) struct Master {
    pub(super) pty: Arc<Pty>,
    pub(super) node: InodeRef,
}

impl Drop for Master {
    fn drop(&mut self) {
        self.pty.state.lock().has_master = false;
        self.pty.slave.notify();
        let cx = Context::current();
        if self.pty.is_own(cx.kernel) {
            // The terminal hangs up.
            *cx.kernel.fs.own_terminal.lock() = Own::None;
            cx.signal_from_terminal(abi::SIGHUP);
            cx.signal_from_terminal(abi::SIGCONT);
        }
    }
}

impl Master {
    fn take(&self, buf: &mut [u8]) -> Result<usize> {
        let mut state = self.pty.state.lock();
        let mut from = 0;
        if state.is_packet && !buf.is_empty() {
            buf[0] = core::mem::take(&mut state.packet);
            if buf[0] != 0 {
                return Ok(1);
            }
            from = 1;
        }
        let n = state.discipline.take_output(&mut buf[from..]);
        let is_gone = state.slaves == 0 && state.was_slave_open;
        drop(state);
        match n {
            0 if is_gone => Err(Errno::EIO),
            0 => Err(Errno::EAGAIN),
            n => {
                self.pty.slave.notify();
                // Less output is more room for keys, which are echoed.
                self.pty.master.notify();
                Ok(from + n)
            }
        }
    }

    /// Opens the slave without its name (`TIOCGPTPEER`).
    fn open_peer(&self, cx: Context<'_>, flags: i32) -> Result<i32> {
        let file = open_slave(cx, &self.pty, flags)?;
        let name = alloc::format!("{}", self.pty.number).into_bytes();
        let directory = cx.resolve(abi::AT_FDCWD, b"/dev/pts").ok();
        let mount = directory.as_ref().map(|directory| directory.mount.clone());
        let location = directory.map(|directory| Location { directory, name });
        let open = OpenFile::at(file, flags, location, mount);
        // Held on to, so that it is not dropped under the table's lock when there is no room.
        let kept = open.clone();
        let fd = cx.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0);
        drop(kept);
        fd
    }
}

impl File for Master {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        if buf.left() == 0 {
            return Ok(());
        }
        cx.kernel.fs.scratch.with(buf.left().min(PIECE_BYTES), |piece| {
            let n = if open.is_nonblocking() {
                self.take(piece)?
            } else {
                self.pty.master.wait_until(cx, None, || self.take(piece))?
            };
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
        let put = || match self.pty.type_keys(cx, bytes) {
            0 => Err(Errno::EAGAIN),
            n => Ok(n),
        };
        if open.is_nonblocking() { put() } else { self.pty.master.wait_until(cx, None, put) }
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        let state = self.pty.state.lock();
        let mut events = 0;
        if state.discipline.output_bytes() > 0 {
            events |= abi::POLLIN | abi::POLLRDNORM;
        }
        if state.is_packet && state.packet != 0 {
            events |= abi::POLLIN | abi::POLLRDNORM | abi::POLLPRI;
        }
        if state.discipline.has_room() {
            events |= abi::POLLOUT | abi::POLLWRNORM;
        }
        if state.slaves == 0 && state.was_slave_open {
            events |= abi::POLLHUP;
        }
        events
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.pty.master)
    }
    fn ioctl(&self, cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        let answer = |value: usize| UserPtr::<i32>::new(argument).write(value as i32);
        let asked = || UserPtr::<i32>::new(argument).read();
        match request {
            abi::FIONREAD => {
                let n = self.pty.state.lock().discipline.output_bytes();
                answer(n)?;
            }
            abi::TIOCOUTQ => answer(0)?,
            abi::TIOCGPTN => answer(self.pty.number)?,
            abi::TIOCSPTLCK => {
                let is_locked = asked()? != 0;
                self.pty.state.lock().is_locked = is_locked;
            }
            TIOCGPTLCK => {
                let is_locked = self.pty.state.lock().is_locked;
                answer(usize::from(is_locked))?;
            }
            TIOCGPTPEER => return self.open_peer(cx, argument as i32),
            abi::TIOCPKT => {
                let is_packet = asked()? != 0;
                let mut state = self.pty.state.lock();
                if is_packet && !state.is_packet {
                    state.packet = 0;
                }
                state.is_packet = is_packet;
            }
            TIOCGPKT => {
                let is_packet = self.pty.state.lock().is_packet;
                answer(usize::from(is_packet))?;
            }
            TIOCSIG => {
                let signal = argument as i32;
                if !matches!(signal, abi::SIGINT | abi::SIGQUIT | abi::SIGTSTP) {
                    return Err(Errno::EINVAL);
                }
                if self.pty.is_own(cx.kernel) {
                    cx.signal_from_terminal(signal);
                }
            }
            abi::TCFLSH => match argument as i32 {
                abi::TCIFLUSH | abi::TCIOFLUSH => self.pty.tell(cx, |state| {
                    state.discipline.flush_output();
                    0
                }),
                abi::TCOFLUSH => {}
                _ => return Err(Errno::EINVAL),
            },
            _ => return self.pty.control(cx, request, argument),
        }
        Ok(0)
    }
    fn attributes(&self) -> Result<Attributes> {
        self.node.attributes()
    }
    fn inode(&self) -> Option<&InodeRef> {
        Some(&self.node)
    }
    fn is_terminal(&self) -> bool {
        true
    }
}
