//! Tests of drivers, against devices whose other end the host's test holds.

use abi_core::boot::config::MachineInfo;

use super::{Outcome, check};
use crate::drivers::{self, random};

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
