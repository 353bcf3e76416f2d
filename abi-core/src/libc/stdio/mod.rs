//! Streams, printf and scanf.

/// A program's streams.
#[repr(C)]
pub struct StdioState {}

impl StdioState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for StdioState {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes out what every stream still holds, as `exit(3)` does.
pub fn flush_all() {}
