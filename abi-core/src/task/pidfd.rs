//! Descriptors of processes, pidfd_open(2), and their memory, process_vm_readv(2): there is one process.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Write;

use crate::abi::{self, Errno, PID, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::signal::code_and_value;

/// The process. It never becomes readable, since who could read it ends with it.
struct ProcessFile;

impl File for ProcessFile {
    fn read(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBufMut) -> Result<()> {
        Err(Errno::EINVAL)
    }
    fn write(&self, _cx: Context<'_>, _open: &OpenFile, _buf: &mut UserBuf) -> Result<()> {
        Err(Errno::EINVAL)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn describe(&self, _cx: Context<'_>, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "Pid:\t{PID}\nNSpid:\t{PID}");
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[pidfd]".to_vec()
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        0
    }
    fn is_process(&self) -> bool {
        true
    }
}

impl Context<'_> {
    /// pidfd_open(2)
    pub fn sys_pidfd_open(self, pid: i32, flags: u32) -> Result<i32> {
        if flags & !(abi::O_NONBLOCK as u32) != 0 || pid <= 0 {
            return Err(Errno::EINVAL);
        }
        if pid != PID {
            // A thread that does not lead a process has no descriptor.
            return Err(if self.thread_numbered(pid).is_ok() { Errno::EINVAL } else { Errno::ESRCH });
        }
        let open = OpenFile::new(Arc::new(ProcessFile), abi::O_RDWR | flags as i32);
        self.files().descriptors.lock().insert(open, OnExec::Close, 0)
    }

    /// Fails with `EBADF` unless `fd` is a process.
    pub fn check_pidfd(self, fd: i32) -> Result<()> {
        if self.open_file(fd)?.file.is_process() { Ok(()) } else { Err(Errno::EBADF) }
    }

    /// pidfd_getfd(2)
    pub fn sys_pidfd_getfd(self, pidfd: i32, fd: i32, flags: u32) -> Result<i32> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        self.check_pidfd(pidfd)?;
        self.duplicate(fd, 0, OnExec::Close)
    }

    /// pidfd_send_signal(2), which knows a process by its directory in `/proc`, too.
    pub fn sys_pidfd_send_signal(
        self,
        pidfd: i32,
        number: i32,
        info: UserPtr<u64>,
        flags: u32,
    ) -> Result<i32> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        if !self.open_file(pidfd)?.file.inode().is_some_and(|inode| inode.is_process()) {
            self.check_pidfd(pidfd)?;
        }
        let Some(info) = info.non_null() else { return self.sys_kill(PID, number) };
        if UserPtr::<i32>::new(info.address()).read()? != number {
            return Err(Errno::EINVAL);
        }
        let (code, value) = code_and_value(info)?;
        self.sys_sigqueue(PID, None, number, code, value)
    }

    /// process_vm_readv(2), process_vm_writev(2): copies from some ranges to others, of which one side is a process's;
    /// that is this one. What can be copied counts.
    pub fn sys_process_vm(
        self,
        pid: i32,
        from: (UserPtr<abi::iovec>, u64),
        to: (UserPtr<abi::iovec>, u64),
        flags: u64,
    ) -> Result<isize> {
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        let counted = |count: u64| i32::try_from(count).map_err(|_| Errno::EINVAL);
        let mut to = UserBufMut::of_vectors(to.0, counted(to.1)?)?;
        let mut from = UserBuf::of_vectors(from.0, counted(from.1)?)?;
        if pid != PID {
            self.thread_numbered(pid)?;
        }
        self.kernel.fs.scratch.with(to.left().min(from.left()), |piece| {
            while to.left() > 0 && from.left() > 0 {
                let most = piece.len().min(to.left());
                let before = to.done();
                let copied = from.peek_some(&mut piece[..most]).and_then(|n| to.put_some(&piece[..n]));
                from.advance(to.done() - before);
                match copied {
                    Err(error) if to.done() == 0 => return Err(error),
                    Err(_) => break,
                    Ok(_) => {}
                }
            }
            Ok(to.done() as isize)
        })
    }
}
