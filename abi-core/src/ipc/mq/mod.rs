//! POSIX message queues, mq_overview(7): descriptors of queues that have names.

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

mod notice;

use super::room;
use crate::abi::{self, Errno, Result, timespec};
use crate::backend::Monotonic;
use crate::boundary::user::{UserBufMut, UserPtr, UserStr, copy_in, copy_out};
use crate::few::FewMap;
use crate::fs::attributes::Attributes;
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;
use notice::{Notice, Request};

pub use notice::ThreadNotice;

/// Priorities are below this (`MQ_PRIO_MAX`).
const PRIORITIES: u32 = 32_768;
/// The most messages of a queue, as for Linux's root.
const MESSAGES_MAX: i64 = 65_536;
/// The longest message, as for Linux's root.
const MESSAGE_BYTES_MAX: i64 = 16 << 20;
/// The longest name, with its slash.
const NAME_BYTES_MAX: usize = 256;
/// The most queues.
const QUEUES_MAX: usize = 256;
/// What Linux keeps beside a message, and for each priority a queue may have (getrlimit(2)).
const MESSAGE_BOOK_BYTES: u64 = 48;
const PRIORITY_BOOK_BYTES: u64 = 48;

/// `struct mq_attr`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueAttributes {
    flags: i64,
    messages_max: i64,
    message_bytes_max: i64,
    messages: i64,
    unused: [i64; 4],
}

#[derive(Default)]
struct State {
    /// Messages by priority; no list is empty.
    messages: FewMap<u32, VecDeque<Vec<u8>>>,
    count: i64,
    bytes: usize,
    request: Option<Request>,
    /// How many calls wait for a message.
    receivers: usize,
}

/// A queue; its open descriptors and its name hold it.
pub struct Queue {
    messages_max: i64,
    message_bytes_max: i64,
    mode: u32,
    state: Mutex<State>,
    queue: WaitQueue,
}

/// The queues of the machine.
#[derive(Default)]
pub(crate) struct Queues(Mutex<Register>);

#[derive(Default)]
struct Register {
    names: FewMap<Vec<u8>, Arc<Queue>>,
    /// All there are, also without a name.
    all: Vec<Weak<Queue>>,
}

impl Register {
    /// Adds a queue if all together stay within `limit_bytes` (`RLIMIT_MSGQUEUE`).
    fn add(&mut self, name: Vec<u8>, queue: Queue, limit_bytes: u64) -> Result<Arc<Queue>> {
        self.all.retain(|queue| queue.strong_count() > 0);
        let charged: u64 = self.all.iter().filter_map(Weak::upgrade).map(|queue| queue.charge()).sum();
        if charged + queue.charge() > limit_bytes {
            return Err(Errno::EMFILE);
        }
        let queue = Arc::new(queue);
        self.all.push(Arc::downgrade(&queue));
        self.names.insert(name, queue.clone());
        Ok(queue)
    }
}

impl File for Arc<Queue> {
    fn read(&self, _cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let text = {
            let state = self.state.lock();
            let (kind, signal) = match state.request.as_ref().map(|request| &request.notice) {
                None => (0, 0),
                Some(Notice::Signal { number, .. }) => (abi::SIGEV_SIGNAL, *number),
                Some(Notice::Nothing) => (abi::SIGEV_NONE, 0),
                Some(Notice::Call(_) | Notice::Socket { .. }) => (abi::SIGEV_THREAD, 0),
            };
            let pid = if state.request.is_some() { abi::PID } else { 0 };
            let bytes = state.bytes;
            alloc::format!("QSIZE:{bytes:<10} NOTIFY:{kind:<5} SIGNO:{signal:<5} NOTIFY_PID:{pid:<6}\n")
        };
        let position = *open.position.lock();
        let rest = text.as_bytes().get(position as usize..).unwrap_or_default();
        let n = buf.put(rest)?;
        *open.position.lock() = position + n as u64;
        Ok(())
    }
    fn attributes(&self) -> Result<Attributes> {
        let mut attributes = anonymous_attributes();
        attributes.mode = abi::S_IFREG | self.mode;
        Ok(attributes)
    }
    fn label(&self) -> Vec<u8> {
        b"/dev/mqueue".to_vec()
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        let count = self.state.lock().count;
        let readable = if count > 0 { abi::POLLIN | abi::POLLRDNORM } else { 0 };
        let writable = if count < self.messages_max { abi::POLLOUT | abi::POLLWRNORM } else { 0 };
        readable | writable
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.queue)
    }
    fn as_message_queue(&self) -> Option<&Arc<Queue>> {
        Some(self)
    }
}

impl Queue {
    /// What it counts for `RLIMIT_MSGQUEUE`, full or not.
    const fn charge(&self) -> u64 {
        let (messages, bytes) = (self.messages_max as u64, self.message_bytes_max as u64);
        let priorities = if messages < PRIORITIES as u64 { messages } else { PRIORITIES as u64 };
        messages * (bytes + MESSAGE_BOOK_BYTES) + priorities * PRIORITY_BOOK_BYTES
    }

    /// Adds a message; returns the notice that is due for it.
    fn put(&self, priority: u32, text: &mut Vec<u8>) -> Result<Option<Request>> {
        let mut state = self.state.lock();
        if state.count >= self.messages_max {
            return Err(Errno::EAGAIN);
        }
        state.bytes += text.len();
        state.messages.or_default(priority).push_back(core::mem::take(text));
        state.count += 1;
        let is_due = state.count == 1 && state.receivers == 0;
        Ok(if is_due { state.request.take() } else { None })
    }

    /// Takes the oldest message of the highest priority.
    fn take(&self) -> Result<(u32, Vec<u8>)> {
        let mut state = self.state.lock();
        let priority = *state.messages.keys().last().ok_or(Errno::EAGAIN)?;
        let list = state.messages.or_default(priority);
        let text = list.pop_front().unwrap_or_default();
        if list.is_empty() {
            state.messages.remove(&priority);
        }
        state.count -= 1;
        state.bytes -= text.len();
        Ok((priority, text))
    }
}

/// Reads a name as the library takes it: after its slash there are more letters and no further slash.
pub fn read_name(name: UserStr) -> Result<Vec<u8>> {
    check_name(name.read(crate::boundary::user::PATH_MAX_BYTES)?)
}

/// Reads a name as the system call takes it, without the slash; returns it with one.
pub fn read_bare_name(name: UserStr) -> Result<Vec<u8>> {
    let bare = name.read(crate::boundary::user::PATH_MAX_BYTES)?;
    check_name([b"/", bare.as_slice()].concat())
}

fn check_name(name: Vec<u8>) -> Result<Vec<u8>> {
    match name.split_first() {
        Some((b'/', [])) => Err(Errno::ENOENT),
        Some((b'/', rest)) if rest.contains(&b'/') => Err(Errno::EACCES),
        Some((b'/', _)) if name.len() > NAME_BYTES_MAX => Err(Errno::ENAMETOOLONG),
        Some((b'/', _)) => Ok(name),
        _ => Err(Errno::EINVAL),
    }
}

/// Turns a time of the real clock into a deadline.
fn queue_deadline(time: UserPtr<timespec>) -> Result<Option<Monotonic>> {
    let Some(time) = time.non_null() else { return Ok(None) };
    Ok(Some(crate::time::wall::deadline(crate::time::duration(time.read()?)?)))
}

impl Context<'_> {
    /// mq_open(2), the name with its slash
    pub fn sys_mq_open(
        self,
        name: Vec<u8>,
        flags: i32,
        mode: u32,
        attributes: UserPtr<QueueAttributes>,
    ) -> Result<i32> {
        let wanted = match attributes.non_null() {
            Some(attributes) if flags & abi::O_CREAT != 0 => Some(attributes.read()?),
            _ => None,
        };
        let queue = {
            let mut queues = self.kernel.ipc.mq.0.lock();
            let both = abi::O_CREAT | abi::O_EXCL;
            match queues.names.get(&name) {
                Some(_) if flags & both == both => return Err(Errno::EEXIST),
                Some(queue) => queue.clone(),
                None if flags & abi::O_CREAT == 0 => return Err(Errno::ENOENT),
                None if queues.names.len() >= QUEUES_MAX => return Err(Errno::ENOSPC),
                None => {
                    let (messages_max, message_bytes_max) =
                        wanted.map_or((10, 8192), |wanted| (wanted.messages_max, wanted.message_bytes_max));
                    if !(1..=MESSAGES_MAX).contains(&messages_max)
                        || !(1..=MESSAGE_BYTES_MAX).contains(&message_bytes_max)
                    {
                        return Err(Errno::EINVAL);
                    }
                    let mode = mode & 0o777 & !self.files().umask();
                    let queue = Queue {
                        messages_max,
                        message_bytes_max,
                        mode,
                        state: Mutex::new(State::default()),
                        queue: WaitQueue::new(),
                    };
                    queues.add(name, queue, self.kernel.tasks.limits.soft(abi::RLIMIT_MSGQUEUE))?
                }
            }
        };
        let open = OpenFile::new(Arc::new(queue), flags & (abi::O_ACCMODE | abi::O_NONBLOCK));
        self.files().descriptors.lock().insert(open, OnExec::Close, 0)
    }

    /// mq_unlink(2), the name with its slash
    pub fn sys_mq_unlink(self, name: &[u8]) -> Result<i32> {
        let removed = self.kernel.ipc.mq.0.lock().names.remove(name);
        removed.map(|_| 0).ok_or(Errno::ENOENT)
    }

    fn message_queue(self, fd: i32) -> Result<(Arc<OpenFile>, Arc<Queue>)> {
        let open = self.open_file(fd)?;
        let queue = open.file.as_message_queue().ok_or(Errno::EBADF)?.clone();
        Ok((open, queue))
    }

    /// mq_timedsend(3); no time is no limit.
    pub fn sys_mq_timedsend(
        self,
        fd: i32,
        text: usize,
        len_bytes: usize,
        priority: u32,
        time: UserPtr<timespec>,
    ) -> Result<i32> {
        if priority >= PRIORITIES {
            return Err(Errno::EINVAL);
        }
        let deadline = queue_deadline(time)?;
        let (open, queue) = self.message_queue(fd)?;
        if !open.is_writable() {
            return Err(Errno::EBADF);
        }
        if i64::try_from(len_bytes).map_or(true, |len| len > queue.message_bytes_max) {
            return Err(Errno::EMSGSIZE);
        }
        let mut bytes = room(len_bytes)?;
        copy_in(&mut bytes, text)?;
        let due = match queue.put(priority, &mut bytes) {
            Err(Errno::EAGAIN) if !open.is_nonblocking() => queue
                .queue
                .wait_until(self, deadline, || queue.put(priority, &mut bytes))
                .map_err(timed_out)?,
            other => other?,
        };
        queue.queue.notify();
        if let Some(request) = due {
            self.give_queue_notice(request);
        }
        Ok(0)
    }

    /// mq_timedreceive(3); no time is no limit.
    pub fn sys_mq_timedreceive(
        self,
        fd: i32,
        out: usize,
        len_bytes: usize,
        priority: UserPtr<u32>,
        time: UserPtr<timespec>,
    ) -> Result<isize> {
        let deadline = queue_deadline(time)?;
        let (open, queue) = self.message_queue(fd)?;
        if !open.is_readable() {
            return Err(Errno::EBADF);
        }
        if i64::try_from(len_bytes).is_ok_and(|len| len < queue.message_bytes_max) {
            return Err(Errno::EMSGSIZE);
        }
        let (of_message, text) = match queue.take() {
            Err(Errno::EAGAIN) if !open.is_nonblocking() => {
                queue.state.lock().receivers += 1;
                let taken = queue.queue.wait_until(self, deadline, || queue.take());
                queue.state.lock().receivers -= 1;
                taken.map_err(timed_out)?
            }
            other => other?,
        };
        queue.queue.notify();
        copy_out(out, &text)?;
        if let Some(priority) = priority.non_null() {
            priority.write(of_message)?;
        }
        Ok(text.len() as isize)
    }

    /// mq_getattr(3) and mq_setattr(3): only `O_NONBLOCK` changes.
    pub fn sys_mq_getsetattr(
        self,
        fd: i32,
        new: UserPtr<QueueAttributes>,
        old: UserPtr<QueueAttributes>,
    ) -> Result<i32> {
        let non_blocking = i64::from(abi::O_NONBLOCK);
        let new = match new.non_null() {
            Some(new) => Some(new.read()?)
                .filter(|new| new.flags & !non_blocking == 0)
                .ok_or(Errno::EINVAL)
                .map(Some)?,
            None => None,
        };
        let (open, queue) = self.message_queue(fd)?;
        let attributes = QueueAttributes {
            flags: i64::from(open.flags() & abi::O_NONBLOCK),
            messages_max: queue.messages_max,
            message_bytes_max: queue.message_bytes_max,
            messages: queue.state.lock().count,
            unused: [0; 4],
        };
        if let Some(new) = new {
            open.set_flags(open.flags() & !abi::O_NONBLOCK | new.flags as i32);
        }
        if let Some(old) = old.non_null() {
            old.write(attributes)?;
        }
        Ok(0)
    }
}

/// What a wait that came to its end without success is for these calls.
fn timed_out(error: Errno) -> Errno {
    if error == Errno::EAGAIN { Errno::ETIMEDOUT } else { error }
}
