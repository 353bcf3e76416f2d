//! Sources of randomness: virtio-rng, RDSEED, RDRAND.

use core::sync::atomic::{AtomicU8, Ordering};

use abi_core::backend::EntropySource;
use abi_core::sync::Mutex;
use alloc::boxed::Box;
use virtio_drivers::device::rng::VirtIORng;

use super::virtio::{Found, KernelHal};
use crate::arch::cpu;

/// Bytes asked of the device at once.
const DEVICE_BYTES: usize = 64;

struct Device {
    rng: VirtIORng<KernelHal, Found>,
    buffer: Box<[u8; DEVICE_BYTES]>,
}

/// A virtio-rng device: its driver starts when bytes are first asked for.
#[expect(clippy::large_enum_variant, reason = "there is one, in a static")]
enum State {
    Absent,
    Found(Found),
    Started(Device),
}

struct VirtioRng(Mutex<State>);
struct RdSeed;
struct RdRand;

static VIRTIO_RNG: VirtioRng = VirtioRng(Mutex::new(State::Absent));

/// Bits: 1 virtio-rng, 2 RDSEED, 4 RDRAND.
static PRESENT: AtomicU8 = AtomicU8::new(0);
/// The sources by [`PRESENT`].
static SOURCES: [&[&dyn EntropySource]; 8] = [
    &[],
    &[&VIRTIO_RNG],
    &[&RdSeed],
    &[&VIRTIO_RNG, &RdSeed],
    &[&RdRand],
    &[&VIRTIO_RNG, &RdRand],
    &[&RdSeed, &RdRand],
    &[&VIRTIO_RNG, &RdSeed, &RdRand],
];

/// Returns the sources this machine has.
pub fn sources() -> &'static [&'static dyn EntropySource] {
    SOURCES[usize::from(PRESENT.load(Ordering::Acquire)) & 7]
}

/// Keeps a virtio-rng device for when randomness is asked for.
pub(super) fn attach(transport: Found) {
    *VIRTIO_RNG.0.lock() = State::Found(transport);
    PRESENT.fetch_or(1, Ordering::Release);
}

impl State {
    /// Returns the device, its driver started.
    fn started(&mut self) -> Option<&mut Device> {
        if let Self::Found(_) = self
            && let Self::Found(transport) = core::mem::replace(self, Self::Absent)
        {
            let mut rng = VirtIORng::new(transport).ok()?;
            rng.disable_interrupts();
            *self = Self::Started(Device { rng, buffer: Box::new([0; DEVICE_BYTES]) });
        }
        if let Self::Started(device) = self { Some(device) } else { None }
    }
}

/// Finds out what the processor has.
pub(super) fn detect_processor() {
    if cpu::cpuid(7, 0)[1] & 1 << 18 != 0 {
        PRESENT.fetch_or(2, Ordering::Release);
    }
    if cpu::cpuid(1, 0)[2] & 1 << 30 != 0 {
        PRESENT.fetch_or(4, Ordering::Release);
    }
}

impl EntropySource for VirtioRng {
    fn name(&self) -> &'static str {
        "virtio-rng"
    }

    fn credited_bits_per_byte(&self) -> u8 {
        8
    }

    fn poll(&self, buf: &mut [u8]) -> usize {
        let mut state = self.0.lock();
        let Some(Device { rng, buffer }) = state.started() else { return 0 };
        let mut done = 0;
        while done < buf.len() {
            let n = rng.request_entropy(&mut buffer[..]).unwrap_or(0).min(DEVICE_BYTES).min(buf.len() - done);
            if n == 0 {
                break;
            }
            buf[done..done + n].copy_from_slice(&buffer[..n]);
            done += n;
        }
        buffer.fill(0);
        done
    }
}

fn fill(buf: &mut [u8], word: fn() -> Option<u64>) -> usize {
    let mut done = 0;
    for chunk in buf.chunks_mut(8) {
        let Some(value) = (0..10).find_map(|_| word()) else { return done };
        chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
        done += chunk.len();
    }
    done
}

fn rdseed() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: only called where CPUID names RDSEED.
    unsafe {
        core::arch::asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    (ok != 0).then_some(value)
}

fn rdrand() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: only called where CPUID names RDRAND.
    unsafe {
        core::arch::asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    (ok != 0).then_some(value)
}

impl EntropySource for RdSeed {
    fn name(&self) -> &'static str {
        "rdseed"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        6
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        fill(buf, rdseed)
    }
}

impl EntropySource for RdRand {
    fn name(&self) -> &'static str {
        "rdrand"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        4
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        fill(buf, rdrand)
    }
}
