//! `sys/mount.h`, and `sys/swap.h`, `sys/fanotify.h` and other parts of file systems that this machine doesn't have.
//! `sys/sysmacros.h` is here too.

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::abi::{self, Errno, dev_t};
use crate::boundary::user::{UserPtr, UserStr};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// mount(2)
    partial("tmpfs, ramfs, proc, sysfs and devtmpfs; nothing propagates between mounts")
    fn mount(cx, source: UserStr, target: UserStr, kind: UserStr, flags: u64, data: UserStr) -> c_int {
        cx.sys_mount(source, target, kind, flags, data)
    }
    /// umount(2)
    full fn umount(cx, target: UserStr) -> c_int { cx.sys_umount2(target, 0) }
    /// umount2(2)
    full fn umount2(cx, target: UserStr, flags: c_int) -> c_int { cx.sys_umount2(target, flags) }
    /// open_tree(2)
    stub("only mount(2) makes mounts")
    fn open_tree(_cx, _dirfd: c_int, _path: *const c_char, _flags: c_uint) -> c_int { Err(Errno::EPERM) }
    /// move_mount(2)
    stub("only mount(2) makes mounts")
    fn move_mount(
        _cx, _from: c_int, _from_path: *const c_char, _to: c_int, _to_path: *const c_char, _flags: c_uint
    ) -> c_int { Err(Errno::EPERM) }
    /// mount_setattr(2)
    stub("only mount(2) makes mounts")
    fn mount_setattr(
        _cx, _dirfd: c_int, _path: *const c_char, _flags: c_uint, _attributes: *mut c_void, _size: usize
    ) -> c_int { Err(Errno::EPERM) }
    /// fsopen(2)
    stub("only mount(2) makes mounts")
    fn fsopen(_cx, _kind: *const c_char, _flags: c_uint) -> c_int { Err(Errno::EPERM) }
    /// fspick(2)
    stub("only mount(2) makes mounts")
    fn fspick(_cx, _dirfd: c_int, _path: *const c_char, _flags: c_uint) -> c_int { Err(Errno::EPERM) }
    /// fsconfig(2)
    stub("only mount(2) makes mounts")
    fn fsconfig(
        cx, fd: c_int, _command: c_uint, _key: *const c_char, _value: *const c_void, _extra: c_int
    ) -> c_int {
        cx.open_file(fd)?;
        Err(Errno::EINVAL)
    }
    /// fsmount(2)
    stub("only mount(2) makes mounts")
    fn fsmount(_cx, _fd: c_int, _flags: c_uint, _attributes: c_uint) -> c_int { Err(Errno::EPERM) }
    /// pivot_root(2)
    stub("the machine's root stays where it is")
    fn pivot_root(_cx, _new: *const c_char, _old: *const c_char) -> c_int { Err(Errno::EPERM) }
    /// swapon(2)
    stub("memory is never swapped out")
    fn swapon(_cx, _path: *const c_char, _flags: c_int) -> c_int { Err(Errno::EPERM) }
    /// swapoff(2)
    stub("memory is never swapped out") fn swapoff(_cx, _path: *const c_char) -> c_int { Err(Errno::EPERM) }
    /// quotactl(2)
    stub("no file system has quotas")
    fn quotactl(_cx, _command: c_int, _special: *const c_char, _id: c_int, _address: *mut c_char) -> c_int {
        Err(Errno::ENOSYS)
    }
    /// fanotify_init(2)
    stub("changes of files are not watched")
    fn fanotify_init(_cx, _flags: c_uint, _event_flags: c_uint) -> c_int { Err(Errno::ENOSYS) }
    /// fanotify_mark(2)
    stub("changes of files are not watched")
    fn fanotify_mark(_cx, _fd: c_int, _flags: c_uint, _mask: u64, _dirfd: c_int, _path: *const c_char) -> c_int {
        Err(Errno::ENOSYS)
    }
    /// name_to_handle_at(2)
    full fn name_to_handle_at(
        cx, dirfd: c_int, path: UserStr, handle: UserPtr<[i32; 2]>, mount: UserPtr<i32>, flags: c_int
    ) -> c_int { cx.sys_name_to_handle_at(dirfd, path, handle, mount, flags) }
    /// open_by_handle_at(2)
    full fn open_by_handle_at(cx, mount: c_int, handle: UserPtr<[i32; 2]>, flags: c_int) -> c_int {
        cx.sys_open_by_handle_at(mount, handle, flags)
    }
    /// sync_file_range(2)
    full fn sync_file_range(cx, fd: c_int, offset: i64, len: i64, flags: c_uint) -> c_int {
        let open = cx.open_file(fd)?;
        if offset < 0 || len < 0 || offset.checked_add(len).is_none() || flags & !7 != 0 {
            return Err(Errno::EINVAL);
        }
        let inode = open.file.inode().ok_or(Errno::ESPIPE)?;
        match inode.file_type() {
            abi::S_IFREG | abi::S_IFDIR | abi::S_IFLNK if flags == 0 => Ok(0),
            abi::S_IFREG | abi::S_IFDIR | abi::S_IFLNK => cx.kernel.write_back_file(inode).map(|()| 0),
            _ => Err(Errno::ESPIPE),
        }
    }
    /// vhangup(2)
    stub("the console can't hang up") fn vhangup(_cx) -> c_int { Err(Errno::EPERM) }
    /// setdomainname(2)
    full fn setdomainname(cx, name: *const c_char, len: usize) -> c_int {
        cx.sys_setdomainname(name as usize, len)
    }
}

/// gnu_dev_major(3)
pub extern "C" fn gnu_dev_major(device: dev_t) -> c_uint {
    abi::major(device)
}
/// gnu_dev_minor(3)
pub extern "C" fn gnu_dev_minor(device: dev_t) -> c_uint {
    abi::minor(device)
}
/// gnu_dev_makedev(3)
pub extern "C" fn gnu_dev_makedev(major: c_uint, minor: c_uint) -> dev_t {
    abi::makedev(major, minor)
}

pure_exports! { "libc.so.6";
    full gnu_dev_major = gnu_dev_major;
    full gnu_dev_minor = gnu_dev_minor;
    full gnu_dev_makedev = gnu_dev_makedev;
}
