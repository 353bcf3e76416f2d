//! Connections that are accepted once there is something to receive, tcp(7): `TCP_DEFER_ACCEPT`.
//!
//! Until then they wait at the listener beside its queue, as far as the time that the option said. Whoever looks at the
//! queue lets in those whose time has come.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use core::time::Duration;

use super::Family;
use super::socket::{Socket, State};
use crate::abi;
use crate::backend::{Monotonic, backend};

/// The longest time between two answers to who connects (`TCP_RTO_MAX`), and the most of these.
const LONGEST_S: i32 = 120;
const MOST: u8 = u8::MAX;

/// Rounds a time up to one at which Linux would send another answer: they come after 1 s, 2 s more, 4 s more …
pub(super) fn rounded_s(seconds: i32) -> i32 {
    let (mut sum, mut next) = (0, 1);
    for _ in 0..MOST {
        if sum >= seconds {
            break;
        }
        sum += next;
        next = (next * 2).min(LONGEST_S);
    }
    sum
}

impl State {
    /// Lets those in whose time has come.
    pub(super) fn admit_due(&mut self) {
        if self.deferred.is_empty() {
            return;
        }
        let now = backend().monotonic();
        let Self { deferred, backlog, .. } = self;
        backlog.extend(deferred.extract_if(.., |(until, _)| *until <= now).map(|(_, child)| child));
    }
}

impl Socket {
    /// Says until when a new connection, which nobody else sees yet, waits for something to receive, if it does.
    pub(super) fn deferral(self: &Arc<Self>, child: &Socket) -> Option<Monotonic> {
        let seconds = self.options.value(abi::IPPROTO_TCP, abi::TCP_DEFER_ACCEPT);
        if seconds <= 0 {
            return None;
        }
        self.options.has_deferred.store(true, Ordering::Relaxed);
        child.state.lock().deferred_by = Some(Arc::downgrade(self));
        Some(backend().monotonic().saturating_add(Duration::from_secs(seconds as u64)))
    }

    /// Returns when the next of those that wait is let in.
    pub(super) fn next_due(&self) -> Option<Monotonic> {
        // Asked for each socket of an epoll: most never have any.
        if !self.options.has_deferred.load(Ordering::Relaxed) {
            return None;
        }
        self.state.lock().deferred.iter().map(|(until, _)| *until).min()
    }

    /// Something came for this connection. `was_deferred_by` is where it waited, if that was not over.
    pub(super) fn admit_to(&self, was_deferred_by: Option<Arc<Socket>>) {
        let Some(listener) = was_deferred_by else { return };
        let mut state = listener.state.lock();
        if let Some(child) = state.take_deferred(self) {
            state.backlog.push_back(child);
            drop(state);
            listener.queue.notify();
        }
    }

    /// The other end broke this connection: nobody will accept it, if it still waits for something to receive.
    pub(super) fn drop_deferred(&self, family: &dyn Family) {
        let listener = self.state.lock().deferred_by.take().and_then(|listener| listener.upgrade());
        let child = listener.and_then(|listener| listener.state.lock().take_deferred(self));
        if let Some(child) = child {
            family.unbind(&child);
        }
    }
}

impl State {
    fn take_deferred(&mut self, child: *const Socket) -> Option<Arc<Socket>> {
        let at = self.deferred.iter().position(|(_, other)| Arc::as_ptr(other) == child)?;
        Some(self.deferred.remove(at).1)
    }
}

#[cfg(test)]
mod tests {
    use super::rounded_s;

    #[test]
    fn times_are_those_of_linux() {
        let cases =
            [(-3, 0), (0, 0), (1, 1), (2, 3), (3, 3), (4, 7), (8, 15), (32, 63), (127, 127), (128, 247)];
        assert!(cases.iter().all(|(asked, told)| rounded_s(*asked) == *told));
        assert_eq!((rounded_s(1000), rounded_s(100_000), rounded_s(i32::MAX)), (1087, 29_887, 29_887));
    }
}
