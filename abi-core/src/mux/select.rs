//! select(2) and pselect(2).

use alloc::vec::Vec;
use core::time::Duration;

use super::poll::Watched;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;

/// What each of the three sets asks for.
const WANTED: [i16; 3] = [abi::POLLIN, abi::POLLOUT, abi::POLLPRI];
/// What makes a descriptor a member of each answer.
const READY: [i16; 3] = [
    abi::POLLIN | abi::POLLRDNORM | abi::POLLHUP | abi::POLLERR,
    abi::POLLOUT | abi::POLLWRNORM | abi::POLLERR,
    abi::POLLPRI,
];

/// The three sets of `select(2)` as words of the guest.
type Sets = [UserPtr<u64>; 3];

impl Context<'_> {
    /// select(2) with its timeout
    pub fn select_for(self, count: i32, sets: Sets, timeout: Option<Duration>) -> Result<i32> {
        let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?;
        let count = count.min(self.files().descriptors.lock().capacity());
        let words = count.div_ceil(64);
        let mut asked: [Vec<u64>; 3] = Default::default();
        for (set, asked) in sets.iter().zip(&mut asked) {
            if !set.is_null() {
                *asked = set.read_many(words)?;
            }
        }
        let has = |set: &[u64], fd: usize| set.get(fd / 64).is_some_and(|word| word >> (fd % 64) & 1 != 0);
        let mut fds = Vec::new();
        let mut watched = Vec::new();
        for fd in 0..count {
            let wanted = (0..3).filter(|&i| has(&asked[i], fd)).fold(0, |wanted, i| wanted | WANTED[i]);
            if wanted != 0 {
                let open = Some(self.open_file(fd as i32)?);
                fds.push(fd);
                watched.push(Watched { open, wanted, found: 0 });
            }
        }
        self.wait_for_any(&mut watched, self.deadline_after(timeout))?;
        let mut members = 0;
        for i in 0..3 {
            if sets[i].is_null() {
                continue;
            }
            let mut answer = alloc::vec![0u64; words];
            for (fd, one) in fds.iter().zip(&watched) {
                if has(&asked[i], *fd) && one.found & READY[i] != 0 {
                    answer[fd / 64] |= 1 << (fd % 64);
                    members += 1;
                }
            }
            sets[i].write_many(&answer)?;
        }
        Ok(members)
    }

    /// select(2); the time left is written back, whatever the answer is.
    pub fn sys_select(self, count: i32, sets: Sets, timeout: UserPtr<abi::timeval>) -> Result<i32> {
        let Some(timeout) = timeout.non_null() else { return self.select_for(count, sets, None) };
        let time = timeout.read()?;
        let seconds = u64::try_from(time.tv_sec).map_err(|_| Errno::EINVAL)?;
        let micros = u64::try_from(time.tv_usec).map_err(|_| Errno::EINVAL)?;
        let time = Duration::from_secs(seconds).saturating_add(Duration::from_micros(micros));
        let start = self.kernel.backend.monotonic().0;
        let answer = self.select_for(count, sets, Some(time));
        let left = time.saturating_sub(Duration::from_nanos(self.kernel.backend.monotonic().0 - start));
        let (tv_sec, tv_usec) = (left.as_secs() as i64, i64::from(left.subsec_micros()));
        // The descriptors are the answer, also where the time cannot be written.
        let _ = timeout.write(abi::timeval { tv_sec, tv_usec });
        answer
    }

    /// pselect(2), without the signal mask
    pub fn sys_pselect(self, count: i32, sets: Sets, timeout: UserPtr<abi::timespec>) -> Result<i32> {
        let timeout = match timeout.non_null() {
            None => None,
            Some(timeout) => Some(super::timer::to_duration(timeout.read()?)?),
        };
        self.select_for(count, sets, timeout)
    }
}
