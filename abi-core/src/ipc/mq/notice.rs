//! mq_notify(3): being told that a message came.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Queues;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in};
use crate::fs::file::OpenFile;
use crate::kernel::Context;
use crate::net::socket::Socket;
use crate::signal::{Info, Target, ThreadCall};

/// How many bytes a socket is sent for a notice (`NOTIFY_COOKIE_LEN`): what the program said, and why in the last one.
const COOKIE_BYTES: usize = 32;
/// `NOTIFY_WOKENUP`: a message came.
const WOKEN_UP: u8 = 1;
/// `NOTIFY_REMOVED`: none will be told.
const REMOVED: u8 = 2;

/// What `SIGEV_THREAD` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThreadNotice {
    /// A function is called in a new thread: mq_notify(3).
    Call,
    /// The program's libc has a netlink socket to hear it from: mq_notify(2).
    Socket,
}

/// What was asked for.
pub(super) enum Notice {
    Nothing,
    Signal { number: i32, value: u64 },
    Call(ThreadCall),
    Socket { socket: Arc<Socket>, cookie: [u8; COOKIE_BYTES] },
}

/// Who asked for a notice.
pub(super) struct Request {
    /// The program's number.
    owner: u32,
    pub(super) notice: Notice,
}

impl Request {
    /// Tells who hears of notices by a socket that this one will not come.
    fn remove(self) {
        if let Notice::Socket { socket, cookie } = self.notice {
            tell_socket(&socket, cookie, REMOVED);
        }
    }
}

fn tell_socket(socket: &Socket, mut cookie: [u8; COOKIE_BYTES], why: u8) {
    cookie[COOKIE_BYTES - 1] = why;
    socket.notify_netlink(&cookie);
}

impl Queues {
    fn retain_requests(&self, mut is_kept: impl FnMut(&mut Request) -> bool) {
        let queues: Vec<_> = self.0.lock().all.iter().filter_map(Weak::upgrade).collect();
        for queue in queues {
            let removed = queue.state.lock().request.take_if(|request| !is_kept(request));
            if let Some(request) = removed {
                request.remove();
            }
        }
    }

    /// The program `new` took the place of all others: signals that were asked for come, nothing else can.
    pub(crate) fn program_replaced(&self, new: u32) {
        self.retain_requests(|request| {
            request.owner = new;
            matches!(request.notice, Notice::Nothing | Notice::Signal { .. })
        });
    }

    /// A program ended, and with it what it asked for.
    pub(crate) fn program_ended(&self, program: u32) {
        self.retain_requests(|request| request.owner != program);
    }
}

impl Context<'_> {
    /// Loads the cookie at `value`, and finds the socket of a descriptor.
    fn notice_by_socket(self, fd: i32, value: u64) -> Result<Notice> {
        let mut cookie = [0; COOKIE_BYTES];
        copy_in(&mut cookie, value as usize)?;
        let open = self.open_file(fd)?;
        let socket = open.file.as_socket().ok_or(Errno::ENOTSOCK)?;
        if !socket.is_netlink() {
            return Err(Errno::EINVAL);
        }
        Ok(Notice::Socket { socket: socket.clone(), cookie })
    }

    /// mq_notify(3): no event gives up the notice.
    pub fn sys_mq_notify(self, fd: i32, event: UserPtr<u64>, thread: ThreadNotice) -> Result<i32> {
        let notice = match event.non_null() {
            None => None,
            Some(event) => {
                let value = event.read()?;
                let [number, kind] = UserPtr::<[i32; 2]>::new(event.add(1).address()).read()?;
                Some(match kind {
                    abi::SIGEV_NONE => Notice::Nothing,
                    abi::SIGEV_SIGNAL if (1..=crate::signal::LAST).contains(&number) => {
                        Notice::Signal { number, value }
                    }
                    abi::SIGEV_THREAD if thread == ThreadNotice::Socket => {
                        self.notice_by_socket(number, value)?
                    }
                    abi::SIGEV_THREAD => Notice::Call(self.thread_call(event)?),
                    _ => return Err(Errno::EINVAL),
                })
            }
        };
        let (_, queue) = self.message_queue(fd)?;
        let new = notice.map(|notice| Request { owner: self.thread.program.number, notice });
        let old = {
            let mut state = queue.state.lock();
            if new.is_some() && state.request.is_some() {
                return Err(Errno::EBUSY);
            }
            core::mem::replace(&mut state.request, new)
        };
        if let Some(request) = old {
            request.remove();
        }
        Ok(0)
    }

    /// The program gave up descriptors of these files: with the first of a queue's goes what it asked for (mq_close(3)).
    pub(crate) fn queues_closed(self, closed: &[Arc<OpenFile>]) {
        let is_own = |request: &mut Request| request.owner == self.thread.program.number;
        for queue in closed.iter().filter_map(|open| open.file.as_message_queue()) {
            let removed = queue.state.lock().request.take_if(is_own);
            if let Some(request) = removed {
                request.remove();
            }
        }
    }

    /// Tells of a message what was asked for.
    pub(super) fn give_queue_notice(self, request: Request) {
        match request.notice {
            Notice::Nothing => {}
            Notice::Signal { number, value } => {
                let info = Info { code: abi::SI_MESGQ, value, ..Info::new(number) };
                let _ = self.send_signal(info, Target::Process);
            }
            Notice::Call(call) => {
                // Without memory for the thread the notice is lost, as on Linux.
                let _ = self.call_in_new_thread(request.owner, call);
            }
            Notice::Socket { socket, cookie } => tell_socket(&socket, cookie, WOKEN_UP),
        }
    }
}
