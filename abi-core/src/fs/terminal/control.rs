//! What all terminals answer to ioctl(2), ioctl_tty(2), and the process's own terminal.

use alloc::sync::{Arc, Weak};

use super::Modes;
use super::pty::Pty;
use crate::abi::{self, Errno, PID, Result};
use crate::backend::{ModesChange, Stream};
use crate::boundary::user::UserPtr;
use crate::fs::Fs;
use crate::fs::console::CONSOLE_DEVICE;
use crate::kernel::{Context, Kernel};
use crate::signal::{Info, Target};

/// The terminal of the session, which the process leads.
#[derive(Clone)]
pub enum Own {
    /// The console, if it is a terminal.
    Console,
    /// A pseudo-terminal.
    Pty(Weak<Pty>),
    /// None.
    None,
}

/// `struct termios2`: the modes, and the speeds as numbers.
type Words = [u32; 11];

/// Words of the modes in [`Words`].
const MODES_WORDS: usize = 9;

/// Speeds by their `B…` numbers.
const SPEEDS: [(u32, u32); 31] = {
    use crate::abi::*;
    [
        (B0, 0),
        (B50, 50),
        (B75, 75),
        (B110, 110),
        (B134, 134),
        (B150, 150),
        (B200, 200),
        (B300, 300),
        (B600, 600),
        (B1200, 1200),
        (B1800, 1800),
        (B2400, 2400),
        (B4800, 4800),
        (B9600, 9600),
        (B19200, 19200),
        (B38400, 38400),
        (B57600, 57600),
        (B115200, 115_200),
        (B230400, 230_400),
        (B460800, 460_800),
        (B500000, 500_000),
        (B576000, 576_000),
        (B921600, 921_600),
        (B1000000, 1_000_000),
        (B1152000, 1_152_000),
        (B1500000, 1_500_000),
        (B2000000, 2_000_000),
        (B2500000, 2_500_000),
        (B3000000, 3_000_000),
        (B3500000, 3_500_000),
        (B4000000, 4_000_000),
    ]
};

/// The numbers of `TCGETS2` and its relatives.
/// Asks whether a terminal is for one only.
pub const TIOCGEXCL: u64 = 0x8004_5440;

const TCGETS2: u64 = 0x802c_542a;
const TCSETS2: u64 = 0x402c_542b;
const TCSETSW2: u64 = 0x402c_542c;
const TCSETSF2: u64 = 0x402c_542d;

fn speed(control: u32) -> u32 {
    SPEEDS.iter().find(|(code, _)| *code == control & abi::CBAUD).map_or(38400, |(_, speed)| *speed)
}

/// Reads or writes the modes, if that is what the request is about. `set` is called with new ones.
pub fn modes(
    request: u64,
    argument: usize,
    get: impl FnOnce() -> Modes,
    set: impl FnOnce(Modes, ModesChange) -> Result<()>,
) -> Option<Result<i32>> {
    let when = match request {
        abi::TCGETS => return Some(UserPtr::new(argument).write(get()).map(|()| 0)),
        TCGETS2 => {
            let modes = get();
            let speed = speed(modes.control);
            let out = UserPtr::<Modes>::new(argument).write(modes);
            let speeds = UserPtr::<u32>::new(argument).add(MODES_WORDS);
            return Some(out.and_then(|()| speeds.write_many(&[speed, speed])).map(|()| 0));
        }
        abi::TCSETS | TCSETS2 => ModesChange::Now,
        abi::TCSETSW | TCSETSW2 => ModesChange::Drained,
        abi::TCSETSF | TCSETSF2 => ModesChange::Flushed,
        _ => return None,
    };
    Some(read_modes(request, argument).and_then(|modes| set(modes, when)).map(|()| 0))
}

fn read_modes(request: u64, argument: usize) -> Result<Modes> {
    let mut modes = UserPtr::<Modes>::new(argument).read()?;
    if matches!(request, TCSETS2 | TCSETSW2 | TCSETSF2) {
        let words = UserPtr::<u32>::new(argument).read_many(size_of::<Words>() / 4)?;
        // A speed given as a number becomes its code where it has one.
        if modes.control & abi::CBAUD == abi::BOTHER
            && let Some((code, _)) = SPEEDS.iter().find(|(_, speed)| *speed == words[MODES_WORDS + 1])
        {
            modes.control = modes.control & !abi::CBAUD | code;
        }
    }
    Ok(modes)
}

/// A terminal's side of what every one can do.
pub trait Terminal {
    /// Tells whether it is this one that the session has.
    fn is_own(&self, kernel: &Kernel) -> bool;
    /// Makes it the session's.
    fn become_own(&self, kernel: &Kernel);
    /// Returns columns and rows with their pixels.
    fn window(&self, kernel: &Kernel) -> abi::winsize;
    /// Sets them.
    fn set_window(&self, cx: Context<'_>, size: abi::winsize);
}

/// Answers a request that is about the session or the window; `None` for others.
pub fn session(
    cx: Context<'_>,
    terminal: &impl Terminal,
    request: u64,
    argument: usize,
) -> Option<Result<i32>> {
    let kernel = cx.kernel;
    let is_own = terminal.is_own(kernel);
    let answer = |value: i32| UserPtr::<i32>::new(argument).write(value).map(|()| 0);
    Some(match request {
        abi::TIOCGWINSZ => UserPtr::new(argument).write(terminal.window(kernel)).map(|()| 0),
        abi::TIOCSWINSZ => UserPtr::<abi::winsize>::new(argument).read().map(|size| {
            terminal.set_window(cx, size);
            0
        }),
        abi::TIOCGPGRP | abi::TIOCGSID if is_own => answer(PID),
        abi::TIOCSPGRP if is_own => UserPtr::<i32>::new(argument).read().and_then(|group| match group {
            PID => Ok(0),
            ..0 => Err(Errno::EINVAL),
            _ => Err(Errno::ESRCH),
        }),
        abi::TIOCGPGRP | abi::TIOCGSID | abi::TIOCSPGRP => Err(Errno::ENOTTY),
        abi::TIOCSCTTY if is_own => Ok(0),
        abi::TIOCSCTTY if kernel.fs.own_terminal(kernel).is_some() => Err(Errno::EPERM),
        abi::TIOCSCTTY => {
            terminal.become_own(kernel);
            Ok(0)
        }
        abi::TIOCNOTTY if is_own => {
            *kernel.fs.own_terminal.lock() = Own::None;
            // The foreground group learns that its terminal is gone.
            cx.signal_from_terminal(abi::SIGHUP);
            cx.signal_from_terminal(abi::SIGCONT);
            Ok(0)
        }
        abi::TIOCNOTTY => Err(Errno::ENOTTY),
        abi::TIOCGETD => answer(0),
        abi::TIOCSETD => UserPtr::<i32>::new(argument)
            .read()
            .and_then(|number| if number == 0 { Ok(0) } else { Err(Errno::EINVAL) }),
        _ => return None,
    })
}

impl Fs {
    /// Returns the session's terminal as it is now; `None` if it has none.
    pub fn own_terminal(&self, kernel: &Kernel) -> Option<Own> {
        let own = self.own_terminal.lock().clone();
        match &own {
            Own::Console => {
                let streams = [Stream::Input, Stream::Output, Stream::Error];
                streams.into_iter().any(|stream| kernel.backend.is_terminal(stream)).then_some(own)
            }
            Own::Pty(pty) => (pty.strong_count() > 0).then_some(own),
            Own::None => None,
        }
    }

    /// Returns the pseudo-terminal that is the session's.
    pub fn own_pty(&self) -> Option<Arc<Pty>> {
        match &*self.own_terminal.lock() {
            Own::Pty(pty) => pty.upgrade(),
            _ => None,
        }
    }

    /// Returns the session's terminal as proc(5)'s `stat` has it: its number and foreground group; 0 and -1 for none.
    pub fn own_terminal_numbers(&self, kernel: &Kernel) -> (u64, i32) {
        match self.own_terminal(kernel) {
            Some(Own::Console) => (CONSOLE_DEVICE, PID),
            Some(Own::Pty(pty)) => (pty.upgrade().map_or(0, |pty| pty.device()), PID),
            _ => (0, -1),
        }
    }
}

impl Context<'_> {
    /// Sends the foreground group, which is the process, a signal of its terminal.
    pub fn signal_from_terminal(self, number: i32) {
        // Only a full queue of real-time signals can make this fail.
        let _ = self.send_signal(Info { code: abi::SI_KERNEL, ..Info::new(number) }, Target::Process);
    }
}
