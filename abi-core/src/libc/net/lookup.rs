//! Host names to addresses: numeric ones, those of `/etc/hosts`, and those of the DNS.

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::address::{self, Address};
use super::resolver;
use crate::abi::{EINVAL, ERANGE, hostent};
use crate::libc::database::hosts::{self, Host, Hosts};
use crate::libc::database::{Lines, Packer, Record, find_into, words};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// `HOST_NOT_FOUND`
pub const HOST_NOT_FOUND: c_int = 1;
/// `TRY_AGAIN`: the servers that may know a name can't be asked.
pub const TRY_AGAIN: c_int = 2;
/// `NETDB_INTERNAL`: see errno.
pub const INTERNAL: c_int = -1;

/// What is known of a name.
pub struct Answer {
    /// The name it is known by first, then its aliases, a space after each.
    names: GuestVec<u8>,
    /// Its addresses, in the order found.
    pub addresses: GuestVec<Address>,
}

impl Answer {
    /// Nothing.
    pub(super) const fn new() -> Self {
        Self { names: GuestVec::new(), addresses: GuestVec::new() }
    }

    /// Returns the name it is known by first; empty if nothing is known.
    pub fn name(&self) -> &[u8] {
        words(&self.names).next().unwrap_or_default()
    }

    /// Returns its aliases.
    pub fn aliases(&self) -> impl Iterator<Item = &[u8]> + Clone {
        words(&self.names).skip(1)
    }

    /// Adds a name, once.
    pub(super) fn add_name(&mut self, name: &[u8]) -> Result<(), OutOfMemory> {
        if words(&self.names).all(|known| known != name) {
            self.names.extend(name)?;
            self.names.push(b' ')?;
        }
        Ok(())
    }
}

/// Finds what all lines of `/etc/hosts` together say of a name; no addresses if it is not there. A given family also gets
/// the addresses of the other that stand for one of it.
pub fn in_hosts(name: &[u8], family: Option<c_int>) -> Result<Answer, OutOfMemory> {
    let mut answer = Answer::new();
    let Ok(mut lines) = Lines::open(Hosts::PATH, Hosts::BUILT_IN) else { return Ok(answer) };
    while let Some(line) = lines.next_line() {
        let Some(host) = Hosts::view(line).filter(|host| host.has_name(name)) else { continue };
        let Some(address) = family.map_or(Some(host.address), |family| host.address.of_family(family)) else {
            continue;
        };
        for name in core::iter::once(host.name).chain(host.aliases()) {
            answer.add_name(name)?;
        }
        answer.addresses.push(address)?;
    }
    Ok(answer)
}

/// Tells whether a name looks like an IPv4 address, which no server is asked about.
fn looks_numeric(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_digit)
        && name.last() != Some(&b'.')
        && name.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// The shape of `gethostbyname2_r(3)`: returns the error number; `*problem` is the `h_errno`.
///
/// # Safety
/// `out`, `buf` (`len` bytes), `result` and `problem` are the caller's to be written.
pub unsafe fn by_name(
    name: &[u8],
    family: c_int,
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    let mut packer = unsafe {
        result.write(null_mut());
        problem.write(INTERNAL);
        Packer::new(buf.cast(), len)
    };
    let numeric = match family {
        crate::abi::AF_INET => address::parse_exact(name).map(Address::V4),
        crate::abi::AF_INET6 => address::parse_v6(name).map(Address::V6),
        _ => return EINVAL,
    };
    let packed = if let Some(address) = numeric {
        Hosts::pack(Host::numeric(address, name), &mut packer)
    } else if looks_numeric(name) {
        // SAFETY: the caller's promise.
        unsafe { problem.write(HOST_NOT_FOUND) };
        return 0;
    } else {
        let Ok(mut answer) = in_hosts(name, Some(family)) else { return crate::abi::ENOMEM };
        if answer.addresses.is_empty() {
            match resolver::answer::addresses_of(name, Some(family)) {
                Ok(found) => answer = found,
                Err(error) => {
                    // SAFETY: the caller's promise.
                    unsafe { problem.write(error) };
                    return if error == INTERNAL { crate::abi::ENOMEM } else { 0 };
                }
            }
        }
        let Some(first) = answer.addresses.first() else { return 0 };
        let addresses = answer.addresses.iter().copied();
        hosts::pack(answer.name(), answer.aliases(), first.family(), addresses, &mut packer)
    };
    let Some(host) = packed else { return ERANGE };
    // SAFETY: the caller's promise.
    unsafe {
        out.write(host);
        result.write(out);
        problem.write(0);
    }
    0
}

/// The shape of `gethostbyaddr_r(3)`: returns the error number; `*problem` is the `h_errno`.
///
/// # Safety
/// As for [`by_name`].
pub unsafe fn by_address(
    address: Address,
    out: *mut hostent,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut hostent,
    problem: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let is_wanted = |host: Host<'_>| host.address == address;
        let error = find_into::<Hosts>(is_wanted, out, buf, len, result);
        if error != 0 || !(*result).is_null() {
            problem.write(if error == 0 { 0 } else { INTERNAL });
            return error;
        }
        let answer = match resolver::answer::names_of(address) {
            Ok(answer) => answer,
            Err(error) => {
                problem.write(error);
                return 0;
            }
        };
        let mut packer = Packer::new(buf.cast(), len);
        let addresses = core::iter::once(address);
        let packed = hosts::pack(answer.name(), answer.aliases(), address.family(), addresses, &mut packer);
        let Some(host) = packed else {
            problem.write(INTERNAL);
            return ERANGE;
        };
        out.write(host);
        result.write(out);
        problem.write(0);
    }
    0
}
