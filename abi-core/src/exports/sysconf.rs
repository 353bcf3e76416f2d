//! `unistd.h`, the part about limits of the system: sysconf, confstr

use core::ffi::{CStr, c_char, c_int, c_long};

use crate::abi::{self, rlimit};
use crate::backend::backend;
use crate::boundary::user::UserPtr;
use crate::libc::set_errno;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const PAGE_BYTES: c_long = 4096;
/// `_POSIX_VERSION` and the options that have its value.
const POSIX: c_long = 200_809;

kernel_exports! { "libc.so.6";
    /// Returns the pages of memory still free.
    full fn __osvrun_free_pages(cx) -> i64 { Ok(cx.kernel.backend.free_bytes() as i64 / PAGE_BYTES) }
}

fn soft_limit(kind: u32) -> c_long {
    let mut limit = rlimit { rlim_cur: 0, rlim_max: 0 };
    let at = UserPtr::new(&raw mut limit as usize);
    // SAFETY: our own variable.
    match unsafe { super::sys_resource::getrlimit(kind, at) } {
        0 => c_long::try_from(limit.rlim_cur).unwrap_or(-1),
        _ => -1,
    }
}

/// sysconf(3)
#[expect(clippy::match_overlapping_arm, reason = "the last arm takes what the others leave")]
pub unsafe extern "C" fn sysconf(name: c_int) -> c_long {
    match name {
        abi::_SC_ARG_MAX => soft_limit(abi::RLIMIT_STACK).max(0) / 4,
        abi::_SC_CHILD_MAX => soft_limit(abi::RLIMIT_NPROC),
        abi::_SC_OPEN_MAX => soft_limit(abi::RLIMIT_NOFILE),
        abi::_SC_CLK_TCK => 100,
        abi::_SC_NGROUPS_MAX => 65536,
        abi::_SC_STREAM_MAX => 16,
        abi::_SC_PAGESIZE => PAGE_BYTES,
        abi::_SC_NPROCESSORS_CONF | abi::_SC_NPROCESSORS_ONLN => backend().cpus().count as c_long,
        abi::_SC_PHYS_PAGES => backend().layout().total_bytes as c_long / PAGE_BYTES,
        // SAFETY: the row takes nothing.
        abi::_SC_AVPHYS_PAGES => unsafe { __osvrun_free_pages() },
        abi::_SC_THREAD_KEYS_MAX => crate::libc::pthread::key::KEYS_MAX as c_long,
        abi::_SC_THREAD_STACK_MIN => crate::libc::pthread::attr::STACK_MIN as c_long,
        abi::_SC_THREAD_DESTRUCTOR_ITERATIONS => 4,
        abi::_SC_GETPW_R_SIZE_MAX | abi::_SC_GETGR_R_SIZE_MAX => 1024,
        abi::_SC_LOGIN_NAME_MAX => 256,
        abi::_SC_TTY_NAME_MAX => 32,
        abi::_SC_HOST_NAME_MAX => 64,
        abi::_SC_IOV_MAX => 1024,
        abi::_SC_LINE_MAX => 2048,
        abi::_SC_BC_BASE_MAX => 99,
        abi::_SC_BC_DIM_MAX => 2048,
        abi::_SC_BC_SCALE_MAX => 99,
        abi::_SC_BC_STRING_MAX => 1000,
        abi::_SC_COLL_WEIGHTS_MAX => 255,
        abi::_SC_EXPR_NEST_MAX => 32,
        abi::_SC_RE_DUP_MAX => 32767,
        abi::_SC_DELAYTIMER_MAX | abi::_SC_SEM_VALUE_MAX => c_int::MAX as c_long,
        abi::_SC_MQ_PRIO_MAX => 32768,
        abi::_SC_RTSIG_MAX => 31,
        abi::_SC_ATEXIT_MAX => c_int::MAX as c_long,
        abi::_SC_TZNAME_MAX => 6,
        abi::_SC_VERSION
        | abi::_SC_THREADS
        | abi::_SC_THREAD_SAFE_FUNCTIONS
        | abi::_SC_THREAD_ATTR_STACKADDR
        | abi::_SC_THREAD_ATTR_STACKSIZE
        | abi::_SC_THREAD_PROCESS_SHARED
        | abi::_SC_TIMERS
        | abi::_SC_MONOTONIC_CLOCK
        | abi::_SC_CPUTIME
        | abi::_SC_THREAD_CPUTIME
        | abi::_SC_CLOCK_SELECTION
        | abi::_SC_SEMAPHORES
        | abi::_SC_BARRIERS
        | abi::_SC_SPIN_LOCKS
        | abi::_SC_READER_WRITER_LOCKS
        | abi::_SC_TIMEOUTS
        | abi::_SC_REALTIME_SIGNALS
        | abi::_SC_FSYNC
        | abi::_SC_MAPPED_FILES
        | abi::_SC_MEMLOCK
        | abi::_SC_MEMLOCK_RANGE
        | abi::_SC_MEMORY_PROTECTION
        | abi::_SC_SYNCHRONIZED_IO
        | abi::_SC_2_VERSION => POSIX,
        abi::_SC_JOB_CONTROL | abi::_SC_SAVED_IDS | abi::_SC_REGEXP | abi::_SC_SHELL => 1,
        abi::_SC_XOPEN_VERSION => 700,
        // Known, without a limit or not there.
        0..=248 => -1,
        _ => {
            set_errno(abi::EINVAL);
            -1
        }
    }
}

/// getpagesize(2)
pub extern "C" fn getpagesize() -> c_int {
    PAGE_BYTES as c_int
}

/// getdtablesize(3)
pub extern "C" fn getdtablesize() -> c_int {
    soft_limit(abi::RLIMIT_NOFILE) as c_int
}

/// get_phys_pages(3)
pub extern "C" fn get_phys_pages() -> c_long {
    // SAFETY: takes a number.
    unsafe { sysconf(abi::_SC_PHYS_PAGES) }
}

/// get_avphys_pages(3)
pub extern "C" fn get_avphys_pages() -> c_long {
    // SAFETY: takes a number.
    unsafe { sysconf(abi::_SC_AVPHYS_PAGES) }
}

/// confstr(3)
pub unsafe extern "C" fn confstr(name: c_int, buffer: *mut c_char, bytes: usize) -> usize {
    let text: &CStr = match name {
        0 => c"/bin:/usr/bin",
        2 => c"glibc 2.36",
        3 => c"NPTL 2.36",
        1 | 4..=1200 => c"",
        _ => {
            set_errno(abi::EINVAL);
            return 0;
        }
    };
    let text = text.to_bytes_with_nul();
    if bytes > 0 && !buffer.is_null() {
        let count = text.len().min(bytes);
        // SAFETY: the caller's buffer of that length.
        unsafe {
            core::ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, count);
            *buffer.add(count - 1) = 0;
        }
    }
    text.len()
}

pure_exports! { "libc.so.6";
    full sysconf = sysconf;
    full __sysconf = sysconf;
    full getpagesize = getpagesize;
    full __getpagesize = getpagesize;
    full getdtablesize = getdtablesize;
    full get_phys_pages = get_phys_pages;
    full get_avphys_pages = get_avphys_pages;
    full confstr = confstr;
}
