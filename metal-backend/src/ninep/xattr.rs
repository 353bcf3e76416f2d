//! Extended attributes: they are read and written by fids of their own.

use alloc::vec;
use alloc::vec::Vec;

use abi_core::abi::{self, Errno};
use abi_core::backend::folders::{FolderError, Result, SetXattr};

use super::client::Client;
use super::wire::{Bulk, Wire};

/// The longest value, and the longest list of names.
const MAX_BYTES: u64 = 65536;

fn error(errno: Errno) -> FolderError {
    FolderError(errno.0)
}

impl<W: Wire> Client<W> {
    /// Reads an extended attribute of what is at a path; without a name, the names, each with a NUL after it.
    pub fn xattr(&self, path: &[u8], name: &[u8]) -> Result<Vec<u8>> {
        let fid = self.find(path)?;
        let (value, len) = self.with_new_fid(|number| {
            self.wire().exchange(
                Bulk::None,
                |request, _| request.walk_xattr(fid.number(), number, name),
                |mut reply| reply.long(),
            )
        })?;
        if len > MAX_BYTES {
            return Err(error(Errno::EIO));
        }
        let mut bytes = vec![0; len as usize];
        let n = self.read(&value, 0, &mut bytes)?;
        bytes.truncate(n);
        Ok(bytes)
    }

    /// Sets an extended attribute. QEMU's server takes an empty value for none, so there are none of those.
    pub fn set_xattr(&self, path: &[u8], name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        let flags = match how {
            _ if value.is_empty() => return Err(error(Errno::EINVAL)),
            SetXattr::Anyway => 0,
            SetXattr::New => abi::XATTR_CREATE,
            SetXattr::Replacing => abi::XATTR_REPLACE,
        };
        self.store_xattr(path, name, value, flags)
    }

    /// Removes an extended attribute.
    pub fn remove_xattr(&self, path: &[u8], name: &[u8]) -> Result<()> {
        self.store_xattr(path, name, &[], 0)
    }

    fn store_xattr(&self, path: &[u8], name: &[u8], value: &[u8], flags: i32) -> Result<()> {
        let fid = self.find(path)?;
        // The call makes the fid that of the attribute.
        let fid = self.walk(fid.number(), &[])?;
        self.wire().exchange(
            Bulk::None,
            |request, _| request.create_xattr(fid.number(), name, value.len() as u64, flags as u32),
            |_| Ok(()),
        )?;
        if self.write(&fid, 0, value)? < value.len() {
            return Err(error(Errno::EIO));
        }
        // What becomes of it is the answer to its end.
        fid.end()
    }
}
