//! `/etc/rpc`: the numbers of Sun's remote procedures.

use core::ffi::{CStr, c_char, c_int};

use super::{Packer, Record, number, words};

/// `struct rpcent`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct RpcEntry {
    r_name: *mut c_char,
    r_aliases: *mut *mut c_char,
    r_number: c_int,
}

/// The numbers.
pub struct Rpcs;

/// A line of `/etc/rpc`: `portmapper 100000 portmap sunrpc`.
#[derive(Debug, Clone, Copy)]
pub struct Rpc<'a> {
    /// Its number.
    pub number: c_int,
    name: &'a [u8],
    line: &'a [u8],
}

impl Rpc<'_> {
    /// Is it called so?
    pub fn has_name(self, name: &[u8]) -> bool {
        self.name == name || words(self.line).skip(2).any(|alias| alias == name)
    }
}

impl Record for Rpcs {
    type View<'a> = Rpc<'a>;
    type Struct = RpcEntry;
    const PATH: &'static CStr = c"/etc/rpc";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<Rpc<'_>> {
        let mut parts = words(line);
        let (name, number) = (parts.next()?, number(parts.next()?)?);
        Some(Rpc { number: number.try_into().ok()?, name, line })
    }

    fn pack(rpc: Rpc<'_>, packer: &mut Packer) -> Option<RpcEntry> {
        Some(RpcEntry {
            r_aliases: packer.strings(words(rpc.line).skip(2))?,
            r_name: packer.string(rpc.name)?,
            r_number: rpc.number,
        })
    }
}
