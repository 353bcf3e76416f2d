//! Extended attributes, xattr(7): files of memory have some, those of the host what it says, and one of an overlay those of
//! the file below until they are changed.

use alloc::vec::Vec;

use super::inode::InodeRef;
use super::mount::Mounted;
use crate::abi::{self, Errno, Result};
use crate::backend::folders::SetXattr;
use crate::boundary::user::{UserPtr, UserStr, copy_in, copy_out};
use crate::few::FewMap;
use crate::kernel::Context;
use crate::sync::Mutex;

/// The longest name (`XATTR_NAME_MAX`).
const NAME_MAX_BYTES: usize = 255;
/// The longest value (`XATTR_SIZE_MAX`).
const VALUE_MAX_BYTES: usize = 65536;

/// One file's extended attributes, by name; `None` are those of the file below.
pub struct Xattrs(Mutex<Option<Named>>);

/// Values by name.
type Named = FewMap<Vec<u8>, Vec<u8>>;

impl Xattrs {
    /// Makes a file without any.
    pub const fn new() -> Self {
        Self(Mutex::new(Some(FewMap::new())))
    }

    /// Makes a file that has those of the one below.
    pub const fn of_lower() -> Self {
        Self(Mutex::new(None))
    }

    /// Copies those of the file below, unless that was done.
    pub fn copy_up(&self, lower: &InodeRef) -> Result<()> {
        self.change(Some(lower), |_| ())
    }

    /// Changes them, with those of the file below copied before.
    fn change<R>(&self, lower: Option<&InodeRef>, f: impl FnOnce(&mut Named) -> R) -> Result<R> {
        let is_copied = self.0.lock().is_some();
        let below = match lower {
            Some(lower) if !is_copied => all_of(lower)?,
            _ => Named::new(),
        };
        let mut named = self.0.lock();
        Ok(f(named.get_or_insert(below)))
    }

    /// Returns a value.
    pub fn get(&self, lower: Option<&InodeRef>, name: &[u8]) -> Result<Vec<u8>> {
        if let Some(named) = &*self.0.lock() {
            return named.get(name).cloned().ok_or(Errno::ENODATA);
        }
        lower.map_or(Err(Errno::ENODATA), |lower| lower.xattr(name)).map_err(none_there)
    }

    /// Returns the names, each with a NUL after it.
    pub fn names(&self, lower: Option<&InodeRef>) -> Result<Vec<u8>> {
        if let Some(named) = &*self.0.lock() {
            return Ok(named.keys().flat_map(|name| name.iter().copied().chain([0])).collect());
        }
        lower.map_or(Ok(Vec::new()), |lower| lower.xattr_names())
    }

    /// Sets a value.
    pub fn set(&self, lower: Option<&InodeRef>, name: &[u8], value: &[u8], how: SetXattr) -> Result<()> {
        self.change(lower, |named| match (named.contains_key(name), how) {
            (true, SetXattr::New) => Err(Errno::EEXIST),
            (false, SetXattr::Replacing) => Err(Errno::ENODATA),
            _ => {
                named.insert(name.into(), value.into());
                Ok(())
            }
        })?
    }

    /// Removes a value.
    pub fn remove(&self, lower: Option<&InodeRef>, name: &[u8]) -> Result<()> {
        self.change(lower, |named| named.remove(name).map(drop).ok_or(Errno::ENODATA))?
    }
}

impl Default for Xattrs {
    fn default() -> Self {
        Self::new()
    }
}

/// What a file of an overlay says where the one below can have none.
fn none_there(error: Errno) -> Errno {
    if error == Errno::EOPNOTSUPP { Errno::ENODATA } else { error }
}

/// Reads all that a file has.
fn all_of(lower: &InodeRef) -> Result<Named> {
    let names = lower.xattr_names()?;
    let mut named = Named::new();
    for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        match lower.xattr(name) {
            Ok(value) => drop(named.insert(name.into(), value)),
            // It went in between.
            Err(Errno::ENODATA) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(named)
}

/// Tells whether a name is of a kind that files have here.
pub fn is_shown(name: &[u8]) -> bool {
    [&b"user."[..], b"trusted.", b"security."].iter().any(|class| name.starts_with(class))
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
        answer(&inode.xattr(&name)?, value, size)
    }

    /// listxattr(2)
    pub fn list_xattrs(self, inode: &Mounted, list: usize, size: usize) -> Result<isize> {
        answer(&inode.xattr_names()?, list, size)
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
        let how = match flags {
            abi::XATTR_CREATE => SetXattr::New,
            abi::XATTR_REPLACE => SetXattr::Replacing,
            0 => SetXattr::Anyway,
            // There would have to be one, and none.
            _ => return Err(if inode.xattr(&name).is_ok() { Errno::EEXIST } else { Errno::ENODATA }),
        };
        inode.set_xattr(&name, &bytes, how).map(|()| 0)
    }

    /// removexattr(2)
    pub fn remove_xattr(self, inode: &Mounted, name: UserStr) -> Result<i32> {
        let name = read_name(name)?;
        inode.check_writable()?;
        check_name(inode, &name, Purpose::Change)?;
        inode.remove_xattr(&name).map(|()| 0)
    }
}
