//! Single instructions.

use core::arch::asm;

/// Flag: interrupts are enabled.
pub const RFLAGS_IF: u64 = 1 << 9;

/// FS base.
pub const MSR_FS_BASE: u32 = 0xC000_0100;
/// GS base.
pub const MSR_GS_BASE: u32 = 0xC000_0101;
/// Extended features: SYSCALL, NX.
pub const MSR_EFER: u32 = 0xC000_0080;
/// Selectors that SYSCALL loads.
pub const MSR_STAR: u32 = 0xC000_0081;
/// Where SYSCALL goes.
pub const MSR_LSTAR: u32 = 0xC000_0082;
/// Flags that SYSCALL clears.
pub const MSR_FMASK: u32 = 0xC000_0084;

/// Reads a model-specific register.
pub fn rdmsr(msr: u32) -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: callers name registers that exist on every x86-64 processor.
    unsafe {
        asm!("rdmsr", in("ecx") msr, out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// Writes a model-specific register.
///
/// # Safety
/// The value keeps the kernel's assumptions about that register.
pub unsafe fn wrmsr(msr: u32, value: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("wrmsr", in("ecx") msr, in("eax") value as u32, in("edx") (value >> 32) as u32,
            options(nostack, preserves_flags));
    }
}

/// Reads a byte from an I/O port.
pub fn inb(port: u16) -> u8 {
    let value;
    // SAFETY: reading a port of the devices this kernel drives has no effect on memory.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes a byte to an I/O port.
pub fn outb(port: u16, value: u8) {
    // SAFETY: the ports used here (serial, PIC, exit, PCI configuration) do not write memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack, preserves_flags)) };
}

/// Reads a 32-bit word from an I/O port.
pub fn inl(port: u16) -> u32 {
    let value;
    // SAFETY: as for `inb`.
    unsafe { asm!("in eax, dx", in("dx") port, out("eax") value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Writes a 32-bit word to an I/O port.
pub fn outl(port: u16, value: u32) {
    // SAFETY: as for `outb`.
    unsafe { asm!("out dx, eax", in("dx") port, in("eax") value, options(nomem, nostack, preserves_flags)) };
}

/// Writes a 16-bit word to an I/O port.
pub fn outw(port: u16, value: u16) {
    // SAFETY: as for `outb`.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nomem, nostack, preserves_flags)) };
}

/// Reads the time stamp counter.
#[inline(always)]
pub fn rdtsc() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: reads a counter.
    unsafe { asm!("rdtsc", out("eax") low, out("edx") high, options(nomem, nostack, preserves_flags)) };
    u64::from(high) << 32 | u64::from(low)
}

/// Reads the flags.
#[inline(always)]
pub fn rflags() -> u64 {
    let flags;
    // SAFETY: pushes and pops one word below the red zone's owner, as the compiler allows without `nostack`.
    unsafe { asm!("pushfq", "pop {}", out(reg) flags, options(nomem, preserves_flags)) };
    flags
}

/// Enables interrupts.
#[inline(always)]
pub fn sti() {
    // SAFETY: every gate has a stack of its own, so an interrupt may come anywhere.
    unsafe { asm!("sti", options(nostack)) };
}

/// Disables interrupts.
#[inline(always)]
pub fn cli() {
    // SAFETY: masking interrupts is always sound.
    unsafe { asm!("cli", options(nostack)) };
}

/// Enables interrupts and waits for one; none is lost in between.
#[inline(always)]
pub fn sti_hlt() {
    // SAFETY: as for `sti`; the instruction after `sti` still runs with interrupts masked.
    unsafe { asm!("sti", "hlt", options(nostack)) };
}

/// Stops this processor for good.
pub fn halt_forever() -> ! {
    loop {
        // SAFETY: nothing runs after this.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}

/// Disables interrupts; returns whether they were enabled.
#[inline(always)]
pub fn irq_save() -> bool {
    if cfg!(not(feature = "kernel")) {
        return false;
    }
    let enabled = rflags() & RFLAGS_IF != 0;
    cli();
    enabled
}

/// Undoes [`irq_save`].
#[inline(always)]
pub fn irq_restore(enabled: bool) {
    if enabled {
        sti();
    }
}

/// Forgets the translation of one page on this processor.
#[inline(always)]
pub fn invlpg(address: usize) {
    // SAFETY: dropping a cached translation is always sound.
    unsafe { asm!("invlpg [{}]", in(reg) address, options(nostack, preserves_flags)) };
}

/// Reads CR3.
pub fn cr3() -> u64 {
    let value;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, cr3", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Loads CR3, which forgets all translations.
///
/// # Safety
/// `root` is a top-level table that maps the kernel.
pub unsafe fn set_cr3(root: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("mov cr3, {}", in(reg) root, options(nostack, preserves_flags)) };
}

/// Reads CR4.
pub fn cr4() -> u64 {
    let value;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, cr4", out(reg) value, options(nomem, nostack, preserves_flags)) };
    value
}

/// Loads CR4.
///
/// # Safety
/// Every bit set is supported (CPUID) and keeps the kernel's assumptions.
pub unsafe fn set_cr4(value: u64) {
    // SAFETY: the caller's promise.
    unsafe { asm!("mov cr4, {}", in(reg) value, options(nostack, preserves_flags)) };
}

/// Sets XCR0, the state components XSAVE covers.
///
/// # Safety
/// The components are supported and CR4.OSXSAVE is set.
pub unsafe fn xsetbv0(value: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("xsetbv", in("ecx") 0, in("eax") value as u32, in("edx") (value >> 32) as u32,
            options(nomem, nostack, preserves_flags));
    }
}

/// Sets the FS base.
///
/// # Safety
/// CR4.FSGSBASE is set.
#[inline(always)]
pub unsafe fn wrfsbase(base: u64) {
    // SAFETY: the caller's promise; the kernel itself does not use FS.
    unsafe { asm!("wrfsbase {}", in(reg) base, options(nostack, preserves_flags)) };
}

/// Reads the FS base.
///
/// # Safety
/// CR4.FSGSBASE is set.
#[inline(always)]
pub unsafe fn rdfsbase() -> u64 {
    let base;
    // SAFETY: the caller's promise.
    unsafe { asm!("rdfsbase {}", out(reg) base, options(nomem, nostack, preserves_flags)) };
    base
}

/// What CPUID answers: eax, ebx, ecx, edx.
pub fn cpuid(leaf: u32, subleaf: u32) -> [u32; 4] {
    let answer = core::arch::x86_64::__cpuid_count(leaf, subleaf);
    [answer.eax, answer.ebx, answer.ecx, answer.edx]
}

/// Returns the x87 exceptions that are raised and not masked, IE first.
pub fn x87_exceptions() -> u8 {
    let (mut status, mut control) = (0u16, 0u16);
    // SAFETY: stores two words.
    unsafe {
        asm!("fnstsw [{}]", "fnstcw [{}]", in(reg) &raw mut status, in(reg) &raw mut control, options(nostack));
    }
    (status & !control & 0x3f) as u8
}

/// Returns the SSE exceptions that are raised and not masked, IE first.
pub fn sse_exceptions() -> u8 {
    let mut mxcsr = 0u32;
    // SAFETY: stores one word.
    unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut mxcsr, options(nostack)) };
    (mxcsr & !(mxcsr >> 7) & 0x3f) as u8
}
