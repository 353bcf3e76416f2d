//! `grp.h`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use super::process;
use super::pwd::{decimal, put_fields};
use crate::abi::{EINVAL, gid_t, group};
use crate::boundary::user::UserPtr;
use crate::libc::database::group::{Group, Groups, groups_of};
use crate::libc::database::{self, Lines};
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

pub unsafe extern "C" fn getgrnam(name: *const c_char) -> *mut group {
    let name = text_of(name);
    database::find::<Groups>(&state().misc.group, |group: Group<'_>| group.name == name)
}

pub unsafe extern "C" fn getgrgid(gid: gid_t) -> *mut group {
    database::find::<Groups>(&state().misc.group, |group: Group<'_>| group.gid == gid)
}

pub unsafe extern "C" fn getgrnam_r(
    name: *const c_char,
    out: *mut group,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut group,
) -> c_int {
    let name = text_of(name);
    database::find_into::<Groups>(|group: Group<'_>| group.name == name, out, buf, len, result)
}

pub unsafe extern "C" fn getgrgid_r(
    gid: gid_t,
    out: *mut group,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut group,
) -> c_int {
    database::find_into::<Groups>(|group: Group<'_>| group.gid == gid, out, buf, len, result)
}

pub unsafe extern "C" fn setgrent() {
    database::rewind(&state().misc.group);
}

pub unsafe extern "C" fn endgrent() {
    database::end(&state().misc.group);
}

pub unsafe extern "C" fn getgrent() -> *mut group {
    database::next::<Groups>(&state().misc.group)
}

pub unsafe extern "C" fn getgrent_r(
    out: *mut group,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut group,
) -> c_int {
    database::next_into::<Groups>(&state().misc.group, out, buf, len, result)
}

pub unsafe extern "C" fn fgetgrent(file: *mut File) -> *mut group {
    database::next_from::<Groups>(&state().misc.group, file)
}

pub unsafe extern "C" fn fgetgrent_r(
    file: *mut File,
    out: *mut group,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut group,
) -> c_int {
    database::next_of::<Groups>(&mut Lines::of_stream(file), out, buf, len, result)
}

/// putgrent(3): text that would break the line is refused.
pub unsafe extern "C" fn putgrent(group: *const group, file: *mut File) -> c_int {
    if group.is_null() || file.is_null() || (*group).gr_name.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let group = &*group;
    let mut members = GuestVec::new();
    let mut next = group.gr_mem;
    while !next.is_null() && !(*next).is_null() {
        let comma: &[u8] = if members.is_empty() { b"" } else { b"," };
        if text_of(*next).contains(&b',') {
            set_errno(EINVAL);
            return -1;
        }
        if members.extend(comma).and_then(|()| members.extend(text_of(*next))).is_err() {
            return -1;
        }
        next = next.add(1);
    }
    put_fields(
        file,
        &[text_of(group.gr_name), text_of(group.gr_passwd), decimal(group.gr_gid).as_text(), &members],
    )
}

/// getgrouplist(3)
pub unsafe extern "C" fn getgrouplist(
    user: *const c_char,
    first: gid_t,
    list: *mut gid_t,
    count: *mut c_int,
) -> c_int {
    let found = match groups_of(text_of(user), first) {
        Ok(found) => found,
        Err(error) => {
            set_errno(error);
            return -1;
        }
    };
    let room = usize::try_from(*count).unwrap_or(0);
    for (index, gid) in found.iter().take(room).enumerate() {
        *list.add(index) = *gid;
    }
    *count = found.len() as c_int;
    if found.len() > room { -1 } else { found.len() as c_int }
}

/// initgroups(3): the kernel has one group, so that a user with others is refused.
pub unsafe extern "C" fn initgroups(user: *const c_char, first: gid_t) -> c_int {
    match groups_of(text_of(user), first) {
        Ok(found) => process::setgroups(found.len(), UserPtr::new(found.as_ptr().addr())),
        Err(error) => {
            set_errno(error);
            -1
        }
    }
}

/// group_member(3)
pub unsafe extern "C" fn group_member(gid: gid_t) -> c_int {
    let mut own: gid_t = 0;
    let count = process::getgroups(1, UserPtr::new((&raw mut own).addr()));
    c_int::from(count == 1 && own == gid)
}

pure_exports! { "libc.so.6";
    full getgrnam = getgrnam;
    full getgrgid = getgrgid;
    full getgrnam_r = getgrnam_r;
    full getgrgid_r = getgrgid_r;
    full setgrent = setgrent;
    full endgrent = endgrent;
    full getgrent = getgrent;
    full getgrent_r = getgrent_r;
    full fgetgrent = fgetgrent;
    full fgetgrent_r = fgetgrent_r;
    full putgrent = putgrent;
    full getgrouplist = getgrouplist;
    full initgroups = initgroups;
    full group_member = group_member;
}
