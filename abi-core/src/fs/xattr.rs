//! Extended attributes, xattr(7): files of memory and overlay file systems have them; those below an overlay and host
//! folders don't show theirs.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::inode::InodeRef;
use super::mount::Mounted;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, UserStr, copy_in, copy_out};
use crate::kernel::Context;
use crate::sync::Mutex;

/// The longest name (`XATTR_NAME_MAX`).
const NAME_MAX_BYTES: usize = 255;
/// The longest value (`XATTR_SIZE_MAX`).
const VALUE_MAX_BYTES: usize = 65536;

/// One file's extended attributes, by name.
pub struct Xattrs(Mutex<BTreeMap<Vec<u8>, Vec<u8>>>);

impl Xattrs {
    /// Makes a file without any.
    pub const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }
}

impl Default for Xattrs {
    fn default() -> Self {
        Self::new()
    }
}

/// What a call is about to do with an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Change,
}

/// Reads a name: `ERANGE` if it is empty or too long.
fn read_name(name: UserStr) -> Result<Vec<u8>> {
    let name = name
        .read(NAME_MAX_BYTES + 1)
        .map_err(|e| if e == Errno::ENAMETOOLONG { Errno::ERANGE } else { e })?;
    if name.is_empty() || name.len() > NAME_MAX_BYTES { Err(Errno::ERANGE) } else { Ok(name) }
}

/// Makes sure the file can have an attribute of this name.
fn check_name(inode: &InodeRef, name: &[u8], purpose: Purpose) -> Result<()> {
    let is_plain = matches!(inode.file_type(), abi::S_IFREG | abi::S_IFDIR);
    match name.split(|&b| b == b'.').next().unwrap_or_default() {
        class if class.len() == name.len() => Err(Errno::EOPNOTSUPP),
        class if class.len() + 1 == name.len() && matches!(class, b"user" | b"trusted" | b"security") => {
            Err(Errno::EINVAL)
        }
        b"user" if !is_plain => Err(if purpose == Purpose::Change { Errno::EPERM } else { Errno::ENODATA }),
        b"user" | b"trusted" | b"security" => Ok(()),
        _ => Err(Errno::EOPNOTSUPP),
    }
}

fn attributes_of(inode: &InodeRef) -> Result<&Xattrs> {
    inode.xattrs().ok_or(Errno::EOPNOTSUPP)
}

/// Stores an answer in a buffer of `size` bytes; 0 asks for its length only.
fn answer(bytes: &[u8], out: usize, size: usize) -> Result<isize> {
    if size > 0 {
        if bytes.len() > size {
            return Err(Errno::ERANGE);
        }
        copy_out(out, bytes)?;
    }
    Ok(bytes.len() as isize)
}

impl Context<'_> {
    /// Finds the file of a path; `flags` as [`Context::resolve_at`] takes them.
    pub fn xattr_file(self, path: UserStr, flags: i32) -> Result<Mounted> {
        self.resolve_at(abi::AT_FDCWD, &path.read_path()?, flags)
    }

    /// Finds the file of a descriptor.
    pub fn xattr_open_file(self, fd: i32) -> Result<Mounted> {
        let open = self.open_file(fd)?;
        if open.flags() & abi::O_PATH != 0 {
            return Err(Errno::EBADF);
        }
        self.mounted(&open).ok_or(Errno::EOPNOTSUPP)
    }

    /// getxattr(2)
    pub fn get_xattr(self, inode: &Mounted, name: UserStr, value: usize, size: usize) -> Result<isize> {
        let name = read_name(name)?;
        check_name(inode, &name, Purpose::Read)?;
        let found = attributes_of(inode)?.0.lock().get(&name).cloned().ok_or(Errno::ENODATA)?;
        answer(&found, value, size)
    }

    /// listxattr(2)
    pub fn list_xattrs(self, inode: &Mounted, list: usize, size: usize) -> Result<isize> {
        let names: Vec<u8> = match inode.xattrs() {
            Some(xattrs) => xattrs.0.lock().keys().flat_map(|name| name.iter().copied().chain([0])).collect(),
            None => Vec::new(),
        };
        answer(&names, list, size)
    }

    /// setxattr(2)
    pub fn set_xattr(
        self,
        inode: &Mounted,
        name: UserStr,
        value: UserPtr<u8>,
        size: usize,
        flags: i32,
    ) -> Result<i32> {
        if flags & !(abi::XATTR_CREATE | abi::XATTR_REPLACE) != 0 {
            return Err(Errno::EINVAL);
        }
        let name = read_name(name)?;
        if size > VALUE_MAX_BYTES {
            return Err(Errno::E2BIG);
        }
        let mut bytes = alloc::vec![0; size];
        copy_in(&mut bytes, value.address())?;
        inode.check_writable()?;
        check_name(inode, &name, Purpose::Change)?;
        let mut xattrs = attributes_of(inode)?.0.lock();
        match xattrs.contains_key(&name) {
            true if flags & abi::XATTR_CREATE != 0 => return Err(Errno::EEXIST),
            false if flags & abi::XATTR_REPLACE != 0 => return Err(Errno::ENODATA),
            _ => {}
        }
        xattrs.insert(name, bytes);
        Ok(0)
    }

    /// removexattr(2)
    pub fn remove_xattr(self, inode: &Mounted, name: UserStr) -> Result<i32> {
        let name = read_name(name)?;
        inode.check_writable()?;
        check_name(inode, &name, Purpose::Change)?;
        attributes_of(inode)?.0.lock().remove(&name).map(|_| 0).ok_or(Errno::ENODATA)
    }
}
