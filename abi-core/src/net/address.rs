//! Addresses of sockets, as programs write them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::abi::{Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};

/// `sizeof(struct sockaddr_storage)`
const MAX_BYTES: usize = 128;
/// `sizeof(struct sockaddr_un)`
const UNIX_BYTES: usize = 110;

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// None: the family alone.
    Unnamed,
    /// A local socket's path.
    Path(Arc<[u8]>),
    /// A local socket's name outside the file system.
    Abstract(Arc<[u8]>),
}

impl Address {
    /// Loads an address of `domain` from guest memory.
    pub fn read(domain: i32, address: usize, len_bytes: u32) -> Result<Self> {
        let mut bytes = [0; MAX_BYTES];
        let len = len_bytes as usize;
        if len > MAX_BYTES {
            return Err(Errno::EINVAL);
        }
        copy_in(&mut bytes[..len], address)?;
        Self::parse(domain, &bytes[..len])
    }

    fn parse(domain: i32, bytes: &[u8]) -> Result<Self> {
        let (family, rest) = bytes.split_at_checked(2).ok_or(Errno::EINVAL)?;
        if i32::from(u16::from_ne_bytes([family[0], family[1]])) != domain || bytes.len() > UNIX_BYTES {
            return Err(Errno::EINVAL);
        }
        Ok(match rest {
            [] => Self::Unnamed,
            [0, name @ ..] => Self::Abstract(name.into()),
            path => Self::Path(path.split(|&b| b == 0).next().unwrap_or_default().into()),
        })
    }

    /// Returns what `struct sockaddr` of `domain` holds.
    fn encode(&self, domain: i32) -> Vec<u8> {
        let mut out = Vec::from((domain as u16).to_ne_bytes());
        match self {
            Self::Unnamed => {}
            Self::Path(path) => {
                out.extend_from_slice(path);
                out.push(0);
            }
            Self::Abstract(name) => {
                out.push(0);
                out.extend_from_slice(name);
            }
        }
        out
    }

    /// Stores the address, as far as `len` says there is room, and its whole length in `len`.
    pub fn write(&self, domain: i32, to: usize, len: UserPtr<u32>) -> Result<()> {
        let room = len.read()? as i32;
        let room = usize::try_from(room).map_err(|_| Errno::EINVAL)?;
        let whole = self.store(domain, to, room)?;
        len.write(whole as u32)
    }

    /// Stores the address in `room` bytes; returns its whole length.
    pub fn store(&self, domain: i32, to: usize, room: usize) -> Result<usize> {
        let bytes = self.encode(domain);
        copy_out(to, &bytes[..bytes.len().min(room)])?;
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi;

    #[test]
    fn names_of_local_sockets_end_as_their_kind_does() {
        let parse = |rest: &[u8]| Address::parse(abi::AF_UNIX, &[&[1, 0], rest].concat());
        assert_eq!(parse(b""), Ok(Address::Unnamed));
        assert_eq!(parse(b"/tmp/a\0b"), Ok(Address::Path(b"/tmp/a".as_slice().into())));
        assert_eq!(parse(b"\0a\0b"), Ok(Address::Abstract(b"a\0b".as_slice().into())));
        assert_eq!(parse(&[1; 109]), Err(Errno::EINVAL));
    }
}
