//! The floor: everything abi-core asks of the world it runs in.
//!
//! **Charter.** The floor is narrow and lies below POSIX: pages, threads, park/wake on a word, time, entropy, console
//! bytes, disk sectors, network frames, power. A Linux word (fd, errno, `O_…`) here is a mistake. Before adding a
//! method ask whether abi-core can do it with what is there. The backend keeps no books: `mm` owns the map of the
//! address space, `task` the threads, `fs` the files. The one exception is [`folders::Folders`], a trait of its own
//! that a backend may offer.
//!
//! **FS and GS.** While guest or abi-core code runs, FS is the guest's thread pointer and GS belongs to the backend.
//! Two words of the GS block are fixed, so that abi-core's assembly can use them: see [`GS_SLOT_OFFSET`]. A backend
//! method that may touch host thread-locals switches FS by itself.

mod clock;
mod console;
#[cfg(test)]
pub mod decorate;
mod entropy;
pub mod folders;
mod memory;
#[cfg(any(test, fuzzing))]
pub mod mock;
mod network;
mod object;
mod parking;
mod power;
mod register;
mod storage;
mod threads;

pub use clock::{Clock, Monotonic};
pub use console::{Console, ConsoleInput, ModesChange, Stream, StreamKind, TerminalAction, TerminalModes};
pub use entropy::{Entropy, EntropySource};
pub use memory::{Access, Backing, LEAST_MAPPINGS, Memory, MemoryLayout, ObjectId, PageRange, most_mappings};
pub use network::{Network, Nic};
pub use object::{read_object, write_object};
pub use parking::{Parking, WaitOutcome};
pub use power::{ExitStatus, Power};
pub use register::backend;
pub use storage::{Disk, Geometry, Storage};
pub use threads::{
    CallSite, Costs, Cpus, GS_SLOT_OFFSET, Priority, Shortcut, ThreadEntry, ThreadId, ThreadSpec, Threads,
    Whose,
};

/// Everything abi-core asks of the world. Object-safe, no generics, no POSIX words.
pub trait Backend:
    Memory + Threads + Parking + Clock + Entropy + Console + Storage + Network + Power
{
    /// Returns the backend's name as reports show it (`hosted`, `metal`, `mock`).
    fn name(&self) -> &'static str;

    /// Returns the host's folders, where this backend has any.
    fn folders(&self) -> Option<&dyn folders::Folders> {
        None
    }
}

/// Why a backend could not do what it was asked. Deliberately smaller than errno.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendError {
    /// No memory, threads, or other resource left.
    Exhausted,
    /// The address range is not free, or not one this backend can map.
    AddressUnavailable,
    /// A queue is full; try again after the matching upcall.
    Busy,
    /// The device failed.
    Device,
    /// Nobody takes what is sent any more.
    Closed,
    /// This backend cannot do that at all.
    Unsupported,
}

/// The result of a backend call.
pub type Result<T> = core::result::Result<T, BackendError>;
