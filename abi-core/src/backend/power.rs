//! Leaving the machine.

/// How the machine ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// The program's status, 0 to 255.
    Code(u8),
    /// The kernel itself failed.
    Panic,
}

/// Leaving the machine.
pub trait Power: Sync {
    /// Flushes the console and ends the machine with `status`.
    fn power_off(&self, status: ExitStatus) -> !;
}
