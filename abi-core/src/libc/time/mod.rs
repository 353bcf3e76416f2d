//! Calendar time and time zones.
//!
//! [`calendar`] converts between seconds and fields, [`zone`] finds the local offset (from [`rule`]s of the TZ variable or
//! [`tzfile`]s), [`local`] puts the two together, [`format`] and [`parse`] are strftime(3) and strptime(3),
//! [`getdate`] is getdate(3).

pub mod calendar;
pub mod format;
pub mod getdate;
pub mod local;
pub mod parse;
pub mod rule;
pub mod tzfile;
pub mod zone;

#[cfg(test)]
mod tests;

use core::ffi::{c_char, c_int, c_long};
use core::ptr::null_mut;

use super::state::DataObject;
pub use calendar::Tm;

/// A program's time zone.
#[repr(C)]
pub struct TimeState {
    /// `tzname`
    pub tzname: DataObject<[*mut c_char; 2]>,
    /// `timezone`
    pub timezone: DataObject<c_long>,
    /// `daylight`
    pub daylight: DataObject<c_int>,
    /// `getdate_err`
    pub getdate_err: DataObject<c_int>,
    /// What `localtime`, `gmtime` and `getdate` return.
    pub tm: DataObject<Tm>,
    /// What `asctime` and `ctime` return.
    pub text: DataObject<[u8; 64]>,
    /// Guards the zone.
    pub lock: DataObject<u32>,
    /// The zone, once read.
    pub zone: DataObject<*mut zone::Zone>,
    /// Abbreviations handed out, which stay where they are.
    pub names: DataObject<*mut zone::Name>,
}

impl TimeState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            tzname: DataObject::new([null_mut(); 2]),
            timezone: DataObject::new(0),
            daylight: DataObject::new(0),
            getdate_err: DataObject::new(0),
            tm: DataObject::new(Tm::ZERO),
            text: DataObject::new([0; 64]),
            lock: DataObject::new(0),
            zone: DataObject::new(null_mut()),
            names: DataObject::new(null_mut()),
        }
    }

    /// Gives `tzname` its first values, once the state lies where it stays.
    pub fn init_in_place(&self) {
        // glibc's are literals too; programs may only read them.
        let name = c"GMT".as_ptr().cast_mut();
        self.tzname.set([name, name]);
    }
}

impl Default for TimeState {
    fn default() -> Self {
        Self::new()
    }
}
