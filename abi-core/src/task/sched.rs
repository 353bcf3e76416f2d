//! sched(7): what programs ask about scheduling. All threads share all processors alike.

use crate::abi::{self, Errno, PID, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

impl Context<'_> {
    /// Checks that `pid` names a thread (0 is the caller).
    pub fn scheduled_thread(self, pid: i32) -> Result<()> {
        match pid {
            0 | PID => Ok(()),
            ..0 => Err(Errno::EINVAL),
            tid => self.thread_numbered(tid).map(|_| ()),
        }
    }

    /// sched_getaffinity(2), as glibc returns it: 0, the rest of the set zeroed.
    pub fn sys_sched_getaffinity(self, pid: i32, len_bytes: usize, set: UserPtr<u8>) -> Result<i32> {
        self.scheduled_thread(pid)?;
        let count = self.kernel.backend.cpus().count;
        if len_bytes * 8 < count || !len_bytes.is_multiple_of(8) {
            return Err(Errno::EINVAL);
        }
        for i in 0..len_bytes {
            let left = count.saturating_sub(i * 8);
            set.add(i).write(if left >= 8 { 0xff } else { (1u8 << left) - 1 })?;
        }
        Ok(0)
    }

    /// sched_setaffinity(2): the set must hold a processor there is.
    pub fn sys_sched_setaffinity(self, pid: i32, len_bytes: usize, set: UserPtr<u8>) -> Result<i32> {
        self.scheduled_thread(pid)?;
        let count = self.kernel.backend.cpus().count;
        for i in 0..len_bytes.min(count.div_ceil(8)) {
            let left = count - i * 8;
            let mask = if left >= 8 { 0xff } else { (1u8 << left) - 1 };
            if set.add(i).read()? & mask != 0 {
                return Ok(0);
            }
        }
        Err(Errno::EINVAL)
    }

    /// sched_setscheduler(2)
    pub fn sys_sched_setscheduler(self, pid: i32, policy: i32, priority: UserPtr<i32>) -> Result<i32> {
        self.scheduled_thread(pid)?;
        let priority = priority.read()?;
        match policy & !abi::SCHED_RESET_ON_FORK {
            abi::SCHED_OTHER | abi::SCHED_BATCH | abi::SCHED_IDLE if priority == 0 => Ok(0),
            abi::SCHED_FIFO | abi::SCHED_RR if (1..=99).contains(&priority) => Err(Errno::EPERM),
            _ => Err(Errno::EINVAL),
        }
    }
}
