//! getrlimit(2), getrusage(2), getpriority(2), and the flags of prctl(2).
//!
//! Enforced: `RLIMIT_NOFILE` (the descriptor table), `RLIMIT_FSIZE` (`fs`), `RLIMIT_AS` and `RLIMIT_DATA` (`mm`),
//! `RLIMIT_MSGQUEUE` (`ipc`), `RLIMIT_SIGPENDING` (`signal`, for each list), `RLIMIT_CPU` (a timer). The others are kept and
//! reported; `RLIMIT_CORE` stays without effect since no core is ever written.

use core::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use crate::abi::{self, Errno, PID, Result, rlimit};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::signal::{Info, Target};
use crate::sync::Mutex;

/// How many kinds of limits there are.
const KINDS: usize = 16;

/// The most descriptors a limit can ask for (`/proc/sys/fs/nr_open`).
pub const MAX_DESCRIPTORS: u64 = 1 << 20;

/// Limits of the process.
pub struct Limits {
    /// (soft, hard) by kind.
    table: Mutex<[(u64, u64); KINDS]>,
    /// `RLIMIT_FSIZE`, which every write asks for.
    file_bytes: AtomicU64,
}

impl Limits {
    /// Makes the limits a program starts with.
    pub const fn new() -> Self {
        let mut limits = [(abi::RLIM_INFINITY, abi::RLIM_INFINITY); KINDS];
        limits[abi::RLIMIT_STACK as usize].0 = 8 << 20;
        limits[abi::RLIMIT_CORE as usize].0 = 0;
        limits[abi::RLIMIT_NOFILE as usize] = (1024, MAX_DESCRIPTORS);
        limits[abi::RLIMIT_NPROC as usize] = (32768, 32768);
        limits[abi::RLIMIT_MEMLOCK as usize] = (8 << 20, 8 << 20);
        limits[abi::RLIMIT_SIGPENDING as usize] = (65536, 65536);
        limits[abi::RLIMIT_MSGQUEUE as usize] = (819_200, 819_200);
        limits[abi::RLIMIT_NICE as usize] = (0, 0);
        limits[abi::RLIMIT_RTPRIO as usize] = (0, 0);
        Self { table: Mutex::new(limits), file_bytes: AtomicU64::new(abi::RLIM_INFINITY) }
    }

    /// Returns the (soft, hard) limit of a kind.
    pub fn get(&self, kind: u32) -> Option<(u64, u64)> {
        self.table.lock().get(kind as usize).copied()
    }

    /// Returns the soft limit of a kind there is.
    pub fn soft(&self, kind: u32) -> u64 {
        self.get(kind).map_or(abi::RLIM_INFINITY, |(soft, _)| soft)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// What prctl(2) sets, and what else is kept of the process.
pub struct ProcessFlags {
    /// Not `PR_SET_DUMPABLE`.
    pub is_undumpable: AtomicBool,
    /// Whether the program has asked for another process.
    pub wants_processes: AtomicBool,
    /// Whether any thread has had a level ([`crate::backend::Priority`]).
    pub are_ranked: AtomicBool,
    /// Whether the program has asked to be another user or group than root.
    pub wants_users: AtomicBool,
    /// What membarrier(2) was registered for, as its commands.
    pub barriers: AtomicI32,
    /// `PR_SET_PDEATHSIG`
    pub parent_death_signal: AtomicI32,
    /// `PR_SET_NO_NEW_PRIVS`
    pub has_no_new_privileges: AtomicBool,
    /// `PR_SET_KEEPCAPS`
    pub keeps_capabilities: AtomicBool,
    /// `PR_SET_THP_DISABLE`; there are none anyway.
    pub has_no_huge_pages: AtomicBool,
    /// `PR_SET_TIMERSLACK`
    pub timer_slack_ns: AtomicI32,
    /// `/proc/self/oom_score_adj`
    pub oom_score_adj: AtomicI32,
}

impl ProcessFlags {
    /// Makes the flags a program starts with.
    pub const fn new() -> Self {
        Self {
            is_undumpable: AtomicBool::new(false),
            wants_processes: AtomicBool::new(false),
            are_ranked: AtomicBool::new(false),
            wants_users: AtomicBool::new(false),
            barriers: AtomicI32::new(0),
            parent_death_signal: AtomicI32::new(0),
            has_no_new_privileges: AtomicBool::new(false),
            keeps_capabilities: AtomicBool::new(false),
            has_no_huge_pages: AtomicBool::new(false),
            timer_slack_ns: AtomicI32::new(50_000),
            oom_score_adj: AtomicI32::new(0),
        }
    }
}

impl ProcessFlags {
    /// Sets what execve(2) sets back.
    pub fn program_replaced(&self) {
        self.is_undumpable.store(false, Ordering::Relaxed);
        self.keeps_capabilities.store(false, Ordering::Relaxed);
        self.barriers.store(0, Ordering::Relaxed);
    }
}

impl Default for ProcessFlags {
    fn default() -> Self {
        Self::new()
    }
}

impl Context<'_> {
    /// prlimit(2)
    pub fn sys_prlimit(self, pid: i32, kind: u32, new: UserPtr<rlimit>, old: UserPtr<rlimit>) -> Result<i32> {
        if pid != 0 && pid != PID {
            return Err(Errno::ESRCH);
        }
        let new = new.non_null().map(UserPtr::<rlimit>::read).transpose()?;
        if new.is_some_and(|new| new.rlim_cur > new.rlim_max) {
            return Err(Errno::EINVAL);
        }
        if new.is_some_and(|new| kind == abi::RLIMIT_NOFILE && new.rlim_max > MAX_DESCRIPTORS) {
            return Err(Errno::EPERM);
        }
        let before = {
            let mut limits = self.kernel.tasks.limits.table.lock();
            let slot = limits.get_mut(kind as usize).ok_or(Errno::EINVAL)?;
            let before = *slot;
            if let Some(new) = new {
                *slot = (new.rlim_cur, new.rlim_max);
                match kind {
                    abi::RLIMIT_NOFILE => {
                        let limit = usize::try_from(new.rlim_cur).unwrap_or(usize::MAX);
                        self.files().descriptors.lock().set_limit(limit);
                    }
                    abi::RLIMIT_FSIZE => {
                        self.kernel.tasks.limits.file_bytes.store(new.rlim_cur, Ordering::Relaxed);
                    }
                    _ => {}
                }
            }
            before
        };
        if let Some(new) = new.filter(|_| kind == abi::RLIMIT_CPU) {
            self.set_processor_limit((new.rlim_cur != abi::RLIM_INFINITY).then_some(new.rlim_cur))?;
        }
        if let Some(old) = old.non_null() {
            old.write(rlimit { rlim_cur: before.0, rlim_max: before.1 })?;
        }
        Ok(0)
    }

    /// `RLIMIT_CPU` is reached: `SIGXCPU` says so every second at the soft limit, which moves on, and the hard one is the end.
    pub fn processor_time_is_over(self) {
        let used = self.kernel.backend.total_cpu_time().as_secs();
        let hard = {
            let mut limits = self.kernel.tasks.limits.table.lock();
            let (soft, hard) = &mut limits[abi::RLIMIT_CPU as usize];
            if *soft == abi::RLIM_INFINITY {
                return;
            }
            *soft = used + 1;
            *hard
        };
        let signal = if used >= hard { abi::SIGKILL } else { abi::SIGXCPU };
        // Without room in the queue it is pending already.
        let _ = self.send_signal(Info { code: abi::SI_KERNEL, ..Info::new(signal) }, Target::Process);
    }

    /// Returns how many bytes from `offset` on `RLIMIT_FSIZE` lets a regular file have.
    pub fn file_room(self, offset: u64) -> u64 {
        self.kernel.tasks.limits.file_bytes.load(Ordering::Relaxed).saturating_sub(offset)
    }

    /// Returns how many of `len` bytes at `offset` of a regular file `RLIMIT_FSIZE` lets through; `EFBIG` and
    /// `SIGXFSZ` for none.
    pub fn limit_file_bytes(self, offset: u64, len: usize) -> Result<usize> {
        let room = self.file_room(offset);
        if room == 0 && len > 0 {
            self.send_signal_to_self(abi::SIGXFSZ);
            return Err(Errno::EFBIG);
        }
        Ok(usize::try_from(room).unwrap_or(usize::MAX).min(len))
    }

    /// Makes sure that a regular file may get this long, as [`Context::limit_file_bytes`].
    pub fn check_file_len(self, len_bytes: u64) -> Result<()> {
        self.limit_file_bytes(len_bytes.saturating_sub(1), usize::from(len_bytes > 0)).map(drop)
    }

    /// Makes sure that so many more bytes may be mapped; `is_data` for private writable ones.
    pub fn check_memory_limits(self, more_bytes: usize, is_data: bool) -> Result<()> {
        let limits = &self.kernel.tasks.limits;
        let address_space = limits.soft(abi::RLIMIT_AS);
        let data = if is_data { limits.soft(abi::RLIMIT_DATA) } else { abi::RLIM_INFINITY };
        let mm = &self.kernel.mm;
        let exceeds = |limit: u64, mapped: &dyn Fn() -> usize| {
            limit != abi::RLIM_INFINITY && (mapped() as u64).saturating_add(more_bytes as u64) > limit
        };
        if exceeds(address_space, &|| mm.mapped_bytes()) || exceeds(data, &|| mm.data_bytes()) {
            return Err(Errno::ENOMEM);
        }
        Ok(())
    }
}
