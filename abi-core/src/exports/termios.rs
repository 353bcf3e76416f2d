//! `termios.h`

use core::ffi::{c_int, c_uint};

use crate::abi::{self, Errno, termios};
use crate::libc::set_errno;
use crate::pure_exports;

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// Bits of `c_cflag` that hold the speed.
const SPEED_BITS: c_uint = abi::CBAUD;

fn fail(error: Errno) -> c_int {
    set_errno(error.0);
    -1
}

fn request(fd: c_int, request: u64, argument: usize) -> c_int {
    // SAFETY: the argument is what the request takes.
    unsafe { super::sys_ioctl::ioctl(fd, request, argument) }
}

/// tcgetattr(3)
pub unsafe extern "C" fn tcgetattr(fd: c_int, out: *mut termios) -> c_int {
    let mut kernel = [0u8; 36];
    let result = request(fd, abi::TCGETS, kernel.as_mut_ptr().addr());
    if result == 0 {
        // SAFETY: the caller's promise; the kernel's struct is a prefix of glibc's, whose other fields are set here.
        unsafe {
            out.write_bytes(0, 1);
            core::ptr::copy_nonoverlapping(kernel.as_ptr(), out.cast(), kernel.len());
            (*out).c_ispeed = (*out).c_cflag & SPEED_BITS;
            (*out).c_ospeed = (*out).c_cflag & SPEED_BITS;
        }
    }
    result
}

/// tcsetattr(3)
pub unsafe extern "C" fn tcsetattr(fd: c_int, when: c_int, from: *const termios) -> c_int {
    let number = match when {
        abi::TCSANOW => abi::TCSETS,
        abi::TCSADRAIN => abi::TCSETSW,
        abi::TCSAFLUSH => abi::TCSETSF,
        _ => return fail(Errno::EINVAL),
    };
    request(fd, number, from.addr())
}

/// cfgetospeed(3)
pub unsafe extern "C" fn cfgetospeed(of: *const termios) -> c_uint {
    // SAFETY: the caller's promise.
    unsafe { (*of).c_cflag & SPEED_BITS }
}

/// cfgetispeed(3)
pub unsafe extern "C" fn cfgetispeed(of: *const termios) -> c_uint {
    // SAFETY: the caller's promise.
    unsafe { (*of).c_cflag & SPEED_BITS }
}

/// cfsetospeed(3)
pub unsafe extern "C" fn cfsetospeed(of: *mut termios, speed: c_uint) -> c_int {
    if speed & !SPEED_BITS != 0 {
        return fail(Errno::EINVAL);
    }
    // SAFETY: the caller's promise.
    unsafe {
        (*of).c_ospeed = speed;
        (*of).c_cflag = (*of).c_cflag & !SPEED_BITS | speed;
    }
    0
}

/// cfsetispeed(3): the line has one speed, and 0 means that of the output.
pub unsafe extern "C" fn cfsetispeed(of: *mut termios, speed: c_uint) -> c_int {
    if speed & !SPEED_BITS != 0 {
        return fail(Errno::EINVAL);
    }
    if speed == 0 {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe {
        (*of).c_ispeed = speed;
        (*of).c_cflag = (*of).c_cflag & !SPEED_BITS | speed;
    }
    0
}

/// The speeds of a line in bits per second, with their codes.
const SPEEDS: [(c_uint, c_uint); 30] = [
    (50, abi::B50),
    (75, abi::B75),
    (110, abi::B110),
    (134, abi::B134),
    (150, abi::B150),
    (200, abi::B200),
    (300, abi::B300),
    (600, abi::B600),
    (1200, abi::B1200),
    (1800, abi::B1800),
    (2400, abi::B2400),
    (4800, abi::B4800),
    (9600, abi::B9600),
    (19200, abi::B19200),
    (38400, abi::B38400),
    (57600, abi::B57600),
    (115_200, abi::B115200),
    (230_400, abi::B230400),
    (460_800, abi::B460800),
    (500_000, abi::B500000),
    (576_000, abi::B576000),
    (921_600, abi::B921600),
    (1_000_000, abi::B1000000),
    (1_152_000, abi::B1152000),
    (1_500_000, abi::B1500000),
    (2_000_000, abi::B2000000),
    (2_500_000, abi::B2500000),
    (3_000_000, abi::B3000000),
    (3_500_000, abi::B3500000),
    (4_000_000, abi::B4000000),
];

/// cfsetspeed(3): by code, or by bits per second
pub unsafe extern "C" fn cfsetspeed(of: *mut termios, speed: c_uint) -> c_int {
    let known = SPEEDS.iter().find(|(bits, code)| *bits == speed || *code == speed);
    let Some(&(_, speed)) = known.or((speed == 0).then_some(&(0, abi::B0))) else {
        return fail(Errno::EINVAL);
    };
    // SAFETY: the caller's promise.
    unsafe { cfsetospeed(of, speed) | cfsetispeed(of, speed) }
}

/// cfmakeraw(3)
pub unsafe extern "C" fn cfmakeraw(of: *mut termios) {
    // SAFETY: the caller's promise.
    let of = unsafe { &mut *of };
    of.c_iflag &= !(abi::IGNBRK
        | abi::BRKINT
        | abi::PARMRK
        | abi::ISTRIP
        | abi::INLCR
        | abi::IGNCR
        | abi::ICRNL
        | abi::IXON);
    of.c_oflag &= !abi::OPOST;
    of.c_lflag &= !(abi::ECHO | abi::ECHONL | abi::ICANON | abi::ISIG | abi::IEXTEN);
    of.c_cflag = of.c_cflag & !(abi::CSIZE | abi::PARENB) | abi::CS8;
    of.c_cc[abi::VMIN] = 1;
    of.c_cc[abi::VTIME] = 0;
}

/// tcdrain(3)
pub unsafe extern "C" fn tcdrain(fd: c_int) -> c_int {
    crate::libc::pthread::cancel::pthread_testcancel();
    request(fd, abi::TCSBRK, 1)
}

/// tcflow(3)
pub unsafe extern "C" fn tcflow(fd: c_int, action: c_int) -> c_int {
    request(fd, abi::TCXONC, action as usize)
}

/// tcflush(3)
pub unsafe extern "C" fn tcflush(fd: c_int, queue: c_int) -> c_int {
    request(fd, abi::TCFLSH, queue as usize)
}

/// tcsendbreak(3)
pub unsafe extern "C" fn tcsendbreak(fd: c_int, _duration: c_int) -> c_int {
    request(fd, abi::TCSBRK, 0)
}

/// tcgetsid(3)
pub unsafe extern "C" fn tcgetsid(fd: c_int) -> c_int {
    let mut sid = 0;
    match request(fd, abi::TIOCGSID, (&raw mut sid).addr()) {
        0 => sid,
        failed => failed,
    }
}

pure_exports! { "libc.so.6";
    full tcgetattr = tcgetattr;
    full tcsetattr = tcsetattr;
    full cfgetospeed = cfgetospeed;
    full cfgetispeed = cfgetispeed;
    full cfsetospeed = cfsetospeed;
    full cfsetispeed = cfsetispeed;
    full cfsetspeed = cfsetspeed;
    full cfmakeraw = cfmakeraw;
    full tcdrain = tcdrain;
    full tcflow = tcflow;
    full tcflush = tcflush;
    full tcsendbreak = tcsendbreak;
    full tcgetsid = tcgetsid;
}
