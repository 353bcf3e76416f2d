//! The live guest threads of the process, so that one can be interrupted while it surely exists.

use std::collections::BTreeMap;

use abi_core::backend::ThreadId;
use abi_core::sync::{Mutex, MutexGuard};

use crate::block::Block;

/// Threads by the host's thread id. Held over `clone` and over each `tgkill`.
static THREADS: Mutex<BTreeMap<u64, &'static Block>> = Mutex::new(BTreeMap::new());

/// Locks the table.
pub fn lock() -> MutexGuard<'static, BTreeMap<u64, &'static Block>> {
    THREADS.lock()
}

/// Locks the table unless somebody else has it (a stopped thread, when the machine reports).
pub fn try_lock() -> Option<MutexGuard<'static, BTreeMap<u64, &'static Block>>> {
    THREADS.try_lock()
}

/// Runs `act` on a thread's block if it is still there.
pub fn with(thread: ThreadId, act: impl FnOnce(&'static Block)) {
    if let Some(block) = lock().get(&thread.0) {
        act(block);
    }
}
