//! System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2).

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use super::table::Table;
use super::{Permissions, room};
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserPtr, copy_in, copy_out};
use crate::kernel::Context;
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// The longest message.
pub(crate) const MESSAGE_BYTES_MAX: usize = 8192;
/// How many bytes a queue holds.
pub(crate) const QUEUE_BYTES: u64 = 16_384;
/// The most queues.
pub(crate) const QUEUES_MAX: usize = 32_000;
/// What a message takes besides its text.
const BOOK_BYTES: usize = 64;
/// All messages may take this part of the machine's memory: `msg_qbytes` can be any number.
const MEMORY_PART: usize = 8;
const MSG_STAT: i32 = 11;
const MSG_INFO: i32 = 12;
const MSG_STAT_ANY: i32 = 13;

/// `struct msqid_ds`
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueStatus {
    permissions: Permissions,
    sent: i64,
    received: i64,
    changed: i64,
    bytes: u64,
    count: u64,
    bytes_max: u64,
    sender: i32,
    receiver: i32,
    unused: [u64; 2],
}

const _: () = assert!(size_of::<QueueStatus>() == 120);

struct Message {
    kind: i64,
    text: Vec<u8>,
    /// What it is charged by; given back with it.
    _charge: Charge,
}

/// What messages take of the machine's memory, given back at its end.
struct Charge {
    all: Arc<AtomicU64>,
    bytes: u64,
}

impl Charge {
    /// Charges for a message's text and its book, as long as all do not take more than `most`.
    fn new(all: &Arc<AtomicU64>, text_bytes: usize, most: u64) -> Result<Self> {
        let bytes = (text_bytes + BOOK_BYTES) as u64;
        let add = |before: u64| before.checked_add(bytes).filter(|after| *after <= most);
        all.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|_| Errno::ENOMEM)?;
        Ok(Self { all: all.clone(), bytes })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct State {
    messages: VecDeque<Message>,
    bytes: u64,
    bytes_max: u64,
    sent: i64,
    received: i64,
    sender: i32,
    receiver: i32,
    is_removed: bool,
}

struct Queue {
    state: Mutex<State>,
    queue: WaitQueue,
}

/// All queues, as many as Linux has (`MSGMNI`).
#[derive(Default)]
pub(super) struct Queues {
    table: Mutex<Table<Queue, QUEUES_MAX>>,
    /// What all messages take.
    charged: Arc<AtomicU64>,
}

impl State {
    /// Finds the message that msgrcv(2) wants.
    fn find(&self, kind: i64, flags: i32) -> Option<usize> {
        let mut messages = self.messages.iter();
        match kind {
            _ if flags & abi::MSG_COPY != 0 => Some(kind as usize).filter(|&at| at < self.messages.len()),
            0 => (!self.messages.is_empty()).then_some(0),
            1.. if flags & abi::MSG_EXCEPT != 0 => messages.position(|message| message.kind != kind),
            1.. => messages.position(|message| message.kind == kind),
            _ => {
                let most = kind.checked_neg().unwrap_or(i64::MAX);
                let lowest = messages.map(|message| message.kind).filter(|&kind| kind <= most).min()?;
                self.messages.iter().position(|message| message.kind == lowest)
            }
        }
    }
}

impl Context<'_> {
    fn queue_numbered(self, id: i32) -> Result<Arc<Queue>> {
        Ok(self.kernel.ipc.msg.table.lock().find(id)?.object.clone())
    }

    /// msgget(2)
    pub fn sys_msgget(self, key: i32, flags: i32) -> Result<i32> {
        let make = |_| {
            let state = State { bytes_max: QUEUE_BYTES, ..State::default() };
            Ok(Queue { state: Mutex::new(state), queue: WaitQueue::new() })
        };
        self.kernel.ipc.msg.table.lock().get(key, flags, self.now_seconds(), |_| Ok(()), make)
    }

    /// msgsnd(2)
    pub fn sys_msgsnd(self, id: i32, message: usize, len_bytes: usize, flags: i32) -> Result<i32> {
        if len_bytes > MESSAGE_BYTES_MAX || id < 0 {
            return Err(Errno::EINVAL);
        }
        let kind = UserPtr::<i64>::new(message).read()?;
        if kind < 1 {
            return Err(Errno::EINVAL);
        }
        let mut text = room(len_bytes)?;
        copy_in(&mut text, message.wrapping_add(8))?;
        let queue = self.queue_numbered(id)?;
        let most = (self.kernel.backend.layout().total_bytes / MEMORY_PART) as u64;
        let charge = Charge::new(&self.kernel.ipc.msg.charged, len_bytes, most)?;
        let mut message = Some(Message { kind, text, _charge: charge });
        queue.queue.wait_until(self, None, || {
            let mut state = queue.state.lock();
            if state.is_removed {
                return Err(Errno::EIDRM);
            }
            let has_room = len_bytes as u64 + state.bytes <= state.bytes_max
                && (state.messages.len() as u64) < state.bytes_max;
            if !has_room {
                return if flags & abi::IPC_NOWAIT != 0 {
                    Ok(Err(Errno::EAGAIN))
                } else {
                    Err(Errno::EAGAIN)
                };
            }
            state.messages.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
            state.messages.extend(message.take());
            state.bytes += len_bytes as u64;
            (state.sent, state.sender) = (self.now_seconds(), abi::PID);
            Ok(Ok(()))
        })??;
        queue.queue.notify();
        Ok(0)
    }

    /// msgrcv(2)
    pub fn sys_msgrcv(self, id: i32, out: usize, len_bytes: usize, kind: i64, flags: i32) -> Result<isize> {
        if id < 0 || isize::try_from(len_bytes).is_err() {
            return Err(Errno::EINVAL);
        }
        let copies = flags & abi::MSG_COPY != 0;
        if copies && (flags & abi::MSG_EXCEPT != 0 || flags & abi::IPC_NOWAIT == 0 || kind < 0) {
            return Err(Errno::EINVAL);
        }
        let queue = self.queue_numbered(id)?;
        let (kind, text) = queue.queue.wait_until(self, None, || {
            let mut state = queue.state.lock();
            if state.is_removed {
                return Err(Errno::EIDRM);
            }
            let Some(at) = state.find(kind, flags) else {
                return if flags & abi::IPC_NOWAIT != 0 { Err(Errno::ENOMSG) } else { Err(Errno::EAGAIN) };
            };
            if state.messages[at].text.len() > len_bytes && flags & abi::MSG_NOERROR == 0 {
                return Err(Errno::E2BIG);
            }
            if copies {
                let message = &state.messages[at];
                let mut text = room(message.text.len())?;
                text.copy_from_slice(&message.text);
                return Ok((message.kind, text));
            }
            let message = state.messages.remove(at).ok_or(Errno::ENOMSG)?;
            state.bytes -= message.text.len() as u64;
            (state.received, state.receiver) = (self.now_seconds(), abi::PID);
            Ok((message.kind, message.text))
        })?;
        if !copies {
            queue.queue.notify();
        }
        let len = text.len().min(len_bytes);
        UserPtr::<i64>::new(out).write(kind)?;
        copy_out(out.wrapping_add(8), &text[..len])?;
        Ok(len as isize)
    }

    /// msgctl(2)
    pub fn sys_msgctl(self, id: i32, command: i32, argument: usize) -> Result<i32> {
        let queues = &self.kernel.ipc.msg.table;
        match command {
            abi::IPC_INFO | MSG_INFO => {
                let table = queues.lock();
                let highest = table.highest();
                let (mut pool, mut map, mut all) = (512_000, 16_384, 16_384);
                if command == MSG_INFO {
                    pool = table.all().count() as i32;
                    map = table.all().map(|entry| entry.object.state.lock().messages.len() as i32).sum();
                    all = table.all().map(|entry| entry.object.state.lock().bytes as i32).sum();
                }
                drop(table);
                let (longest, room) = (MESSAGE_BYTES_MAX as i32, QUEUE_BYTES as i32);
                let values = [pool, map, longest, room, QUEUES_MAX as i32, 16, all, 0xffff];
                UserPtr::<i32>::new(argument).write_many(&values)?;
                Ok(highest)
            }
            abi::IPC_STAT | MSG_STAT | MSG_STAT_ANY => {
                let mut table = queues.lock();
                let (id, entry) = table.find_either(id, command != abi::IPC_STAT)?;
                let state = entry.object.state.lock();
                let status = QueueStatus {
                    permissions: entry.permissions,
                    sent: state.sent,
                    received: state.received,
                    changed: entry.changed,
                    bytes: state.bytes,
                    count: state.messages.len() as u64,
                    bytes_max: state.bytes_max,
                    sender: state.sender,
                    receiver: state.receiver,
                    unused: [0; 2],
                };
                drop(state);
                drop(table);
                UserPtr::new(argument).write(status)?;
                Ok(if command == abi::IPC_STAT { 0 } else { id })
            }
            abi::IPC_SET => {
                queues.lock().find(id)?;
                let new = UserPtr::<QueueStatus>::new(argument).read()?;
                let mut table = queues.lock();
                let entry = table.find(id)?;
                entry.set(&new.permissions, self.now_seconds());
                let queue = entry.object.clone();
                drop(table);
                queue.state.lock().bytes_max = new.bytes_max;
                queue.queue.notify();
                Ok(0)
            }
            abi::IPC_RMID => {
                let entry = queues.lock().remove(id)?;
                entry.object.state.lock().is_removed = true;
                entry.object.queue.notify();
                Ok(0)
            }
            _ => Err(Errno::EINVAL),
        }
    }
}
