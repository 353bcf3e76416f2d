//! The terminal behind the standard streams: its modes, and how it was before.
//!
//! Raw system calls only: the hosted backend uses this on guest threads, osvrun's session of a metal machine on its own.
#![expect(unsafe_code, reason = "terminal ioctls read and fill structs")]

use core::mem::MaybeUninit;
use core::ptr::without_provenance_mut;

use abi_core::backend::{ModesChange, StreamKind, TerminalAction, TerminalModes};
use abi_core::sync::Mutex;

use crate::{inherited, sys};

/// The number of null(4).
const NULL_DEVICE: u64 = 1 << 8 | 3;
/// The descriptor of the terminal that was changed, and its modes before.
static SAVED: Mutex<Option<(i32, TerminalModes)>> = Mutex::new(None);

fn modes_of(fd: i32) -> Option<TerminalModes> {
    let mut modes = MaybeUninit::<TerminalModes>::zeroed();
    // SAFETY: fills the kernel's termios, whose layout the modes have.
    unsafe { sys::ioctl(fd, libc::TCGETS, modes.as_mut_ptr()) }.ok()?;
    // SAFETY: zeroed and filled; every bit pattern is a value.
    Some(unsafe { modes.assume_init() })
}

/// Returns the first of the standard streams behind which a terminal is, and its modes.
fn terminal() -> Option<(i32, TerminalModes)> {
    (0..3).find_map(|fd| Some((fd, modes_of(fd)?)))
}

/// Tells whether a terminal is behind a standard stream.
pub fn is_terminal(fd: i32) -> bool {
    modes_of(fd).is_some()
}

/// Tells what a standard stream leads to.
pub fn kind(fd: i32) -> StreamKind {
    if inherited::is_absent(fd) {
        StreamKind::Absent
    } else if is_terminal(fd) {
        StreamKind::Terminal
    } else {
        match sys::file_type(fd) {
            Some((libc::S_IFCHR, NULL_DEVICE)) => StreamKind::Nothing,
            Some((libc::S_IFREG | libc::S_IFDIR, _)) => StreamKind::File,
            _ => StreamKind::Bytes,
        }
    }
}

/// Returns the terminal's modes; `None` if there is none.
pub fn modes() -> Option<TerminalModes> {
    terminal().map(|(_, modes)| modes)
}

fn store(fd: i32, mut modes: TerminalModes, request: libc::c_ulong) {
    // SAFETY: reads the kernel's termios, whose layout the modes have. A terminal that is gone has nothing to be set.
    let _ = unsafe { sys::ioctl(fd, request, &raw mut modes) };
}

/// Sets the terminal's modes, to be set back by [`restore`].
pub fn set_modes(modes: &TerminalModes, change: ModesChange) {
    let Some((fd, before)) = terminal() else { return };
    SAVED.lock().get_or_insert((fd, before));
    let request = match change {
        ModesChange::Now => libc::TCSETS,
        ModesChange::Drained => libc::TCSETSW,
        ModesChange::Flushed => libc::TCSETSF,
    };
    store(fd, *modes, request);
}

/// Gives the terminal back as it was before the program changed it. Waits for nothing.
pub fn restore() {
    if let Some(mut saved) = SAVED.try_lock()
        && let Some((fd, modes)) = saved.take()
    {
        store(fd, modes, libc::TCSETS);
    }
}

/// Has the terminal do something.
pub fn act(action: TerminalAction) {
    let (request, argument) = match action {
        TerminalAction::DropInput => (libc::TCFLSH, libc::TCIFLUSH),
        TerminalAction::DropOutput => (libc::TCFLSH, libc::TCOFLUSH),
        TerminalAction::DropBoth => (libc::TCFLSH, libc::TCIOFLUSH),
        TerminalAction::StopOutput => (libc::TCXONC, libc::TCOOFF),
        TerminalAction::StartOutput => (libc::TCXONC, libc::TCOON),
        TerminalAction::StopInput => (libc::TCXONC, libc::TCIOFF),
        TerminalAction::StartInput => (libc::TCXONC, libc::TCION),
        TerminalAction::Break => (libc::TCSBRK, 0),
        TerminalAction::Drain => (libc::TCSBRK, 1),
    };
    if let Some((fd, _)) = terminal() {
        let argument = without_provenance_mut::<u8>(argument as usize);
        // SAFETY: these requests take a number.
        let _ = unsafe { sys::ioctl(fd, request, argument) };
    }
}

/// Returns the terminal's (columns, rows).
pub fn window() -> Option<(u16, u16)> {
    (0..3).find_map(|fd| {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: fills one winsize.
        unsafe { sys::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) }.ok()?;
        Some((size.ws_col, size.ws_row))
    })
}

/// Tells the terminal its (columns, rows).
pub fn set_window(columns: u16, rows: u16) {
    if let Some((fd, _)) = terminal() {
        let mut size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: reads one winsize.
        let _ = unsafe { sys::ioctl(fd, libc::TIOCSWINSZ, &raw mut size) };
    }
}
