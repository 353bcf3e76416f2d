//! `/proc/sys/kernel`: the limits of System V IPC, as `IPC_INFO` tells them.

use alloc::format;
use alloc::vec::Vec;

use crate::ipc::{msg, sem, shm};
use crate::kernel::Kernel;

/// The longest message.
pub(super) fn msgmax(_kernel: &Kernel) -> Vec<u8> {
    line(msg::MESSAGE_BYTES_MAX as u64)
}

/// What a new queue holds.
pub(super) fn msgmnb(_kernel: &Kernel) -> Vec<u8> {
    line(msg::QUEUE_BYTES)
}

/// How many queues there can be.
pub(super) fn msgmni(_kernel: &Kernel) -> Vec<u8> {
    line(msg::QUEUES_MAX as u64)
}

/// Of semaphores: in a set, in all sets, operations in a call, sets.
pub(super) fn sem(_kernel: &Kernel) -> Vec<u8> {
    let (in_set, in_all) = (sem::SEMAPHORES_MAX, sem::ALL_SEMAPHORES_MAX);
    format!("{in_set}\t{in_all}\t{}\t{}\n", sem::OPERATIONS_MAX, sem::SETS_MAX).into_bytes()
}

/// Pages of all segments.
pub(super) fn shmall(_kernel: &Kernel) -> Vec<u8> {
    line(shm::NO_LIMIT)
}

/// The longest segment.
pub(super) fn shmmax(_kernel: &Kernel) -> Vec<u8> {
    line(shm::NO_LIMIT)
}

/// How many segments there can be.
pub(super) fn shmmni(_kernel: &Kernel) -> Vec<u8> {
    line(shm::SEGMENTS_MAX as u64)
}

fn line(number: u64) -> Vec<u8> {
    format!("{number}\n").into_bytes()
}
