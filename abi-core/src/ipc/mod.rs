//! What threads and programs of the machine share by number or name: System V's segments ([`shm`]), sets of semaphores
//! ([`sem`]) and queues of messages ([`msg`]), and POSIX message queues ([`mq`]).
//!
//! They are the machine's: they outlive the program that made them, as on Linux, until the machine ends.

pub mod mq;
pub mod msg;
pub mod sem;
pub mod shm;
mod table;

pub use table::{OWN_FLAGS, Permissions};

use crate::kernel::Context;

/// All of them.
#[derive(Default)]
pub struct Ipc {
    shm: shm::Segments,
    sem: sem::Sets,
    msg: msg::Queues,
    mq: mq::NamedQueues,
}

impl Ipc {
    /// Makes none.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Context<'_> {
    /// The time that the books of these objects show.
    fn now_seconds(self) -> i64 {
        self.kernel.backend.realtime().as_secs() as i64
    }
}
