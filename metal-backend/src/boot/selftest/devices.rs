//! Tests of drivers, against devices whose other end the host's test holds.

use abi_core::backend::ConsoleInput;
use abi_core::boot::config::MachineInfo;

use super::{Outcome, check};
use crate::drivers::{self, channel, random};
use crate::{sched, time};

/// How long the host may take to answer.
const PATIENCE_NANOS: u64 = 10_000_000_000;

/// Asks the host, which answers a frame about the terminal with the input `pong`; the device must say so by itself.
pub(super) fn input_interrupts() -> Outcome {
    drivers::init(&MachineInfo::default());
    let before = channel::interrupts().ok_or("the device is polled")?;
    channel::ask_about_terminal();
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
