//! Who is told of a file by signals: `F_SETOWN`, `F_SETSIG` and `O_ASYNC` of fcntl(2).
//!
//! [`Notice`] listens to the file and asks the kernel's sending thread to look at it; that one sends `SIGIO`. `SIGURG` is
//! sent by who sends the urgent byte.

use alloc::sync::{Arc, Weak};
use core::sync::atomic::{AtomicI32, Ordering};

use super::file::OpenFile;
use crate::abi::{self, Errno, PID, Result};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::mux::Listener;
use crate::signal::{Info, LAST, Target, look_at, start_looking};
use crate::sync::Mutex;

/// fcntl(2)'s `F_SETSIG` and its like, and what `struct f_owner_ex` says.
const F_SETSIG: i32 = 10;
const F_GETSIG: i32 = 11;
const F_SETOWN_EX: i32 = 15;
const F_GETOWN_EX: i32 = 16;
const F_OWNER_TID: i32 = 0;
const F_OWNER_PID: i32 = 1;
const F_OWNER_PGRP: i32 = 2;
/// The requests of sockets that do as `F_SETOWN` and `F_GETOWN`.
const FIOSETOWN: u64 = 0x8901;
const SIOCSPGRP: u64 = 0x8902;
const FIOGETOWN: u64 = 0x8903;
const SIOCGPGRP: u64 = 0x8904;
/// `si_code` of a file's signals.
const POLL_IN: i32 = 1;
const POLL_OUT: i32 = 2;
const POLL_MSG: i32 = 3;
const POLL_ERR: i32 = 4;
const POLL_PRI: i32 = 5;
const POLL_HUP: i32 = 6;
/// What `si_band` says of a message beside ordinary events.
const POLLMSG: i16 = 0x400;
/// Which kind of owner has been set, before any was.
const NOBODY: i32 = -1;

/// Who is told of an open file, and how.
pub struct Owner {
    /// `F_OWNER_…`, or [`NOBODY`].
    kind: AtomicI32,
    /// The number of the process, the group or the thread.
    number: AtomicI32,
    /// `F_SETSIG`: 0 is `SIGIO` without details.
    signal: AtomicI32,
    /// What poll(2) said last, for those who are told.
    last: AtomicI32,
    /// What listens while `O_ASYNC` is set.
    notice: Mutex<Option<Arc<dyn Listener>>>,
}

/// Listens to a file for its owner.
struct Notice {
    open: Weak<OpenFile>,
    fd: i32,
}

impl Listener for Notice {
    fn notify(&self, _token: u64) {
        // Whoever makes a file ready may be no thread of ours.
        look_at(&self.open, self.fd);
    }
}

impl Owner {
    /// Makes what a file starts with: nobody.
    pub const fn new() -> Self {
        Self {
            kind: AtomicI32::new(NOBODY),
            number: AtomicI32::new(0),
            signal: AtomicI32::new(0),
            last: AtomicI32::new(0),
            notice: Mutex::new(None),
        }
    }

    fn set(&self, cx: Context<'_>, kind: i32, number: i32) -> Result<()> {
        let is_known = match (kind, number) {
            (F_OWNER_TID | F_OWNER_PID | F_OWNER_PGRP, 0) => {
                self.kind.store(NOBODY, Ordering::Relaxed);
                self.number.store(0, Ordering::Relaxed);
                return Ok(());
            }
            (F_OWNER_TID, tid) => cx.thread_numbered(tid).is_ok(),
            (F_OWNER_PID | F_OWNER_PGRP, number) => number == PID,
            _ => return Err(Errno::EINVAL),
        };
        if !is_known {
            return Err(Errno::ESRCH);
        }
        self.number.store(number, Ordering::Relaxed);
        self.kind.store(kind, Ordering::Relaxed);
        Ok(())
    }

    /// `F_SETOWN`: a negative number is a group's.
    fn set_signed(&self, cx: Context<'_>, number: i32) -> Result<()> {
        match number {
            i32::MIN => Err(Errno::EINVAL),
            _ if number < 0 => self.set(cx, F_OWNER_PGRP, -number),
            _ => self.set(cx, F_OWNER_PID, number),
        }
    }

    fn signed(&self) -> i32 {
        let number = self.number.load(Ordering::Relaxed);
        if self.kind.load(Ordering::Relaxed) == F_OWNER_PGRP { -number } else { number }
    }

    fn target(&self, cx: Context<'_>) -> Option<Target> {
        match self.kind.load(Ordering::Relaxed) {
            NOBODY => None,
            F_OWNER_TID => cx.thread_numbered(self.number.load(Ordering::Relaxed)).ok().map(Target::Thread),
            _ => Some(Target::Process),
        }
    }

    /// The calling process is told, unless somebody else was named.
    pub(super) fn be_process(&self, cx: Context<'_>) -> Result<()> {
        if self.kind.load(Ordering::Relaxed) == NOBODY { self.set(cx, F_OWNER_PID, PID) } else { Ok(()) }
    }

    /// Nobody is told any more, and how is forgotten.
    pub(super) fn forget(&self) {
        self.kind.store(NOBODY, Ordering::Relaxed);
        self.number.store(0, Ordering::Relaxed);
        self.signal.store(0, Ordering::Relaxed);
    }

    /// Tells the owner, if there is one, of what it asked to know about the file (`F_NOTIFY`, `F_SETLEASE`).
    pub(super) fn tell_message(&self, cx: Context<'_>, fd: i32) {
        if let Some(target) = self.target(cx) {
            self.send(cx, target, POLL_MSG, abi::POLLIN | abi::POLLRDNORM | POLLMSG, fd);
        }
    }

    fn send(&self, cx: Context<'_>, target: Target, code: i32, events: i16, fd: i32) {
        let plain = Info { code: abi::SI_KERNEL, ..Info::new(abi::SIGIO) };
        let info = match self.signal.load(Ordering::Relaxed) {
            0 => plain,
            signal => Info::of_file(signal, code, events, fd),
        };
        if cx.send_signal(info, target).is_err() {
            // Where the queue is full, the plain one says that something was lost.
            let _ = cx.send_signal(plain, Target::Process);
        }
    }

    /// Tells the owner of an urgent byte.
    pub fn tell_urgent(&self, cx: Context<'_>) {
        if let Some(target) = self.target(cx) {
            let info = Info { code: abi::SI_KERNEL, ..Info::new(abi::SIGURG) };
            // It is no signal that queues.
            let _ = cx.send_signal(info, target);
        }
    }

    /// Answers a request of fcntl(2) about the owner; `None` is another one.
    pub(super) fn control(&self, cx: Context<'_>, command: i32, argument: usize) -> Option<Result<i32>> {
        Some(match command {
            abi::F_SETOWN => self.set_signed(cx, argument as i32).map(|()| 0),
            abi::F_GETOWN => Ok(self.signed()),
            F_SETOWN_EX => {
                let given = UserPtr::<[i32; 2]>::new(argument).read();
                given.and_then(|[kind, number]| self.set(cx, kind, number)).map(|()| 0)
            }
            F_GETOWN_EX => {
                let kind = match self.kind.load(Ordering::Relaxed) {
                    NOBODY => F_OWNER_TID,
                    kind => kind,
                };
                let owner = [kind, self.number.load(Ordering::Relaxed)];
                UserPtr::<[i32; 2]>::new(argument).write(owner).map(|()| 0)
            }
            F_SETSIG if !(0..=LAST).contains(&(argument as i32)) => Err(Errno::EINVAL),
            F_SETSIG => {
                self.signal.store(argument as i32, Ordering::Relaxed);
                Ok(0)
            }
            F_GETSIG => Ok(self.signal.load(Ordering::Relaxed)),
            _ => return None,
        })
    }

    /// Answers a request of ioctl(2) about a socket's owner; `None` is another one.
    pub(super) fn ioctl(&self, cx: Context<'_>, request: u64, argument: usize) -> Option<Result<i32>> {
        let number = UserPtr::<i32>::new(argument);
        match request {
            FIOSETOWN | SIOCSPGRP => {
                Some(number.read().and_then(|number| self.set_signed(cx, number)).map(|()| 0))
            }
            FIOGETOWN | SIOCGPGRP => Some(number.write(self.signed()).map(|()| 0)),
            _ => None,
        }
    }
}

impl Default for Owner {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenFile {
    /// Tells whether it can tell of itself by signals: terminals, pipes, sockets and inotify instances can.
    pub(super) fn can_tell(&self) -> bool {
        let file = &self.file;
        file.is_terminal()
            || file.as_pipe().is_some()
            || file.as_socket().is_some()
            || file.as_inotify().is_some()
    }

    /// `O_ASYNC` is set or not: begins or ends to listen.
    pub(super) fn change_telling(self: &Arc<Self>, cx: Context<'_>, fd: i32) {
        let is_wanted = self.flags() & abi::O_ASYNC != 0 && self.can_tell();
        let mut notice = self.owner.notice.lock();
        if is_wanted && notice.is_none() {
            let listener: Arc<dyn Listener> = Arc::new(Notice { open: Arc::downgrade(self), fd });
            self.owner.last.store(i32::from(self.file.poll(cx)), Ordering::Relaxed);
            self.file.listen(cx, &listener, 0);
            *notice = Some(listener);
            start_looking();
        } else if !is_wanted && let Some(listener) = notice.take() {
            self.file.unlisten(cx, &listener, 0);
        }
    }

    /// Tells the owner if there is something to read, or room to write where there was none. Called on the kernel's
    /// sending thread after the file changed.
    pub fn tell_ready(&self, cx: Context<'_>, fd: i32) {
        const NEWS: i16 = abi::POLLIN | abi::POLLPRI | abi::POLLERR | abi::POLLHUP;
        let events = self.file.poll(cx);
        let before = self.owner.last.swap(i32::from(events), Ordering::Relaxed) as i16;
        let news = events & NEWS | events & !before & abi::POLLOUT;
        let Some(target) = self.owner.target(cx).filter(|_| news != 0 && self.flags() & abi::O_ASYNC != 0)
        else {
            return;
        };
        let code = match news {
            _ if news & abi::POLLPRI != 0 => POLL_PRI,
            _ if news & abi::POLLIN != 0 => POLL_IN,
            _ if news & abi::POLLERR != 0 => POLL_ERR,
            _ if news & abi::POLLHUP != 0 => POLL_HUP,
            _ => POLL_OUT,
        };
        self.owner.send(cx, target, code, news, fd);
    }
}
