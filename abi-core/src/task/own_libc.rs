//! Threads of a program that brings its own libc: what clone(2) and its like are about.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::futex::Reason;
use super::{THREADS_MAX, Thread};
use crate::abi::{self, Errno, Result};
use crate::backend::ThreadSpec;
use crate::boundary::atomic::{compare_exchange_u32, load_u32};
use crate::boundary::syscall::{SyscallFrame, go_on};
use crate::boundary::user::UserPtr;
use crate::boundary::vectors::Control;
use crate::kernel::Context;
use crate::sync::Mutex;
use crate::upcall::TrapFrame;

/// Thread names are this long, with an ending 0 (`TASK_COMM_LEN`).
const NAME_BYTES: usize = 16;
/// Size of `struct robust_list_head`.
const ROBUST_HEAD_BYTES: usize = 24;
/// How many robust futexes are looked at (`ROBUST_LIST_LIMIT`).
const ROBUST_MAX: usize = 2048;
/// The highest address of a program, plus one.
const ADDRESS_END: usize = 0x7fff_ffff_f000;

/// A thread's part, where its program has its own libc.
pub struct OwnLibc {
    /// Where 0 is stored when it ends (set_tid_address(2)).
    clear_child_tid: AtomicUsize,
    /// `struct robust_list_head`, or 0.
    robust_list: AtomicUsize,
    /// The FS base it asked for.
    thread_pointer: AtomicUsize,
    /// Whether it has called exit(2).
    has_exited: AtomicBool,
    /// Its name, if it was given one.
    name: Mutex<Option<[u8; NAME_BYTES]>>,
    /// The registers it was interrupted with, on its way into the kernel. Written and read by the thread itself.
    pub interrupted: UnsafeCell<TrapFrame>,
}

// SAFETY: the cell is the thread's own.
unsafe impl Sync for OwnLibc {}

impl OwnLibc {
    /// Makes the state a thread starts with.
    pub const fn new() -> Self {
        const ZERO: TrapFrame = TrapFrame::zero();
        Self {
            clear_child_tid: AtomicUsize::new(0),
            robust_list: AtomicUsize::new(0),
            thread_pointer: AtomicUsize::new(0),
            has_exited: AtomicBool::new(false),
            name: Mutex::new(None),
            interrupted: UnsafeCell::new(ZERO),
        }
    }

    /// Gives it a name, which ends with a 0.
    pub fn set_name(&self, name: [u8; NAME_BYTES]) {
        *self.name.lock() = Some(name);
    }

    /// Tells whether it has called exit(2).
    pub fn has_exited(&self) -> bool {
        self.has_exited.load(Ordering::Relaxed)
    }

    /// Returns the name it was given, without the ending 0.
    pub fn name(&self) -> Option<[u8; NAME_BYTES]> {
        *self.name.lock()
    }
}

impl Default for OwnLibc {
    fn default() -> Self {
        Self::new()
    }
}

/// A pointer in the list of robust futexes.
#[derive(Clone, Copy)]
struct Listed {
    /// Of the entry.
    address: usize,
    /// Whether it is a lock with an owner (`FUTEX_LOCK_PI`).
    is_owned: bool,
}

impl From<usize> for Listed {
    fn from(pointer: usize) -> Self {
        Self { address: pointer & !1, is_owned: pointer & 1 != 0 }
    }
}

/// What clone(2) and clone3(2) are told.
#[derive(Debug, Clone, Copy)]
pub struct CloneArguments {
    /// `CLONE_…`, and the signal at its end.
    pub flags: u64,
    /// The stack pointer it starts with.
    pub stack: usize,
    /// Where its number goes (`CLONE_PARENT_SETTID`).
    pub parent_tid: usize,
    /// Where its number goes, and 0 when it ends (`CLONE_CHILD_SETTID`, `CLONE_CHILD_CLEARTID`).
    pub child_tid: usize,
    /// Its FS base (`CLONE_SETTLS`).
    pub tls: usize,
}

/// Flags without which it would be another process.
const THREAD_FLAGS: u64 = (abi::CLONE_VM | abi::CLONE_SIGHAND | abi::CLONE_THREAD) as u64;
/// All that mean something here: descriptors, working directory and semaphores' undo list are shared anyway.
const KNOWN_FLAGS: u64 = THREAD_FLAGS
    | (abi::CLONE_FS
        | abi::CLONE_FILES
        | abi::CLONE_SYSVSEM
        | abi::CLONE_SETTLS
        | abi::CLONE_PARENT_SETTID
        | abi::CLONE_CHILD_SETTID
        | abi::CLONE_CHILD_CLEARTID
        | abi::CLONE_DETACHED
        | abi::CLONE_IO) as u64;

impl CloneArguments {
    /// Reads `struct clone_args` (clone3(2)).
    pub fn read(arguments: UserPtr<u64>, size: usize) -> Result<Self> {
        const VERSION_0_BYTES: usize = 64;
        const LARGEST_BYTES: usize = 4096;
        if size < VERSION_0_BYTES {
            return Err(Errno::EINVAL);
        }
        if size > LARGEST_BYTES {
            return Err(Errno::E2BIG);
        }
        let words = arguments.read_many(8)?;
        let [flags, _pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls] = words[..] else {
            return Err(Errno::EINVAL);
        };
        for extra in VERSION_0_BYTES / 8..size / 8 {
            // set_tid, cgroup and what later versions added.
            if arguments.add(extra).read()? != 0 {
                return Err(Errno::E2BIG);
            }
        }
        // A thread's end is told by no signal; a process is refused later.
        if flags & abi::CLONE_THREAD as u64 != 0 && exit_signal != 0 || (stack == 0) != (stack_size == 0) {
            return Err(Errno::EINVAL);
        }
        Ok(Self {
            flags,
            stack: stack.wrapping_add(stack_size) as usize,
            parent_tid: parent_tid as usize,
            child_tid: child_tid as usize,
            tls: tls as usize,
        })
    }

    fn has(&self, flag: i32) -> bool {
        self.flags & flag as u64 != 0
    }
}

/// What a new thread starts with.
struct Start {
    registers: TrapFrame,
    control: Control,
    tls: Option<usize>,
    /// Where to store its number.
    set_tid: Option<usize>,
}

impl Context<'_> {
    /// clone(2), of threads only: `ENOSYS` for processes.
    pub fn sys_clone(self, arguments: CloneArguments) -> Result<i32> {
        if !self.thread.program.has_own_libc() || arguments.flags & THREAD_FLAGS != THREAD_FLAGS {
            return self.another_process();
        }
        if arguments.flags & !KNOWN_FLAGS != 0 || arguments.stack == 0 {
            return Err(Errno::EINVAL);
        }
        if arguments.has(abi::CLONE_SETTLS) && arguments.tls >= ADDRESS_END {
            return Err(Errno::EPERM);
        }
        self.reap_detached();
        if self.kernel.tasks.threads.lock().len() >= THREADS_MAX {
            return Err(Errno::EAGAIN);
        }
        let tid = self.new_tid();
        let thread = Arc::new(Thread::new(tid, self.thread.program.clone()));
        thread.inherit(self.thread);
        thread.ends_detached.store(1, Ordering::Relaxed);
        *thread.own.name.lock() = self.thread.own.name();
        if arguments.has(abi::CLONE_CHILD_CLEARTID) {
            thread.own.clear_child_tid.store(arguments.child_tid, Ordering::Relaxed);
        }
        if arguments.has(abi::CLONE_PARENT_SETTID) {
            UserPtr::new(arguments.parent_tid).write(tid)?;
        }
        let mut registers = SyscallFrame::of(self.thread).registers;
        (registers.rax, registers.rsp) = (0, arguments.stack as u64);
        let own_tls = self.thread.own.thread_pointer.load(Ordering::Relaxed);
        let start = Box::new(Start {
            registers,
            control: Control::current(),
            tls: Some(if arguments.has(abi::CLONE_SETTLS) { arguments.tls } else { own_tls }),
            set_tid: arguments.has(abi::CLONE_CHILD_SETTID).then_some(arguments.child_tid),
        });
        self.kernel.tasks.threads.lock().push(thread.clone());
        self.start_clone(&thread, start).inspect_err(|_| {
            let is_other = |other: &Arc<Thread>| !Arc::ptr_eq(other, &thread);
            self.kernel.tasks.threads.lock().retain(is_other);
        })?;
        Ok(tid)
    }

    /// The program asks for another process: `ENOSYS`. If it fails then, [`Context::exit_program`] says why.
    pub fn another_process(self) -> Result<i32> {
        self.kernel.tasks.flags.wants_processes.store(true, Ordering::Relaxed);
        Err(Errno::ENOSYS)
    }

    fn start_clone(self, thread: &Arc<Thread>, start: Box<Start>) -> Result<()> {
        self.admit_start(thread)?;
        let argument = Box::into_raw(start);
        let slot = Arc::as_ptr(thread).cast_mut().cast();
        let priority = thread.scheduling.priority();
        let spec = ThreadSpec { priority, ..ThreadSpec::new(begin, argument.expose_provenance(), slot) };
        // SAFETY: the table of threads keeps the thread until it is gone.
        let spawned = unsafe { self.kernel.backend.spawn(&spec) };
        let id = spawned.map_err(|error| {
            // SAFETY: nobody took it.
            drop(unsafe { Box::from_raw(argument) });
            Errno::from(error)
        })?;
        thread.backend_id.store(id.0, Ordering::Release);
        Ok(())
    }

    /// exit(2): ends the calling thread, and the program with its last one.
    pub fn sys_exit(self, status: i32) -> ! {
        if !self.thread.program.has_own_libc() {
            self.thread_exit();
        }
        self.leave_locks(|| self.let_go_of_robust());
        let is_last = {
            let threads = self.kernel.tasks.threads.lock();
            self.thread.own.has_exited.store(true, Ordering::Relaxed);
            let is_left = |thread: &Arc<Thread>| {
                Arc::ptr_eq(&thread.program, &self.thread.program) && !thread.own.has_exited()
            };
            !threads.iter().any(is_left)
        };
        // Who joins the thread now will not find it any more.
        let word = self.thread.own.clear_child_tid.load(Ordering::Relaxed);
        if word != 0 && UserPtr::new(word).write(0u32).is_ok() {
            let _ = self.futex_wake(UserPtr::new(word), 1, super::BITSET_ANY);
        }
        if is_last {
            self.exit_program(status);
        }
        self.thread_exit()
    }

    /// set_tid_address(2)
    pub fn sys_set_tid_address(self, word: usize) -> i32 {
        self.thread.own.clear_child_tid.store(word, Ordering::Relaxed);
        self.thread.tid
    }

    /// arch_prctl(2): FS is the program's, GS the machine's.
    pub fn sys_arch_prctl(self, code: i32, address: usize) -> Result<i32> {
        const ARCH_SET_FS: i32 = 0x1002;
        const ARCH_GET_FS: i32 = 0x1003;
        let own = &self.thread.own.thread_pointer;
        match code {
            _ if !matches!(code, ARCH_SET_FS | ARCH_GET_FS) => Err(Errno::EINVAL),
            // The library's thread control block is behind FS there.
            _ if !self.thread.program.has_own_libc() => Err(Errno::EPERM),
            ARCH_SET_FS if address >= ADDRESS_END => Err(Errno::EPERM),
            ARCH_SET_FS => {
                own.store(address, Ordering::Relaxed);
                // SAFETY: kernel code does not use FS; what the program makes of it is its own affair.
                unsafe { self.kernel.backend.set_thread_pointer(address) };
                Ok(0)
            }
            _ => UserPtr::new(address).write(own.load(Ordering::Relaxed)).map(|()| 0),
        }
    }

    /// set_robust_list(2)
    pub fn sys_set_robust_list(self, head: usize, len_bytes: usize) -> Result<i32> {
        if len_bytes != ROBUST_HEAD_BYTES {
            return Err(Errno::EINVAL);
        }
        self.thread.own.robust_list.store(head, Ordering::Relaxed);
        Ok(0)
    }

    /// get_robust_list(2)
    pub fn sys_get_robust_list(self, tid: i32, head: UserPtr<usize>, len: UserPtr<usize>) -> Result<i32> {
        let thread = self.thread_numbered(if tid == 0 { self.thread.tid } else { tid })?;
        len.write(ROBUST_HEAD_BYTES)?;
        head.write(thread.own.robust_list.load(Ordering::Relaxed))?;
        Ok(0)
    }

    /// Marks the robust futexes that the ending thread holds, and wakes one that waits for each.
    fn let_go_of_robust(self) {
        let head = self.thread.own.robust_list.swap(0, Ordering::Relaxed);
        if head != 0 {
            // A damaged list ends here, as on Linux.
            let _ = self.walk_robust(UserPtr::new(head));
        }
    }

    fn walk_robust(self, head: UserPtr<usize>) -> Result<()> {
        let offset = head.add(1).read()?;
        let pending = Listed::from(head.add(2).read()?);
        let mut entry = Listed::from(head.read()?);
        for _ in 0..ROBUST_MAX {
            if entry.address == head.address() {
                break;
            }
            let next = UserPtr::<usize>::new(entry.address).read();
            if entry.address != pending.address {
                self.owner_died(entry, offset)?;
            }
            entry = Listed::from(next?);
        }
        if pending.address == 0 {
            return Ok(());
        }
        let word = UserPtr::<u32>::new(pending.address.wrapping_add(offset));
        if !pending.is_owned && load_u32(word)? == 0 {
            // It was given back, and whoever waits perhaps not woken yet.
            self.futex_wake(word, 1, super::BITSET_ANY)?;
        }
        self.owner_died(pending, offset)
    }

    fn owner_died(self, entry: Listed, offset: usize) -> Result<()> {
        let word = UserPtr::<u32>::new(entry.address.wrapping_add(offset));
        loop {
            let seen = load_u32(word)?;
            if seen & abi::FUTEX_TID_MASK != self.thread.tid as u32 {
                return Ok(());
            }
            if entry.is_owned {
                return self.pass_on(word, Reason::OwnerDied);
            }
            let marked = seen & abi::FUTEX_WAITERS | abi::FUTEX_OWNER_DIED;
            if compare_exchange_u32(word, seen, marked)? == seen {
                if seen & abi::FUTEX_WAITERS != 0 {
                    self.futex_wake(word, 1, super::BITSET_ANY)?;
                }
                return Ok(());
            }
        }
    }

    /// Reads a thread's name as prctl(2) takes it: cut where it is too long.
    pub fn read_thread_name(self, name: UserPtr<u8>) -> Result<[u8; NAME_BYTES]> {
        let mut bytes = [0; NAME_BYTES];
        for (index, byte) in bytes[..NAME_BYTES - 1].iter_mut().enumerate() {
            *byte = name.add(index).read()?;
            if *byte == 0 {
                break;
            }
        }
        Ok(bytes)
    }

    /// `PR_SET_NAME`
    pub fn set_thread_name(self, name: UserPtr<u8>) -> Result<i32> {
        self.thread.own.set_name(self.read_thread_name(name)?);
        Ok(0)
    }

    /// `PR_GET_NAME`
    pub fn get_thread_name(self, out: UserPtr<u8>) -> Result<i32> {
        let name = self.thread.own.name().unwrap_or_else(|| {
            let mut bytes = [0; NAME_BYTES];
            let known = &self.thread.program.name;
            let len = known.len().min(NAME_BYTES - 1);
            bytes[..len].copy_from_slice(&known[..len]);
            bytes
        });
        out.write_many(&name)?;
        Ok(0)
    }
}

/// A new thread's first function, on its kernel stack.
extern "C" fn begin(argument: usize, kernel_stack_top: usize) -> ! {
    let cx = Context::current();
    cx.thread.arrive(kernel_stack_top);
    // SAFETY: `start_clone` gave it to this thread.
    let start = unsafe { Box::from_raw(core::ptr::with_exposed_provenance_mut::<Start>(argument)) };
    let Start { registers, control, tls, set_tid } = *start;
    if let Some(tls) = tls {
        cx.thread.own.thread_pointer.store(tls, Ordering::Relaxed);
        // SAFETY: see `sys_arch_prctl`.
        unsafe { cx.kernel.backend.set_thread_pointer(tls) };
    }
    if let Some(word) = set_tid {
        // As on Linux, where nobody is told.
        let _ = UserPtr::new(word).write(cx.thread.tid);
    }
    control.load();
    // SAFETY: the registers of a system call that the program made, on a stack it gave.
    unsafe { go_on(&registers) }
}
