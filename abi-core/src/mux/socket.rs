//! Connected pairs of local stream sockets, socketpair(2): two pipes, one each way.

use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::pipe::{Pipe, PipeEnd};
use super::{Listener, WaitQueue};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBuf, UserBufMut, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile};
use crate::fs::table::OnExec;
use crate::kernel::Context;

/// One socket of a pair.
pub struct PairSocket {
    reader: Arc<PipeEnd>,
    writer: Arc<PipeEnd>,
    ino: u64,
}

impl File for PairSocket {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        self.reader.read(cx, open, buf)
    }
    fn write(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBuf) -> Result<()> {
        self.writer.write(cx, open, buf)
    }
    fn write_kernel(&self, cx: Context<'_>, open: &OpenFile, bytes: &[u8]) -> Result<usize> {
        self.writer.write_kernel(cx, open, bytes)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(Attributes {
            mode: abi::S_IFSOCK | 0o777,
            dev: 8,
            ino: self.ino,
            nlink: 1,
            block_size: 4096,
            ..Attributes::default()
        })
    }
    fn label(&self) -> Vec<u8> {
        format!("socket:[{}]", self.ino).into_bytes()
    }
    fn poll(&self, cx: Context<'_>) -> i16 {
        let (input, output) = (self.reader.poll(cx), self.writer.poll(cx));
        // A peer that left can be read (the end) and hangs up.
        let is_gone = input & abi::POLLHUP != 0;
        let readable = if is_gone { abi::POLLIN | abi::POLLRDNORM | abi::POLLRDHUP } else { 0 };
        let writable = if is_gone { abi::POLLOUT | abi::POLLWRNORM } else { output & !abi::POLLERR };
        input | readable | writable
    }
    fn wait_queue<'a>(&'a self, cx: Context<'a>) -> Option<&'a WaitQueue> {
        self.reader.wait_queue(cx)
    }
    fn listen(&self, cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) -> bool {
        self.writer.listen(cx, listener, token);
        self.reader.listen(cx, listener, token)
    }
    fn unlisten(&self, cx: Context<'_>, listener: &Arc<dyn Listener>, token: u64) {
        self.writer.unlisten(cx, listener, token);
        self.reader.unlisten(cx, listener, token);
    }
    fn ioctl(&self, cx: Context<'_>, open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        self.reader.ioctl(cx, open, request, argument)
    }
}

impl Context<'_> {
    /// socket(2): no family is there but that of pairs, which have a call of their own.
    pub fn sys_socket(self, _domain: i32, _kind: i32, _protocol: i32) -> Result<i32> {
        Err(Errno::EAFNOSUPPORT)
    }

    /// Says why a descriptor can't do what sockets can.
    pub fn socket_refusal(self, fd: i32) -> Errno {
        match self.pair_of(fd) {
            Ok(()) => Errno::EOPNOTSUPP,
            Err(error) => error,
        }
    }

    /// Fails with `ENOTSOCK` unless this is a socket of a pair.
    fn pair_of(self, fd: i32) -> Result<()> {
        let open = self.kernel.fs.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        let mode = open.file.attributes().map_or(0, |attributes| attributes.mode);
        if mode & abi::S_IFMT == abi::S_IFSOCK { Ok(()) } else { Err(Errno::ENOTSOCK) }
    }

    /// send(2) on a pair: the same as write(2).
    pub fn sys_send(self, fd: i32, buf: UserBuf, flags: i32) -> Result<isize> {
        self.pair_of(fd)?;
        if flags != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        self.sys_write(fd, buf)
    }

    /// recv(2) on a pair: the same as read(2).
    pub fn sys_recv(self, fd: i32, buf: UserBufMut, flags: i32) -> Result<isize> {
        self.pair_of(fd)?;
        if flags != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        self.sys_read(fd, buf)
    }

    /// socketpair(2) for local streams
    pub fn sys_socketpair(
        self,
        domain: i32,
        kind: i32,
        protocol: i32,
        out: UserPtr<[i32; 2]>,
    ) -> Result<i32> {
        let flags = kind & (abi::SOCK_CLOEXEC | abi::SOCK_NONBLOCK);
        if domain != abi::AF_UNIX {
            return Err(if domain == abi::AF_INET { Errno::EOPNOTSUPP } else { Errno::EAFNOSUPPORT });
        }
        if kind & !flags != abi::SOCK_STREAM || protocol != 0 {
            return Err(Errno::EPROTONOSUPPORT);
        }
        let pipes = [Pipe::new(), Pipe::new()];
        let end = |from: usize| {
            let file = PairSocket {
                reader: PipeEnd::open(&pipes[from], abi::O_RDONLY, None),
                writer: PipeEnd::open(&pipes[1 - from], abi::O_WRONLY, None),
                ino: pipes[from].number(),
            };
            OpenFile::new(Arc::new(file), abi::O_RDWR | (flags & abi::O_NONBLOCK))
        };
        let (first, second) = (end(0), end(1));
        let on_exec = OnExec::from_flags(flags);
        let fds = {
            let mut table = self.kernel.fs.descriptors.lock();
            let first = table.insert(first, on_exec, 0)?;
            match table.insert(second, on_exec, 0) {
                Ok(second) => [first, second],
                Err(error) => {
                    let first = table.remove(first);
                    drop(table);
                    drop(first);
                    return Err(error);
                }
            }
        };
        out.write(fds)?;
        Ok(0)
    }
}
