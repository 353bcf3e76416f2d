//! futex(2)

use core::ffi::c_int;

use crate::abi::{self, Errno, timespec};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::kernel_exports;
use crate::task::{BITSET_ANY, WaitKind};

kernel_exports! { "";
    /// futex(2)
    partial("no priority inheritance")
    fn futex(cx, word: UserPtr<u32>, operation: c_int, value: u32, other: usize, target: UserPtr<u32>, third: u32) -> c_int {
        cx.sys_futex(word, operation, value, other, target, third)
    }
}

impl Context<'_> {
    /// Reads the time limit of an operation.
    fn futex_deadline(
        self,
        time: usize,
        is_absolute: bool,
        is_realtime: bool,
    ) -> abi::Result<Option<Monotonic>> {
        let backend = self.kernel.backend;
        let Some(time) = UserPtr::<timespec>::new(time).non_null() else { return Ok(None) };
        let time = crate::time::duration(time.read()?)?;
        Ok(Some(match (is_absolute, is_realtime) {
            (true, false) => Monotonic(0).saturating_add(time),
            (true, true) => backend.monotonic().saturating_add(time.saturating_sub(backend.realtime())),
            (false, _) => backend.monotonic().saturating_add(time),
        }))
    }

    /// futex(2); `other` is a timeout or a second count.
    fn sys_futex(
        self,
        word: UserPtr<u32>,
        operation: c_int,
        value: u32,
        other: usize,
        target: UserPtr<u32>,
        third: u32,
    ) -> abi::Result<c_int> {
        let is_realtime = operation & abi::FUTEX_CLOCK_REALTIME != 0;
        let wait = |is_absolute, bitset| {
            let deadline = self.futex_deadline(other, is_absolute, is_realtime)?;
            self.futex_wait(word, value, deadline, bitset, WaitKind::Interruptible).map(|()| 0)
        };
        match operation & !(abi::FUTEX_PRIVATE_FLAG | abi::FUTEX_CLOCK_REALTIME) {
            abi::FUTEX_WAIT => wait(false, BITSET_ANY),
            abi::FUTEX_WAIT_BITSET | abi::FUTEX_WAKE_BITSET if third == 0 => Err(Errno::EINVAL),
            abi::FUTEX_WAIT_BITSET => wait(true, third),
            abi::FUTEX_WAKE => Ok(self.futex_wake(word, value as usize, BITSET_ANY) as c_int),
            abi::FUTEX_WAKE_BITSET => Ok(self.futex_wake(word, value as usize, third) as c_int),
            operation @ (abi::FUTEX_REQUEUE | abi::FUTEX_CMP_REQUEUE) => {
                let expected = (operation == abi::FUTEX_CMP_REQUEUE).then_some(third);
                self.futex_requeue(word, value as usize, other, target, expected)
                    .map(|(woken, moved)| (woken + moved) as c_int)
            }
            abi::FUTEX_WAKE_OP => {
                self.futex_wake_op(word, value as usize, other, target, third).map(|woken| woken as c_int)
            }
            _ => Err(Errno::ENOSYS),
        }
    }
}
