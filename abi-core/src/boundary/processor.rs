//! What the processor can do beyond the instructions that every x86-64 has, for functions that have several ways.

use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::vectors::xsave_components;

/// An emulator runs this code. It translates a word's move through general registers into a few instructions, one through
/// vector registers or by a string instruction into several times as many.
pub const EMULATED: u8 = 1;
/// Blocks of 32 bytes, AVX2 and BMI1, are quick.
pub const WIDE: u8 = 1 << 1;
/// SSE4.1 rounds to whole numbers.
pub const ROUNDS: u8 = 1 << 2;
/// FMA multiplies and adds at once.
pub const FUSES: u8 = 1 << 3;
/// `rep movsb` is the quickest way to move long blocks, whatever they begin at (ERMS, SDM 1 7.3.9.3).
pub const MOVES_BYTES: u8 = 1 << 4;
/// Masks choose bytes of blocks: AVX512F, AVX512VL, AVX512BW and BMI2.
pub const MASKS: u8 = 1 << 5;

/// The processor's abilities: none until [`learn`] was called.
pub(crate) static ABILITIES: AtomicU8 = AtomicU8::new(0);

/// Tells whether the processor has an ability.
#[inline(always)]
pub fn has(ability: u8) -> bool {
    ABILITIES.load(Relaxed) & ability != 0
}

/// Which ways may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    /// All that the processor has.
    All,
    /// Not [`WIDE`] ones: kernel code moves blocks, too, and may not change the wider registers.
    Narrow,
    /// Those that are fastest where an emulator runs this code.
    Emulated,
}

/// Asks the processor, whose system keeps the wider vector registers or not (SDM 1 14.3). Called once by a backend, before
/// any program.
pub fn learn(ways: Ways) {
    let features = __cpuid(1).ecx;
    let keeps_wide = xsave_components() & 6 == 6;
    let more = if __cpuid(0).eax >= 7 { __cpuid_count(7, 0).ebx } else { 0 };
    let has_wide = more & 1 << 5 != 0 && more & 1 << 3 != 0 && keeps_wide;
    let keeps_masks = xsave_components() & 0xe6 == 0xe6;
    let masks = 1 << 31 | 1 << 30 | 1 << 16 | 1 << 8;
    let abilities = [
        (EMULATED, ways == Ways::Emulated),
        (WIDE, ways == Ways::All && has_wide),
        (ROUNDS, features & 1 << 19 != 0),
        (FUSES, features & 1 << 12 != 0 && keeps_wide),
        (MOVES_BYTES, more & 1 << 9 != 0),
        (MASKS, ways == Ways::All && has_wide && more & masks == masks && keeps_masks),
    ];
    let known =
        abilities.iter().filter(|(_, is_there)| *is_there).fold(0, |known, (ability, _)| known | ability);
    ABILITIES.store(known, Relaxed);
}
