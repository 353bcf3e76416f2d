//! `spawn.h`: attributes are kept, actions checked; nothing can be spawned.

use core::ffi::{c_char, c_int, c_void};

use super::{sys_stat, unistd};
use crate::boundary::user::{UserPtr, UserStr};
use crate::libc::{errno, exec, set_errno};
use crate::{abi, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

/// `posix_spawnattr_t`
#[repr(C)]
pub struct Attributes {
    flags: i16,
    group: i32,
    defaults: SignalSet,
    mask: SignalSet,
    priority: c_int,
    policy: c_int,
    _reserved: [c_int; 16],
}

/// `sigset_t`
type SignalSet = [u64; 16];

const _: () = assert!(size_of::<Attributes>() == 336, "glibc's size");

/// Every `POSIX_SPAWN_…`.
const KNOWN_FLAGS: i16 = 0xff;
const ACTIONS_BYTES: usize = 80;

/// Says why a file is not run: as execve(2) does where it could not be, and else because nothing can.
unsafe fn refusal(path: *const c_char) -> c_int {
    let name = UserStr::new(path.addr());
    // SAFETY: all-zero is a value; the kernel checks the path.
    unsafe {
        let mut stat: abi::stat = core::mem::zeroed();
        if sys_stat::stat(name, UserPtr::new((&raw mut stat).addr())) != 0 {
            return errno();
        }
        if stat.st_mode & abi::S_IFMT != abi::S_IFREG {
            return abi::EACCES;
        }
        if unistd::access(name, abi::X_OK) == 0 { abi::ENOSYS } else { errno() }
    }
}

/// posix_spawn(3)
pub unsafe extern "C" fn posix_spawn(_pid: *mut c_int, path: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { refusal(path) }
}

/// posix_spawnp(3)
pub unsafe extern "C" fn posix_spawnp(_pid: *mut c_int, file: *const c_char) -> c_int {
    let refuse = |path| {
        // SAFETY: a string, of the caller or made of its name.
        set_errno(unsafe { refusal(path) });
        -1
    };
    // SAFETY: the caller's promise.
    unsafe { exec::try_places(file, refuse) };
    errno()
}

/// posix_spawnattr_init(3)
pub unsafe extern "C" fn posix_spawnattr_init(attr: *mut Attributes) -> c_int {
    // SAFETY: the caller passes room for the object that glibc's header declares, of this size.
    unsafe { attr.write_bytes(0, 1) };
    0
}

/// Makes the functions that set and get one attribute.
macro_rules! attribute {
    ($field:ident: $kind:ty, $set:ident($value:ident: $argument:ty) $stored:expr, $get:ident) => {
        #[doc = concat!(stringify!($set), "(3)")]
        pub unsafe extern "C" fn $set(attr: *mut Attributes, $value: $argument) -> c_int {
            let stored: Option<$kind> = $stored;
            let Some(stored) = stored else { return abi::EINVAL };
            // SAFETY: the caller's object.
            unsafe { (*attr).$field = stored };
            0
        }

        #[doc = concat!(stringify!($get), "(3)")]
        pub unsafe extern "C" fn $get(attr: *const Attributes, out: *mut $kind) -> c_int {
            // SAFETY: the caller's object, and its room for the value.
            unsafe { out.write((*attr).$field) };
            0
        }
    };
}

attribute!(
    flags: i16,
    posix_spawnattr_setflags(flags: i16) (flags & !KNOWN_FLAGS == 0).then_some(flags),
    posix_spawnattr_getflags
);
attribute!(group: i32, posix_spawnattr_setpgroup(group: i32) Some(group), posix_spawnattr_getpgroup);
attribute!(
    defaults: SignalSet,
    posix_spawnattr_setsigdefault(set: *const SignalSet) {
        // SAFETY: the caller's set.
        Some(unsafe { *set })
    },
    posix_spawnattr_getsigdefault
);
attribute!(
    mask: SignalSet,
    posix_spawnattr_setsigmask(set: *const SignalSet) {
        // SAFETY: the caller's set.
        Some(unsafe { *set })
    },
    posix_spawnattr_getsigmask
);
attribute!(
    priority: c_int,
    posix_spawnattr_setschedparam(param: *const c_int) {
        // SAFETY: the caller's `struct sched_param`, which is this number.
        Some(unsafe { *param })
    },
    posix_spawnattr_getschedparam
);
attribute!(
    policy: c_int,
    posix_spawnattr_setschedpolicy(policy: c_int)
        matches!(policy, abi::SCHED_OTHER | abi::SCHED_FIFO | abi::SCHED_RR).then_some(policy),
    posix_spawnattr_getschedpolicy
);

/// posix_spawn_file_actions_init(3)
pub unsafe extern "C" fn posix_spawn_file_actions_init(actions: *mut u8) -> c_int {
    // SAFETY: the caller passes room for the object that glibc's header declares, of this size.
    unsafe { actions.write_bytes(0, ACTIONS_BYTES) };
    0
}

/// posix_spawnattr_destroy(3), posix_spawn_file_actions_destroy(3)
pub extern "C" fn destroy(_object: *mut c_void) -> c_int {
    0
}

fn check_descriptor(fd: c_int) -> c_int {
    // SAFETY: a number in, a number out.
    let limit = unsafe { super::sysconf::sysconf(abi::_SC_OPEN_MAX) };
    if fd >= 0 && i64::from(fd) < limit { 0 } else { abi::EBADF }
}

/// posix_spawn_file_actions_addclose(3) and others about one descriptor
pub extern "C" fn add(_object: *mut c_void, fd: c_int) -> c_int {
    check_descriptor(fd)
}

/// posix_spawn_file_actions_adddup2(3)
pub extern "C" fn add_dup2(_object: *mut c_void, from: c_int, to: c_int) -> c_int {
    check_descriptor(from).max(check_descriptor(to))
}

/// Adding a change of the working directory: what is wrong with it, only the new process would find.
pub extern "C" fn add_chdir(_object: *mut c_void) -> c_int {
    0
}

pure_exports! { "libc.so.6";
    unsupported("there is one process: ENOSYS") posix_spawn = posix_spawn;
    unsupported("there is one process: ENOSYS") posix_spawnp = posix_spawnp;
    full posix_spawnattr_init = posix_spawnattr_init;
    full posix_spawnattr_destroy = destroy;
    full posix_spawn_file_actions_init = posix_spawn_file_actions_init;
    full posix_spawn_file_actions_destroy = destroy;
    full posix_spawnattr_setflags = posix_spawnattr_setflags;
    full posix_spawnattr_getflags = posix_spawnattr_getflags;
    full posix_spawnattr_setpgroup = posix_spawnattr_setpgroup;
    full posix_spawnattr_getpgroup = posix_spawnattr_getpgroup;
    full posix_spawnattr_setsigmask = posix_spawnattr_setsigmask;
    full posix_spawnattr_getsigmask = posix_spawnattr_getsigmask;
    full posix_spawnattr_setsigdefault = posix_spawnattr_setsigdefault;
    full posix_spawnattr_getsigdefault = posix_spawnattr_getsigdefault;
    full posix_spawnattr_setschedparam = posix_spawnattr_setschedparam;
    full posix_spawnattr_getschedparam = posix_spawnattr_getschedparam;
    full posix_spawnattr_setschedpolicy = posix_spawnattr_setschedpolicy;
    full posix_spawnattr_getschedpolicy = posix_spawnattr_getschedpolicy;
    partial("checked, not kept") posix_spawn_file_actions_addopen = add;
    partial("checked, not kept") posix_spawn_file_actions_addclose = add;
    partial("checked, not kept") posix_spawn_file_actions_adddup2 = add_dup2;
    partial("not kept") posix_spawn_file_actions_addchdir_np = add_chdir;
    partial("not kept") posix_spawn_file_actions_addfchdir_np = add_chdir;
    partial("checked, not kept") posix_spawn_file_actions_addclosefrom_np = add;
}
