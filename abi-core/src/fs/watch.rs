//! inotify(7): telling programs what happens to files.
//!
//! Verbs report what they did (`tell` and its like); while nothing is watched that is one load. A watch holds its inode,
//! so that its identity stays its own.

use core::fmt::Write;

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use super::attributes::{Attributes, device_word};
use super::dnotify::Notices;
use super::file::{File, OpenFile, anonymous_attributes};
use super::files::Files;
use super::inode::{Identity, InodeRef};
use super::mount::FileSystem;
use super::table::OnExec;
use super::walk::Follow;
use crate::abi::{self, Errno, Result};
use crate::boundary::user::{UserBufMut, UserPtr, UserStr};
use crate::kernel::{Context, Kernel};
use crate::mux::WaitQueue;
use crate::sync::Mutex;

/// The most events one instance keeps (`/proc/sys/fs/inotify/max_queued_events`).
const MAX_EVENTS: usize = 16384;
/// Size of an event without a name.
const HEADER_BYTES: usize = 16;
/// What inotify_add_watch(2) takes beside events: flags, and events that are told whether asked for or not.
const FLAGS: u32 = abi::IN_DONT_FOLLOW
    | abi::IN_EXCL_UNLINK
    | abi::IN_IGNORED
    | abi::IN_ISDIR
    | abi::IN_MASK_ADD
    | abi::IN_MASK_CREATE
    | abi::IN_ONESHOT
    | abi::IN_ONLYDIR
    | abi::IN_Q_OVERFLOW
    | abi::IN_UNMOUNT;

/// What of a mask `/proc/self/fdinfo` shows.
const SHOWN: u32 = abi::IN_ALL_EVENTS | abi::IN_EXCL_UNLINK | abi::IN_ONESHOT;

/// One event.
#[derive(PartialEq, Eq)]
struct Event {
    watch: i32,
    mask: u32,
    cookie: u32,
    name: Vec<u8>,
}

impl Event {
    fn name_bytes(&self) -> usize {
        if self.name.is_empty() { 0 } else { (self.name.len() + 1).next_multiple_of(HEADER_BYTES) }
    }
    fn len_bytes(&self) -> usize {
        HEADER_BYTES + self.name_bytes()
    }
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.len_bytes());
        bytes.extend_from_slice(&self.watch.to_ne_bytes());
        for word in [self.mask, self.cookie, self.name_bytes() as u32] {
            bytes.extend_from_slice(&word.to_ne_bytes());
        }
        bytes.extend_from_slice(&self.name);
        bytes.resize(self.len_bytes(), 0);
        bytes
    }
}

/// One watched inode.
struct Watch {
    number: i32,
    inode: InodeRef,
    file_system: Weak<FileSystem>,
    mask: u32,
}

#[derive(Default)]
struct State {
    watches: Vec<Watch>,
    last_number: i32,
    events: VecDeque<Event>,
}

impl State {
    fn push(&mut self, event: Event) {
        match self.events.back() {
            Some(last) if *last == event => {}
            _ if self.events.len() < MAX_EVENTS => self.events.push_back(event),
            Some(last) if last.mask == abi::IN_Q_OVERFLOW => {}
            _ => {
                let mask = abi::IN_Q_OVERFLOW;
                self.events.push_back(Event { watch: -1, mask, cookie: 0, name: Vec::new() });
            }
        }
    }

    fn remove(&mut self, number: i32) -> Option<Watch> {
        let at = self.watches.iter().position(|watch| watch.number == number)?;
        self.push(Event { watch: number, mask: abi::IN_IGNORED, cookie: 0, name: Vec::new() });
        Some(self.watches.remove(at))
    }
}

/// An inotify instance.
pub struct Inotify {
    state: Mutex<State>,
    queue: WaitQueue,
}

/// Every inotify instance of the machine.
pub struct Watches {
    instances: Mutex<Vec<Weak<Inotify>>>,
    /// How many instances there are, so that verbs need not look when there are none.
    count: AtomicU32,
    last_cookie: AtomicU32,
    /// Directories of which signals tell.
    pub(super) notices: Notices,
}

/// What happened to an inode.
#[derive(Clone, Copy)]
struct Happening<'a> {
    inode: Identity,
    mask: u32,
    is_directory: bool,
    /// Whether it happened to an open file whose name is gone (`IN_EXCL_UNLINK`).
    is_unlinked: bool,
    cookie: u32,
    name: &'a [u8],
}

impl Watches {
    /// Makes an empty list.
    pub const fn new() -> Self {
        Self {
            instances: Mutex::new(Vec::new()),
            count: AtomicU32::new(0),
            last_cookie: AtomicU32::new(0),
            notices: Notices::new(),
        }
    }

    /// Tells whether anything is watched.
    pub fn is_active(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Returns a number that joins the two events of a rename.
    pub fn next_cookie(&self) -> u32 {
        self.last_cookie.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn live(&self) -> Vec<Arc<Inotify>> {
        let mut instances = self.instances.lock();
        instances.retain(|instance| instance.strong_count() > 0);
        self.count.store((instances.len() + self.notices.count()) as u32, Ordering::Relaxed);
        instances.iter().filter_map(Weak::upgrade).collect()
    }

    /// A file system is mounted nowhere any more: what was watched in it is not.
    pub(super) fn end_watches_of(&self, file_system: &Arc<FileSystem>) {
        if !self.is_active() {
            return;
        }
        for instance in self.live() {
            let mut state = instance.state.lock();
            let is_there =
                |watch: &&Watch| core::ptr::eq(watch.file_system.as_ptr(), Arc::as_ptr(file_system));
            let ended = |watch: &Watch| (watch.number, watch.inode.is_directory());
            let numbers: Vec<_> = state.watches.iter().filter(is_there).map(ended).collect();
            let gone: Vec<Watch> = numbers
                .iter()
                .filter_map(|&(number, is_directory)| {
                    let mask = abi::IN_UNMOUNT | if is_directory { abi::IN_ISDIR } else { 0 };
                    state.push(Event { watch: number, mask, cookie: 0, name: Vec::new() });
                    state.remove(number)
                })
                .collect();
            drop(state);
            if !gone.is_empty() {
                instance.queue.notify();
            }
        }
    }

    /// Looks how much is watched.
    pub(super) fn note_count(&self) {
        let _ = self.live();
    }

    fn emit(&self, happening: Happening<'_>) {
        for instance in self.live() {
            instance.take_note(happening);
        }
        if !happening.name.is_empty() || happening.is_directory {
            self.notices.tell(happening.inode, happening.mask);
        }
    }
}

impl Default for Watches {
    fn default() -> Self {
        Self::new()
    }
}

impl Inotify {
    fn watches(&self, inode: Identity) -> bool {
        self.state.lock().watches.iter().any(|watch| watch.inode.identity() == inode)
    }

    fn take_note(&self, happening: Happening<'_>) {
        let mut state = self.state.lock();
        let seen = state.watches.iter().find(|watch| {
            watch.inode.identity() == happening.inode
                && watch.mask & happening.mask & abi::IN_ALL_EVENTS != 0
                && !(happening.is_unlinked && watch.mask & abi::IN_EXCL_UNLINK != 0)
        });
        let is_gone = happening.mask == abi::IN_DELETE_SELF;
        let Some((number, is_once)) = seen.map(|watch| (watch.number, watch.mask & abi::IN_ONESHOT != 0))
        else {
            // A watch ends with its file, whatever it asked for.
            let number = state.watches.iter().find(|watch| watch.inode.identity() == happening.inode);
            let removed = number.map(|watch| watch.number).filter(|_| is_gone).and_then(|n| state.remove(n));
            drop(state);
            if removed.is_some() {
                self.queue.notify();
            }
            return;
        };
        let is_dir = if happening.is_directory && !is_gone { abi::IN_ISDIR } else { 0 };
        state.push(Event {
            watch: number,
            mask: happening.mask | is_dir,
            cookie: happening.cookie,
            name: happening.name.into(),
        });
        let removed = if is_gone || is_once { state.remove(number) } else { None };
        drop(state);
        drop(removed);
        self.queue.notify();
    }

    /// Takes the events that fit in `room` bytes; `EINVAL` if the first does not.
    fn take(&self, room: usize) -> Result<Vec<u8>> {
        let mut state = self.state.lock();
        let mut out = Vec::new();
        while let Some(event) = state.events.front() {
            if out.len() + event.len_bytes() > room {
                break;
            }
            out.extend(event.bytes());
            state.events.pop_front();
        }
        match (out.is_empty(), state.events.is_empty()) {
            (true, true) => Err(Errno::EAGAIN),
            (true, false) => Err(Errno::EINVAL),
            _ => Ok(out),
        }
    }
}

impl File for Inotify {
    fn read(&self, cx: Context<'_>, open: &OpenFile, buf: &mut UserBufMut) -> Result<()> {
        let room = buf.left();
        let events = if open.is_nonblocking() {
            self.take(room)?
        } else {
            self.queue.wait_until(cx, None, || self.take(room))?
        };
        buf.put(&events).map(drop)
    }
    fn attributes(&self) -> Result<Attributes> {
        Ok(anonymous_attributes())
    }
    fn label(&self) -> Vec<u8> {
        b"anon_inode:inotify".to_vec()
    }
    fn poll(&self, _cx: Context<'_>) -> i16 {
        if self.state.lock().events.is_empty() { 0 } else { abi::POLLIN | abi::POLLRDNORM }
    }
    fn describe(&self, _cx: Context<'_>, out: &mut String) {
        let watches: Vec<(i32, u32, InodeRef)> = {
            let state = self.state.lock();
            state.watches.iter().rev().map(|watch| (watch.number, watch.mask, watch.inode.clone())).collect()
        };
        for (number, mask, inode) in watches {
            let Attributes { dev, ino, .. } = inode.attributes().unwrap_or_default();
            let (device, mask) = (device_word(dev), mask & SHOWN);
            // Writing to a String cannot fail.
            let _ = write!(
                out,
                "inotify wd:{number:x} ino:{ino:x} sdev:{device:x} mask:{mask:x} ignored_mask:0 "
            );
            super::handle::describe(&inode, out);
            out.push('\n');
        }
    }
    fn wait_queue<'a>(&'a self, _cx: Context<'a>) -> Option<&'a WaitQueue> {
        Some(&self.queue)
    }
    fn ioctl(&self, _cx: Context<'_>, _open: &OpenFile, request: u64, argument: usize) -> Result<i32> {
        if request != abi::FIONREAD {
            return Err(Errno::ENOTTY);
        }
        let bytes: usize = self.state.lock().events.iter().map(Event::len_bytes).sum();
        UserPtr::<i32>::new(argument).write(bytes as i32).map(|()| 0)
    }
    fn as_inotify(&self) -> Option<&Inotify> {
        Some(self)
    }
}

impl Kernel {
    /// Tells those who watch `inode`, and those who watch the directory it was found in.
    pub fn tell(&self, inode: Option<&InodeRef>, place: Option<(&InodeRef, &[u8])>, mask: u32) {
        if !self.fs.watches.is_active() {
            return;
        }
        self.tell_both(inode, place, mask, false);
    }

    fn tell_both(
        &self,
        inode: Option<&InodeRef>,
        place: Option<(&InodeRef, &[u8])>,
        mask: u32,
        is_unlinked: bool,
    ) {
        let is_directory = inode.is_some_and(|inode| inode.is_directory());
        let tell = |inode: &InodeRef, name| {
            let inode = inode.identity();
            self.fs.watches.emit(Happening { inode, mask, is_directory, is_unlinked, cookie: 0, name });
        };
        if let Some((directory, name)) = place {
            tell(directory, name);
        }
        if let Some(inode) = inode {
            tell(inode, b"");
        }
    }

    /// Tells those who watch `inode` only.
    pub fn tell_one(&self, inode: &InodeRef, mask: u32, is_directory: bool, cookie: u32, name: &[u8]) {
        if self.fs.watches.is_active() {
            let inode = inode.identity();
            let is_unlinked = false;
            self.fs.watches.emit(Happening { inode, mask, is_directory, is_unlinked, cookie, name });
        }
    }

    /// Tells what happened to an open file.
    #[inline]
    pub fn tell_open(&self, open: &OpenFile, mask: u32) {
        if self.fs.watches.is_active() {
            self.tell_watchers(open, mask);
        }
    }

    /// Tells what was changed about the file that is open: that does not depend on its name.
    pub fn tell_of_change(&self, open: &OpenFile, mask: u32) {
        if self.fs.watches.is_active() && open.flags() & abi::O_PATH == 0 {
            let place = open.location.lock().clone();
            let place = place.as_ref().map(|place| (&place.directory.inode, &place.name[..]));
            self.tell_both(open.file.inode(), place, mask, false);
        }
    }

    #[cold]
    fn tell_watchers(&self, open: &OpenFile, mask: u32) {
        if open.flags() & abi::O_PATH == 0 {
            let place = open.location.lock().clone();
            let is_unlinked = place.as_ref().is_some_and(|place| !self.fs.has_name(open, place));
            let place = place.as_ref().map(|place| (&place.directory.inode, &place.name[..]));
            self.tell_both(open.file.inode(), place, mask, is_unlinked);
        }
    }

    /// A name of `inode` is gone: says so, and that the file is if it was the last and nobody has it open.
    pub fn tell_unlinked(&self, directory: &InodeRef, name: &[u8], inode: &InodeRef) {
        if !self.fs.watches.is_active() {
            return;
        }
        let is_directory = inode.is_directory();
        if !is_directory {
            self.tell_one(inode, abi::IN_ATTRIB, false, 0, b"");
        }
        self.tell_one(directory, abi::IN_DELETE, is_directory, 0, name);
        self.tell_if_gone(inode);
    }

    /// Says that a file is gone if it has no name and nobody has it open.
    pub fn tell_if_gone(&self, inode: &InodeRef) {
        if !self.fs.watches.is_active() || inode.attributes().is_ok_and(|attributes| attributes.nlink > 0) {
            return;
        }
        let identity = inode.identity();
        if !self.fs.watches.live().iter().any(|instance| instance.watches(identity)) {
            return;
        }
        let open: Vec<Arc<OpenFile>> = {
            let of = |files: &Arc<Files>| {
                let table = files.descriptors.lock();
                table.open_descriptors().filter_map(|fd| table.get(fd).ok().cloned()).collect::<Vec<_>>()
            };
            self.all_files().iter().flat_map(of).collect()
        };
        if !open.iter().any(|open| open.file.inode().is_some_and(|inode| inode.identity() == identity)) {
            self.tell_one(inode, abi::IN_DELETE_SELF, inode.is_directory(), 0, b"");
        }
    }
}

impl Context<'_> {
    /// Tells what happened to the file a path names.
    pub(super) fn tell_path(self, dirfd: i32, path: &[u8], flags: i32, mask: u32) {
        if !self.kernel.fs.watches.is_active() {
            return;
        }
        let follow = if flags & abi::AT_SYMLINK_NOFOLLOW != 0 { Follow::NotLast } else { Follow::Last };
        if let Ok(place) = self.walk(dirfd, path, follow) {
            self.kernel.tell(
                place.inode.as_ref().map(|found| &found.inode),
                Some((&place.directory, &place.name)),
                mask,
            );
        }
    }

    /// inotify_init1(2)
    pub fn sys_inotify_init(self, flags: i32) -> Result<i32> {
        if flags & !(abi::IN_CLOEXEC | abi::IN_NONBLOCK) != 0 {
            return Err(Errno::EINVAL);
        }
        let instance = Arc::new(Inotify { state: Mutex::new(State::default()), queue: WaitQueue::new() });
        let watches = &self.kernel.fs.watches;
        watches.instances.lock().push(Arc::downgrade(&instance));
        let _ = watches.live();
        let open = OpenFile::new(instance, abi::O_RDONLY | (flags & abi::O_NONBLOCK));
        self.files().descriptors.lock().insert(open, OnExec::from_flags(flags), 0)
    }

    /// inotify_add_watch(2)
    pub fn sys_inotify_add_watch(self, fd: i32, path: UserStr, mask: u32) -> Result<i32> {
        if mask == 0
            || mask & !(abi::IN_ALL_EVENTS | FLAGS) != 0
            || mask & (abi::IN_MASK_ADD | abi::IN_MASK_CREATE) == abi::IN_MASK_ADD | abi::IN_MASK_CREATE
        {
            return Err(Errno::EINVAL);
        }
        let open = self.open_file(fd)?;
        let instance = open.file.as_inotify().ok_or(Errno::EINVAL)?;
        let flags = if mask & abi::IN_DONT_FOLLOW != 0 { abi::AT_SYMLINK_NOFOLLOW } else { 0 };
        let inode = self.resolve_at(abi::AT_FDCWD, &path.read_path()?, flags)?;
        if mask & abi::IN_ONLYDIR != 0 && !inode.is_directory() {
            return Err(Errno::ENOTDIR);
        }
        let mut state = instance.state.lock();
        let identity = inode.identity();
        if let Some(watch) = state.watches.iter_mut().find(|watch| watch.inode.identity() == identity) {
            if mask & abi::IN_MASK_CREATE != 0 {
                return Err(Errno::EEXIST);
            }
            watch.mask = if mask & abi::IN_MASK_ADD != 0 { watch.mask | mask } else { mask };
            return Ok(watch.number);
        }
        state.last_number += 1;
        let number = state.last_number;
        let (file_system, inode) = (Arc::downgrade(inode.mount.file_system()), inode.inode);
        state.watches.push(Watch { number, inode, file_system, mask });
        Ok(number)
    }

    /// inotify_rm_watch(2)
    pub fn sys_inotify_rm_watch(self, fd: i32, number: i32) -> Result<i32> {
        let open = self.open_file(fd)?;
        let instance = open.file.as_inotify().ok_or(Errno::EINVAL)?;
        let removed = instance.state.lock().remove(number);
        if removed.is_none() {
            return Err(Errno::EINVAL);
        }
        instance.queue.notify();
        Ok(0)
    }
}
