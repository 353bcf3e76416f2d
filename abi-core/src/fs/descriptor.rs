//! Calls on descriptors: close(2), dup(2), fcntl(2), lseek(2), getdents(2), isatty(3), ioctl(2).

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::inode::InodeRef;
use super::table::OnExec;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_out};
use crate::kernel::Context;
use crate::mm::SharedKey;

/// Where the length of a `struct dirent64` is in it.
const ENTRY_LEN_AT: usize = 16;
/// Where its name is, after the kind of file.
const ENTRY_NAME_AT: usize = 19;
/// The most bytes of entries one `getdents64` gives.
const MAX_ENTRIES_BYTES: usize = 64 * 1024;
/// Requests of ioctl(2) that the headers leave out: a file's block size, and its length.
const FIGETBSZ: u64 = 2;
const FIOQSIZE: u64 = 0x5460;
/// The same of shared storage, and of flags of inodes.
const FICLONE: u64 = 0x4004_9409;
const FICLONERANGE: u64 = 0x4020_940d;
const FS_IOC_GETFLAGS: u64 = 0x8008_6601;
/// Seals that exist.
const SEALS: u32 = (abi::F_SEAL_SEAL | abi::F_SEAL_EXEC) as u32 | CONTENT_SEALS;
/// Seals against changes of what a file has.
const CONTENT_SEALS: u32 = (abi::F_SEAL_SHRINK | abi::F_SEAL_GROW) as u32 | WRITE_SEALS;
/// Seals against writing.
pub const WRITE_SEALS: u32 = (abi::F_SEAL_WRITE | abi::F_SEAL_FUTURE_WRITE) as u32;

impl Context<'_> {
    /// close(2)
    pub fn sys_close(self, fd: i32) -> Result<i32> {
        let closed = self.files().descriptors.lock().remove(fd)?;
        if Arc::strong_count(&closed) == 1 {
            closed.file.before_close(self);
        }
        self.descriptors_closed(&[closed]);
        Ok(0)
    }

    /// close_range(2)
    pub fn sys_close_range(self, first: u32, last: u32, flags: u32) -> Result<i32> {
        if first > last || flags & !(abi::CLOSE_RANGE_CLOEXEC | abi::CLOSE_RANGE_UNSHARE) != 0 {
            return Err(Errno::EINVAL);
        }
        let (first, last) = (first as usize, last as usize);
        let mut table = self.files().descriptors.lock();
        if flags & abi::CLOSE_RANGE_CLOEXEC != 0 {
            let open: Vec<i32> =
                table.open_descriptors().filter(|fd| (first..=last).contains(&(*fd as usize))).collect();
            for fd in open {
                table.set_on_exec(fd, OnExec::Close)?;
            }
            return Ok(0);
        }
        let closed = table.remove_range(first, last, |_| true);
        drop(table);
        self.descriptors_closed(&closed);
        Ok(0)
    }

    /// Closes what `execve` closes.
    pub fn close_on_exec(self) {
        let closed =
            self.files().descriptors.lock().remove_range(0, usize::MAX, |on_exec| on_exec == OnExec::Close);
        self.descriptors_closed(&closed);
    }

    /// dup(2)
    pub fn sys_dup(self, fd: i32) -> Result<i32> {
        self.duplicate(fd, 0, OnExec::Keep)
    }

    /// Gives an open file another descriptor, the lowest from `from`.
    pub(crate) fn duplicate(self, fd: i32, from: usize, on_exec: OnExec) -> Result<i32> {
        let mut table = self.files().descriptors.lock();
        let open = table.get(fd)?.clone();
        table.insert(open, on_exec, from)
    }

    /// dup2(2)
    pub fn sys_dup2(self, from: i32, to: i32) -> Result<i32> {
        if from == to {
            self.open_file(from)?;
            return Ok(to);
        }
        self.sys_dup3(from, to, 0)
    }

    /// dup3(2)
    pub fn sys_dup3(self, from: i32, to: i32, flags: i32) -> Result<i32> {
        if flags & !abi::O_CLOEXEC != 0 || from == to {
            return Err(Errno::EINVAL);
        }
        let mut table = self.files().descriptors.lock();
        let open = table.get(from)?.clone();
        let replaced = table.replace(to, open, OnExec::from_flags(flags))?;
        drop(table);
        self.descriptors_closed(replaced.as_slice());
        Ok(to)
    }

    /// fcntl(2)
    pub fn sys_fcntl(self, fd: i32, command: i32, argument: usize) -> Result<i32> {
        let open = self.open_file(fd)?;
        let is_path = open.flags() & abi::O_PATH != 0;
        match command {
            abi::F_DUPFD | abi::F_DUPFD_CLOEXEC => {
                let limit = self.files().descriptors.lock().limit();
                let from = usize::try_from(argument as i32).ok().filter(|from| *from < limit);
                let on_exec = if command == abi::F_DUPFD { OnExec::Keep } else { OnExec::Close };
                self.duplicate(fd, from.ok_or(Errno::EINVAL)?, on_exec)
            }
            abi::F_GETFD => {
                let on_exec = self.files().descriptors.lock().on_exec(fd)?;
                Ok(if on_exec == OnExec::Close { abi::FD_CLOEXEC } else { 0 })
            }
            abi::F_SETFD => {
                let closes = argument as i32 & abi::FD_CLOEXEC != 0;
                let on_exec = if closes { OnExec::Close } else { OnExec::Keep };
                self.files().descriptors.lock().set_on_exec(fd, on_exec).map(|()| 0)
            }
            // The kernel's O_LARGEFILE, which glibc's headers call 0.
            abi::F_GETFL => Ok(open.flags() | if is_path { 0 } else { 0o100_000 }),
            _ if is_path => Err(Errno::EBADF),
            abi::F_SETFL => {
                open.set_flags(argument as i32);
                open.change_telling(self, fd);
                Ok(0)
            }
            abi::F_SETLK | abi::F_SETLKW | abi::F_OFD_SETLK | abi::F_OFD_SETLKW => {
                self.set_record_lock(&open, command, argument)
            }
            abi::F_GETLK | abi::F_OFD_GETLK => self.get_record_lock(&open, command, argument),
            abi::F_SETLEASE => self.set_lease(&open, fd, argument as i32),
            abi::F_GETLEASE => Ok(self.get_lease(&open)),
            abi::F_NOTIFY => self.set_notice(&open, fd, argument as u32),
            abi::F_GETPIPE_SZ => open.file.as_pipe().map(|pipe| pipe.capacity() as i32).ok_or(Errno::EBADF),
            abi::F_SETPIPE_SZ => {
                let pipe = open.file.as_pipe().ok_or(Errno::EBADF)?;
                pipe.set_capacity(argument as u32 as usize).map(|size| size as i32)
            }
            abi::F_GET_SEALS => {
                let seals = open.file.inode().and_then(|inode| inode.seals()).ok_or(Errno::EINVAL)?;
                Ok(seals.load(Ordering::Relaxed) as i32)
            }
            abi::F_ADD_SEALS => {
                let inode = open.file.inode().ok_or(Errno::EINVAL)?;
                let seals = inode.seals().ok_or(Errno::EINVAL)?;
                if !open.is_writable() {
                    return Err(Errno::EPERM);
                }
                self.add_seals(inode, seals, argument as u32)
            }
            _ => open.owner.control(self, command, argument).unwrap_or(Err(Errno::EINVAL)),
        }
    }

    fn add_seals(self, inode: &InodeRef, seals: &AtomicU32, added: u32) -> Result<i32> {
        if added & !SEALS != 0 {
            return Err(Errno::EINVAL);
        }
        if seals.load(Ordering::SeqCst) & abi::F_SEAL_SEAL as u32 != 0 {
            return Err(Errno::EPERM);
        }
        // What is sealed as executable must not change.
        let is_program = added & abi::F_SEAL_EXEC as u32 != 0 && inode.attributes()?.mode & 0o111 != 0;
        let added = if is_program { added | CONTENT_SEALS } else { added };
        let before = seals.fetch_or(added, Ordering::SeqCst);
        let (device, number) = inode.identity();
        let write = abi::F_SEAL_WRITE as u32;
        if added & !before & write != 0 && self.kernel.mm.may_be_stored_to(SharedKey::File(device, number)) {
            seals.fetch_and(!(added & !before), Ordering::SeqCst);
            return Err(Errno::EBUSY);
        }
        Ok(0)
    }

    /// lseek(2)
    pub fn sys_lseek(self, fd: i32, offset: i64, whence: i32) -> Result<i64> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        open.file.seek(&open, offset, whence).map(|position| position as i64)
    }

    /// getdents64(2)
    pub fn sys_getdents64(self, fd: i32, out: usize, len_bytes: usize) -> Result<isize> {
        self.give_entries(fd, out, len_bytes, |_| {})
    }

    /// getdents(2): the same entries with the kind of file after the name.
    pub fn sys_getdents(self, fd: i32, out: usize, len_bytes: usize) -> Result<i32> {
        let given = self.give_entries(fd, out, len_bytes, |entries| {
            let mut rest = entries;
            while rest.len() > ENTRY_NAME_AT {
                let len = usize::from(u16::from_ne_bytes([rest[ENTRY_LEN_AT], rest[ENTRY_LEN_AT + 1]]));
                let (entry, others) = rest.split_at_mut(len);
                entry[ENTRY_NAME_AT - 1..].rotate_left(1);
                rest = others;
            }
        })?;
        Ok(given as i32)
    }

    fn give_entries(
        self,
        fd: i32,
        out: usize,
        len_bytes: usize,
        convert: impl FnOnce(&mut [u8]),
    ) -> Result<isize> {
        let open = self.open_for_use(fd)?;
        let mut entries = Vec::new();
        open.file.read_entries(self, &open, &mut entries, len_bytes.min(MAX_ENTRIES_BYTES))?;
        convert(&mut entries);
        copy_out(out, &entries)?;
        self.kernel.tell_open(&open, abi::IN_ACCESS);
        Ok(entries.len() as isize)
    }

    /// isatty(3): 1, or `ENOTTY`.
    pub fn sys_isatty(self, fd: i32) -> Result<i32> {
        let open = self.open_file(fd)?;
        if open.file.is_terminal() {
            return Ok(1);
        }
        // As the request of a terminal would fail: some devices have an error of their own.
        Err(open.file.ioctl(self, &open, abi::TCGETS, 0).err().unwrap_or(Errno::ENOTTY))
    }

    /// ioctl(2)
    pub fn sys_ioctl(self, fd: i32, request: u64, argument: usize) -> Result<i32> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        match request {
            abi::FIOCLEX | abi::FIONCLEX => {
                let on_exec = if request == abi::FIOCLEX { OnExec::Close } else { OnExec::Keep };
                self.files().descriptors.lock().set_on_exec(fd, on_exec).map(|()| 0)
            }
            abi::FIONBIO => {
                let is_on = UserPtr::<i32>::new(argument).read()? != 0;
                let flags = open.flags() & !abi::O_NONBLOCK;
                open.set_flags(if is_on { flags | abi::O_NONBLOCK } else { flags });
                Ok(0)
            }
            abi::FIOASYNC => {
                let is_on = UserPtr::<i32>::new(argument).read()? != 0;
                if is_on != (open.flags() & abi::O_ASYNC != 0) && !open.can_tell() {
                    return Err(Errno::ENOTTY);
                }
                let flags = open.flags() & !abi::O_ASYNC;
                open.set_flags(if is_on { flags | abi::O_ASYNC } else { flags });
                open.change_telling(self, fd);
                Ok(0)
            }
            FICLONE => self.clone_from_file(argument as i32, &open),
            FICLONERANGE => self.clone_from_file(UserPtr::<i64>::new(argument).read()? as i32, &open),
            FS_IOC_GETFLAGS if open.file.inode().is_some() => super::copy::inode_flags(&open, argument),
            FIGETBSZ if open.file.inode().is_some() => {
                let block_bytes = open.file.attributes()?.block_size;
                UserPtr::<i32>::new(argument).write(block_bytes as i32).map(|()| 0)
            }
            FIOQSIZE => {
                let attributes = open.file.attributes()?;
                if !matches!(attributes.mode & abi::S_IFMT, abi::S_IFREG | abi::S_IFDIR | abi::S_IFLNK) {
                    return Err(Errno::ENOTTY);
                }
                UserPtr::<u64>::new(argument).write(attributes.size).map(|()| 0)
            }
            abi::FIONREAD if open.file.inode().is_some_and(|inode| inode.file_type() == abi::S_IFREG) => {
                let left = open.file.attributes()?.size.saturating_sub(open.position());
                UserPtr::<i32>::new(argument).write(left as i32).map(|()| 0)
            }
            _ => {
                let about_owner =
                    open.file.as_socket().and_then(|_| open.owner.ioctl(self, request, argument));
                about_owner.unwrap_or_else(|| open.file.ioctl(self, &open, request, argument))
            }
        }
    }
}
