//! The console: the process's three standard streams.
#![expect(unsafe_code, reason = "terminal ioctls fill structs")]

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering};

use abi_core::abi::Errno;
use abi_core::backend::{BackendError, Console, ConsoleInput, RawMode, Result, Stream};
use abi_core::sync::Mutex;

use crate::{HostBackend, names, supervisor, sys};

fn descriptor(stream: Stream) -> i32 {
    match stream {
        Stream::Input => 0,
        Stream::Output => 1,
        Stream::Error => 2,
    }
}

/// Keeps a second reader from taking the input between a reader's poll and its read.
static READING: Mutex<()> = Mutex::new(());

/// The terminal's state before the guest changed it: 0 none, 1 being saved, 2 saved.
static SAVED: AtomicU32 = AtomicU32::new(0);
static TERMINAL: Mutex<MaybeUninit<libc::termios>> = Mutex::new(MaybeUninit::uninit());

fn terminal_state(fd: i32) -> Option<libc::termios> {
    let mut state = MaybeUninit::<libc::termios>::zeroed();
    // SAFETY: fills the kernel's termios, which is a prefix of libc's.
    unsafe { sys::ioctl(fd, libc::TCGETS, state.as_mut_ptr()) }.ok()?;
    // SAFETY: zeroed and filled; every bit pattern is a value.
    Some(unsafe { state.assume_init() })
}

fn set_terminal_state(state: &mut libc::termios) {
    // SAFETY: reads the kernel's termios. A terminal that is gone has nothing to be set.
    let _ = unsafe { sys::ioctl(0, libc::TCSETSW, core::ptr::from_mut(state)) };
}

/// Gives the terminal back as it was before the guest changed it.
pub fn restore_terminal() {
    if SAVED.load(Ordering::Acquire) == 2
        && let Some(saved) = TERMINAL.try_lock()
    {
        // SAFETY: 2 means it was stored.
        let mut state = unsafe { saved.assume_init() };
        set_terminal_state(&mut state);
    }
}

impl Console for HostBackend {
    fn write(&self, stream: Stream, bytes: &[u8]) -> Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let fd = descriptor(stream);
        loop {
            match sys::write(fd, bytes) {
                Ok(n) => return Ok(n),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    // Somebody made the stream non-blocking: wait for room as a blocking one would.
                    let _ = sys::poll(fd, libc::POLLOUT, -1);
                }
                Err(_) => return Err(BackendError::Device),
            }
        }
    }

    fn read(&self, buf: &mut [u8]) -> ConsoleInput {
        let _reading = READING.lock();
        loop {
            match sys::poll(0, libc::POLLIN, 0) {
                Ok(0) => {
                    supervisor::watch_input();
                    return ConsoleInput::Empty;
                }
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(_) => return ConsoleInput::End,
            }
            match sys::read(0, buf) {
                Ok(0) => return ConsoleInput::End,
                Ok(n) => return ConsoleInput::Bytes(n),
                Err(Errno::EINTR | Errno::EAGAIN) => {}
                Err(_) => return ConsoleInput::End,
            }
        }
    }

    fn is_terminal(&self, stream: Stream) -> bool {
        terminal_state(descriptor(stream)).is_some()
    }

    fn set_raw(&self, raw: RawMode) {
        let Some(mut state) = terminal_state(0) else { return };
        if SAVED.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
            TERMINAL.lock().write(state);
            SAVED.store(2, Ordering::Release);
        }
        match raw {
            RawMode::Cooked => {
                state.c_iflag |= libc::ICRNL | libc::IXON;
                state.c_oflag |= libc::OPOST;
                state.c_lflag |= libc::ICANON | libc::ECHO | libc::ISIG | libc::IEXTEN;
            }
            RawMode::Raw => {
                state.c_iflag &= !(libc::ICRNL | libc::IXON | libc::BRKINT | libc::INPCK | libc::ISTRIP);
                state.c_lflag &= !(libc::ICANON | libc::ECHO | libc::ISIG | libc::IEXTEN);
                state.c_cc[libc::VMIN] = 1;
                state.c_cc[libc::VTIME] = 0;
            }
        }
        set_terminal_state(&mut state);
    }

    fn window(&self) -> Option<(u16, u16)> {
        for fd in 0..3 {
            let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
            // SAFETY: fills one winsize.
            if unsafe { sys::ioctl(fd, libc::TIOCGWINSZ, &raw mut size) }.is_ok() {
                return Some((size.ws_col, size.ws_row));
            }
        }
        None
    }

    fn write_emergency(&self, bytes: &[u8]) {
        names::put(bytes, &mut write_all);
    }
}

/// Writes to the error stream, whatever it takes.
fn write_all(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        match sys::write(2, bytes) {
            Ok(n) => bytes = &bytes[n.min(bytes.len())..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let _ = sys::poll(2, libc::POLLOUT, -1);
            }
            Err(_) => return,
        }
    }
}
