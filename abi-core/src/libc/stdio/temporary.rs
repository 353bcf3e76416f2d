//! Names for temporary files.

use core::ffi::c_char;

use super::sys;
use crate::abi;
use crate::libc::state::state;
use crate::libc::{errno, set_errno};

const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Fills `out` with letters and digits no earlier call of this program gave.
pub fn fill_unique(out: &mut [u8]) {
    let counter = &state().stdio.temporary;
    let count = counter.get().wrapping_add(1);
    counter.set(count);
    // SplitMix64 over an address (which is random), the clock and the count spreads the names.
    // SAFETY: reads the time-stamp counter.
    let clock = unsafe { core::arch::x86_64::_rdtsc() };
    let mut mixed = (core::ptr::from_ref(counter) as u64)
        .wrapping_add(clock)
        .wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    for letter in out {
        *letter = LETTERS[(mixed % 62) as usize];
        mixed /= 62;
    }
}

/// Opens a new file in /tmp that has no name any more; a descriptor or -1.
pub fn open_unlinked() -> i32 {
    let saved = errno();
    for _ in 0..1000 {
        let mut path = *b"/tmp/tmpfXXXXXX\0";
        fill_unique(&mut path[9..15]);
        let fd = sys::open(path.as_ptr().cast(), abi::O_RDWR | abi::O_CREAT | abi::O_EXCL, 0o600);
        if fd >= 0 {
            sys::unlink(path.as_ptr().cast());
            set_errno(saved);
            return fd;
        }
        if errno() != abi::EEXIST {
            return -1;
        }
    }
    -1
}

/// Writes a path in `dir` that does not exist to `out`, with `prefix` before six letters; false without one.
///
/// `out` has room for both, the letters, a slash and a NUL.
pub fn unused_path(dir: &[u8], prefix: &[u8], out: &mut [u8]) -> bool {
    for _ in 0..1000 {
        let mut len = 0;
        for part in [dir, b"/", prefix] {
            let Some(room) = out.get_mut(len..len + part.len()) else { return false };
            room.copy_from_slice(part);
            len += part.len();
        }
        let Some(room) = out.get_mut(len..len + 7) else { return false };
        fill_unique(&mut room[..6]);
        room[6] = 0;
        if !exists(out.as_ptr().cast()) {
            return true;
        }
    }
    false
}

fn exists(path: *const c_char) -> bool {
    let saved = errno();
    let fd = sys::open(path, abi::O_PATH | abi::O_NOFOLLOW | abi::O_CLOEXEC, 0);
    let is_there = fd >= 0 || errno() != abi::ENOENT;
    if fd >= 0 {
        sys::close(fd);
    }
    set_errno(saved);
    is_there
}
