//! Raw system calls: no `errno`, no thread-locals, so they may be made whatever FS points to.
#![expect(unsafe_code, reason = "system calls are made by assembly")]

use core::ffi::{CStr, c_long};
use core::ptr::{NonNull, null, null_mut};
use core::sync::atomic::AtomicU32;

use abi_core::abi::Errno;
use abi_core::backend::Priority;

/// The result of a system call.
pub type Result<T> = core::result::Result<T, Errno>;

/// Makes a system call; returns what the kernel returned.
///
/// # Safety
/// The arguments keep what the call's man page asks for.
#[inline(always)]
pub unsafe fn raw(number: c_long, args: [usize; 6]) -> isize {
    let result;
    // SAFETY: the caller's promise; the kernel changes only rax, rcx and r11.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Splits a system call's result into value and error.
#[inline]
pub fn check(value: isize) -> Result<usize> {
    if (-4095..0).contains(&value) { Err(Errno(-value as i32)) } else { Ok(value as usize) }
}

/// Makes a system call with up to six arguments.
macro_rules! call {
    ($number:ident $(, $arg:expr)* $(,)?) => {
        $crate::sys::check($crate::sys::raw(libc::$number, $crate::sys::six([$($arg as usize),*])))
    };
}
pub(crate) use call;

/// Fills up the arguments of a system call.
#[inline(always)]
pub fn six<const N: usize>(given: [usize; N]) -> [usize; 6] {
    let mut args = [0; 6];
    args[..N].copy_from_slice(&given);
    args
}

/// mmap(2)
///
/// # Safety
/// With `MAP_FIXED` nothing that is still referenced lies in the range.
pub unsafe fn mmap(
    address: usize,
    len: usize,
    prot: i32,
    flags: i32,
    fd: i32,
    offset: usize,
) -> Result<usize> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_mmap, address, len, prot, flags, fd, offset) }
}

/// Maps fresh zeroed memory anywhere.
pub fn map_anywhere(len: usize, flags: i32) -> Result<NonNull<u8>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | flags;
    // SAFETY: no fixed address.
    let start = unsafe { mmap(0, len, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) }?;
    NonNull::new(start as *mut u8).ok_or(Errno::ENOMEM)
}

/// munmap(2)
///
/// # Safety
/// Nothing that is still referenced lies in the range.
pub unsafe fn munmap(address: usize, len: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_munmap, address, len) }.map(drop)
}

/// mprotect(2)
///
/// # Safety
/// Nothing relies on the access the range loses.
pub unsafe fn mprotect(address: usize, len: usize, prot: i32) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_mprotect, address, len, prot) }.map(drop)
}

/// madvise(2)
///
/// # Safety
/// Nothing relies on the contents the advice drops.
pub unsafe fn madvise(address: usize, len: usize, advice: i32) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_madvise, address, len, advice) }.map(drop)
}

/// Brings in private pages that will be written soon. Kernels before Linux 5.14 can't; then they come with faults.
pub fn bring_in(address: usize, len: usize) {
    const MADV_POPULATE_WRITE: i32 = 23;
    // SAFETY: the pages keep what they hold.
    let _ = unsafe { madvise(address, len, MADV_POPULATE_WRITE) };
}

/// mincore(2): a byte for each page that `answers` has room for, of which bit 0 says whether it has memory.
pub fn mincore(address: usize, answers: &mut [u8]) -> Result<()> {
    // SAFETY: stores a byte for each page.
    unsafe { call!(SYS_mincore, address, answers.len() * 4096, answers.as_mut_ptr()) }.map(drop)
}

/// mremap(2) to a fixed place.
///
/// # Safety
/// Nothing that is still referenced lies in either range.
pub unsafe fn mremap(from: usize, len: usize, to: usize) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_mremap, from, len, len, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, to) }.map(drop)
}

/// memfd_create(2)
pub fn memfd_create(name: &CStr) -> Result<i32> {
    // SAFETY: the name is NUL-terminated.
    unsafe { call!(SYS_memfd_create, name.as_ptr(), libc::MFD_CLOEXEC) }.map(|fd| fd as i32)
}

/// ftruncate(2)
pub fn ftruncate(fd: i32, len: u64) -> Result<()> {
    // SAFETY: takes no pointer.
    unsafe { call!(SYS_ftruncate, fd, len) }.map(drop)
}

/// open(2) for reading.
pub fn open_read_only(path: &CStr) -> Result<i32> {
    // SAFETY: a C string.
    unsafe { call!(SYS_openat, libc::AT_FDCWD, path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) }
        .map(|fd| fd as i32)
}

/// Returns a file's length in bytes, by lseek(2).
pub fn file_len(fd: i32) -> Result<usize> {
    // SAFETY: no memory is involved.
    unsafe { call!(SYS_lseek, fd, 0, libc::SEEK_END) }
}

/// close(2)
pub fn close(fd: i32) {
    // SAFETY: takes no pointer. The descriptor is gone whatever the call says.
    let _ = unsafe { call!(SYS_close, fd) };
}

/// read(2)
pub fn read(fd: i32, buf: &mut [u8]) -> Result<usize> {
    // SAFETY: the buffer is ours and that long.
    unsafe { call!(SYS_read, fd, buf.as_mut_ptr(), buf.len()) }
}

/// write(2)
pub fn write(fd: i32, bytes: &[u8]) -> Result<usize> {
    // SAFETY: the bytes are that long.
    unsafe { call!(SYS_write, fd, bytes.as_ptr(), bytes.len()) }
}

/// poll(2) of one descriptor; returns its events, 0 after the time.
pub fn poll(fd: i32, events: i16, timeout_ms: i32) -> Result<i16> {
    let mut poll = libc::pollfd { fd, events, revents: 0 };
    // SAFETY: one descriptor.
    unsafe { call!(SYS_poll, &raw mut poll, 1, timeout_ms) }?;
    Ok(poll.revents)
}

/// Returns the type of what is behind a descriptor (`S_IF…`), and its number if it is a device.
pub fn file_type(fd: i32) -> Option<(u32, u64)> {
    let mut stat = core::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: fills one stat.
    unsafe { call!(SYS_fstat, fd, stat.as_mut_ptr()) }.ok()?;
    // SAFETY: zeroed and filled.
    let stat = unsafe { stat.assume_init() };
    Some((stat.st_mode & libc::S_IFMT, stat.st_rdev))
}

/// ioctl(2) with a pointer.
///
/// # Safety
/// `argument` is what `request` reads or fills.
pub unsafe fn ioctl<T>(fd: i32, request: libc::c_ulong, argument: *mut T) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_ioctl, fd, request, argument) }.map(drop)
}

/// getrandom(2), never blocking.
pub fn getrandom(buf: &mut [u8]) -> Result<usize> {
    // SAFETY: the buffer is ours and that long.
    unsafe { call!(SYS_getrandom, buf.as_mut_ptr(), buf.len(), libc::GRND_NONBLOCK) }
}

/// clock_gettime(2)
pub fn clock_gettime(clock: i32) -> libc::timespec {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: fills one timespec; a clock that is not there leaves it zero.
    let _ = unsafe { call!(SYS_clock_gettime, clock, &raw mut time) };
    time
}

/// Wakes up to `count` waiters of a word of this process; returns how many.
pub fn futex_wake(word: &AtomicU32, count: usize) -> usize {
    let op = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    let count = count.min(i32::MAX as usize);
    // SAFETY: the word is only named.
    unsafe { call!(SYS_futex, word.as_ptr(), op, count) }.unwrap_or(0)
}

/// Waits while the word holds `expected`, without a deadline.
pub fn futex_wait(word: &AtomicU32, expected: u32) -> Result<()> {
    let op = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word outlives the call.
    unsafe { call!(SYS_futex, word.as_ptr(), op, expected, null::<u8>()) }.map(drop)
}

/// sched_yield(2)
pub fn sched_yield() {
    // SAFETY: takes nothing.
    let _ = unsafe { call!(SYS_sched_yield) };
}

/// membarrier(2), for all threads of this process and what they execute; registers it for that when it must.
pub fn membarrier() -> Result<()> {
    let command = |number: i32| {
        // SAFETY: takes numbers only.
        unsafe { call!(SYS_membarrier, number, 0, 0) }.map(drop)
    };
    command(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE).or_else(|_| {
        command(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE)?;
        command(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)
    })
}

/// gettid(2)
pub fn gettid() -> u32 {
    // SAFETY: takes nothing.
    unsafe { call!(SYS_gettid) }.map_or(0, |tid| tid as u32)
}

/// getpid(2)
pub fn getpid() -> u32 {
    // SAFETY: takes nothing.
    unsafe { call!(SYS_getpid) }.map_or(0, |pid| pid as u32)
}

/// tgkill(2) of a thread of this process.
pub fn tgkill(tid: u32, signal: i32) -> Result<()> {
    // SAFETY: takes no pointer.
    unsafe { call!(SYS_tgkill, getpid(), tid, signal) }.map(drop)
}

/// Ends the process.
pub fn exit_group(status: i32) -> ! {
    loop {
        // SAFETY: takes no pointer and does not return.
        let _ = unsafe { call!(SYS_exit_group, status) };
    }
}

/// Every signal, as the kernel's mask.
pub const ALL_SIGNALS: u64 = u64::MAX;

/// Sets this thread's signal mask; returns the old one.
pub fn set_signal_mask(mask: u64) -> u64 {
    let mut old = 0u64;
    // SAFETY: two masks of the kernel's size.
    let _ = unsafe { call!(SYS_rt_sigprocmask, libc::SIG_SETMASK, &raw const mask, &raw mut old, 8) };
    old
}

/// sigaltstack(2)
///
/// # Safety
/// The memory stays this thread's until it ends.
pub unsafe fn sigaltstack(start: usize, len: usize) -> Result<()> {
    let stack = libc::stack_t { ss_sp: start as *mut libc::c_void, ss_flags: 0, ss_size: len };
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_sigaltstack, &raw const stack, null_mut::<u8>()) }.map(drop)
}

/// The kernel's `struct sigaction`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct KernelSigaction {
    /// The handler.
    pub handler: usize,
    /// `SA_…`
    pub flags: u64,
    /// Where the handler returns to.
    pub restorer: usize,
    /// What is blocked meanwhile.
    pub mask: u64,
}

/// rt_sigaction(2)
///
/// # Safety
/// The handler may run on any thread at any time.
pub unsafe fn sigaction(signal: i32, action: &KernelSigaction) -> Result<()> {
    // SAFETY: the caller's promise.
    unsafe { call!(SYS_rt_sigaction, signal, core::ptr::from_ref(action), null_mut::<u8>(), 8) }.map(drop)
}

/// What a signal's handler is: a function, `SIG_DFL` or `SIG_IGN`; `None` if there is no such signal.
pub fn disposition(signal: i32) -> Option<usize> {
    let mut action = KernelSigaction { handler: 0, flags: 0, restorer: 0, mask: 0 };
    // SAFETY: fills one struct.
    unsafe { call!(SYS_rt_sigaction, signal, null_mut::<u8>(), &raw mut action, 8) }.ok()?;
    Some(action.handler)
}

/// Turns `syscall` instructions outside `start..start+len` on this thread into SIGSYS.
pub fn catch_syscalls(start: usize, len: usize) -> Result<()> {
    const PR_SET_SYSCALL_USER_DISPATCH: i32 = 59;
    const PR_SYS_DISPATCH_ON: i32 = 1;
    // SAFETY: no selector byte is given.
    unsafe { call!(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, start, len, 0) }.map(drop)
}

/// arch_prctl(2) that sets a segment base (`ARCH_SET_FS`, `ARCH_SET_GS`).
///
/// # Safety
/// The base is what the code that uses the segment expects.
pub unsafe fn arch_prctl_set(code: i32, base: usize) {
    // SAFETY: the caller's promise; it fails for non-canonical bases only.
    let _ = unsafe { call!(SYS_arch_prctl, code, base) };
}

/// fstat(2): how many blocks a file has; 0 if that is not known.
pub fn file_blocks(fd: i32) -> usize {
    let mut stat = core::mem::MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: fills one struct.
    let _ = unsafe { call!(SYS_fstat, fd, stat.as_mut_ptr()) };
    // SAFETY: numbers only: zeroed, then perhaps filled.
    unsafe { stat.assume_init() }.st_blocks as usize
}

/// sysinfo(2)
pub fn sysinfo() -> Option<libc::sysinfo> {
    let mut info = core::mem::MaybeUninit::<libc::sysinfo>::zeroed();
    // SAFETY: fills one struct.
    unsafe { call!(SYS_sysinfo, info.as_mut_ptr()) }.ok()?;
    // SAFETY: zeroed, then filled.
    Some(unsafe { info.assume_init() })
}

/// getrusage(2)
pub fn resource_usage(who: i32) -> libc::rusage {
    let mut usage = core::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: fills one struct.
    let _ = unsafe { call!(SYS_getrusage, who, usage.as_mut_ptr()) };
    // SAFETY: numbers only: zeroed, then perhaps filled.
    unsafe { usage.assume_init() }
}

/// The processors this thread may run on, as a mask of up to 1024.
pub fn affinity() -> [u64; 16] {
    let mut mask = [0u64; 16];
    // SAFETY: fills at most that many bytes.
    let _ = unsafe { call!(SYS_sched_getaffinity, 0, size_of_val(&mask), mask.as_mut_ptr()) };
    mask
}

/// Sets the processors a thread (0: this one), and those it starts, may run on.
pub fn set_affinity(tid: usize, mask: &[u64; 16]) -> Result<()> {
    // SAFETY: reads that many bytes.
    unsafe { call!(SYS_sched_setaffinity, tid, size_of_val(mask), mask.as_ptr()) }.map(drop)
}

/// Has a thread run as a priority says, as far as the host lets it.
pub fn set_priority(tid: usize, priority: Priority) -> Result<()> {
    let policy = match priority {
        Priority { level: 0, .. } => libc::SCHED_OTHER,
        Priority { takes_turns: true, .. } => libc::SCHED_RR,
        _ => libc::SCHED_FIFO,
    };
    // The host has no more.
    let level = i32::from(priority.level.min(99));
    // SAFETY: reads one word.
    unsafe { call!(SYS_sched_setscheduler, tid, policy, &raw const level) }?;
    let nice = (-20..=19).min_by_key(|&nice| Priority::weight_at(nice).abs_diff(priority.weight));
    // SAFETY: numbers only.
    unsafe { call!(SYS_setpriority, libc::PRIO_PROCESS, tid, nice.unwrap_or(0)) }.map(drop)
}

/// The processor this thread runs on.
pub fn getcpu() -> usize {
    let mut cpu = 0u32;
    // SAFETY: fills one word.
    let _ = unsafe { call!(SYS_getcpu, &raw mut cpu, 0, 0) };
    cpu as usize
}

/// Borrows descriptor 0.
pub fn standard_input() -> std::os::fd::BorrowedFd<'static> {
    // SAFETY: nothing in this process closes it.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(0) }
}
