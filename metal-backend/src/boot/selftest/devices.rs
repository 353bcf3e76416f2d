//! Tests of drivers, against devices whose other end the host's test holds.

use core::fmt::Write;

use abi_core::backend::ConsoleInput;
use abi_core::boot::config::MachineInfo;
use abi_core::random::RandomPool;
use abi_core::random::collector::Collector;

use super::{Outcome, Serial, check};
use crate::backend::BACKEND;
use crate::drivers::{self, channel, random};
use crate::{sched, time};

/// How long the host may take to answer.
const PATIENCE_NANOS: u64 = 10_000_000_000;
/// How long the generator may take to be seeded by nothing but the machine's own timing.
const SEED_NANOS: u64 = 2_000_000_000;

/// Asks the host, which answers a frame about the terminal with the input `pong`; the device must say so by itself.
pub(super) fn input_interrupts() -> Outcome {
    drivers::init(&MachineInfo::default());
    let before = channel::interrupts().ok_or("the device is polled")?;
    drivers::terminal::ask();
    let deadline = time::monotonic() + PATIENCE_NANOS;
    let mut buf = [0; 16];
    loop {
        match channel::read(&mut buf) {
            ConsoleInput::Bytes(n) => {
                check(&buf[..n] == b"pong", "the input is not what the host sent")?;
                return check(channel::interrupts() > Some(before), "input came without an interrupt");
            }
            ConsoleInput::End => return Err("there is no device"),
            ConsoleInput::Empty if time::monotonic() > deadline => return Err("nothing arrived"),
            ConsoleInput::Empty => sched::yield_now(),
        }
    }
}

/// Polls virtio-rng, behind which the host put a file that counts 0, 1, 2 …
pub(super) fn the_chosen_stream_arrives() -> Outcome {
    drivers::init(&MachineInfo::default());
    let source = random::sources().iter().find(|source| source.name() == "virtio-rng");
    let source = source.ok_or("no virtio-rng was found")?;
    let mut first = [0; 32];
    check(source.poll(&mut first) == first.len(), "the device gave too little")?;
    check(first.iter().copied().eq(0..32), "the bytes are not the host's")?;
    let mut second = [0; 32];
    check(source.poll(&mut second) == second.len(), "the device gave too little the second time")?;
    check(second != first, "the same bytes came twice")
}

/// Says `name` and bytes.
fn say(name: &str, bytes: &[u8]) {
    // The serial port takes everything.
    let _ = write!(Serial, "{name} ");
    for byte in bytes {
        let _ = write!(Serial, "{byte:02x}");
    }
    let _ = writeln!(Serial);
}

/// Has the generator take a sample of virtio-rng for each pool, and says the pools' digests.
pub(super) fn the_chosen_stream_is_in_the_pools() -> Outcome {
    drivers::init(&MachineInfo::default());
    let source = random::sources().iter().find(|source| source.name() == "virtio-rng");
    let source = *source.ok_or("no virtio-rng was found")?;
    let mut collector = Collector::default();
    collector.sample(&[source]);
    collector.sample(&[source]);
    let [fast, slow] = collector.yarrow().digests();
    say("fast", &fast);
    say("slow", &slow);
    check(collector.yarrow().reseed_if_due().is_some(), "the device's bytes were not enough for a seed")
}

/// Waits for the seed of a generator of its own, from whatever sources there are, and says its first output.
pub(super) fn the_generator_is_seeded_in_time() -> Outcome {
    drivers::init(&MachineInfo::default());
    let start = time::monotonic();
    let pool = RandomPool::new();
    let mut buf = [0; 32];
    say("at-once", &[u8::from(pool.try_fill(&BACKEND, &mut buf))]);
    pool.fill(&BACKEND, &mut buf);
    check(time::monotonic() - start < SEED_NANOS, "the seed took longer than 2 s")?;
    say("output", &buf);
    check(pool.available_bits(&BACKEND) >= 100, "fewer bits than a seed are available")
}
