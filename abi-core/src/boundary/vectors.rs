//! The vector and floating-point registers: where XSAVE keeps them, for frames on a program's stack and for the way through
//! the kernel.

use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicU32, AtomicUsize};

use super::processor;
use super::syscall::{HIGH, SyscallFrame, XMM_BYTES, XSAVE_BYTES, XSAVE_HEADER};
use super::user::copy_in;
use crate::abi::Result;

/// Bytes of the legacy area that FXSAVE stores.
const LEGACY_BYTES: usize = 512;
/// Bytes of the header that XSAVE has after it.
const HEADER_BYTES: usize = 64;
/// Where Linux describes the rest of the area: bytes that FXSAVE and XSAVE leave alone.
pub const DESCRIPTION: usize = 464;
/// `FP_XSTATE_MAGIC1`
pub const MAGIC1: u32 = 0x4650_5853;
/// `FP_XSTATE_MAGIC2`, after the area.
const MAGIC2: u32 = 0x4650_5845;
/// The components that a frame on a program's stack keeps: x87, SSE, AVX, the three of AVX-512.
///
/// Not the tiles of AMX, which a program has to ask for (arch_prctl(2)) and nobody here can: they alone take 8 KiB, more
/// than a small stack has for two handlers.
pub const FRAME_COMPONENTS: u32 = 0xe7;

/// Returns the size of the XSAVE area for a frame's components, 0 where there is only FXSAVE.
fn xsave_bytes() -> usize {
    /// One more than the size; 0 until it is known.
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    let known = KNOWN.load(Relaxed);
    if known != 0 {
        return known - 1;
    }
    let has_xsave = __cpuid(1).ecx & 1 << 27 != 0;
    let bytes = if has_xsave { area_bytes_of(enabled_components() & u64::from(FRAME_COMPONENTS)) } else { 0 };
    KNOWN.store(bytes + 1, Relaxed);
    bytes
}

/// Returns the size of an XSAVE area that has room for `components` (SDM 1 13.5).
fn area_bytes_of(components: u64) -> usize {
    const FIRST_EXTENDED: u32 = 2;
    let end_of = |component| {
        let leaf = __cpuid_count(13, component);
        (leaf.eax + leaf.ebx) as usize
    };
    let ends = (FIRST_EXTENDED..63).filter(|component| components >> component & 1 != 0).map(end_of);
    ends.max().unwrap_or(LEGACY_BYTES + HEADER_BYTES)
}

/// Returns the components in use (XCR0).
pub fn xsave_components() -> u64 {
    if xsave_bytes() == 0 { 0 } else { enabled_components() }
}

/// Returns XCR0 of a processor that has XSAVE.
fn enabled_components() -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: there is XSAVE; reads a register.
    unsafe {
        core::arch::asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") high, options(nomem, nostack));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// The vector state's place on the stack, to be filled by the trampoline.
pub struct VectorArea {
    xsave_bytes: usize,
}

impl VectorArea {
    /// Describes the area for this processor.
    pub fn new() -> Self {
        Self { xsave_bytes: xsave_bytes() }
    }

    /// Tells whether XSAVE stores it; else FXSAVE does.
    pub const fn has_xsave(&self) -> bool {
        self.xsave_bytes != 0
    }

    /// Returns the size of XSAVE's area, 0 where there is none.
    pub const fn area_bytes(&self) -> usize {
        self.xsave_bytes
    }

    /// Returns its size on the stack, a multiple of 64.
    pub fn len_bytes(&self) -> usize {
        if self.xsave_bytes == 0 { LEGACY_BYTES } else { (self.xsave_bytes + 4).next_multiple_of(64) }
    }

    /// Calls `store` with what must be there before XSAVE stores the rest: (offset, bytes).
    pub fn prepare<E>(
        &self,
        mut store: impl FnMut(usize, &[u8]) -> core::result::Result<(), E>,
    ) -> core::result::Result<(), E> {
        // The description, and the header of XSAVE, which must be zero.
        let mut bytes = [0; LEGACY_BYTES + HEADER_BYTES - DESCRIPTION];
        if self.xsave_bytes == 0 {
            return store(DESCRIPTION, &bytes[..LEGACY_BYTES - DESCRIPTION]);
        }
        bytes[..4].copy_from_slice(&MAGIC1.to_ne_bytes());
        bytes[4..8].copy_from_slice(&(self.xsave_bytes as u32 + 4).to_ne_bytes());
        let components = xsave_components() & u64::from(FRAME_COMPONENTS);
        bytes[8..16].copy_from_slice(&components.to_ne_bytes());
        bytes[16..20].copy_from_slice(&(self.xsave_bytes as u32).to_ne_bytes());
        store(DESCRIPTION, &bytes)?;
        store(self.xsave_bytes, &MAGIC2.to_ne_bytes())
    }
}

impl Default for VectorArea {
    fn default() -> Self {
        Self::new()
    }
}

/// What kernel code may change beside xmm0 to xmm7: the way in asks for both at once.
#[repr(C, align(8))]
pub(super) struct Changes {
    /// Components of XSAVE: bits of XCR0.
    pub(super) components: AtomicU32,
    /// Not 0 if xmm8 to xmm15 are among it.
    pub(super) high: AtomicU32,
}

pub(super) static CHANGES: Changes = Changes { components: AtomicU32::new(0), high: AtomicU32::new(0) };
/// Not 0 if XGETBV tells which components are in use.
pub(super) static TELLS_USE: AtomicU32 = AtomicU32::new(0);

/// AVX, and the three of AVX-512.
const WIDE_COMPONENTS: u32 = 1 << 2 | 7 << 5;

/// Says that kernel code changes more than xmm0 to xmm7: called once by a backend whose kernel code may run whatever the
/// processor has.
///
/// Another backend's kernel code uses no more: the compiler gives registers out in order, and a loop that needs more than
/// eight is no part of a kernel. A test reads the kernel's machine code, [`with_high`] is for the exception.
pub fn set_vector_state() {
    processor::learn(processor::Ways::All);
    CHANGES.high.store(1, Relaxed);
    let mask = xsave_components() as u32 & WIDE_COMPONENTS;
    CHANGES.components.store(mask, Relaxed);
    // XGETBV with ecx 1 (SDM 1 13.2).
    let tells = mask != 0 && __cpuid_count(0xd, 1).eax & 1 << 2 != 0;
    TELLS_USE.store(u32::from(tells), Relaxed);
}

/// Calls a function that may change xmm8 to xmm15, and keeps them.
pub fn with_high<T, F: FnOnce() -> T>(function: F) -> T {
    struct Call<T, F> {
        function: Option<F>,
        result: Option<T>,
    }
    extern "C" fn make<T, F: FnOnce() -> T>(call: &mut Call<T, F>) {
        call.result = call.function.take().map(|function| function());
    }
    let mut call = Call { function: Some(function), result: None };
    // SAFETY: `make` gets what it takes.
    unsafe { keep_high(core::ptr::from_mut(&mut call).cast(), make::<T, F> as *const ()) };
    call.result.unwrap_or_else(|| unreachable!("it was called"))
}

/// Calls `function(argument)` with xmm8 to xmm15 kept on the stack.
#[unsafe(naked)]
unsafe extern "C" fn keep_high(argument: *mut (), function: *const ()) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "sub rsp, 136",
        ".cfi_adjust_cfa_offset 136",
        "movups [rsp + 0], xmm8",
        "movups [rsp + 16], xmm9",
        "movups [rsp + 32], xmm10",
        "movups [rsp + 48], xmm11",
        "movups [rsp + 64], xmm12",
        "movups [rsp + 80], xmm13",
        "movups [rsp + 96], xmm14",
        "movups [rsp + 112], xmm15",
        "call rsi",
        "movups xmm8, [rsp + 0]",
        "movups xmm9, [rsp + 16]",
        "movups xmm10, [rsp + 32]",
        "movups xmm11, [rsp + 48]",
        "movups xmm12, [rsp + 64]",
        "movups xmm13, [rsp + 80]",
        "movups xmm14, [rsp + 96]",
        "movups xmm15, [rsp + 112]",
        "add rsp, 136",
        ".cfi_adjust_cfa_offset -136",
        "ret",
        ".cfi_endproc",
    )
}

/// The control words of floating-point arithmetic.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    mxcsr: u32,
    x87: u16,
}

impl Control {
    /// Reads the calling thread's, which kernel code leaves alone.
    pub fn current() -> Self {
        let mut this = Self { mxcsr: 0, x87: 0 };
        // SAFETY: stores two words.
        unsafe {
            core::arch::asm!("stmxcsr [{}]", "fnstcw [{}]", in(reg) &raw mut this.mxcsr, in(reg) &raw mut this.x87,
                options(nostack));
        }
        this
    }

    /// Loads them.
    pub fn load(self) {
        // SAFETY: words that the processor stored.
        unsafe {
            core::arch::asm!("ldmxcsr [{}]", "fldcw [{}]", in(reg) &raw const self.mxcsr, in(reg) &raw const self.x87,
                options(nostack));
        }
    }
}

/// Reads a few bytes of a larger area, which has them.
fn word<const N: usize>(bytes: &[u8; XSAVE_BYTES], at: usize) -> [u8; N] {
    core::array::from_fn(|i| bytes[at + i])
}

impl SyscallFrame {
    /// Loads the vector state that the program goes on with from where XSAVE stored it, or what arithmetic starts with
    /// from address 0.
    pub fn load_vectors(&mut self, from: usize) -> Result<()> {
        const USUAL_MXCSR: u32 = 0x1f80;
        const USUAL_X87: u16 = 0x37f;
        /// Where FXSAVE and XSAVE store them.
        const MXCSR: usize = 24;
        const XMM: usize = 160;
        let mut bytes = [0; XSAVE_BYTES];
        let supported = xsave_components() & u64::from(FRAME_COMPONENTS);
        if from == 0 {
            bytes[..2].copy_from_slice(&USUAL_X87.to_le_bytes());
            bytes[MXCSR..MXCSR + 4].copy_from_slice(&USUAL_MXCSR.to_le_bytes());
        } else {
            copy_in(&mut bytes[..LEGACY_BYTES], from)?;
            if supported != 0 {
                // Where there is less, the rest is not the program's to load.
                let len_bytes = VectorArea::new().area_bytes().min(XSAVE_BYTES);
                copy_in(&mut bytes[..len_bytes], from)?;
            }
        }
        // Bits that the processor does not know would fault.
        let mxcsr = u32::from_le_bytes(word(&bytes, MXCSR)) & 0xffff;
        bytes[MXCSR..MXCSR + 4].copy_from_slice(&mxcsr.to_le_bytes());
        let stored = u64::from_le_bytes(word(&bytes, XSAVE_HEADER)) & supported;
        bytes[XSAVE_HEADER..XSAVE_HEADER + 64].fill(0);
        bytes[XSAVE_HEADER..XSAVE_HEADER + 8].copy_from_slice(&stored.to_le_bytes());
        let frame = core::ptr::from_mut(self) as usize;
        let area = (frame - XMM_BYTES - XSAVE_BYTES) & !63;
        // SAFETY: the areas that the way in left below the frame, which are read on the way out only.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), area as *mut u8, XSAVE_BYTES) };
        // SAFETY: as above.
        unsafe {
            core::ptr::copy_nonoverlapping(bytes[XMM..].as_ptr(), (frame - XMM_BYTES) as *mut u8, XMM_BYTES);
        }
        self.vectors = supported as u32;
        self.loads |= HIGH;
        if supported == 0 {
            Control { mxcsr, x87: u16::from_le_bytes(word(&bytes, 0)) }.load();
        }
        Ok(())
    }
}
