//! syscall(2) as a function: the calls that have a function of the same meaning, and futex(2).

use core::ffi::{c_int, c_long};

use crate::abi::{self, Errno, timespec};
use crate::backend::Monotonic;
use crate::boundary::user::UserPtr;
use crate::kernel::Context;
use crate::libc::set_errno;
use crate::task::{BITSET_ANY, WaitKind};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// How a function's result becomes a `long`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Returns {
    Int,
    Long,
}
use Returns::{Int, Long};

/// System calls with a function of the same arguments, result and errno.
const FUNCTIONS: &[(c_long, &[u8], Returns)] = &[
    (abi::SYS_read, b"read", Long),
    (abi::SYS_write, b"write", Long),
    (abi::SYS_open, b"open", Int),
    (abi::SYS_close, b"close", Int),
    (abi::SYS_lseek, b"lseek", Long),
    (abi::SYS_mmap, b"mmap", Long),
    (abi::SYS_mprotect, b"mprotect", Int),
    (abi::SYS_munmap, b"munmap", Int),
    (abi::SYS_mremap, b"mremap", Long),
    (abi::SYS_madvise, b"madvise", Int),
    (abi::SYS_msync, b"msync", Int),
    (abi::SYS_mlock, b"mlock", Int),
    (abi::SYS_munlock, b"munlock", Int),
    (abi::SYS_mincore, b"mincore", Int),
    (abi::SYS_ioctl, b"ioctl", Int),
    (abi::SYS_fcntl, b"fcntl", Int),
    (abi::SYS_pread64, b"pread", Long),
    (abi::SYS_pwrite64, b"pwrite", Long),
    (abi::SYS_readv, b"readv", Long),
    (abi::SYS_writev, b"writev", Long),
    (abi::SYS_access, b"access", Int),
    (abi::SYS_pipe, b"pipe", Int),
    (abi::SYS_pipe2, b"pipe2", Int),
    (abi::SYS_poll, b"poll", Int),
    (abi::SYS_select, b"select", Int),
    (abi::SYS_dup, b"dup", Int),
    (abi::SYS_dup2, b"dup2", Int),
    (abi::SYS_dup3, b"dup3", Int),
    (abi::SYS_openat, b"openat", Int),
    (abi::SYS_mkdir, b"mkdir", Int),
    (abi::SYS_mkdirat, b"mkdirat", Int),
    (abi::SYS_rmdir, b"rmdir", Int),
    (abi::SYS_unlink, b"unlink", Int),
    (abi::SYS_unlinkat, b"unlinkat", Int),
    (abi::SYS_rename, b"rename", Int),
    (abi::SYS_renameat, b"renameat", Int),
    (abi::SYS_renameat2, b"renameat2", Int),
    (abi::SYS_readlink, b"readlink", Long),
    (abi::SYS_readlinkat, b"readlinkat", Long),
    (abi::SYS_stat, b"stat", Int),
    (abi::SYS_lstat, b"lstat", Int),
    (abi::SYS_fstat, b"fstat", Int),
    (abi::SYS_newfstatat, b"fstatat", Int),
    (abi::SYS_statx, b"statx", Int),
    (abi::SYS_fsync, b"fsync", Int),
    (abi::SYS_fdatasync, b"fdatasync", Int),
    (abi::SYS_ftruncate, b"ftruncate", Int),
    (abi::SYS_truncate, b"truncate", Int),
    (abi::SYS_fallocate, b"fallocate", Int),
    (abi::SYS_chdir, b"chdir", Int),
    (abi::SYS_fchdir, b"fchdir", Int),
    (abi::SYS_umask, b"umask", Int),
    (abi::SYS_uname, b"uname", Int),
    (abi::SYS_sysinfo, b"sysinfo", Int),
    (abi::SYS_getrandom, b"getrandom", Long),
    (abi::SYS_memfd_create, b"memfd_create", Int),
    (abi::SYS_eventfd2, b"eventfd", Int),
    (abi::SYS_epoll_create1, b"epoll_create1", Int),
    (abi::SYS_epoll_ctl, b"epoll_ctl", Int),
    (abi::SYS_epoll_wait, b"epoll_wait", Int),
    (abi::SYS_inotify_init1, b"inotify_init1", Int),
    (abi::SYS_copy_file_range, b"copy_file_range", Long),
    (abi::SYS_sendfile, b"sendfile", Long),
    (abi::SYS_sched_yield, b"sched_yield", Int),
    (abi::SYS_sched_setaffinity, b"sched_setaffinity", Int),
    (abi::SYS_getcpu, b"getcpu", Int),
    (abi::SYS_nanosleep, b"nanosleep", Int),
    (abi::SYS_clock_gettime, b"clock_gettime", Int),
    (abi::SYS_clock_getres, b"clock_getres", Int),
    (abi::SYS_gettimeofday, b"gettimeofday", Int),
    (abi::SYS_time, b"time", Long),
    (abi::SYS_getpid, b"getpid", Int),
    (abi::SYS_gettid, b"gettid", Int),
    (abi::SYS_getppid, b"getppid", Int),
    (abi::SYS_getuid, b"getuid", Int),
    (abi::SYS_geteuid, b"geteuid", Int),
    (abi::SYS_getgid, b"getgid", Int),
    (abi::SYS_getegid, b"getegid", Int),
    (abi::SYS_setuid, b"setuid", Int),
    (abi::SYS_setgid, b"setgid", Int),
    (abi::SYS_setresuid, b"setresuid", Int),
    (abi::SYS_setresgid, b"setresgid", Int),
    (abi::SYS_setgroups, b"setgroups", Int),
    (abi::SYS_capget, b"capget", Int),
    (abi::SYS_capset, b"capset", Int),
    (abi::SYS_prctl, b"prctl", Int),
    (abi::SYS_prlimit64, b"prlimit", Int),
    (abi::SYS_getrlimit, b"getrlimit", Int),
    (abi::SYS_setrlimit, b"setrlimit", Int),
    (abi::SYS_getrusage, b"getrusage", Int),
    (abi::SYS_kill, b"kill", Int),
    (abi::SYS_tgkill, b"tgkill", Int),
    (abi::SYS_pause, b"pause", Int),
    (abi::SYS_exit_group, b"_exit", Int),
    (abi::SYS_execve, b"execve", Int),
    (abi::SYS_execveat, b"execveat", Int),
    (abi::SYS_wait4, b"wait4", Int),
    (abi::SYS_personality, b"personality", Int),
    (abi::SYS_socket, b"socket", Int),
    (abi::SYS_connect, b"connect", Int),
    (abi::SYS_accept, b"accept", Int),
    (abi::SYS_accept4, b"accept4", Int),
    (abi::SYS_bind, b"bind", Int),
    (abi::SYS_listen, b"listen", Int),
    (abi::SYS_getsockname, b"getsockname", Int),
    (abi::SYS_getpeername, b"getpeername", Int),
    (abi::SYS_socketpair, b"socketpair", Int),
    (abi::SYS_setsockopt, b"setsockopt", Int),
    (abi::SYS_getsockopt, b"getsockopt", Int),
    (abi::SYS_shutdown, b"shutdown", Int),
    (abi::SYS_sendto, b"sendto", Long),
    (abi::SYS_recvfrom, b"recvfrom", Long),
    (abi::SYS_sendmsg, b"sendmsg", Long),
    (abi::SYS_recvmsg, b"recvmsg", Long),
    (abi::SYS_sendmmsg, b"sendmmsg", Int),
    (abi::SYS_recvmmsg, b"recvmmsg", Int),
    (abi::SYS_flock, b"flock", Int),
    (abi::SYS_creat, b"creat", Int),
    (abi::SYS_link, b"link", Int),
    (abi::SYS_linkat, b"linkat", Int),
    (abi::SYS_symlink, b"symlink", Int),
    (abi::SYS_symlinkat, b"symlinkat", Int),
    (abi::SYS_chmod, b"chmod", Int),
    (abi::SYS_fchmod, b"fchmod", Int),
    (abi::SYS_fchmodat, b"fchmodat", Int),
    (abi::SYS_chown, b"chown", Int),
    (abi::SYS_lchown, b"lchown", Int),
    (abi::SYS_fchown, b"fchown", Int),
    (abi::SYS_fchownat, b"fchownat", Int),
    (abi::SYS_getdents64, b"getdents64", Long),
    (abi::SYS_mknod, b"mknod", Int),
    (abi::SYS_mknodat, b"mknodat", Int),
    (abi::SYS_statfs, b"statfs", Int),
    (abi::SYS_fstatfs, b"fstatfs", Int),
    (abi::SYS_chroot, b"chroot", Int),
    (abi::SYS_utimensat, b"utimensat", Int),
    (abi::SYS_close_range, b"close_range", Int),
    (abi::SYS_mlockall, b"mlockall", Int),
    (abi::SYS_munlockall, b"munlockall", Int),
    (abi::SYS_alarm, b"alarm", Long),
    (abi::SYS_getitimer, b"getitimer", Int),
    (abi::SYS_setitimer, b"setitimer", Int),
    (abi::SYS_setpriority, b"setpriority", Int),
    (abi::SYS_times, b"times", Long),
    (abi::SYS_splice, b"splice", Long),
    (abi::SYS_tee, b"tee", Long),
    (abi::SYS_vmsplice, b"vmsplice", Long),
    (abi::SYS_sync_file_range, b"sync_file_range", Int),
    (abi::SYS_readahead, b"readahead", Long),
    (abi::SYS_preadv, b"preadv", Long),
    (abi::SYS_pwritev, b"pwritev", Long),
    (abi::SYS_inotify_init, b"inotify_init", Int),
    (abi::SYS_inotify_add_watch, b"inotify_add_watch", Int),
    (abi::SYS_inotify_rm_watch, b"inotify_rm_watch", Int),
    (abi::SYS_getxattr, b"getxattr", Long),
    (abi::SYS_lgetxattr, b"lgetxattr", Long),
    (abi::SYS_fgetxattr, b"fgetxattr", Long),
    (abi::SYS_setxattr, b"setxattr", Int),
    (abi::SYS_lsetxattr, b"lsetxattr", Int),
    (abi::SYS_fsetxattr, b"fsetxattr", Int),
    (abi::SYS_listxattr, b"listxattr", Long),
    (abi::SYS_llistxattr, b"llistxattr", Long),
    (abi::SYS_flistxattr, b"flistxattr", Long),
    (abi::SYS_removexattr, b"removexattr", Int),
    (abi::SYS_lremovexattr, b"lremovexattr", Int),
    (abi::SYS_fremovexattr, b"fremovexattr", Int),
    (abi::SYS_timerfd_create, b"timerfd_create", Int),
    (abi::SYS_timerfd_settime, b"timerfd_settime", Int),
    (abi::SYS_timerfd_gettime, b"timerfd_gettime", Int),
    (abi::SYS_epoll_create, b"epoll_create", Int),
    (abi::SYS_sched_getparam, b"sched_getparam", Int),
    (abi::SYS_sched_setparam, b"sched_setparam", Int),
    (abi::SYS_sched_getscheduler, b"sched_getscheduler", Int),
    (abi::SYS_sched_setscheduler, b"sched_setscheduler", Int),
    (abi::SYS_sched_get_priority_max, b"sched_get_priority_max", Int),
    (abi::SYS_sched_get_priority_min, b"sched_get_priority_min", Int),
    (abi::SYS_sched_rr_get_interval, b"sched_rr_get_interval", Int),
    (abi::SYS_clock_settime, b"clock_settime", Int),
    (abi::SYS_settimeofday, b"settimeofday", Int),
    (abi::SYS_sethostname, b"sethostname", Int),
    (abi::SYS_setdomainname, b"setdomainname", Int),
    (abi::SYS_getpgrp, b"getpgrp", Int),
    (abi::SYS_getpgid, b"getpgid", Int),
    (abi::SYS_setpgid, b"setpgid", Int),
    (abi::SYS_getsid, b"getsid", Int),
    (abi::SYS_setsid, b"setsid", Int),
    (abi::SYS_getresuid, b"getresuid", Int),
    (abi::SYS_getresgid, b"getresgid", Int),
    (abi::SYS_getgroups, b"getgroups", Int),
    (abi::SYS_setreuid, b"setreuid", Int),
    (abi::SYS_setregid, b"setregid", Int),
    (abi::SYS_sigaltstack, b"sigaltstack", Int),
    (abi::SYS_unshare, b"unshare", Int),
    (abi::SYS_setns, b"setns", Int),
    (abi::SYS_mount, b"mount", Int),
    (abi::SYS_umount2, b"umount2", Int),
    (abi::SYS_name_to_handle_at, b"name_to_handle_at", Int),
    (abi::SYS_open_by_handle_at, b"open_by_handle_at", Int),
    (abi::SYS_fanotify_init, b"fanotify_init", Int),
    (abi::SYS_fanotify_mark, b"fanotify_mark", Int),
    (abi::SYS_syncfs, b"syncfs", Int),
];

type Function = unsafe extern "C" fn(c_long, c_long, c_long, c_long, c_long, c_long) -> c_long;

fn fail(error: c_int) -> c_long {
    set_errno(error);
    -1
}

/// syscall(2)
pub unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let found = FUNCTIONS.iter().find(|(other, ..)| *other == number);
    if let Some((_, name, returns)) = found
        && let Some(row) = super::find(name).filter(|row| !row.address.is_null())
    {
        // SAFETY: functions of at most six integer arguments; more are ignored by the calling convention.
        let function: Function = unsafe { core::mem::transmute(row.address) };
        // SAFETY: the caller's arguments.
        let result = unsafe { function(a, b, c, d, e, f) };
        return if *returns == Int { c_long::from(result as c_int) } else { result };
    }
    // SAFETY: the rows check what they are given.
    unsafe {
        match number {
            abi::SYS_futex => c_long::from(__osvrun_futex(
                a as usize, b as c_int, c as u32, d as usize, e as usize, f as u32,
            )),
            abi::SYS_exit => c_long::from(super::thread_rows::__osvrun_thread_exit()),
            // The kernel returns how many bytes it wrote, in whole words.
            abi::SYS_sched_getaffinity => {
                let bytes = super::sched::get_nprocs().unsigned_abs().div_ceil(64) * 8;
                if (b as usize) < bytes as usize {
                    return fail(abi::EINVAL);
                }
                let answer =
                    super::sched::sched_getaffinity(a as c_int, bytes as usize, UserPtr::new(c as usize));
                if answer == 0 { c_long::from(bytes) } else { -1 }
            }
            abi::SYS_clock_nanosleep => c_long::from(super::sys_time::__osvrun_clock_nanosleep(
                a as c_int,
                b as c_int,
                UserPtr::new(c as usize),
                UserPtr::new(d as usize),
            )),
            // MEMBARRIER_CMD_QUERY: no commands.
            abi::SYS_membarrier if a == 0 => 0,
            abi::SYS_membarrier => fail(abi::EINVAL),
            _ => c_long::from(__osvrun_unknown_syscall(number)),
        }
    }
}

kernel_exports! { "libc.so.6";
    /// futex(2)
    full fn __osvrun_futex(cx, word: usize, operation: c_int, value: u32, other: usize, target: usize, third: u32) -> c_int {
        cx.sys_futex(UserPtr::new(word), operation, value, other, UserPtr::new(target), third)
    }
    /// A system call without a function.
    full fn __osvrun_unknown_syscall(cx, number: c_long) -> c_int {
        let _ = cx;
        crate::log::note(format_args!("warning: syscall({number}, …) is not there: ENOSYS"));
        Err(Errno::ENOSYS)
    }
}

impl Context<'_> {
    /// futex(2) with the arguments of the system call; `other` is a timeout or a second count.
    fn sys_futex(
        self,
        word: UserPtr<u32>,
        operation: c_int,
        value: u32,
        other: usize,
        target: UserPtr<u32>,
        third: u32,
    ) -> abi::Result<c_int> {
        let backend = self.kernel.backend;
        let is_realtime = operation & abi::FUTEX_CLOCK_REALTIME != 0;
        let deadline = |is_absolute: bool| -> abi::Result<Option<Monotonic>> {
            let Some(time) = UserPtr::<timespec>::new(other).non_null() else { return Ok(None) };
            let time = crate::time::duration(time.read()?)?;
            Ok(Some(match (is_absolute, is_realtime) {
                (true, false) => Monotonic(0).saturating_add(time),
                (true, true) => backend.monotonic().saturating_add(time.saturating_sub(backend.realtime())),
                (false, _) => backend.monotonic().saturating_add(time),
            }))
        };
        let wait = |deadline, bitset| {
            self.futex_wait(word, value, deadline, bitset, WaitKind::Interruptible).map(|()| 0)
        };
        match operation & !(abi::FUTEX_PRIVATE_FLAG | abi::FUTEX_CLOCK_REALTIME) {
            abi::FUTEX_WAIT => wait(deadline(false)?, BITSET_ANY),
            abi::FUTEX_WAIT_BITSET => wait(deadline(true)?, third),
            abi::FUTEX_WAKE => Ok(self.futex_wake(word, value as usize, BITSET_ANY) as c_int),
            abi::FUTEX_WAKE_BITSET if third == 0 => Err(Errno::EINVAL),
            abi::FUTEX_WAKE_BITSET => Ok(self.futex_wake(word, value as usize, third) as c_int),
            operation @ (abi::FUTEX_REQUEUE | abi::FUTEX_CMP_REQUEUE) => {
                let expected = (operation == abi::FUTEX_CMP_REQUEUE).then_some(third);
                self.futex_requeue(word, value as usize, other, target, expected)
                    .map(|(woken, moved)| (woken + moved) as c_int)
            }
            abi::FUTEX_WAKE_OP => {
                self.futex_wake_op(word, value as usize, other, target, third).map(|woken| woken as c_int)
            }
            _ => Err(Errno::ENOSYS),
        }
    }
}

pure_exports! { "libc.so.6";
    partial("calls that have a function of the same meaning, and futex") syscall = syscall;
}
