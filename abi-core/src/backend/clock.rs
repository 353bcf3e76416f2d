//! Time.

use core::time::Duration;

use super::ThreadId;

/// Nanoseconds since an unspecified start, never going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monotonic(pub u64);

impl Monotonic {
    /// Returns this time plus `duration`; a time that 63 bits have no room for is the last representable one, `u64::MAX`.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let sum = self.0.saturating_add(nanos);
        Self(if sum > i64::MAX as u64 { u64::MAX } else { sum })
    }
}

/// Time. Never fails, never goes back, callable before boot is done. Leaf methods: no FS switch.
pub trait Clock: Sync {
    /// Returns the time since boot.
    fn monotonic(&self) -> Monotonic;
    /// Returns the time since 1970-01-01 UTC.
    fn realtime(&self) -> Duration;
    /// Returns the processor time a thread has used.
    fn cpu_time(&self, thread: ThreadId) -> Duration;
    /// Returns the processor time all threads have used.
    fn total_cpu_time(&self) -> Duration;
    /// Returns how long a processor has been busy since boot; `None` where processors are not the backend's own.
    fn processor_time(&self, _processor: usize) -> Option<Duration> {
        None
    }
}
