//! What each processor has of its own: the block GS points to, its descriptor tables and its exception stacks.

use core::arch::asm;
use core::cell::UnsafeCell;
use core::mem::offset_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::cpu;
use super::moments::Moments;
use super::spin::SpinLock;
use crate::sched::{RunQueue, Switches, Thread};

/// The most processors the kernel starts.
pub const MAX_CPUS: usize = 8;

/// Code selector.
pub const CODE_SELECTOR: u16 = 0x08;
/// Data selector.
pub const DATA_SELECTOR: u16 = 0x10;
const TSS_SELECTOR: u16 = 0x18;

/// IST entry of double faults and NMIs.
pub const IST_FATAL: u8 = 1;
/// IST entry of all other exceptions.
pub const IST_FAULT: u8 = 2;
/// IST entry of interrupts.
pub const IST_IRQ: u8 = 3;

const FATAL_STACK_BYTES: usize = 16384;
const FAULT_STACK_BYTES: usize = 16384;
const IRQ_STACK_BYTES: usize = 16384;

/// The stacks a processor takes exceptions on.
#[repr(C, align(64))]
pub struct ExceptionStacks {
    fatal: UnsafeCell<[u8; FATAL_STACK_BYTES]>,
    fault: UnsafeCell<[u8; FAULT_STACK_BYTES]>,
    irq: UnsafeCell<[u8; IRQ_STACK_BYTES]>,
}

// SAFETY: only the processor writes its stacks.
unsafe impl Sync for ExceptionStacks {}

impl ExceptionStacks {
    /// Makes unused stacks.
    pub const fn new() -> Self {
        Self {
            fatal: UnsafeCell::new([0; FATAL_STACK_BYTES]),
            fault: UnsafeCell::new([0; FAULT_STACK_BYTES]),
            irq: UnsafeCell::new([0; IRQ_STACK_BYTES]),
        }
    }
}

impl Default for ExceptionStacks {
    fn default() -> Self {
        Self::new()
    }
}

/// The 64-bit task state segment (SDM 3A 8.7).
#[repr(C, packed(4))]
struct TaskState {
    reserved0: u32,
    rsp: [u64; 3],
    reserved1: u64,
    ist: [u64; 7],
    reserved2: u64,
    reserved3: u16,
    io_map_base: u16,
}

/// The block GS points to. Assembly knows the offsets of the first fields.
#[repr(C, align(64))]
pub struct PerCpu {
    this: AtomicPtr<PerCpu>,
    /// The current thread's slot, abi-core's own pointer.
    pub slot: AtomicPtr<()>,
    /// The current thread.
    pub thread: AtomicPtr<Thread>,
    /// Top of the current thread's kernel stack.
    pub stack_top: AtomicUsize,
    /// Bottom of the current thread's kernel stack.
    pub stack_bottom: AtomicUsize,
    /// Scratch for SYSCALL's entry, used while interrupts are disabled.
    pub scratch: AtomicU64,
    /// Not 0 while an interrupt handler runs.
    pub irq_depth: AtomicU32,
    /// This processor's number, from 0.
    pub index: u32,
    /// Bytes of the XSAVE area, a multiple of 64; 0 where there is only FXSAVE.
    pub xsave_bytes: AtomicUsize,
    /// Its local APIC's id.
    pub apic_id: AtomicU32,
    /// Set once the processor takes threads.
    pub is_online: AtomicBool,
    /// Set while it waits for work.
    pub is_idle: AtomicBool,
    /// The last translation shootdown it has done.
    pub shootdown_done: AtomicU64,
    /// The time its timer is set for, in TSC ticks; `u64::MAX` when it is not.
    pub timer_armed: AtomicU64,
    /// How often it switched threads because a slice ended.
    pub preemptions: AtomicU64,
    /// How often a thread here left the processor to wait, or had to leave it to another.
    pub switches: Switches,
    /// When it was interrupted and switched threads.
    pub moments: Moments,
    /// Threads ready to run here.
    pub queue: SpinLock<RunQueue>,
    /// The thread that runs when there is none.
    pub idle: AtomicPtr<Thread>,
    gdt: UnsafeCell<[u64; 5]>,
    tss: UnsafeCell<TaskState>,
}

// SAFETY: the cells are written once, by the processor itself, before it runs threads.
unsafe impl Sync for PerCpu {}

/// Offset of [`PerCpu::thread`].
pub const THREAD: usize = offset_of!(PerCpu, thread);
/// Offset of [`PerCpu::slot`].
pub const SLOT: usize = offset_of!(PerCpu, slot);
/// Offset of [`PerCpu::stack_top`].
pub const STACK_TOP: usize = offset_of!(PerCpu, stack_top);
/// Offset of [`PerCpu::stack_bottom`].
pub const STACK_BOTTOM: usize = offset_of!(PerCpu, stack_bottom);
/// Offset of [`PerCpu::scratch`].
pub const SCRATCH: usize = offset_of!(PerCpu, scratch);
/// Offset of [`PerCpu::irq_depth`].
pub const IRQ_DEPTH: usize = offset_of!(PerCpu, irq_depth);
/// Offset of [`PerCpu::xsave_bytes`].
pub const XSAVE_BYTES: usize = offset_of!(PerCpu, xsave_bytes);

const _: () = assert!(SLOT == abi_core::backend::GS_SLOT_OFFSET);

impl PerCpu {
    /// Makes the block of processor `index`.
    pub const fn new(index: u32) -> Self {
        Self {
            this: AtomicPtr::new(null_mut()),
            slot: AtomicPtr::new(null_mut()),
            thread: AtomicPtr::new(null_mut()),
            stack_top: AtomicUsize::new(0),
            stack_bottom: AtomicUsize::new(0),
            scratch: AtomicU64::new(0),
            irq_depth: AtomicU32::new(0),
            index,
            xsave_bytes: AtomicUsize::new(0),
            apic_id: AtomicU32::new(0),
            is_online: AtomicBool::new(false),
            is_idle: AtomicBool::new(false),
            shootdown_done: AtomicU64::new(0),
            timer_armed: AtomicU64::new(u64::MAX),
            preemptions: AtomicU64::new(0),
            switches: Switches::new(),
            moments: Moments::new(),
            queue: SpinLock::new(RunQueue::new()),
            idle: AtomicPtr::new(null_mut()),
            // Stack and data without the 32-bit flag: an exception loads SS with null, which has none, and TCG would
            // translate the kernel a second time for code under it.
            gdt: UnsafeCell::new([0, 0x00af_9b00_0000_ffff, 0x008f_9300_0000_ffff, 0, 0]),
            tss: UnsafeCell::new(TaskState {
                reserved0: 0,
                rsp: [0; 3],
                reserved1: 0,
                ist: [0; 7],
                reserved2: 0,
                reserved3: 0,
                io_map_base: size_of::<TaskState>() as u16,
            }),
        }
    }

    /// Makes this the block of the processor that runs: loads GS, descriptor tables and task register.
    ///
    /// # Safety
    /// Called once per processor and block, with interrupts disabled; both live for ever.
    pub unsafe fn load(&'static self, stacks: &'static ExceptionStacks) {
        self.this.store(core::ptr::from_ref(self).cast_mut(), Ordering::Relaxed);
        let tss = self.tss.get();
        // SAFETY: this processor alone uses its task state, and not yet.
        unsafe {
            (*tss).ist[usize::from(IST_FATAL) - 1] = stacks.fatal.get() as u64 + FATAL_STACK_BYTES as u64;
        }
        // SAFETY: as above.
        unsafe {
            (*tss).ist[usize::from(IST_FAULT) - 1] = stacks.fault.get() as u64 + FAULT_STACK_BYTES as u64;
        }
        // SAFETY: as above.
        unsafe { (*tss).ist[usize::from(IST_IRQ) - 1] = stacks.irq.get() as u64 + IRQ_STACK_BYTES as u64 };
        let base = tss as u64;
        let limit = size_of::<TaskState>() as u64 - 1;
        let gdt = self.gdt.get();
        // SAFETY: this processor alone uses its descriptor table, and not yet.
        unsafe {
            (*gdt)[3] = limit | (base & 0xff_ffff) << 16 | 0x89 << 40 | (base >> 24 & 0xff) << 56;
        }
        // SAFETY: as above.
        unsafe { (*gdt)[4] = base >> 32 };
        let pointer = DescriptorPointer { limit: 5 * 8 - 1, base: gdt as u64 };
        // SAFETY: the table holds the selectors loaded here, at the places the boot table had them.
        unsafe {
            asm!(
                "lgdt [{pointer}]",
                "push {code}",
                "lea {scratch}, [rip + 2f]",
                "push {scratch}",
                "retfq",
                "2:",
                "mov ss, {data:e}",
                "mov ds, {data:e}",
                "mov es, {data:e}",
                "mov fs, {null:e}",
                "mov gs, {null:e}",
                "ltr {tss:x}",
                pointer = in(reg) &raw const pointer,
                code = in(reg) u64::from(CODE_SELECTOR),
                data = in(reg) u32::from(DATA_SELECTOR),
                null = in(reg) 0,
                tss = in(reg) TSS_SELECTOR,
                scratch = out(reg) _,
            );
        }
        // SAFETY: GS is the backend's and this is its block.
        unsafe { cpu::wrmsr(cpu::MSR_GS_BASE, core::ptr::from_ref(self) as u64) };
    }
}

/// What LGDT and LIDT read.
#[repr(C, packed)]
pub struct DescriptorPointer {
    /// Bytes of the table, less one.
    pub limit: u16,
    /// Its address.
    pub base: u64,
}

/// Returns the block of the processor this runs on. Stable only while interrupts are disabled.
#[inline(always)]
pub fn this_cpu() -> &'static PerCpu {
    let this: *const PerCpu;
    // SAFETY: GS points to the block, whose first word is its own address.
    unsafe { asm!("mov {}, gs:[0]", out(reg) this, options(nostack, preserves_flags, readonly)) };
    // SAFETY: blocks live for ever.
    unsafe { &*this }
}

/// Returns the current thread: one load, so it may be preempted before and after.
#[inline(always)]
pub fn current_thread() -> *mut Thread {
    let thread;
    // SAFETY: GS points to the block.
    unsafe {
        asm!("mov {}, gs:[{}]", out(reg) thread, const THREAD, options(nostack, preserves_flags, readonly));
    }
    thread
}

static BLOCKS: [AtomicPtr<PerCpu>; MAX_CPUS] = [const { AtomicPtr::new(null_mut()) }; MAX_CPUS];
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Adds a processor that takes threads from now on.
pub fn set_online(block: &'static PerCpu) {
    BLOCKS[block.index as usize].store(core::ptr::from_ref(block).cast_mut(), Ordering::Release);
    block.is_online.store(true, Ordering::Release);
    COUNT.fetch_max(block.index as usize + 1, Ordering::AcqRel);
}

/// Returns how many processors take threads.
pub fn count() -> usize {
    COUNT.load(Ordering::Acquire)
}

/// Returns the block of processor `index`, if it takes threads.
pub fn block(index: usize) -> Option<&'static PerCpu> {
    // SAFETY: null, or a block that lives for ever.
    unsafe { BLOCKS.get(index)?.load(Ordering::Acquire).as_ref() }
}

/// Returns the processors that take threads.
pub fn all() -> impl Iterator<Item = &'static PerCpu> {
    (0..count()).filter_map(block)
}
