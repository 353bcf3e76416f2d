//! The general utilities of stdlib.h and getopt.h.

/// A program's environment, random numbers and getopt state.
#[repr(C)]
pub struct StdlibState {}

impl StdlibState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for StdlibState {
    fn default() -> Self {
        Self::new()
    }
}
