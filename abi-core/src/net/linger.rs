//! Closing that waits, `SO_LINGER` of socket(7).

use super::Family;
use super::socket::{NO_OUTPUT, Socket};
use crate::abi::Errno;
use crate::kernel::Context;

impl Socket {
    /// Waits for what was sent to arrive, as long as `SO_LINGER` says: the last descriptor is being closed.
    pub(super) fn linger(&self, cx: Context<'_>, family: &dyn Family) {
        let Some(patience) = self.options.linger().filter(|_| self.is_tcp()) else { return };
        if self.unsent_bytes() == 0 || self.shut_down_tcp(family, NO_OUTPUT).is_err() {
            return;
        }
        let until = cx.kernel.backend.monotonic().saturating_add(patience);
        // Whether it arrived, close(2) does not say.
        let _ = self.queue.wait_until(cx, Some(until), || match self.unsent_bytes() {
            0 => Ok(()),
            _ => Err(Errno::EAGAIN),
        });
    }

    /// Returns how many bytes were sent that the other end's own buffer has no place for (`SIOCOUTQ`).
    pub(super) fn unsent_bytes(&self) -> usize {
        let peer = self.state.lock().peer.clone();
        peer.map_or(0, |peer| {
            let waiting = peer.state.lock().inbox.len_bytes();
            waiting.saturating_sub(peer.options.receive_bytes())
        })
    }
}
