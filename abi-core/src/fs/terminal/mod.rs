//! Terminals: the console's side in [`super::console`], pseudo-terminals here.
//!
//! [`discipline`] is termios(3) as plain code, [`pty`] a pair of ends around it, [`devpts`] the names of the slaves'
//! ends, [`control`] what terminals of both kinds answer to ioctl(2), and whose the process's own terminal is.
//!
//! The console has no discipline of ours: the terminal behind it belongs to others, too, and follows the modes itself.

pub mod control;
pub mod devpts;
mod discipline;
pub mod pty;

use core::time::Duration;

use crate::abi::{self, Errno, Result};
pub use crate::backend::TerminalModes as Modes;
use crate::kernel::Context;
use crate::mux::WaitQueue;

/// What a read of single keys waits for (termios(3), `MIN` and `TIME`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRules {
    /// For so many keys.
    pub least: usize,
    /// For so long: for the first key if `least` is 0, else between two keys.
    pub time: Option<Duration>,
}

impl Modes {
    /// How a terminal starts.
    pub const INITIAL: Self = Self {
        input: abi::ICRNL | abi::IXON,
        output: abi::OPOST | abi::ONLCR,
        control: abi::B38400 | abi::CS8 | abi::CREAD,
        local: abi::ISIG
            | abi::ICANON
            | abi::ECHO
            | abi::ECHOE
            | abi::ECHOK
            | abi::ECHOCTL
            | abi::ECHOKE
            | abi::IEXTEN,
        line: 0,
        keys: [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0, 0, 0],
    };

    /// Returns how single keys are read; `None` while lines are.
    pub fn key_rules(&self) -> Option<KeyRules> {
        let time = Duration::from_millis(100) * u32::from(self.keys[abi::VTIME]);
        let is_lines = self.local & abi::ICANON != 0;
        let least = usize::from(self.keys[abi::VMIN]);
        (!is_lines).then_some(KeyRules { least, time: (!time.is_zero()).then_some(time) })
    }
}

/// Reads from a terminal by its rules. `take` gives what is there, 0 at the end and `EAGAIN` when nothing is.
pub fn read_by_rules(
    cx: Context<'_>,
    queue: &WaitQueue,
    rules: Option<KeyRules>,
    may_wait: bool,
    buf: &mut [u8],
    mut take: impl FnMut(&mut [u8]) -> Result<usize>,
) -> Result<usize> {
    let deadline =
        |time: Option<Duration>| time.map(|time| cx.kernel.backend.monotonic().saturating_add(time));
    match rules {
        Some(KeyRules { least: 0, time: None }) => match take(buf) {
            Err(Errno::EAGAIN) => Ok(0),
            taken => taken,
        },
        _ if !may_wait => take(buf),
        Some(KeyRules { least: 0, time }) => match queue.wait_until(cx, deadline(time), || take(buf)) {
            Err(Errno::EAGAIN) => Ok(0),
            taken => taken,
        },
        Some(KeyRules { least, time }) => {
            let mut done = queue.wait_until(cx, None, || take(buf))?;
            while done > 0 && done < least.min(buf.len()) {
                match queue.wait_until(cx, deadline(time), || take(&mut buf[done..])) {
                    Ok(more) if more > 0 => done += more,
                    // The end, the time between two keys, or a signal.
                    _ => break,
                }
            }
            Ok(done)
        }
        None => queue.wait_until(cx, None, || take(buf)),
    }
}
