//! Memory: brk(2), and what speaks of nodes and keys.

use core::ffi::{c_int, c_uint, c_ulong};

use crate::abi::Errno;
use crate::boundary::user::UserPtr;
use crate::kernel_exports;

/// MPOL_DEFAULT
const DEFAULT_POLICY: c_int = 0;
/// The greatest of the policies (`MPOL_WEIGHTED_INTERLEAVE`).
const LAST_POLICY: c_int = 6;
/// The bits of a mode that are flags (`MPOL_MODE_FLAGS`).
const MODE_FLAGS: c_int = 7 << 13;

kernel_exports! { "";
    /// brk(2): the break as it is now, moved or not
    full fn break_at(cx, address: usize) -> usize {
        if address != 0 {
            // What could not be done shows in the answer.
            let _ = cx.sys_brk(address);
        }
        cx.kernel.mm.current_break(cx.thread.program.number)
    }
    /// mbind(2): there is one node
    partial("checked, without effect: there is one node")
    fn mbind(cx, _address: usize, _len: usize, mode: c_int, _nodes: usize, _most: c_ulong, _flags: c_uint) -> c_int {
        let _ = cx;
        check_policy(mode)
    }
    /// set_mempolicy(2): there is one node
    partial("checked, without effect: there is one node")
    fn set_mempolicy(cx, mode: c_int, _nodes: usize, _most: c_ulong) -> c_int {
        let _ = cx;
        check_policy(mode)
    }
    /// get_mempolicy(2): there is one node
    partial("what set_mempolicy(2) was told is forgotten")
    fn get_mempolicy(cx, mode: UserPtr<c_int>, nodes: UserPtr<u64>, most: c_ulong, _address: usize, flags: c_ulong) -> c_int {
        let _ = cx;
        if flags > 7 {
            return Err(Errno::EINVAL);
        }
        if let Some(mode) = mode.non_null() {
            mode.write(DEFAULT_POLICY)?;
        }
        if let Some(nodes) = nodes.non_null() {
            let words = (most as usize).div_ceil(64);
            for index in 0..words {
                // MPOL_F_MEMS_ALLOWED: the nodes there are.
                nodes.add(index).write(u64::from(index == 0 && flags & 4 != 0))?;
            }
        }
        Ok(0)
    }
    /// membarrier(2)
    full fn membarrier(cx, command: c_int, flags: c_uint, _cpu: c_int) -> c_int {
        cx.sys_membarrier(command, flags)
    }
    /// pkey_mprotect(2): without a key it is mprotect(2)
    full fn pkey_mprotect(cx, address: usize, len: usize, prot: c_int, key: c_int) -> c_int {
        if key == -1 { cx.sys_mprotect(address, len, prot).map(|()| 0) } else { Err(Errno::EINVAL) }
    }
    /// pkey_alloc(2): as on a processor without protection keys
    full fn pkey_alloc(cx, _flags: c_uint, _rights: c_uint) -> c_int { let _ = cx; Err(Errno::EINVAL) }
    /// pkey_free(2)
    full fn pkey_free(cx, _key: c_int) -> c_int { let _ = cx; Err(Errno::EINVAL) }
}

fn check_policy(mode: c_int) -> crate::abi::Result<c_int> {
    if (0..=LAST_POLICY).contains(&(mode & !MODE_FLAGS)) { Ok(0) } else { Err(Errno::EINVAL) }
}
