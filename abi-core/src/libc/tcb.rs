//! The thread control block that FS points to, with glibc's layout below 0x80.

use core::ffi::c_void;
use core::mem::offset_of;

use super::state::LibcState;
use crate::task::Thread;

/// The thread control block. The static TLS blocks lie below it (psABI variant II). `pthread_t` is its address.
#[repr(C)]
pub struct Tcb {
    /// Points to itself (`fs:0`).
    pub self_pointer: *mut Tcb,
    /// The dynamic thread vector.
    pub dtv: *mut c_void,
    /// Points to itself (`fs:0x10`).
    pub self_pointer_again: *mut Tcb,
    /// glibc's `multiple_threads` and `gscope_flag`.
    pub flags: [i32; 2],
    /// glibc's `sysinfo`.
    pub sysinfo: usize,
    /// The stack protector's canary (`fs:0x28`).
    pub canary: usize,
    /// The pointer guard (`fs:0x30`).
    pub pointer_guard: usize,
    /// glibc's, up to 0x80.
    pub reserved: [usize; 9],
    /// `errno` (`fs:0x80`).
    pub errno: i32,
    /// Keeps what follows aligned.
    pub pad: i32,
    /// The program's libc data (`fs:0x88`).
    pub libc: *mut LibcState,
    /// The kernel's thread (`fs:0x90`).
    pub thread: *const Thread,
    /// The owner of the thread-local blocks below this control block (`loader::tls`).
    pub tls: crate::loader::tls::TlsFields,
    /// The text of `dlerror`.
    pub dl: super::dl::DlFields,
    /// The heap's part.
    pub malloc: super::malloc::MallocFields,
    /// POSIX threads' part.
    pub pthread: super::pthread::PthreadFields,
    /// Names of files and terminals.
    pub files: super::files::names::FileFields,
    /// The entry of getmntent.
    pub mounts: super::files::mounts::MountFields,
    /// `h_errno`
    pub h_errno: i32,
    /// `_res`, a block of the heap ([`super::net::resolver::ResState`]); null until used.
    pub resolver: *mut c_void,
    /// Locale and string functions' part.
    pub locale: super::locale::LocaleFields,
}

const _: () = {
    assert!(offset_of!(Tcb, canary) == 0x28);
    assert!(offset_of!(Tcb, pointer_guard) == 0x30);
    assert!(offset_of!(Tcb, errno) == 0x80);
    assert!(offset_of!(Tcb, libc) == 0x88);
};

/// Returns the calling thread's control block.
#[inline(always)]
#[cfg(not(any(test, fuzzing)))]
pub fn tcb() -> *mut Tcb {
    let tcb: *mut Tcb;
    // SAFETY: every guest thread of this door has a control block whose first word points to itself.
    unsafe {
        core::arch::asm!("mov {}, fs:[0]", out(reg) tcb, options(nostack, preserves_flags, pure, readonly));
    }
    tcb
}

/// Returns the control block of the unit tests, whose FS is the host's.
#[cfg(any(test, fuzzing))]
pub fn tcb() -> *mut Tcb {
    std::thread_local! {
        static TCB: *mut Tcb = {
            // SAFETY: all-zero is a value of every field.
            let tcb: Tcb = unsafe { core::mem::zeroed() };
            std::boxed::Box::into_raw(std::boxed::Box::new(tcb))
        };
    }
    TCB.with(|tcb| *tcb)
}

/// Returns where `errno` lives.
#[inline]
pub fn errno_location() -> *mut i32 {
    // SAFETY: the control block lives as long as its thread.
    unsafe { &raw mut (*tcb()).errno }
}

/// Returns `errno`.
#[inline]
pub fn errno() -> i32 {
    // SAFETY: as in `errno_location`.
    unsafe { *errno_location() }
}

/// Sets `errno`.
#[inline]
pub fn set_errno(number: i32) {
    // SAFETY: as in `errno_location`.
    unsafe { *errno_location() = number }
}
