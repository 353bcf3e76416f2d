//! Thread attributes.
//!
//! Objects come as references: a C caller promises what they ask for.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering::*};

use crate::abi;
use crate::exports::pthread::{
    pthread_getaffinity_np, pthread_getschedparam, pthread_setaffinity_np, pthread_setschedparam,
};
use crate::libc::state::state;
use crate::libc::tcb::Tcb;

/// `PTHREAD_STACK_MIN`
pub const STACK_MIN: usize = 16384;
/// The stack a thread gets where there is no limit.
const STACK_UNLIMITED: usize = 2 << 20;
/// The stack a thread gets unless it asks for another.
pub const STACK_DEFAULT: usize = 8 << 20;
const PAGE: usize = 4096;

/// A `pthread_attr_t` with glibc's layout.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Attr {
    /// Priority.
    pub priority: c_int,
    /// Policy.
    pub policy: c_int,
    /// [`DETACHED`] and so on.
    pub flags: c_int,
    /// Size of the guard.
    pub guard_bytes: usize,
    /// End of the stack the program brings, or 0.
    pub stack_end: usize,
    /// Size of the stack; 0 is the default.
    pub stack_bytes: usize,
    cpus: u64,
    cpus_len: usize,
}

const _: () = assert!(size_of::<Attr>() == 56);

/// Starts detached.
pub const DETACHED: c_int = 1;
/// Does not inherit scheduling.
pub const EXPLICIT_SCHED: c_int = 2;
/// Contends within the process.
const SCOPE_PROCESS: c_int = 4;

/// Default attributes of new threads (pthread_setattr_default_np(3)).
#[repr(C)]
pub struct Defaults {
    priority: AtomicI32,
    policy: AtomicI32,
    flags: AtomicI32,
    /// Size of the guard.
    pub guard_bytes: AtomicUsize,
    /// Size of the stack; 0 is the built-in one.
    pub stack_bytes: AtomicUsize,
    cpus: AtomicU64,
    cpus_len: AtomicUsize,
}

impl Defaults {
    /// Makes the built-in defaults.
    pub const fn new() -> Self {
        Self {
            priority: AtomicI32::new(0),
            policy: AtomicI32::new(0),
            flags: AtomicI32::new(0),
            guard_bytes: AtomicUsize::new(PAGE),
            stack_bytes: AtomicUsize::new(0),
            cpus: AtomicU64::new(0),
            cpus_len: AtomicUsize::new(0),
        }
    }

    /// Takes the stack's size from `RLIMIT_STACK` as it is at the program's start (pthread_create(3)).
    pub fn follow_limit(&self, soft_limit: u64) {
        let bytes = match usize::try_from(soft_limit) {
            Ok(bytes) if soft_limit != abi::RLIM_INFINITY => {
                bytes.max(abi::PTHREAD_STACK_MIN).checked_next_multiple_of(PAGE).unwrap_or(STACK_UNLIMITED)
            }
            _ => STACK_UNLIMITED,
        };
        self.stack_bytes.store(bytes, Relaxed);
    }

    fn keep(&self, attr: &Attr) {
        self.priority.store(attr.priority, Relaxed);
        self.policy.store(attr.policy, Relaxed);
        self.flags.store(attr.flags, Relaxed);
        self.guard_bytes.store(attr.guard_bytes, Relaxed);
        if attr.stack_bytes != 0 {
            self.stack_bytes.store(attr.stack_bytes, Relaxed);
        }
        self.cpus.store(attr.cpus, Relaxed);
        self.cpus_len.store(attr.cpus_len, Relaxed);
    }
}

impl Default for Defaults {
    fn default() -> Self {
        Self::new()
    }
}

impl Attr {
    /// What pthread_attr_init(3) makes.
    const INITIAL: Self = Self {
        priority: 0,
        policy: 0,
        flags: 0,
        guard_bytes: PAGE,
        stack_end: 0,
        stack_bytes: 0,
        cpus: 0,
        cpus_len: 0,
    };

    /// Makes the attributes of a thread created without any.
    pub fn defaults() -> Self {
        let defaults = &state().pthread.defaults;
        Self {
            priority: defaults.priority.load(Relaxed),
            policy: defaults.policy.load(Relaxed),
            flags: defaults.flags.load(Relaxed),
            guard_bytes: defaults.guard_bytes.load(Relaxed),
            stack_end: 0,
            stack_bytes: 0,
            cpus: defaults.cpus.load(Relaxed),
            cpus_len: defaults.cpus_len.load(Relaxed),
        }
    }

    /// Returns the size of the stack.
    pub fn stack_size(&self) -> usize {
        if self.stack_bytes != 0 {
            return self.stack_bytes;
        }
        match state().pthread.defaults.stack_bytes.load(Relaxed) {
            0 => STACK_DEFAULT,
            bytes => bytes,
        }
    }
}

/// pthread_attr_init(3)
pub unsafe extern "C" fn pthread_attr_init(attr: &mut Attr) -> c_int {
    *attr = Attr::INITIAL;
    0
}
/// pthread_attr_destroy(3)
pub extern "C" fn pthread_attr_destroy(_attr: &mut Attr) -> c_int {
    0
}

fn set_flag(attr: &mut Attr, flag: c_int, value: c_int) -> c_int {
    match value {
        0 => attr.flags &= !flag,
        1 => attr.flags |= flag,
        _ => return abi::EINVAL,
    }
    0
}

/// pthread_attr_setdetachstate(3)
pub unsafe extern "C" fn pthread_attr_setdetachstate(attr: &mut Attr, state: c_int) -> c_int {
    set_flag(attr, DETACHED, state)
}
/// pthread_attr_getdetachstate(3)
pub unsafe extern "C" fn pthread_attr_getdetachstate(attr: &Attr, state: &mut c_int) -> c_int {
    *state = c_int::from(attr.flags & DETACHED != 0);
    0
}
/// pthread_attr_setinheritsched(3)
pub unsafe extern "C" fn pthread_attr_setinheritsched(attr: &mut Attr, inherit: c_int) -> c_int {
    set_flag(attr, EXPLICIT_SCHED, inherit)
}
/// pthread_attr_getinheritsched(3)
pub unsafe extern "C" fn pthread_attr_getinheritsched(attr: &Attr, inherit: &mut c_int) -> c_int {
    *inherit = c_int::from(attr.flags & EXPLICIT_SCHED != 0);
    0
}
/// pthread_attr_setscope(3)
pub unsafe extern "C" fn pthread_attr_setscope(attr: &mut Attr, scope: c_int) -> c_int {
    match scope {
        0 => set_flag(attr, SCOPE_PROCESS, 0),
        1 => abi::ENOTSUP,
        _ => abi::EINVAL,
    }
}
/// pthread_attr_getscope(3)
pub unsafe extern "C" fn pthread_attr_getscope(attr: &Attr, scope: &mut c_int) -> c_int {
    *scope = c_int::from(attr.flags & SCOPE_PROCESS != 0);
    0
}
/// pthread_attr_setstacksize(3)
pub unsafe extern "C" fn pthread_attr_setstacksize(attr: &mut Attr, bytes: usize) -> c_int {
    if bytes < STACK_MIN {
        return abi::EINVAL;
    }
    attr.stack_bytes = bytes;
    0
}
/// pthread_attr_getstacksize(3)
pub unsafe extern "C" fn pthread_attr_getstacksize(attr: &Attr, bytes: &mut usize) -> c_int {
    *bytes = attr.stack_size();
    0
}
/// pthread_attr_setguardsize(3)
pub unsafe extern "C" fn pthread_attr_setguardsize(attr: &mut Attr, bytes: usize) -> c_int {
    attr.guard_bytes = bytes;
    0
}
/// pthread_attr_getguardsize(3)
pub unsafe extern "C" fn pthread_attr_getguardsize(attr: &Attr, bytes: &mut usize) -> c_int {
    *bytes = attr.guard_bytes;
    0
}
/// pthread_attr_setstack(3)
pub unsafe extern "C" fn pthread_attr_setstack(attr: &mut Attr, start: *mut c_void, bytes: usize) -> c_int {
    if bytes < STACK_MIN {
        return abi::EINVAL;
    }
    attr.stack_end = (start as usize).wrapping_add(bytes);
    attr.stack_bytes = bytes;
    0
}
/// pthread_attr_getstack(3)
pub unsafe extern "C" fn pthread_attr_getstack(attr: &Attr, start: &mut usize, bytes: &mut usize) -> c_int {
    *start = attr.stack_end.wrapping_sub(attr.stack_bytes);
    *bytes = attr.stack_bytes;
    0
}
/// pthread_attr_setstackaddr(3)
pub unsafe extern "C" fn pthread_attr_setstackaddr(attr: &mut Attr, end: usize) -> c_int {
    attr.stack_end = end;
    0
}
/// pthread_attr_getstackaddr(3)
pub unsafe extern "C" fn pthread_attr_getstackaddr(attr: &Attr, end: &mut usize) -> c_int {
    *end = attr.stack_end;
    0
}
/// pthread_attr_setschedpolicy(3)
pub unsafe extern "C" fn pthread_attr_setschedpolicy(attr: &mut Attr, policy: c_int) -> c_int {
    if !(0..=2).contains(&policy) {
        return abi::EINVAL;
    }
    attr.policy = policy;
    0
}
/// pthread_attr_getschedpolicy(3)
pub unsafe extern "C" fn pthread_attr_getschedpolicy(attr: &Attr, policy: &mut c_int) -> c_int {
    *policy = attr.policy;
    0
}
/// pthread_attr_setschedparam(3)
pub unsafe extern "C" fn pthread_attr_setschedparam(attr: &mut Attr, param: &c_int) -> c_int {
    let range = if attr.policy == 0 { 0..=0 } else { 1..=99 };
    if !range.contains(param) {
        return abi::EINVAL;
    }
    attr.priority = *param;
    0
}
/// pthread_attr_getschedparam(3)
pub unsafe extern "C" fn pthread_attr_getschedparam(attr: &Attr, param: &mut c_int) -> c_int {
    *param = attr.priority;
    0
}
/// pthread_attr_setaffinity_np(3): kept, and given back, for up to 64 processors.
pub unsafe extern "C" fn pthread_attr_setaffinity_np(attr: &mut Attr, bytes: usize, set: *const u8) -> c_int {
    let mut mask = [0u8; 8];
    for (i, byte) in mask.iter_mut().enumerate().take(bytes) {
        // SAFETY: the program's set is `bytes` long.
        *byte = unsafe { *set.add(i) };
    }
    attr.cpus = u64::from_ne_bytes(mask);
    attr.cpus_len = bytes;
    0
}
/// pthread_attr_getaffinity_np(3)
pub unsafe extern "C" fn pthread_attr_getaffinity_np(attr: &Attr, bytes: usize, set: *mut u8) -> c_int {
    let is_set = attr.cpus_len != 0;
    let mask = attr.cpus.to_ne_bytes();
    if is_set && mask.iter().skip(bytes).any(|&byte| byte != 0) {
        return abi::EINVAL;
    }
    for i in 0..bytes {
        let byte = if is_set { mask.get(i).copied().unwrap_or(0) } else { 0xff };
        // SAFETY: the program's set is `bytes` long.
        unsafe { *set.add(i) = byte };
    }
    0
}

impl Attr {
    /// Gives a new thread the processors and scheduling that the attributes ask for; returns the error number.
    ///
    /// # Safety
    /// The thread has not started.
    pub unsafe fn schedule(&self, thread: *mut Tcb) -> c_int {
        let mut answer = 0;
        if self.cpus_len != 0 {
            let cpus = &raw const self.cpus as usize;
            // SAFETY: the caller's thread; the set is ours.
            answer = unsafe { pthread_setaffinity_np(thread, size_of_val(&self.cpus), cpus) };
        }
        if answer == 0 && self.flags & EXPLICIT_SCHED != 0 {
            // SAFETY: the caller's thread; the priority is ours.
            answer = unsafe { pthread_setschedparam(thread, self.policy, &raw const self.priority) };
        }
        answer
    }
}

/// pthread_getattr_np(3)
pub unsafe extern "C" fn pthread_getattr_np(thread: *mut Tcb, attr: &mut Attr) -> c_int {
    // SAFETY: a thread that has not been joined, whose control block lives; the bounds are ours.
    unsafe {
        let fields = &raw const (*thread).pthread;
        let (guard_bytes, flags) = ((*fields).guard_bytes, (*fields).explicit_scheduling);
        let mut out = Attr { flags, guard_bytes, ..Attr::INITIAL };
        if (*fields).join_state.load(Relaxed) == super::thread::DETACHED {
            out.flags |= DETACHED;
        }
        pthread_getschedparam(thread, &raw mut out.policy, &raw mut out.priority);
        let cpus = &raw mut out.cpus as usize;
        if pthread_getaffinity_np(thread, size_of_val(&out.cpus), cpus) == 0 {
            out.cpus_len = size_of_val(&out.cpus);
        }
        let (mut start, mut bytes) = ((*fields).stack_start, (*fields).stack_bytes);
        if start == 0 {
            // The first thread: the mapping its stack pointer lies in.
            let mut bounds = [0usize; 2];
            let answer = crate::exports::thread_rows::__osvrun_stack_bounds(
                crate::boundary::user::UserPtr::new(bounds.as_mut_ptr() as usize),
            );
            if answer != 0 {
                return -answer;
            }
            (start, bytes) = (bounds[0], bounds[1] - bounds[0]);
        }
        out.stack_end = start + bytes;
        out.stack_bytes = bytes;
        *attr = out;
    }
    0
}

/// pthread_getattr_default_np(3)
pub unsafe extern "C" fn pthread_getattr_default_np(attr: &mut Attr) -> c_int {
    let mut out = Attr::defaults();
    out.stack_bytes = out.stack_size();
    *attr = out;
    0
}
/// pthread_setattr_default_np(3)
pub unsafe extern "C" fn pthread_setattr_default_np(attr: &Attr) -> c_int {
    let is_sound = (0..=2).contains(&attr.policy)
        && (attr.priority == 0 || attr.policy != 0 && (1..=99).contains(&attr.priority))
        && (attr.stack_bytes == 0 || attr.stack_bytes >= STACK_MIN);
    // Not every thread can have the same stack.
    if !is_sound || attr.stack_end != 0 {
        return abi::EINVAL;
    }
    state().pthread.defaults.keep(attr);
    0
}
