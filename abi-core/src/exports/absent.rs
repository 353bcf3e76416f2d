//! Families of calls that this system does not have: each fails as on a Linux built without it.

use core::ffi::{c_int, c_uint};

use crate::abi::{self, Errno};
use crate::libc::set_errno;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

kernel_exports! { "libc.so.6";
    /// syslog(2)
    stub("no log of the kernel's: EPERM")
    fn klogctl(_cx, _what: c_int, _buf: usize, _len: c_int) -> c_int { Err(Errno::EPERM) }
    /// init_module(2)
    stub("no modules: EPERM")
    fn init_module(_cx, _image: usize, _len: usize, _parameters: usize) -> c_int { Err(Errno::EPERM) }
    /// delete_module(2)
    stub("no modules: EPERM") fn delete_module(_cx, _name: usize, _flags: c_uint) -> c_int { Err(Errno::EPERM) }
    /// reboot(2)
    stub("the machine ends with its program: EPERM") fn reboot(_cx, _how: c_int) -> c_int { Err(Errno::EPERM) }
}

/// `shmat` fails with the address -1, as others with the number.
extern "C" fn no_system_call() -> isize {
    set_errno(abi::ENOSYS);
    -1
}

/// pkey_alloc(2) without protection keys.
extern "C" fn no_key(flags: c_uint, rights: c_uint) -> c_int {
    const RIGHTS: c_uint = 3;
    set_errno(if flags == 0 && rights & !RIGHTS == 0 { abi::ENOSPC } else { abi::EINVAL });
    -1
}

/// pkey_free(2), pkey_get(3), pkey_set(3): no key was given.
extern "C" fn not_a_key() -> c_int {
    set_errno(abi::EINVAL);
    -1
}

/// pkey_mprotect(2): key -1 is none.
unsafe extern "C" fn pkey_mprotect(address: usize, len: usize, prot: c_int, key: c_int) -> c_int {
    if key != -1 {
        set_errno(abi::EINVAL);
        return -1;
    }
    // SAFETY: the caller's range, which the kernel checks.
    unsafe { super::sys_mman::mprotect(address, len, prot) }
}

extern "C" fn nothing() {}

pure_exports! { "libc.so.6";
    stub("mappings of files are not reordered: ENOSYS") remap_file_pages = no_system_call;
    stub("no protection keys: ENOSPC") pkey_alloc = no_key;
    partial("no protection keys: EINVAL for all but -1") pkey_mprotect = pkey_mprotect;
    stub("no protection keys: EINVAL") pkey_free = not_a_key;
    stub("no protection keys: EINVAL") pkey_get = not_a_key;
    stub("no protection keys: EINVAL") pkey_set = not_a_key;
    full __cyg_profile_func_enter = nothing;
    full __cyg_profile_func_exit = nothing;
    partial("as with glibc, a trace takes libc_malloc_debug.so.0 in LD_PRELOAD") mtrace = nothing;
    partial("as with glibc, a trace takes libc_malloc_debug.so.0 in LD_PRELOAD") muntrace = nothing;
    stub("no profile is taken") monstartup = nothing;
    stub("no profile is taken") _mcleanup = nothing;
}
