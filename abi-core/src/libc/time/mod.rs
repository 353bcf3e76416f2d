//! Calendar time and time zones.

/// A program's time zone.
#[repr(C)]
pub struct TimeState {}

impl TimeState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {}
    }
}

impl Default for TimeState {
    fn default() -> Self {
        Self::new()
    }
}
