//! Replies from bytes. Any bytes give a value or `EIO`; nothing reaches past them.

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderEntry, FolderError, FolderStat, Result};

use super::encode::Request;
use super::{ERROR_REPLY, HEAD_BYTES, Qid};

/// What a damaged reply is.
const DAMAGED: FolderError = FolderError(Errno::EIO.0);
/// The largest number that is an error.
const MAX_ERROR: u32 = 4095;

/// What is left of a reply's fields.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a>(&'a [u8]);

/// Opens the reply to a request: its fields, or the error it is.
pub fn open(reply: &[u8], request: Request) -> Result<Fields<'_>> {
    let (head, _) = reply.split_first_chunk::<HEAD_BYTES>().ok_or(DAMAGED)?;
    let &[s0, s1, s2, s3, got, t0, t1] = head;
    let size = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
    let mut fields = Fields(reply.get(HEAD_BYTES..size).ok_or(DAMAGED)?);
    if u16::from_le_bytes([t0, t1]) != request.tag {
        return Err(DAMAGED);
    }
    if got == ERROR_REPLY {
        let number = fields.word()?;
        return Err(if (1..=MAX_ERROR).contains(&number) { FolderError(number as i32) } else { DAMAGED });
    }
    if got == request.kind as u8 + 1 { Ok(fields) } else { Err(DAMAGED) }
}

impl<'a> Fields<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(DAMAGED)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn short(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Reads four bytes: the count of `Rwrite`.
    pub fn word(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// Reads a long word: the size of `Rxattrwalk`.
    pub fn long(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Reads a string: the target of `Rreadlink`.
    pub fn string(&mut self) -> Result<&'a [u8]> {
        let len = self.short()?;
        self.take(len.into())
    }

    /// `msize[4] version[s]`
    pub fn version(&mut self) -> Result<(u32, &'a [u8])> {
        Ok((self.word()?, self.string()?))
    }

    /// `type[1] version[4] path[8]`
    pub fn qid(&mut self) -> Result<Qid> {
        Ok(Qid { kind: self.byte()?, version: self.word()?, path: self.long()? })
    }

    /// `nwqid[2] nwqid*(qid[13])`: how many names were walked, and the last one's qid.
    pub fn walked(&mut self) -> Result<(usize, Option<Qid>)> {
        let count = self.short()?;
        let mut last = None;
        for _ in 0..count {
            last = Some(self.qid()?);
        }
        Ok((count.into(), last))
    }

    /// `count[4] data[count]`
    pub fn data(&mut self) -> Result<&'a [u8]> {
        let len = self.word()?;
        self.take(usize::try_from(len).map_err(|_| DAMAGED)?)
    }

    /// `valid[8] qid[13] mode[4] uid[4] gid[4] nlink[8] rdev[8] size[8] blksize[8] blocks[8]` and seconds and nanoseconds of
    /// access, modification and change; more follows. `dev` says which server's file it is.
    pub fn attributes(&mut self, dev: u64) -> Result<FolderStat> {
        self.long()?;
        let qid = self.qid()?;
        let (mode, uid, gid) = (self.word()?, self.word()?, self.word()?);
        let (nlink, rdev, size) = (self.long()?, self.long()?, self.long()?);
        let (block_size, blocks) = (self.long()?, self.long()?);
        let mut times_ns = [0; 3];
        for time in &mut times_ns {
            let (seconds, nanos) = (self.long()? as i64, self.long()?);
            *time = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        }
        let block_size = u32::try_from(block_size).unwrap_or(0).max(512);
        Ok(FolderStat {
            mode,
            size,
            dev,
            ino: qid.path,
            nlink,
            uid,
            gid,
            rdev,
            blocks,
            block_size,
            times_ns,
            // QEMU's server does not know it.
            birth_ns: None,
        })
    }

    /// Reads the entries of a `Rreaddir`, `qid[13] offset[8] type[1] name[s]` each, without `.` and `..`; returns where
    /// to go on, or `None` at the end of the folder.
    pub fn entries(&mut self, entries: &mut alloc::vec::Vec<FolderEntry>) -> Result<Option<u64>> {
        let mut data = Fields(self.data()?);
        let mut next = None;
        while !data.0.is_empty() {
            let (qid, offset, kind) = (data.qid()?, data.long()?, data.byte()?);
            let name = data.string()?;
            next = Some(offset);
            if name.is_empty() || name.contains(&b'/') || name.contains(&0) {
                return Err(DAMAGED);
            }
            if name != b"." && name != b".." {
                entries.push(FolderEntry { name: name.into(), ino: qid.path, kind });
            }
        }
        Ok(next)
    }
}
