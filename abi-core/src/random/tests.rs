//! The generator over the mock backend and scripted sources.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::boxed::Box;
use std::vec::Vec;

use super::collector::Collector;
use super::yarrow::{FAST_BITS, GATE_BLOCKS, MAX_SOURCES, Reseed, SLOW_BITS, Yarrow};
use super::{GIVEN_BYTES, POOL_BITS, RandomPool, draw};
use crate::abi::{self, Errno};
use crate::backend::EntropySource;
use crate::backend::mock::MockBackend;
use crate::boot::BootInfo;
use crate::kernel::{Context, Kernel};
use crate::task::{PENDING_END, Program, Thread};

/// A source that gives a stream of its own, the same each time.
struct Scripted {
    name: &'static str,
    bits_per_byte: u8,
    state: AtomicU64,
}

fn scripted(name: &'static str, bits_per_byte: u8, seed: u64) -> &'static Scripted {
    Box::leak(Box::new(Scripted { name, bits_per_byte, state: AtomicU64::new(seed) }))
}

impl EntropySource for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }
    fn credited_bits_per_byte(&self) -> u8 {
        self.bits_per_byte
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        for byte in buf.iter_mut() {
            let next = self.state.load(Ordering::Relaxed).wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            self.state.store(next, Ordering::Relaxed);
            *byte = (next >> 56) as u8;
        }
        buf.len()
    }
}

/// A source that is stuck.
struct Stuck;

impl EntropySource for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }
    fn credited_bits_per_byte(&self) -> u8 {
        8
    }
    fn poll(&self, buf: &mut [u8]) -> usize {
        for (i, byte) in buf.iter_mut().enumerate() {
            *byte = i as u8;
        }
        buf.len()
    }
}

/// Moves the clock of `backend` on by steps that have no pattern.
fn jitter(backend: &MockBackend, step: u64) {
    let noise = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
    backend.advance(Duration::from_nanos(250_000 + noise));
}

fn output(pool: &RandomPool, backend: &MockBackend) -> [u8; 32] {
    let mut buf = [0; 32];
    assert!(pool.try_fill(backend, &mut buf));
    buf
}

#[test]
fn one_source_with_100_bits_reseeds_from_the_fast_pool() {
    let mut yarrow = Yarrow::default();
    yarrow.add(3, b"fast", FAST_BITS - 1);
    yarrow.add(4, b"fast", FAST_BITS - 1);
    assert_eq!(yarrow.reseed_if_due(), None, "no one source has enough");
    yarrow.add(3, b"slow", 1000);
    assert_eq!(yarrow.reseed_if_due(), None, "its second sample went to the slow pool");
    yarrow.add(3, b"fast", 1);
    assert_eq!(yarrow.reseed_if_due(), Some(Reseed::Fast));
    assert_eq!(yarrow.reseed_if_due(), None, "the pool is empty again");
    assert_eq!(yarrow.reseeds(), 1);
}

#[test]
fn two_sources_with_160_bits_reseed_from_the_slow_pool() {
    let mut yarrow = Yarrow::default();
    let slow = |yarrow: &mut Yarrow, source, bits| {
        yarrow.add(source, b"fast", 0);
        yarrow.add(source, b"slow", bits);
    };
    slow(&mut yarrow, 2, SLOW_BITS);
    slow(&mut yarrow, 3, SLOW_BITS - 1);
    assert_eq!(yarrow.reseed_if_due(), None);
    slow(&mut yarrow, 2, SLOW_BITS);
    assert_eq!(yarrow.reseed_if_due(), None, "more from the first is not a second");
    slow(&mut yarrow, 3, 1);
    assert_eq!(yarrow.reseed_if_due(), Some(Reseed::Slow));
    slow(&mut yarrow, 3, SLOW_BITS);
    assert_eq!(yarrow.reseed_if_due(), None, "the estimates were cleared");
}

#[test]
fn a_slow_reseed_empties_the_fast_pool_too() {
    let mut yarrow = Yarrow::default();
    for source in [2, 3] {
        yarrow.add(source, b"fast", FAST_BITS);
        yarrow.add(source, b"slow", SLOW_BITS);
    }
    assert_eq!(yarrow.reseed_if_due(), Some(Reseed::Slow));
    assert_eq!(yarrow.reseed_if_due(), None);
    assert_eq!(yarrow.digests(), Yarrow::default().digests());
}

#[test]
fn samples_of_unknown_sources_are_not_taken() {
    let mut yarrow = Yarrow::default();
    yarrow.add(MAX_SOURCES, b"more", 1000);
    assert_eq!((yarrow.reseed_if_due(), yarrow.credited_bits()), (None, 0));
}

fn seeded() -> Yarrow {
    let mut yarrow = Yarrow::default();
    yarrow.add(2, b"a seed", FAST_BITS);
    assert_eq!(yarrow.reseed_if_due(), Some(Reseed::Fast));
    yarrow
}

#[test]
fn the_gate_closes_after_each_request_and_each_so_many_blocks() {
    let gate_bytes = GATE_BLOCKS as usize * 16;
    // What a long request gives is what its pieces give, each a request of its own: the gate stands between them.
    let mut long = std::vec![0; 3 * gate_bytes + 40];
    seeded().generate(&mut long);
    let (mut pieces, mut again) = (seeded(), Vec::new());
    for len in [gate_bytes, gate_bytes, gate_bytes, 40] {
        let mut piece = std::vec![0; len];
        pieces.generate(&mut piece);
        again.extend(piece);
    }
    assert_eq!(long, again);
    // Anywhere else it makes the stream go on differently.
    let mut early = seeded();
    let mut halves = std::vec![0; gate_bytes];
    early.generate(&mut halves[..gate_bytes / 2]);
    early.generate(&mut halves[gate_bytes / 2..]);
    assert_eq!(halves[..gate_bytes / 2], long[..gate_bytes / 2]);
    assert_ne!(halves[gate_bytes / 2..], long[gate_bytes / 2..gate_bytes]);
}

#[test]
fn old_output_cannot_be_computed_from_the_state() {
    let mut yarrow = seeded();
    let mut before = [0; 16];
    yarrow.generate(&mut before);
    // Whoever has the state now knows the counter, and can step it back, but the key is another one.
    let mut stolen = yarrow.clone();
    for _ in 0..8 {
        stolen.step_back();
        let mut block = [0; 16];
        stolen.clone().generate(&mut block);
        assert_ne!(block, before);
    }
    // Without the gate, three steps (the block and the two of the next key) would have been enough.
    let mut open = seeded();
    open.generate_without_gate(&mut before);
    open.step_back();
    let mut block = [0; 16];
    open.generate(&mut block);
    assert_eq!(block, before);
}

#[test]
fn every_source_changes_the_stream() {
    let stream = |seeds: [u64; 3], start: u64, written: &[u8]| {
        let backend = MockBackend::new();
        backend.set_sources(&[
            scripted("virtio-rng", 8, seeds[0]),
            scripted("rdrand", 4, seeds[1]),
            scripted("uncredited", 0, seeds[2]),
        ]);
        backend.advance(Duration::from_nanos(start));
        let pool = RandomPool::new();
        if !written.is_empty() {
            pool.mix(written);
        }
        output(&pool, backend)
    };
    let streams = [
        stream([1, 2, 3], 1000, b""),
        stream([9, 2, 3], 1000, b""),
        stream([1, 9, 3], 1000, b""),
        stream([1, 2, 9], 1000, b""),
        stream([1, 2, 3], 1001, b""),
        stream([1, 2, 3], 1000, b"a"),
        stream([1, 2, 3], 1000, b"b"),
    ];
    for (i, one) in streams.iter().enumerate() {
        assert!(streams[i + 1..].iter().all(|other| other != one), "{i}");
    }
    assert_eq!(streams[0], stream([1, 2, 3], 1000, b""), "nothing else does");
}

#[test]
fn what_programs_write_is_in_the_next_output_whichever_pool_makes_its_key() {
    for rounds in 0..4 {
        let run = |written: &[u8]| {
            let backend = MockBackend::new();
            backend.set_sources(&[scripted("a", 8, 1), scripted("b", 8, 2)]);
            let pool = RandomPool::new();
            for _ in 0..rounds {
                pool.mix(b"same");
                output(&pool, backend);
            }
            pool.mix(written);
            output(&pool, backend)
        };
        assert_ne!(run(b"x"), run(b"y"));
    }
}

#[test]
fn writing_is_not_credited() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    for byte in 0..=255 {
        pool.mix(&[byte; 64]);
        assert!(!pool.try_fill(backend, &mut [0; 8]));
    }
    assert_eq!(pool.available_bits(backend), 0);
}

#[test]
fn stuck_sources_and_a_clock_that_stands_still_never_seed_it() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    backend.set_sources(&[&Stuck]);
    // What counts up looks good the first time.
    let mut collector = Collector::default();
    collector.sample(&[&Stuck]);
    let credited = collector.yarrow().credited_bits();
    for _ in 0..100 {
        collector.sample(&[&Stuck]);
    }
    assert_eq!(collector.yarrow().credited_bits(), credited);
    backend.set_sources(&[]);
    for _ in 0..1000 {
        assert!(!pool.try_fill(backend, &mut [0; 8]));
    }
}

#[test]
fn without_sources_the_clock_seeds_it_within_2_seconds() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    let mut buf = [0; 32];
    let mut step = 0;
    while !pool.try_fill(backend, &mut buf) {
        assert_eq!(buf, [0; 32], "nothing is given before it is seeded");
        step += 1;
        jitter(backend, step);
    }
    assert!(step >= u64::from(FAST_BITS), "no moment is worth more than a bit");
    assert!(step < 4000, "{step} sleeps are more than 2 s");
    assert!(pool.available_bits(backend) >= FAST_BITS);
}

#[test]
fn insecure_bytes_come_at_once_and_leave_it_unseeded() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    let mut seen = [[0; 16]; 3];
    for buf in &mut seen {
        pool.fill_insecure(backend, buf);
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2] && seen[0] != [0; 16]);
    assert!(!pool.try_fill(backend, &mut [0; 8]));
}

#[test]
fn available_bits_are_what_the_sources_gave() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    assert_eq!(pool.available_bits(backend), 0);
    backend.set_sources(&[scripted("weak", 1, 1)]);
    let bits = pool.available_bits(backend);
    assert!(bits >= 64 && bits.is_multiple_of(64), "{bits}");
    backend.set_sources(&[scripted("strong", 8, 1)]);
    assert_eq!(pool.available_bits(backend), POOL_BITS);
}

#[test]
fn a_reseed_gives_every_stream_a_new_key() {
    let run = |second: u64| {
        let backend = MockBackend::new();
        backend.set_sources(&[scripted("a", 8, 1)]);
        let pool = RandomPool::new();
        let first = output(&pool, backend);
        backend.set_sources(&[scripted("a", 8, second)]);
        let before = output(&pool, backend);
        backend.advance(Duration::from_mins(1));
        (first, before, output(&pool, backend))
    };
    let (one, other) = (run(5), run(6));
    assert_eq!((one.0, one.1), (other.0, other.1), "the sources are not asked each time");
    assert_ne!(one.2, other.2, "but after a while");
}

#[test]
fn given_bytes_come_first_and_once() {
    let (pool, backend) = (RandomPool::with_start([7; GIVEN_BYTES]), MockBackend::new());
    let mut buf = [0; 20];
    assert!(pool.try_fill(backend, &mut buf));
    assert_eq!(buf, [7; 20]);
    assert!(!pool.try_fill(backend, &mut [0; 21]), "what is left is too short, and the pool isn't seeded");
    assert_eq!(output_of(&pool, backend, GIVEN_BYTES - 20), Some(std::vec![7; GIVEN_BYTES - 20]));
    assert_eq!(output_of(&pool, backend, 1), None);
}

fn output_of(pool: &RandomPool, backend: &MockBackend, len: usize) -> Option<Vec<u8>> {
    let mut buf = std::vec![0; len];
    pool.try_fill(backend, &mut buf).then_some(buf)
}

#[test]
fn a_machine_can_be_given_bytes_only_by_sources_that_have_enough() {
    let mut buf = [0; GIVEN_BYTES];
    assert!(!draw(&[], &mut buf));
    assert!(!draw(&[scripted("weak", 1, 1)], &mut buf));
    assert!(draw(&[scripted("strong", 8, 1)], &mut buf));
    let mut other = [0; GIVEN_BYTES];
    assert!(draw(&[scripted("strong", 8, 2)], &mut other));
    assert_ne!(buf, other);
}

#[test]
fn output_never_repeats() {
    let backend = MockBackend::new();
    backend.set_sources(&[scripted("a", 8, 1)]);
    let pool = RandomPool::new();
    let seen: std::collections::HashSet<_> = (0..1000).map(|_| output(&pool, backend)).collect();
    assert_eq!(seen.len(), 1000);
}

/// A kernel over the mock backend, without sources.
fn machine() -> (Context<'static>, &'static MockBackend) {
    let backend = MockBackend::new();
    let kernel: &'static Kernel = Box::leak(Box::new(Kernel::new(backend, BootInfo::default())));
    let program = Arc::new(Program::new(Vec::new(), b"", Vec::new(), Vec::new(), Arc::default()));
    let thread = Box::leak(Box::new(Thread::new(abi::PID, program)));
    (Context { kernel, thread }, backend)
}

#[test]
fn who_waits_for_the_seed_leaves_when_asked_to() {
    let (cx, backend) = machine();
    let random = &cx.kernel.random;
    cx.thread.head.pending.store(PENDING_END, Ordering::SeqCst);
    assert_eq!(random.fill_unless_interrupted(cx, &mut [0; 8]), Err(Errno::EINTR));
    cx.thread.head.pending.store(0, Ordering::SeqCst);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| random.fill_unless_interrupted(cx, &mut [0; 8]));
        let mut step = 0;
        while !waiting.is_finished() {
            step += 1;
            jitter(backend, step);
            std::thread::yield_now();
        }
        assert_eq!(waiting.join().expect("no panic"), Ok(()));
    });
}

#[test]
fn the_device_is_readable_once_it_is_seeded() {
    let (cx, backend) = machine();
    assert_eq!(cx.poll_random(), abi::POLLOUT | abi::POLLWRNORM);
    assert_eq!(cx.kernel.random.reseed(backend), Err(Errno::ENODATA));
    backend.set_sources(&[scripted("strong", 8, 1)]);
    assert_eq!(cx.poll_random(), abi::POLLIN | abi::POLLRDNORM);
    assert_eq!(cx.kernel.random.reseed(backend), Ok(()));
}

#[test]
fn a_privileged_program_may_credit_what_it_writes() {
    let (pool, backend) = (RandomPool::new(), MockBackend::new());
    pool.mix(b"something known to be random");
    pool.mix_credited(&[], FAST_BITS - 1);
    assert!(!pool.is_seeded(backend));
    pool.mix_credited(&[], 1);
    assert!(pool.is_seeded(backend) && pool.try_fill(backend, &mut [0; 8]));
}

#[test]
fn a_reseed_by_order_needs_no_credit() {
    let stream = |is_reseeded: bool| {
        let (pool, backend) = (RandomPool::new(), MockBackend::new());
        backend.set_sources(&[scripted("strong", 8, 1)]);
        output(&pool, backend);
        backend.set_sources(&[]);
        if is_reseeded {
            assert_eq!(pool.reseed(backend), Ok(()));
        }
        output(&pool, backend)
    };
    assert_ne!(stream(false), stream(true));
}
