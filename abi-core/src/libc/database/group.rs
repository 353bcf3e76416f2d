//! `/etc/group`: the groups and their members.

use core::ffi::{CStr, c_char, c_int};

use super::passwd::fields;
use super::{Lines, Packer, Record, number};
use crate::abi::{gid_t, group};
use crate::libc::guest_vec::{GuestVec, OutOfMemory};

/// The groups.
pub struct Groups;

/// A line of `/etc/group`.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The group's name.
    pub name: &'a [u8],
    /// Its number.
    pub gid: u32,
    password: &'a [u8],
    members: &'a [u8],
}

impl<'a> Group<'a> {
    /// Returns the names of the members.
    pub fn members(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.members.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
    }
}

impl Record for Groups {
    type View<'a> = Group<'a>;
    type Struct = group;
    const PATH: &'static CStr = c"/etc/group";
    const BUILT_IN: &'static [u8] = b"root:x:0:\n";

    fn view(line: &[u8]) -> Option<Group<'_>> {
        let mut fields = fields(line)?;
        let (name, password, gid) = (fields.next()?, fields.next()?, number(fields.next()?)?);
        Some(Group { name, gid, password, members: fields.next().unwrap_or_default() })
    }

    fn pack(record: Group<'_>, packer: &mut Packer) -> Option<group> {
        let mut text = |text: &[u8]| -> Option<*mut c_char> { packer.string(text) };
        Some(group {
            gr_name: text(record.name)?,
            gr_passwd: text(record.password)?,
            gr_gid: record.gid,
            gr_mem: packer.strings(record.members())?,
        })
    }
}

/// Collects the groups of a user: `first`, then those that name the user, each once.
pub fn groups_of(user: &[u8], first: gid_t) -> Result<GuestVec<gid_t>, c_int> {
    let no_memory = |OutOfMemory| crate::abi::ENOMEM;
    let mut found = GuestVec::new();
    found.push(first).map_err(no_memory)?;
    let mut lines = Lines::open(Groups::PATH, Groups::BUILT_IN)?;
    while let Some(line) = lines.next_line() {
        let Some(group) = Groups::view(line) else { continue };
        if !found.contains(&group.gid) && group.members().any(|member| member == user) {
            found.push(group.gid).map_err(no_memory)?;
        }
    }
    Ok(found)
}
