//! Waiting for files: one [`WaitQueue`] per object that can become ready.
//!
//! Whoever waits first counts itself in, then checks, then sleeps; whoever makes an object ready changes its state,
//! then calls [`WaitQueue::notify`]. So no wakeup is lost, and neither side allocates.

mod queue;

pub use queue::{Listener, WaitQueue};
