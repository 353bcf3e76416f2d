//! Pseudo-terminals, pty(7): a master, opened from `/dev/ptmx`, and a slave that is a terminal.

mod master;
mod slave;

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Modes;
use super::control::{self, Own, TIOCGEXCL, Terminal};
use super::devpts::{self, Slave};
use super::discipline::{DO_STOP, Discipline, NO_STOP, Outcome, START, STOP};
use crate::abi::{self, Errno, Result};
use crate::backend::ModesChange;
use crate::boundary::user::{UserBuf, UserPtr};
use crate::fs::attributes::Attributes;
use crate::fs::file::File;
use crate::fs::inode::InodeRef;
use crate::kernel::{Context, Kernel};
use crate::mux::WaitQueue;
use crate::sync::Mutex;

use master::Master;
use slave::SlaveEnd;

/// Major number of slaves.
const SLAVE_MAJOR: u64 = 136;
/// How many there may be.
const PTYS_MAX: usize = 4096;
/// How much is moved at a time.
const PIECE_BYTES: usize = 4096;

/// The pseudo-terminals there are.
pub struct Ptys(Mutex<Vec<Weak<Pty>>>);

impl Ptys {
    /// Makes an empty table.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Finds one whose master is open.
    pub fn find(&self, number: usize) -> Option<Arc<Pty>> {
        let pty = self.0.lock().get(number)?.upgrade()?;
        pty.has_master().then_some(pty)
    }

    /// Returns the numbers of those whose master is open.
    pub fn numbers(&self) -> Vec<usize> {
        let count = self.0.lock().len();
        (0..count).filter(|number| self.find(*number).is_some()).collect()
    }

    fn add(&self, make: impl FnOnce(usize) -> Arc<Pty>) -> Result<Arc<Pty>> {
        let mut table = self.0.lock();
        let number = table.iter().position(|pty| pty.strong_count() == 0).unwrap_or(table.len());
        if number >= PTYS_MAX {
            return Err(Errno::ENOSPC);
        }
        let pty = make(number);
        if number == table.len() {
            table.push(Weak::new());
        }
        table[number] = Arc::downgrade(&pty);
        Ok(pty)
    }
}

impl Default for Ptys {
    fn default() -> Self {
        Self::new()
    }
}

/// What both ends share.
struct State {
    discipline: Discipline,
    window: abi::winsize,
    has_master: bool,
    /// How many files of the slave are open.
    slaves: usize,
    was_slave_open: bool,
    /// Whether the slave can't be opened yet (`TIOCSPTLCK`).
    is_locked: bool,
    /// Whether the slave can't be opened again (`TIOCEXCL`); root can.
    is_exclusive: bool,
    /// Whether the master reads packets (`TIOCPKT`).
    is_packet: bool,
    /// What the next packet tells.
    packet: u8,
}

/// A pseudo-terminal.
pub struct Pty {
    number: usize,
    this: Weak<Pty>,
    state: Mutex<State>,
    /// The slave's attributes.
    pub(in crate::fs::terminal) attributes: Mutex<Attributes>,
    /// Notified when the master can read or write again.
    master: WaitQueue,
    /// Notified when the slave can.
    slave: WaitQueue,
}

impl Pty {
    fn has_master(&self) -> bool {
        self.state.lock().has_master
    }

    fn has_key_room(&self) -> bool {
        self.state.lock().discipline.has_room()
    }

    /// Returns the slave's device number.
    pub fn device(&self) -> u64 {
        abi::makedev(SLAVE_MAJOR as u32, self.number as u32)
    }

    /// Runs `change`, then does what it asks for and wakes both ends.
    fn change<T>(&self, cx: Context<'_>, change: impl FnOnce(&mut State) -> (T, Outcome)) -> T {
        let mut state = self.state.lock();
        let (result, outcome) = change(&mut state);
        if state.is_packet {
            // What undoes what was not told yet takes its place.
            let pairs = [(STOP, START), (START, STOP), (NO_STOP, DO_STOP), (DO_STOP, NO_STOP)];
            for (_, undone) in pairs.into_iter().filter(|(bit, _)| outcome.packet & bit != 0) {
                state.packet &= !undone;
            }
            state.packet |= outcome.packet;
        }
        drop(state);
        self.master.notify();
        self.slave.notify();
        if let Some(signal) = outcome.signal
            && self.is_own(cx.kernel)
        {
            cx.signal_from_terminal(signal);
        }
        result
    }

    fn tell(&self, cx: Context<'_>, change: impl FnOnce(&mut State) -> u8) {
        self.change(cx, |state| ((), Outcome { signal: None, packet: change(state) }));
    }

    /// Types keys; returns how many were taken.
    fn type_keys(&self, cx: Context<'_>, keys: &[u8]) -> usize {
        let mut done = 0;
        while done < keys.len() && self.has_key_room() {
            let before = done;
            self.change(cx, |state| {
                let mut sum = Outcome::default();
                while done < keys.len() && sum.signal.is_none() && state.discipline.has_room() {
                    let outcome = state.discipline.receive(keys[done]);
                    sum = Outcome { signal: outcome.signal, packet: sum.packet | outcome.packet };
                    done += 1;
                }
                ((), sum)
            });
            if done == before {
                break;
            }
        }
        done
    }

    /// Answers what either end is asked.
    fn control(&self, cx: Context<'_>, request: u64, argument: usize) -> Result<i32> {
        let get = || *self.state.lock().discipline.modes();
        let set = |modes: Modes, change: ModesChange| {
            self.change(cx, |state| {
                let mut outcome = state.discipline.set_modes(modes);
                if change == ModesChange::Flushed {
                    outcome.packet |= state.discipline.flush_input();
                }
                ((), outcome)
            });
            Ok(())
        };
        if let Some(answer) = control::modes(request, argument, get, set) {
            return answer;
        }
        if let Some(answer) = control::session(cx, self, request, argument) {
            return answer;
        }
        match request {
            // What was written is in the other end's hands at once, and there is no line to break.
            abi::TCSBRK | abi::TCSBRKP | abi::TIOCSBRK | abi::TIOCCBRK => {}
            abi::TCXONC => match argument as i32 {
                abi::TCOOFF => self.tell(cx, |state| state.discipline.stop(true)),
                abi::TCOON => self.tell(cx, |state| state.discipline.stop(false)),
                abi::TCIOFF | abi::TCION => self.tell(cx, |state| {
                    let is_stop = argument as i32 == abi::TCIOFF;
                    state.discipline.send_key(if is_stop { abi::VSTOP } else { abi::VSTART });
                    0
                }),
                _ => return Err(Errno::EINVAL),
            },
            abi::TIOCSTI => {
                let key = UserPtr::<u8>::new(argument).read()?;
                self.type_keys(cx, &[key]);
            }
            abi::TIOCEXCL | abi::TIOCNXCL => self.state.lock().is_exclusive = request == abi::TIOCEXCL,
            TIOCGEXCL => {
                let is_exclusive = self.state.lock().is_exclusive;
                UserPtr::<i32>::new(argument).write(i32::from(is_exclusive))?;
            }
            _ => return Err(Errno::ENOTTY),
        }
        Ok(0)
    }
}

impl Terminal for Pty {
    fn is_own(&self, kernel: &Kernel) -> bool {
        kernel.fs.own_pty().is_some_and(|own| core::ptr::eq(Arc::as_ptr(&own), self))
    }
    fn become_own(&self, kernel: &Kernel) {
        *kernel.fs.own_terminal.lock() = Own::Pty(self.this.clone());
    }
    fn window(&self, _kernel: &Kernel) -> abi::winsize {
        self.state.lock().window
    }
    fn set_window(&self, cx: Context<'_>, size: abi::winsize) {
        let sides = |size: &abi::winsize| [size.ws_row, size.ws_col, size.ws_xpixel, size.ws_ypixel];
        let before = core::mem::replace(&mut self.state.lock().window, size);
        if sides(&before) != sides(&size) && self.is_own(cx.kernel) {
            cx.signal_from_terminal(abi::SIGWINCH);
        }
    }
}

/// Opens a new pseudo-terminal's master.
pub fn open_master(cx: Context<'_>, node: InodeRef) -> Result<Arc<dyn File>> {
    let pty = cx.kernel.fs.ptys.add(|number| {
        let now_ns = crate::time::realtime(cx.kernel.backend).as_nanos() as i128;
        let rdev = abi::makedev(SLAVE_MAJOR as u32, number as u32);
        Arc::new_cyclic(|this| Pty {
            number,
            this: this.clone(),
            state: Mutex::new(State {
                discipline: Discipline::new(Modes::INITIAL),
                window: crate::boundary::user::zeroed(),
                has_master: true,
                slaves: 0,
                was_slave_open: false,
                is_locked: true,
                is_exclusive: false,
                is_packet: false,
                packet: 0,
            }),
            attributes: Mutex::new(devpts::slave_attributes(number, rdev, now_ns)),
            master: WaitQueue::new(),
            slave: WaitQueue::new(),
        })
    })?;
    Ok(Arc::new(Master { pty, node }))
}

/// Opens a slave; it becomes the terminal of a session that has none, unless `O_NOCTTY` says otherwise.
pub fn open_slave(cx: Context<'_>, pty: &Arc<Pty>, flags: i32) -> Result<Arc<dyn File>> {
    {
        let mut state = pty.state.lock();
        if !state.has_master || state.is_locked {
            return Err(Errno::EIO);
        }
        state.slaves += 1;
        state.was_slave_open = true;
    }
    let file = Arc::new(SlaveEnd { pty: pty.clone(), node: Arc::new(Slave { pty: pty.clone() }) });
    pty.master.notify();
    if flags & abi::O_NOCTTY == 0 && cx.kernel.fs.own_terminal(cx.kernel).is_none() {
        pty.become_own(cx.kernel);
    }
    Ok(file)
}

/// Takes bytes from the program piece by piece until `put` takes fewer than it gets.
fn write_pieces(
    cx: Context<'_>,
    buf: &mut UserBuf,
    mut put: impl FnMut(&[u8]) -> Result<usize>,
) -> Result<()> {
    let before = buf.done();
    cx.kernel.fs.scratch.with(buf.left().min(PIECE_BYTES), |piece| {
        while buf.left() > 0 {
            let len = buf.peek(piece)?;
            match put(&piece[..len]) {
                Ok(n) => buf.advance(n),
                Err(_) if buf.done() > before => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
}
