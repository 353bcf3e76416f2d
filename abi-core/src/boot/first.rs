//! The first thread: mounts the root, loads the program and enters it.

use super::stage::{self, Stage};
use crate::backend::ExitStatus;
use crate::kernel::Context;
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
    stage::reached(Stage::Root, cx.kernel.backend);
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
    cx.kernel.backend.power_off(ExitStatus::Code(failed.status))
}
