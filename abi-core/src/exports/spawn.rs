//! `spawn.h`: attributes and actions are kept as far as their size goes; nothing can be spawned.

use core::ffi::{c_int, c_void};

use crate::{abi, pure_exports};

/// This file's rows.
pub const TABLES: &[&[super::Export]] = &[PURE];

const ATTR_BYTES: usize = 336;
const ACTIONS_BYTES: usize = 80;

/// posix_spawn(3)
pub extern "C" fn posix_spawn(_pid: *mut c_int, _path: *const c_void) -> c_int {
    abi::ENOSYS
}

/// posix_spawnattr_init(3)
pub unsafe extern "C" fn posix_spawnattr_init(attr: *mut u8) -> c_int {
    // SAFETY: the caller passes room for the object that glibc's header declares, of this size.
    unsafe { attr.write_bytes(0, ATTR_BYTES) };
    0
}

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

/// Setting an attribute or adding an action: nothing could make use of it.
pub extern "C" fn set(_object: *mut c_void) -> c_int {
    abi::ENOSYS
}

pure_exports! { "libc.so.6";
    stub("there is one process") posix_spawn = posix_spawn;
    stub("there is one process") posix_spawnp = posix_spawn;
    full posix_spawnattr_init = posix_spawnattr_init;
    full posix_spawnattr_destroy = destroy;
    full posix_spawn_file_actions_init = posix_spawn_file_actions_init;
    full posix_spawn_file_actions_destroy = destroy;
    stub("there is one process") posix_spawnattr_setflags = set;
    stub("there is one process") posix_spawnattr_setpgroup = set;
    stub("there is one process") posix_spawnattr_setsigmask = set;
    stub("there is one process") posix_spawnattr_setsigdefault = set;
    stub("there is one process") posix_spawnattr_setschedparam = set;
    stub("there is one process") posix_spawnattr_setschedpolicy = set;
    stub("there is one process") posix_spawn_file_actions_addopen = set;
    stub("there is one process") posix_spawn_file_actions_addclose = set;
    stub("there is one process") posix_spawn_file_actions_adddup2 = set;
    stub("there is one process") posix_spawn_file_actions_addchdir_np = set;
    stub("there is one process") posix_spawn_file_actions_addfchdir_np = set;
    stub("there is one process") posix_spawn_file_actions_addclosefrom_np = set;
}
