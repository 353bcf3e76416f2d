//! Waiting for files: one [`WaitQueue`] per object that can become ready.
//!
//! Whoever waits first counts itself in, then checks, then sleeps; whoever makes an object ready changes its state,
//! then calls [`WaitQueue::notify`]. So no wakeup is lost, and neither side allocates. [`poll`] and [`epoll`] watch
//! several objects through [`Listener`]s; [`pipe`], [`event`] and [`timer`] are objects made for waiting.

pub mod aio;
pub mod epoll;
pub mod event;
pub mod pipe;
pub mod poll;
mod queue;
mod select;
pub mod signal;
mod splice;
pub mod timer;

pub use queue::{Listener, WaitQueue};
