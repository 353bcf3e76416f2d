//! Starting the other processors.

use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use alloc::boxed::Box;

use super::percpu::{self, ExceptionStacks, MAX_CPUS, PerCpu};
use super::{cpu, features, lapic, trap};
use crate::boot::entry::{TRAMPOLINE_PAGE, osvrun_trampoline_end, osvrun_trampoline_start};
use crate::paging::{direct, kernel_map};
use crate::sched;

const FW_CFG_SELECTOR: u16 = 0x510;
const FW_CFG_DATA: u16 = 0x511;
const FW_CFG_CPUS: u16 = 5;

/// How long a processor may take to arrive. It takes well under a millisecond, but the host may have no time for it.
const PATIENCE_NANOS: u64 = 10_000_000_000;

/// The stack the processor that starts next uses.
static AP_STACK_TOP: AtomicUsize = AtomicUsize::new(0);
/// The page tables it uses.
static AP_ROOT: AtomicU64 = AtomicU64::new(0);
static NEXT: AtomicPtr<PerCpu> = AtomicPtr::new(core::ptr::null_mut());

/// Returns how many processors QEMU gave the machine.
fn configured() -> usize {
    cpu::outw(FW_CFG_SELECTOR, FW_CFG_CPUS);
    let low = cpu::inb(FW_CFG_DATA);
    let high = cpu::inb(FW_CFG_DATA);
    match u16::from_le_bytes([low, high]) {
        0xffff => 1,
        count => usize::from(count).clamp(1, MAX_CPUS),
    }
}

/// Starts every other processor; they take threads when this returns.
pub fn start_all() {
    let count = configured();
    if count <= 1 {
        return;
    }
    let code = &raw const osvrun_trampoline_start;
    let len = &raw const osvrun_trampoline_end as usize - code as usize;
    // SAFETY: the start code lies at its load address in the first GiB, and the page below 1 MiB is never given out.
    unsafe {
        core::ptr::copy_nonoverlapping(
            direct(code as u64) as *const u8,
            direct(TRAMPOLINE_PAGE as u64) as *mut u8,
            len,
        );
    }
    for index in 1..count {
        let block: &'static PerCpu = Box::leak(Box::new(PerCpu::new(index as u32)));
        block.apic_id.store(index as u32, Ordering::Relaxed);
        let Some((bottom, top, storage)) = sched::new_idle() else { return };
        sched::adopt_idle(block, storage, bottom, top);
        AP_STACK_TOP.store(top, Ordering::Release);
        AP_ROOT.store(kernel_map::root(), Ordering::Release);
        NEXT.store(core::ptr::from_ref(block).cast_mut(), Ordering::Release);
        lapic::start(index as u32, TRAMPOLINE_PAGE);
        let patience = crate::time::monotonic() + PATIENCE_NANOS;
        while !block.is_online.load(Ordering::Acquire) {
            if crate::time::monotonic() > patience {
                return;
            }
            core::hint::spin_loop();
        }
    }
}

/// Where a further processor arrives, over the boot tables, which do not map its stack: takes the kernel's tables
/// first, then its idle thread's stack.
#[unsafe(no_mangle)]
#[unsafe(naked)]
extern "C" fn osvrun_ap_high() -> ! {
    core::arch::naked_asm!(
        "mov rax, [rip + {root}]",
        "mov cr3, rax",
        "mov rsp, [rip + {stack}]",
        "xor ebp, ebp",
        "call {main}",
        "ud2",
        root = sym AP_ROOT,
        stack = sym AP_STACK_TOP,
        main = sym ap_main,
    )
}

/// A further processor on its idle thread's stack.
extern "C" fn ap_main() -> ! {
    // SAFETY: `start_all` stored it before this processor started.
    let block = unsafe { &*NEXT.load(Ordering::Acquire) };
    let stacks: &'static ExceptionStacks = Box::leak(Box::new(ExceptionStacks::new()));
    // SAFETY: once for this processor, interrupts are disabled.
    unsafe { block.load(stacks) };
    // SAFETY: the table is filled and the block loaded.
    unsafe { trap::load() };
    features::enable(block);
    lapic::init();
    percpu::set_online(block);
    sched::idle_loop()
}
