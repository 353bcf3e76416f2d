//! `/etc/gshadow`: hashed passwords of groups, with their administrators and members.

use core::ffi::{CStr, c_char};

use super::passwd::fields;
use super::{Packer, Record};

/// `struct sgrp`
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ShadowGroup {
    /// The group's name.
    pub sg_namp: *mut c_char,
    /// Its hashed password.
    pub sg_passwd: *mut c_char,
    /// Who administers it.
    pub sg_adm: *mut *mut c_char,
    /// Who is in it.
    pub sg_mem: *mut *mut c_char,
}

/// The passwords of groups.
pub struct ShadowGroups;

/// A line of `/etc/gshadow`.
#[derive(Debug, Clone, Copy)]
pub struct ShadowLine<'a> {
    /// The group's name.
    pub name: &'a [u8],
    hash: &'a [u8],
    administrators: &'a [u8],
    members: &'a [u8],
}

fn names(list: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty())
}

impl Record for ShadowGroups {
    type View<'a> = ShadowLine<'a>;
    type Struct = ShadowGroup;
    const PATH: &'static CStr = c"/etc/gshadow";
    const BUILT_IN: &'static [u8] = b"";

    fn view(line: &[u8]) -> Option<ShadowLine<'_>> {
        let mut fields = fields(line)?;
        let (name, hash) = (fields.next()?, fields.next()?);
        let mut list = || fields.next().unwrap_or_default();
        Some(ShadowLine { name, hash, administrators: list(), members: list() })
    }

    fn pack(line: ShadowLine<'_>, packer: &mut Packer) -> Option<ShadowGroup> {
        Some(ShadowGroup {
            sg_namp: packer.string(line.name)?,
            sg_passwd: packer.string(line.hash)?,
            sg_adm: packer.strings(names(line.administrators))?,
            sg_mem: packer.strings(names(line.members))?,
        })
    }
}
