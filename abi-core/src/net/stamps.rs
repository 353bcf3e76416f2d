//! When messages arrived, socket(7): `SO_TIMESTAMP` and its like.

use core::sync::atomic::Ordering;
use core::time::Duration;

use super::options::Options;
use super::socket::Socket;
use crate::backend::backend;
use crate::time::realtime;

/// The options, and what they are told by. Their newer forms have the same layout, where words have 64 bits.
const SO_TIMESTAMP: i32 = 29;
const SO_TIMESTAMPNS: i32 = 35;
const SO_TIMESTAMP_NEW: i32 = 63;
const SO_TIMESTAMPNS_NEW: i32 = 64;

/// Messages are stamped.
const IS_ON: i32 = 1;
/// In nanoseconds.
const IS_FINE: i32 = 2;
/// In the newer form. Switching stamps off leaves this one.
const IS_NEW: i32 = 4;

/// Returns what an option switches on.
fn bits(name: i32) -> Option<i32> {
    match name {
        SO_TIMESTAMP => Some(IS_ON),
        SO_TIMESTAMPNS => Some(IS_ON | IS_FINE),
        SO_TIMESTAMP_NEW => Some(IS_ON | IS_NEW),
        SO_TIMESTAMPNS_NEW => Some(IS_ON | IS_FINE | IS_NEW),
        _ => None,
    }
}

impl Options {
    /// Switches stamps on or off, if that is what the option does.
    pub(super) fn set_stamping(&self, name: i32, is_on: bool) -> bool {
        let Some(bits) = bits(name) else { return false };
        let before = self.stamps.load(Ordering::Relaxed);
        self.stamps.store(if is_on { bits } else { before & IS_NEW }, Ordering::Relaxed);
        true
    }

    /// Tells whether stamps are as the option wants them; `None` is another option.
    pub(super) fn is_stamping(&self, name: i32) -> Option<bool> {
        let stamps = self.stamps.load(Ordering::Relaxed);
        let bits = bits(name)?;
        // As on Linux, whose newer form of microseconds does not ask for the unit.
        let asked = if name == SO_TIMESTAMP_NEW { IS_ON | IS_NEW } else { IS_ON | IS_FINE | IS_NEW };
        Some(stamps & asked == bits)
    }

    /// Returns the kind and the data of what tells a stamp.
    pub(super) fn stamp_control(&self, stamp: Duration) -> (i32, [u8; 16]) {
        let stamps = self.stamps.load(Ordering::Relaxed);
        let is_new = stamps & IS_NEW != 0;
        let (kind, part) = match stamps & IS_FINE {
            0 => (if is_new { SO_TIMESTAMP_NEW } else { SO_TIMESTAMP }, stamp.subsec_micros()),
            _ => (if is_new { SO_TIMESTAMPNS_NEW } else { SO_TIMESTAMPNS }, stamp.subsec_nanos()),
        };
        (kind, (u128::from(stamp.as_secs()) | u128::from(part) << 64).to_ne_bytes())
    }
}

impl Socket {
    /// Returns the time, if what arrives is to be stamped.
    pub(super) fn stamp(&self) -> Option<Duration> {
        let is_on = self.options.stamps.load(Ordering::Relaxed) & IS_ON != 0;
        is_on.then(|| realtime(backend()))
    }
}
