//! getaddrinfo_a(3): lookups that a thread makes beside the program, one after another.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::*};

use super::errors::eai;
use crate::abi::{self, addrinfo};
use crate::backend::backend;
use crate::exports::netdb::getaddrinfo;
use crate::libc::malloc::{free, malloc};
use crate::libc::pthread::word;
use crate::libc::set_errno;
use crate::libc::sigevent::{Event, notify, start_thread};
use crate::libc::state::state;

/// `GAI_WAIT`
const WAIT: c_int = 0;
/// `GAI_NOWAIT`
const NO_WAIT: c_int = 1;

/// `struct gaicb`
#[repr(C)]
pub struct Request {
    name: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    result: *mut addrinfo,
    /// What gai_error(3) tells.
    answer: AtomicI32,
    /// Set by the first who takes it up.
    is_taken: AtomicU32,
    reserved: [c_int; 4],
}

/// What the thread does. The list of requests comes behind it.
#[repr(C)]
struct Job {
    event: Option<Event>,
    count: usize,
}

/// The requests of a list that has places without one.
unsafe fn requests<'a>(list: *const *mut Request, count: usize) -> impl Iterator<Item = &'a mut Request> {
    // SAFETY: the caller's list and requests, which live until they are done.
    (0..count).filter_map(move |index| unsafe { list.add(index).read().as_mut() })
}

impl Request {
    /// Takes it up, unless somebody did.
    fn take(&self) -> bool {
        self.is_taken.swap(1, AcqRel) == 0
    }

    fn finish(&self, answer: c_int) {
        self.answer.store(answer, Release);
        let done = &state().misc.lookups_done;
        done.fetch_add(1, Release);
        word::wake_all(done);
    }

    fn carry_out(&mut self) {
        if self.take() {
            // SAFETY: the program's strings and hints, and the place in its request.
            let answer = unsafe { getaddrinfo(self.name, self.service, self.hints, &raw mut self.result) };
            self.finish(answer);
        }
    }
}

unsafe extern "C" fn run(argument: *mut c_void) -> *mut c_void {
    let job = argument.cast::<Job>();
    // SAFETY: the block that `getaddrinfo_a` made, which is freed here; the event is the program's.
    unsafe {
        let Job { event, count } = job.read();
        requests(job.add(1).cast(), count).for_each(Request::carry_out);
        free(argument);
        if let Some(event) = event {
            notify(&event);
        }
    }
    null_mut()
}

/// Has a thread carry requests out; `EAI_AGAIN` when there can be none.
unsafe fn begin(list: *const *mut Request, count: usize, event: Option<Event>) -> c_int {
    // SAFETY: a new block with room for the job and the list.
    unsafe {
        let block = malloc(size_of::<Job>() + count * size_of::<*mut Request>());
        if block.is_null() {
            return eai::MEMORY;
        }
        let job = block.cast::<Job>();
        job.write(Job { event, count });
        job.add(1).cast::<*mut Request>().copy_from_nonoverlapping(list, count);
        if start_thread(run, block) {
            return 0;
        }
        free(block);
    }
    eai::AGAIN
}

/// getaddrinfo_a(3)
pub unsafe extern "C" fn getaddrinfo_a(
    mode: c_int,
    list: *const *mut Request,
    count: c_int,
    event: *const Event,
) -> c_int {
    let Some(count) = usize::try_from(count).ok().filter(|_| matches!(mode, WAIT | NO_WAIT)) else {
        set_errno(abi::EINVAL);
        return eai::SYSTEM;
    };
    // SAFETY: the caller's list of requests, and its event or none.
    unsafe {
        for request in requests(list, count) {
            request.result = null_mut();
            request.is_taken.store(0, Relaxed);
            request.answer.store(eai::IN_PROGRESS, Release);
        }
        if mode == NO_WAIT {
            return begin(list, count, event.as_ref().copied());
        }
        requests(list, count).for_each(Request::carry_out);
    }
    0
}

/// gai_error(3)
pub unsafe extern "C" fn gai_error(request: *const Request) -> c_int {
    // SAFETY: the caller's request.
    unsafe { (*request).answer.load(Acquire) }
}

/// gai_cancel(3)
pub unsafe extern "C" fn gai_cancel(request: *const Request) -> c_int {
    // SAFETY: the caller's request.
    let request = unsafe { &*request };
    if request.answer.load(Acquire) != eai::IN_PROGRESS {
        return eai::ALL_DONE;
    }
    if !request.take() {
        return eai::NOT_CANCELED;
    }
    request.finish(eai::CANCELED);
    eai::CANCELED
}

/// gai_suspend(3)
pub unsafe extern "C" fn gai_suspend(
    list: *const *mut Request,
    count: c_int,
    timeout: *const abi::timespec,
) -> c_int {
    let count = usize::try_from(count).unwrap_or(0);
    let running = || {
        // SAFETY: the caller's list of requests.
        let all = unsafe { requests(list, count) };
        all.filter(|request| request.answer.load(Acquire) == eai::IN_PROGRESS).count()
    };
    let first = running();
    if first == 0 {
        return eai::ALL_DONE;
    }
    // SAFETY: the caller's time, or none.
    let deadline = unsafe { timeout.as_ref() }.map_or(word::NEVER, |timeout| {
        let nanos = timeout.tv_sec.saturating_mul(1_000_000_000).saturating_add(timeout.tv_nsec);
        backend().monotonic().0.saturating_add(u64::try_from(nanos).unwrap_or(0))
    });
    let done = &state().misc.lookups_done;
    loop {
        let seen = done.load(Acquire);
        if running() < first {
            return 0;
        }
        match -word::wait_interruptible(done, seen, deadline) {
            abi::ETIMEDOUT => return eai::AGAIN,
            abi::EINTR => return eai::INTERRUPTED,
            _ => {}
        }
    }
}
