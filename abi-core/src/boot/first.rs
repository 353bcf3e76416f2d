//! The first thread: mounts the root, starts the programs that come before, loads the machine's and enters it.

use core::sync::atomic::Ordering;

use super::stage::{self, Stage};
use crate::abi::Errno;
use crate::backend::ExitStatus;
use crate::kernel::Context;
use crate::loader::error::shown;
use crate::loader::load::open_program;
use crate::loader::program::{Invocation, load};
use crate::loader::script;

/// Runs the machine's program.
pub(super) fn run(cx: Context<'static>) -> ! {
    let boot = &cx.kernel.boot;
    if let Err(errno) = cx.mount_root() {
        crate::log::note(format_args!("the root can't be mounted: {errno}"));
        cx.kernel.backend.power_off(ExitStatus::Panic);
    }
    // Osvrun's own working directory need not be in the machine: then the program starts in `/`.
    if let (Err(errno), true) = (cx.enter_first_cwd(), boot.needs_cwd) {
        crate::log::note(format_args!("--cwd {}: {errno}", shown(&boot.cwd)));
        cx.kernel.backend.power_off(ExitStatus::Panic);
    }
    stage::reached(Stage::Root, cx.kernel.backend);
    for (program, args) in &boot.earlier {
        if let Err(failed) = cx.start_beside(program, args, &boot.env) {
            crate::log::note(format_args!("{}", failed.text));
            cx.kernel.backend.power_off(ExitStatus::Code(failed.status));
        }
    }
    if let Some(port) = boot.wait_for {
        await_listener(cx, port);
    }
    let started = script::resolve(cx, &boot.program, &boot.args).and_then(|(path, args)| {
        let invocation = Invocation { path: &path, args: &args, env: &boot.env };
        load(cx, open_program(cx, &path)?, &invocation)
    });
    let failed = match started {
        Ok(start) => {
            stage::reached(Stage::Program, cx.kernel.backend);
            cx.enter(&start)
        }
        Err(error) => error,
    };
    crate::log::note(format_args!("{}", failed.text));
    cx.kernel.power_off(ExitStatus::Code(failed.status))
}

/// Waits until somebody listens at a port of TCP, which must be one of the programs that were started.
fn await_listener(cx: Context<'static>, port: u16) {
    let inet = &cx.kernel.net.inet;
    loop {
        let found = inet.listeners.wait_until(cx, None, || {
            if inet.has_listener(port) {
                return Ok(());
            }
            let is_hopeless = cx.kernel.tasks.beside.load(Ordering::Acquire) == 0;
            Err(if is_hopeless { Errno::ECHILD } else { Errno::EAGAIN })
        });
        match found {
            Ok(()) => return,
            Err(Errno::ECHILD) => {
                crate::log::note(format_args!(
                    "nobody listens at port {port}, nor is anybody there to do so"
                ));
                cx.kernel.backend.power_off(ExitStatus::Panic);
            }
            // Another program takes the machine over (execve).
            Err(_) if cx.thread.is_to_end() => cx.thread_exit(),
            // A signal that ended nothing.
            Err(_) => {}
        }
    }
}
