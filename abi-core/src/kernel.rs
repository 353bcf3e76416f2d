//! The [`Kernel`] value: all state of the machine above the backend.
//!
//! One static serves the doors; tests make their own over the mock backend. Verbs are methods of [`Context`], one file
//! per call in the subsystem's folder (`fs/read.rs` has `Context::sys_read`).
#![expect(unsafe_code, reason = "one static that is set once")]

use core::sync::atomic::{AtomicPtr, Ordering};

use alloc::boxed::Box;

use crate::abi::Result;
use crate::backend::{Backend, ExitStatus, backend};
use crate::boot::BootInfo;
use crate::fs::Fs;
use crate::fs::inode::InodeRef;
use crate::ipc::Ipc;
use crate::mm::AddressSpace;
use crate::net::Net;
use crate::random::RandomPool;
use crate::signal::Signals;
use crate::task::{Tasks, Thread, current};
use crate::time::Timers;

/// All state of the machine above the backend.
pub struct Kernel {
    /// The world it runs in.
    pub backend: &'static dyn Backend,
    /// What the machine was started with.
    pub boot: BootInfo,
    /// The map of the address space.
    pub mm: AddressSpace,
    /// Files, mounts and descriptors.
    pub fs: Fs,
    /// Sockets.
    pub net: Net,
    /// System V's objects and message queues.
    pub ipc: Ipc,
    /// The generator of random numbers.
    pub random: RandomPool,
    /// Threads.
    pub tasks: Tasks,
    /// Signal dispositions and what is pending.
    pub signals: Signals,
    /// Timers.
    pub timers: Timers,
}

impl Kernel {
    /// Makes a kernel over `backend`.
    pub fn new(backend: &'static dyn Backend, mut boot: BootInfo) -> Self {
        let random = boot.random.take().map_or_else(RandomPool::new, RandomPool::with_start);
        let mut seed = [0; 8];
        if !random.try_fill(backend, &mut seed) {
            // Started by hand, with nothing random at all: the clock must do.
            random.fill_insecure(backend, &mut seed);
        }
        let fs = Fs::new(backend);
        fs.load.start(backend.monotonic());
        fs.started_ns.store(backend.monotonic().0, Ordering::Relaxed);
        Self {
            backend,
            mm: AddressSpace::new(backend, u64::from_le_bytes(seed)),
            fs,
            net: Net::new(),
            ipc: Ipc::new(),
            tasks: Tasks::new(),
            signals: Signals::new(),
            timers: Timers::new(),
            random,
            boot,
        }
    }
}

impl Kernel {
    /// Carries to the host what was stored to its files through mappings, where mappings do not reach them.
    pub fn write_back(&self) -> Result<()> {
        // All are tried; the first error is told.
        let each = self.fs.caches.all().into_iter().map(|cache| self.mm.write_back(&*cache));
        each.fold(Ok(()), Result::and)
    }

    /// The same for one file.
    pub fn write_back_file(&self, inode: &InodeRef) -> Result<()> {
        inode.cache().map_or(Ok(()), |cache| self.mm.write_back(&*cache))
    }

    /// Ends the machine.
    pub fn power_off(&self, status: ExitStatus) -> ! {
        if let Err(error) = self.write_back() {
            log::warn!("what was stored to mapped files did not all reach the host: {error}");
        }
        self.backend.power_off(status)
    }
}

static KERNEL: AtomicPtr<Kernel> = AtomicPtr::new(core::ptr::null_mut());

/// Makes the kernel the doors serve. Called once, at boot.
pub fn install(boot: BootInfo) -> &'static Kernel {
    let kernel = Box::leak(Box::new(Kernel::new(backend(), boot)));
    KERNEL.store(kernel, Ordering::Release);
    kernel
}

/// Returns the kernel the doors serve, or `None` before boot has made it.
#[inline]
pub fn try_kernel() -> Option<&'static Kernel> {
    // SAFETY: null, or what `install` leaked.
    unsafe { KERNEL.load(Ordering::Acquire).as_ref() }
}

/// Returns the kernel the doors serve. Guest code runs only after boot has made it.
#[inline]
pub fn kernel() -> &'static Kernel {
    try_kernel().expect("guest code runs only after boot made the kernel")
}

/// Who calls, and on which kernel: what every verb gets.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The kernel.
    pub kernel: &'a Kernel,
    /// The calling thread.
    pub thread: &'a Thread,
}

impl Context<'static> {
    /// Returns the context of the code that runs now.
    #[inline]
    pub fn current() -> Self {
        Self { kernel: kernel(), thread: current() }
    }
}
