//! Copying between descriptors inside the kernel: sendfile(2), copy_file_range(2).

use super::file::OpenFile;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// Where one side of a copy is: at an offset the guest keeps, or at the file's position.
pub(crate) struct Side {
    offset: Option<(UserPtr<i64>, i64)>,
}

impl Side {
    /// Reads the guest's offset, if there is one.
    pub(crate) fn new(offset: UserPtr<i64>) -> Result<Self> {
        let offset = match offset.non_null() {
            Some(pointer) => Some((pointer, pointer.read()?)),
            None => None,
        };
        if offset.is_some_and(|(_, at)| at < 0) {
            return Err(Errno::EINVAL);
        }
        Ok(Self { offset })
    }

    /// Returns the offset that the guest keeps.
    pub(crate) fn offset(&self) -> Option<i64> {
        self.offset.map(|(_, at)| at)
    }

    /// Returns where the next byte is.
    pub(crate) fn at(&self, open: &OpenFile) -> u64 {
        self.offset.map_or_else(|| open.position(), |(_, at)| at as u64)
    }

    /// Moves on by `n` bytes.
    pub(crate) fn advance(&mut self, open: &OpenFile, n: u64) {
        match &mut self.offset {
            Some((_, at)) => *at += n as i64,
            // The file is one that has positions.
            None => drop(open.file.seek(open, n as i64, abi::SEEK_CUR)),
        }
    }

    /// Tells the guest its offset.
    pub(crate) fn store(&self) -> Result<()> {
        self.offset.map_or(Ok(()), |(pointer, at)| pointer.write(at))
    }
}

impl Context<'_> {
    /// sendfile(2)
    pub fn sys_sendfile(self, to: i32, from: i32, offset: UserPtr<i64>, count: usize) -> Result<isize> {
        let (from, to) = (self.open_file(from)?, self.open_file(to)?);
        if !from.is_readable() || !to.is_writable() {
            return Err(Errno::EBADF);
        }
        let Some(source) = from.file.inode().filter(|inode| inode.file_type() == abi::S_IFREG) else {
            return self.send_from_device(&from, &to, count);
        };
        let mut side = Side::new(offset)?;
        let mut done = 0;
        let result = self.kernel.fs.scratch.with(super::scratch::PIECE_BYTES, |piece| {
            while done < count {
                let want = piece.len().min(count - done);
                let n = source.read_at(side.at(&from), &mut piece[..want])?;
                if n == 0 {
                    break;
                }
                let sent = to.file.write_kernel(self, &to, &piece[..n])?;
                side.advance(&from, sent as u64);
                done += sent;
                if sent < n {
                    break;
                }
            }
            Ok(())
        });
        if result == Err(Errno::EPIPE) {
            self.raise_sigpipe();
        }
        side.store()?;
        super::read::transferred(done, result)
    }

    /// The same from a file that is not regular but can be read at offsets, to whose bytes they make no difference.
    fn send_from_device(self, from: &OpenFile, to: &OpenFile, count: usize) -> Result<isize> {
        if !from.has_places() {
            return Err(Errno::EINVAL);
        }
        let mut done = 0;
        let mut send = || {
            while done < count {
                let want = super::scratch::PIECE_BYTES.min(count - done);
                let bytes = self.read_spliceable(from, want, false)?;
                let sent = to.file.write_kernel(self, to, &bytes)?;
                done += sent;
                if sent < want {
                    break;
                }
            }
            Ok(())
        };
        let result = send();
        if result == Err(Errno::EPIPE) {
            self.raise_sigpipe();
        }
        super::read::transferred(done, result)
    }

    /// copy_file_range(2)
    pub fn sys_copy_file_range(
        self,
        from: i32,
        from_offset: UserPtr<i64>,
        to: i32,
        to_offset: UserPtr<i64>,
        count: usize,
        flags: u32,
    ) -> Result<isize> {
        let (from, to) = (self.open_file(from)?, self.open_file(to)?);
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        if !from.is_readable() || !to.is_writable() || to.flags() & abi::O_APPEND != 0 {
            return Err(Errno::EBADF);
        }
        let (Some(source), Some(target)) = (from.file.inode(), to.file.inode()) else {
            return Err(Errno::EINVAL);
        };
        if source.is_directory() || target.is_directory() {
            return Err(Errno::EISDIR);
        }
        if source.file_type() != abi::S_IFREG || target.file_type() != abi::S_IFREG {
            return Err(Errno::EINVAL);
        }
        let (mut read, mut written) = (Side::new(from_offset)?, Side::new(to_offset)?);
        let mut done = 0;
        let result = self.kernel.fs.scratch.with(super::scratch::PIECE_BYTES, |piece| {
            while done < count {
                let want = piece.len().min(count - done);
                let n = source.read_at(read.at(&from), &mut piece[..want])?;
                if n == 0 {
                    break;
                }
                let n = self.limit_file_bytes(written.at(&to), n)?;
                let n = target.write_at(written.at(&to), &piece[..n])?;
                read.advance(&from, n as u64);
                written.advance(&to, n as u64);
                done += n;
            }
            Ok(())
        });
        read.store()?;
        written.store()?;
        super::read::transferred(done, result)
    }
}

impl Context<'_> {
    /// `FICLONE` and `FICLONERANGE`: no files share what they hold here, which is found out last, as on Linux.
    pub(super) fn clone_from_file(self, from: i32, to: &OpenFile) -> Result<i32> {
        let from = self.open_file(from)?;
        if from.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        let (source, target) = (from.file.attributes()?, to.file.attributes()?);
        let kinds = [source.mode, target.mode].map(|mode| mode & abi::S_IFMT);
        if source.dev != target.dev {
            return Err(Errno::EXDEV);
        }
        if kinds.contains(&abi::S_IFDIR) {
            return Err(Errno::EISDIR);
        }
        if kinds != [abi::S_IFREG; 2] {
            return Err(Errno::EINVAL);
        }
        if !from.is_readable() || !to.is_writable() || to.flags() & abi::O_APPEND != 0 {
            return Err(Errno::EBADF);
        }
        Err(Errno::EOPNOTSUPP)
    }
}

/// `FS_IOC_GETFLAGS`: files and folders have none.
pub(super) fn inode_flags(open: &OpenFile, argument: usize) -> Result<i32> {
    let kind = open.file.attributes()?.mode & abi::S_IFMT;
    if !matches!(kind, abi::S_IFREG | abi::S_IFDIR) {
        return Err(Errno::ENOTTY);
    }
    UserPtr::<i32>::new(argument).write(0).map(|()| 0)
}
