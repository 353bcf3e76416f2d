//! `signal.h`

use core::ffi::{c_int, c_void};

use crate::abi::{self, Errno, sigaction as SigAction, sigset_t, stack_t, timespec};
use crate::boundary::user::UserPtr;
use crate::libc::set_errno;
use crate::libc::tcb::Tcb;
use crate::signal::{Info, LAST, LIBRARY_SIGNALS, Target};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE];

fn fail(error: c_int) -> c_int {
    set_errno(error);
    -1
}

kernel_exports! { "libc.so.6";
    /// sigaction(2)
    full fn sigaction(cx, number: c_int, new: UserPtr<SigAction>, old: UserPtr<SigAction>) -> c_int {
        cx.sys_sigaction(number, new, old)
    }
    /// sigprocmask(2)
    full fn sigprocmask(cx, how: c_int, set: UserPtr<sigset_t>, old: UserPtr<sigset_t>) -> c_int {
        cx.sys_sigprocmask(how, set, old)
    }
    /// sigpending(2)
    full fn sigpending(cx, set: UserPtr<sigset_t>) -> c_int {
        UserPtr::<u64>::new(set.address()).write(cx.pending_set())?;
        Ok(0)
    }
    /// sigaltstack(2)
    full fn sigaltstack(cx, new: UserPtr<stack_t>, old: UserPtr<stack_t>) -> c_int { cx.sys_sigaltstack(new, old) }
    /// kill(2)
    full fn kill(cx, pid: c_int, number: c_int) -> c_int { cx.sys_kill(pid, number) }
    /// tgkill(2)
    full fn tgkill(cx, pid: c_int, tid: c_int, number: c_int) -> c_int { cx.sys_tgkill(pid, tid, number) }
    /// raise(3)
    full fn raise(cx, number: c_int) -> c_int { cx.sys_raise(number) }
    /// sigqueue(3)
    full fn sigqueue(cx, pid: c_int, number: c_int, value: u64) -> c_int { cx.sys_sigqueue(pid, None, number, abi::SI_QUEUE, value) }
    /// What a finished request of aio(7) sends.
    full fn __osvrun_signal_done(cx, number: c_int, value: u64) -> c_int {
        if !(1..=LAST).contains(&number) { return Err(Errno::EINVAL); }
        let info = Info { code: abi::SI_ASYNCIO, value, ..Info::new(number) };
        cx.send_signal(info, Target::Process)?;
        Ok(0)
    }
    /// pthread_kill(3), with errno.
    full fn __osvrun_thread_kill(cx, tcb: usize, number: c_int) -> c_int {
        if !(0..=LAST).contains(&number) || LIBRARY_SIGNALS.contains(&number) { return Err(Errno::EINVAL); }
        match cx.sys_tgkill(abi::PID, cx.thread_of(tcb)?.tid, number) {
            // It has ended and was not joined: its id is still good, and nobody is there to take the signal.
            Err(Errno::ESRCH) => Ok(0),
            answer => answer,
        }
    }
    /// pthread_sigqueue(3), with errno.
    full fn __osvrun_thread_sigqueue(cx, tcb: usize, number: c_int, value: u64) -> c_int {
        cx.sys_sigqueue(abi::PID, Some(cx.thread_of(tcb)?), number, abi::SI_QUEUE, value)
    }
    /// pause(2)
    full fn pause(cx) -> c_int { cx.sys_pause() }
    /// sigsuspend(2)
    full fn sigsuspend(cx, mask: UserPtr<sigset_t>) -> c_int {
        cx.sys_sigsuspend(UserPtr::<u64>::new(mask.address()).read()?)
    }
    /// sigtimedwait(2)
    full fn sigtimedwait(cx, set: UserPtr<sigset_t>, out: UserPtr<u64>, timeout: UserPtr<timespec>) -> c_int {
        let timeout = timeout.non_null().map(UserPtr::read).transpose()?;
        let timeout = timeout.map(crate::time::duration).transpose()?;
        let deadline = timeout.map(|timeout| cx.kernel.backend.monotonic().saturating_add(timeout));
        let mut info: Info = cx.sys_sigtimedwait(UserPtr::<u64>::new(set.address()).read()?, deadline)?;
        // raise(3) is one way of many to send a signal: that it names a thread is not told.
        if info.code == abi::SI_TKILL { info.code = abi::SI_USER; }
        if let Some(out) = out.non_null() { out.write_many(&info.to_siginfo())?; }
        Ok(info.number)
    }
    /// abort(3)
    full fn abort(cx) -> c_int { cx.abort_program() }
}

/// sigwaitinfo(2)
pub unsafe extern "C" fn sigwaitinfo(set: usize, info: usize) -> c_int {
    // SAFETY: the kernel checks both addresses.
    unsafe { sigtimedwait(UserPtr::new(set), UserPtr::new(info), UserPtr::new(0)) }
}

/// sigwait(3)
pub unsafe extern "C" fn sigwait(set: usize, number: *mut c_int) -> c_int {
    loop {
        // SAFETY: sigwaitinfo(2) checks the set's address.
        match unsafe { sigwaitinfo(set, 0) } {
            -1 if crate::libc::errno() == abi::EINTR => {}
            -1 => return crate::libc::errno(),
            signal => {
                // SAFETY: sigwait(3)'s place for the number.
                unsafe { *number = signal };
                return 0;
            }
        }
    }
}

fn as_error(answer: c_int, errno_before: c_int) -> c_int {
    if answer == 0 {
        return 0;
    }
    let error = crate::libc::errno();
    set_errno(errno_before);
    error
}

/// pthread_sigmask(3)
pub unsafe extern "C" fn pthread_sigmask(how: c_int, set: usize, old: usize) -> c_int {
    let before = crate::libc::errno();
    // SAFETY: the kernel checks both addresses.
    as_error(unsafe { sigprocmask(how, UserPtr::new(set), UserPtr::new(old)) }, before)
}

/// pthread_kill(3)
pub unsafe extern "C" fn pthread_kill(thread: *mut Tcb, number: c_int) -> c_int {
    let before = crate::libc::errno();
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    as_error(unsafe { __osvrun_thread_kill(thread as usize, number) }, before)
}

/// pthread_sigqueue(3)
pub unsafe extern "C" fn pthread_sigqueue(thread: *mut Tcb, number: c_int, value: u64) -> c_int {
    let before = crate::libc::errno();
    // SAFETY: the kernel looks the thread up, and does not follow its address.
    as_error(unsafe { __osvrun_thread_sigqueue(thread as usize, number, value) }, before)
}

/// psignal(3)
unsafe extern "C" fn psignal(number: c_int, prefix: *const core::ffi::c_char) {
    // SAFETY: the caller's string, or NULL.
    let prefix = unsafe { crate::libc::files::text_of(prefix) };
    // SAFETY: a string of ours.
    let text = unsafe { crate::libc::files::text_of(super::string::strsignal(number)) };
    let colon: &[u8] = if prefix.is_empty() { b"" } else { b": " };
    super::stdio_printf::print_to_stderr(&[prefix, colon, text, b"\n"]);
}

/// killpg(3)
pub unsafe extern "C" fn killpg(group: c_int, number: c_int) -> c_int {
    if group < 0 {
        return fail(abi::EINVAL);
    }
    // SAFETY: the row takes plain numbers.
    unsafe { kill(-group, number) }
}

unsafe fn set_handler(number: c_int, handler: usize, flags: c_int) -> usize {
    // SAFETY: all fields are integers, or an optional function that may be null.
    let mut new: SigAction = unsafe { core::mem::zeroed() };
    // SAFETY: all fields are integers, or an optional function that may be null.
    let mut old: SigAction = unsafe { core::mem::zeroed() };
    new.sa_sigaction = handler;
    new.sa_flags = flags;
    let new_at = UserPtr::new(&raw mut new as usize);
    let old_at = UserPtr::new(&raw mut old as usize);
    // SAFETY: both actions are ours; the handler is an address, called only as the program's code.
    match unsafe { sigaction(number, new_at, old_at) } {
        0 => old.sa_sigaction,
        _ => abi::SIG_ERR,
    }
}

/// signal(2), with BSD's meaning.
pub unsafe extern "C" fn signal(number: c_int, handler: usize) -> usize {
    // SAFETY: the handler is the program's.
    unsafe { set_handler(number, handler, abi::SA_RESTART) }
}

/// sysv_signal(3)
pub unsafe extern "C" fn sysv_signal(number: c_int, handler: usize) -> usize {
    // SAFETY: the handler is the program's.
    unsafe { set_handler(number, handler, abi::SA_RESETHAND | abi::SA_NODEFER) }
}

/// siginterrupt(3)
pub unsafe extern "C" fn siginterrupt(number: c_int, interrupts: c_int) -> c_int {
    // SAFETY: all fields are integers, or an optional function that may be null.
    let mut action: SigAction = unsafe { core::mem::zeroed() };
    let action = &raw mut action;
    let at = UserPtr::new(action as usize);
    // SAFETY: our own variable, into which the kernel writes.
    if unsafe { sigaction(number, UserPtr::new(0), at) } != 0 {
        return -1;
    }
    // SAFETY: our own variable.
    let flags = unsafe { &raw mut (*action).sa_flags };
    // SAFETY: our own variable, which the kernel has filled.
    unsafe { *flags = if interrupts == 0 { *flags | abi::SA_RESTART } else { *flags & !abi::SA_RESTART } };
    // SAFETY: our own variable, read by the kernel.
    unsafe { sigaction(number, at, UserPtr::new(0)) }
}

type Set = [u64; 16];

/// sigemptyset(3)
pub unsafe extern "C" fn sigemptyset(set: &mut Set) -> c_int {
    *set = [0; 16];
    0
}
/// sigfillset(3): all but the two that glibc keeps.
pub unsafe extern "C" fn sigfillset(set: &mut Set) -> c_int {
    *set = [!0; 16];
    set[0] &= !(3 << 31);
    0
}
fn bit_of(number: c_int) -> Option<u64> {
    (1..=LAST).contains(&number).then(|| crate::signal::bit(number))
}
/// The same for the signals that are the program's.
fn own_bit_of(number: c_int) -> Option<u64> {
    bit_of(number).filter(|_| !LIBRARY_SIGNALS.contains(&number))
}
/// sigaddset(3)
pub unsafe extern "C" fn sigaddset(set: &mut Set, number: c_int) -> c_int {
    let Some(bit) = own_bit_of(number) else { return fail(abi::EINVAL) };
    set[0] |= bit;
    0
}
/// sigdelset(3)
pub unsafe extern "C" fn sigdelset(set: &mut Set, number: c_int) -> c_int {
    let Some(bit) = own_bit_of(number) else { return fail(abi::EINVAL) };
    set[0] &= !bit;
    0
}
/// sigismember(3)
pub unsafe extern "C" fn sigismember(set: &Set, number: c_int) -> c_int {
    let Some(bit) = bit_of(number) else { return fail(abi::EINVAL) };
    c_int::from(set[0] & bit != 0)
}
/// sigisemptyset(3)
pub unsafe extern "C" fn sigisemptyset(set: &Set) -> c_int {
    c_int::from(set[0] == 0)
}
/// sigorset(3)
pub unsafe extern "C" fn sigorset(out: *mut Set, one: *const Set, other: *const Set) -> c_int {
    // SAFETY: three sets, which may be the same.
    unsafe { (*out)[0] = (*one)[0] | (*other)[0] };
    0
}
/// sigandset(3)
pub unsafe extern "C" fn sigandset(out: *mut Set, one: *const Set, other: *const Set) -> c_int {
    // SAFETY: three sets, which may be the same.
    unsafe { (*out)[0] = (*one)[0] & (*other)[0] };
    0
}

unsafe fn change_mask(how: c_int, mask: u64) -> u64 {
    let mut set: Set = [0; 16];
    let mut old: Set = [0; 16];
    set[0] = mask;
    let set_at = UserPtr::new(&raw mut set as usize);
    let old_at = UserPtr::new(&raw mut old as usize);
    // SAFETY: both sets are ours and as long as the kernel's.
    unsafe { sigprocmask(how, set_at, old_at) };
    old[0]
}
/// sigblock(3)
pub unsafe extern "C" fn sigblock(mask: c_int) -> c_int {
    // SAFETY: the kernel takes any mask.
    unsafe { change_mask(abi::SIG_BLOCK, u64::from(mask as u32)) as c_int }
}
/// sigsetmask(3)
pub unsafe extern "C" fn sigsetmask(mask: c_int) -> c_int {
    // SAFETY: the kernel takes any mask.
    unsafe { change_mask(abi::SIG_SETMASK, u64::from(mask as u32)) as c_int }
}
/// siggetmask(3)
pub unsafe extern "C" fn siggetmask() -> c_int {
    // SAFETY: the kernel takes any mask.
    unsafe { change_mask(abi::SIG_BLOCK, 0) as c_int }
}
/// sighold(3)
pub unsafe extern "C" fn sighold(number: c_int) -> c_int {
    let Some(bit) = bit_of(number) else { return fail(abi::EINVAL) };
    // SAFETY: the kernel takes any mask.
    unsafe { change_mask(abi::SIG_BLOCK, bit) };
    0
}
/// sigrelse(3)
pub unsafe extern "C" fn sigrelse(number: c_int) -> c_int {
    let Some(bit) = bit_of(number) else { return fail(abi::EINVAL) };
    // SAFETY: the kernel takes any mask.
    unsafe { change_mask(abi::SIG_UNBLOCK, bit) };
    0
}
/// sigignore(3)
pub unsafe extern "C" fn sigignore(number: c_int) -> c_int {
    // SAFETY: SIG_IGN is no function to call.
    if unsafe { set_handler(number, abi::SIG_IGN, 0) } == abi::SIG_ERR { -1 } else { 0 }
}
/// sigset(3)
pub unsafe extern "C" fn sigset(number: c_int, handler: usize) -> usize {
    const SIG_HOLD: usize = 2;
    let Some(bit) = bit_of(number) else {
        set_errno(abi::EINVAL);
        return abi::SIG_ERR;
    };
    // SAFETY: the action is ours; all-zero is a value of it; the handler is the program's.
    unsafe {
        if handler == SIG_HOLD {
            let was_blocked = change_mask(abi::SIG_BLOCK, bit) & bit != 0;
            let mut old: SigAction = core::mem::zeroed();
            sigaction(number, UserPtr::new(0), UserPtr::new(&raw mut old as usize));
            return if was_blocked { SIG_HOLD } else { old.sa_sigaction };
        }
        let old = set_handler(number, handler, 0);
        if old == abi::SIG_ERR {
            return old;
        }
        let was_blocked = change_mask(abi::SIG_UNBLOCK, bit) & bit != 0;
        if was_blocked { SIG_HOLD } else { old }
    }
}
/// sigpause(3), X/Open's: the signal is taken out of the mask.
pub unsafe extern "C" fn __xpg_sigpause(number: c_int) -> c_int {
    let Some(bit) = bit_of(number) else { return fail(abi::EINVAL) };
    let mut set: Set = [0; 16];
    // SAFETY: the kernel takes any mask.
    set[0] = unsafe { change_mask(abi::SIG_BLOCK, 0) } & !bit;
    // SAFETY: the set is ours and as long as the kernel's.
    unsafe { sigsuspend(UserPtr::new(&raw mut set as usize)) }
}

/// `SIGRTMIN`: two are the library's own.
pub extern "C" fn __libc_current_sigrtmin() -> c_int {
    34
}
/// `SIGRTMAX`
pub extern "C" fn __libc_current_sigrtmax() -> c_int {
    LAST
}

/// `__sigaction` and others that only differ in name take the same pointers.
pub unsafe extern "C" fn sigstack(_new: *mut c_void, _old: *mut c_void) -> c_int {
    fail(abi::ENOSYS)
}

pure_exports! { "libc.so.6";
    full __sigaction = sigaction;
    full __sigsuspend = sigsuspend;
    full gsignal = raise;
    full sigwaitinfo = sigwaitinfo;
    full sigwait = sigwait;
    full pthread_sigmask = pthread_sigmask;
    full pthread_kill = pthread_kill;
    full pthread_sigqueue = pthread_sigqueue;
    full killpg = killpg;
    full psignal = psignal;
    full signal = signal;
    full bsd_signal = signal;
    full ssignal = signal;
    full sysv_signal = sysv_signal;
    full __sysv_signal = sysv_signal;
    full siginterrupt = siginterrupt;
    full sigemptyset = sigemptyset;
    full sigfillset = sigfillset;
    full sigaddset = sigaddset;
    full sigdelset = sigdelset;
    full sigismember = sigismember;
    full sigisemptyset = sigisemptyset;
    full sigorset = sigorset;
    full sigandset = sigandset;
    full sigblock = sigblock;
    full sigsetmask = sigsetmask;
    full siggetmask = siggetmask;
    full sighold = sighold;
    full sigrelse = sigrelse;
    full sigignore = sigignore;
    full sigset = sigset;
    full __xpg_sigpause = __xpg_sigpause;
    full __libc_current_sigrtmin = __libc_current_sigrtmin;
    full __libc_current_sigrtmax = __libc_current_sigrtmax;
    stub("sigaltstack(2) has replaced it") sigstack = sigstack;
}
