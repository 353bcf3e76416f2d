//! futex(2)

use alloc::vec::Vec;
use core::ffi::{c_int, c_uint};

use crate::abi::{self, Errno, timespec};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::kernel_exports;
use crate::task::{BITSET_ANY, Expected, Patience, WaitKind};

/// `FUTEX_LOCK_PI2`
const FUTEX_LOCK_PI2: c_int = 13;
/// The most words futex_waitv(2) waits for (`FUTEX_WAITV_MAX`).
const WAITV_MAX: u32 = 128;
/// The size of a word in the flags of a `struct futex_waitv` (`FUTEX2_SIZE_U32`): all there is.
const SIZE_U32: u64 = 2;

kernel_exports! { "";
    /// futex(2)
    full
    fn futex(cx, word: UserPtr<u32>, operation: c_int, value: u32, other: usize, target: UserPtr<u32>, third: u32) -> c_int {
        if !word.address().is_multiple_of(4) {
            return Err(Errno::EINVAL);
        }
        cx.sys_futex(word, operation, value, other, target, third)
    }
    /// futex_waitv(2): returns the index of a word that was woken
    full fn futex_waitv(cx, waiters: UserPtr<u64>, count: u32, flags: c_uint, time: usize, clock: c_int) -> c_int {
        if flags != 0 || !(1..=WAITV_MAX).contains(&count) {
            return Err(Errno::EINVAL);
        }
        let clock = match clock {
            _ if time == 0 => Clock::Monotonic,
            abi::CLOCK_MONOTONIC => Clock::Monotonic,
            abi::CLOCK_REALTIME => Clock::Realtime,
            _ => return Err(Errno::EINVAL),
        };
        let deadline = cx.futex_deadline(time, clock)?;
        let words = waiters.read_many(3 * count as usize)?;
        let expected = |waiter: &[u64]| match *waiter {
            [value, address, flags] if flags & !u64::from(abi::FUTEX_PRIVATE_FLAG as u32) == SIZE_U32 => {
                let value = u32::try_from(value).map_err(|_| Errno::EINVAL)?;
                Ok(Expected { word: UserPtr::new(address as usize), value })
            }
            _ => Err(Errno::EINVAL),
        };
        let words: Vec<Expected> = words.chunks_exact(3).map(expected).collect::<abi::Result<_>>()?;
        cx.futex_wait_several(&words, deadline).map(|index| index as c_int)
    }
}

/// What a time limit is a time of.
#[derive(Clone, Copy)]
enum Clock {
    /// The time from now.
    FromNow,
    /// CLOCK_MONOTONIC
    Monotonic,
    /// CLOCK_REALTIME
    Realtime,
}

impl Context<'_> {
    /// Reads the time limit of an operation.
    fn futex_deadline(self, time: usize, clock: Clock) -> abi::Result<Option<Monotonic>> {
        let backend = self.kernel.backend;
        let Some(time) = UserPtr::<timespec>::new(time).non_null() else { return Ok(None) };
        let time = crate::time::duration(time.read()?)?;
        Ok(Some(match clock {
            Clock::Monotonic => Monotonic(0).saturating_add(time),
            Clock::Realtime => crate::time::wall::deadline(time),
            Clock::FromNow => backend.monotonic().saturating_add(time),
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
        let clock = match operation & abi::FUTEX_CLOCK_REALTIME {
            0 => Clock::Monotonic,
            _ => Clock::Realtime,
        };
        let operation = operation & !(abi::FUTEX_PRIVATE_FLAG | abi::FUTEX_CLOCK_REALTIME);
        let has_clock =
            matches!(operation, abi::FUTEX_WAIT_BITSET | abi::FUTEX_WAIT_REQUEUE_PI | FUTEX_LOCK_PI2);
        if matches!(clock, Clock::Realtime) && !has_clock {
            return Err(Errno::ENOSYS);
        }
        let deadline = |clock| self.futex_deadline(other, clock);
        let wait = |clock, bitset| {
            self.futex_wait(word, value, deadline(clock)?, bitset, WaitKind::Interruptible).map(|()| 0)
        };
        let own = |patience| self.futex_lock_owned(word, patience).map(|()| 0);
        let count = |woken: usize| woken as c_int;
        match operation {
            abi::FUTEX_WAIT => wait(Clock::FromNow, BITSET_ANY),
            abi::FUTEX_WAIT_BITSET | abi::FUTEX_WAKE_BITSET if third == 0 => Err(Errno::EINVAL),
            abi::FUTEX_WAIT_BITSET => wait(clock, third),
            abi::FUTEX_WAKE => self.futex_wake(word, value as usize, BITSET_ANY).map(count),
            abi::FUTEX_WAKE_BITSET => self.futex_wake(word, value as usize, third).map(count),
            abi::FUTEX_REQUEUE | abi::FUTEX_CMP_REQUEUE => {
                let expected = (operation == abi::FUTEX_CMP_REQUEUE).then_some(third);
                self.futex_requeue(word, value as usize, other, target, expected)
                    .map(|(woken, moved)| count(woken + moved))
            }
            abi::FUTEX_WAKE_OP => self.futex_wake_op(word, value as usize, other, target, third).map(count),
            abi::FUTEX_LOCK_PI => own(Patience::Until(deadline(Clock::Realtime)?)),
            FUTEX_LOCK_PI2 => own(Patience::Until(deadline(clock)?)),
            abi::FUTEX_TRYLOCK_PI => own(Patience::None),
            abi::FUTEX_UNLOCK_PI => self.futex_unlock_owned(word).map(|()| 0),
            abi::FUTEX_WAIT_REQUEUE_PI => {
                self.futex_wait_to_own(word, value, deadline(clock)?, target).map(|()| 0)
            }
            // There is one lock to own, so one to wake.
            abi::FUTEX_CMP_REQUEUE_PI if value != 1 => Err(Errno::EINVAL),
            abi::FUTEX_CMP_REQUEUE_PI => self.futex_requeue_owned(word, other, target, third).map(count),
            _ => Err(Errno::ENOSYS),
        }
    }
}
