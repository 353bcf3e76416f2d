//! What the processor can do, and turning it on.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use abi_core::boundary::processor::{Ways, learn};

use super::cpu;
use super::percpu::PerCpu;

const CR4_FSGSBASE: u64 = 1 << 16;
const CR4_OSXSAVE: u64 = 1 << 18;
/// x87, SSE, AVX and the three parts of AVX-512.
const WANTED_STATE: u64 = 0b1110_0111;

static HAS_FSGSBASE: AtomicBool = AtomicBool::new(false);
static XCR0: AtomicU64 = AtomicU64::new(0);
/// Whether an emulator runs this kernel.
static IS_EMULATED: AtomicBool = AtomicBool::new(false);

/// Turns on what the processor has of FSGSBASE, XSAVE and AVX, and notes it in the processor's block.
pub fn enable(block: &PerCpu) {
    let mut cr4 = cpu::cr4();
    let has_fsgsbase = cpu::cpuid(7, 0)[1] & 1 != 0;
    let has_xsave = cpu::cpuid(1, 0)[2] & 1 << 26 != 0;
    if has_fsgsbase {
        cr4 |= CR4_FSGSBASE;
    }
    if has_xsave {
        cr4 |= CR4_OSXSAVE;
    }
    // SAFETY: only bits that CPUID names were added.
    unsafe { cpu::set_cr4(cr4) };
    HAS_FSGSBASE.store(has_fsgsbase, Ordering::Relaxed);
    if has_xsave {
        let [low, _, _, high] = cpu::cpuid(0xd, 0);
        let mut state = (u64::from(high) << 32 | u64::from(low)) & WANTED_STATE;
        if state & 0b1110_0000 != 0b1110_0000 {
            state &= 0b111;
        }
        // SAFETY: CPUID names these components; AVX-512 is complete or absent.
        unsafe { cpu::xsetbv0(state) };
        XCR0.store(state, Ordering::Relaxed);
        let bytes = cpu::cpuid(0xd, 0)[1] as usize;
        block.xsave_bytes.store(bytes.next_multiple_of(64), Ordering::Relaxed);
    }
}

/// Chooses what is fastest here, or where an emulator runs this kernel, which says so in CPUID's first leaf of hypervisors.
pub fn choose_ways() {
    const TCG: [u32; 3] = [0x5447_4354, 0x4354_4743, 0x4743_5447];
    let has_hypervisor = cpu::cpuid(1, 0)[2] & 1 << 31 != 0;
    if has_hypervisor && cpu::cpuid(0x4000_0000, 0)[1..] == TCG {
        IS_EMULATED.store(true, Ordering::Relaxed);
        learn(Ways::Emulated);
    } else {
        learn(Ways::Narrow);
    }
}

/// Tells whether vector registers are better saved one by one than by XSAVE: an emulated processor with AVX and no more.
pub fn saves_by_parts() -> bool {
    const X87_SSE_AVX: u64 = 0b111;
    IS_EMULATED.load(Ordering::Relaxed) && XCR0.load(Ordering::Relaxed) == X87_SSE_AVX
}

/// Returns the FS base.
#[inline]
pub fn fs_base() -> u64 {
    if HAS_FSGSBASE.load(Ordering::Relaxed) {
        // SAFETY: CR4.FSGSBASE is set.
        unsafe { cpu::rdfsbase() }
    } else {
        cpu::rdmsr(cpu::MSR_FS_BASE)
    }
}

/// Sets the FS base.
#[inline]
pub fn set_fs_base(base: u64) {
    if HAS_FSGSBASE.load(Ordering::Relaxed) {
        // SAFETY: CR4.FSGSBASE is set; a base that is not canonical is refused by the callers.
        unsafe { cpu::wrfsbase(base) };
    } else {
        // SAFETY: the kernel does not use FS.
        unsafe { cpu::wrmsr(cpu::MSR_FS_BASE, base) };
    }
}
