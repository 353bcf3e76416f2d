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

use alloc::vec::Vec;

use crate::abi::{Errno, Result};
use crate::kernel::Context;

/// All of them.
#[derive(Default)]
pub struct Ipc {
    shm: shm::Segments,
    sem: sem::Sets,
    msg: msg::Queues,
    pub(crate) mq: mq::Queues,
}

impl Ipc {
    /// Makes none.
    pub fn new() -> Self {
        Self::default()
    }
}

/// Makes room for as much as the program says: a message's text, a set's semaphores.
fn room<T: Clone + Default>(count: usize) -> Result<Vec<T>> {
    let mut room = Vec::new();
    room.try_reserve_exact(count).map_err(|_| Errno::ENOMEM)?;
    room.resize(count, T::default());
    Ok(room)
}

impl Context<'_> {
    /// The time that the books of these objects show.
    fn now_seconds(self) -> i64 {
        crate::time::realtime(self.kernel.backend).as_secs() as i64
    }
}
