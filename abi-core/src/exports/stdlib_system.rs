//! Small calls about the machine: `getloadavg`, `getpass`, `ftok`, `ftime`
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::ptr::null_mut;

use super::{fcntl, process, sys_stat, sys_time, termios, unistd};
use crate::abi;
use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::files::text_of;
use crate::libc::guest_heap::free;
use crate::libc::guest_vec::GuestVec;
use crate::libc::state::state;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// getloadavg(3): the first numbers of /proc/loadavg.
unsafe extern "C" fn getloadavg(out: *mut f64, count: c_int) -> c_int {
    let fd = fcntl::open(UserStr::new(c"/proc/loadavg".as_ptr().addr()), abi::O_RDONLY | abi::O_CLOEXEC, 0);
    if fd < 0 {
        return -1;
    }
    let mut text = [0u8; 128];
    let len = unistd::read(fd, text.as_mut_ptr().cast(), text.len());
    unistd::close(fd);
    let Ok(len) = usize::try_from(len) else { return -1 };
    text[len.min(text.len() - 1)] = 0;
    let mut at = text.as_mut_ptr().cast();
    let wanted = usize::try_from(count).unwrap_or(0).min(3);
    for index in 0..wanted {
        out.add(index).write(super::stdlib_convert::strtod(at, &raw mut at));
    }
    wanted as c_int
}

/// Reads a line byte by byte, without its newline; none at the end.
unsafe fn read_line(fd: c_int) -> Option<GuestVec<u8>> {
    let mut line = GuestVec::new();
    let mut byte = 0u8;
    loop {
        match unistd::read(fd, (&raw mut byte).cast(), 1) {
            1 if byte == b'\n' => return Some(line),
            1 => line.push(byte).ok()?,
            _ => return Some(line),
        }
    }
}

/// getpass(3): asks at the terminal, without echo.
unsafe extern "C" fn getpass(prompt: *const c_char) -> *mut c_char {
    let tty = fcntl::open(UserStr::new(c"/dev/tty".as_ptr().addr()), abi::O_RDWR | abi::O_CLOEXEC, 0);
    let (input, output) = if tty < 0 { (0, 2) } else { (tty, tty) };
    let mut before: abi::termios = core::mem::zeroed();
    let has_modes = termios::tcgetattr(input, &raw mut before) == 0;
    if has_modes {
        let mut silent = before;
        silent.c_lflag &= !(abi::ECHO | abi::ISIG);
        termios::tcsetattr(input, abi::TCSAFLUSH, &raw const silent);
    }
    let prompt = text_of(prompt);
    unistd::write(output, prompt.as_ptr().cast(), prompt.len());
    let line = read_line(input);
    if has_modes {
        termios::tcsetattr(input, abi::TCSAFLUSH, &raw const before);
        unistd::write(output, c"\n".as_ptr().cast(), 1);
    }
    if tty >= 0 {
        unistd::close(tty);
    }
    let Some(mut line) = line else { return null_mut() };
    if line.push(0).is_err() {
        return null_mut();
    }
    let own = &state().misc.password;
    free(own.get().cast());
    own.set(line.into_raw().cast());
    own.get()
}

/// ftok(3)
unsafe extern "C" fn ftok(path: *const c_char, project: c_int) -> c_int {
    let mut stat: abi::stat = core::mem::zeroed();
    if sys_stat::stat(UserStr::new(path.addr()), UserPtr::new((&raw mut stat).addr())) != 0 {
        return -1;
    }
    (stat.st_ino & 0xffff) as c_int | ((stat.st_dev & 0xff) << 16) as c_int | project << 24
}

/// `struct timeb`
#[repr(C)]
pub struct Moment {
    seconds: i64,
    milliseconds: u16,
    zone_minutes: i16,
    is_summer: i16,
}

/// ftime(3): the zone is 0, as glibc says.
unsafe extern "C" fn ftime(out: *mut Moment) -> c_int {
    let mut now: abi::timespec = core::mem::zeroed();
    if sys_time::clock_gettime(abi::CLOCK_REALTIME, &raw mut now) != 0 {
        return -1;
    }
    let milliseconds = (now.tv_nsec / 1_000_000) as u16;
    out.write(Moment { seconds: now.tv_sec, milliseconds, zone_minutes: 0, is_summer: 0 });
    0
}

/// getgroups(2), fortified
unsafe extern "C" fn getgroups_chk(count: c_int, list: *mut u32, room: usize) -> c_int {
    crate::libc::stdlib::fortify::check(usize::try_from(count).unwrap_or(0) * 4, room);
    process::getgroups(count, UserPtr::new(list.addr()))
}

/// cuserid(3)
unsafe extern "C" fn cuserid(buffer: *mut c_char) -> *mut c_char {
    let user = super::pwd::getpwuid(0);
    if user.is_null() {
        if !buffer.is_null() {
            buffer.write(0);
        }
        return buffer;
    }
    let name = text_of((*user).pw_name);
    let name = &name[..name.len().min(8)];
    let to = if buffer.is_null() { state().room.inet_text.get().cast() } else { buffer };
    to.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), name.len());
    to.add(name.len()).write(0);
    to
}

pure_exports! { "libc.so.6";
    full getloadavg = getloadavg;
    full getpass = getpass;
    full ftok = ftok;
    full ftime = ftime;
    full __getgroups_chk = getgroups_chk;
    full cuserid = cuserid;
}
