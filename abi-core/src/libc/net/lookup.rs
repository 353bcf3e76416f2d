//! Host names to addresses: numeric ones and those of `/etc/hosts`.

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::address::{self, Address};
use crate::abi::{EINVAL, ERANGE, hostent};
use crate::libc::database::hosts::{Host, Hosts};
use crate::libc::database::{Lines, Packer, Record};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// `HOST_NOT_FOUND`
pub const HOST_NOT_FOUND: c_int = 1;
/// `TRY_AGAIN`: the servers that may know a name can't be asked.
pub const TRY_AGAIN: c_int = 2;
/// `NETDB_INTERNAL`: see errno.
pub const INTERNAL: c_int = -1;

/// What is known of a name.
pub struct Answer {
    /// The name it is known by first.
    pub name: GuestVec<u8>,
    /// Its addresses, in the order found.
    pub addresses: GuestVec<Address>,
}

/// Finds the addresses of a name in `/etc/hosts`; none if it is not there.
pub fn in_hosts(name: &[u8], family: Option<c_int>) -> Result<Answer, OutOfMemory> {
    let mut answer = Answer { name: GuestVec::new(), addresses: GuestVec::new() };
    let Ok(mut lines) = Lines::open(Hosts::PATH, Hosts::BUILT_IN) else { return Ok(answer) };
    while let Some(line) = lines.next_line() {
        let Some(host) = Hosts::view(line).filter(|host| host.has_name(name)) else { continue };
        if family.is_some_and(|family| family != host.address.family())
            || answer.addresses.contains(&host.address)
        {
            continue;
        }
        if answer.name.is_empty() {
            answer.name.extend(host.name)?;
        }
        answer.addresses.push(host.address)?;
    }
    Ok(answer)
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
        crate::abi::AF_INET => address::parse_loose(name).map(Address::V4),
        crate::abi::AF_INET6 => address::parse_v6(name).map(Address::V6),
        _ => return EINVAL,
    };
    let packed = if let Some(address) = numeric {
        Hosts::pack(Host::numeric(address, name), &mut packer)
    } else {
        let mut lines = match Lines::open(Hosts::PATH, Hosts::BUILT_IN) {
            Ok(lines) => lines,
            Err(error) => return error,
        };
        let Ok(all) = in_hosts(name, Some(family)) else { return crate::abi::ENOMEM };
        loop {
            let Some(line) = lines.next_line() else {
                // SAFETY: the caller's promise.
                unsafe { problem.write(TRY_AGAIN) };
                return 0;
            };
            let is_wanted = |host: &Host<'_>| host.address.family() == family && host.has_name(name);
            if let Some(host) = Hosts::view(line).filter(is_wanted) {
                break host.pack_with(all.addresses.iter().copied(), &mut packer);
            }
        }
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
