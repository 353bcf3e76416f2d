//! Sources of randomness: the host kernel's generator, and the processor's where it has one.
#![expect(unsafe_code, reason = "rdrand is a target-feature function")]

use abi_core::backend::{Entropy, EntropySource};

use crate::{HostBackend, sys};

impl Entropy for HostBackend {
    fn sources(&self) -> &[&'static dyn EntropySource] {
        &[&HostRandom, &ProcessorRandom]
    }
}

/// getrandom(2) of the host.
struct HostRandom;

impl EntropySource for HostRandom {
    fn name(&self) -> &'static str {
        "getrandom"
    }

    fn credited_bits_per_byte(&self) -> u8 {
        8
    }

    fn poll(&self, buf: &mut [u8]) -> usize {
        sys::getrandom(buf).unwrap_or(0)
    }
}

/// The processor's generator; credited at half, since nobody can look inside.
struct ProcessorRandom;

/// Tells whether the processor has `rdrand` (CPUID leaf 1, ecx bit 30). `is_x86_feature_detected!` would do, were its
/// cache not initialised by code that may use thread-locals.
fn has_rdrand() -> bool {
    core::arch::x86_64::__cpuid(1).ecx & (1 << 30) != 0
}

#[target_feature(enable = "rdrand")]
fn next_word() -> Option<u64> {
    let mut word = 0;
    // The manual (SDM 7.3.17) advises ten tries.
    (0..10).any(|_| core::arch::x86_64::_rdrand64_step(&mut word) == 1).then_some(word)
}

impl EntropySource for ProcessorRandom {
    fn name(&self) -> &'static str {
        "rdrand"
    }

    fn credited_bits_per_byte(&self) -> u8 {
        4
    }

    fn poll(&self, buf: &mut [u8]) -> usize {
        if !has_rdrand() {
            return 0;
        }
        let mut done = 0;
        for chunk in buf.chunks_mut(8) {
            // SAFETY: the processor has the instruction.
            let Some(word) = (unsafe { next_word() }) else { break };
            chunk.copy_from_slice(&word.to_ne_bytes()[..chunk.len()]);
            done += chunk.len();
        }
        done
    }
}
