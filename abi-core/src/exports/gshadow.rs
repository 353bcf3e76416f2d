//! `gshadow.h`, and the lock and the shells of the databases of users
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};

use super::pwd::put_fields;
use super::{fcntl, unistd};
use crate::abi::{EINVAL, F_SETLKW, F_WRLCK, O_CLOEXEC, O_CREAT, O_WRONLY, flock};
use crate::boundary::user::UserStr;
use crate::libc::database::gshadow::{ShadowGroup, ShadowGroups, ShadowLine};
use crate::libc::database::{self, Lines};
use crate::libc::files::text_of;
use crate::libc::guest_vec::GuestVec;
use crate::libc::set_errno;
use crate::libc::state::state;
use crate::libc::stdio::file::File;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

unsafe extern "C" fn getsgnam(name: *const c_char) -> *mut ShadowGroup {
    let name = text_of(name);
    database::find::<ShadowGroups>(&state().misc.group_shadow, |line: ShadowLine<'_>| line.name == name)
}

unsafe extern "C" fn getsgnam_r(
    name: *const c_char,
    out: *mut ShadowGroup,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut ShadowGroup,
) -> c_int {
    let name = text_of(name);
    database::find_into::<ShadowGroups>(|line: ShadowLine<'_>| line.name == name, out, buf, len, result)
}

unsafe extern "C" fn setsgent() {
    database::rewind(&state().misc.group_shadow);
}

unsafe extern "C" fn endsgent() {
    database::end(&state().misc.group_shadow);
}

unsafe extern "C" fn getsgent() -> *mut ShadowGroup {
    database::next::<ShadowGroups>(&state().misc.group_shadow)
}

unsafe extern "C" fn getsgent_r(
    out: *mut ShadowGroup,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut ShadowGroup,
) -> c_int {
    database::next_into::<ShadowGroups>(&state().misc.group_shadow, out, buf, len, result)
}

unsafe extern "C" fn fgetsgent(file: *mut File) -> *mut ShadowGroup {
    database::next_from::<ShadowGroups>(&state().misc.group_shadow, file)
}

unsafe extern "C" fn fgetsgent_r(
    file: *mut File,
    out: *mut ShadowGroup,
    buf: *mut c_char,
    len: usize,
    result: *mut *mut ShadowGroup,
) -> c_int {
    database::next_of::<ShadowGroups>(&mut Lines::of_stream(file), out, buf, len, result)
}

unsafe extern "C" fn sgetsgent(line: *const c_char) -> *mut ShadowGroup {
    database::from_text::<ShadowGroups>(&state().misc.group_shadow, text_of(line))
}

/// Joins names by commas; NULL is no names.
unsafe fn joined(mut names: *mut *mut c_char) -> Option<GuestVec<u8>> {
    let mut text = GuestVec::new();
    while !names.is_null() && !(*names).is_null() {
        let comma: &[u8] = if text.is_empty() { b"" } else { b"," };
        text.extend(comma).and_then(|()| text.extend(text_of(*names))).ok()?;
        names = names.add(1);
    }
    Some(text)
}

/// putsgent(3)
unsafe extern "C" fn putsgent(group: *const ShadowGroup, file: *mut File) -> c_int {
    if group.is_null() || file.is_null() || (*group).sg_namp.is_null() {
        set_errno(EINVAL);
        return -1;
    }
    let group = &*group;
    let (Some(administrators), Some(members)) = (joined(group.sg_adm), joined(group.sg_mem)) else {
        return -1;
    };
    put_fields(file, &[text_of(group.sg_namp), text_of(group.sg_passwd), &administrators, &members])
}

/// lckpwdf(3): a record lock on a file of its own.
unsafe extern "C" fn lckpwdf() -> c_int {
    let own = &state().misc.password_lock;
    if own.get() >= 0 {
        return -1;
    }
    let path = UserStr::new(c"/etc/.pwd.lock".as_ptr().addr());
    let fd = fcntl::open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600);
    if fd < 0 {
        return -1;
    }
    let mut lock: flock = core::mem::zeroed();
    lock.l_type = F_WRLCK as i16;
    if fcntl::fcntl(fd, F_SETLKW, (&raw const lock).addr()) < 0 {
        unistd::close(fd);
        return -1;
    }
    own.set(fd);
    0
}

/// ulckpwdf(3)
unsafe extern "C" fn ulckpwdf() -> c_int {
    let own = &state().misc.password_lock;
    if own.get() < 0 {
        return -1;
    }
    let result = unistd::close(own.get());
    own.set(-1);
    result
}

/// The next shell of `/etc/shells`, or of those that stand for it.
unsafe extern "C" fn getusershell() -> *mut c_char {
    let own = state().misc.shells.address();
    if (*own).is_null() {
        let Ok(lines) = Lines::open(c"/etc/shells", b"/bin/sh\n/bin/csh\n") else {
            return core::ptr::null_mut();
        };
        let block = crate::libc::malloc::malloc(size_of::<Lines>()).cast::<Lines>();
        if block.is_null() {
            return core::ptr::null_mut();
        }
        block.write(lines);
        *own = block.cast();
    }
    let lines = &mut *(*own).cast::<Lines>();
    loop {
        let Some(line) = lines.next_line() else { return core::ptr::null_mut() };
        let Some(start) = line.iter().position(|&byte| byte == b'/' || byte == b'#') else { continue };
        if line[start] == b'#' {
            continue;
        }
        let end = line[start..].iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'#');
        let shell = &line[start..end.map_or(line.len(), |end| start + end)];
        let room = &mut *state().room.shell.get();
        let Some(room) = room.get_mut(..=shell.len()) else { continue };
        room[..shell.len()].copy_from_slice(shell);
        room[shell.len()] = 0;
        return room.as_mut_ptr().cast();
    }
}

/// endusershell(3), and setusershell(3): the next one is the first again.
unsafe extern "C" fn endusershell() {
    let own = state().misc.shells.address();
    if !(*own).is_null() {
        core::ptr::drop_in_place((*own).cast::<Lines>());
        crate::libc::malloc::free(*own);
        *own = core::ptr::null_mut();
    }
}

pure_exports! { "libc.so.6";
    full getsgnam = getsgnam;
    full getsgnam_r = getsgnam_r;
    full setsgent = setsgent;
    full endsgent = endsgent;
    full getsgent = getsgent;
    full getsgent_r = getsgent_r;
    full fgetsgent = fgetsgent;
    full fgetsgent_r = fgetsgent_r;
    full sgetsgent = sgetsgent;
    full putsgent = putsgent;
    full lckpwdf = lckpwdf;
    full ulckpwdf = ulckpwdf;
    full getusershell = getusershell;
    full setusershell = endusershell;
    full endusershell = endusershell;
}
