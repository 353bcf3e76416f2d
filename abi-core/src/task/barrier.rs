//! membarrier(2): one thread's barrier on behalf of all.

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::{self, Errno, Result};
use crate::kernel::Context;

/// What `MEMBARRIER_CMD_QUERY` says there is; restartable sequences there are none.
const COMMANDS: i32 = abi::MEMBARRIER_CMD_GLOBAL
    | abi::MEMBARRIER_CMD_GLOBAL_EXPEDITED
    | abi::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED
    | abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED
    | abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
    | abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
    | abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE;

impl Context<'_> {
    /// membarrier(2). Where the backend has no barrier, a query says that there are no commands.
    pub fn sys_membarrier(self, command: i32, flags: u32) -> Result<i32> {
        let registered = &self.kernel.tasks.flags.barriers;
        if flags != 0 {
            return Err(Errno::EINVAL);
        }
        match command {
            abi::MEMBARRIER_CMD_QUERY => {
                return Ok(self.kernel.backend.barrier_all().map_or(0, |()| COMMANDS));
            }
            abi::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED
            | abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED
            | abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE => {
                registered.fetch_or(command, Relaxed);
                return Ok(0);
            }
            abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED
                if registered.load(Relaxed) & abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED == 0 =>
            {
                return Err(Errno::EPERM);
            }
            abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE
                if registered.load(Relaxed) & abi::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE
                    == 0 =>
            {
                return Err(Errno::EPERM);
            }
            abi::MEMBARRIER_CMD_GLOBAL
            | abi::MEMBARRIER_CMD_GLOBAL_EXPEDITED
            | abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED
            | abi::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE => {}
            _ => return Err(Errno::EINVAL),
        }
        self.kernel.backend.barrier_all().map_err(|_| Errno::EINVAL)?;
        Ok(0)
    }
}
