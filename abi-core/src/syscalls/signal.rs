//! Signals: the calls whose structures are the kernel's, not the C library's.

use core::ffi::c_int;

use crate::abi::{Errno, timespec};
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::kernel_exports;
use crate::signal::{Action, code_and_value};

/// Size of the kernel's `sigset_t`.
const SET_BYTES: usize = 8;

pub(super) fn check_set_size(bytes: usize) -> crate::abi::Result<()> {
    if bytes == SET_BYTES { Ok(()) } else { Err(Errno::EINVAL) }
}

kernel_exports! { "";
    /// rt_sigaction(2)
    full fn rt_sigaction(cx, number: c_int, new: UserPtr<u64>, old: UserPtr<u64>, set_bytes: usize) -> c_int {
        check_set_size(set_bytes)?;
        let new = match new.non_null() {
            Some(new) => Some([new.read()?, new.add(1).read()?, new.add(2).read()?, new.add(3).read()?]),
            None => None,
        };
        let before = cx.set_action(number, new.map(Action::from_kernel))?;
        if let Some(old) = old.non_null() {
            old.write_many(&before.to_kernel())?;
        }
        Ok(0)
    }
    /// rt_sigprocmask(2)
    full fn rt_sigprocmask(cx, how: c_int, set: UserPtr<u64>, old: UserPtr<u64>, set_bytes: usize) -> c_int {
        check_set_size(set_bytes)?;
        let before = cx.change_mask(how, set.non_null().map(UserPtr::read).transpose()?)?;
        if let Some(old) = old.non_null() {
            old.write(before)?;
        }
        Ok(0)
    }
    /// rt_sigreturn(2)
    full fn rt_sigreturn(cx) -> i64 { Ok(cx.sys_rt_sigreturn()) }
    /// rt_sigpending(2)
    full fn rt_sigpending(cx, set: UserPtr<u64>, set_bytes: usize) -> c_int {
        if set_bytes > SET_BYTES {
            return Err(Errno::EINVAL);
        }
        set.write(cx.pending_set())?;
        Ok(0)
    }
    /// rt_sigtimedwait(2)
    full fn rt_sigtimedwait(cx, set: UserPtr<u64>, out: UserPtr<u64>, timeout: UserPtr<timespec>, set_bytes: usize) -> c_int {
        check_set_size(set_bytes)?;
        let deadline = cx.deadline_of(timeout)?;
        let info = cx.sys_sigtimedwait(set.read()?, deadline)?;
        if let Some(out) = out.non_null() {
            out.write_many(&info.to_siginfo())?;
        }
        Ok(info.number)
    }
    /// rt_sigqueueinfo(2)
    full fn rt_sigqueueinfo(cx, pid: c_int, number: c_int, info: UserPtr<u64>) -> c_int {
        let (code, value) = code_and_value(info)?;
        cx.sys_sigqueue(pid, None, number, code, value)
    }
    /// rt_tgsigqueueinfo(2)
    full fn rt_tgsigqueueinfo(cx, pid: c_int, tid: c_int, number: c_int, info: UserPtr<u64>) -> c_int {
        if pid <= 0 || tid <= 0 {
            return Err(Errno::EINVAL);
        }
        let (code, value) = code_and_value(info)?;
        cx.sys_sigqueue(pid, Some(cx.thread_numbered(tid)?), number, code, value)
    }
    /// rt_sigsuspend(2)
    full fn rt_sigsuspend(cx, set: UserPtr<u64>, set_bytes: usize) -> c_int {
        check_set_size(set_bytes)?;
        cx.sys_sigsuspend(set.read()?)
    }
    /// tkill(2)
    full fn tkill(cx, tid: c_int, number: c_int) -> c_int { cx.sys_tgkill(crate::abi::PID, tid, number) }
}

impl Context<'_> {
    /// Reads a time to wait for.
    pub(super) fn deadline_of(
        self,
        timeout: UserPtr<timespec>,
    ) -> crate::abi::Result<Option<crate::backend::Monotonic>> {
        let timeout = timeout.non_null().map(UserPtr::read).transpose()?;
        let timeout = timeout.map(crate::time::duration).transpose()?;
        Ok(timeout.map(|timeout| self.kernel.backend.monotonic().saturating_add(timeout)))
    }
}
