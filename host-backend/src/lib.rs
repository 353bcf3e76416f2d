//! The hosted backend: the machine is an ordinary Linux process.
//!
//! The files have the names of the floor's traits: [`memory`], [`threads`], [`parking`], [`clock`], [`console`],
//! [`entropy`], [`storage`], [`network`], [`power`]; [`folders`] is the optional one. Below them lie [`sys`] (raw system
//! calls), [`fs_base`] (segment bases), [`block`] (what `gs:` points to) and [`trap`] (signal entries).
//!
//! **Threads and thread-locals.** A guest thread is made by a bare `clone`: it has no thread-locals of the host at all,
//! FS is the guest's from its first instruction and GS points to a [`block::Block`]. So nothing that runs on it may use
//! std or glibc code that has thread-locals (`errno` included); every method of the backend is made of raw system calls.
//! The process's first thread keeps the host's FS and is the [`supervisor`]: console readiness, signals, time limit.

pub mod block;
pub mod clock;
pub mod console;
pub mod entropy;
pub mod folders;
pub mod fs_base;
mod hold;
pub mod image;
pub mod inherited;
pub mod memory;
mod names;
pub mod network;
pub mod objects;
pub mod parking;
pub mod power;
pub mod registry;
pub mod storage;
pub mod stream_file;
pub mod supervisor;
pub mod sys;
pub mod terminal;
pub mod threads;
pub mod trap;
pub mod vdso;

use abi_core::backend::{Backend, BackendError, folders::Folders};

/// The hosted backend.
#[derive(Debug)]
pub struct HostBackend;

/// The one value of [`HostBackend`], for `register_backend!`.
pub static BACKEND: HostBackend = HostBackend;

impl Backend for HostBackend {
    fn name(&self) -> &'static str {
        "hosted"
    }

    fn folders(&self) -> Option<&dyn Folders> {
        Some(&folders::HostFolders)
    }
}

/// What the hosted machine is made of.
#[derive(Debug, Clone, Copy, Default)]
pub struct MachineOptions {
    /// Bytes of memory the guest may use; what the host has if `None`.
    pub memory_bytes: Option<usize>,
    /// How many of the host's processors the guest may use; all if `None`.
    pub cpus: Option<usize>,
    /// Catches the program's system calls as on old kernels of the host: for tests.
    pub filters_syscalls: bool,
}

/// Makes the machine: reserves its addresses, finds the clock, installs the signal entries. Called once, on the
/// process's first thread, before anything of abi-core.
pub fn start(options: MachineOptions) -> Result<(), BackendError> {
    fs_base::detect();
    block::adopt_first_thread();
    vdso::find();
    memory::reserve(options.memory_bytes)?;
    threads::choose_cpus(options.cpus);
    if options.filters_syscalls {
        threads::prefer_filter();
    }
    // Kernel code moves memory by whatever the processor has.
    abi_core::boundary::vectors::set_vector_state();
    trap::install();
    supervisor::hold_signals();
    Ok(())
}
