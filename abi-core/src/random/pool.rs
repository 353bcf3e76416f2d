//! The machine's generator: who asks it, on which processor, and when it asks its sources.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use super::collector::Collector;
use super::output::Output;
use crate::abi::{Errno, Result};
use crate::backend::{Backend, Monotonic, WaitOutcome};
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// How many random bytes a machine may be started with: for the places of mappings, a program's guards and `AT_RANDOM`.
pub const GIVEN_BYTES: usize = 40;
/// What `/proc/sys/kernel/random/poolsize` says: the most bits that count as available.
pub const POOL_BITS: u32 = 256;

/// How many streams there are; processors beyond share them.
const OUTPUTS: usize = 8;
/// Bytes of a stream after which the sources are asked again.
const GATHER_BYTES: u64 = 16 << 20;
/// Time after which they are.
const GATHER_NANOS: u64 = 60_000_000_000;
/// How long a thread sleeps between two looks at sources that have not said enough yet. Each sleep is a moment or more
/// to look at, so a machine with no other source is seeded after a few hundred.
const STEP_NANOS: u64 = 250_000;
/// How often the sources are asked for somebody who wants to know how much there is.
const LOOKS: usize = 4;

/// The machine's generator of random numbers.
pub struct RandomPool {
    /// Output of the starter's own generator, given out first; what was given out is erased.
    given: Mutex<[u8; GIVEN_BYTES]>,
    given_left: AtomicUsize,
    /// Made when it is first needed.
    collector: Mutex<Option<Box<Collector>>>,
    /// The Yarrow generator's count of reseeds: 0 until it is seeded.
    reseeds: AtomicU32,
    /// Set when a program wrote to it: the next output has that in it.
    is_written: AtomicBool,
    /// Keys made before it was seeded.
    unseeded: AtomicU32,
    outputs: [Mutex<Output>; OUTPUTS],
    /// What threads sleep on that wait for the seed: always 0.
    tick: AtomicU32,
    /// Whether a thread of the kernel gathers until the generator is seeded.
    pub(super) is_seeding: AtomicBool,
    /// Notified when the generator is seeded.
    pub(super) seeded: WaitQueue,
}

impl RandomPool {
    /// Makes a generator that isn't seeded yet.
    pub const fn new() -> Self {
        Self {
            given: Mutex::new([0; GIVEN_BYTES]),
            given_left: AtomicUsize::new(0),
            collector: Mutex::new(None),
            reseeds: AtomicU32::new(0),
            is_written: AtomicBool::new(false),
            unseeded: AtomicU32::new(0),
            outputs: [const { Mutex::new(Output::new()) }; OUTPUTS],
            tick: AtomicU32::new(0),
            is_seeding: AtomicBool::new(false),
            seeded: WaitQueue::new(),
        }
    }

    /// Makes a generator whose first output is `given`, which another generator made for this machine alone: one that
    /// starts quickly need not be seeded for its first few bytes.
    pub fn with_start(given: [u8; GIVEN_BYTES]) -> Self {
        let pool = Self::new();
        *pool.given.lock() = given;
        pool.given_left.store(GIVEN_BYTES, Ordering::Release);
        pool
    }

    /// Fills `buf` with bytes the machine was started with; returns false where not enough are left.
    fn take_given(&self, buf: &mut [u8]) -> bool {
        if self.given_left.load(Ordering::Acquire) < buf.len().max(1) {
            return false;
        }
        let mut given = self.given.lock();
        let Some(left) = self.given_left.load(Ordering::Relaxed).checked_sub(buf.len()) else { return false };
        let given = &mut given[left..][..buf.len()];
        buf.copy_from_slice(given);
        given.fill(0);
        self.given_left.store(left, Ordering::Release);
        true
    }

    /// Runs `f` with what asks the sources.
    fn with_collector<R>(&self, f: impl FnOnce(&mut Collector) -> R) -> R {
        let mut guard = self.collector.lock();
        let collector = guard.get_or_insert_default();
        let result = f(collector);
        let before = self.reseeds.swap(collector.yarrow().reseeds(), Ordering::AcqRel);
        let is_news = before == 0 && collector.yarrow().reseeds() != 0;
        drop(guard);
        if is_news {
            self.seeded.notify();
        }
        result
    }

    /// Mixes bytes in, without credit.
    pub fn mix(&self, bytes: &[u8]) {
        self.mix_credited(bytes, 0);
    }

    /// Mixes bytes in that are claimed to hold so much entropy, or to go with what was mixed in before and did.
    pub fn mix_credited(&self, bytes: &[u8], claimed_bits: u32) {
        self.with_collector(|collector| collector.write(bytes, claimed_bits));
        self.is_written.store(true, Ordering::Release);
    }

    /// Tells whether the generator is seeded, after asking the sources if it was not.
    pub fn is_seeded(&self, backend: &dyn Backend) -> bool {
        self.reseeds.load(Ordering::Acquire) != 0
            || self.with_collector(|collector| {
                collector.gather(backend);
                collector.yarrow().reseeds() != 0
            })
    }

    /// Makes a new key from what the pools hold, whatever that is worth; `ENODATA` before the first seed.
    pub fn reseed(&self, backend: &dyn Backend) -> Result<()> {
        self.with_collector(|collector| {
            if collector.yarrow().reseeds() == 0 {
                return Err(Errno::ENODATA);
            }
            if collector.gather(backend).is_none() {
                collector.yarrow().reseed_now();
            }
            Ok(())
        })
    }

    /// Returns how many bits of entropy the sources are believed to have given, up to [`POOL_BITS`]; asks them first
    /// if they have given fewer.
    pub fn available_bits(&self, backend: &dyn Backend) -> u32 {
        self.with_collector(|collector| {
            for _ in 0..LOOKS {
                if collector.yarrow().credited_bits() >= POOL_BITS {
                    return POOL_BITS;
                }
                collector.gather(backend);
            }
            collector.yarrow().credited_bits().min(POOL_BITS)
        })
    }

    /// Asks the sources where it is time to, and gives `output` a new key where the generator has one; returns false
    /// while the generator isn't seeded.
    #[cold]
    fn renew(&self, output: &mut Output, backend: &dyn Backend, now: u64) -> bool {
        self.with_collector(|collector| {
            let is_unseeded = collector.yarrow().reseeds() == 0;
            let is_due = output.given_bytes >= GATHER_BYTES || now >= output.gather_at;
            if self.is_written.swap(false, Ordering::AcqRel) || is_unseeded || output.reseeds != 0 && is_due {
                collector.gather(backend);
            }
            let reseeds = collector.yarrow().reseeds();
            if reseeds == 0 {
                return false;
            }
            if is_due {
                (output.given_bytes, output.gather_at) = (0, now + GATHER_NANOS);
            }
            if output.reseeds != reseeds {
                output.rekey(reseeds, |key| collector.yarrow().generate(key));
            }
            true
        })
    }

    /// Fills `buf`; returns false while the generator isn't seeded.
    pub fn try_fill(&self, backend: &dyn Backend, buf: &mut [u8]) -> bool {
        if self.take_given(buf) {
            return true;
        }
        let mut output = self.outputs[backend.cpus().current % OUTPUTS].lock();
        let now = backend.monotonic().0;
        let is_current = output.reseeds != 0
            && output.reseeds == self.reseeds.load(Ordering::Acquire)
            && output.given_bytes < GATHER_BYTES
            && now < output.gather_at
            && !self.is_written.load(Ordering::Acquire);
        if !is_current && !self.renew(&mut output, backend, now) {
            return false;
        }
        output.fill(buf);
        true
    }

    /// Fills `buf`, waiting until the generator is seeded.
    pub fn fill(&self, backend: &dyn Backend, buf: &mut [u8]) {
        while !self.try_fill(backend, buf) {
            self.pause(backend);
        }
    }

    /// As [`RandomPool::fill`], for a program; `EINTR` after a signal.
    pub fn fill_unless_interrupted(&self, cx: Context<'_>, buf: &mut [u8]) -> Result<()> {
        let backend = cx.kernel.backend;
        while !self.try_fill(backend, buf) {
            let look = Monotonic(backend.monotonic().0 + STEP_NANOS);
            if cx.sleep_until_look(&self.tick, 0, look) == WaitOutcome::Interrupted {
                return Err(Errno::EINTR);
            }
        }
        Ok(())
    }

    /// Sleeps until the sources may have more to say.
    pub(super) fn pause(&self, backend: &dyn Backend) {
        let until = Monotonic(backend.monotonic().0 + STEP_NANOS);
        // Any outcome means: look again.
        let _ = backend.wait_uninterruptible(&self.tick, 0, Some(until));
    }

    /// Fills `buf` at once, with bytes that can be guessed where the generator isn't seeded.
    pub fn fill_insecure(&self, backend: &dyn Backend, buf: &mut [u8]) {
        if !self.try_fill(backend, buf) {
            let nonce = self.unseeded.fetch_add(1, Ordering::Relaxed);
            let mut key = self.with_collector(|collector| collector.yarrow().unseeded_key(nonce.into()));
            keystream::fill(&mut key, buf);
        }
    }
}

impl Default for RandomPool {
    fn default() -> Self {
        Self::new()
    }
}
