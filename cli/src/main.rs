//! `osvrun`: runs a Linux program as a unikernel, inside this process (`--hosted`) or in QEMU (`--metal`).

mod boot_info;
mod check;
mod disks;
mod doctor;
mod gdb;
mod host_files;
mod memory_functions;
mod metal;
mod options;
mod output;
mod pack;
mod run_hosted;
mod symbols;

use std::process::ExitCode;

use abi_core::heap::KernelHeap;
use options::{Command, Options, World};

/// The process allocates from the kernel's heap everywhere, since the host's allocator keeps thread-locals.
#[global_allocator]
static HEAP: KernelHeap = KernelHeap::new();

abi_core::register_backend!(host_backend::BACKEND);

/// The exit status when osvrun itself fails.
const FAILED: u8 = 125;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os().collect()) {
        Ok(options) => options,
        Err(error) => {
            // Nothing can be done when nobody reads the message.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { FAILED } else { 0 });
        }
    };
    if let Some(why) = options.run.not_there_yet() {
        return complain(why);
    }
    match (&options.command, options.run.world()) {
        (Some(Command::Check(check)), _) => check::run(check),
        (Some(Command::Symbols(options)), _) => symbols::run(options),
        (Some(Command::Syscalls), _) => symbols::run_syscalls(),
        (Some(Command::Doctor), _) => doctor::run(),
        (None, World::Hosted) if options.run.gdb && !options.run.dry_run => gdb::become_gdb(&options.run),
        (None, World::Hosted) => run_hosted::run(&options.run),
        (None, World::Metal) => metal::run_metal(&options.run),
    }
}

/// Says what is wrong, in one line.
fn complain(message: &str) -> ExitCode {
    output::error(message);
    ExitCode::from(FAILED)
}
