//! Options of netlink(7) that are no switches: groups.

use alloc::vec::Vec;

use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_out};
use crate::net::address::Address;
use crate::net::socket::Socket;

/// How many groups there are (`RTNLGRP_MAX`).
const GROUPS: u32 = abi::RTNLGRP_STATS;

impl Socket {
    /// setsockopt(2) of an option about groups; `None` is another one.
    pub(in crate::net) fn set_netlink_group(
        &self,
        name: i32,
        value: usize,
        len: usize,
    ) -> Option<Result<()>> {
        if !matches!(name, abi::NETLINK_ADD_MEMBERSHIP | abi::NETLINK_DROP_MEMBERSHIP) {
            return None;
        }
        let number = if len < 4 { Ok(0) } else { UserPtr::<u32>::new(value).read() };
        Some(number.and_then(|number| {
            if !(1..=GROUPS).contains(&number) {
                return Err(Errno::EINVAL);
            }
            let mut state = self.state.lock();
            let (port, groups) = state.local.netlink();
            let bit = 1 << (number - 1);
            let groups = if name == abi::NETLINK_ADD_MEMBERSHIP { groups | bit } else { groups & !bit };
            state.local = Address::Netlink { port, groups };
            Ok(())
        }))
    }

    /// getsockopt(2) of `NETLINK_LIST_MEMBERSHIPS`: words of bits, as many as there is room for, and how many bytes
    /// there would be.
    pub(in crate::net) fn netlink_groups(&self, value: usize, len: UserPtr<u32>) -> Result<()> {
        let room = usize::try_from(len.read()? as i32).map_err(|_| Errno::EINVAL)?;
        let (_, groups) = self.state.lock().local.netlink();
        let bytes: Vec<u8> = groups.to_ne_bytes().into();
        copy_out(value, &bytes[..bytes.len().min(room / 4 * 4)])?;
        len.write(bytes.len() as u32)
    }
}
