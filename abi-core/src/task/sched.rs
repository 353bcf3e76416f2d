//! sched(7), nice(2): what threads are told about their scheduling is kept, and inherited, per thread; the backend is told
//! what comes of it ([`Priority`]).

use core::ops::RangeInclusive;
use core::sync::atomic::{
    AtomicBool, AtomicI32, AtomicU8,
    Ordering::{Acquire, Relaxed, Release},
};

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;

use super::Thread;
use crate::abi::{self, Errno, PID, Result};
use crate::backend::{Priority, ThreadId};
use crate::boundary::user::{UserPtr, copy_in, copy_out};
use crate::kernel::Context;
use crate::sync::Mutex;

/// The most processors a set may hold, as in glibc's `cpu_set_t`.
const CPUS_MAX: usize = 1024;

/// The first form of `struct sched_attr`, which ends before the clamps of utilisation.
const ATTRIBUTES_BYTES: usize = 48;
const PAGE_BYTES: usize = 4096;
/// The one flag there is of `sched_attr`.
const SCHED_FLAG_RESET_ON_FORK: u64 = 1;
/// The priority of the kernel's own threads where those of the program have some: above all of sched(7)'s.
const AHEAD: i32 = 100;
/// The share of `SCHED_IDLE`.
const IDLE_WEIGHT: u32 = 3;
/// The policy of sched_setattr(2) alone.
const SCHED_DEADLINE: i32 = 6;

/// A set of processors.
pub(super) type CpuSet = [u8; CPUS_MAX / 8];

/// What a thread was told about its scheduling.
pub struct Scheduling {
    nice: AtomicI32,
    /// `SCHED_*`, perhaps with `SCHED_RESET_ON_FORK`.
    policy: AtomicI32,
    priority: AtomicI32,
    affinity: Mutex<CpuSet>,
    /// Whether it ever was anything but all processors.
    is_bound: AtomicBool,
    /// Whether the backend was ever told a priority.
    is_ranked: AtomicBool,
    /// The highest level of those that wait for a lock of the thread's.
    lent: AtomicU8,
    /// The ceilings of the mutexes that it holds (`PTHREAD_PRIO_PROTECT`), by these mutexes' addresses.
    ceilings: Mutex<Vec<(usize, u8)>>,
}

impl Scheduling {
    /// Makes what the first thread has.
    pub const fn new() -> Self {
        Self {
            nice: AtomicI32::new(0),
            policy: AtomicI32::new(abi::SCHED_OTHER),
            priority: AtomicI32::new(0),
            affinity: Mutex::new([0xff; CPUS_MAX / 8]),
            is_bound: AtomicBool::new(false),
            is_ranked: AtomicBool::new(false),
            lent: AtomicU8::new(0),
            ceilings: Mutex::new(Vec::new()),
        }
    }

    /// Takes over what a new thread gets from the one that makes it.
    pub fn inherit(&self, from: &Self) {
        let (nice, policy) = (from.nice.load(Relaxed), from.policy.load(Relaxed));
        let is_reset = policy & abi::SCHED_RESET_ON_FORK != 0;
        self.nice.store(if is_reset { nice.max(0) } else { nice }, Relaxed);
        let is_real_time = matches!(policy, abi::SCHED_FIFO | abi::SCHED_RR);
        if !is_reset {
            self.policy.store(policy, Relaxed);
            self.priority.store(if is_real_time { from.priority.load(Relaxed) } else { 0 }, Relaxed);
        }
        self.is_ranked.store(self.priority() != Priority::USUAL, Relaxed);
        if from.is_bound.load(Acquire) {
            *self.affinity.lock() = *from.affinity.lock();
            self.is_bound.store(true, Release);
        }
    }
}

impl Scheduling {
    /// Tells whether a thread must be told anew where and how it may run when it goes on as one with this.
    pub fn differs(&self, other: &Self) -> bool {
        (self.is_ranked.load(Relaxed) || other.is_ranked.load(Relaxed)) && self.priority() != other.priority()
            || (self.is_bound.load(Acquire) || other.is_bound.load(Acquire))
                && *self.affinity.lock() != *other.affinity.lock()
    }

    /// Returns the processors the thread may run on, bit by bit.
    pub fn processors(&self) -> [u8; CPUS_MAX / 8] {
        *self.affinity.lock()
    }

    /// Returns what the backend is to make of it.
    pub(super) fn priority(&self) -> Priority {
        let (_, nice, real_time, policy) = self.shown();
        let own = match policy {
            abi::SCHED_FIFO | abi::SCHED_RR => Priority {
                level: real_time as u8,
                takes_turns: policy == abi::SCHED_RR,
                weight: Priority::USUAL.weight,
            },
            abi::SCHED_IDLE => Priority { weight: IDLE_WEIGHT, ..Priority::USUAL },
            _ => Priority { weight: Priority::weight_at(nice), ..Priority::USUAL },
        };
        match self.lent.load(Relaxed) {
            lent if lent > own.level => Priority { level: lent, takes_turns: false, ..own },
            _ => own,
        }
    }

    /// Others lend it this level; tells whether that is new.
    pub(super) fn set_lent(&self, level: u8) -> bool {
        self.lent.swap(level, Relaxed) != level
    }

    /// Tells whether it runs by a priority that others lent it.
    pub(super) fn is_lent(&self) -> bool {
        self.lent.load(Relaxed) != 0
    }

    /// Returns priority, nice value, real-time priority and policy as proc(5)'s `stat` has them. A ceiling shows.
    pub fn shown(&self) -> (i32, i32, i32, i32) {
        let (nice, policy) = (self.nice.load(Relaxed), self.policy.load(Relaxed) & !abi::SCHED_RESET_ON_FORK);
        let real_time = match self.priority.load(Relaxed) {
            0 => 0,
            own => self.ceilings.lock().iter().map(|held| held.1.into()).fold(own, i32::max),
        };
        let priority = if real_time > 0 { -1 - real_time } else { 20 + nice };
        (priority, nice, real_time, policy)
    }
}

impl Default for Scheduling {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the priorities a policy has.
fn priorities(policy: i32) -> Option<RangeInclusive<i32>> {
    match policy {
        abi::SCHED_OTHER | abi::SCHED_BATCH | abi::SCHED_IDLE => Some(0..=0),
        abi::SCHED_FIFO | abi::SCHED_RR => Some(1..=99),
        _ => None,
    }
}

/// Returns the priorities that sched_get_priority_max(2) and its twin tell of: `SCHED_DEADLINE` has none, but numbers for
/// them.
pub fn told_priorities(policy: i32) -> Option<RangeInclusive<i32>> {
    if policy == SCHED_DEADLINE { Some(0..=0) } else { priorities(policy) }
}

impl Context<'_> {
    /// Finds the thread of a number; 0 is the caller.
    fn thread_or_self(self, tid: i32) -> Result<Arc<Thread>> {
        self.thread_numbered(if tid == 0 { self.thread.tid } else { tid })
    }

    /// Whether the caller is its program's only thread.
    pub fn is_only_thread(self) -> bool {
        let (own, program) = (self.thread.tid, self.thread.program.number);
        let is_other = |thread: &Arc<Thread>| {
            thread.tid != own && thread.program.number == program && thread.is_listed()
        };
        !self.kernel.tasks.threads.lock().iter().any(is_other)
    }

    /// As [`Self::thread_or_self`] for the calls that refuse negative numbers as such.
    fn scheduled_thread(self, tid: i32) -> Result<Arc<Thread>> {
        if tid < 0 { Err(Errno::EINVAL) } else { self.thread_or_self(tid) }
    }

    /// sched_getaffinity(2), as glibc returns it: 0, the rest of the set zeroed.
    pub fn sys_sched_getaffinity(self, tid: i32, len_bytes: usize, set: UserPtr<u8>) -> Result<i32> {
        let count = self.kernel.backend.cpus().count;
        if len_bytes.saturating_mul(8) < count || !len_bytes.is_multiple_of(8) {
            return Err(Errno::EINVAL);
        }
        let thread = self.thread_or_self(tid)?;
        let mut cpus = *thread.scheduling.affinity.lock();
        mask_out(&mut cpus, count);
        for (i, part) in cpus.chunks(8).enumerate().take(len_bytes / 8) {
            copy_out(set.add(i * 8).address(), part)?;
        }
        for i in cpus.len()..len_bytes {
            set.add(i).write(0)?;
        }
        Ok(0)
    }

    /// sched_setaffinity(2): the set must hold a processor there is.
    pub fn sys_sched_setaffinity(self, tid: i32, len_bytes: usize, set: UserPtr<u8>) -> Result<i32> {
        let mut cpus: CpuSet = [0; CPUS_MAX / 8];
        let len_bytes = len_bytes.min(cpus.len());
        copy_in(&mut cpus[..len_bytes], set.address())?;
        let thread = self.thread_or_self(tid)?;
        mask_out(&mut cpus, self.kernel.backend.cpus().count);
        if cpus.iter().all(|byte| *byte == 0) {
            return Err(Errno::EINVAL);
        }
        *thread.scheduling.affinity.lock() = cpus;
        thread.scheduling.is_bound.store(true, Release);
        if thread.backend_id().0 != 0 {
            self.bind(&thread, thread.backend_id());
        }
        Ok(0)
    }

    /// Has the backend run a thread where and how it may run, if it was ever told; called as it starts, too.
    pub fn place(self, thread: &Thread) {
        if thread.scheduling.is_bound.load(Acquire) {
            self.bind(thread, thread.backend_id());
        }
        if thread.scheduling.is_ranked.load(Relaxed) {
            self.rank(thread, thread.backend_id());
        }
    }

    /// Has the backend run the calling thread where and how it may, whatever it was told before.
    pub(super) fn place_anew(self) {
        let id = self.kernel.backend.current();
        self.bind(self.thread, id);
        self.rank(self.thread, id);
    }

    fn bind(self, thread: &Thread, id: ThreadId) {
        let cpus = *thread.scheduling.affinity.lock();
        // A backend that cannot leaves the set a wish.
        let _ = self.kernel.backend.set_affinity(id, &cpus);
    }

    /// A thread of the kernel's has been made: it runs on all processors, and before the program's threads once those have
    /// levels, since what they wait for may be its to do.
    pub(super) fn note_own(self, thread: &Arc<Thread>, id: ThreadId) {
        thread.backend_id.store(id.0, Release);
        if self.thread.scheduling.is_bound.load(Acquire) {
            // As in `bind`.
            let _ = self.kernel.backend.set_affinity(id, &[0xff; CPUS_MAX / 8]);
        }
        let mut own = self.kernel.tasks.own_threads.lock();
        own.retain(|thread| thread.strong_count() > 0);
        own.push(Arc::downgrade(thread));
        if self.kernel.tasks.flags.are_ranked.load(Relaxed) {
            self.go_ahead(thread);
        }
    }

    fn go_ahead(self, thread: &Thread) {
        thread.scheduling.policy.store(abi::SCHED_FIFO, Relaxed);
        thread.scheduling.priority.store(AHEAD, Relaxed);
        thread.scheduling.is_ranked.store(true, Relaxed);
        // As in `bind`.
        let _ = self.kernel.backend.set_priority(thread.backend_id(), thread.scheduling.priority());
    }

    #[cold]
    pub(super) fn rank(self, thread: &Thread, id: ThreadId) {
        thread.scheduling.is_ranked.store(true, Relaxed);
        loop {
            let priority = thread.scheduling.priority();
            if priority.level > 0 && !self.kernel.tasks.flags.are_ranked.swap(true, Relaxed) {
                let own = self.kernel.tasks.own_threads.lock();
                own.iter().filter_map(Weak::upgrade).for_each(|thread| self.go_ahead(&thread));
            }
            thread.futex.rank(priority.level);
            if id.0 != 0 {
                // As in `bind`: where the host gives its process no right to it.
                let _ = self.kernel.backend.set_priority(id, priority);
            }
            // Somebody may have lent it something meanwhile.
            if thread.scheduling.priority() == priority {
                return;
            }
        }
    }

    /// The calling thread takes a mutex with a priority ceiling. `EINVAL` if its own is higher, or it has none.
    pub fn raise_to_ceiling(self, mutex: usize, ceiling: u8) -> Result<()> {
        let kept = &self.thread.scheduling;
        if !(1..=i32::from(ceiling)).contains(&kept.priority.load(Relaxed)) {
            return Err(Errno::EINVAL);
        }
        kept.ceilings.lock().push((mutex, ceiling));
        self.rank(self.thread, self.thread.backend_id());
        Ok(())
    }

    /// The calling thread has given such a mutex back.
    pub fn leave_ceiling(self, mutex: usize) {
        let kept = &self.thread.scheduling;
        {
            let mut ceilings = kept.ceilings.lock();
            if let Some(at) = ceilings.iter().position(|held| held.0 == mutex) {
                ceilings.swap_remove(at);
            }
        }
        self.rank(self.thread, self.thread.backend_id());
    }

    /// sched_getscheduler(2)
    pub fn sys_sched_getscheduler(self, tid: i32) -> Result<i32> {
        Ok(self.scheduled_thread(tid)?.scheduling.policy.load(Relaxed))
    }

    /// sched_setscheduler(2)
    pub fn sys_sched_setscheduler(self, tid: i32, policy: i32, priority: UserPtr<i32>) -> Result<i32> {
        if policy < 0 || priority.is_null() {
            return Err(Errno::EINVAL);
        }
        self.set_policy(tid, Some(policy), priority)
    }

    /// sched_getparam(2)
    pub fn sys_sched_getparam(self, tid: i32, priority: UserPtr<i32>) -> Result<i32> {
        if priority.is_null() {
            return Err(Errno::EINVAL);
        }
        priority.write(self.scheduled_thread(tid)?.scheduling.shown().2)?;
        Ok(0)
    }

    /// Returns the real-time priority that a thread was told, whatever ceilings it runs by.
    pub fn told_priority(self, tid: i32) -> Result<i32> {
        Ok(self.thread_or_self(tid)?.scheduling.priority.load(Relaxed))
    }

    /// sched_setparam(2)
    pub fn sys_sched_setparam(self, tid: i32, priority: UserPtr<i32>) -> Result<i32> {
        if priority.is_null() {
            return Err(Errno::EINVAL);
        }
        self.set_policy(tid, None, priority)
    }

    fn set_policy(self, tid: i32, policy: Option<i32>, priority: UserPtr<i32>) -> Result<i32> {
        if tid < 0 {
            return Err(Errno::EINVAL);
        }
        let priority = priority.read()?;
        let thread = self.scheduled_thread(tid)?;
        let kept = &thread.scheduling;
        let policy = policy.unwrap_or_else(|| kept.policy.load(Relaxed));
        let range = priorities(policy & !abi::SCHED_RESET_ON_FORK).ok_or(Errno::EINVAL)?;
        if !range.contains(&priority) {
            return Err(Errno::EINVAL);
        }
        kept.policy.store(policy, Relaxed);
        kept.priority.store(priority, Relaxed);
        self.rank(&thread, thread.backend_id());
        Ok(0)
    }

    /// sched_setattr(2). There are no deadlines and no clamps of utilisation.
    pub fn sys_sched_setattr(self, tid: i32, attributes: UserPtr<u8>, flags: u32) -> Result<i32> {
        if tid < 0 || attributes.is_null() || flags != 0 {
            return Err(Errno::EINVAL);
        }
        let size = match UserPtr::<u32>::new(attributes.address()).read()? as usize {
            0 => ATTRIBUTES_BYTES,
            size => size,
        };
        let mut rest = ATTRIBUTES_BYTES..size;
        if !(ATTRIBUTES_BYTES..=PAGE_BYTES).contains(&size)
            || !rest.try_fold(true, |all, i| Ok::<_, Errno>(all && attributes.add(i).read()? == 0))?
        {
            UserPtr::<u32>::new(attributes.address()).write(ATTRIBUTES_BYTES as u32)?;
            return Err(Errno::E2BIG);
        }
        let wanted: abi::sched_attr = UserPtr::new(attributes.address()).read()?;
        let policy = wanted.sched_policy as i32;
        let range = match priorities(policy) {
            // Of processor time that can be promised there is none.
            None if policy == SCHED_DEADLINE => return Err(Errno::EBUSY),
            range => range.ok_or(Errno::EINVAL)?,
        };
        let priority = i32::try_from(wanted.sched_priority).unwrap_or(i32::MAX);
        if wanted.sched_flags & !SCHED_FLAG_RESET_ON_FORK != 0 || !range.contains(&priority) {
            return Err(Errno::EINVAL);
        }
        let thread = self.scheduled_thread(tid)?;
        let kept = &thread.scheduling;
        let resets = if wanted.sched_flags == 0 { 0 } else { abi::SCHED_RESET_ON_FORK };
        kept.policy.store(policy | resets, Relaxed);
        kept.priority.store(priority, Relaxed);
        if matches!(policy, abi::SCHED_OTHER | abi::SCHED_BATCH) {
            kept.nice.store(wanted.sched_nice.clamp(-20, 19), Relaxed);
        }
        self.rank(&thread, thread.backend_id());
        Ok(0)
    }

    /// sched_getattr(2)
    pub fn sys_sched_getattr(self, tid: i32, out: UserPtr<u8>, size: u32, flags: u32) -> Result<i32> {
        let is_sound = (ATTRIBUTES_BYTES..=PAGE_BYTES).contains(&(size as usize)) && flags == 0;
        if tid < 0 || out.is_null() || !is_sound {
            return Err(Errno::EINVAL);
        }
        let thread = self.scheduled_thread(tid)?;
        let (_, nice, real_time, policy) = thread.scheduling.shown();
        let resets = thread.scheduling.policy.load(Relaxed) & abi::SCHED_RESET_ON_FORK != 0;
        let attributes = abi::sched_attr {
            size: ATTRIBUTES_BYTES as u32,
            sched_policy: policy as u32,
            sched_flags: if resets { SCHED_FLAG_RESET_ON_FORK } else { 0 },
            // As on Linux, only the policies that heed it have one.
            sched_nice: if matches!(policy, abi::SCHED_OTHER | abi::SCHED_BATCH) { nice } else { 0 },
            sched_priority: real_time as u32,
            sched_runtime: 0,
            sched_deadline: 0,
            sched_period: 0,
        };
        UserPtr::new(out.address()).write(attributes)?;
        Ok(0)
    }

    /// sched_rr_get_interval(2)
    pub fn sys_sched_rr_get_interval(self, tid: i32, slice: UserPtr<abi::timespec>) -> Result<i32> {
        let slice_ns = self.scheduled_thread(tid)?.scheduling.priority().slice_ns();
        slice.write(abi::timespec { tv_sec: 0, tv_nsec: slice_ns as i64 })?;
        Ok(0)
    }

    /// Calls `each` for every thread that setpriority(2) means by `which` and `who`.
    fn prioritised(self, which: u32, who: u32, mut each: impl FnMut(&Thread)) -> Result<()> {
        let is_process = match which {
            abi::PRIO_PROCESS => {
                each(&*self.thread_or_self(who as i32)?);
                return Ok(());
            }
            abi::PRIO_PGRP => who == 0 || who == PID as u32,
            abi::PRIO_USER => who == 0,
            _ => return Err(Errno::EINVAL),
        };
        if !is_process {
            return Err(Errno::ESRCH);
        }
        self.kernel.tasks.threads.lock().iter().for_each(|thread| each(thread));
        Ok(())
    }

    fn set_nice(self, thread: &Thread, nice: i32) -> i32 {
        let nice = nice.clamp(-20, 19);
        thread.scheduling.nice.store(nice, Relaxed);
        self.rank(thread, thread.backend_id());
        nice
    }

    /// getpriority(2): the least nice of those meant.
    pub fn sys_getpriority(self, which: u32, who: u32) -> Result<i32> {
        let mut least = i32::MAX;
        self.prioritised(which, who, |thread| least = least.min(thread.scheduling.nice.load(Relaxed)))?;
        Ok(least)
    }

    /// setpriority(2)
    pub fn sys_setpriority(self, which: u32, who: u32, value: i32) -> Result<i32> {
        self.prioritised(which, who, |thread| {
            self.set_nice(thread, value);
        })?;
        Ok(0)
    }

    /// nice(2)
    pub fn sys_nice(self, increment: i32) -> Result<i32> {
        let nice = self.thread.scheduling.nice.load(Relaxed);
        Ok(self.set_nice(self.thread, nice.saturating_add(increment)))
    }
}

/// Takes processors that are not there out of a set.
fn mask_out(cpus: &mut CpuSet, count: usize) {
    for (i, byte) in cpus.iter_mut().enumerate() {
        let left = count.saturating_sub(i * 8).min(8);
        *byte &= ((1u16 << left) - 1) as u8;
    }
}
