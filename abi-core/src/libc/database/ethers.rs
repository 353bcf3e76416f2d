//! `/etc/ethers`: names of Ethernet addresses, and those addresses as text.

use core::ffi::{CStr, c_char};

use super::{Packer, Record, words};

/// An Ethernet address, `struct ether_addr`.
pub type EtherAddress = [u8; 6];

/// The names of Ethernet addresses.
pub struct Ethers;

/// A line of `/etc/ethers`: `8:0:20:0:61:ca pal`.
#[derive(Debug, Clone, Copy)]
pub struct Ether<'a> {
    /// The address.
    pub address: EtherAddress,
    /// The host's name.
    pub name: &'a [u8],
}

/// An entry: the name and the address.
#[derive(Debug, Clone, Copy)]
pub struct EtherEntry {
    /// The host's name.
    pub name: *mut c_char,
    /// Its address.
    pub address: EtherAddress,
}

/// Reads six hexadecimal numbers of one or two digits with colons between; returns the rest of the text.
pub fn parse(text: &[u8]) -> Option<(EtherAddress, &[u8])> {
    let (mut address, mut rest) = ([0; 6], text);
    for (index, byte) in address.iter_mut().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(b":")?;
        }
        let digits = rest.iter().take(2).take_while(|digit| digit.is_ascii_hexdigit()).count();
        let (number, after) = rest.split_at(digits);
        *byte = u8::from_str_radix(core::str::from_utf8(number).ok()?, 16).ok()?;
        rest = after;
    }
    Some((address, rest))
}

impl Record for Ethers {
    type View<'a> = Ether<'a>;
    type Struct = EtherEntry;
    const PATH: &'static CStr = c"/etc/ethers";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Ether<'_>> {
        let mut parts = words(line);
        let (address, rest) = parse(parts.next()?)?;
        rest.is_empty().then_some(())?;
        Some(Ether { address, name: parts.next()? })
    }

    fn pack(ether: Ether<'_>, packer: &mut Packer) -> Option<EtherEntry> {
        Some(EtherEntry { name: packer.string(ether.name)?, address: ether.address })
    }
}
