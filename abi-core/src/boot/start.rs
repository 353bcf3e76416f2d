//! Making the kernel and the first thread.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use super::BootInfo;
use crate::backend::{Backend, ThreadSpec, backend};
use crate::fs::files::Files;
use crate::kernel::{self, Context};
use crate::signal::UNBLOCKABLE;
use crate::task::{Program, Thread};

/// Makes the kernel and starts the first thread, which loads the program. The calling thread goes on.
pub fn start(info: BootInfo) -> crate::backend::Result<()> {
    crate::log::init(info.verbosity);
    crate::boundary::user::set_bounds(&backend().layout());
    let kernel = kernel::install(info);
    let BootInfo { program: path, args, env, .. } = &kernel.boot;
    let program =
        Program::new(path.clone(), path, args.clone(), env.clone(), Arc::new(Files::new(kernel.boot.umask)));
    let has_signals_on_threads = kernel.boot.has_signals_on_threads;
    let program = Arc::new(Program { has_signals_on_threads, ..program });
    let thread = Arc::new(Thread::new(crate::abi::PID, program));
    kernel.signals.ignore(kernel.boot.ignored_signals);
    thread.sigmask.store(kernel.boot.blocked_signals & !UNBLOCKABLE, Ordering::Relaxed);
    kernel.tasks.threads.lock().push(thread.clone());
    spawn(kernel.backend, thread)
}

#[expect(unsafe_code, reason = "promises that the thread outlives its slot")]
fn spawn(backend: &dyn Backend, thread: Arc<Thread>) -> crate::backend::Result<()> {
    let slot = Arc::into_raw(thread);
    let spec = ThreadSpec::new(first_thread, 0, slot.cast_mut().cast());
    // SAFETY: the reference is kept for good.
    let id = unsafe { backend.spawn(&spec) }?;
    // SAFETY: as above.
    unsafe { &*slot }.backend_id.store(id.0, Ordering::Relaxed);
    Ok(())
}

/// The first thread: mounts the root and runs the program.
extern "C" fn first_thread(_: usize, kernel_stack_top: usize) -> ! {
    let cx = Context::current();
    cx.thread.head.kernel_stack_top.store(kernel_stack_top, Ordering::Relaxed);
    // Who started it may not have run since.
    cx.thread.backend_id.store(cx.kernel.backend.current().0, Ordering::Relaxed);
    let boot = &cx.kernel.boot;
    let is_traced = boot.trace != crate::trace::TraceAreas::default() || boot.panic_in.is_some();
    if is_traced || boot.has_signals_on_threads {
        cx.thread.head.tracing.store(1, Ordering::Relaxed);
    }
    super::first::run(cx)
}
