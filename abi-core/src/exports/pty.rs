//! `pty.h`, and what `stdlib.h` has for pseudo-terminals
#![allow(unsafe_op_in_unsafe_fn, reason = "a C function's whole body rests on its caller's promise")]

use core::ffi::{c_char, c_int};
use core::fmt::Write;
use core::ptr::null_mut;

use super::{fcntl, process, sys_ioctl, termios, unistd};
use crate::abi::{self, Errno};
use crate::boundary::user::UserStr;
use crate::libc::files::names::ShortName;
use crate::libc::{errno, set_errno};
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Opens a master's slave.
const TIOCGPTPEER: u64 = 0x5441;

/// posix_openpt(3)
unsafe extern "C" fn posix_openpt(flags: c_int) -> c_int {
    fcntl::open(UserStr::new(c"/dev/ptmx".as_ptr().addr()), flags, 0)
}

/// getpt(3)
unsafe extern "C" fn getpt() -> c_int {
    posix_openpt(abi::O_RDWR)
}

/// POSIX has `EINVAL` for what is no master.
fn as_posix_says(result: c_int) -> c_int {
    if result != 0 && errno() == Errno::ENOTTY.0 {
        set_errno(Errno::EINVAL.0);
    }
    result
}

/// grantpt(3): the slave belongs to the one user from the start.
unsafe extern "C" fn grantpt(fd: c_int) -> c_int {
    let mut number = 0;
    as_posix_says(sys_ioctl::ioctl(fd, abi::TIOCGPTN, (&raw mut number).addr()))
}

/// unlockpt(3)
unsafe extern "C" fn unlockpt(fd: c_int) -> c_int {
    let unlocked = 0;
    as_posix_says(sys_ioctl::ioctl(fd, abi::TIOCSPTLCK, (&raw const unlocked).addr()))
}

/// ptsname_r(3): returns the error number.
unsafe extern "C" fn ptsname_r(fd: c_int, buf: *mut c_char, size: usize) -> c_int {
    let mut number = 0;
    if sys_ioctl::ioctl(fd, abi::TIOCGPTN, (&raw mut number).addr()) != 0 {
        return errno();
    }
    let mut name = ShortName::default();
    // The longest name fits.
    let _ = write!(name, "/dev/pts/{number}");
    let name = name.bytes();
    if name.len() >= size {
        set_errno(Errno::ERANGE.0);
        return Errno::ERANGE.0;
    }
    buf.copy_from_nonoverlapping(name.as_ptr().cast(), name.len());
    buf.add(name.len()).write(0);
    0
}

/// ptsname_r(3), fortified
unsafe extern "C" fn __ptsname_r_chk(fd: c_int, buf: *mut c_char, size: usize, room: usize) -> c_int {
    crate::libc::stdlib::fortify::check(size, room);
    ptsname_r(fd, buf, size)
}

/// ptsname(3)
unsafe extern "C" fn ptsname(fd: c_int) -> *mut c_char {
    let buf: *mut c_char = (&raw mut (*crate::libc::tcb::tcb()).files.ttyname).cast();
    if ptsname_r(fd, buf, 32) == 0 { buf } else { null_mut() }
}

/// openpty(3)
unsafe extern "C" fn openpty(
    master: *mut c_int,
    slave: *mut c_int,
    name: *mut c_char,
    modes: *const abi::termios,
    size: *const abi::winsize,
) -> c_int {
    let ours = posix_openpt(abi::O_RDWR | abi::O_NOCTTY);
    if ours < 0 {
        return -1;
    }
    let theirs = if grantpt(ours) == 0 && unlockpt(ours) == 0 {
        sys_ioctl::ioctl(ours, TIOCGPTPEER, (abi::O_RDWR | abi::O_NOCTTY) as usize)
    } else {
        -1
    };
    if theirs < 0 {
        let error = errno();
        unistd::close(ours);
        set_errno(error);
        return -1;
    }
    if !modes.is_null() {
        termios::tcsetattr(theirs, abi::TCSAFLUSH, modes);
    }
    if !size.is_null() {
        sys_ioctl::ioctl(theirs, abi::TIOCSWINSZ, size.addr());
    }
    if !name.is_null() {
        ptsname_r(ours, name, 32);
    }
    master.write(ours);
    slave.write(theirs);
    0
}

/// login_tty(3)
unsafe extern "C" fn login_tty(fd: c_int) -> c_int {
    // Who leads a session already stays its leader.
    process::setsid();
    if sys_ioctl::ioctl(fd, abi::TIOCSCTTY, 0) != 0 {
        return -1;
    }
    for stream in 0..3 {
        if unistd::dup2(fd, stream) < 0 {
            return -1;
        }
    }
    if fd > 2 {
        unistd::close(fd);
    }
    0
}

pure_exports! { "libc.so.6";
    full posix_openpt = posix_openpt;
    full getpt = getpt;
    full grantpt = grantpt;
    full unlockpt = unlockpt;
    full ptsname = ptsname;
    full ptsname_r = ptsname_r;
    full __ptsname_r_chk = __ptsname_r_chk;
    full openpty = openpty;
    full login_tty = login_tty;
}
