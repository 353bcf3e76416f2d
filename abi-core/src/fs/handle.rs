//! Files by handles, name_to_handle_at(2): those of memory file systems have some, as on Linux those of tmpfs do.
//!
//! A handle is the file system's number and the file's. Numbers are not given twice, so that of a file that is gone finds
//! none (`ESTALE`). An overlay has no handles, as on Linux without its `nfs_export`.

use core::fmt::Write;

use alloc::string::String;

use super::inode::InodeRef;
use super::mount::Mounted;
use super::tree::Node;
use super::walk::{Follow, Last, Place, check_flags};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, UserStr, copy_in, copy_out};
use crate::kernel::Context;

/// The longest handle (`MAX_HANDLE_SZ`), and how long ours are.
const MAX_BYTES: usize = 128;
const OUR_BYTES: usize = 12;
/// What kind of handle it is: a file's number, with what tells apart those that had it.
const NUMBER_AND_GENERATION: i32 = 1;
/// Where a handle begins in a `struct file_handle`.
const HEADER_BYTES: usize = 8;

/// Returns the node, if its file system has handles.
fn node_of(inode: &InodeRef) -> Result<alloc::sync::Arc<Node>> {
    let has_some = matches!(inode.file_system().name, "tmpfs" | "ramfs" | "devtmpfs");
    inode.as_tree_node().filter(|_| has_some).ok_or(Errno::EOPNOTSUPP)
}

/// Makes the handle of a file system's number and a file's.
fn handle(tree: u64, ino: u64) -> [u8; OUR_BYTES] {
    let mut bytes = [0; OUR_BYTES];
    bytes[..4].copy_from_slice(&(tree as u32).to_ne_bytes());
    bytes[4..].copy_from_slice(&ino.to_ne_bytes());
    bytes
}

/// Appends what `/proc/self/fdinfo` says of a watched file's handle; nothing if it has none.
pub(super) fn describe(inode: &InodeRef, out: &mut String) {
    let Ok(node) = node_of(inode) else { return };
    let (tree, ino) = node.name_by_number(None);
    // Writing to a String cannot fail.
    let _ = write!(out, "fhandle-bytes:{OUR_BYTES:x} fhandle-type:{NUMBER_AND_GENERATION:x} f_handle:");
    for byte in handle(tree, ino) {
        let _ = write!(out, "{byte:02x}");
    }
}

impl Context<'_> {
    /// name_to_handle_at(2)
    pub fn sys_name_to_handle_at(
        self,
        dirfd: i32,
        path: UserStr,
        out: UserPtr<[i32; 2]>,
        mount_id: UserPtr<i32>,
        flags: i32,
    ) -> Result<i32> {
        check_flags(flags, abi::AT_SYMLINK_FOLLOW | abi::AT_EMPTY_PATH)?;
        let path = path.read_path()?;
        let (file, place) = if path.is_empty() {
            (self.resolve_at(dirfd, &path, flags)?, None)
        } else {
            let follow = if flags & abi::AT_SYMLINK_FOLLOW != 0 { Follow::Last } else { Follow::NotLast };
            let place = self.walk(dirfd, &path, follow)?;
            (place.existing()?.clone(), place.location())
        };
        let node = node_of(&file)?;
        // Its first word is a number without a sign: what is negative here is too long.
        let [room, _] = out.read()?.map(|word| word as u32 as usize);
        if room > MAX_BYTES {
            return Err(Errno::EINVAL);
        }
        if room >= OUR_BYTES {
            let (tree, ino) = node.name_by_number(place);
            copy_out(out.address().wrapping_add(HEADER_BYTES), &handle(tree, ino))?;
        }
        mount_id.write(file.mount.id as i32)?;
        out.write([OUR_BYTES as i32, NUMBER_AND_GENERATION])?;
        if room < OUR_BYTES { Err(Errno::EOVERFLOW) } else { Ok(0) }
    }

    /// open_by_handle_at(2)
    pub fn sys_open_by_handle_at(self, mount_fd: i32, handle: UserPtr<[i32; 2]>, flags: i32) -> Result<i32> {
        let at = match mount_fd {
            abi::AT_FDCWD => self.files().cwd()?,
            fd => {
                let open = self.open_file(fd)?;
                self.mounted(&open).ok_or(Errno::ESTALE)?
            }
        };
        let [len, _] = handle.read()?.map(|word| word as u32 as usize);
        if len == 0 || len > MAX_BYTES {
            return Err(Errno::EINVAL);
        }
        let mut bytes = [0; MAX_BYTES];
        copy_in(&mut bytes[..len], handle.address().wrapping_add(HEADER_BYTES))?;
        if len < OUR_BYTES {
            return Err(Errno::ESTALE);
        }
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]].map(u64::from);
        let number = |at: usize| word(at).iter().rev().fold(0, |sum, byte| sum << 8 | byte);
        let (tree, ino) = (number(0), number(8) << 32 | number(4));
        let root = node_of(at.mount.root()).map_err(|_| Errno::ESTALE)?;
        let found = root.tree().by_number(tree, ino).ok_or(Errno::ESTALE)?;
        let inode: InodeRef = found.node;
        let (directory, name, last) = match found.place {
            Some((directory, name)) => (at.with(directory), name, Last::Name),
            None => (Mounted { mount: at.mount.clone(), inode: root }, alloc::vec::Vec::new(), Last::Dot),
        };
        let inode = Some(at.with(inode));
        let place = Place { directory, name, last, inode, must_be_directory: false };
        self.open_place(place, flags & !(abi::O_CREAT | abi::O_EXCL))
    }
}
