//! Process start and end: exit handlers.

/// A program's exit handlers and its names.
#[repr(C)]
pub struct ExitState {}

impl ExitState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for ExitState {
    fn default() -> Self {
        Self::new()
    }
}
