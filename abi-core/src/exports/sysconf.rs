//! `unistd.h`, the part about limits of the system: sysconf, confstr

use core::ffi::{CStr, c_char, c_int, c_long};

use crate::abi::{self, rlimit};
use crate::backend::backend;
use crate::boundary::user::UserPtr;
use crate::libc::set_errno;
use crate::libc::stdlib::fortify;
use crate::signal::frame_max_bytes;
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const PAGE_BYTES: c_long = 4096;
/// `_SC_MINSIGSTKSZ` and `_SC_SIGSTKSZ`
const SC_MINSIGSTKSZ: c_int = 249;
const SC_SIGSTKSZ: c_int = 250;
/// `_CS_…` of the same names
const CS_LFS64_CFLAGS: c_int = 1004;
const CS_LFS64_LINTFLAGS: c_int = 1007;
const CS_XBS5_LP64_OFF64_CFLAGS: c_int = 1108;
const CS_XBS5_LP64_OFF64_LDFLAGS: c_int = 1109;
const CS_V6_ENV: c_int = 1148;
const CS_V7_ENV: c_int = 1149;
/// `_POSIX_VERSION` and the options that have its value.
const POSIX: c_long = 200_809;

kernel_exports! { "libc.so.6";
    /// Returns the pages of memory still free.
    full fn __osvrun_free_pages(cx) -> i64 { Ok(cx.kernel.free_bytes() as i64 / PAGE_BYTES) }
    /// Returns what `_SC_LEVEL…_CACHE_…` ask of a cache, 0 if there is none such.
    full fn __osvrun_cache(cx, name: c_int) -> i64 {
        let _ = cx;
        let (index, figure) = ((name - abi::_SC_LEVEL1_ICACHE_SIZE) / 3, (name - abi::_SC_LEVEL1_ICACHE_SIZE) % 3);
        let (level, is_code) = (index.max(1) as u32, index == 0);
        Ok(crate::fs::proc::cache_figures(level, is_code).map_or(0, |figures| figures[figure as usize] as i64))
    }
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
        abi::_SC_RTSIG_MAX => 32,
        abi::_SC_SIGQUEUE_MAX => soft_limit(abi::RLIMIT_SIGPENDING),
        abi::_SC_AIO_PRIO_DELTA_MAX => 20,
        abi::_SC_ATEXIT_MAX => c_int::MAX as c_long,
        abi::_SC_CHARCLASS_NAME_MAX | abi::_SC_NL_LANGMAX => 2048,
        abi::_SC_PASS_MAX => 8192,
        abi::_SC_XOPEN_XCU_VERSION => 4,
        abi::_SC_CHAR_BIT => 8,
        abi::_SC_CHAR_MAX | abi::_SC_SCHAR_MAX => i8::MAX.into(),
        abi::_SC_CHAR_MIN | abi::_SC_SCHAR_MIN => i8::MIN.into(),
        abi::_SC_UCHAR_MAX => u8::MAX.into(),
        abi::_SC_SHRT_MAX | abi::_SC_SSIZE_MAX => i16::MAX.into(),
        abi::_SC_SHRT_MIN => i16::MIN.into(),
        abi::_SC_USHRT_MAX => u16::MAX.into(),
        abi::_SC_INT_MIN => c_int::MIN.into(),
        abi::_SC_INT_MAX
        | abi::_SC_NL_MSGMAX
        | abi::_SC_NL_NMAX
        | abi::_SC_NL_SETMAX
        | abi::_SC_NL_TEXTMAX => c_int::MAX.into(),
        abi::_SC_UINT_MAX => u32::MAX.into(),
        abi::_SC_LONG_BIT => 64,
        abi::_SC_WORD_BIT => 32,
        abi::_SC_MB_LEN_MAX => 16,
        abi::_SC_NZERO => 20,
        abi::_SC_NL_ARGMAX => 4096,
        SC_MINSIGSTKSZ => frame_max_bytes() as c_long,
        SC_SIGSTKSZ => (4 * frame_max_bytes() as c_long).max(abi::SIGSTKSZ as c_long),
        // SAFETY: the row takes a number.
        abi::_SC_LEVEL1_ICACHE_SIZE..=abi::_SC_LEVEL4_CACHE_LINESIZE => unsafe { __osvrun_cache(name) },
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
        | abi::_SC_PRIORITY_SCHEDULING
        | abi::_SC_ASYNCHRONOUS_IO
        | abi::_SC_PRIORITIZED_IO
        | abi::_SC_MESSAGE_PASSING
        | abi::_SC_SHARED_MEMORY_OBJECTS
        | abi::_SC_2_C_BIND
        | abi::_SC_2_C_DEV
        | abi::_SC_2_SW_DEV
        | abi::_SC_2_LOCALEDEF
        | abi::_SC_2_CHAR_TERM
        | abi::_SC_2_C_VERSION
        | abi::_SC_THREAD_PRIORITY_SCHEDULING
        | abi::_SC_THREAD_PRIO_INHERIT
        | abi::_SC_THREAD_PRIO_PROTECT
        | abi::_SC_ADVISORY_INFO
        | abi::_SC_SPAWN
        | abi::_SC_IPV6
        | abi::_SC_RAW_SOCKETS
        | abi::_SC_2_VERSION => POSIX,
        abi::_SC_JOB_CONTROL
        | abi::_SC_SAVED_IDS
        | abi::_SC_REGEXP
        | abi::_SC_SHELL
        | abi::_SC_XOPEN_UNIX
        | abi::_SC_XOPEN_ENH_I18N
        | abi::_SC_XOPEN_SHM
        | abi::_SC_XOPEN_XPG2
        | abi::_SC_XOPEN_XPG3
        | abi::_SC_XOPEN_XPG4
        | abi::_SC_XOPEN_LEGACY
        | abi::_SC_XOPEN_REALTIME
        | abi::_SC_XOPEN_REALTIME_THREADS
        | abi::_SC_XBS5_LP64_OFF64
        | abi::_SC_V6_LP64_OFF64
        | abi::_SC_V7_LP64_OFF64 => 1,
        abi::_SC_XOPEN_VERSION => 700,
        // Not told, although they have names.
        abi::_SC_EQUIV_CLASS_MAX | 200..=234 | abi::_SC_SS_REPL_MAX | 247.. | ..0 => {
            set_errno(abi::EINVAL);
            -1
        }
        // Known, without a limit or not there.
        _ => -1,
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
        abi::_CS_PATH => c"/bin:/usr/bin",
        abi::_CS_POSIX_V6_WIDTH_RESTRICTED_ENVS => c"POSIX_V6_LP64_OFF64",
        abi::_CS_GNU_LIBC_VERSION => c"glibc 2.36",
        abi::_CS_GNU_LIBPTHREAD_VERSION => c"NPTL 2.36",
        abi::_CS_POSIX_V5_WIDTH_RESTRICTED_ENVS => c"XBS5_LP64_OFF64",
        abi::_CS_POSIX_V7_WIDTH_RESTRICTED_ENVS => c"POSIX_V7_LP64_OFF64",
        // Flags for the compiler and for lint.
        CS_LFS64_CFLAGS | CS_LFS64_LINTFLAGS => c"-D_LARGEFILE64_SOURCE",
        abi::_CS_POSIX_V6_LP64_OFF64_CFLAGS
        | abi::_CS_POSIX_V6_LP64_OFF64_LDFLAGS
        | abi::_CS_POSIX_V7_LP64_OFF64_CFLAGS
        | abi::_CS_POSIX_V7_LP64_OFF64_LDFLAGS
        | CS_XBS5_LP64_OFF64_CFLAGS
        | CS_XBS5_LP64_OFF64_LDFLAGS => c"-m64",
        CS_V6_ENV | CS_V7_ENV => c"POSIXLY_CORRECT=1",
        6..=1200 => c"",
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

/// confstr(3), fortified
unsafe extern "C" fn __confstr_chk(name: c_int, buffer: *mut c_char, bytes: usize, room: usize) -> usize {
    fortify::check(bytes, room);
    // SAFETY: the caller's promise.
    unsafe { confstr(name, buffer, bytes) }
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
    full __confstr_chk = __confstr_chk;
}
