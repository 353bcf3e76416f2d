//! Copying between kernel and guest memory.
//!
//! Every access goes through one assembly routine whose faults are fixed up: a fault that `mm` cannot answer makes it
//! return instead, and the caller gets `EFAULT`. No lock may be held across these calls, since the fault may sleep.

use alloc::vec::Vec;
use core::arch::naked_asm;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicUsize, Ordering};

pub use super::buffer::{MAX_TRANSFER_BYTES, UserBuf, UserBufMut};
use super::moves::move_block;
use super::processor::{ABILITIES, EMULATED, MOVES_BYTES, WIDE};
use crate::abi::{Errno, Result};
use crate::backend::MemoryLayout;

/// The longest path, `PATH_MAX` with its terminating NUL.
pub const PATH_MAX_BYTES: usize = 4096;

/// Bounds of what the guest may name, set once at boot: arena, fixed, high, image (start, end).
static BOUNDS: [AtomicUsize; 8] = [const { AtomicUsize::new(0) }; 8];

/// Tells this module which addresses are the guest's.
pub fn set_bounds(layout: &MemoryLayout) {
    for (i, range) in [layout.arena, layout.fixed, layout.high, layout.image].into_iter().enumerate() {
        BOUNDS[2 * i].store(range.start, Ordering::Relaxed);
        BOUNDS[2 * i + 1].store(range.end(), Ordering::Relaxed);
    }
}

/// Where the addresses end that a program of Linux can have.
const LOWER_HALF_END: usize = 1 << 47;

/// What the kernel wants to do with guest memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Load,
    Store,
}

/// Fails with `EFAULT` unless the whole range lies where guest memory can be.
#[inline(always)]
fn check(address: usize, len_bytes: usize, direction: Direction) -> Result<()> {
    let end = address.checked_add(len_bytes).ok_or(Errno::EFAULT)?;
    let ranges = if direction == Direction::Load { 4 } else { 3 };
    for i in 0..ranges {
        let (low, high) = (BOUNDS[2 * i].load(Ordering::Relaxed), BOUNDS[2 * i + 1].load(Ordering::Relaxed));
        if address >= low && end <= high {
            return Ok(());
        }
    }
    // Of nothing, Linux asks only that it is not at an address of the kernel: read(fd, NULL, 0) succeeds.
    if len_bytes == 0 && address < LOWER_HALF_END { Ok(()) } else { Err(Errno::EFAULT) }
}

/// Fails with `EFAULT` unless the whole range lies where the guest's writable memory can be.
pub(super) fn check_store(address: usize, len_bytes: usize) -> Result<()> {
    check(address, len_bytes, Direction::Store)
}

/// Copies `len_bytes` (rdx) from rsi to rdi; returns 0, or 1 when a page could not be had.
///
/// The instructions from `osvrun_copy_start` to `osvrun_copy_end` are memmove(3)'s and may fault: [`fixup`] sends such a
/// fault to `osvrun_copy_failed`, where the stack is as they found it.
#[unsafe(naked)]
unsafe extern "C" fn copy(to: *mut u8, from: *const u8, len_bytes: usize) -> usize {
    naked_asm!(
        ".cfi_startproc",
        "call osvrun_copy_start",
        "xor eax, eax",
        "ret",
        ".cfi_adjust_cfa_offset 8",
        ".globl osvrun_copy_start",
        "osvrun_copy_start:",
        move_block!(),
        ".globl osvrun_copy_end",
        "osvrun_copy_end:",
        ".globl osvrun_copy_failed",
        "osvrun_copy_failed:",
        "add rsp, 8",
        ".cfi_adjust_cfa_offset -8",
        // What was loaded into the wider registers must not stay.
        "test byte ptr [rip + {abilities}], {wide}",
        "jz 60f",
        "vzeroupper",
        "60:",
        "mov eax, 1",
        "ret",
        ".cfi_endproc",
        abilities = sym ABILITIES,
        emulated = const EMULATED,
        wide = const WIDE,
        moves_bytes = const MOVES_BYTES,
    )
}

unsafe extern "C" {
    static osvrun_copy_start: u8;
    static osvrun_copy_end: u8;
    static osvrun_copy_failed: u8;
}

/// Returns where to resume when the instruction at `rip` faulted for good, if it is one that may.
pub fn fixup(rip: usize) -> Option<usize> {
    let (start, end) = (&raw const osvrun_copy_start as usize, &raw const osvrun_copy_end as usize);
    let landing = (start..end).contains(&rip).then_some(&raw const osvrun_copy_failed as usize);
    landing.or_else(|| super::atomic::fixup(rip))
}

/// Loads a word of any memory, or `None` where there is none. For reports.
pub(crate) fn peek(address: usize) -> Option<u64> {
    let mut word = 0u64;
    // SAFETY: `word` is ours; a bad address is fixed up.
    (unsafe { copy((&raw mut word).cast(), address as *const u8, size_of::<u64>()) } == 0).then_some(word)
}

/// Copies guest memory at `from` into `to`.
pub fn copy_in(to: &mut [u8], from: usize) -> Result<()> {
    check(from, to.len(), Direction::Load)?;
    // SAFETY: `to` is ours and long enough; a bad `from` inside the guest's range is fixed up.
    match unsafe { copy(to.as_mut_ptr(), from as *const u8, to.len()) } {
        0 => Ok(()),
        _ => Err(Errno::EFAULT),
    }
}

/// Copies `from` to guest memory at `to`.
pub fn copy_out(to: usize, from: &[u8]) -> Result<()> {
    check(to, from.len(), Direction::Store)?;
    // SAFETY: `from` is ours and long enough; a bad `to` inside the guest's range is fixed up.
    match unsafe { copy(to as *mut u8, from.as_ptr(), from.len()) } {
        0 => Ok(()),
        _ => Err(Errno::EFAULT),
    }
}

/// Types whose every bit pattern is a value and that have no padding worth hiding: what may cross the boundary.
///
/// # Safety
/// Implementors are `repr(C)` (or primitive), contain no references, and accept any bytes.
pub unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($ty:ty),* $(,)?) => {
        $(
            // SAFETY: a C struct or integer without references or invalid values.
            unsafe impl Plain for $ty {}
        )*
    };
}
plain!(u8, i8, u16, i16, u32, i32, u64, i64, usize, isize, [u8; 16], [i32; 2]);
plain!(
    crate::abi::timespec,
    crate::abi::timeval,
    crate::abi::stat,
    crate::abi::statfs,
    crate::abi::pollfd,
    crate::abi::iovec,
    crate::abi::rlimit,
    crate::abi::rusage,
    crate::abi::sysinfo,
    crate::abi::tms,
    crate::abi::utsname,
    crate::abi::termios,
    crate::abi::winsize,
    crate::abi::sigaction,
    crate::abi::sigset_t,
    crate::abi::stack_t,
    crate::abi::fd_set,
    crate::abi::cpu_set_t,
    crate::abi::sched_attr,
    crate::abi::itimerval,
    crate::abi::itimerspec,
    crate::libc::signal::HandlerBlock,
    crate::abi::flock,
    crate::abi::statx,
    crate::abi::statx_timestamp,
    crate::backend::TerminalModes,
    crate::fs::StatFs,
    crate::ipc::shm::SegmentStatus,
    crate::ipc::sem::SetStatus,
    crate::ipc::sem::Operation,
    crate::ipc::msg::QueueStatus,
    crate::ipc::mq::QueueAttributes,
);

/// Makes a value whose bytes, padding included, are all zero, so that nothing of the kernel leaks through padding.
pub fn zeroed<T: Plain>() -> T {
    // SAFETY: `Plain` types accept any bytes.
    unsafe { core::mem::zeroed() }
}

/// A pointer the guest gave for a `T` (or the first of several), unchecked until used.
#[repr(transparent)]
pub struct UserPtr<T>(usize, PhantomData<*mut T>);

impl<T> Clone for UserPtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for UserPtr<T> {}

impl<T> UserPtr<T> {
    /// Wraps an address.
    pub const fn new(address: usize) -> Self {
        Self(address, PhantomData)
    }
    /// Returns the address.
    pub const fn address(self) -> usize {
        self.0
    }
    /// Tells whether it is NULL.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
    /// Returns the pointer to the `index`th value after this one.
    #[must_use]
    pub const fn add(self, index: usize) -> Self {
        Self::new(self.0.wrapping_add(index.wrapping_mul(size_of::<T>())))
    }
    /// Returns this pointer, or `None` for NULL.
    pub fn non_null(self) -> Option<Self> {
        (!self.is_null()).then_some(self)
    }
}

impl<T: Plain> UserPtr<T> {
    /// Loads the value.
    pub fn read(self) -> Result<T> {
        let mut value = MaybeUninit::<T>::uninit();
        // SAFETY: the bytes of `value`; `copy_in` only writes them.
        let bytes =
            unsafe { core::slice::from_raw_parts_mut(value.as_mut_ptr().cast::<u8>(), size_of::<T>()) };
        copy_in(bytes, self.0)?;
        // SAFETY: every byte was written, and `Plain` accepts any.
        Ok(unsafe { value.assume_init() })
    }

    /// Stores `value`.
    pub fn write(self, value: T) -> Result<()> {
        // SAFETY: the bytes of `value`, which is `Plain`; padding bytes are zero where the kernel made them.
        let bytes = unsafe { core::slice::from_raw_parts((&raw const value).cast::<u8>(), size_of::<T>()) };
        copy_out(self.0, bytes)
    }

    /// Loads `count` values.
    pub fn read_many(self, count: usize) -> Result<Vec<T>> {
        let mut values = Vec::new();
        values.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
        for i in 0..count {
            values.push(self.add(i).read()?);
        }
        Ok(values)
    }

    /// Stores `values` one after another.
    pub fn write_many(self, values: &[T]) -> Result<()> {
        values.iter().enumerate().try_for_each(|(i, value)| self.add(i).write(*value))
    }
}

/// A NUL-terminated string the guest gave (a path, a name).
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct UserStr(usize);

impl UserStr {
    /// Wraps an address.
    pub const fn new(address: usize) -> Self {
        Self(address)
    }
    /// Returns the address.
    pub const fn address(self) -> usize {
        self.0
    }
    /// Tells whether it is NULL.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Loads at most `max_bytes` bytes up to the NUL, which is not part of the result; fails with
    /// `ENAMETOOLONG` if there is none.
    pub fn read(self, max_bytes: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut at = self.0;
        loop {
            // Stay within an aligned chunk: it cannot cross into a page that is not there.
            let mut chunk = [0u8; 64];
            let len = 64 - at % 64;
            copy_in(&mut chunk[..len], at)?;
            if let Some(end) = chunk[..len].iter().position(|&b| b == 0) {
                out.extend_from_slice(&chunk[..end]);
                return if out.len() < max_bytes { Ok(out) } else { Err(Errno::ENAMETOOLONG) };
            }
            out.extend_from_slice(&chunk[..len]);
            if out.len() >= max_bytes {
                return Err(Errno::ENAMETOOLONG);
            }
            at += len;
        }
    }

    /// Loads a path.
    pub fn read_path(self) -> Result<Vec<u8>> {
        self.read(PATH_MAX_BYTES)
    }
}
