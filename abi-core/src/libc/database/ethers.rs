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
    let digit =
        |rest: &[u8]| rest.first().and_then(|&byte| char::from(byte).to_digit(16)).map(|digit| digit as u8);
    for (index, byte) in address.iter_mut().enumerate() {
        let is_last = index == 5;
        *byte = digit(rest)?;
        rest = &rest[1..];
        let is_over = match rest.first() {
            None => is_last,
            Some(byte) => {
                if is_last {
                    byte.is_ascii_whitespace()
                } else {
                    *byte == b':'
                }
            }
        };
        if !is_over {
            *byte = *byte << 4 | digit(rest)?;
            rest = &rest[1..];
            if !is_last && rest.first() != Some(&b':') {
                return None;
            }
        }
        // What follows the last one is not looked at.
        rest = rest.get(1..).unwrap_or_default();
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
