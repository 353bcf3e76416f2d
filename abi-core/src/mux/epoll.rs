//! epoll(7).
//!
//! Every watched file has a listener of the instance in its wait queue. A notification puts the file on the ready
//! list; waiting looks at the files on that list only, so its cost does not grow with the number watched.

use core::fmt::Write;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::{Listener, WaitQueue};
use crate::abi::{self, Errno, Result};
use crate::backend::Monotonic;
use crate::boundary::user::{UserPtr, copy_out};
use crate::fs::attributes::{Attributes, device_word};
use crate::fs::file::{File, OpenFile, anonymous_attributes};
use crate::fs::table::OnExec;
use crate::kernel::Context;
use crate::sync::Mutex;

/// What is told of without being asked for, unless an interest is switched off.
const ALWAYS: u32 = (abi::EPOLLERR | abi::EPOLLHUP) as u32;
/// What `EPOLLEXCLUSIVE` may be asked for with.
const WITH_EXCLUSIVE: u32 = (abi::EPOLLIN
    | abi::EPOLLOUT
    | abi::EPOLLERR
    | abi::EPOLLHUP
    | abi::EPOLLWAKEUP
    | abi::EPOLLET
    | abi::EPOLLEXCLUSIVE) as u32;
/// Bits that say how, not what.
const MODE_BITS: u32 = (abi::EPOLLET | abi::EPOLLONESHOT | abi::EPOLLWAKEUP | abi::EPOLLEXCLUSIVE) as u32;
/// The most deeply nested instances.
const MAX_DEPTH: usize = 5;

/// A file that is watched.
struct Interest {
    fd: i32,
    open: Weak<OpenFile>,
    events: u32,
    data: u64,
    /// Whether it is on the ready list.
    is_listed: bool,
}

#[derive(Default)]
struct State {
    interests: BTreeMap<u64, Interest>,
    ready: VecDeque<u64>,
    next_token: u64,
}

impl State {
    fn find(&self, fd: i32, open: &Arc<OpenFile>) -> Option<u64> {
        let is_it = |one: &Interest| one.fd == fd && core::ptr::eq(one.open.as_ptr(), &raw const **open);
        self.interests.iter().find(|(_, one)| is_it(one)).map(|(token, _)| *token)
    }
    fn list(&mut self, token: u64) {
        if let Some(interest) = self.interests.get_mut(&token)
            && !interest.is_listed
        {
            interest.is_listed = true;
            self.ready.push_back(token);
        }
    }
}

/// What notifications reach.
struct Core {
    state: Mutex<State>,
    queue: WaitQueue,
}

impl Listener for Core {
    fn notify(&self, token: u64) {
        self.state.lock().list(token);
        self.queue.notify();
    }
}

/// An epoll instance.
pub struct Epoll {
    /// Held while someone looks through the ready list or changes what is wanted: what is off the list to be looked at
    /// must neither be missed by another, who would sleep, nor be told twice. Above the files' own locks.
    looking: Mutex<()>,
    core: Arc<Core>,
    listener: Arc<dyn Listener>,
}

/// An event for the guest: `struct epoll_event`, which is packed.
type PackedEvent = [u8; 12];

fn pack(events: u32, data: u64) -> PackedEvent {
    let mut packed = [0; 12];
    packed[..4].copy_from_slice(&events.to_ne_bytes());
    packed[4..].copy_from_slice(&data.to_ne_bytes());
    packed
}

impl Epoll {
    fn new() -> Self {
        let core = Arc::new(Core { state: Mutex::new(State::default()), queue: WaitQueue::new() });
        Self { looking: Mutex::new(()), listener: core.clone(), core }
    }

    /// Says what a file is ready for, of what is wanted.
    fn ready_events(cx: Context<'_>, open: &OpenFile, events: u32) -> u32 {
        if events & !MODE_BITS == 0 {
            return 0;
        }
        let found = open.file.poll(cx) as u16 as u32;
        found & events & !MODE_BITS
    }

    fn add(&self, cx: Context<'_>, fd: i32, open: &Arc<OpenFile>, events: u32, data: u64) -> Result<()> {
        if open.file.wait_queue(cx).is_none() {
            return Err(Errno::EPERM);
        }
        let token = {
            let mut state = self.core.state.lock();
            if state.find(fd, open).is_some() {
                return Err(Errno::EEXIST);
            }
            let token = state.next_token;
            state.next_token += 1;
            let interest = Interest { fd, open: Arc::downgrade(open), events, data, is_listed: false };
            state.interests.insert(token, interest);
            token
        };
        open.file.listen(cx, &self.listener, token);
        self.core.notify(token);
        Ok(())
    }

    fn modify(&self, fd: i32, open: &Arc<OpenFile>, events: u32, data: u64) -> Result<()> {
        const EXCLUSIVE: u32 = abi::EPOLLEXCLUSIVE as u32;
        if events & EXCLUSIVE != 0 {
            return Err(Errno::EINVAL);
        }
        let _looking = self.looking.lock();
        let token = {
            let mut state = self.core.state.lock();
            let token = state.find(fd, open).ok_or(Errno::ENOENT)?;
            if let Some(interest) = state.interests.get_mut(&token) {
                if interest.events & EXCLUSIVE != 0 {
                    return Err(Errno::EINVAL);
                }
                (interest.events, interest.data) = (events, data);
            }
            token
        };
        self.core.notify(token);
        Ok(())
    }

    fn remove(&self, cx: Context<'_>, fd: i32, open: &Arc<OpenFile>) -> Result<()> {
        let _looking = self.looking.lock();
        let token = {
            let mut state = self.core.state.lock();
            let token = state.find(fd, open).ok_or(Errno::ENOENT)?;
            state.interests.remove(&token);
            token
        };
        open.file.unlisten(cx, &self.listener, token);
        Ok(())
    }

    /// Takes ready events, at most `max`; `EAGAIN` when there are none.
    fn collect(&self, cx: Context<'_>, max: usize) -> Result<Vec<PackedEvent>> {
        let mut found = Vec::new();
        let mut again = Vec::new();
        let _looking = self.looking.lock();
        self.list_timers(cx);
        let candidates = self.core.state.lock().ready.len();
        for _ in 0..candidates {
            if found.len() == max {
                break;
            }
            let Some((token, open, events, data)) = self.next_candidate() else { break };
            let Some(open) = open else { continue };
            let ready = Self::ready_events(cx, &open, events);
            if ready == 0 {
                continue;
            }
            found.push(pack(ready, data));
            if events & abi::EPOLLONESHOT as u32 != 0 {
                if let Some(interest) = self.core.state.lock().interests.get_mut(&token) {
                    interest.events &= MODE_BITS;
                }
            } else if events & abi::EPOLLET as u32 == 0 {
                again.push(token);
            }
        }
        let mut state = self.core.state.lock();
        for token in again {
            state.list(token);
        }
        if found.is_empty() { Err(Errno::EAGAIN) } else { Ok(found) }
    }

    /// Takes the next file off the ready list. A file that was closed is forgotten.
    fn next_candidate(&self) -> Option<(u64, Option<Arc<OpenFile>>, u32, u64)> {
        let mut state = self.core.state.lock();
        let token = state.ready.pop_front()?;
        let Some(interest) = state.interests.get_mut(&token) else { return Some((token, None, 0, 0)) };
        interest.is_listed = false;
        let (open, events, data) = (interest.open.upgrade(), interest.events, interest.data);
        if open.is_none() {
            state.interests.remove(&token);
        }
        Some((token, open, events, data))
    }

    /// Puts timers whose time has come on the ready list: nothing else does.
    fn list_timers(&self, cx: Context<'_>) {
        let now = cx.kernel.backend.monotonic();
        let mut state = self.core.state.lock();
        let due: Vec<u64> = state
            .interests
            .iter()
            .filter(|(_, one)| one.timer_deadline().is_some_and(|deadline| deadline <= now))
            .map(|(token, _)| *token)
            .collect();
        for token in due {
            state.list(token);
        }
    }

    fn depth(&self) -> usize {
        let inner: Vec<Arc<OpenFile>> =
            self.core.state.lock().interests.values().filter_map(|one| one.open.upgrade()).collect();
        1 + inner.iter().filter_map(|open| open.file.as_epoll()).map(Self::depth).max().unwrap_or(0)
    }

    fn watches(&self, other: &Epoll) -> bool {
        if core::ptr::eq(self, other) {
            return true;
        }
        let inner: Vec<Arc<OpenFile>> =
            self.core.state.lock().interests.values().filter_map(|one| one.open.upgrade()).collect();
        inner.iter().filter_map(|open| open.file.as_epoll()).any(|epoll| epoll.watches(other))
    }
}

impl Interest {
    /// Returns when a timer fires, unless it was reported (edge-triggered) already or is switched off.
    fn timer_deadline(&self) -> Option<Monotonic> {
        if self.events & !MODE_BITS == 0 || self.events & abi::EPOLLET as u32 != 0 && self.is_listed {
            return None;
        }
        self.open.upgrade()?.file.deadline()
    }
}

impl File for Epoll {
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:[eventpoll]".to_vec()
    }
    fn poll(&self, cx: Context<'_>) -> i16 {
        let _looking = self.looking.lock();
        self.list_timers(cx);
        let listed: Vec<(Arc<OpenFile>, u32)> = {
            let state = self.core.state.lock();
            let of = |token| {
                let interest = state.interests.get(token)?;
                Some((interest.open.upgrade()?, interest.events))
            };
            state.ready.iter().filter_map(of).collect()
        };
        let is_ready = listed.iter().any(|(open, events)| Self::ready_events(cx, open, *events) != 0);
        if is_ready { abi::POLLIN | abi::POLLRDNORM } else { 0 }
    }
    fn describe(&self, _cx: Context<'_>, out: &mut String) {
        let mut watched: Vec<(i32, u32, u64, Arc<OpenFile>)> = Vec::new();
        for one in self.core.state.lock().interests.values() {
            if let Some(open) = one.open.upgrade() {
                let at = watched.partition_point(|(fd, ..)| *fd < one.fd);
                watched.insert(at, (one.fd, one.events, one.data, open));
            }
        }
        for (fd, events, data, open) in watched {
            let attributes = open.file.attributes().unwrap_or_default();
            let (position, ino) = (*open.position.lock(), attributes.ino);
            let device = device_word(attributes.dev);
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "tfd: {fd:8} events: {events:8x} data: {data:16x}  pos:{position} ino:{ino:x} sdev:{device:x}"
            );
        }
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.core.queue)
    }
    fn deadline(&self) -> Option<Monotonic> {
        self.core.state.lock().interests.values().filter_map(Interest::timer_deadline).min()
    }
    fn as_epoll(&self) -> Option<&Epoll> {
        Some(self)
    }
}

impl Context<'_> {
    /// epoll_create1(2)
    pub fn sys_epoll_create1(self, flags: i32) -> Result<i32> {
        if flags & !abi::EPOLL_CLOEXEC != 0 {
            return Err(Errno::EINVAL);
        }
        let open = OpenFile::new(Arc::new(Epoll::new()), abi::O_RDWR);
        self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0)
    }

    /// epoll_ctl(2)
    pub fn sys_epoll_ctl(self, epfd: i32, operation: i32, fd: i32, event: UserPtr<u8>) -> Result<i32> {
        let (mut events, mut data) = (0, 0);
        if operation != abi::EPOLL_CTL_DEL {
            events = UserPtr::<u32>::new(event.address()).read()? | ALWAYS;
            data = UserPtr::<u64>::new(event.address().wrapping_add(4)).read()?;
        }
        let holder = self.open_file(epfd)?;
        let open = self.open_file(fd)?;
        let epoll = holder.file.as_epoll().ok_or(Errno::EINVAL)?;
        if Arc::ptr_eq(&holder, &open) {
            return Err(Errno::EINVAL);
        }
        match operation {
            abi::EPOLL_CTL_ADD => {
                let is_exclusive = events & abi::EPOLLEXCLUSIVE as u32 != 0;
                if is_exclusive && (events & !WITH_EXCLUSIVE != 0 || open.file.as_epoll().is_some()) {
                    return Err(Errno::EINVAL);
                }
                if let Some(inner) = open.file.as_epoll()
                    && (inner.watches(epoll) || inner.depth() >= MAX_DEPTH)
                {
                    return Err(Errno::ELOOP);
                }
                epoll.add(self, fd, &open, events, data)?;
            }
            abi::EPOLL_CTL_MOD => epoll.modify(fd, &open, events, data)?,
            abi::EPOLL_CTL_DEL => epoll.remove(self, fd, &open)?,
            _ => return Err(Errno::EINVAL),
        }
        Ok(0)
    }

    /// epoll_wait(2) until a deadline
    pub fn epoll_wait_until(
        self,
        epfd: i32,
        out: usize,
        max: i32,
        deadline: Option<Monotonic>,
    ) -> Result<i32> {
        let max = usize::try_from(max).ok().filter(|max| (1..=i32::MAX as usize / 12).contains(max));
        let max = max.ok_or(Errno::EINVAL)?;
        let holder = self.open_file(epfd)?;
        let epoll = holder.file.as_epoll().ok_or(Errno::EINVAL)?;
        let is_past = deadline.is_some_and(|deadline| deadline <= self.kernel.backend.monotonic());
        let found = loop {
            if is_past {
                match epoll.collect(self, max) {
                    Err(Errno::EAGAIN) => return Ok(0),
                    other => break other?,
                }
            }
            let timers = epoll.deadline();
            let until = [deadline, timers].into_iter().flatten().min();
            match epoll.core.queue.wait_until(self, until, || epoll.collect(self, max)) {
                Err(Errno::EAGAIN) if until == deadline => return Ok(0),
                Err(Errno::EAGAIN) => {}
                other => break other?,
            }
        };
        for (i, event) in found.iter().enumerate() {
            copy_out(out.wrapping_add(12 * i), event)?;
        }
        Ok(found.len() as i32)
    }

    /// epoll_wait(2)
    pub fn sys_epoll_wait(self, epfd: i32, out: usize, max: i32, timeout_ms: i32) -> Result<i32> {
        let timeout = u64::try_from(timeout_ms).ok().map(core::time::Duration::from_millis);
        self.epoll_wait_until(epfd, out, max, self.deadline_after(timeout))
    }

    /// epoll_pwait2(2), without the signal mask
    pub fn sys_epoll_pwait2(
        self,
        epfd: i32,
        out: usize,
        max: i32,
        timeout: UserPtr<abi::timespec>,
    ) -> Result<i32> {
        let timeout = match timeout.non_null() {
            Some(timeout) => Some(super::timer::to_duration(timeout.read()?)?),
            None => None,
        };
        self.epoll_wait_until(epfd, out, max, self.deadline_after(timeout))
    }
}
