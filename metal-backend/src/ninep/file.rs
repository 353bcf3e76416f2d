//! An open file of a server.

use abi_core::abi::Errno;
use abi_core::backend::folders::{FolderError, FolderFile, FolderLock, FolderStat, FoundLock, Result};

use super::Qid;
use super::client::{Client, Fid};
use super::encode::Changes;
use super::wire::Wire;

/// An open file; the server closes it when this is dropped.
pub struct ServedFile<W: Wire> {
    client: Client<W>,
    fid: Fid<W>,
    qid: Qid,
}

impl<W: Wire> ServedFile<W> {
    /// Takes over an open fid.
    pub fn new(client: Client<W>, (fid, qid): (Fid<W>, Qid)) -> Self {
        Self { client, fid, qid }
    }
}

impl<W: Wire> FolderFile for ServedFile<W> {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.client.read(&self.fid, offset, buf)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<usize> {
        self.client.write(&self.fid, offset, bytes)
    }

    fn set_len(&self, len: u64) -> Result<()> {
        self.client.change(&self.fid, &Changes { size: Some(len), ..Changes::default() })
    }

    fn sync(&self) -> Result<()> {
        self.client.sync(&self.fid)
    }

    fn set_mode(&self, mode: u32) -> Result<()> {
        // Fails where the name leads to another file by now.
        self.stat()?;
        self.client.change(&self.fid, &Changes { mode: Some(mode), ..Changes::default() })
    }

    fn set_times(&self, access_ns: Option<i128>, modification_ns: Option<i128>) -> Result<()> {
        self.stat()?;
        self.client.change(&self.fid, &Changes { access_ns, modification_ns, ..Changes::default() })
    }

    fn stat(&self) -> Result<FolderStat> {
        let stat = self.client.attributes(&self.fid)?;
        // The server looks the path up again, where another file may be by now.
        if stat.ino == self.qid.path { Ok(stat) } else { Err(FolderError(Errno::ENOENT.0)) }
    }

    // QEMU's server keeps no locks: the machine's hold among its own threads only.

    fn lock_whole(&self, _: FolderLock) -> Result<()> {
        Ok(())
    }

    fn lock_bytes(&self, _: FolderLock, _: u64, _: u64) -> Result<()> {
        Ok(())
    }

    fn find_lock(&self, _: FolderLock, _: u64, _: u64) -> Result<Option<FoundLock>> {
        Ok(None)
    }
}
