//! `--hosted`: the machine is this process.

use std::process::ExitCode;

use abi_core::boot;
use host_backend::{MachineOptions, supervisor};

use crate::boot_info;
use crate::options::RunOptions;
use crate::output;

/// Runs the program; returns only when it could not be started.
pub(crate) fn run(options: &RunOptions) -> ExitCode {
    let mut info = match boot_info::collect(options) {
        Ok(info) => info,
        Err(refusal) => {
            output::error(&refusal.message);
            return ExitCode::from(refusal.status);
        }
    };
    boot_info::show_hidden(&mut info, &options.program);
    boot_info::show_programs(&mut info);
    if options.dry_run {
        output::print(&boot_info::summary(&info));
        return ExitCode::SUCCESS;
    }
    // The hook may run on a guest thread, so it uses nothing of std that has thread-locals.
    std::panic::set_hook(Box::new(|panic| {
        abi_core::panic::panicked(panic.location(), panic.payload_as_str())
    }));
    let filters_syscalls = std::env::var_os("OSVRUN_FILTER_SYSCALLS").is_some();
    let machine = MachineOptions { memory_bytes: options.memory, cpus: options.cpus, filters_syscalls };
    if host_backend::start(machine).is_err() {
        return crate::complain("no addresses to be had; raise the limit on address space (ulimit -v)");
    }
    match boot::start(info) {
        Ok(()) => supervisor::run(options.timeout),
        Err(error) => crate::complain(&format!("the first thread did not start: {error:?}")),
    }
}
