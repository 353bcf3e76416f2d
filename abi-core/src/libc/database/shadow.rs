//! `/etc/shadow`: hashed passwords and how long they last.

use core::ffi::{CStr, c_char, c_long};

use super::passwd::fields;
use super::{Packer, Record};
use crate::abi::spwd;

/// The passwords.
pub struct Passwords;

/// A line of `/etc/shadow`.
#[derive(Debug, Clone, Copy)]
pub struct Password<'a> {
    /// The login name.
    pub name: &'a [u8],
    hash: &'a [u8],
    /// Days: of the last change, before and until the next, of warning, until it is locked, of its end.
    days: [c_long; 6],
    flag: u64,
}

/// An empty field is -1.
fn number(text: &[u8]) -> Option<c_long> {
    if text.is_empty() {
        return Some(-1);
    }
    core::str::from_utf8(text).ok()?.parse().ok()
}

impl Record for Passwords {
    type View<'a> = Password<'a>;
    type Struct = spwd;
    const PATH: &'static CStr = c"/etc/shadow";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Password<'_>> {
        let mut fields = fields(line)?;
        let (name, hash) = (fields.next()?, fields.next()?);
        let mut days = [-1; 6];
        for day in &mut days {
            *day = number(fields.next().unwrap_or_default())?;
        }
        let flag = number(fields.next().unwrap_or_default())?;
        Some(Password { name, hash, days, flag: flag as u64 })
    }

    fn pack(password: Password<'_>, packer: &mut Packer) -> Option<spwd> {
        let mut text = |text: &[u8]| -> Option<*mut c_char> { packer.string(text) };
        let [change, min, max, warn, inactive, expire] = password.days;
        Some(spwd {
            sp_namp: text(password.name)?,
            sp_pwdp: text(password.hash)?,
            sp_lstchg: change,
            sp_min: min,
            sp_max: max,
            sp_warn: warn,
            sp_inact: inactive,
            sp_expire: expire,
            sp_flag: password.flag,
        })
    }
}
