//! `/etc/hosts`: names of addresses.

use core::ffi::{CStr, c_char, c_int};

use super::{Packer, Record, words};
use crate::abi::hostent;
use crate::libc::net::address::Address;

/// The hosts.
pub struct Hosts;

/// A line of `/etc/hosts`.
#[derive(Debug, Clone, Copy)]
pub struct Host<'a> {
    /// Its address.
    pub address: Address,
    /// Its own name.
    pub name: &'a [u8],
    line: &'a [u8],
}

impl<'a> Host<'a> {
    /// A host that has an address for a name.
    pub const fn numeric(address: Address, name: &'a [u8]) -> Self {
        Self { address, name, line: b"" }
    }

    /// Returns its other names.
    pub fn aliases(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        words(self.line).skip(2)
    }

    /// Is it called so? Case does not count.
    pub fn has_name(self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.aliases().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

/// Makes the C struct of a host, with addresses of one family.
pub fn pack<'a>(
    name: &[u8],
    aliases: impl Iterator<Item = &'a [u8]> + Clone,
    family: c_int,
    addresses: impl Iterator<Item = Address> + Clone,
    packer: &mut Packer,
) -> Option<hostent> {
    Some(hostent {
        h_length: addresses.clone().next()?.bytes().len() as c_int,
        h_addr_list: packer.array(addresses, |packer, address| {
            packer.bytes(address.bytes()).map(<*mut u8>::cast::<c_char>)
        })?,
        h_aliases: packer.strings(aliases)?,
        h_name: packer.string(name)?,
        h_addrtype: family,
    })
}

impl Record for Hosts {
    type View<'a> = Host<'a>;
    type Struct = hostent;
    const PATH: &'static CStr = c"/etc/hosts";
    const BUILT_IN: &'static [u8] = b"127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";

    fn view(line: &[u8]) -> Option<Host<'_>> {
        let mut parts = words(line);
        Some(Host { address: Address::parse(parts.next()?)?, name: parts.next()?, line })
    }

    fn pack(host: Host<'_>, packer: &mut Packer) -> Option<hostent> {
        let addresses = core::iter::once(host.address);
        pack(host.name, host.aliases(), host.address.family(), addresses, packer)
    }
}
