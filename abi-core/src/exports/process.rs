//! `unistd.h`, the part about processes and threads: ids, exec, fork, exit

use core::ffi::{c_char, c_int, c_ulong};

use crate::abi::{self, Errno};
use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::exec;
use crate::libc::pthread::current;
use crate::libc::set_errno;
use crate::libc::stdlib::fortify;
use crate::{kernel_exports, pure_exports, unsupported_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[KERNEL, PURE, UNSUPPORTED];

fn fail(error: c_int) -> c_int {
    set_errno(error);
    -1
}

/// getpid(2): constant, since there is one process.
pub extern "C" fn getpid() -> c_int {
    abi::PID
}

/// getppid(2)
pub extern "C" fn getppid() -> c_int {
    abi::PARENT_PID
}

/// getuid(2), geteuid(2), getgid(2), getegid(2): there is one user.
pub extern "C" fn zero_id() -> c_int {
    0
}

kernel_exports! { "libc.so.6";
    /// gettid(2)
    full fn gettid(cx) -> c_int { Ok(cx.thread.tid) }
    /// _exit(2)
    full fn _exit(cx, status: c_int) -> c_int { cx.exit_program(status) }
    /// setuid(2)
    full fn setuid(cx, id: u32) -> c_int { cx.sys_setids(&[id]) }
    /// seteuid(2)
    full fn seteuid(cx, id: u32) -> c_int { cx.sys_setids(&[id]) }
    /// setgid(2)
    full fn setgid(cx, id: u32) -> c_int { cx.sys_setids(&[id]) }
    /// setegid(2)
    full fn setegid(cx, id: u32) -> c_int { cx.sys_setids(&[id]) }
    /// setreuid(2)
    full fn setreuid(cx, real: u32, effective: u32) -> c_int { cx.sys_setids(&[real, effective]) }
    /// setregid(2)
    full fn setregid(cx, real: u32, effective: u32) -> c_int { cx.sys_setids(&[real, effective]) }
    /// setresuid(2)
    full fn setresuid(cx, real: u32, effective: u32, saved: u32) -> c_int { cx.sys_setids(&[real, effective, saved]) }
    /// setresgid(2)
    full fn setresgid(cx, real: u32, effective: u32, saved: u32) -> c_int { cx.sys_setids(&[real, effective, saved]) }
    /// getresuid(2)
    full fn getresuid(cx, real: UserPtr<u32>, effective: UserPtr<u32>, saved: UserPtr<u32>) -> c_int {
        cx.sys_getids([real, effective, saved])
    }
    /// getresgid(2)
    full fn getresgid(cx, real: UserPtr<u32>, effective: UserPtr<u32>, saved: UserPtr<u32>) -> c_int {
        cx.sys_getids([real, effective, saved])
    }
    /// getgroups(2)
    full fn getgroups(cx, count: c_int, list: UserPtr<u32>) -> c_int { cx.sys_getgroups(count, list) }
    /// setgroups(2)
    full fn setgroups(cx, count: usize, list: UserPtr<u32>) -> c_int { cx.sys_setgroups(count, list) }
    /// getpgid(2)
    full fn getpgid(cx, pid: c_int) -> c_int { cx.own_pid(pid) }
    /// getsid(2)
    full fn getsid(cx, pid: c_int) -> c_int { cx.own_pid(pid) }
    /// setpgid(2): a session leader can't change its group.
    full fn setpgid(cx, pid: c_int, group: c_int) -> c_int {
        if (if group == 0 { pid } else { group }) < 0 {
            return Err(Errno::EINVAL);
        }
        cx.own_pid(pid)?;
        Err(Errno::EPERM)
    }
    /// setsid(2): the process leads its session already.
    full fn setsid(cx) -> c_int { let _ = cx; Err(Errno::EPERM) }
    /// capget(2)
    full fn capget(cx, header: UserPtr<u32>, data: UserPtr<u32>) -> c_int { cx.sys_capget(header, data) }
    /// capset(2)
    partial("checked, without effect") fn capset(cx, header: UserPtr<u32>, data: UserPtr<u32>) -> c_int {
        cx.sys_capset(header, data)
    }
    /// prctl(2), for names with 16 bytes of the library's.
    full fn __osvrun_prctl(cx, option: c_int, argument: c_ulong, name: *mut [u8; 16]) -> c_int {
        let theirs = UserPtr::new(argument as usize);
        match option {
            abi::PR_SET_NAME => {
                UserPtr::new(name as usize).write(cx.read_thread_name(theirs)?)?;
                Ok(0)
            }
            abi::PR_GET_NAME => {
                theirs.write_many(&UserPtr::<[u8; 16]>::new(name as usize).read()?)?;
                Ok(0)
            }
            _ => cx.sys_prctl(option, argument),
        }
    }
    /// personality(2)
    full fn personality(cx, persona: c_ulong) -> c_int {
        let _ = cx;
        if matches!(persona as u32, 0 | 0xffff_ffff | 0x0004_0000) { Ok(0) } else { Err(Errno::EINVAL) }
    }
    /// execve(2)
    full fn execve(cx, path: UserStr, argv: UserPtr<usize>, envp: UserPtr<usize>) -> c_int {
        cx.sys_execveat(abi::AT_FDCWD, path, argv, envp, 0)
    }
    /// execveat(2)
    full fn execveat(cx, dirfd: c_int, path: UserStr, argv: UserPtr<usize>, envp: UserPtr<usize>, flags: c_int) -> c_int {
        cx.sys_execveat(dirfd, path, argv, envp, flags)
    }
    /// acct(2)
    stub("no accounting") fn acct(cx, _path: usize) -> c_int { let _ = cx; Err(Errno::ENOSYS) }
    /// ptrace(2)
    unsupported("no other process") fn ptrace(cx, request: c_int, pid: c_int, _address: usize, _data: usize) -> isize {
        if request as u32 != abi::PTRACE_TRACEME {
            cx.own_pid(pid)?;
        }
        Err(Errno::EPERM)
    }
    /// iopl(2)
    stub("no ports for programs") fn iopl(cx, level: c_int) -> c_int {
        let _ = cx;
        match level {
            0 => Ok(0),
            1..=3 => Err(Errno::EPERM),
            _ => Err(Errno::EINVAL),
        }
    }
    /// ioperm(2)
    stub("no ports for programs") fn ioperm(cx, from: c_ulong, count: c_ulong, on: c_int) -> c_int {
        const PORTS: c_ulong = 65536;
        let _ = cx;
        match from.checked_add(count) {
            Some(end) if end > from && end <= PORTS => if on == 0 { Ok(0) } else { Err(Errno::EPERM) },
            _ => Err(Errno::EINVAL),
        }
    }
}

/// prctl(2): a thread's name is the library's, the rest the kernel's.
pub unsafe extern "C" fn prctl(option: c_int, argument: c_ulong) -> c_int {
    let mut name = [0; 16];
    // SAFETY: the thread's own control block, room for a name; the kernel checks the argument.
    unsafe {
        if option == abi::PR_GET_NAME {
            crate::libc::pthread::thread::pthread_getname_np(crate::libc::tcb::tcb(), name.as_mut_ptr(), 16);
        }
        let result = __osvrun_prctl(option, argument, &raw mut name);
        if option == abi::PR_SET_NAME && result == 0 {
            (*current()).name = name;
        }
        result
    }
}

/// system(3): there is no shell, which a NULL command asks.
pub extern "C" fn system(command: *const c_char) -> c_int {
    if command.is_null() {
        return 0;
    }
    crate::libc::pthread::cancel::pthread_testcancel();
    fail(abi::ENOSYS)
}

/// getlogin(3)
pub extern "C" fn getlogin() -> *const c_char {
    c"root".as_ptr()
}

/// getlogin_r(3)
pub unsafe extern "C" fn getlogin_r(buffer: *mut c_char, bytes: usize) -> c_int {
    if bytes < 5 {
        return abi::ERANGE;
    }
    // SAFETY: the caller gave room for `length` bytes, and that was found to be enough.
    unsafe { core::ptr::copy_nonoverlapping(c"root".as_ptr(), buffer, 5) };
    0
}

/// setfsuid(2), setfsgid(2): return the id from before.
pub extern "C" fn setfsuid(_id: u32) -> c_int {
    0
}

/// getlogin_r(3), fortified
unsafe extern "C" fn __getlogin_r_chk(buffer: *mut c_char, bytes: usize, room: usize) -> c_int {
    fortify::check(bytes, room);
    // SAFETY: the caller's promise.
    unsafe { getlogin_r(buffer, bytes) }
}

/// setpgrp(2)
pub unsafe extern "C" fn setpgrp() -> c_int {
    // SAFETY: a call without pointers.
    unsafe { setpgid(0, 0) }
}

/// getpgrp(2)
pub extern "C" fn getpgrp() -> c_int {
    abi::PID
}

pure_exports! { "libc.so.6";
    full getpid = getpid;
    full __getpid = getpid;
    full getppid = getppid;
    full getpgrp = getpgrp;
    full __setpgid = setpgid;
    full __bsd_getpgrp = getpgid;
    full __getpgid = getpgid;
    full setpgrp = setpgrp;
    full getuid = zero_id;
    full geteuid = zero_id;
    full getgid = zero_id;
    full getegid = zero_id;
    full setfsuid = setfsuid;
    full setfsgid = setfsuid;
    full getlogin = getlogin;
    full getlogin_r = getlogin_r;
    full __getlogin_r_chk = __getlogin_r_chk;
    full _Exit = _exit;
    partial("names, dumps, the end of the parent, privileges, capabilities and timer slack; others are EINVAL") prctl = prctl;
    full execv = exec::execv;
    full execvp = exec::execvp;
    full execvpe = exec::execvpe;
    full execl = exec::execl;
    full execle = exec::execle;
    full execlp = exec::execlp;
    full fexecve = exec::fexecve;
    unsupported("there is one process: ENOSYS") system = system;
}

unsupported_exports! { "libc.so.6";
    fork: "there is one process";
    __fork: "there is one process";
    __libc_fork: "there is one process";
    _Fork: "there is one process";
    vfork: "there is one process";
    __vfork: "there is one process";
    clone: "there is one process; threads come from pthread_create";
    __clone: "there is one process; threads come from pthread_create";
    forkpty: "there is one process";
    daemon: "there is one process";
}
