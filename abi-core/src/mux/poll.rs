//! poll(2) and ppoll(2), and the waiting that select shares.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Listener, WaitQueue};
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::fs::file::OpenFile;
use crate::kernel::Context;

/// Events that are reported whether asked for or not.
const ALWAYS: i16 = abi::POLLERR | abi::POLLHUP | abi::POLLNVAL;

/// One file that is watched, and for what.
pub(super) struct Watched {
    pub(super) open: Option<Arc<OpenFile>>,
    pub(super) wanted: i16,
    pub(super) found: i16,
}

/// Wakes a thread that polls several files.
struct Bell(WaitQueue);

impl Listener for Bell {
    fn notify(&self, _token: u64) {
        self.0.notify();
    }
}

impl Context<'_> {
    /// Fills in what each file is ready for; returns how many are. A file that isn't open is `POLLNVAL`.
    fn check(self, watched: &mut [Watched]) -> usize {
        let mut ready = 0;
        for one in watched {
            one.found = match &one.open {
                Some(open) => open.file.poll(self) & (one.wanted | ALWAYS),
                None => abi::POLLNVAL,
            };
            ready += usize::from(one.found != 0);
        }
        ready
    }

    /// Waits until one of the files is ready or the deadline passes; returns how many are.
    pub(super) fn wait_for_any(self, watched: &mut [Watched], deadline: Option<Monotonic>) -> Result<usize> {
        let ready = self.check(watched);
        if ready > 0 || deadline.is_some_and(|deadline| deadline <= self.kernel.backend.monotonic()) {
            return Ok(ready);
        }
        let bell: Arc<Bell> = Arc::new(Bell(WaitQueue::new()));
        let listener: Arc<dyn Listener> = bell.clone();
        for (token, one) in watched.iter().enumerate() {
            if let Some(open) = &one.open {
                open.file.listen(self, &listener, token as u64);
            }
        }
        let result = loop {
            let timers = watched.iter().filter_map(|one| one.open.as_ref()?.file.deadline()).min();
            let until = [deadline, timers].into_iter().flatten().min();
            let attempt = bell.0.wait_until(self, until, || match self.check(watched) {
                0 => Err(Errno::EAGAIN),
                ready => Ok(ready),
            });
            match attempt {
                Err(Errno::EAGAIN) if until == deadline => break Ok(0),
                Err(Errno::EAGAIN) => {}
                other => break other,
            }
        };
        for (token, one) in watched.iter().enumerate() {
            if let Some(open) = &one.open {
                open.file.unlisten(self, &listener, token as u64);
            }
        }
        result
    }

    /// Returns the time `timeout` from now; a missing timeout is for ever.
    pub(super) fn deadline_after(self, timeout: Option<core::time::Duration>) -> Option<Monotonic> {
        timeout.map(|timeout| self.kernel.backend.monotonic().saturating_add(timeout))
    }

    /// poll(2), with its deadline
    pub fn poll_until(
        self,
        fds: UserPtr<abi::pollfd>,
        count: usize,
        deadline: Option<Monotonic>,
    ) -> Result<i32> {
        if count > self.files().descriptors.lock().limit() {
            return Err(Errno::EINVAL);
        }
        let asked = fds.read_many(count)?;
        let mut watched: Vec<Watched> = asked
            .iter()
            .filter(|one| one.fd >= 0)
            .map(|one| Watched { open: self.open_file(one.fd).ok(), wanted: one.events, found: 0 })
            .collect();
        let ready = self.wait_for_any(&mut watched, deadline)?;
        let mut found = watched.iter().map(|one| one.found);
        for (i, mut one) in asked.into_iter().enumerate() {
            one.revents = if one.fd >= 0 { found.next().unwrap_or(0) } else { 0 };
            fds.add(i).write(one)?;
        }
        Ok(ready as i32)
    }

    /// poll(2)
    pub fn sys_poll(self, fds: UserPtr<abi::pollfd>, count: usize, timeout_ms: i32) -> Result<i32> {
        let timeout = u64::try_from(timeout_ms).ok().map(core::time::Duration::from_millis);
        self.poll_until(fds, count, self.deadline_after(timeout))
    }

    /// ppoll(2), without the signal mask
    pub fn sys_ppoll(
        self,
        fds: UserPtr<abi::pollfd>,
        count: usize,
        timeout: UserPtr<abi::timespec>,
    ) -> Result<i32> {
        let timeout = match timeout.non_null() {
            Some(timeout) => Some(super::timer::to_duration(timeout.read()?)?),
            None => None,
        };
        self.poll_until(fds, count, self.deadline_after(timeout))
    }
}
