//! POSIX threads over the kernel's futex.

/// A program's thread-specific keys and defaults.
#[repr(C)]
pub struct PthreadState {}

impl PthreadState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for PthreadState {
    fn default() -> Self {
        Self::new()
    }
}

/// A thread's own part: what [`super::tcb::Tcb`] holds for POSIX threads. All zero at the start.
#[repr(C)]
pub struct PthreadFields {}
