//! POSIX asynchronous requests, aio(7): carried out by helper threads, as in glibc. Requests of one descriptor are done in
//! their order, those of others at the same time.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicIsize, AtomicU32, Ordering::*};

use super::malloc::{free, malloc};
use super::pthread::mutex::{Mutex, pthread_mutex_lock, pthread_mutex_unlock};
use super::pthread::{cancel, word};
use super::sigevent::{Event, notify, start_thread};
use super::state::state;
use super::{errno, set_errno};
use crate::abi::{self, EAGAIN, ECANCELED, EINPROGRESS};
use crate::exports::unistd;

/// The most helper threads.
const HELPERS_MAX: u32 = 20;
/// How long a helper waits for more to do, in nanoseconds.
const PATIENCE_NANOS: u64 = 1_000_000_000;

/// `struct aiocb`
#[repr(C)]
pub struct Control {
    /// The descriptor.
    pub fd: c_int,
    /// What lio_listio(3) does with it.
    pub opcode: c_int,
    /// By how much its priority is lower.
    pub priority: c_int,
    /// The bytes.
    pub buf: *mut c_void,
    /// How many.
    pub len: usize,
    /// What happens when it is done.
    pub event: Event,
    unused: [u64; 2],
    /// The error number: `EINPROGRESS` until it is done.
    pub error: AtomicI32,
    /// What the call gave.
    pub result: AtomicIsize,
    /// Where in the file.
    pub offset: i64,
    reserved: [u8; 32],
}

const _: () = {
    assert!(size_of::<Control>() == 168 && size_of::<Event>() == 64);
    assert!(core::mem::offset_of!(Control, error) == 112 && core::mem::offset_of!(Control, offset) == 128);
};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// pread(2)
    Read,
    /// pwrite(2)
    Write,
    /// fsync(2), which fdatasync(2) is too
    Sync,
}

/// Requests of one lio_listio(3), whose event comes after the last of them.
pub struct Batch {
    left: usize,
    event: Event,
}

struct Request {
    next: *mut Request,
    control: *mut Control,
    fd: c_int,
    operation: Operation,
    is_running: bool,
    batch: *mut Batch,
}

struct Inner {
    /// The requests, the oldest first.
    first: *mut Request,
    helpers: u32,
    idle: u32,
}

/// The program's requests.
pub struct AioState {
    lock: UnsafeCell<MaybeUninit<Mutex>>,
    inner: UnsafeCell<Inner>,
    /// Changes when there is more to do.
    work: AtomicU32,
    /// Changes when something is done.
    done: AtomicU32,
}

impl AioState {
    /// Makes the state a program starts with.
    pub const fn new() -> Self {
        Self {
            lock: UnsafeCell::new(MaybeUninit::zeroed()),
            inner: UnsafeCell::new(Inner { first: null_mut(), helpers: 0, idle: 0 }),
            work: AtomicU32::new(0),
            done: AtomicU32::new(0),
        }
    }

    fn with<R>(&self, call: impl FnOnce(&mut Inner) -> R) -> R {
        let lock = self.lock.get().cast::<Mutex>();
        // SAFETY: a mutex of zeros is one that is free; it guards what is inside.
        unsafe {
            pthread_mutex_lock(lock);
            let result = call(&mut *self.inner.get());
            pthread_mutex_unlock(lock);
            result
        }
    }
}

impl Default for AioState {
    fn default() -> Self {
        Self::new()
    }
}

fn aio() -> &'static AioState {
    &state().misc.aio
}

impl Inner {
    /// Iterates over the places of requests.
    unsafe fn find(&mut self, mut is_wanted: impl FnMut(&Request) -> bool) -> *mut *mut Request {
        let mut place = &raw mut self.first;
        // SAFETY: the list's blocks, under its lock.
        unsafe {
            while !(*place).is_null() && !is_wanted(&**place) {
                place = &raw mut (**place).next;
            }
        }
        place
    }

    /// Takes a request out.
    unsafe fn remove(&mut self, request: *mut Request) {
        // SAFETY: as in `find`.
        unsafe {
            let place = self.find(|other| core::ptr::eq(other, request));
            if !(*place).is_null() {
                *place = (*request).next;
            }
        }
    }

    /// Finds the oldest request whose descriptor no older one has.
    unsafe fn next(&mut self) -> *mut Request {
        let mut at = self.first;
        // SAFETY: as in `find`.
        unsafe {
            while !at.is_null() {
                let fd = (*at).fd;
                let oldest = *self.find(|other| other.fd == fd);
                if oldest == at && !(*at).is_running {
                    return at;
                }
                at = (*at).next;
            }
        }
        null_mut()
    }

    /// Starts a helper if none is idle and there may be more; tells whether one comes for the next request.
    fn provide_helper(&mut self) -> bool {
        if self.idle > 0 {
            return true;
        }
        let is_started = self.helpers < HELPERS_MAX && start_thread(helper, null_mut());
        self.helpers += u32::from(is_started);
        is_started
    }
}

/// Puts a request in; 0 or the error number.
///
/// # Safety
/// The control block and its buffer stay until it is done.
pub unsafe fn enqueue(control: *mut Control, operation: Operation, batch: *mut Batch) -> c_int {
    // SAFETY: the caller's block.
    let of = unsafe { &*control };
    let refuse = |error: c_int| {
        of.result.store(-1, Relaxed);
        of.error.store(error, Release);
        error
    };
    if !(0..=20).contains(&of.priority) {
        return refuse(abi::EINVAL);
    }
    // SAFETY: a new block, filled at once.
    let request = unsafe {
        let request = malloc(size_of::<Request>()).cast::<Request>();
        if request.is_null() {
            return refuse(EAGAIN);
        }
        let fd = of.fd;
        request.write(Request { next: null_mut(), control, fd, operation, is_running: false, batch });
        request
    };
    of.result.store(0, Relaxed);
    of.error.store(EINPROGRESS, Release);
    let is_taken = aio().with(|inner| {
        // SAFETY: the list's blocks, under its lock.
        unsafe {
            *inner.find(|_| false) = request;
            if !inner.provide_helper() && inner.helpers == 0 {
                inner.remove(request);
                return false;
            }
        }
        true
    });
    if !is_taken {
        // SAFETY: our block, in no list.
        unsafe { free(request.cast()) };
        return refuse(EAGAIN);
    }
    aio().work.fetch_add(1, AcqRel);
    word::wake(&aio().work, 1);
    0
}

/// A helper thread.
unsafe extern "C" fn helper(_argument: *mut c_void) -> *mut c_void {
    let aio = aio();
    loop {
        let seen = aio.work.load(Acquire);
        let request = aio.with(|inner| {
            // SAFETY: the list's blocks, under its lock.
            unsafe {
                let request = inner.next();
                if request.is_null() {
                    inner.idle += 1;
                } else {
                    (*request).is_running = true;
                    // Who put the next one in may have counted on this helper, which may now wait for that very one.
                    if !inner.next().is_null() {
                        inner.provide_helper();
                    }
                }
                request
            }
        });
        if !request.is_null() {
            // SAFETY: it stays in the list while it runs.
            unsafe { carry_out(request) };
            continue;
        }
        let deadline = crate::backend::backend().monotonic().0.saturating_add(PATIENCE_NANOS);
        let is_late = word::wait(&aio.work, seen, deadline) == -abi::ETIMEDOUT;
        let is_over = aio.with(|inner| {
            inner.idle -= 1;
            // SAFETY: the list's blocks, under its lock.
            let is_over = is_late && unsafe { inner.next() }.is_null();
            if is_over {
                inner.helpers -= 1;
            }
            is_over
        });
        if is_over {
            return null_mut();
        }
    }
}

/// Falls back to a call without a place for what has none, pipes and sockets.
fn or_without_place(result: isize, call: impl FnOnce() -> isize) -> isize {
    if result < 0 && errno() == abi::ESPIPE { call() } else { result }
}

unsafe fn carry_out(request: *mut Request) {
    // SAFETY: a running request, whose control block the program keeps.
    unsafe {
        let control = (*request).control;
        let Control { fd, buf, len, offset, .. } = *control;
        let result = match (*request).operation {
            Operation::Read => {
                or_without_place(unistd::pread(fd, buf, len, offset), || unistd::read(fd, buf, len))
            }
            Operation::Write => {
                or_without_place(unistd::pwrite(fd, buf, len, offset), || unistd::write(fd, buf, len))
            }
            Operation::Sync => unistd::fsync(fd) as isize,
        };
        let error = if result < 0 { errno() } else { 0 };
        aio().with(|inner| inner.remove(request));
        // The next one of this descriptor may go now.
        aio().work.fetch_add(1, AcqRel);
        word::wake(&aio().work, 1);
        finish(request, result, error);
    }
}

/// Tells of a request's end; it is in no list any more.
unsafe fn finish(request: *mut Request, result: isize, error: c_int) {
    // SAFETY: the program keeps the control block until the error is stored, and the batch lives until its last request.
    unsafe {
        let control = (*request).control;
        let event = (*control).event;
        (*control).result.store(result, Relaxed);
        (*control).error.store(error, Release);
        aio().done.fetch_add(1, AcqRel);
        word::wake_all(&aio().done);
        notify(&event);
        let batch = (*request).batch;
        free(request.cast());
        leave_batch(batch);
    }
}

/// Counts one request of a batch off; after the last one its event comes.
///
/// # Safety
/// A batch of [`new_batch`], or null.
pub unsafe fn leave_batch(batch: *mut Batch) {
    if batch.is_null() {
        return;
    }
    // SAFETY: the caller's promise; the count is changed under the lock.
    unsafe {
        let is_last = aio().with(|_| {
            (*batch).left -= 1;
            (*batch).left == 0
        });
        if is_last {
            notify(&(*batch).event);
            free(batch.cast());
        }
    }
}

/// Makes a batch of `count` requests; null without memory.
///
/// # Safety
/// The event is the caller's, or null.
pub unsafe fn new_batch(count: usize, event: *const Event) -> *mut Batch {
    // SAFETY: a new block, filled at once.
    unsafe {
        let batch = malloc(size_of::<Batch>()).cast::<Batch>();
        if !batch.is_null() {
            batch.write(Batch { left: count, event: *event });
        }
        batch
    }
}

/// What aio_cancel(3) gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelled {
    /// All that was asked for.
    All = 0,
    /// Something runs and can't be stopped.
    NotAll = 1,
    /// There was nothing left to do.
    Done = 2,
}

/// Cancels the requests of a descriptor, or one of them.
///
/// # Safety
/// The control block is one of a request, or null.
pub unsafe fn cancel(fd: c_int, control: *mut Control) -> Cancelled {
    let (mut answer, mut cancelled) = (Cancelled::Done, null_mut::<Request>());
    aio().with(|inner| {
        // SAFETY: the list's blocks, under its lock.
        unsafe {
            let mut place = &raw mut inner.first;
            while let Some(request) = (*place).as_mut() {
                let is_meant = request.fd == fd && (control.is_null() || control == request.control);
                if !is_meant {
                    place = &raw mut request.next;
                } else if request.is_running {
                    answer = Cancelled::NotAll;
                    place = &raw mut request.next;
                } else {
                    let taken = *place;
                    *place = request.next;
                    request.next = cancelled;
                    cancelled = taken;
                    if answer == Cancelled::Done {
                        answer = Cancelled::All;
                    }
                }
            }
        }
    });
    while !cancelled.is_null() {
        // SAFETY: blocks in no list any more.
        unsafe {
            let next = (*cancelled).next;
            finish(cancelled, -1, ECANCELED);
            cancelled = next;
        }
    }
    answer
}

/// Waits until `is_over` holds, `EAGAIN` at the deadline, `EINTR` for a signal. The thread can be cancelled here.
pub fn wait_until(deadline_ns: u64, is_over: impl Fn() -> bool) -> c_int {
    cancel::test();
    loop {
        let seen = aio().done.load(Acquire);
        if is_over() {
            return 0;
        }
        match word::wait_interruptible(&aio().done, seen, deadline_ns) {
            error if error == -abi::ETIMEDOUT => {
                return if is_over() { 0 } else { EAGAIN };
            }
            error if error == -abi::EINTR => {
                cancel::test();
                return abi::EINTR;
            }
            _ => {}
        }
    }
}

/// Fails as calls that return -1 do.
pub fn fail(error: c_int) -> c_int {
    set_errno(error);
    -1
}
