//! What `gs:` points to: the backend's own words for each thread.
#![expect(unsafe_code, reason = "a gs-relative load finds the block")]

use core::mem::offset_of;
use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use abi_core::backend::{GS_SLOT_OFFSET, ThreadEntry};

use crate::{fs_base, sys};

/// One thread's block. It lies in the same mapping as the thread's stacks, see [`crate::threads`].
#[repr(C)]
#[derive(Debug)]
pub struct Block {
    /// The block's own address.
    pub this: AtomicPtr<Block>,
    /// abi-core's slot ([`GS_SLOT_OFFSET`]); 0 on the supervisor.
    pub slot: AtomicUsize,
    /// The host's thread id, written by `clone`.
    pub tid: AtomicU32,
    /// Not 0 while an interrupt is pending for the next interruptible wait.
    pub interrupted: AtomicU32,
    /// Not 0 until the host has ended the thread: its stacks are in use.
    pub is_occupied: AtomicU32,
    /// Not 0 once the thread's system calls are filtered, and those of the threads it starts.
    pub is_filtered: AtomicU32,
    /// First function and its argument.
    pub start: (Option<ThreadEntry>, usize),
    /// Top of the kernel stack.
    pub stack_top: usize,
    /// The alternate stack for faults: first address and length.
    pub fault_stack: (usize, usize),
    /// The whole mapping: first address and length.
    pub mapping: (usize, usize),
}

const _: () = assert!(offset_of!(Block, slot) == GS_SLOT_OFFSET);

impl Block {
    /// Makes the block of a thread without stacks of the backend's.
    pub const fn new() -> Self {
        Self {
            this: AtomicPtr::new(core::ptr::null_mut()),
            slot: AtomicUsize::new(0),
            tid: AtomicU32::new(0),
            interrupted: AtomicU32::new(0),
            is_occupied: AtomicU32::new(0),
            is_filtered: AtomicU32::new(0),
            start: (None, 0),
            stack_top: 0,
            fault_stack: (0, 0),
            mapping: (0, 0),
        }
    }

    /// Tells whether this is a guest thread's block.
    pub fn is_guest(&self) -> bool {
        self.slot.load(Ordering::Relaxed) != 0
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::new()
    }
}

static FIRST_THREAD: Block = Block::new();

/// Gives the process's first thread its block.
pub fn adopt_first_thread() {
    FIRST_THREAD.this.store((&raw const FIRST_THREAD).cast_mut(), Ordering::Relaxed);
    FIRST_THREAD.tid.store(sys::gettid(), Ordering::Relaxed);
    // SAFETY: a static lives as long as any thread.
    unsafe { fs_base::set_gs(&raw const FIRST_THREAD as usize) };
}

/// Returns this thread's block.
#[inline(always)]
pub fn current() -> &'static Block {
    let block: *const Block;
    // SAFETY: every thread of the process that runs our code has GS set to its block, whose first word is its address.
    unsafe {
        core::arch::asm!("mov {}, gs:[0]", out(reg) block, options(nostack, preserves_flags, pure, readonly));
    }
    debug_assert!(!block.is_null());
    // SAFETY: the block outlives the thread.
    unsafe { &*block }
}
