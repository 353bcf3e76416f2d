//! Asynchronous input and output of the kernel, io_submit(2).
//!
//! Requests are done at once, as Linux does those of files in its cache, and what became of each lies in a ring that the
//! program sees, too: libaio looks there. Only polls wait: for each the file's queue has a listener, and whoever asks for
//! events looks at the files.

mod allowance;

use alloc::sync::Arc;
use alloc::vec::Vec;

pub use allowance::Allowance;
use allowance::Share;

use super::{Listener, WaitQueue};
use crate::abi::{self, Errno, Result};
use crate::backend::{Access, Monotonic};
use crate::boundary::user::{MAX_TRANSFER_BYTES, UserBuf, UserBufMut, UserPtr, copy_out};
use crate::few::FewMap;
use crate::fs::file::OpenFile;
use crate::fs::inode::{InodePages, InodeRef, Name};
use crate::kernel::Context;
use crate::mm::{Content, MapSpec, Placement, Sharing};
use crate::sync::Mutex;

/// Of so many entries no ring is made.
const MAX_ENTRIES: u64 = 0x1000_0000 / EVENT_BYTES as u64;
const PAGE_BYTES: usize = 4096;
/// Sizes of the ring's head and of a `struct io_event`.
const RING_HEAD_BYTES: usize = 32;
const EVENT_BYTES: usize = 32;
/// Where the ring's head has the place of the first event that nobody took, and of the next one.
const HEAD_AT: u64 = 8;
const TAIL_AT: u64 = 12;
/// What says that it is a ring.
const MAGIC: u32 = 0xa10a_10a1;
/// `IOCB_FLAG_RESFD`
const FLAG_RESFD: u32 = 1;
/// What a request's `aio_key` becomes.
const KEY: u32 = 0;

/// What a request asks for (`aio_lio_opcode`).
mod opcode {
    pub(super) const PREAD: u16 = 0;
    pub(super) const PWRITE: u16 = 1;
    pub(super) const FSYNC: u16 = 2;
    pub(super) const FDSYNC: u16 = 3;
    pub(super) const POLL: u16 = 5;
    pub(super) const PREADV: u16 = 7;
    pub(super) const PWRITEV: u16 = 8;
}

/// A request, `struct iocb`.
struct Request {
    address: usize,
    data: u64,
    rw_flags: u32,
    opcode: u16,
    fd: i32,
    buffer: u64,
    count: u64,
    offset: i64,
    reserved: u64,
    flags: u32,
    event_fd: i32,
}

impl Request {
    fn read(address: usize) -> Result<Self> {
        let words = UserPtr::<u64>::new(address).read_many(8)?;
        let high = |word: u64| (word >> 32) as u32;
        Ok(Self {
            address,
            data: words[0],
            rw_flags: high(words[1]),
            opcode: words[2] as u16,
            fd: high(words[2]) as i32,
            buffer: words[3],
            count: words[4],
            offset: words[5] as i64,
            reserved: words[6],
            flags: words[7] as u32,
            event_fd: high(words[7]) as i32,
        })
    }

    /// Tells whether nothing is said that only reading and writing need.
    fn is_bare(&self) -> bool {
        self.offset == 0 && self.count == 0 && self.rw_flags == 0
    }
}

/// Whom the end of a request is told.
#[derive(Clone)]
struct Notice {
    address: usize,
    data: u64,
    event: Option<Arc<OpenFile>>,
}

/// A poll that waits.
struct Poll {
    notice: Notice,
    open: Arc<OpenFile>,
    events: i16,
    token: u64,
}

impl Poll {
    /// Returns what it is told of: like who is woken, it hears of ordinary data by both names.
    fn told(&self) -> i16 {
        let also = |event, name| if self.events & event != 0 { name } else { 0 };
        self.events | also(abi::POLLIN, abi::POLLRDNORM) | also(abi::POLLOUT, abi::POLLWRNORM)
    }
}

struct State {
    /// The place of the next event.
    tail: u32,
    polls: Vec<Poll>,
    next_token: u64,
    /// Whether it was destroyed, of which its waiters are to hear.
    is_gone: bool,
}

/// Notified when there may be an event.
struct Bell(WaitQueue);

impl Listener for Bell {
    fn notify(&self, _token: u64) {
        self.0.notify();
    }
}

/// A context of requests.
pub struct Requests {
    len_bytes: usize,
    /// How many events the ring has room for.
    count: u32,
    ring: InodeRef,
    state: Mutex<State>,
    bell: Arc<Bell>,
    listener: Arc<dyn Listener>,
    _share: Share,
}

/// A program's contexts, by the address of their rings.
#[derive(Default)]
pub struct Contexts(Mutex<FewMap<usize, Arc<Requests>>>);

impl Contexts {
    /// Forgets them all.
    pub fn clear(&self) {
        let gone = core::mem::take(&mut *self.0.lock());
        drop(gone);
    }

    fn find(&self, id: usize) -> Result<Arc<Requests>> {
        self.0.lock().get(&id).cloned().ok_or(Errno::EINVAL)
    }
}

impl Requests {
    fn word(&self, at: u64) -> Result<u32> {
        let mut word = [0; 4];
        self.ring.read_at(at, &mut word)?;
        Ok(u32::from_ne_bytes(word))
    }

    fn set_word(&self, at: u64, value: u32) -> Result<()> {
        self.ring.write_at(at, &value.to_ne_bytes()).map(drop)
    }

    /// Returns the place of the first event, which the program may have changed.
    fn head(&self) -> Result<u32> {
        self.word(HEAD_AT).map(|head| head % self.count)
    }

    /// Fails with `EAGAIN` unless another request has room in the ring.
    fn check_room(&self) -> Result<()> {
        let state = self.state.lock();
        let waiting = (state.tail + self.count - self.head()?) % self.count;
        let used = waiting as usize + state.polls.len();
        if used < self.count as usize - 1 { Ok(()) } else { Err(Errno::EAGAIN) }
    }

    /// A request has ended.
    fn complete(&self, notice: &Notice, result: Result<i64>) -> Result<()> {
        let result = result.unwrap_or_else(|error| -i64::from(error.0));
        let words = [notice.data, notice.address as u64, result as u64, 0];
        let mut state = self.state.lock();
        let at = RING_HEAD_BYTES + state.tail as usize * EVENT_BYTES;
        self.ring.write_at(at as u64, words.map(u64::to_ne_bytes).as_flattened())?;
        state.tail = (state.tail + 1) % self.count;
        self.set_word(TAIL_AT, state.tail)?;
        drop(state);
        if let Some(event) = notice.event.as_ref().and_then(|open| open.file.as_event()) {
            event.signal();
        }
        self.bell.0.notify();
        Ok(())
    }

    /// Takes at most `most` events.
    fn take(&self, most: usize) -> Result<Vec<u8>> {
        let state = self.state.lock();
        let (mut head, mut bytes) = (self.head()?, Vec::new());
        while head != state.tail && bytes.len() < most * EVENT_BYTES {
            let mut event = [0; EVENT_BYTES];
            self.ring.read_at((RING_HEAD_BYTES + head as usize * EVENT_BYTES) as u64, &mut event)?;
            bytes.extend_from_slice(&event);
            head = (head + 1) % self.count;
        }
        self.set_word(HEAD_AT, head)?;
        Ok(bytes)
    }

    /// Ends the polls whose files are ready.
    fn look(&self, cx: Context<'_>) -> Result<()> {
        let polls = core::mem::take(&mut self.state.lock().polls);
        let mut left = Vec::new();
        let mut result = Ok(());
        for poll in polls {
            let ready = poll.open.file.poll(cx) & poll.told();
            if ready == 0 {
                left.push(poll);
                continue;
            }
            poll.open.file.unlisten(cx, &self.listener, poll.token);
            result = result.and(self.complete(&poll.notice, Ok(i64::from(ready))));
        }
        self.state.lock().polls.append(&mut left);
        result
    }

    /// Returns when the first of the polled files becomes ready by itself.
    fn deadline(&self) -> Option<Monotonic> {
        self.state.lock().polls.iter().filter_map(|poll| poll.open.file.deadline()).min()
    }
}

impl Context<'_> {
    fn requests(self, id: usize) -> Result<Arc<Requests>> {
        self.thread.program.requests.find(id)
    }

    /// io_setup(2)
    pub fn sys_io_setup(self, count: u32, out: UserPtr<usize>) -> Result<i32> {
        if out.read()? != 0 || count == 0 {
            return Err(Errno::EINVAL);
        }
        // As on Linux, each processor can have some set aside.
        let processors = self.kernel.backend.cpus().count as u64;
        let entries = u64::from(count).max(processors * 4) * 2;
        if entries > MAX_ENTRIES {
            return Err(Errno::EINVAL);
        }
        let share = self.kernel.fs.requests.take(count)?;
        let len_bytes = (RING_HEAD_BYTES + (entries as usize + 2) * EVENT_BYTES).next_multiple_of(PAGE_BYTES);
        let count = ((len_bytes - RING_HEAD_BYTES) / EVENT_BYTES) as u32;
        let (ring, address) = self.map_ring(len_bytes)?;
        let head = [0, count, 0, 0, MAGIC, 1, 0, RING_HEAD_BYTES as u32];
        let bell = Arc::new(Bell(WaitQueue::new()));
        let state = Mutex::new(State { tail: 0, polls: Vec::new(), next_token: 0, is_gone: false });
        let made =
            ring.write_at(0, head.map(u32::to_ne_bytes).as_flattened()).and_then(|_| out.write(address));
        if let Err(error) = made {
            self.kernel.mm.unmap(address, len_bytes)?;
            return Err(error);
        }
        let requests =
            Requests { len_bytes, count, ring, state, listener: bell.clone(), bell, _share: share };
        self.thread.program.requests.0.lock().insert(address, Arc::new(requests));
        Ok(0)
    }

    /// Makes a ring, and shows it to the program.
    fn map_ring(self, len_bytes: usize) -> Result<(InodeRef, usize)> {
        let (ring, open) = self.unnamed_file(b"[aio]".to_vec(), 0o600, abi::F_SEAL_SEAL as u32)?;
        ring.set_len(len_bytes as u64)?;
        let pages = Arc::new(InodePages { inode: ring.clone(), name: Name::Of(open) });
        let address = self.kernel.mm.map(&MapSpec {
            placement: Placement::Anywhere,
            len_bytes,
            access: Access::READ | Access::WRITE,
            content: Content::File(pages, 0, Sharing::Shared),
            name: "",
            owner: self.thread.program.number,
        })?;
        Ok((ring, address))
    }

    /// io_destroy(2)
    pub fn sys_io_destroy(self, id: usize) -> Result<i32> {
        let requests = self.thread.program.requests.0.lock().remove(&id).ok_or(Errno::EINVAL)?;
        let polls = {
            let mut state = requests.state.lock();
            state.is_gone = true;
            core::mem::take(&mut state.polls)
        };
        for poll in polls {
            poll.open.file.unlisten(self, &requests.listener, poll.token);
        }
        requests.bell.0.notify();
        self.kernel.mm.unmap(id, requests.len_bytes)?;
        Ok(0)
    }

    /// io_submit(2)
    pub fn sys_io_submit(self, id: usize, count: i64, list: UserPtr<usize>) -> Result<isize> {
        let requests = self.requests(id)?;
        let count = usize::try_from(count).map_err(|_| Errno::EINVAL)?.min(requests.count as usize);
        for done in 0..count {
            let submitted = list.add(done).read().and_then(|at| self.submit(&requests, at));
            match submitted {
                Ok(()) => {}
                Err(error) if done == 0 => return Err(error),
                Err(_) => return Ok(done as isize),
            }
        }
        Ok(count as isize)
    }

    fn submit(self, requests: &Requests, address: usize) -> Result<()> {
        let request = Request::read(address)?;
        if request.reserved != 0 || (request.count as i64) < 0 {
            return Err(Errno::EINVAL);
        }
        requests.check_room()?;
        let open = self.open_for_use(request.fd)?;
        let event = if request.flags & FLAG_RESFD == 0 {
            None
        } else {
            let event = self.open_for_use(request.event_fd)?;
            event.file.as_event().ok_or(Errno::EINVAL)?;
            Some(event)
        };
        UserPtr::<u32>::new(address.wrapping_add(8)).write(KEY)?;
        let notice = Notice { address: request.address, data: request.data, event };
        let result = match request.opcode {
            opcode::PREAD | opcode::PREADV => self.read_for(&open, &request)?,
            opcode::PWRITE | opcode::PWRITEV => self.write_for(&open, &request)?,
            opcode::FSYNC | opcode::FDSYNC => {
                let can_sync = open.file.inode().map(|inode| inode.file_type());
                let can_sync = matches!(can_sync, Some(abi::S_IFREG | abi::S_IFDIR));
                if !request.is_bare() || request.buffer != 0 || !can_sync {
                    return Err(Errno::EINVAL);
                }
                self.sys_fsync(request.fd).map(i64::from)
            }
            opcode::POLL => return self.poll_for(requests, open, &request, notice),
            _ => return Err(Errno::EINVAL),
        };
        requests.complete(&notice, result)
    }

    /// Returns where a request reads or writes, if the file has places.
    fn place_for(open: &OpenFile, request: &Request) -> Result<Option<u64>> {
        let known = (abi::RWF_HIPRI | abi::RWF_DSYNC | abi::RWF_SYNC) as u32;
        if request.rw_flags & !known != 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let offset = u64::try_from(request.offset).map_err(|_| Errno::EINVAL)?;
        Ok(open.has_places().then_some(offset))
    }

    fn read_for(self, open: &OpenFile, request: &Request) -> Result<Result<i64>> {
        if !open.is_readable() {
            return Err(Errno::EBADF);
        }
        if open.file.inode().is_some_and(|inode| inode.is_directory()) {
            return Err(Errno::EINVAL);
        }
        let (at, count) = (request.buffer as usize, request.count as usize);
        let mut buf = match request.opcode {
            opcode::PREAD => UserBufMut::new(at, count.min(MAX_TRANSFER_BYTES)),
            _ => UserBufMut::of_vectors(UserPtr::new(at), i32::try_from(count).unwrap_or(-1))?,
        };
        let place = Self::place_for(open, request)?;
        Ok(self.read_into(open, place, &mut buf).map(|n| n as i64))
    }

    fn write_for(self, open: &OpenFile, request: &Request) -> Result<Result<i64>> {
        if !open.is_writable() {
            return Err(Errno::EBADF);
        }
        let (at, count) = (request.buffer as usize, request.count as usize);
        let mut buf = match request.opcode {
            opcode::PWRITE => UserBuf::new(at, count.min(MAX_TRANSFER_BYTES)),
            _ => UserBuf::of_vectors(UserPtr::new(at), i32::try_from(count).unwrap_or(-1))?,
        };
        let place = Self::place_for(open, request)?;
        Ok(self.write_from(open, place, &mut buf).map(|n| n as i64))
    }

    fn poll_for(
        self,
        requests: &Requests,
        open: Arc<OpenFile>,
        request: &Request,
        notice: Notice,
    ) -> Result<()> {
        let events = u16::try_from(request.buffer).map_err(|_| Errno::EINVAL)? as i16;
        if !request.is_bare() {
            return Err(Errno::EINVAL);
        }
        let events = events | abi::POLLERR | abi::POLLHUP;
        let token = {
            let mut state = requests.state.lock();
            state.next_token += 1;
            state.next_token
        };
        let listens = open.file.listen(self, &requests.listener, token);
        let ready = open.file.poll(self) & events;
        if ready != 0 {
            open.file.unlisten(self, &requests.listener, token);
            return requests.complete(&notice, Ok(i64::from(ready)));
        }
        if !listens {
            return Err(Errno::EINVAL);
        }
        requests.state.lock().polls.push(Poll { notice, open, events, token });
        requests.bell.0.notify();
        Ok(())
    }

    /// io_cancel(2): only polls can be
    pub fn sys_io_cancel(self, id: usize, request: usize) -> Result<i32> {
        if UserPtr::<u32>::new(request.wrapping_add(8)).read()? != KEY {
            return Err(Errno::EINVAL);
        }
        let requests = self.requests(id)?;
        let poll = {
            let mut state = requests.state.lock();
            let at = state.polls.iter().position(|poll| poll.notice.address == request);
            state.polls.remove(at.ok_or(Errno::EINVAL)?)
        };
        poll.open.file.unlisten(self, &requests.listener, poll.token);
        requests.complete(&poll.notice, Ok(0))?;
        Err(Errno::EINPROGRESS)
    }

    /// io_getevents(2) until a deadline
    pub fn sys_io_getevents(
        self,
        id: usize,
        (least, most): (i64, i64),
        out: usize,
        deadline: Option<Monotonic>,
    ) -> Result<i32> {
        let requests = self.requests(id)?;
        let (Ok(least), Ok(most)) = (usize::try_from(least), usize::try_from(most)) else {
            return Err(Errno::EINVAL);
        };
        if least > most {
            return Err(Errno::EINVAL);
        }
        let mut got = 0;
        let mut collect = || {
            requests.look(self)?;
            let events = requests.take(most - got)?;
            copy_out(out.wrapping_add(got * EVENT_BYTES), &events)?;
            got += events.len() / EVENT_BYTES;
            match requests.state.lock().is_gone {
                _ if got >= least => Ok(()),
                true => Err(Errno::EINVAL),
                false => Err(Errno::EAGAIN),
            }
        };
        let is_past = deadline.is_some_and(|deadline| deadline <= self.kernel.backend.monotonic());
        let result = loop {
            let until = [deadline, requests.deadline()].into_iter().flatten().min();
            let found =
                if is_past { collect() } else { requests.bell.0.wait_until(self, until, &mut collect) };
            match found {
                Err(Errno::EAGAIN) if !is_past && until != deadline => {}
                other => break other,
            }
        };
        match result {
            Err(error) if error != Errno::EAGAIN && got == 0 => Err(error),
            _ => Ok(got as i32),
        }
    }
}
