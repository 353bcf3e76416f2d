//! `link.h`: the loaded objects.

use core::ffi::c_int;

use super::{Export, Kind, Level};
use crate::boundary::user::UserPtr;
use crate::libc::dl::{dl_find_object, dl_iterate_phdr};
use crate::{kernel_exports, pure_exports};

/// This file's rows.
pub const TABLES: &[&[Export]] = &[PURE, KERNEL, CONSTANTS];

/// `_rtld_global_ro`, in which glibc's libmvec looks up which instructions the processor has before it chooses among its
/// functions: none are named at any place where a glibc has them, so that it takes those that every x86-64 can run.
static FEATURES: [u64; 128] = [0; 128];

const CONSTANTS: &[Export] = &[Export {
    name: "_rtld_global_ro",
    library: "ld-linux-x86-64.so.2",
    kind: Kind::Constant { size_bytes: 1024 },
    level: Level::Partial,
    note: "names no instructions of the processor; libmvec reads nothing else",
    address: (&raw const FEATURES).cast(),
}];

kernel_exports! { "ld-linux-x86-64.so.2";
    /// Says how much static thread-local storage each thread has with its control block, and how that is aligned:
    /// sanitizers ask.
    full fn _dl_get_tls_static_info(cx, size: UserPtr<usize>, align: UserPtr<usize>) -> c_int {
        let (size_bytes, align_bytes) = cx.thread.program.namespace.lock().tls.static_storage();
        size.write(size_bytes)?;
        align.write(align_bytes).map(|()| 0)
    }
}

pure_exports! { "libc.so.6";
    full dl_iterate_phdr = dl_iterate_phdr;
    full _dl_find_object = dl_find_object;
}
